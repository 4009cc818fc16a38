"""Interactions that are measured together in all samples which have as many groups."""

from collections.abc import Callable, Sequence
from typing import Protocol

from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.pairs import told
from aition.core.question import Question
from aition.core.variables import Variables
from aition.impute.filling import Filling, StandIn
from aition.impute.groups import Groups
from aition.impute.players import each_count, players_of
from aition.methods.interactions.hit_rates import hit_rate

Play = Callable[[Filling, Sequence[Question], Tensor, int], tuple[Tensor, Tensor, Tensor]]
"""From what fills absent groups, the questions, the groups' cells and their number, all of some samples, to what each
group counts for alone, what pairs do beyond that, and the change of the score, ``[sample, target, …]``."""


class Measuring(Protocol):
    """An explainer that measures interactions of groups."""

    @property
    def groups(self) -> Groups:
        """Which cells go together."""

    @property
    def baseline(self) -> StandIn:
        """What stands in for an absent group."""

    @property
    def n_draw(self) -> int:
        """How often it is drawn where it is drawn."""

    @property
    def method(self) -> str:
        """What it is called among what was measured."""


def measured(
    how: Measuring, play: Play, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool
) -> Variables:
    """The variables of an explainer.

    Args:
        how: The explainer.
        play: What it does with samples that have as many groups.
        model: What is explained.
        batch: The samples.
        questions: Of every target.
        several: Whether answers have the axis ``target``.
    """
    cells, n_player = players_of(how.groups, batch, explainer=type(how).__name__)
    filling = Filling.of(batch, how.baseline, n_draw=how.n_draw)

    def together(rows: Tensor, own: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
        return play(filling.take(rows), [question.take(rows) for question in questions], own, count)

    alone, pairs, change = each_count(together, cells, n_player, n_question=len(questions))
    return told(
        batch,
        cells=cells,
        alone=alone,
        pairs=pairs,
        change=change,
        hit_rate=hit_rate(how.method, model, batch, groups=how.groups, baseline=how.baseline),
        several=several,
    )
