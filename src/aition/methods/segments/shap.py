"""SegmentShap: Shapley values of segments of series."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.members import arranged, counted
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.impute.groups import Blocks, Groups
from aition.impute.players import check_groups
from aition.methods.segments.players import players_of, valued
from aition.methods.segments.shapley import shapley, spent


@dataclass(frozen=True)
class SegmentShap(ForSeveral):
    """Attribute to groups of cells their Shapley values: what each adds to the target, averaged over all orders.

    The model is asked what it says where only some groups are present: for all coalitions of up to ten groups, else for
    some, drawn by the Shapley kernel with their complements, on which least squares are fitted. Either way, values add
    up to the change of the target from where all groups are absent to the sample. A cell that was not observed belongs
    to no group: it stays as it is, and gets 0. Static columns and further signals keep their values. Of a list of
    events it says what the presence of events adds.

    Args:
        groups: Which cells go together: ``Blocks(…)`` (uniform windows), ``ChangePoints(…)``, ``EachStep()``,
            ``GivenGroups(…)``, or a function from a Batch.
        budget: Coalitions asked of each sample; 0: all of up to 10 groups, of more ten for each and two hundred.
        baseline: What stands where a group is absent; of an imputer the mean over draws given the others.
        seed: Of the coalitions, which are the same for all samples of as many groups.
        n_draw: Draws of an imputer.

    Returns:
        ``attribution_group``, ``[sample, group]``, NaN where a sample lacks a group; ``attribution``, ``[sample, time,
        feature]``, that of the group, its cells sharing evenly; ``membership``, ``[sample, group, time, feature]``;
        ``completeness``, ``[sample]``, how far the sum is off (rounding); all but ``membership`` in units of the
        target.

    Raises:
        InputError: Too many groups, or too small a budget.

    References:
        Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017, theorem 2; Covert and
        Lee, "Improving KernelSHAP: practical Shapley value estimation using linear regression", AISTATS 2021.

    >>> import torch
    >>> from aition import FunctionModel, Target, explain, from_tensors
    >>> model = FunctionModel(lambda batch: 4 * batch.x[:, 0, 0] * batch.x[:, 3, 0] + batch.x[:, 1, 0])
    >>> answer = explain(SegmentShap(Blocks(2)), model, from_tensors(torch.ones(1, 4, 1)), Target.scalar())
    >>> answer.attribution_group.values.tolist()
    [[3.0, 2.0]]
    """

    groups: Groups = field(default_factory=partial(Blocks, 10))
    budget: int = 0
    baseline: StandIn = field(default_factory=ConstantBaseline)
    seed: int = 0
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_groups(self.groups)
        check_stand_in(self.baseline, self.n_draw)
        check_budget(self.budget)

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each coalition; draws of an imputer go through in passes of their own."""
        return spent(players_of(self.groups, batch.take([0]))[1], self.budget)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        cells, n_player = players_of(self.groups, batch)
        filling = Filling.of(batch, self.baseline, n_draw=self.n_draw)
        solve = partial(shapley, budget=self.budget, seed=self.seed)
        group, change, _ = valued(model, filling, questions, cells=cells, n_player=n_player, solve=solve)
        return arranged(batch, counted(batch, cells=cells.cpu(), group=group, change=change), several=several)


def check_budget(budget: int) -> None:
    """Raise unless a budget is one."""
    if budget < 0:
        raise InputError(f"budget must be 0 (enough) or more coalitions, but is {budget}")
