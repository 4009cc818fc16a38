"""Players: groups of cells that are present or absent together."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.pairs import pairs_of
from aition.impute.groups import Blocks, Groups, checked

MOST = 100
"""Players at most: there are 4,950 pairs of them."""
TRIED = 12
"""Players that methods were measured with: 12 steps, or 6 segments of two features."""
Play = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor, Tensor]]
"""From places of samples ``[row]``, the player of each of their cells and how many there are to main effects
``[row, question, player]``, pairs ``[row, question, pair]`` and the change of the score ``[row, question]``."""


def check_groups(groups: Groups) -> None:
    """Raise unless a setting can be called as groups."""
    if isinstance(groups, type) or not callable(groups):
        raise InputError(
            f"groups must be a function from Batch to the group of each cell, such as Blocks(), but is {groups!r}"
        )


def are_tried(groups: Groups, batch: Batch) -> bool:
    """Whether methods were measured with groups like these: segments of equal length, at most twelve.

    It hangs on the settings and the number of features alone, so it is the same for every chunk.

    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.zeros(1, 30, 2))
    >>> are_tried(Blocks(), batch), are_tried(Blocks(7), batch)
    (True, False)
    """
    return isinstance(groups, Blocks) and groups.count(batch.n_feature) <= TRIED


def players_of(groups: Groups, batch: Batch, *, explainer: str, instead: str = "FeatureAblation") -> tuple[Tensor, int]:
    """The player of each cell of ``x``, -1 in the padding and where nothing was observed, and how many there are.

    Args:
        groups: Which cells go together.
        batch: The samples.
        explainer: Who asks.
        instead: An explainer that takes events.

    Raises:
        InputError: They do not fit the batch, are none, or more than ``MOST``.
        RefusalError: The batch is a list of events.
    """
    if is_events(batch):
        raise RefusalError(
            f"{explainer} explains values at steps, but was given events; put them on a grid, or take {instead}"
        )
    there = checked(groups(batch), batch)["x"]
    count = int(there.max()) + 1
    if not 1 <= count <= MOST:
        raise InputError(
            f"there must be 1 to {MOST} groups, for each pair of them is asked, but there are {count}; "
            "take fewer segments, or join features, such as by Blocks(together=True)"
        )
    return torch.where(batch.observed, there, -1), count


def each_count(play: Play, cells: Tensor, n_player: int, *, n_question: int) -> tuple[Tensor, Tensor, Tensor]:
    """Play the samples of each number of players by themselves, so that the longest of a chunk changes no other.

    Args:
        play: The game of samples that all have as many players.
        cells: The player of each cell, ``[sample, time, feature]``.
        n_player: Players of the sample that has the last of them.
        n_question: Questions.

    Returns:
        What ``play`` answers of all samples, float64 on the CPU; players that a sample lacks have 0.
    """
    n_sample = len(cells)
    alone = torch.zeros(n_sample, n_question, n_player, dtype=torch.float64)
    pairs = torch.zeros(n_sample, n_question, n_player * (n_player - 1) // 2, dtype=torch.float64)
    change = torch.zeros(n_sample, n_question, dtype=torch.float64)
    for rows, own, seat in as_many(cells, n_player):
        size = seat.shape[1]
        found = [part.cpu().double() for part in play(rows, own, size)]
        rows = rows.cpu()
        first, second = (seat[:, side] for side in pairs_of(size))
        place = first * (2 * n_player - first - 1) // 2 + second - first - 1
        alone[rows] = alone[rows].scatter(2, seat[:, None].expand_as(found[0]), found[0])
        pairs[rows] = pairs[rows].scatter(2, place[:, None].expand_as(found[1]), found[1])
        change[rows] = found[2]
    return alone, pairs, change


def as_many(cells: Tensor, n_player: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """The samples of each number of players: their places, the player of each cell numbered anew, and who they are.

    Args:
        cells: The player of each cell, ``[sample, time, feature]``; a sample may lack some. -1: of nobody.
        n_player: Players of the sample that has the last of them.

    Returns:
        Each time ``[row]``, ``[row, time, feature]`` and, on the CPU, ``[row, player]``; samples without any player
        are left out.
    """
    seat = cells.flatten(1) + 1
    held = torch.zeros(len(cells), 1 + n_player, dtype=torch.bool, device=cells.device)
    there = held.scatter(1, seat, torch.ones_like(seat, dtype=torch.bool))[:, 1:]
    rank = torch.where(there, there.cumsum(dim=1) - 1, -1)
    count = there.sum(dim=1)
    for size in count.unique().tolist():
        if size:
            rows = (count == size).nonzero()[:, 0]
            own = rank[rows].gather(1, cells[rows].flatten(1).clamp(min=0)).reshape(cells[rows].shape)
            who = there[rows].cpu().nonzero()[:, 1].reshape(-1, size)
            yield rows, torch.where(cells[rows] < 0, -1, own), who
