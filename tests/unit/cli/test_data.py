"""aition data: what there is, and how it becomes a file."""

import json

import pytest

from aition.cli import main
from aition.data import available, load, read


def test_every_packaged_set_is_listed(capsys):
    assert main(["data", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [card.name for card in available()]


def test_a_set_is_described_with_its_licence(capsys):
    assert main(["data", "info", "gun-point"]) == 0
    assert "BSD-3-Clause" in capsys.readouterr().out


def test_a_description_is_the_card(capsys):
    assert main(["data", "info", "gun-point", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == vars(load("gun-point").card)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_part_is_written_without_loss(part, tmp_path, capsys):
    file = tmp_path / "motions.safetensors"
    assert main(["data", "write", f"basic-motions:{part}", str(file)]) == 0
    assert read(file).digest() == getattr(load("basic-motions"), part).digest()


def test_values_are_standardised_by_the_training_samples(tmp_path, capsys):
    file = tmp_path / "motions.safetensors"
    assert main(["data", "write", "basic-motions", str(file), "--standardise"]) == 0
    assert read(file).digest() == load("basic-motions").standardised().test.digest()


def test_what_is_fetched_is_told_with_its_licence(monkeypatch, capsys):
    monkeypatch.setattr("aition.data.fetch", lambda name, cache: load("gun-point"))
    assert main(["data", "fetch", "ECG200"]) == 0
    assert "Licence: BSD-3-Clause" in capsys.readouterr().out
