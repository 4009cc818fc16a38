"""Groups between the places where series change."""

import sys
from itertools import combinations

import numpy as np
import pytest
import torch

from aition import from_series, from_tensors
from aition.core.errors import InputError, MissingExtraError, RefusalError
from aition.impute.change_points import ChangePoints
from aition.testing.events import events


def stairs(*levels: float, steps: int = 4) -> torch.Tensor:
    """Levels of so many steps each, with a little noise."""
    noise = torch.randn(len(levels) * steps, generator=torch.Generator().manual_seed(0))
    return torch.tensor(levels).repeat_interleave(steps) + 0.05 * noise


def test_each_feature_is_cut_where_it_changes() -> None:
    x = torch.stack([stairs(0.0, 3.0, 1.0), stairs(2.0, 2.0, -1.0)], dim=1)[None]
    found = ChangePoints(2)(from_tensors(x))["x"][0]
    assert found[:, 0].tolist() == [0] * 4 + [2] * 8
    assert found[:, 1].tolist() == [1] * 8 + [3] * 4


def test_together_features_are_cut_alike() -> None:
    x = torch.stack([stairs(0.0, 3.0, 3.0), stairs(2.0, 2.0, -1.0)], dim=1)[None]
    found = ChangePoints(3, together=True)(from_tensors(x))["x"][0]
    assert torch.equal(found[:, 0], found[:, 1])
    assert found[:, 0].tolist() == [0] * 4 + [1] * 4 + [2] * 4


@pytest.mark.parametrize("n_segment", [2, 3])
def test_the_cut_leaves_the_least_variance_of_all_cuts(n_segment: int) -> None:
    x = torch.randn(9, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    found = ChangePoints(n_segment)(from_tensors(x[None], layout="sample time"))["x"][0, :, 0].numpy()

    def left(ends: tuple[int, ...]) -> float:
        return sum(float(((part - part.mean()) ** 2).sum()) for part in np.split(x.numpy(), ends))

    cuts = [ends for ends in combinations(range(1, 9), n_segment - 1) if min(np.diff([0, *ends, 9])) >= 2]
    best = min(cuts, key=left)
    assert tuple(np.flatnonzero(np.diff(found)) + 1) == best


def test_a_penalty_stops_where_a_cut_saves_less() -> None:
    batch = from_tensors(stairs(0.0, 5.0, 5.0, 5.0)[None], layout="sample time")
    assert int(ChangePoints(4, penalty=2.0)(batch)["x"].max()) == 1
    assert int(ChangePoints(4)(batch)["x"].max()) == 3


def test_fill_values_move_no_cut() -> None:
    x = stairs(0.0, 3.0, 1.0)[None, :, None].clone()
    x[0, [2, 6]] = torch.nan
    one, other = from_tensors(x), from_tensors(x)
    other = other.with_x(torch.where(other.observed, other.x, 99.0))
    assert torch.equal(ChangePoints(3)(one)["x"], ChangePoints(3)(other)["x"])


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_moves_no_cut_and_belongs_to_nobody(side) -> None:
    series = [stairs(0.0, 3.0, 1.0)[:, None], stairs(1.0, 4.0)[:, None]]
    found = ChangePoints(2)(from_series(series, side=side))["x"][1, :, 0]
    alone = ChangePoints(2)(from_series(series[1:]))["x"][0, :, 0]
    assert found[found >= 0].tolist() == alone.tolist() == [0] * 4 + [1] * 4
    assert int((found < 0).sum()) == 4


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_series_too_short_for_a_cut_stay_whole(steps: int) -> None:
    assert ChangePoints(3)(from_tensors(torch.randn(1, steps, 4)))["x"].max() == 3


def test_a_series_that_does_not_change_stays_whole() -> None:
    assert ChangePoints(3)(from_tensors(torch.full((1, 8, 1), 0.1)))["x"].max() == 0


def test_events_and_odd_settings_are_refused() -> None:
    with pytest.raises(RefusalError, match="take EachStep"):
        ChangePoints()(events())
    with pytest.raises(InputError, match="n_segment and shortest must be 1 or more"):
        ChangePoints(0)


def test_without_ruptures_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'aition\[segments\]'"):
        ChangePoints()(from_tensors(torch.zeros(1, 4, 1)))
