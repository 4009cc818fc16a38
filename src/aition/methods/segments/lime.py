"""SegmentLime: a linear model of which segments are present, fitted near the sample."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.members import arranged, counted
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.coalitions import everyone, generator_of
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.impute.groups import Blocks, Groups
from aition.impute.players import check_groups
from aition.impute.summing import check_told
from aition.methods.segments.players import players_of, valued
from aition.methods.segments.shap import check_budget
from aition.methods.segments.shapley import Asked, is_exact, spent


@dataclass(frozen=True)
class SegmentLime(ForSeveral):
    """Attribute to groups of cells their weights in a linear model of the target by which groups are present.

    The model is asked what it says where only some groups are present, each with chance one half; a ridge regression
    with an intercept is fitted, in which a coalition counts the more, the more groups it holds. Weights do not add up
    to the change of the target; how far they are off is said, and how well the linear model fits. A cell that was not
    observed belongs to no group: it stays as it is, and gets 0. Static columns and further signals keep their values.

    Args:
        groups: Which cells go together, as :class:`~aition.methods.SegmentShap` takes them.
        budget: Coalitions asked of each sample; 0: all of up to 10 groups, of more ten for each and two hundred.
        width: Of the kernel: a coalition at distance d counts exp(-(d / width)²), where d is 1 less the cosine of the
            angle to that of all groups.
        ridge: What a squared weight costs, beside a squared error of the sample itself.
        baseline: What stands where a group is absent; of an imputer the mean over draws given the others.
        seed: Of the coalitions, which are the same for all samples of as many groups.
        n_draw: Draws of an imputer.

    Returns:
        ``attribution``, ``attribution_group``, ``membership`` and ``completeness`` as
        :class:`~aition.methods.SegmentShap` has them; ``fit``, ``[sample]``, the share of the weighted variance of the
        target that the linear model tells, at most 1, and 1 where there is none.

    Raises:
        InputError: Too many groups, too small a budget, or a setting out of range.

    References:
        Ribeiro, Singh and Guestrin, "'Why should I trust you?': explaining the predictions of any classifier", KDD
        2016, equation 2 and section 3.4; on segments of series: Sivill and Flach, AISTATS 2022. The width is the
        number of the authors' package for text, which takes the root of the kernel: there weights fall more slowly.

    >>> from aition import FunctionModel, Target, explain, from_tensors
    >>> model = FunctionModel(lambda batch: 3 * batch.x[:, 0, 0] + batch.x[:, 3, 0])
    >>> lime = SegmentLime(Blocks(2), ridge=0.0)
    >>> answer = explain(lime, model, from_tensors(torch.ones(1, 4, 1)), Target.scalar())
    >>> answer.attribution_group.values.round(4).tolist(), round(float(answer.fit[0]), 4)
    ([[3.0, 1.0]], 1.0)
    """

    groups: Groups = field(default_factory=partial(Blocks, 10))
    budget: int = 0
    width: float = 0.25
    ridge: float = 0.01
    baseline: StandIn = field(default_factory=ConstantBaseline)
    seed: int = 0
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_groups(self.groups)
        check_stand_in(self.baseline, self.n_draw)
        check_budget(self.budget)
        if not self.width > 0 or not self.ridge >= 0:
            raise InputError(f"width must be above 0 and ridge 0 or more, but are {self.width} and {self.ridge}")

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each coalition; draws of an imputer go through in passes of their own."""
        return spent(players_of(self.groups, batch.take([0]))[1], self.budget)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        cells, n_player = players_of(self.groups, batch)
        filling = Filling.of(batch, self.baseline, n_draw=self.n_draw)
        group, change, beside = valued(model, filling, questions, cells=cells, n_player=n_player, solve=self.weighed)
        fit = beside.get("fit", torch.ones_like(change))
        lacking = (cells < 0).flatten(1).all(dim=1).cpu()[:, None]
        found = counted(batch, cells=cells.cpu(), group=group, change=change)
        found["fit"] = ((), torch.where(lacking, 1.0, fit))
        return arranged(batch, found, several=several)

    def weighed(self, asked: Asked, n_player: int) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Weights of the linear model, the change of the target, and how well it fits."""
        if is_exact(n_player, self.budget):
            coalitions = everyone(n_player).flip(0)
        else:
            half = generator_of(self.seed, n_player).random((spent(n_player, self.budget) // 2, n_player))
            chosen = torch.from_numpy(half < 0.5)
            ends = torch.tensor([[True], [False]]).expand(2, n_player)
            coalitions = torch.cat([ends[:1], chosen, ~chosen, ends[1:]])
            told = int(torch.linalg.matrix_rank((coalitions[1:] ^ coalitions[0]).double()))
            of, enough = f"{n_player} groups", spent(n_player, 0)
            check_told(told, n_player, asked=len(coalitions), of=of, enough=enough)
        values = asked(coalitions)
        change = values[..., 0] - values[..., -1]
        if n_player == 1:
            return change[..., None], change, {"fit": torch.ones_like(change)}
        member = coalitions.to(values)
        distance = 1 - (member.sum(dim=1) / n_player).sqrt()
        weight = (-((distance / self.width) ** 2)).exp()
        weight = weight / weight.sum()
        middle, mean = weight @ member, (values * weight).sum(dim=-1, keepdim=True)
        design, left = member - middle, values - mean
        # A squared error of the sample itself weighs what its coalition does, as where weights are not normalised.
        cost = self.ridge * weight[0] * torch.eye(n_player, dtype=values.dtype)
        inverse = torch.linalg.pinv(design.T @ (design * weight[:, None]) + cost, hermitian=True)
        found = (left * weight) @ design @ inverse
        spread = (left.square() * weight).sum(dim=-1)
        missed = ((left - found @ design.T).square() * weight).sum(dim=-1)
        flat = spread <= 1e-12 * mean[..., 0].square()
        return found, change, {"fit": torch.where(flat, 1.0, 1 - missed / torch.where(flat, 1.0, spread))}
