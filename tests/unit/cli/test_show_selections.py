"""aition explain and aition show of a selection: its verdicts stand under it, for people and for programs."""

import json

import pytest

import aition.store
from aition.checks import honesty
from aition.cli import main

ASKED = ["explain", "model.safetensors", "data.safetensors", "--explainer", "lex"]
PAIR = 'selection={"name": "exact-k", "k": 2}'
CHEAP = ["--set", "epochs=1", "--set", PAIR, "--set", "rivals=0", "--set", "draws=2", "--shard-size", "2"]
CHECKS = ["encoding gap", "encoding gap of masks", "told by the choice", "static mask", "stability over seeds"]


@pytest.fixture
def selected(inside, tmp_path, capsys):
    run = tmp_path / "lex"
    assert main([*ASKED, *CHEAP, "--to", str(run)]) == 0
    return run, capsys.readouterr().out


def test_explain_says_what_was_not_measured_and_why(selected):
    _, said = selected
    assert "of the cells of 5 samples. Can it be believed?" in said
    assert "encoding gap — Not measured: a judge learns from 20 series or more, but there are 4 without" in said
    assert "stability over seeds — Not measured: it was fitted with one seed alone (rivals=0)." in said


def test_show_has_the_same_verdicts_as_the_explanation(selected, capsys):
    run, _ = selected
    assert main(["show", str(run), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["selection"]
    wanted = honesty(aition.store.open(run).explanation())
    assert [one["check"] for one in told["verdicts"]] == CHECKS
    assert [one["finding"] for one in told["verdicts"]] == [one.finding for one in wanted]
    assert told["verdicts"][3]["mean"] == pytest.approx(wanted[3].figure.mean)
    assert main(["show", str(run)]) == 0
    assert wanted[3].words in capsys.readouterr().out


def test_the_picture_is_of_what_is_selected(selected, tmp_path):
    run, _ = selected
    assert main(["show", str(run), "--plot", str(tmp_path / "all.svg")]) == 0
    assert (tmp_path / "all.svg").stat().st_size > 10_000
