"""Contextual decomposition as an explainer: each cell gets what is due to its group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.model import Model, TorchModel
from aition.core.question import Question
from aition.core.signals import answered
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, check_baseline
from aition.impute.groups import EachCell, Groups, checked, count_of
from aition.methods.cd.decompose import ROWS, TOGETHER, Decomposition, decompose_signals
from aition.methods.cd.sets import SETS, Name


@dataclass(frozen=True)
class ContextualDecomposition:
    """Attribute by what of the target is due to a group of cells, pushed forward through the network layer by layer.

    One pass of the network carries the parts of many groups; every operation splits what it answers by the rule set.
    The cost grows with the number of groups, so with ``time · feature`` where each cell is a group; for long
    series take ``Segments(length)``, ``EachStep()`` or ``EachFeature()``.

    Args:
        groups: Which cells go together: ``EachCell()``, ``EachFeature()``, ``EachStep()``, ``Segments(length)``,
            ``GivenGroups(…)``, or a function from a Batch to the groups of each signal.
        rules: "acd", "cdt", "gcd", "murdoch" or "shapley"; the docs say who owns what in each, and how well each found
            planted cells.
        baseline: What stands for absence; what the network makes of it is due to constants.
        strict: Raise where an operation has no rule; else an even split of it stands in, with a warning that names it.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target: what is due to a cell's group, which
        stands in all of its cells, so that sums count it as often; likewise ``attribution_static`` and
        ``attribution_<field>`` where there are such signals; and ``constants``, ``[sample]``, what is due to no cell,
        the mean over the groups where it hangs on them.

    Raises:
        RefusalError: The model is a black box, or does what can't be decomposed.

    References:
        Murdoch, Liu and Yu, "Beyond word importance: contextual decomposition to extract interactions from LSTMs",
        ICLR 2018; Singh, Murdoch and Yu, "Hierarchical interpretations for neural network predictions", ICLR 2019.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(ContextualDecomposition(), model, from_tensors(torch.ones(1, 3, 2)), Target.scalar())
    >>> torch.allclose(torch.tensor(answer.attribution.values[0]), model.module.weight, atol=1e-6)
    True
    """

    groups: Groups = field(default_factory=EachCell)
    rules: Name = "shapley"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.groups, type) or not callable(self.groups):
            raise InputError(
                "groups must be a function from Batch to the group of each cell, such as EachFeature(), "
                f"but is {self.groups!r}"
            )
        if self.rules not in SETS:
            raise InputError(f"rules must be one of {', '.join(SETS)}, but is {self.rules!r}")
        check_baseline(self.baseline)

    def rows_per_sample(self, batch: Batch) -> int:
        """Lanes of so many groups as go side by side at least."""
        one = batch.take([0])
        return ROWS * min(TOGETHER, count_of(checked(self.groups(one), one)))

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        return self.found(model, batch, [question], several=False)

    def many(self, model: Model, batch: Batch, questions: Sequence[Question]) -> Variables:
        """The same for several targets, with the axis ``target`` behind ``sample``, from one decomposition."""
        return self.found(model, batch, questions, several=True)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        if not isinstance(model, TorchModel):
            raise RefusalError(
                f"ContextualDecomposition looks into the network, but {type(model).__name__} is a black box; "
                "take Occlusion or FeatureAblation, or give a TorchModel"
            )
        groups = checked(self.groups(batch), batch)
        with torch.no_grad():
            parts = decompose_signals(
                model,
                batch,
                members_of(groups),
                rules=self.rules,
                baseline=self.baseline,
                strict=self.strict,
            )
        relevance = torch.nn.functional.pad(scores(parts.relevant, questions), (0, 0, 1, 0))
        at = torch.arange(len(batch), device=batch.x.device)
        attributions = {
            name: relevance[at.reshape(-1, *(1,) * (group.ndim - 1)), group + 1].movedim(-1, 1)
            for name, group in groups.items()
        }
        constants = owned_by_none(parts, groups, questions)
        axes, value = (("sample", "target"), constants) if several else (("sample",), constants[:, 0])
        return answered(batch, attributions, several=several) | {"constants": (axes, value)}


def members_of(groups: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Memberships ``[group, …]`` from the group of each cell."""
    count = count_of(groups)
    return {
        name: group.unsqueeze(0) == torch.arange(count, device=group.device).reshape(-1, *(1,) * group.ndim)
        for name, group in groups.items()
    }


def scores(lanes: Tensor, questions: Sequence[Question]) -> Tensor:
    """What is asked of parts of outputs ``[group, sample, …]``, as ``[sample, group, question]``."""
    flat, count = lanes.flatten(0, 1), len(lanes)
    rows = torch.arange(lanes.shape[1], device=lanes.device).repeat(count)
    asked = [question.take(rows).score(flat).reshape(count, -1).mT for question in questions]
    return torch.stack(asked, dim=-1)


def owned_by_none(parts: Decomposition, groups: Mapping[str, Tensor], questions: Sequence[Question]) -> Tensor:
    """What is due to constants, ``[sample, question]``: the mean over the groups that a sample has.

    One that has none takes the mean over all, for its constants are there without any group.
    """
    value = scores(parts.constants, questions)
    held = value.new_zeros(value.shape[0], value.shape[1] + 1)
    for group in groups.values():
        held.scatter_(1, group.flatten(1) + 1, 1.0)
    there = held[:, 1:, None]
    there = torch.where(there.any(dim=1, keepdim=True), there, torch.ones_like(there))
    return (value * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
