"""Players: groups of cells that are present or absent together."""

from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.impute.groups import Groups, checked

MOST = 100
"""Players at most: there are 4,950 pairs of them."""


def check_groups(groups: Groups) -> None:
    """Raise unless a setting can be called as groups."""
    if isinstance(groups, type) or not callable(groups):
        raise InputError(
            f"groups must be a function from Batch to the group of each cell, such as Blocks(), but is {groups!r}"
        )


def players_of(groups: Groups, batch: Batch, *, explainer: str) -> tuple[Tensor, int]:
    """The player of each cell of ``x``, -1 in the padding, and how many there are.

    Raises:
        InputError: They do not fit the batch, are none, or more than ``MOST``.
        RefusalError: The batch is a list of events.
    """
    if is_events(batch):
        raise RefusalError(
            f"{explainer} explains values at steps, but was given events; put them on a grid, or take FeatureAblation"
        )
    there = checked(groups(batch), batch)["x"]
    count = int(there.max()) + 1
    if not 1 <= count <= MOST:
        raise InputError(
            f"there must be 1 to {MOST} groups, for each pair of them is asked, but there are {count}; "
            "take fewer segments, or join features, such as by Blocks(together=True)"
        )
    return there, count
