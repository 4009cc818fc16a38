"""Series cut into segments of nearly equal length."""

import pytest
import torch

from aition import from_series, from_tensors
from aition.core.errors import InputError
from aition.impute.groups import Blocks, checked, count_of


def test_segments_are_cut_over_the_existing_steps_on_either_side_of_the_padding() -> None:
    series = [torch.zeros(6, 1), torch.zeros(3, 1)]
    right, left = (Blocks(3)(from_series(series, side=side))["x"][:, :, 0] for side in ("right", "left"))
    assert right[0].tolist() == left[0].tolist() == [0, 0, 1, 1, 2, 2]
    assert right[1, :3].tolist() == left[1, 3:].tolist() == [0, 1, 2]


def test_as_many_segments_are_cut_as_leave_so_many_groups() -> None:
    batch = from_tensors(torch.zeros(1, 50, 3))
    assert count_of(Blocks(most=12)(batch)) == 12
    assert count_of(Blocks(most=2)(batch)) == 3
    assert count_of(Blocks(most=7, together=True)(batch)) == 7


def test_a_series_of_fewer_steps_than_segments_has_a_segment_a_step() -> None:
    cells = Blocks(5)(from_tensors(torch.zeros(1, 3, 1)))["x"]
    assert cells.flatten().tolist() == [0, 1, 2]


@pytest.mark.parametrize("settings", [{"n_segment": -1}, {"most": 0}])
def test_segments_out_of_range_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(InputError, match="n_segment must be 1 or more"):
        Blocks(**settings)


def test_static_columns_are_groups_of_their_own() -> None:
    batch = from_tensors(torch.zeros(1, 4, 2), static=torch.zeros(1, 3))
    found = checked(Blocks(2)(batch), batch)
    assert found["x"].max() == 3
    assert found["static"].tolist() == [[4, 5, 6]]
