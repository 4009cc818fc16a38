"""Archipelago: pairs detected in two companies, joined to islands, each attributed as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.members import arranged, membership_of
from aition.core.model import Model
from aition.core.pairs import pairs_of, squared, told
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.impute.game import played
from aition.impute.groups import Blocks, Groups
from aition.impute.players import check_groups, players_of
from aition.methods.interactions.differences import differences
from aition.methods.interactions.hit_rates import hit_rate


@dataclass(frozen=True)
class Archipelago(ForSeveral):
    """Join the groups of cells that act together to islands, and attribute to each island what it does alone.

    Two groups are tried where all others are absent, and where all are present; the root of the mean square of both
    mixed differences is the strength of their interaction. Pairs of enough strength are joined, pairs that share a
    group to one island, and an island counts for what the model says of it alone, less what it says of the baseline.

    Args:
        groups: Which cells go together: ``Blocks(…)``, ``EachStep()``, ``GivenGroups(…)``, or a function from a Batch.
        least: Strength that joins two groups, as a share of the strongest pair of the sample, in (0, 1].
        floor: Strength below which nothing is joined, as a share of the largest change of the target by any one group.
        baseline: What stands where a group is absent; of an imputer the mean over draws given the others.
        n_draw: Draws of an imputer.

    Returns:
        ``strength``, ``[sample, group, group_other]``, of each pair, 0 or more; ``group_island``, ``[sample, group]``,
        the island of each group, numbered by its first; ``attribution_island``, ``[sample, island]``, NaN where
        there is none; ``attribution``, ``[sample, time, feature]``, that of the island, its cells sharing evenly;
        ``interaction``, the mean of both differences with its sign; ``attribution_alone``, ``attribution_group``,
        ``membership`` and ``hit_rate`` as :class:`~aition.methods.interactions.RemovalPairs` has them;
        ``completeness``, ``[sample]``, the sum over islands less the change of the target: 0 where islands add up.

    Raises:
        InputError: Too many groups, or a share out of range.
        RefusalError: The batch is a list of events.

    References:
        Tsang, Rambhatla and Liu, "How does this interaction affect me? Interpretable attribution for feature
        interactions", NeurIPS 2020, equations 5, 8 and 9.

    >>> from aition import FunctionModel, Target, explain, from_tensors
    >>> model = FunctionModel(lambda batch: 3 * batch.x[:, 0, 0] * batch.x[:, 2, 0] + batch.x[:, 1, 0])
    >>> answer = explain(Archipelago(), model, from_tensors(torch.ones(1, 3, 1)), Target.scalar())
    >>> answer.group_island.values[0].tolist(), answer.attribution_island.values[0].tolist()
    ([0, 1, 0], [3.0, 1.0, nan])
    """

    groups: Groups = field(default_factory=Blocks)
    least: float = 0.5
    floor: float = 0.05
    baseline: StandIn = field(default_factory=ConstantBaseline)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_groups(self.groups)
        check_stand_in(self.baseline, self.n_draw)
        if not 0 < self.least <= 1 or self.floor < 0:
            raise InputError(
                f"least must be above 0 and at most 1, and floor 0 or more, but are {self.least} and {self.floor}"
            )

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        cells, n_player = players_of(self.groups, batch, explainer="Archipelago")
        filling = Filling.of(batch, self.baseline, n_draw=self.n_draw)

        def asked(coalitions: Tensor, column: slice = slice(None)) -> Tensor:
            return played(model, filling, questions[column], cells=cells, coalitions=coalitions)

        alone, pairs, nobody = differences(asked, n_player, present=False)
        among, between, everyone = differences(asked, n_player, present=True)
        strength = ((pairs.square() + between.square()) / 2).sqrt()
        largest = torch.maximum(alone.abs(), (among + sums(between, n_player)).abs()).amax(dim=-1, keepdim=True)
        peak = strength.amax(dim=-1, keepdim=True) if strength.shape[-1] else largest
        there = membership_of(cells, n_player).flatten(2).any(dim=2).cpu()[:, None]
        island = joined((strength >= self.least * peak) & (strength > self.floor * largest), n_player)
        held = (island[:, :, None] == torch.arange(n_player)[:, None]) & there[:, :, None]
        said = torch.stack(
            [asked(held[:, column], slice(column, column + 1))[:, 0] for column in range(len(questions))], dim=1
        )
        counted = torch.where(held.any(dim=-1), said - nobody[..., None], 0.0)
        answer = told(
            batch,
            cells=cells,
            alone=(alone + among) / 2,
            pairs=(pairs + between) / 2,
            change=everyone - nobody,
            hit_rate=hit_rate("Archipelago", model, batch, groups=self.groups, baseline=self.baseline),
            several=several,
        )
        size = membership_of(cells, n_player).flatten(2).sum(dim=2).cpu().double()
        share = counted / (held * size[:, None, None]).sum(dim=-1).clamp(min=1)
        each = torch.cat([torch.zeros_like(share[..., :1]), share.gather(2, island)], dim=-1)
        seat = (cells.flatten(1) + 1).cpu()[:, None].expand(-1, len(questions), -1)
        gap = ~there
        apart = squared(strength, n_player).masked_fill(gap[..., None], torch.nan)
        own: Variables = {
            "attribution": (("time", "feature"), each.gather(2, seat).reshape(*each.shape[:2], *batch.x.shape[1:])),
            "strength": (("group", "group_other"), apart.masked_fill(gap[..., None, :], torch.nan)),
            "group_island": (("group",), island.masked_fill(gap, -1)),
            "attribution_island": (("island",), counted.masked_fill(~held.any(dim=-1), torch.nan)),
            "completeness": ((), counted.sum(dim=-1) - (everyone - nobody)),
        }
        return answer | arranged(batch, own, several=several)


def sums(pairs: Tensor, n_player: int) -> Tensor:
    """The sum of each player's pairs, ``[…, player]``."""
    return squared(pairs, n_player).nan_to_num(0.0).sum(dim=-1)


def joined(together: Tensor, n_player: int) -> Tensor:
    """The island of each player, numbered in the order of their first, ``[…, player]``, of pairs ``[…, pair]``.

    >>> joined(torch.tensor([False, True, False]), 3).tolist()
    [0, 1, 0]
    """
    first, second = pairs_of(n_player)
    linked = torch.eye(n_player, dtype=torch.bool).repeat(*together.shape[:-1], 1, 1)
    linked[..., first, second] = together
    linked[..., second, first] = together
    reach = linked.float()
    for _ in range(max(1, n_player - 1).bit_length()):
        reach = (reach @ reach).clamp(max=1)
    least = (reach > 0).float().argmax(dim=-1)
    is_first = least == torch.arange(n_player)
    return (is_first.cumsum(dim=-1) - 1).gather(-1, least)
