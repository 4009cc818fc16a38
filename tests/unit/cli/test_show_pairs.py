"""aition show of interactions: which groups act together, and how often the method found planted pairs."""

import json

import numpy as np
import pytest
import torch

import aition.store
from aition import FunctionModel, Target, explain, from_tensors
from aition.cli import main, show_pairs
from aition.impute.groups import Blocks
from aition.methods import RemovalPairs
from aition.store import StoredRun

ASKED = ["explain", "model.safetensors", "data.safetensors", "--target", "class=1"]


@pytest.fixture
def paired(inside, tmp_path):
    run = tmp_path / "pairs"
    groups = '{"name": "blocks", "n_segment": 2}'
    settings = ["--explainer", "shapley-interactions", "--set", f"groups={groups}", "--shard-size", "2"]
    assert main([*ASKED, *settings, "--to", str(run)]) == 0
    return run


@pytest.fixture
def answer(paired):
    return aition.store.open(paired).explanation()


def shown(capsys, run, *words):
    capsys.readouterr()
    assert main(["show", str(run), *words]) == 0
    return capsys.readouterr().out


def test_pairs_are_ranked_by_the_mean_of_their_sizes(paired, answer, capsys):
    told = json.loads(shown(capsys, paired, "--json"))["together"]
    size = np.abs(answer.interaction.values).mean(axis=0)[np.triu_indices(4, 1)]
    assert told["samples"] == 5
    assert [one["size"] for one in told["pairs"]] == pytest.approx(sorted(size.tolist(), reverse=True), rel=1e-5)
    assert {one["group"] for one in told["pairs"]} | {one["group_other"] for one in told["pairs"]} == {
        "f0 0–2",
        "f1 0–2",
        "f0 3–5",
        "f1 3–5",
    }


def test_the_pairs_of_a_sample_are_its_own(paired, answer, capsys):
    told = json.loads(shown(capsys, paired, "--sample", "2", "--json"))["together"]
    pairs = answer.interaction.values[2][np.triu_indices(4, 1)]
    assert [one["mean"] for one in told["pairs"]] == pytest.approx(sorted(pairs.tolist(), key=abs, reverse=True))


def test_no_more_pairs_are_told_than_asked_for_and_the_hit_rate_with_them(paired, capsys):
    said = shown(capsys, paired, "--top", "2")
    assert "What acted together most in 5 samples, with mean size and mean:" in said
    assert said.count(" × f") == 2
    assert "this ranked a planted pair first in 100 % of series" in said


def test_pairs_of_nothing_are_not_listed(inside, tmp_path, capsys):
    run = tmp_path / "sums"
    answer = explain(
        RemovalPairs(Blocks(3)),
        FunctionModel(lambda batch: batch.x[:, 0, 0] * batch.x[:, 5, 0]),
        from_tensors(torch.ones(2, 6, 1)),
        Target.scalar(),
        to=aition.store.create(run),
        progress="off",
    )
    assert answer is not None
    for words in ([], ["--sample", "1"]):
        told = json.loads(shown(capsys, run, *words, "--json"))["together"]
        assert [(one["group"], one["group_other"], one["mean"]) for one in told["pairs"]] == [("0–1", "4–5", 1.0)]


def test_of_many_samples_one_is_read(paired, capsys, monkeypatch):
    read = []
    own = StoredRun.explanation
    monkeypatch.setattr(StoredRun, "explanation", lambda run, some=slice(None): read.append(some) or own(run, some))
    monkeypatch.setattr(StoredRun, "parts", lambda run: pytest.fail("all shards were read"))
    show_pairs.pairs_told(aition.store.open(paired), "", top=3, nth=0)
    assert [(some.start, some.stop) for some in read] == [(0, 1)]


def test_the_picture_is_of_the_pairs(paired, capsys, tmp_path):
    for words in ([], ["--sample", "1"]):
        file = tmp_path / f"picture{len(words)}.png"
        assert f"Wrote {file}" in shown(capsys, paired, *words, "--plot", str(file))
        assert file.stat().st_size > 5000


def test_a_run_without_interactions_tells_of_none(inside, capsys):
    assert main(["show", "run"]) == 0
    assert "together" not in capsys.readouterr().out
