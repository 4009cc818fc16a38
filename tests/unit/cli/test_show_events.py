"""aition show of a run of events: codes, steps, values, and the events of a sample."""

import json

import numpy as np
import pytest

import aition.store
from aition import Target, explain, from_events
from aition.cli import main
from aition.methods import IntegratedGradients
from aition.models import create
from aition.store import Store


def ward():
    draw = np.random.default_rng(0)
    sample = np.concatenate([np.arange(7), draw.integers(0, 7, 80)])
    value = np.where(draw.random(87) < 0.6, draw.normal(size=87), np.nan)
    codes = [f"code {i}" for i in range(5)]
    return from_events(
        sample,
        draw.uniform(0, 4, 87),
        draw.integers(0, 5, 87),
        value=value,
        vocabulary=codes,
        n_step=4,
        label=[0, 1, 0, 1, 0, 1, 0],
        ids=range(7),
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    here = tmp_path_factory.mktemp("runs")
    model = create("event-gru", n_code=5, n_class=2, n_hidden=6)
    for name, target in (("run", Target.true()), ("both", Target.each("class", range(2)))):
        explain(
            IntegratedGradients(steps=4), model, ward(), target, to=Store(here / name, shard_size=3), progress="off"
        )
    return here


@pytest.fixture
def whole(runs, monkeypatch):
    monkeypatch.chdir(runs)
    return aition.store.open("run").explanation()


def shown(capsys, *words):
    assert main(["show", *words]) == 0
    return capsys.readouterr().out


def as_json(capsys, *words):
    return json.loads(shown(capsys, *words, "--json"))


def by_hand(one, column, number):
    size = one["attribution"].values
    return [np.bincount(one[column], part, minlength=number) for part in (np.abs(size), size, np.ones(len(size)))]


@pytest.mark.parametrize(("axis", "column", "number"), [("feature", "row_feature", 5), ("time", "row_time", 4)])
def test_codes_and_steps_are_ranked_as_by_hand(whole, capsys, axis, column, number):
    size, signed, count = by_hand(whole, column, number)
    found = as_json(capsys, "run")["all"][axis]
    order = np.argsort(-size)
    names = [f"code {place}" if axis == "feature" else str(place) for place in order]
    assert [one["name"] for one in found] == names
    for key, expected in (("share", size / size.sum()), ("mean", size / count), ("signed", signed / count)):
        assert [one[key] for one in found] == pytest.approx(expected[order].tolist(), abs=1e-6)
    assert [one["events"] for one in found] == count[order].tolist()


def test_fifths_of_values_are_ranked_as_by_hand(whole, capsys):
    found = as_json(capsys, "run", "--top", "100")["all"]["value"]
    assert [one["share"] for one in found] == sorted((one["share"] for one in found), reverse=True)
    assert sum(one["events"] for one in found) == whole.sizes["row"]
    for one in found:
        value = np.where(whole["row_observed"], whole["row_value"], np.nan)
        own = whole["row_feature"].values == int(one["name"].split()[1])
        own &= np.isnan(value) if one["low"] is None else (value >= one["low"]) & (value <= one["high"])
        assert one["events"] == own.sum()
        assert one["signed"] == pytest.approx(whole["attribution"].values[own].mean(), abs=1e-6)


def test_classes_are_ranked_by_themselves(whole, capsys):
    mine = whole.isel(row=np.isin(whole["row_sample"].values, [1, 3, 5]))
    size, _, _ = by_hand(mine, "row_feature", 5)
    found = as_json(capsys, "run")
    assert (found["class_is"], found["classes"]["1"]["samples"]) == ("explained", 3)
    assert [one["share"] for one in found["classes"]["1"]["feature"]] == pytest.approx(
        sorted((size / size.sum()).tolist(), reverse=True), abs=1e-6
    )


def test_people_are_told_codes_steps_and_values(whole, capsys):
    said = shown(capsys, "run", "--top", "2")
    lines = [line.split()[0] for line in said.splitlines() if line.strip()]
    assert f"What counted most in {whole.sizes['row']} events of 7 samples:" in said
    assert (lines.count("code"), lines.count("step"), lines.count("class")) == (6, 1, 2)


def test_the_events_of_a_sample_are_listed_the_strongest_first(whole, capsys):
    found = as_json(capsys, "run", "--sample", "4", "--top", "3")
    size = whole["attribution"].values[whole["row_sample"].values == 4]
    assert [one["attribution"] for one in found["events"]] == pytest.approx(
        size[np.argsort(-np.abs(size))][:3].tolist(), abs=1e-6
    )
    assert found["n_event"] == len(size)


def test_an_event_comes_with_its_step_time_code_and_value(whole, capsys):
    for one in as_json(capsys, "run", "--sample", "4", "--top", "100")["events"]:
        row = int(np.flatnonzero(np.isclose(whole["row_times"], one["times"], rtol=0, atol=1e-9))[0])
        assert one["time"] == whole["row_time"].values[row]
        assert one["feature"] == f"code {whole['row_feature'].values[row]}"
        has = bool(whole["row_observed"].values[row])
        assert one["value"] == (pytest.approx(float(whole["row_value"].values[row])) if has else None)


def test_a_sample_is_told_to_people(whole, capsys):
    said = shown(capsys, "run", "--sample", "4", "--top", "2").splitlines()
    assert said[-3].split() == ["step", "hour", "code", "value", "attribution"]
    assert "2 of " in said[-4]


def test_the_asked_target_is_ranked(whole, capsys):
    both = aition.store.open("both").explanation()["attribution"].values
    for nth in (0, 1):
        found = as_json(capsys, "both", "--nth", str(nth))["all"]["feature"]
        total = sum(one["mean"] * one["events"] for one in found)
        assert total == pytest.approx(np.abs(both[:, nth]).sum(), rel=1e-5)


@pytest.mark.parametrize("words", [[], ["--sample", "4"]])
def test_a_target_that_is_not_there_is_named(whole, capsys, words):
    assert main(["show", "both", "--nth", "2", *words]) == 2
    assert "--nth must be 0 to 1" in capsys.readouterr().err


def test_all_samples_are_drawn(whole, capsys, tmp_path):
    shown(capsys, "run", "--plot", str(tmp_path / "all.svg"))
    assert "What counted in 7 samples" in (tmp_path / "all.svg").read_text()


def test_a_sample_is_drawn(whole, capsys, tmp_path):
    shown(capsys, "run", "--sample", "4", "--plot", str(tmp_path / "four.svg"))
    assert "Sample 4: predicted class" in (tmp_path / "four.svg").read_text()


@pytest.fixture(scope="module")
def page(runs):
    assert main(["show", str(runs / "run"), "--sample", "4", "--report", str(runs / "report.html")]) == 0
    return (runs / "report.html").read_text()


def test_a_report_counts_the_events_of_all_samples(page, whole):
    assert "As asked for: 4" in page
    assert f"{whole.sizes['row']}, " in page


def test_examples_of_a_report_have_their_own_events(page, whole):
    count = int((whole["row_sample"].values == 4).sum())
    assert f"of {count} events with the largest |attribution|" in page
