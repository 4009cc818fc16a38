"""AgglomerativeHierarchy: neighbouring cells joined step by step, by what they count for together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError, RefusalError
from aition.core.events import is_events
from aition.core.model import Model
from aition.core.question import Question
from aition.core.variables import Variables
from aition.methods.hierarchy.growth import Growth, Linkage, Members
from aition.methods.hierarchy.scorer import Beyond, Removal, Scorer, Scores
from aition.methods.hierarchy.units import Links, neighbours, pairs_of, units_of

GRAIN = 2.0**-16
"""Priorities that differ by less than this share of the outputs are equal: what lies below may be rounding."""


@dataclass(frozen=True)
class AgglomerativeHierarchy:
    """A tree of groups for each sample: neighbouring cells are joined, round by round, until all are one.

    With ``linkage="gain"`` this is the published agglomeration: the units with the highest scores are chosen first;
    units that touch a chosen group S are then rescored by score(S ∪ n) − score(S); what touches is one group. Its
    priorities are signed: it looks for what raises the target. With ``linkage="interaction"`` the parts that touch and
    for which ``|score(A ∪ B) − score(A) − score(B)|``, over the number of pairs of a unit of A and a unit of B, is
    largest are joined: what the model reads together comes together first, and what adds up comes last.

    What ties is joined at once. Padding is in no group. Only ``x`` is explained; static columns and further signals
    stay as they are.

    Args:
        scorer: What a group counts for: ``Removal()``, ``Relevance()``, or any function (model, batch, question) →
            scores; where these have ``beyond``, it is asked what two parts count for beyond each.
        linkage: "interaction" or "gain".
        percentile: Of the candidates of a round, the share above this percentile is joined at once, one at least.
        steps: Steps in a unit, the smallest group.
        together: Whether all features of a step are one unit, such as the width of an embedding.
        links: Which features are neighbours at the same step: "all", "none", or pairs of their places. Groups that no
            neighbours connect are joined by the last merge.

    Returns:
        ``membership`` ``[sample, group, time, feature]``, bool: the cells of each unit. ``attribution_group``
        ``[sample, group]``: its score. ``group_joined`` ``[sample, group]``: the merge that joined it.
        ``attribution_merge`` ``[sample, merge]``: the score of the group that a merge made, in the order of the merges.
        ``merge_joined`` ``[sample, merge]``: the later merge that joined that again; -1 for the last, which has
        everything. ``attribution`` ``[sample, time, feature]``: the score of each unit, shared equally by its cells.
        All in units of the target.

    References:
        Singh, Murdoch and Yu, "Hierarchical interpretations for neural network predictions", ICLR 2019, algorithm 1.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Identity(), lambda _, batch: batch.x[:, 0, 0] * batch.x[:, 1, 0] + batch.x[:, 2, 0])
    >>> answer = explain(AgglomerativeHierarchy(), model, from_tensors(torch.ones(1, 3, 1)), Target.scalar())
    >>> answer.group_joined.values[0].tolist(), answer.attribution_merge.values[0].tolist()
    ([0, 0, 1], [1.0, 2.0])
    """

    scorer: Scorer = field(default_factory=Removal)
    linkage: Linkage = "interaction"
    percentile: float = 99.5
    steps: int = 1
    together: bool = False
    links: Links = "all"

    def __post_init__(self) -> None:
        if isinstance(self.scorer, type) or not callable(self.scorer):
            raise InputError(
                f"scorer must be a function from (model, batch, question), such as Removal(), but is {self.scorer!r}"
            )
        if self.linkage not in get_args(Linkage):
            raise InputError(f"linkage must be one of {', '.join(get_args(Linkage))}, but is {self.linkage!r}")
        if not 0 <= self.percentile <= 100:
            raise InputError(f"percentile must be from 0 to 100, but is {self.percentile}")
        if self.steps < 1:
            raise InputError(f"steps must be 1 or more, but is {self.steps}")
        if isinstance(self.links, str) and self.links not in ("all", "none"):
            raise InputError(f"links must be 'all', 'none' or pairs of features, but are {self.links!r}")

    def rows_per_sample(self, batch: Batch) -> int:
        """Few, so that rounds of many samples fill a pass; more where there are so many units that trees are large."""
        n_column = 1 if self.together else batch.n_feature
        return max(1, math.ceil(batch.n_time / self.steps) * n_column // 32)

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        """The trees of a batch.

        Raises:
            RefusalError: The batch holds events.
        """
        if is_events(batch):
            raise RefusalError(
                "AgglomerativeHierarchy joins neighbouring cells of series, but these are events; "
                "take FeatureAblation with groups of events"
            )
        unit = units_of(batch, steps=self.steps, together=self.together)
        scores = self.scorer(model, batch, question)
        with torch.no_grad():
            outputs = torch.cat(
                [
                    question.take(rows).select(model(batch.take(rows)))
                    for rows in torch.arange(len(batch)).split(model.rows)
                ]
            )
        n_column = 1 if self.together else batch.n_feature
        links = [] if self.together else pairs_of(self.links, batch.n_feature)
        growths = [
            Growth(
                n_step * n_column,
                neighbours(n_step, n_column, links),
                linkage=self.linkage,
                percentile=self.percentile,
                grain=1.0,
                beyond=self.linkage == "interaction" and isinstance(scores, Beyond),
            )
            for n_step in (-(-batch.lengths // self.steps)).tolist()
        ]
        grow(growths, unit, scores, rows=model.rows, size=outputs.abs().amax(dim=1).tolist())
        return variables(growths, unit, like=outputs)


def grow(growths: Sequence[Growth], unit: Tensor, scores: Scores, *, rows: int, size: Sequence[float]) -> None:
    """Grow all trees to their last merge, a round of all samples at a time.

    Args:
        growths: One a sample.
        unit: The unit of each cell, ``[sample, time, feature]``.
        scores: What groups count for.
        rows: Groups scored at once, at most.
        size: Largest output of each sample.
    """
    score_all(growths, range(len(growths)), unit, scores, rows=rows)
    for growth, largest in zip(growths, size, strict=True):
        growth.grain = grain_of(max(largest, *map(abs, growth.score)))
    active = [place for place, growth in enumerate(growths) if not growth.done]
    while active:
        score_all(growths, active, unit, scores, rows=rows)
        for place in active:
            growths[place].grow()
        active = [place for place in active if not growths[place].done]
    score_all(growths, range(len(growths)), unit, scores, rows=rows)


def grain_of(size: float) -> float:
    """What priorities are rounded to, for scores of this size: a power of two, so that rounding can't shift it."""
    return GRAIN * 2.0 ** math.floor(math.log2(size)) if size > 0 else 1.0


def score_all(growths: Sequence[Growth], places: Sequence[int], unit: Tensor, scores: Scores, *, rows: int) -> None:
    """Score what the trees of some samples ask for, in passes over all of them.

    Raises:
        ModelError: A score is NaN or Inf.
    """
    asked = [(place, growths[place].asked()) for place in places]
    flat = [(place, group) for place, groups in asked for group in groups]
    found: list[float] = []
    for first in range(0, len(flat), rows):
        piece = flat[first : first + rows]
        at = torch.tensor([place for place, _ in piece])
        found += scores(at, cells_of([group for _, group in piece], unit[at])).double().tolist()
    check_finite(found)
    for place, groups in asked:
        growths[place].told(groups, found[: len(groups)])
        del found[: len(groups)]
    if isinstance(scores, Beyond):
        score_pairs([growths[place] for place in places], places, unit, scores, rows=rows)


def score_pairs(growths: Sequence[Growth], places: Sequence[int], unit: Tensor, scores: Beyond, *, rows: int) -> None:
    """What two parts count for beyond each, where trees ask it by itself."""
    flat = [
        (place, growth, pair) for place, growth in zip(places, growths, strict=True) for pair in growth.asked_between()
    ]
    for first in range(0, len(flat), rows):
        piece = flat[first : first + rows]
        at = torch.tensor([place for place, _, _ in piece])
        one, other = (cells_of([g.members[pair[side]] for _, g, pair in piece], unit[at]) for side in (0, 1))
        found = scores.beyond(at, one, other).double().tolist()
        check_finite(found)
        for (_, growth, pair), value in zip(piece, found, strict=True):
            growth.between[pair] = value


def check_finite(found: Sequence[float]) -> None:
    """Raise unless all scores are finite."""
    if not all(map(math.isfinite, found)):
        raise ModelError("the score of a group is NaN or Inf: the model breaks down where cells are taken away")


def cells_of(groups: Sequence[Members], unit: Tensor) -> Tensor:
    """The cells of groups of units, ``[row, time, feature]``, bool."""
    width = max(map(len, groups))
    held = np.zeros((len(groups), width + 1), dtype=bool)
    for row, group in enumerate(groups):
        held[row, 1 : len(group) + 1] = group
    return torch.from_numpy(held).to(unit.device).gather(1, unit.flatten(1) + 1).reshape(unit.shape)


def variables(growths: Sequence[Growth], unit: Tensor, *, like: Tensor) -> Variables:
    """The trees as tensors, in the dtype and on the device of ``like``."""
    n_group = max(growth.n_unit for growth in growths)
    n_merge = max(1, *(len(growth.score) - growth.n_unit for growth in growths))
    n_sample = len(growths)
    alone, made = np.full((n_sample, n_group), np.nan), np.full((n_sample, n_merge), np.nan)
    joined, again = np.full((n_sample, n_group), -1), np.full((n_sample, n_merge), -1)
    for place, growth in enumerate(growths):
        n_unit, n_made = growth.n_unit, len(growth.score) - growth.n_unit
        alone[place, :n_unit], made[place, :n_made] = growth.score[:n_unit], growth.score[n_unit:]
        joined[place, :n_unit], again[place, :n_made] = growth.joined[:n_unit], growth.joined[n_unit:]
    membership = unit[:, None] == torch.arange(n_group, device=unit.device)[:, None, None]
    score = torch.from_numpy(alone).to(like)
    share = torch.nan_to_num(score) / membership.sum(dim=(2, 3)).clamp(min=1)
    attribution = share.gather(1, unit.flatten(1).clamp(min=0)).reshape(unit.shape)
    return {
        "attribution": (("sample", "time", "feature"), torch.where(unit < 0, 0, attribution)),
        "membership": (("sample", "group", "time", "feature"), membership),
        "attribution_group": (("sample", "group"), score),
        "group_joined": (("sample", "group"), torch.from_numpy(joined).to(unit)),
        "attribution_merge": (("sample", "merge"), torch.from_numpy(made).to(like)),
        "merge_joined": (("sample", "merge"), torch.from_numpy(again).to(unit)),
    }
