"""Feature ablation: groups of cells taken away one group at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.question import Question
from aition.core.signals import answered
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.impute.groups import EachCell, Groups, checked, count_of
from aition.methods.occlusion.falls import falls


@dataclass(frozen=True)
class FeatureAblation:
    """Attribute by the fall of the target when a group of cells is replaced; each cell gets the fall of its group.

    Padding belongs to no group and gets 0. A value that was not observed is its fill value and is treated as any other.

    Args:
        groups: Which cells go together: ``EachCell()``, ``EachFeature()``, ``EachStep()``, ``Segments(length)``,
            ``GivenGroups(…)``, or a function from a Batch to the groups of each signal (a group may hold cells of
            several signals).
        baseline: What is put in their place.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target, positive where a group supports it; the
        fall of a group stands in all its cells, so sums count it as often. Likewise ``attribution_static`` and
        ``attribution_<field>`` where there are such signals.

    References:
        Li, Monroe and Jurafsky, "Understanding neural networks through representation erasure", 2016, section 3, with
        differences of scores in place of ratios of log-likelihoods.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> from aition.impute.groups import EachFeature
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(FeatureAblation(EachFeature()), model, from_tensors(torch.ones(1, 3, 2)), Target.scalar())
    >>> torch.allclose(torch.tensor(answer.attribution.values[0]), 3 * model.module.weight, atol=1e-6)
    True
    """

    groups: Groups = field(default_factory=EachCell)
    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        if isinstance(self.groups, type) or not callable(self.groups):
            raise InputError(
                "groups must be a function from Batch to the group of each cell, such as EachFeature(), "
                f"but is {self.groups!r}"
            )
        check_baseline(self.baseline)

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each group."""
        return 1 + count_of(checked(self.groups(batch.take([0])), batch.take([0])))

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        return self.found(model, batch, [question], several=False)

    def many(self, model: Model, batch: Batch, questions: Sequence[Question]) -> Variables:
        """The same for several targets, with the axis ``target`` behind ``sample``."""
        return self.found(model, batch, questions, several=True)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        groups = checked(self.groups(batch), batch)
        absent = absence(batch, self.baseline)
        held = torch.zeros(len(batch), count_of(groups) + 1, dtype=torch.bool, device=batch.x.device)
        for group in groups.values():
            held.scatter_(1, group.flatten(1) + 1, torch.ones_like(group.flatten(1), dtype=torch.bool))
        rows, chosen = held[:, 1:].nonzero(as_tuple=True)

        def masks(trials: Tensor) -> Mapping[str, Tensor]:
            return {
                name: group[rows[trials]] == chosen[trials].reshape(-1, *(1,) * (group.ndim - 1))
                for name, group in groups.items()
            }

        found = falls(model, batch, questions, absent=absent, rows=rows, masks=masks)
        fall = found.new_zeros(len(batch), held.shape[1], len(questions))
        fall[rows, chosen + 1] = found
        at = torch.arange(len(batch), device=batch.x.device)
        attributions = {
            name: fall[at.reshape(-1, *(1,) * (group.ndim - 1)), group + 1].movedim(-1, 1)
            for name, group in groups.items()
        }
        return answered(batch, attributions, several=several)
