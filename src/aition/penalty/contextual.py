"""Contextual decomposition in training: what of the outputs is due to a part, pushed forward through the network."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.impute.baseline import Baseline, ConstantBaseline, check_baseline
from aition.methods.cd import SETS, Decomposition
from aition.methods.cd.decompose import decomposed, evaluating
from aition.methods.cd.parts import Course, made
from aition.methods.cd.rules import dispatched
from aition.penalty.claims import Claim
from aition.penalty.passes import absent, centred, plain, said_of, untouched, with_values


@dataclass(frozen=True)
class RemovalPenalty:
    """Squares of what is left of the outputs when the relevance of all but the part is taken from them.

    With β(rest) the relevance of all values but the part, κ what is due to constants, and f the outputs, all less their
    mean over classes, the relevance is ``r = f(x) - β(rest) - κ``, ``[sample, output]``: what the part does directly
    and together with others. The network is decomposed in evaluation mode.

    Args:
        rules: Rule set of the decomposition; see :class:`aition.methods.cd.RuleSet`.
        baseline: What stands for absence: ``x`` less this is split.
        strict: Raise where an operation of the network has no rule; else there is a warning.

    Returns:
        A scalar to be added to the loss, in squares of logits.

    References:
        The relevance by contextual decomposition is that of Rieger et al., "Interpretations are useful: penalizing
        explanations to align neural networks with prior knowledge", ICML 2020; removal and centring are ours.

    >>> from aition import from_tensors
    >>> from aition.penalty import Features, MustNotMatter
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> batch, claim = from_tensors(torch.ones(5, 1, 2)), MustNotMatter(Features("f1"))
    >>> found = RemovalPenalty(rules="gcd")(model, batch, claim)
    >>> torch.allclose(found, model.module.weight[0, 1] ** 2)
    True
    """

    rules: str = "acd"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = True

    def __post_init__(self) -> None:
        check(self.rules, self.baseline)

    def __call__(self, model: TorchModel, batch: Batch, claim: Claim) -> Tensor:
        split = decomposition(model, batch, AllOthers(claim), self.rules, self.baseline, self.strict)
        return claim.cost(centred(model, split.irrelevant[0], batch), power=2)


@dataclass(frozen=True)
class RelevancePenalty:
    """The relevance of the part by contextual decomposition, without sign ("CDEP").

    Args:
        centred: Less the mean over classes, so that what moves all logits alike is free; not so in the paper.
        rules: Rule set of the decomposition.
        baseline: What stands for absence.
        strict: Raise where an operation of the network has no rule.

    Returns:
        A scalar to be added to the loss, in logits.

    References:
        Rieger et al. (2020), equation 4.
    """

    centred: bool = True
    rules: str = "acd"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = True

    def __post_init__(self) -> None:
        check(self.rules, self.baseline)

    def __call__(self, model: TorchModel, batch: Batch, claim: Claim) -> Tensor:
        split = decomposition(model, batch, claim, self.rules, self.baseline, self.strict)
        by_output = centred if self.centred else plain
        return claim.cost(by_output(model, split.relevant[0], batch), power=1)


@dataclass(frozen=True)
class SharePenalty:
    """The share ``exp β / (exp β + exp γ)`` of the part, the mean over outputs: the loss of CDEP's published program.

    β is the relevance of the part and γ that of all else. It differs from the paper's equation, and it is kept to be
    compared with: it rewards a relevance far below 0, saturates, and changes when a constant is added to all logits.
    Outputs at padded steps are left out.

    Args:
        rules: Rule set of the decomposition.
        baseline: What stands for absence.
        strict: Raise where an operation of the network has no rule.

    Returns:
        A scalar to be added to the loss, 0 to 1 for a part that must not matter; a margin of :class:`MustMatter` is a
        share too.

    References:
        The program that Rieger et al. (2020) published.
    """

    rules: str = "acd"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = True

    def __post_init__(self) -> None:
        check(self.rules, self.baseline)

    def __call__(self, model: TorchModel, batch: Batch, claim: Claim) -> Tensor:
        split = decomposition(model, batch, claim, self.rules, self.baseline, self.strict)
        share = (split.relevant[0] - split.irrelevant[0] - split.constants[0]).sigmoid()
        there = plain(model, torch.ones_like(share), batch).sum(dim=1, keepdim=True)
        return claim.cost(plain(model, share, batch) / there, power=1)


@dataclass(frozen=True)
class AllOthers:
    """The claim whose part is all but that of another."""

    claim: Claim

    def part(self, batch: Batch, values: Tensor) -> Tensor:
        there = torch.where(batch.exists[:, :, None], values, values.new_zeros(()))
        return there - self.claim.part(batch, values)


def decomposition(
    model: TorchModel,
    batch: Batch,
    claim: "Claim | AllOthers",
    rules: str,
    baseline: Baseline,
    strict: bool,  # noqa: FBT001
) -> Decomposition:
    """Outputs split between a part, all else and constants, with one group; gradients flow to the weights."""
    with untouched(model), evaluating(model):
        values = embedded(model, batch)
        start = torch.where(batch.exists[:, :, None], absent(batch, values, baseline), values)
        way = claim.part(batch, values - start).unsqueeze(0)
        constant = start.unsqueeze(0) if bool((start != 0).any()) else start.unsqueeze(0)[:0]
        course = Course(SETS[rules], dispatched, 1, strict, {})
        split = made(values, way, constant, course)
        return decomposed(model, with_values(batch, split), course)


def embedded(model: TorchModel, batch: Batch) -> Tensor:
    """The values that the model reads, ``[sample, time, feature]``: ``x``, or what its embedding says, with a graph."""
    if not model.embedding:
        return batch.x
    seen: list[Tensor] = []

    def noted(values: Tensor) -> Tensor:
        seen.append(values)
        return values

    said_of(model, batch, noted)
    return seen[0]


def check(rules: str, baseline: Baseline) -> None:
    """Raise unless the settings are a rule set and a baseline."""
    if rules not in SETS:
        raise InputError(f"rules must be one of {', '.join(SETS)}, but is {rules!r}")
    check_baseline(baseline)
