"""Shapley interactions: what two groups of cells count for together, averaged over the company they are in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.coalitions import drawn, everyone
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.impute.game import played
from aition.impute.groups import Blocks, Groups
from aition.impute.players import TRIED, check_groups
from aition.methods.interactions.by_count import measured
from aition.methods.interactions.indices import INDICES, Index, exact
from aition.methods.interactions.regression import ENOUGH, regressed, unknowns

EXACT = 12
"""Players up to which all coalitions are asked, unless a budget says otherwise."""
FEWEST = 8
"""Coalitions that are asked whatever the budget is: those of three players."""


@dataclass(frozen=True)
class ShapleyInteractions(ForSeveral):
    """Attribute to groups of cells what each counts for alone, and what each two count for beyond that.

    The network is asked what it says where only some of the groups are present, for all coalitions of up to twelve
    groups, else for some. Static columns, further signals and what was not observed keep their values.

    Args:
        groups: Which cells go together: ``Blocks(…)``, ``EachStep()``, ``GivenGroups(…)``, or a function from a Batch.
        index: "fsii" (faithful: the best additive and pairwise approximation), "k-sii" (the Shapley interaction index,
            corrected so that all adds up; the attributions are Shapley values) or "stii" (Shapley-Taylor). Where not
            all coalitions are asked, "k-sii" and "stii" go through the package shapiq.
        budget: Coalitions asked of each sample; 0: all of up to 12 groups, of more ten for each number looked for.
        baseline: What stands where a group is absent; of an imputer the mean over draws given the others.
        seed: Of the coalitions, which are the same for all samples.
        n_draw: Draws of an imputer.

    Returns:
        ``attribution_alone``, ``[sample, group]``, main effects; ``interaction``, ``[sample, group, group_other]``,
        symmetric, NaN on the diagonal; ``attribution_group``, ``[sample, group]``, the main effect and half of each
        interaction, which add up to the target at the sample less that at the baseline; ``attribution``,
        ``[sample, time, feature]``, that of the group, its cells sharing evenly; ``membership``, ``[sample, group,
        time, feature]``; ``completeness``, ``[sample]``, how far the sum is off; all in units of the target.
        ``hit_rate``, how often this method, so set, has ranked a planted pair first on such networks; NaN: not
        measured with such settings, groups, baseline or network.

    Raises:
        InputError: Too many groups, or too small a budget.
        MissingExtraError: The package shapiq is needed, but is not installed.
        RefusalError: The batch is a list of events.

    References:
        Tsai, Yeh and Ravikumar, "Faith-Shap: the faithful Shapley interaction index", JMLR 2023; Grabisch and Roubens,
        1999; Sundararajan, Dhamdhere and Agarwal, 2020 (see :func:`~aition.methods.interactions.indices.exact`).

    >>> from aition import FunctionModel, Target, explain, from_tensors
    >>> model = FunctionModel(lambda batch: 3 * batch.x[:, 0, 0] * batch.x[:, 2, 0] + batch.x[:, 1, 0])
    >>> answer = explain(ShapleyInteractions(), model, from_tensors(torch.ones(1, 3, 1)), Target.scalar())
    >>> answer.interaction.values[0].round(6).tolist()
    [[nan, 0.0, 3.0], [0.0, nan, 0.0], [3.0, 0.0, nan]]
    """

    groups: Groups = field(default_factory=Blocks)
    index: Index = "fsii"
    budget: int = 0
    baseline: StandIn = field(default_factory=ConstantBaseline)
    seed: int = 0
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_groups(self.groups)
        check_stand_in(self.baseline, self.n_draw)
        if self.index not in INDICES:
            raise InputError(f"index must be one of {', '.join(INDICES)}, but is {self.index!r}")
        if self.budget < 0:
            raise InputError(f"budget must be 0 (enough) or more coalitions, but is {self.budget}")

    @property
    def method(self) -> str:
        """What it is called among what was measured; of few groups, a large budget asks all coalitions as none does."""
        name = "ShapleyInteractions" if self.index == "fsii" else f"ShapleyInteractions {self.index}"
        return name if self.is_exact(TRIED) else f"{name} {self.budget}"

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        def play(
            filling: Filling, some: Sequence[Question], cells: Tensor, n_player: int
        ) -> tuple[Tensor, Tensor, Tensor]:
            return self.played(model, filling, some, cells=cells, n_player=n_player)

        return measured(self, play, model, batch, questions, several=several)

    def played(
        self,
        model: Model,
        filling: Filling,
        questions: Sequence[Question],
        *,
        cells: Tensor,
        n_player: int,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Main effects, pairs and the change of the score, of samples that all have as many players."""

        def asked(coalitions: Tensor) -> Tensor:
            return played(model, filling, questions, cells=cells, coalitions=coalitions)

        if self.is_exact(n_player):
            values = asked(everyone(n_player))
            return *exact(values, self.index), values[..., -1] - values[..., 0]
        nobody_and_all = torch.tensor([[False], [True]]).expand(2, n_player)
        if self.index == "fsii":
            coalitions, weights = drawn(n_player, self.spent(n_player) - 2, seed=self.seed)
            values = asked(torch.cat([nobody_and_all, coalitions])).to(torch.float64)
            nobody = values[..., :1]
            change = values[..., 1] - values[..., 0]
            return *regressed(values[..., 2:] - nobody, change, coalitions, weights), change
        shapiq = import_module("aition.methods.interactions.through_shapiq")
        ends = asked(nobody_and_all)
        alone, pairs = shapiq.approximated(
            lambda rows, column, coalitions: played(
                model,
                filling.take(rows),
                [questions[column].take(rows)],
                cells=cells[rows],
                coalitions=coalitions,
            ).flatten(),
            shape=(len(filling.batch), len(questions)),
            n_player=n_player,
            index=self.index,
            budget=self.spent(n_player),
            seed=self.seed,
        )
        return alone, pairs, ends[..., 1] - ends[..., 0]

    def is_exact(self, n_player: int) -> bool:
        """Whether all coalitions are asked."""
        return n_player <= EXACT if not self.budget else 2**n_player <= max(self.budget, FEWEST)

    def spent(self, n_player: int) -> int:
        """Coalitions asked of each sample where not all are."""
        return self.budget or 2 + ENOUGH * unknowns(n_player)
