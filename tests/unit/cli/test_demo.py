"""aition demo, on a few samples."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest

import aition.store
from aition.cli import main
from aition.cli.serve import serve_at
from aition.cli.showcase import CASE, EXPLAINERS
from aition.cli.steps import Steps
from aition.cli.ward import EVERY, SOME, Ward
from aition.cli.watched import N_STEP, made
from aition.data import load, open_folder, read
from aition.models import load_model
from aition.store.cube.stopping import unhindered
from aition.store.summary.truth import read_truth, truth_file
from aition.view.report import Prose, Report, Section
from aition.view.web.opening import opened
from aition.view.web.runs import Runs
from aition.view.web.served import Served

STAYS = 200
STORES = (f"icu/{EVERY}", f"icu/{SOME}", *(f"{CASE.dataset}/{name}" for name in EXPLAINERS))


@dataclass(frozen=True)
class Done:
    """A demo that was run, and what it said."""

    out: Path
    said: str

    def command(self, name):
        """The words of a command that it says to try next."""
        return next(shlex.split(line)[1:] for line in self.said.splitlines() if line.startswith(f"  aition {name}"))


def few(name):
    """A data set of a few samples."""
    whole = load(name)
    return replace(whole, train=whole.train.take(range(12)), test=whole.test.take(range(4)))


def without_pictures(title, studies, *, lead):
    return Report(title, lead, "now", tuple(Section(one.name, (Prose(one.about),)) for one in studies))


@pytest.fixture(scope="module")
def quick():
    """Few samples, few epochs, no pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aition.data.load", few)
        patch.setattr("aition.cli.showcase.CASE", replace(CASE, epochs=1))
        patch.setattr("aition.view.report.overview", without_pictures)
        yield patch


@pytest.fixture(scope="module")
def done(quick, tmp_path_factory):
    """A whole demo, which tests only read."""
    out, lines = tmp_path_factory.mktemp("demo") / "demo", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *words, **_: lines.append(" ".join(map(str, words))))
        assert main(["demo", "--out", str(out), "--stays", str(STAYS), "--no-serve"]) == 0
    return Done(out, "\n".join(lines))


@pytest.fixture
def ward(tmp_path):
    """A small unit of which nothing is made yet."""
    return Ward(tmp_path / "icu", 100, 0, epochs=1, masked=4, removed=4)


def test_what_explains_the_small_data_is_left_in_the_folder(done):
    here = done.out / CASE.dataset
    data, model = read(here / "test.safetensors"), load_model(here / "model.safetensors")
    for name in EXPLAINERS:
        attrs = aition.store.open(here / name).attrs
        assert (attrs["explainer"], attrs["data_sha256"]) == (name, data.digest())
    assert model(data).shape == (4, 4)


def test_every_stay_is_explained_and_held_out_ones_by_masks(done):
    every, some = (aition.store.open(done.out / "icu" / name) for name in (EVERY, SOME))
    folder = open_folder(done.out / "icu" / "data")
    assert every.sizes["sample"] == len(folder) == STAYS
    assert some.sizes["sample"] == len(folder.only("held_out"))


def test_every_step_is_named_and_counted(done):
    steps = [line.split("]")[0] for line in done.said.splitlines() if line.startswith("[")]
    assert steps == [f"[{place}/17" for place in range(1, 18)]


def test_the_report_is_left_and_named(done):
    assert (done.out / "report.html").read_text().startswith("<!doctype html>")
    assert str(done.out / "report.html") in done.said


@pytest.mark.parametrize("what", ["Planted values found: ", "Completeness: ", "Other method or model: "])
def test_what_the_app_will_say_of_both_runs_is_told(done, what):
    assert sum(line.startswith(f"       {what}") for line in done.said.splitlines()) == 2


def test_the_network_is_judged_beside_the_law_itself(done):
    assert "AUROC" in done.said
    assert "of the law that their deaths were drawn by" in done.said


def test_the_explainer_named_next_works(done):
    words = done.command("explain")
    assert main([*words[: words.index("--to")], "--to", str(done.out / "another")]) == 0


def test_the_command_that_shows_it_serves_every_run(done, monkeypatch):
    asked = {}
    monkeypatch.setattr("aition.cli.serve.serve_at", lambda taken, stores, **rest: asked.update(rest, stores=stores))
    assert main([*done.command("serve"), "--no-open"]) == 0
    assert asked["stores"] == [done.out / name for name in STORES]
    assert Path(asked["model"]).is_file()
    assert Path(asked["truth"]).is_dir()


@pytest.mark.parametrize("name", STORES)
def test_the_app_opens_every_run_and_knows_the_truth_of_the_stays_alone(done, name):
    planted = read_truth(truth_file(done.out / "icu" / "data" / "truth"))
    what = Served(Runs.at([done.out / one for one in STORES], cuts=planted.cuts), truth=(planted,))
    what.runs.prepare(progress="off")
    answer = opened(what, {"run": name}, unhindered)
    what.close()
    assert (answer["run"]["name"], answer["has_truth"]) == (name, name.startswith("icu/"))


def test_what_was_made_before_is_taken_as_it_is(ward, capsys):
    made(ward, Steps(N_STEP))
    before = {path: path.stat().st_mtime_ns for path in ward.folder.rglob("*.safetensors")}
    assert "made before" not in capsys.readouterr().out
    made(ward, Steps(N_STEP))
    assert {path: path.stat().st_mtime_ns for path in ward.folder.rglob("*.safetensors")} == before
    assert capsys.readouterr().out.count("made before") == 2


def test_a_demo_that_was_interrupted_goes_on(quick, tmp_path, capsys, monkeypatch):
    def end(*_, **__):
        raise KeyboardInterrupt

    asked = ["demo", "--out", str(tmp_path / "demo"), "--stays", "100"]
    with monkeypatch.context() as patch:
        patch.setattr("aition.models.fit", end)
        assert main(asked) == 130
    monkeypatch.setattr("aition.cli.watched.explain_all", end)
    assert main(asked) == 130
    assert not (tmp_path / "demo" / CASE.dataset / "model.safetensors.part").exists()
    assert (tmp_path / "demo" / "icu" / "model.safetensors").is_file()


def test_the_app_is_served_at_the_port_that_was_held_from_the_start(quick, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("aition.cli.demo.made", lambda out, **asked: shown_of(out))
    serving = create_autospec(serve_at, side_effect=lambda taken, stores, **_: seen.append((taken.fileno(), stores)))
    monkeypatch.setattr("aition.cli.serve.serve_at", serving)
    assert main(["demo", "--out", str(tmp_path / "demo"), "--serve"]) == 0
    ((number, stores),) = seen
    assert number > 0
    assert stores == (tmp_path / "demo" / "one",)


def shown_of(out):
    from aition.cli.demo import Shown

    return Shown((out / "one",), out / "model.safetensors", out / "truth")
