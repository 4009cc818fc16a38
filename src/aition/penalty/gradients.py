"""Gradients in training: right for the right reasons, and expected gradients."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from aition.core.batch import Batch
from aition.core.draws import mixed, uniform
from aition.core.errors import AitionWarning, InputError
from aition.core.model import TorchModel
from aition.core.target import output_axes
from aition.penalty.claims import Claim
from aition.penalty.passes import Change, existing, said_of, same, untouched

Score = Callable[[Tensor], Tensor]
"""From outputs to one number a sample (or any tensor whose sum has a meaning)."""


@dataclass(frozen=True)
class RightReasonsPenalty:
    """Squares of the input gradients of the log-probabilities, summed over classes ("right for the right reasons").

    With P(x) the part of x the relevance is the gradient of ``sum over classes of log p(x + P(s))`` in s at 0, a
    number a cell; where the part is a set of cells, that is the plain gradient in these cells. Outputs that are no
    logits of classes are summed as they are. It costs one pass and a backward pass through the gradient.

    Returns:
        A scalar to be added to the loss.

    References:
        Ross, Hughes, Doshi-Velez, "Right for the right reasons", IJCAI 2017, equation 1.
    """

    def __call__(self, model: TorchModel, batch: Batch, claim: Claim) -> Tensor:
        def score(outputs: Tensor) -> Tensor:
            return log_probabilities(outputs, output_axes(outputs, batch, model.axes))

        with untouched(model, twice=True):
            slope = gradient(model, batch, claim, score, same)
            return settled(claim.cost(slope.flatten(1), power=2))


@dataclass(frozen=True)
class ExpectedGradientsPenalty:
    """Squares of expected gradients of the labelled class, on the way from other samples of the batch.

    The relevance of a cell is the mean over draws of ``P(x - x') * gradient at x' + a (x - x')``, x' being another
    sample of the batch and a uniform in [0, 1]. What is explained is the logit of the label less the mean of all,
    and of a sample (or step) whose label is unknown the largest logit less that mean: a constant added to all logits
    changes neither. Where labels are values or outputs no classes it is the sum of the outputs.

    Draws hang on the seed and on which samples are in the batch, in their order: shuffled loaders see new ones every
    step, training with all samples at once sees the same ones. A batch of one, as a loader may leave at its end, has no
    other sample: it costs nothing, and a warning says so.

    Args:
        draws: Other samples for each; published is 1 in training.
        seed: Of the draws.

    Returns:
        A scalar to be added to the loss.

    References:
        Erion et al., "Improving performance of deep learning models with axiomatic attribution priors and expected
        gradients", Nature Machine Intelligence 3, 2021, equations 1 and 2.
    """

    draws: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise InputError(f"draws must be 1 or more, but is {self.draws}")

    def __call__(self, model: TorchModel, batch: Batch, claim: Claim) -> Tensor:
        if len(batch) < 2:
            warnings.warn(
                f"expected gradients need another sample of the batch, but it has {len(batch)}: it costs nothing; "
                "choose a batch size that leaves no batch of one, or let the loader drop the last",
                AitionWarning,
                stacklevel=2,
            )
            return settled(nothing(model))
        with untouched(model, twice=True):
            found = [self.once(model, batch, claim, draw) for draw in range(self.draws)]
            return settled(claim.cost(torch.stack(found).mean(dim=0).flatten(1), power=2))

    def once(self, model: TorchModel, batch: Batch, claim: Claim, draw: int) -> Tensor:
        """Attributions by one other sample for each, ``[sample, time, feature]``."""
        other, share = drawn(batch, seed=self.seed, draw=draw)
        away: list[Tensor] = []

        def between(values: Tensor) -> Tensor:
            away.append(values - values[other])
            return values[other] + share.to(values.dtype) * away[0]

        def score(outputs: Tensor) -> Tensor:
            return labelled_score(model, outputs, batch)

        slope = gradient(model, batch, claim, score, between, split=False)
        return claim.part(batch, away[0]) * slope


def gradient(
    model: TorchModel, batch: Batch, claim: Claim, score: Score, change: Change, *, split: bool = True
) -> Tensor:
    """The gradient of a score in a shift of the part (or of all values), ``[sample, time, feature]``; with a graph.

    Outputs at padded steps are 0 to the score, so that it has no gradient there.
    """
    shifts: list[Tensor] = []

    def shifted(values: Tensor) -> Tensor:
        moved = change(values)
        shifts.append(torch.zeros_like(moved, requires_grad=True))
        return moved + (claim.part(batch, shifts[-1]) if split else shifts[-1])

    with torch.enable_grad():
        said = said_of(model, batch, shifted)
        outputs = existing(said, batch, output_axes(said, batch, model.axes))
        (slope,) = torch.autograd.grad(score(outputs).sum(), shifts[-1], create_graph=True)
    return slope


def nothing(model: TorchModel) -> Tensor:
    """0, with a graph to the weights, so that it can be a loss by itself."""
    return torch.stack([0.0 * weight.sum().float() for weight in model.module.parameters()]).sum()


def settled(cost: Tensor) -> Tensor:
    """The cost, without its graph where no gradients are wanted."""
    return cost if torch.is_grad_enabled() else cost.detach()


def log_probabilities(outputs: Tensor, names: tuple[str, ...]) -> Tensor:
    """Log-probabilities summed over classes; outputs as they are where they have no axis ``class``."""
    if "class" not in names:
        return outputs
    place = names.index("class") + 1
    if outputs.shape[place] == 1:
        return logsigmoid(outputs) + logsigmoid(-outputs)
    return outputs.log_softmax(dim=place).sum(dim=place)


def labelled_score(model: TorchModel, outputs: Tensor, batch: Batch) -> Tensor:
    """The logit of the label less the mean of all, the largest logit where it is unknown; outputs that are no logits.

    A label is unknown where it is below 0, and where outputs and labels differ in their axes.
    """
    names = output_axes(outputs, batch, model.axes)
    label = batch.label
    place = len(names)
    if label.is_floating_point() or names[-1:] != ("class",) or outputs.shape[place] == 1:
        return outputs
    logits = outputs - outputs.mean(dim=place, keepdim=True)
    largest = logits.argmax(dim=place)
    asked = torch.where(label < 0, largest, label) if label.shape == largest.shape else largest
    return logits.gather(place, asked[..., None])


def drawn(batch: Batch, *, seed: int, draw: int) -> tuple[Tensor, Tensor]:
    """Another sample for each, ``[sample]``, and how far on the way from it to stand, ``[sample, 1, 1]``."""
    place = torch.arange(len(batch), device=batch.keys.device)
    step = mixed(batch.keys ^ mixed(place)).sum() + draw
    rest = len(batch) - 1
    other = (uniform(batch.keys, seed, step, place) * rest).long().clamp(max=rest - 1)
    return other + (other >= place), uniform(batch.keys, seed ^ 1, step, place)[:, None, None]
