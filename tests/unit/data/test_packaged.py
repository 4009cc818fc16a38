"""Real data from the files of installed packages."""

import socket
import subprocess
import sys

import pytest
import torch

from aition import data
from aition.core.errors import InputError, MissingExtraError
from aition.data import packaged

NAMES = [card.name for card in data.available()]


@pytest.mark.parametrize("card", data.available(), ids=lambda card: card.name)
def test_a_data_set_is_what_its_card_says(card):
    assert data.load(card.name).card == card


@pytest.mark.parametrize("name", NAMES)
def test_every_class_is_in_the_training_samples(name):
    loaded = data.load(name)
    assert loaded.train.label.unique().tolist() == list(range(len(loaded.class_names)))


@pytest.mark.parametrize("name", NAMES)
def test_values_are_float32_and_all_observed(name):
    batch = data.load(name).test
    assert batch.x.dtype == torch.float32
    assert bool((batch.observed == batch.cells).all())


@pytest.mark.peers
@pytest.mark.parametrize(
    ("name", "loader"),
    [
        ("basic-motions", "load_basic_motions"),
        ("gun-point", "load_gunpoint"),
        ("italy-power-demand", "load_italy_power_demand"),
        ("japanese-vowels", "load_japanese_vowels"),
    ],
)
def test_values_and_labels_are_those_that_aeon_reads(name, loader):
    import aeon.datasets
    import numpy as np

    series, label = getattr(aeon.datasets, loader)(split="test")
    batch = data.load(name).test
    for place, one in enumerate(series):
        expected = torch.from_numpy(np.asarray(one, dtype=np.float32)).T
        assert torch.equal(batch.x[place, : len(expected)], expected)
        assert int(batch.lengths[place]) == len(expected)
    assert np.unique(label, return_inverse=True)[1].tolist() == batch_labels_in_name_order(batch, name)


def batch_labels_in_name_order(batch, name):
    names = data.load(name).class_names
    place = (
        sorted(range(len(names)), key=lambda one: names[one]) if name == "basic-motions" else list(range(len(names)))
    )
    return [place.index(one) for one in batch.label.tolist()]


def test_unequal_lengths_are_kept():
    assert data.load("japanese-vowels").train.lengths[:3].tolist() == [20, 26, 22]


def test_times_have_their_unit():
    batch = data.load("basic-motions").train
    assert batch.time_unit == "second"
    assert float(batch.times[0, -1]) == pytest.approx(9.9)


def test_train_and_test_share_no_id():
    loaded = data.load("gun-point")
    assert not set(loaded.train.ids) & set(loaded.test.ids)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(InputError, match="basic-motions, gun-point"):
        data.load("basic motions")


def test_a_missing_package_is_answered_with_its_command(monkeypatch):
    monkeypatch.setattr(packaged, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'aition\[data\]'"):
        data.load("gun-point")


def test_loading_opens_no_socket(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert len(data.load("italy-power-demand").train) == 67


def test_importing_data_loads_no_optional_package():
    heavy = "{'aeon', 'captum', 'duckdb', 'matplotlib', 'numba', 'pandas', 'polars', 'sklearn', 'xarray'}"
    code = f"import sys, aition.data; sys.exit(sorted({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_standardised_data_set_uses_the_training_samples_for_both_parts():
    raw = data.load("japanese-vowels")
    scaled = raw.standardised()
    assert torch.equal(scaled.test.x, data.standardise(raw.test, like=raw.train).x)
    assert not torch.allclose(scaled.test.x, data.standardise(raw.test, like=raw.test).x)


def test_labels_beyond_the_class_names_are_refused():
    loaded = data.load("gun-point")
    with pytest.raises(InputError, match="labels of train must be 0 to 0"):
        data.Dataset("x", loaded.train, loaded.test, ("one",), "", "", "")
