"""Parts: linear shares of the values, without padding."""

import pytest
import torch

from aition import from_tensors
from aition.core.errors import InputError
from aition.penalty import AllBut, Band, Cells, Component, Features, MarkedCells, loader_batch
from aition.transform import FourierBands, Principal, SeasonalTrend, Stl, Wavelets

N_TIME = 8
RAGGED = from_tensors(
    torch.randn(5, N_TIME, 2, generator=torch.Generator().manual_seed(3)), lengths=[8, 3, 5, 8, 1], side="left"
)
PARTS = {
    "cells": Cells(torch.arange(2 * N_TIME).reshape(N_TIME, 2) % 3 == 0),
    "features": Features("f1"),
    "band": Band(0.1, 0.3),
    "all-but": AllBut(Band(0.1, 0.3)),
    "component": Component(FourierBands((0.1, 0.3)), "0.1 to 0.3"),
    "season": Component(SeasonalTrend(period=3), "season"),
    "detail": Component(Wavelets("haar", levels=1), "detail 1"),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_linear(name):
    one, two = torch.randn(2, *RAGGED.x.shape, generator=torch.Generator().manual_seed(1)).double()
    whole = PARTS[name](RAGGED, 3 * one - two)
    assert torch.allclose(whole, 3 * PARTS[name](RAGGED, one) - PARTS[name](RAGGED, two), atol=1e-12)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_zero_in_the_padding(name):
    assert not bool(PARTS[name](RAGGED, torch.ones_like(RAGGED.x))[~RAGGED.exists].any())


@pytest.mark.parametrize("name", [name for name in PARTS if name != "season"])
def test_taking_a_part_twice_is_taking_it_once(name):
    once = PARTS[name](RAGGED, RAGGED.x)
    assert torch.allclose(PARTS[name](RAGGED, once), once, atol=1e-6)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_a_sample_hangs_on_no_other_sample(name):
    assert torch.equal(PARTS[name](RAGGED.take([2]), RAGGED.x[[2]])[0], PARTS[name](RAGGED, RAGGED.x)[2])


def test_a_part_and_what_it_leaves_add_up_to_the_values():
    band = Band(0.2, 0.4)
    total = band(RAGGED, RAGGED.x) + AllBut(band)(RAGGED, RAGGED.x)
    assert torch.allclose(total, RAGGED.x * RAGGED.exists[:, :, None], atol=1e-6)


def test_a_band_holds_the_sine_of_its_frequency_alone():
    step = torch.arange(40.0)
    slow, fast = torch.sin(2 * torch.pi * step / 20), torch.sin(2 * torch.pi * step / 4)
    batch = from_tensors((slow + fast)[None], layout="sample time")
    assert torch.allclose(Band(0.2, 0.3)(batch, batch.x)[0, :, 0], fast, atol=1e-5)


@pytest.mark.parametrize(("place", "length"), [(20, 100), (1, 5), (30, 150), (7, 70), (3, 10)])
def test_both_ends_of_a_band_are_in_it(place, length):
    step = torch.arange(length, dtype=torch.float64)
    wave = torch.sin(2 * torch.pi * step * place / length)
    batch = from_tensors(wave[None], layout="sample time")
    for band in (Band(place / length, 0.5), Band(0, place / length)):
        assert torch.allclose(band(batch, wave[None, :, None])[0, :, 0], wave, atol=1e-9)


def test_steps_of_a_mask_count_from_the_first_that_exists():
    found = Cells(torch.tensor([[True]] + [[False]] * 7))(RAGGED, torch.ones_like(RAGGED.x))
    assert found[:, :, 0].argmax(dim=1).tolist() == RAGGED.start.tolist()


def test_a_component_of_bands_is_the_band():
    found = Component(FourierBands((0.1, 0.3)), "0.1 to 0.3")(RAGGED, RAGGED.x)
    assert torch.allclose(found, Band(0.1, 0.2999)(RAGGED, RAGGED.x), atol=1e-6)


def test_components_of_a_transform_and_what_is_left_add_up():
    part = Component(Wavelets("db2", levels=1), *Wavelets("db2", levels=1).components(N_TIME, 2).names)
    assert torch.allclose(part(RAGGED, RAGGED.x) + AllBut(part)(RAGGED, RAGGED.x), RAGGED.x, atol=1e-6)


def test_a_fitted_component_is_linear():
    batch = from_tensors(torch.randn(9, 6, 2, generator=torch.Generator().manual_seed(1)) + 5)
    part = Component(Principal.fit(batch, n_component=2), "principal 1")
    assert torch.allclose(part(batch, 3 * batch.x), 3 * part(batch, batch.x), atol=1e-4)
    assert float(part(batch, batch.x).abs().max()) > 0.1


def test_a_component_without_gradients_is_refused_where_they_are_asked():
    batch = from_tensors(torch.randn(2, 12, 1))
    with pytest.raises(InputError, match="no gradients flow through Stl"):
        Component(Stl(4), "season")(batch, batch.x.requires_grad_())


def test_a_component_that_is_no_linear_share_is_refused():
    batch = from_tensors(torch.randn(2, 12, 1))
    with pytest.raises(InputError, match="Stl is not linear"):
        Component(Stl(4, robust=True), "season")(batch, batch.x)


def test_a_marked_part_follows_its_samples():
    item = {
        "x": torch.randn(4, N_TIME, 2),
        "label": torch.zeros(4, dtype=torch.int64),
        "leak": torch.eye(4, N_TIME) > 0,
    }
    batch = loader_batch(item).take([2, 0])
    assert MarkedCells("leak")(batch, torch.ones_like(batch.x))[:, :, 1].argmax(dim=1).tolist() == [2, 0]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Features("price"), "no feature 'price'; it has f0, f1"),
        (Cells(torch.ones(3, 2, dtype=torch.bool)), r"mask must be \[time=8 feature=2\]"),
        (MarkedCells("leak"), "no field 'leak'"),
        (Component(FourierBands((0.2,)), "0.3 to 0.5"), "no component '0.3 to 0.5'; it has 0 to 0.2, 0.2 to 0.5"),
    ],
)
def test_a_part_that_the_batch_lacks_is_named(part, words):
    with pytest.raises(InputError, match=words):
        part(RAGGED, RAGGED.x)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Band(0.3, 0.2), "low <= high"),
        (lambda: Band(0.3, 0.7), "but is 0.3 to 0.7"),
        (lambda: Features(), "name one feature"),
        (lambda: Component(FourierBands()), "name one component"),
        (lambda: Cells(torch.ones(3, 2)), "mask must be bool"),
    ],
)
def test_a_setting_out_of_range_is_refused(build, words):
    with pytest.raises(InputError, match=words):
        build()


def test_a_loader_of_mappings_keeps_fields_with_their_axes():
    item = {
        "x": torch.zeros(3, 5, 2),
        "lengths": torch.tensor([5, 2, 3]),
        "ids": torch.zeros(3, 5),
        "site": torch.ones(3),
    }
    batch = loader_batch(item)
    assert batch.lengths.tolist() == [5, 2, 3]
    assert {name: part.axes for name, part in batch.fields.items()} == {"ids": ("sample", "time"), "site": ("sample",)}


def test_axes_of_a_field_that_is_as_long_as_the_series_by_chance_can_be_said():
    item = {"x": torch.zeros(3, 5, 2), "dose": torch.zeros(3, 5)}
    assert loader_batch(item).fields["dose"].axes == ("sample", "time")
    assert loader_batch(item, axes={"dose": ("sample", "drug")}).fields["dose"].axes == ("sample", "drug")
    with pytest.raises(InputError, match="no 'does'"):
        loader_batch(item, axes={"does": ("sample", "drug")})


def test_a_loader_of_pairs_keeps_labels():
    assert loader_batch((torch.zeros(3, 5, 2), torch.tensor([2, 0, 1]))).label.tolist() == [2, 0, 1]


@pytest.mark.parametrize("item", [{"inputs": torch.zeros(3, 5, 2)}, (torch.zeros(3, 5, 2),), "text"])
def test_an_item_of_another_form_is_refused(item):
    with pytest.raises(InputError, match="'x'"):
        loader_batch(item)
