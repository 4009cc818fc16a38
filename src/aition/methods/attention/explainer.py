"""Attention as an explainer: the weights that a network gives its steps."""

import warnings
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import AitionWarning, InputError, RefusalError
from aition.core.events import N_STEP, is_events
from aition.core.model import Model, TorchModel, white_box
from aition.core.question import Question
from aition.core.variables import Variables
from aition.methods.attention.flow import FLOWS, Flow, Layer
from aition.methods.attention.tokens import Readout, Unit, arranged, has_no_query, tokens_of
from aition.methods.attention.watch import Weights, watching

Spread = Literal["observed", "divided", "all"]
MOST = 2**25
"""Attention weights that one pass may hold."""
SLOPED = ("shift", "gradient")
"""Ways that need a target of one number."""


@dataclass(frozen=True)
class Attention:
    """Attribute by the attention that a network gives each step.

    The network stays as it is. Seen are scaled dot-product and multi-head attention of torch, and a softmax in any
    module whose class has "Attention" in its name, such as :class:`aition.models.AttentionPool`; a softmax elsewhere is
    seen where ``layer`` names its module. Attention speaks of steps: all cells of a step get the same, static columns
    and further signals nothing, and nothing adds up to the target.

    Args:
        of: "shift": what the target gains when attention shifts to the step, through all layers: the positive part of
            weights times what their slopes exceed the mean slope by. "gradient": as published, of weights times their
            slopes; 0 everywhere where all steps speak against the target. "rollout": weights through all layers, half
            of each state coming from itself. "weights": the mean over heads, layers and what is read off, as the
            networks' authors show it. The last two are the same for every target.
        layer: Names of modules to look at, with what they hold; empty for all, "" for the whole model.
        spread: "observed" gives each measured cell of a step (each event, in a batch of events) the step's weight,
            "divided" an equal share of it, and "all" gives it to cells that were not measured too.
        readout: Which steps the network reads off behind its last layer, where no attention pools them: "mean" of all,
            the "first", the "last"; "auto" is the asked step of outputs with an axis time, else the mean.
        tokens: Of a batch of events, what the network attends to: "steps" or "events".

    Returns:
        ``attribution``, ``[sample, time, feature]``, from 0; ``attention``, ``[sample, time]``, the weight of each step
        (each event) before it is spread. With "rollout" and "weights" these are shares of the steps, which sum to 1;
        else in units of the target, where there is one layer. Of events also ``elsewhere``, ``[sample]``, 0 to 1: the
        share of all that the network's steps got which fell on steps without an event, so on no attribution.

    Raises:
        InputError: The model has no such layer.
        RefusalError: The model is a black box, has no attention that is seen, or one over something else than steps.

    References:
        "gradient": Chefer, Gur and Wolf, "Generic attention-model explainability for interpreting bi-modal and
        encoder-decoder transformers", ICCV 2021; "shift" is it with other slopes. "rollout": Abnar and Zuidema,
        "Quantifying attention flow in transformers", ACL 2020. Weights of events: Wang, Wang and Ma, "Visual summary of
        value-level feature attribution in prediction classes with recurrent neural networks", arXiv 2001.08379, 2020.

    >>> from aition import explain, from_tensors
    >>> from aition.models import create
    >>> model = create("transformer-classifier", n_feature=2, n_class=3)
    >>> answer = explain(Attention("rollout"), model, from_tensors(torch.rand(1, 5, 2), layout="sample time feature"))
    >>> abs(float(answer.attention.sum()) - 1) < 1e-6
    True
    """

    of: Flow = "shift"
    layer: tuple[str, ...] = ()
    spread: Spread = "observed"
    readout: Readout = "auto"
    tokens: Unit = "steps"

    def __post_init__(self) -> None:
        for name, kind in (("of", Flow), ("spread", Spread), ("readout", Readout), ("tokens", Unit)):
            if (value := getattr(self, name)) not in get_args(kind):
                raise InputError(f"{name} must be one of {', '.join(map(repr, get_args(kind)))}, but is {value!r}")
        if not isinstance(self.layer, tuple) or not all(isinstance(name, str) for name in self.layer):
            raise InputError(f"layer must be a tuple of names of modules, but is {self.layer!r}")

    @property
    def exempt(self) -> dict[str, str]:
        """Laws that it can't obey, with the reason."""
        reason = f"of={self.of!r} is the same for every class: the network attends before it is asked"
        return {} if self.of in SLOPED else {"every-class-can-be-asked": reason}

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        box = white_box(model, "Attention")
        pieces = [
            self.steps(box, batch.take(rows), question.take(rows))
            for rows in torch.arange(len(batch)).split(self.together(box, batch))
        ]
        attention, elsewhere = (torch.cat(part).to(batch.x.dtype) for part in zip(*pieces, strict=True))
        answer: Variables = {
            "attribution": (("sample", "time", "feature"), by_cell(attention, batch, self.spread)),
            "attention": (("sample", "time"), attention),
        }
        return answer | ({"elsewhere": (("sample",), elsewhere)} if is_events(batch) else {})

    def together(self, model: TorchModel, batch: Batch) -> int:
        """Samples whose attention may be held at once, by that of the longest."""
        if len(batch) == 1:
            return 1
        lengths = batch[N_STEP] if is_events(batch) and self.tokens == "steps" else batch.lengths
        with torch.no_grad():
            seen = self.seen(model, batch.take([int(lengths.argmax())]))[0]
        return max(1, MOST // sum(one.value.numel() for one in seen))

    def steps(self, model: TorchModel, batch: Batch, question: Question) -> tuple[Tensor, Tensor]:
        """The weight of each position, ``[sample, time]``, 0 in the padding, and the share of tokens without one."""
        asks = self.of in SLOPED
        with torch.set_grad_enabled(asks):
            seen, outputs = self.seen(model, batch)
            slopes = slopes_of(seen, question.score(outputs)) if asks else [torch.zeros_like(one.value) for one in seen]
        weights = [arranged(replace(one, value=one.value.detach()), len(batch)) for one in seen]
        there = tokens_of([(one.name, weight) for one, weight in zip(seen, weights, strict=True)], batch, self.tokens)
        turned = [arranged(replace(one, value=slope), len(batch)) for one, slope in zip(seen, slopes, strict=True)]
        layers = [
            layer_of(weight, slope, there.exists, pools=has_no_query(one))
            for one, weight, slope in zip(seen, weights, turned, strict=True)
        ]
        by_token = FLOWS[self.of](layers, there.read(question, self.readout).to(layers[0].weight))
        if self.of == "gradient":
            warn_of_nothing(by_token, batch)
        return torch.where(batch.exists, by_token.gather(1, there.place), 0), unplaced(by_token, there.place, batch)

    def seen(self, model: TorchModel, batch: Batch) -> tuple[list[Weights], Tensor]:
        """The attention of a model, in the order of its calls, and its outputs."""
        with watching(model.module, self.layer) as watch:
            outputs = model(batch)
        found = [one for one in watch.found if model.head != "softmax" or one.call != watch.n_call]
        if not found:
            where = ", ".join(map(repr, self.layer)) or type(model.module).__name__
            raise RefusalError(
                f"Attention finds no attention in {where}: none of torch, and no softmax in a module whose class has "
                "'Attention' in its name; name the module that calls a softmax over the steps by layer= ('' is the "
                "whole model), or take IntegratedGradients"
            )
        return found, outputs


def unplaced(by_token: Tensor, place: Tensor, batch: Batch) -> Tensor:
    """The share of the weight of tokens in which no position lies, ``[sample]``, 0 to 1; 0 where there is no weight.

    Args:
        by_token: ``[sample, token]``.
        place: The token of each position, ``[sample, time]``.
        batch: Says which positions exist.
    """
    met = torch.zeros_like(by_token).scatter_add(1, place, batch.exists.to(by_token.dtype)) > 0
    whole = by_token.sum(dim=1)
    return torch.where(met, 0, by_token).sum(dim=1) / torch.where(whole > 0, whole, 1)


def warn_of_nothing(by_token: Tensor, batch: Batch) -> None:
    """Warn where the positive part is empty."""
    empty = (by_token == 0).all(dim=1)
    if bool(empty.any()):
        warnings.warn(
            f"every step speaks against the target for sample {str(batch.ids[int(empty.nonzero()[0])])!r}, and perhaps "
            "others, so of='gradient' gives them nothing; of='shift' says which speak least against it",
            AitionWarning,
            stacklevel=2,
        )


def layer_of(weight: Tensor, slope: Tensor, exists: Tensor, *, pools: bool) -> Layer:
    """A layer of weights and slopes, ``[sample, head, query, token]``, without queries that are padding."""
    pools = pools or weight.shape[2] != weight.shape[3]
    asks = exists.new_ones(1, 1, 1, 1) if pools else exists[:, None, :, None]
    return Layer(torch.where(asks, weight, 0), torch.where(asks, slope, 0), pools=pools)


def slopes_of(seen: list[Weights], score: Tensor) -> list[Tensor]:
    """The gradient of each sample's score with respect to its attention weights, in the shape of these.

    Raises:
        RefusalError: No gradient reaches any of them.
    """
    if not score.requires_grad:
        raise RefusalError(
            "no gradient flows from the outputs to the attention: the forward function cuts it (detach, no_grad); take "
            "Attention(of='rollout') or Attention(of='weights')"
        )
    values = [one.value for one in seen]
    return list(torch.autograd.grad(score.sum(), values, allow_unused=True, materialize_grads=True))


def by_cell(attention: Tensor, batch: Batch, how: Spread) -> Tensor:
    """From the weight of each step to that of each cell, ``[sample, time, feature]``; see :class:`Attention`."""
    chosen = batch.cells if how == "all" else batch.observed
    whole = torch.where(chosen, attention[:, :, None], 0)
    if how != "divided":
        return whole
    count = chosen.sum(dim=2)
    if is_events(batch):
        step = next(part.value for part in batch.fields.values() if part.role == "step").clamp(min=0)
        total = count.new_zeros(len(batch), int(step.max()) + 1).scatter_add(
            1, step, torch.where(batch.exists, count, 0)
        )
        count = total.gather(1, step)
    return whole / count.clamp(min=1)[:, :, None]
