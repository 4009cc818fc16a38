"""Feature ablation: groups of cells taken away one group at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.signals import answered
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in, draws_of
from aition.impute.groups import EachCell, Groups, checked, count_of
from aition.methods.occlusion.falls import falls


@dataclass(frozen=True)
class FeatureAblation(ForSeveral):
    """Attribute by the fall of the target when a group of cells is replaced; each cell gets the fall of its group.

    Padding belongs to no group and gets 0. A value that was not observed is its fill value; a baseline treats it as any
    other, an imputer leaves it. An imputer knows ``x`` alone: static columns and further signals keep their values, and
    there is nothing said of them.

    Args:
        groups: Which cells go together: ``EachCell()``, ``EachFeature()``, ``EachStep()``, ``Segments(length)``,
            ``GivenGroups(…)``, or a function from a Batch to the groups of each signal (a group may hold cells of
            several signals).
        baseline: What is put in their place; of an imputer the mean over draws given the other cells.
        n_draw: Draws of an imputer.

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
    baseline: StandIn = field(default_factory=ConstantBaseline)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        if isinstance(self.groups, type) or not callable(self.groups):
            raise InputError(
                "groups must be a function from Batch to the group of each cell, such as EachFeature(), "
                f"but is {self.groups!r}"
            )
        check_stand_in(self.baseline, self.n_draw)

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each group and draw."""
        n_group = count_of(checked(self.groups(batch.take([0])), batch.take([0])))
        return 1 + n_group * draws_of(self.baseline, self.n_draw)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        filling = Filling.of(batch, self.baseline, n_draw=self.n_draw)
        groups = {name: group for name, group in checked(self.groups(batch), batch).items() if name in filling.filled}
        held = torch.zeros(len(batch), count_of(groups) + 1, dtype=torch.bool, device=batch.x.device)
        for group in groups.values():
            held.scatter_(1, group.flatten(1) + 1, torch.ones_like(group.flatten(1), dtype=torch.bool))
        rows, chosen = held[:, 1:].nonzero(as_tuple=True)

        def masks(trials: Tensor) -> Mapping[str, Tensor]:
            return {
                name: group[rows[trials]] == chosen[trials].reshape(-1, *(1,) * (group.ndim - 1))
                for name, group in groups.items()
            }

        found = falls(model, filling, questions, rows=rows, masks=masks)
        fall = found.new_zeros(len(batch), held.shape[1], len(questions))
        fall[rows, chosen + 1] = found
        at = torch.arange(len(batch), device=batch.x.device)
        attributions = {
            name: fall[at.reshape(-1, *(1,) * (group.ndim - 1)), group + 1].movedim(-1, 1)
            for name, group in groups.items()
        }
        return answered(batch, attributions, several=several)
