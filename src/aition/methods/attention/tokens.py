"""Which tokens of a network's attention are which steps of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.events import N_STEP, is_events
from aition.core.question import Question
from aition.methods.attention.watch import Weights

Unit = Literal["steps", "events"]
Readout = Literal["auto", "mean", "first", "last"]


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens of a network beside the positions of a batch.

    Args:
        exists: Which tokens are no padding, ``[sample, token]``.
        place: The token of each position, ``[sample, time]``; any in the padding.
    """

    exists: Tensor
    place: Tensor

    def read(self, question: Question, readout: Readout) -> Tensor:
        """The share of each token in what a network reads off behind its last layer, ``[sample, token]``, sum 1."""
        first = self.exists.int().argmax(dim=1)
        if readout == "auto" and "time" in question.axes and "time" not in question.whole:
            asked = question.index[:, question.axes.index("time")]
            chosen = self.place.gather(1, asked[:, None].to(self.place.device))[:, 0]
        elif readout in ("auto", "mean"):
            return self.exists / self.exists.sum(dim=1, keepdim=True)
        else:
            chosen = first if readout == "first" else first + self.exists.sum(dim=1) - 1
        return torch.nn.functional.one_hot(chosen, self.exists.shape[1]).to(torch.float32)


def has_no_query(weights: Weights) -> bool:
    """Whether weights are of tokens alone: ``[sample, token]``, or ``[sample, token, head]`` with sum 1 over tokens."""
    return weights.value.ndim == 2 or (weights.value.ndim == 3 and weights.dim < 2)


def arranged(weights: Weights, n_sample: int) -> Tensor:
    """Weights as ``[sample, head, query, token]``.

    Raises:
        RefusalError: They are no attention of each sample by itself.
    """
    value, dim, alone = weights.value, weights.dim, has_no_query(weights)
    fits = value.ndim > 1 and (alone or dim == value.ndim - 1)
    moved = value.movedim(dim, -1) if fits else value
    if not fits or moved.shape[0] == 0 or moved.shape[0] % n_sample:
        raise RefusalError(
            f"the softmax in {weights.name!r} answers {list(value.shape)} along axis {dim}, which is no attention of "
            f"{n_sample} samples; name modules of attention by layer=, or take IntegratedGradients"
        )
    return moved.reshape(n_sample, -1, *((1,) if alone else moved.shape[-2:-1]), moved.shape[-1])


def tokens_of(weights: Sequence[tuple[str, Tensor]], batch: Batch, of: Unit) -> Tokens:
    """Tell tokens by their number, and padded ones by the attention that they get.

    A network may leave padding where it is, or move each series to its first token; each sample shows which, since
    tokens that are padding get no attention. Where they do get some, padding counts as left where it is.

    Args:
        weights: Names of layers, and their weights, ``[sample, head, query, token]``.
        batch: What the network was given.
        of: Whether tokens are the steps or the events of a batch of events.

    Raises:
        RefusalError: Tokens are something else.
    """
    by_step = is_events(batch) and of == "steps"
    lengths = batch[N_STEP] if by_step else batch.lengths
    longest, unit = int(lengths.max()), "events" if is_events(batch) and not by_step else "steps"
    allowed = (longest,) if by_step else (batch.n_time, longest)
    for name, value in weights:
        if value.shape[-1] not in allowed or value.shape[-1] != weights[0][1].shape[-1]:
            other = "; say tokens='events' if they are those" if value.shape[-1] == batch.n_time else ""
            raise RefusalError(
                f"the attention in {name!r} is over {value.shape[-1]} tokens, but samples have {allowed[0]} {unit}, so "
                f"its tokens are something else, such as patches or features{other}; name layers over the steps by "
                "layer=, or take IntegratedGradients"
            )
    n_token = weights[0][1].shape[-1]
    token = torch.arange(n_token, device=batch.x.device)
    moved = token < lengths[:, None]
    if by_step:
        step = next(part.value for part in batch.fields.values() if part.role == "step")
        return Tokens(moved, step.clamp(0, n_token - 1))
    place = torch.arange(batch.n_time, device=batch.x.device).expand(len(batch), -1)
    if n_token == batch.n_time:
        stays = (stray(weights, batch.exists) == 0) | (stray(weights, moved) != 0)
        moved = torch.where(stays[:, None], batch.exists, moved)
        place = torch.where(stays[:, None], place, batch.step)
    else:
        place = batch.step
    return Tokens(moved, place.clamp(0, n_token - 1))


def stray(weights: Sequence[tuple[str, Tensor]], exists: Tensor) -> Tensor:
    """The most attention that a token which exists gives to tokens which don't, ``[sample]``."""
    most = []
    for _, value in weights:
        outside = torch.where(exists[:, None, None], 0, value).sum(dim=3)
        asks = exists[:, None] if value.shape[2] == exists.shape[1] else exists.new_ones(1, 1, 1)
        most.append(torch.where(asks, outside, 0).amax(dim=(1, 2)))
    return torch.stack(most).amax(dim=0)
