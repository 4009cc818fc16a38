"""Bands: series and fields of any length, taken apart and put together."""

import pytest
import pywt
import torch

from aition import from_series, from_tensors
from aition.core.errors import InputError
from aition.distill import Bands
from aition.distill.bands import settled

DB2 = torch.tensor([pywt.Wavelet("db2").rec_lo])


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("fields", [False, True])
def test_what_is_taken_apart_comes_back(fields):
    batch = from_tensors(drawn(3, 21, 13), layout="sample time feature")
    grid = settled(Bands(levels=2, fields=fields), batch, 4)
    values = grid.values(batch)
    parts = grid.coefficients(values, DB2)
    assert len(parts) == len(grid.bands)
    assert float((grid.restored(parts, DB2)[0] - values).abs().max()) < 1e-5


def test_bands_of_series_are_those_of_pywavelets():
    batch = from_tensors(drawn(3, 32, 2), layout="sample time feature")
    grid = settled(Bands(levels=3), batch, 4)
    wanted = pywt.wavedec(batch.x[1, :, 1].numpy(), "db2", mode="periodization", level=3)
    found = [part[0, 1, 1] for part in grid.coefficients(grid.values(batch), DB2)]
    assert all(torch.allclose(one, torch.tensor(two), atol=1e-5) for one, two in zip(found, wanted, strict=True))


def test_the_small_model_reads_the_largest_size_of_each_band():
    batch = from_tensors(drawn(3, 32, 1), layout="sample time feature")
    grid = settled(Bands(levels=2, quantiles=(0.5, 1.0)), batch, 4)
    details = pywt.wavedec(batch.x[2, :, 0].numpy(), "db2", mode="periodization", level=2)
    read = grid.read(grid.values(batch), DB2[0])[2]
    assert grid.names[1] == "max |approximation|"
    assert grid.names[5] == "max |detail 1|"
    assert abs(float(read[1]) - abs(details[0]).max()) < 1e-5
    assert abs(float(read[5]) - abs(details[2]).max()) < 1e-5


def test_padding_changes_nothing():
    series = [drawn(20, 1), drawn(32, 1)[:15]]
    right, left = (from_series(series, side=side) for side in ("right", "left"))
    longer = from_series([*series, drawn(40, 1)]).take([0, 1])
    grid = settled(Bands(levels=2), right, 4)
    assert torch.equal(grid.values(right), grid.values(left))
    assert torch.equal(grid.values(right), grid.values(longer))


def test_every_name_is_its_own():
    for bands in (Bands(quantiles=(0.1, 1.0)), Bands(fields=True)):
        names = settled(bands, from_tensors(drawn(2, 16, 16), layout="sample time feature"), 4).names
        assert len(set(names)) == len(names)


def test_longer_series_than_those_of_the_fit_are_refused():
    grid = settled(Bands(), from_tensors(drawn(2, 16, 1)), 4)
    with pytest.raises(InputError, match="16 steps at most, but a sample has 20"):
        grid.values(from_tensors(drawn(2, 20, 1)))


def test_other_features_than_those_of_the_fit_are_refused():
    grid = settled(Bands(), from_tensors(drawn(2, 16, 1)), 4)
    with pytest.raises(InputError, match="fitted on the features"):
        grid.values(from_tensors(drawn(2, 16, 2), layout="sample time feature"))


@pytest.mark.parametrize(
    ("settings", "words"), [({"levels": -1}, "levels"), ({"quantiles": (2.0,)}, "quantiles"), ({"shifts": 0}, "shifts")]
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        Bands(**settings)


def test_more_halvings_than_there_are_steps_are_refused():
    with pytest.raises(InputError, match="halved 4 times"):
        settled(Bands(levels=5), from_tensors(drawn(2, 16, 1)), 4)


@pytest.mark.parametrize("fields", [False, True])
def test_with_all_shifts_it_does_not_matter_where_a_shape_lies(fields):
    x = drawn(3, 16, 16 if fields else 1)
    bands = Bands(levels=2, fields=fields, quantiles=(0.0, 1.0), signed=True, shifts=4)
    axes = (1, 2) if fields else (1,)
    one, other = (from_tensors(v, layout="sample time feature") for v in (x, x.roll((3,) * len(axes), axes)))
    grid = settled(bands, one, 4)
    assert torch.allclose(grid.read(grid.values(one), DB2[0]), grid.read(grid.values(other), DB2[0]), atol=1e-5)


def test_signed_bands_read_the_largest_of_either_side():
    batch = from_tensors(drawn(3, 32, 1), layout="sample time feature")
    grid = settled(Bands(levels=2, quantiles=(0.0, 1.0), signed=True, shifts=2), batch, 4)
    moved = [batch.x[2, :, 0].roll(step).numpy() for step in (0, 1)]
    details = [pywt.wavedec(one, "db2", mode="periodization", level=2)[2] for one in moved]
    read = grid.read(grid.values(batch), DB2[0])[2]
    assert grid.names[4:] == ("min detail 1", "max detail 1")
    assert abs(float(read[4]) - min(one.min() for one in details)) < 1e-5
    assert abs(float(read[5]) - max(one.max() for one in details)) < 1e-5


@pytest.mark.parametrize("fields", [False, True])
def test_what_is_read_does_not_depend_on_how_many_are_read_at_once(fields, monkeypatch):
    batch = from_tensors(drawn(7, 16, 8), layout="sample time feature")
    grid = settled(Bands(levels=2, fields=fields, quantiles=(0.5, 1.0), signed=True, shifts=3), batch, 4)
    whole = grid.read(grid.values(batch), DB2[0])
    monkeypatch.setattr("aition.distill.bands.AT_ONCE", 3 * 2 * 16 * 8)
    assert torch.allclose(grid.read(grid.values(batch), DB2[0]), whole, atol=1e-6)
