"""Wishes: what each of some dreams is to reach, and the canvas that it is made on."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import AitionWarning, InputError
from aition.dream.frame import Frame
from aition.dream.objectives import Constrained, Objective
from aition.dream.parameterisations import Canvas, Change
from aition.dream.real import classes_of, peers
from aition.dream.recipe import Recipe

FEW = 10
"""Real series of a class, below which what they reach says little."""


@dataclass(frozen=True, eq=False)
class Wish:
    """What some of the dreams are to reach.

    Args:
        objective: What is driven.
        rows: Which of the dreams, ``[row]``, rising.
        wanted: What is aimed at, one number; NaN: as much as can be.
        scale: The deviation of what real series reach, one number.
        canvas: What they are made on, fitted once for all of them.
    """

    objective: Objective
    rows: Tensor
    wanted: Tensor
    scale: Tensor
    canvas: Canvas

    def within(self, first: int, last: int) -> "Wish":
        """The wish for those dreams alone that lie in a part of all, counted from its first."""
        mine = ((self.rows >= first) & (self.rows < last)).nonzero()[:, 0]
        return replace(self, rows=self.rows[mine] - first, canvas=self.canvas.take(mine))


def wishes_of(
    objectives: Sequence[Objective],
    which: Tensor,
    real: Tensor,
    level: Tensor,
    *,
    made_of: Sequence[Tensor],
    frame: Frame,
    recipe: Recipe,
) -> list[Wish]:
    """What all dreams are to reach.

    Args:
        objectives: What is dreamed of.
        which: The objective of each dream, ``[draw]``.
        real: What real series reach, ``[real, objective]``.
        level: What each is driven to, ``[objective]``.
        made_of: Rows of the real series that dreams of each are made of.
        frame: Of all dreams.
        recipe: How they are made.
    """
    wishes = []
    for number, one in enumerate(objectives):
        rows = (which == number).nonzero()[:, 0]
        spread = real[:, number].std(correction=0)
        like = made_of[number]
        if isinstance(recipe.parameterisation, Change):
            like = like[nearest_to(level[number], real[like, number])]
        canvas = recipe.parameterisation.fit(frame.take(rows).like(like), recipe.seed)
        wishes.append(Wish(one, rows, level[number], torch.where(spread > 0, spread, 1.0), canvas))
    return wishes


def nearest_to(level: Tensor, reached: Tensor) -> Tensor:
    """The quarter of what real series reach that is nearest to a level, or else, where it is NaN, the highest."""
    off = torch.where(level.isnan(), -reached, (reached - level).abs())
    return off.argsort(stable=True)[: -(-len(off) // 4)]


def levels(objectives: Sequence[Objective], real: Tensor, background: Batch, recipe: Recipe) -> Tensor:
    """What each objective is driven to, ``[objective]``; NaN where that is as much as can be, and for borders."""
    found = []
    for number, one in enumerate(objectives):
        own = real[peers(one, background), number]
        found.append(own.new_tensor(torch.nan) if isinstance(one, Constrained) else recipe.aim.wanted(own))
    return torch.stack(found)


def tops(objectives: Sequence[Objective], real: Tensor, background: Batch, *, apart: Tensor) -> Tensor:
    """The real series of an objective's classes that reaches most, ``[objective]``; of a border, the nearest to it.

    Args:
        objectives: Of what.
        real: What real series reach, ``[real, objective]``.
        background: The real series.
        apart: How far the classes of a border are apart in them, ``[real, objective]``; NaN for others.
    """
    own = [peers(one, background) for one in objectives]
    best = torch.where(apart.isnan(), real, -apart)
    return torch.stack([rows[best[rows, number].argmax()] for number, rows in enumerate(own)])


def check_classes(objectives: Sequence[Objective], background: Batch) -> None:
    """Raise where there is no real series of a class that is dreamed of, and warn where there are few."""
    known = classes_of(background)
    if not bool((known >= 0).any()):
        return
    for place in dict.fromkeys(place for one in objectives for place in one.classes if place >= 0):
        count = int((known == place).sum())
        if not count:
            raise InputError(
                f"background must hold series of class {place}, of which dreams are asked for, but has none"
            )
        if count < FEW:
            warnings.warn(
                f"the background has {count} series of class {place}: what they reach, and how they look, says little "
                "of it",
                AitionWarning,
                stacklevel=3,
            )
