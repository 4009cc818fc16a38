"""aition distill: the small model as a file, by words alone."""

import json
import sys

import numpy as np
import pytest
import torch

from aition import Target, from_tensors
from aition.cli import main
from aition.data import read, write
from aition.distill import FixedWavelet, Logistic, distill, load_distilled
from aition.models import load_model

LINE = ["distill", "model.safetensors", "waves.safetensors", "--wavelet", "db2", "--to"]


@pytest.fixture
def waves(inside):
    """Series of three classes, one of them unknown."""
    values = np.random.default_rng(1).normal(size=(31, 16, 2)).astype(np.float32)
    label = torch.tensor([*range(3)] * 10 + [-1])
    write(from_tensors(torch.from_numpy(values), label=label), inside / "waves.safetensors")
    return inside


def test_the_file_holds_what_python_makes(waves, capsys):
    assert main([*LINE, "one.safetensors", "--student", "logistic"]) == 0
    batch = read("waves.safetensors")
    known = batch.take(range(30))
    model = load_model("model.safetensors")
    direct = distill(model, known, Target.predicted(), wavelet=FixedWavelet("db2"), student=Logistic())
    found = load_distilled("one.safetensors")
    assert torch.equal(found.predict(batch), direct.predict(batch))
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "one.safetensors: linear, on 6 sizes of db2"
    assert told[-1] == f"waves.safetensors: right {direct.score(known):.3f}"


def test_json_tells_the_figures_of_the_test_too(waves, capsys):
    words = ["json.safetensors", "--student", "logistic", "--test", "waves.safetensors", "--json", "--signed"]
    assert main([*LINE, *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["figures"]["test"] == told["figures"]["fitted"]
    assert 0 <= told["figures"]["test"]["right"] <= 1
    assert told["read"][0].startswith("min ")


def test_what_the_model_says_needs_no_labels(waves, capsys):
    assert main([*LINE, "teacher.safetensors", "--answer", "teacher", "--target", "class=1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "waves.safetensors: no such labels"


def test_several_questions_are_refused(waves, capsys):
    assert main([*LINE, "several.safetensors", "--target", "class=0..2"]) == 2
    assert "--target must ask one question, but 'class=0..2' asks 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--student", "ridge"], "take Logistic()"),
        (["--student", "logistic", "--test", "longer.safetensors"], "16 steps at most, but a sample has 20"),
    ],
)
def test_what_does_not_fit_is_told_before_the_teacher_is_asked(waves, capsys, monkeypatch, words, said):
    write(from_tensors(torch.zeros(3, 20, 2), label=[0, 1, 2]), waves / "longer.safetensors")
    monkeypatch.setattr(sys.modules["aition.distill.distill"], "asked", lambda *_, **__: pytest.fail("it was asked"))
    assert main([*LINE, "early.safetensors", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_wavelet_that_nobody_knows_is_refused(waves, capsys):
    line = ["distill", "model.safetensors", "waves.safetensors", "--wavelet", "db99", "--to", "none.safetensors"]
    assert main([*line, "--student", "logistic"]) == 2
    assert "no discrete wavelet 'db99'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["model.safetensors"], ["waves.safetensors"], ["./waves.safetensors"]])
def test_the_model_and_the_data_are_never_written_over(waves, words, capsys):
    before = (waves / words[0]).read_bytes()
    assert main([*LINE, *words, "--student", "logistic"]) == 2
    assert f"--to must be another file than {words[0].removeprefix('./')}" in capsys.readouterr().err
    assert (waves / words[0]).read_bytes() == before


def test_the_test_is_never_written_over_by_another_name_of_it(waves, capsys):
    (waves / "held.safetensors").write_bytes((waves / "waves.safetensors").read_bytes())
    (waves / "linked.safetensors").hardlink_to(waves / "held.safetensors")
    before = (waves / "held.safetensors").read_bytes()
    assert main([*LINE, "linked.safetensors", "--student", "logistic", "--test", "held.safetensors"]) == 2
    assert "--to must be another file than held.safetensors" in capsys.readouterr().err
    assert (waves / "held.safetensors").read_bytes() == before


@pytest.mark.parametrize("words", ["ingested", "ingested:train"])
def test_no_file_of_a_folder_of_data_is_written_over(waves, words, capsys):
    shards = waves / "ingested" / "shards"
    shards.mkdir(parents=True, exist_ok=True)
    (waves / "ingested" / "manifest.json").write_text("{}")
    (shards / "000000.safetensors").write_bytes(b"samples")
    line = ["distill", "model.safetensors", words, "--to", "ingested/shards/000000.safetensors"]
    assert main(line) == 2
    assert "--to must be another file than those of ingested" in capsys.readouterr().err
    assert (shards / "000000.safetensors").read_bytes() == b"samples"


def test_values_that_are_not_known_are_left_out(waves, capsys):
    values = torch.randn(32, 16, 2, generator=torch.Generator().manual_seed(2))
    label = values[:, :, 0].amax(dim=1)
    label[[3, 9]] = torch.tensor([float("nan"), float("inf")])
    write(from_tensors(values, label=label), waves / "values.safetensors")
    line = ["distill", "model.safetensors", "values.safetensors", "--wavelet", "db2", "--target", "class=1"]
    assert main([*line, "--to", "small.safetensors", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    known = read("values.safetensors").take([row for row in range(32) if row not in (3, 9)])
    model = load_model("model.safetensors")
    direct = distill(model, known, Target.of_class(1), wavelet=FixedWavelet("db2"))
    assert told["figures"]["fitted"]["R²"] == pytest.approx(direct.score(known))
    assert main([*line, "--to", "small.safetensors", "--answer", "teacher"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "values.safetensors: no such labels"


def test_values_none_of_which_is_known_are_refused(waves, capsys):
    write(from_tensors(torch.randn(12, 16, 2), label=torch.full((12,), float("nan"))), waves / "nothing.safetensors")
    assert (
        main(["distill", "model.safetensors", "nothing.safetensors", "--wavelet", "db2", "--to", "x.safetensors"]) == 2
    )
    assert "the 12 samples of nothing.safetensors have no label" in capsys.readouterr().err
