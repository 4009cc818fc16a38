"""aition demo, on a few samples."""

from dataclasses import replace

import pytest

import aition.store
from aition.cli import main
from aition.cli.showcase import CASES, EXPLAINERS
from aition.data import load, read
from aition.models import load_model
from aition.view.report import Prose, Report, Section


def few(name):
    """A data set of a few samples."""
    whole = load(name)
    return replace(whole, train=whole.train.take(range(12)), test=whole.test.take(range(4)))


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """A demo of one case with few samples and without pictures, and where it writes."""
    monkeypatch.setattr("aition.data.load", few)
    monkeypatch.setattr("aition.cli.showcase.CASES", (replace(CASES[1], epochs=1),))
    monkeypatch.setattr("aition.view.report.overview", without_pictures)
    return tmp_path / "demo"


def without_pictures(title, studies, *, lead):
    return Report(title, lead, "now", tuple(Section(one.name, (Prose(one.about),)) for one in studies))


def test_everything_is_left_in_the_folder(quick, capsys):
    assert main(["demo", "--out", str(quick)]) == 0
    here = quick / "basic-motions"
    data, model = read(here / "test.safetensors"), load_model(here / "model.safetensors")
    for name in EXPLAINERS:
        attrs = aition.store.open(here / name).attrs
        assert (attrs["explainer"], attrs["data_sha256"]) == (name, data.digest())
    assert model(data).shape == (4, 4)
    assert (quick / "report.html").read_text().startswith("<!doctype html>")


def test_every_step_is_named_and_counted(quick, capsys):
    assert main(["demo", "--out", str(quick)]) == 0
    steps = [line.split("]")[0] for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    assert steps == [f"[{place}/7" for place in range(1, 8)]


def test_the_report_and_what_to_try_next_are_named(quick, capsys):
    assert main(["demo", "--out", str(quick)]) == 0
    said = capsys.readouterr().out
    assert f"Report: {quick / 'report.html'}" in said
    assert said.count("\n  aition ") == 3


def test_the_commands_named_next_work(quick, capsys, monkeypatch):
    assert main(["demo", "--out", str(quick)]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = next(line.split() for line in lines if line.startswith("  aition explain"))
    assert main(first[1:]) == 0


def test_another_demo_takes_the_place_of_the_first(quick, capsys):
    assert main(["demo", "--out", str(quick)]) == 0
    assert main(["demo", "--out", str(quick), "--seed", "1"]) == 0
    store = aition.store.open(quick / "basic-motions" / "extremal-mask")
    assert store.attrs["seed"] == 1


def test_the_report_is_served_until_the_user_ends_it(quick, capsys, monkeypatch):
    def end(server, path):
        assert path == quick / "report.html"

    monkeypatch.setattr("aition.cli.one_file.serve", end)
    assert main(["demo", "--out", str(quick), "--serve"]) == 0
    assert "Served at http://127.0.0.1:" in capsys.readouterr().out


@pytest.mark.slow
def test_the_whole_demo_explains_both_networks(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "demo"), "--no-serve"]) == 0
    assert capsys.readouterr().out.count("believable: removing") == 4
