"""aition check: verdicts in words, as JSON, as a picture, and an exit code."""

import json

import pytest
import torch

from aition import from_tensors
from aition.cli import main
from aition.cli.check import words_of
from aition.data import write

LINE = ["check", "model.safetensors", "data.safetensors"]
QUICK = ["--models", "2", "--seeds", "2", "--explainer", "input-x-gradient"]


def test_verdicts_stand_below_each_explainer_and_the_code_says_that_one_has_not_passed(inside, capsys):
    code = main([*LINE, *QUICK, "--explainer", "saliency", "--plot", "checks.png"])
    said = capsys.readouterr().out
    assert code == 6
    assert said.startswith("input-x-gradient\n  removal — ")
    for check in ("fresh weights", "stability under noise", "stability over seeds of the explainer", "agreement"):
        assert said.count(f"  {check}") == 2
    assert "no setting 'seed'" in said
    assert "Wrote checks.png" in said
    assert said.rstrip().endswith("checks passed on 5 samples")
    assert (inside / "checks.png").stat().st_size > 5000


def test_the_code_is_0_where_all_that_is_measured_has_passed(inside, capsys):
    assert main([*LINE, *QUICK, "--check", "stability", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["passed"], told["samples"], told["files"]) == (True, 5, [])
    assert [one["finding"] for one in told["checks"]] == ["passed", "not measured"]
    assert told["checks"][0]["explainer"] == "input-x-gradient"
    assert told["checks"][0]["mean"] < told["checks"][0]["bound"]


def test_only_the_named_checks_are_made_within_the_seconds_that_there_are(inside, capsys):
    assert main([*LINE, *QUICK, "--check", "removal,agreement", "--within", "60", "--first", "3"]) in {0, 6}
    said = capsys.readouterr().out
    assert "removal" in said
    assert "fresh weights" not in said
    assert "no other explanation to compare it with" in said
    assert main([*LINE, *QUICK, "--check", "randomisation", "--within", "1e-9"]) == 6
    assert "of the budget are left" in capsys.readouterr().out


def test_settings_and_a_background_reach_the_explainer(inside, capsys):
    words = ["--explainer", "occlusion", "--set", "window=2", "--set", "baseline=background-mean"]
    assert main([*LINE, *words, "--check", "stability", "--background", "data.safetensors"]) == 0
    assert "stability under noise — Passed" in capsys.readouterr().out


def test_networks_are_trained_on_a_labelled_background_where_it_is_asked_for(inside, capsys):
    values = torch.randn(5, 6, 2, generator=torch.Generator().manual_seed(0))
    write(from_tensors(values, label=[0, 1, 2, 0, 1], ids=list("fghij")), inside / "others.safetensors")
    words = [*QUICK, "--check", "retraining,labels", "--background", "others.safetensors", "--epochs", "1", "--json"]
    assert main([*LINE, *words]) in {0, 6}
    told = json.loads(capsys.readouterr().out)["checks"]
    assert [one["check"] for one in told] == ["permuted labels", "retraining"]
    assert [one["asked"] for one in told] == ["labels", "retraining"]
    assert {one["samples"] for one in told} == {5}
    assert "(by seed " in told[1]["words"]
    assert main([*LINE, *words[:-4], "data.safetensors", *words[-3:]]) == 6
    told = json.loads(capsys.readouterr().out)["checks"]
    assert all("must be different samples" in one["words"] for one in told)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--check", "hope"], "stability, agreement, labels, retraining, but is 'hope'"),
        (["--check", "agreement,labels"], "--background must name labelled samples, but is empty"),
        (["--target", "class=0..1"], "--target must ask one question, but 'class=0..1' asks 2"),
        (["--explainer", "saliency", "--explainer", "saliency"], "--explainer must name each explainer once"),
        (["--explainer", "magic"], "explainer must be one of"),
        (["--plot", "checks.txt"], "--plot"),
        (["--target", "whole:class"], "one number a sample"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_one_line(inside, capsys, words, said):
    assert main([*LINE, *words]) == 2
    answer = capsys.readouterr()
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_settings_name_their_explainer_where_there_are_several():
    assert words_of(["a", "b"], ["b.steps=3", "a.baseline=0.5"]) == {"a": {"baseline": "0.5"}, "b": {"steps": "3"}}
    assert words_of(["a"], ["a.steps=3", "lr=0.1"]) == {"a": {"steps": "3", "lr": "0.1"}}
    with pytest.raises(ValueError, match=r"--set must say whose setting it is, such as a\.steps=…"):
        words_of(["a", "b"], ["steps=3"])
