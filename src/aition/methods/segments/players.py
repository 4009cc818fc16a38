"""What players count for, of samples that differ in how many they have."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.question import Question
from aition.impute.filling import Filling
from aition.impute.game import played
from aition.impute.groups import Groups, checked
from aition.impute.players import as_many
from aition.methods.segments.shapley import Asked, Solved

MOST = 2000
"""Players at most: least squares of so many take seconds a sample."""


def players_of(groups: Groups, batch: Batch) -> tuple[Tensor, int]:
    """The player of each cell of ``x``, and how many there are; -1 in the padding and where nothing was observed.

    Raises:
        InputError: The groups do not fit the batch, or are too many.
    """
    there = torch.where(batch.observed, checked(groups(batch), batch)["x"], -1)
    count = max(1, int(there.max()) + 1)
    check_count(count, "take fewer segments, or join features, such as by Blocks(together=True)")
    return there, count


def check_count(count: int, remedy: str) -> None:
    """Raise where there are too many players."""
    if count > MOST:
        raise InputError(f"there must be at most {MOST:,} groups, but there are {count:,}; {remedy}")


def valued(
    model: Model, filling: Filling, questions: Sequence[Question], *, cells: Tensor, n_player: int, solve: Solved
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """What each player of each sample counts for.

    Args:
        model: What is explained.
        filling: The samples, and what stands where a player is absent.
        questions: One number a sample each.
        cells: The player of each cell, ``[sample, time, feature]``; -1: always present.
        n_player: Players of the sample that has the last of them.
        solve: From a game to the values.

    Returns:
        As :data:`~aition.methods.segments.shapley.Solved` says, of all samples, float64 on the CPU; players that a
        sample lacks have 0, and so has a sample without any.
    """
    shape = len(filling.batch), len(questions)
    group, change = torch.zeros(*shape, n_player, dtype=torch.float64), torch.zeros(*shape, dtype=torch.float64)
    further: dict[str, Tensor] = {}
    for rows, own, seat in as_many(cells, n_player):
        some, asked = filling.take(rows), [question.take(rows) for question in questions]
        found, whole, beside = solve(game(model, some, asked, own), seat.shape[1])
        here = rows.cpu()
        group[here] = group[here].scatter(2, seat[:, None].expand_as(found), found)
        change[here] = whole
        for name, value in beside.items():
            further.setdefault(name, torch.zeros(*shape, dtype=torch.float64))[here] = value
    return group, change, further


def game(model: Model, filling: Filling, questions: Sequence[Question], cells: Tensor) -> Asked:
    """The game of samples that all have as many players."""

    def asked(coalitions: Tensor) -> Tensor:
        return played(model, filling, questions, cells=cells, coalitions=coalitions)

    return asked
