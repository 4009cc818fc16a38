"""Groups of cells that are present or absent together."""

import pytest
import torch

from aition import from_series, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.core.members import membership_of
from aition.impute.groups import Blocks
from aition.impute.players import players_of
from aition.testing.events import events


def test_padding_belongs_to_nobody() -> None:
    batch = from_series([torch.zeros(4, 2), torch.zeros(2, 2)])
    cells, n_player = players_of(Blocks(2), batch, explainer="")
    assert cells[1, 2:].unique().tolist() == [-1]
    assert membership_of(cells, n_player)[1].flatten(1).sum(dim=1).tolist() == [1, 1, 1, 1]


def test_too_many_players_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="take fewer segments"):
        players_of(Blocks(n_segment=101), from_tensors(torch.zeros(1, 200, 1)), explainer="")


def test_players_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match=r"groups of x must be int64 \[1, 4, 2\], but are missing"):
        players_of(lambda batch: {}, from_tensors(torch.zeros(1, 4, 2)), explainer="")


def test_events_are_refused() -> None:
    with pytest.raises(RefusalError, match="was given events"):
        players_of(Blocks(), events(), explainer="RemovalPairs")
