"""aition dream: dreams by words alone."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

import aition.store
from aition import Target, TorchModel, from_ids, from_tensors
from aition.cli import main
from aition.cli.dream import best_of, print_figures, print_words, tried_of
from aition.cli.show_dreams import strange_labels
from aition.cli.wishes import Wished, objectives_of
from aition.core.errors import AitionWarning, InputError, TargetError
from aition.data import read, write
from aition.dream import Border, Change, Layer, Margin, Output, Phases, dream, preset, verdicts_of
from aition.models import load_model
from stand_ins.dreams import dreamed

pytestmark = pytest.mark.usefixtures("samples")
LINE = ["dream", "model.safetensors", "samples.safetensors", "--steps", "5", "--draws", "2", "--to"]


@pytest.fixture
def samples(inside):
    """Series of three classes, fifteen of each."""
    values = np.random.default_rng(1).normal(size=(45, 16, 2)).astype(np.float32)
    write(from_tensors(torch.from_numpy(values), label=torch.arange(45) % 3), inside / "samples.safetensors")


def test_the_store_holds_what_python_dreams(inside, capsys):
    assert main([*LINE, "runs/one", "--class", "1", "--plot", "one.png"]) == 0
    told = capsys.readouterr().out
    assert "class 1" in told
    assert "runs/one: 2 dreams by calibrated" in told
    assert (inside / "one.png").stat().st_size > 1000
    direct = dream(
        load_model("model.safetensors"),
        read("samples.safetensors"),
        Margin(1),
        recipe=preset("calibrated", steps=5),
        draws=2,
    )
    kept = aition.store.open("runs/one").explanation()
    assert np.array_equal(kept.value.values, direct.value.values, equal_nan=True)


def test_json_tells_the_figures_of_every_preset(inside, capsys):
    assert main([*LINE, "runs/auto", "--class", "0", "--border", "0,1", "--preset", "auto", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["figures"]) == {"calibrated", "maco", "delta", "lucid", "plain"}
    assert [one["wish"] for one in told["figures"]["plain"]] == ["class 0", "border 0|1"]
    assert told["preset"] in told["figures"]


def test_a_kept_run_is_shown_with_its_verdicts_a_picture_and_a_report(inside, capsys):
    assert main([*LINE, "runs/two", "--class", "0", "--border", "0,1", "--report", "now.html"]) == 0
    told = capsys.readouterr().out
    later = ["show", "runs/two", "--plot", "border.svg", "--picture", "border", "--report", "later.html"]
    assert main(later) == 0
    shown = capsys.readouterr().out
    verdict = next(line for line in told.splitlines() if line.startswith("  class 0: "))
    assert verdict in shown
    assert "class 0, dream 1" in shown
    assert (inside / "border.svg").stat().st_size > 1000
    for name in ("now.html", "later.html"):
        assert verdict.split(": ")[1].split(".")[0] in (inside / name).read_text()


def test_one_dream_is_told_by_its_name(inside, capsys):
    assert main([*LINE, "runs/named", "--class", "2"]) == 0
    capsys.readouterr()
    assert main(["show", "runs/named", "--sample", "class 2, dream 1", "--json"]) == 0
    kept = aition.store.open("runs/named").explanation()
    found = json.loads(capsys.readouterr().out)["dream"]
    assert found["reached"] == pytest.approx(float(kept.margin[1]))
    assert found["percentiles"]["spectrum"] == pytest.approx(float(kept.percentile_spectrum[1]))
    assert main(["show", "runs/named", "--sample", "nobody"]) == 2
    assert "--sample must be a dream, such as 'class 2, dream 0'" in capsys.readouterr().err


def test_dreams_from_a_series_are_changes_of_it(inside, capsys):
    begun = ["--from", "3", "--from", "samples.safetensors", "--plot", "changed.svg", "--picture", "changes"]
    assert main([*LINE, "runs/from", "--class", "1", *begun]) == 0
    assert "svg" in Path("changed.svg").read_text(encoding="utf-8")
    assert "46 dreams by delta" in capsys.readouterr().out
    kept, real = aition.store.open("runs/from").explanation(), read("samples.safetensors")
    changed = np.abs(kept.value.values[0] - real.x[3].numpy())
    assert 0 < changed.mean() < np.abs(kept.value.values[0] - real.x[4].numpy()).mean()


def test_other_models_are_asked(inside, capsys):
    assert main([*LINE, "runs/seen", "--class", "1", "--other", "model.safetensors"]) == 0
    assert "no other model was asked" not in capsys.readouterr().out
    kept = aition.store.open("runs/seen").explanation()
    assert np.array_equal(kept.agreed_margin.values[:, 0], kept.margin.values)


def test_words_say_what_is_dreamed_of():
    real = from_tensors(torch.zeros(2, 3, 1), label=torch.zeros(2, dtype=torch.int64))
    nothing = Wished((), (), at="", target=(), less=False, layer="", channel=-1)
    assert objectives_of(replace(nothing, target=("horizon=1..2",), less=True), real) == (
        Output(Target.output(horizon=1), downward=True),
        Output(Target.output(horizon=2), downward=True),
    )
    assert objectives_of(replace(nothing, classes=(1,), border=("0,2",), at="time=last"), real) == (
        Margin(1, (("time", "last"),)),
        Border((0, 2), at=(("time", "last"),)),
    )
    assert objectives_of(nothing, real) == (Margin(0),)
    assert objectives_of(replace(nothing, layer="a"), real) == (Layer("a"),)


def test_words_of_dreams_are_printed_with_what_they_reach(capsys):
    real = from_ids([[3, 1], [2, 0]] * 5, label=[0, 1] * 5)
    named = replace(real, fields={"ids": replace(real.fields["ids"], names=("a", "b", "c", "d"))})
    module = torch.nn.Sequential(torch.nn.Embedding(4, 2), torch.nn.Flatten(), torch.nn.Linear(4, 2))
    model = TorchModel(module, lambda module, batch: module(batch["ids"]), embedding="0")
    with pytest.warns(AitionWarning, match="5 series of class"):
        found = dream(model, named, Margin(1), recipe=preset("words", steps=2), draws=4, judges=())
    print_words(found, named)
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 3
    assert told[0].startswith("class 1, dream 0 (")
    assert set(told[0].split(": ")[1].split()) <= {"a", "b", "c", "d"}
    print_words(found, real)
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--border", "0"], "--border must be classes with commas"),
        (["--channel", "1"], "--channel is one of a layer"),
        (["--preset", "nothing", "--class", "0"], "--preset must be one of auto, plain"),
        (["--class", "0", "--plot", "one.txt"], "--plot must be a file that ends in"),
        (["--class", "0", "--picture", "border"], "--picture border is drawn to a file"),
        (["--class", "0", "--less"], "--less makes outputs small"),
        (["--class", "0", "--at", "class=1"], "--at must be one place"),
        (["--class", "0", "--from", "45"], "--from must be 0 to 44"),
        (["--class", "0", "--preset", "words"], "looks token ids up"),
    ],
    ids=["border", "channel", "preset", "plot", "picture", "less", "at", "from", "words"],
)
def test_what_can_not_be_is_refused(inside, capsys, words, says):
    assert main([*LINE, "runs/no", *words]) == 2
    assert says in capsys.readouterr().err


@pytest.fixture
def unmade(monkeypatch):
    """Where no dream may be made."""

    def dream(*_, **__):
        raise AssertionError("a dream was made")

    monkeypatch.setattr("aition.dream.dream", dream)


def test_another_run_is_refused_before_dreams_are_made(inside, capsys, request):
    for _ in range(2):
        assert main([*LINE, "runs/taken", "--class", "1"]) == 0
    request.getfixturevalue("unmade")
    for words, says in (
        (["--class", "1", "--seed", "3"], "holds another run: seed was 0, but is 3"),
        (["--class", "0"], "holds another run: settings"),
        (["--class", "1", "--first", "40"], "holds a run of other data"),
        (["--class", "1", "--preset", "auto", "--quantile", "0.5"], "holds another run: settings"),
    ):
        assert main([*LINE, "runs/taken", *words]) == 5
        assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--to", "samples.safetensors"], "must be a directory of a store's own"),
        (["--to", "."], "a store needs a directory of its own"),
        (["--to", "runs/new", "--plot", "folder.png"], "--plot must be a file that can be written"),
        (["--to", "runs/new", "--report", "no/dreams.html"], "--report must be in a folder that exists"),
    ],
    ids=["file", "folder", "plot", "report"],
)
@pytest.mark.usefixtures("unmade")
def test_what_can_not_be_written_is_refused_before_dreams_are_made(inside, capsys, words, says):
    (inside / "folder.png").mkdir(exist_ok=True)
    assert main([*LINE[:-1], "--class", "1", *words]) in (2, 5)
    assert says in capsys.readouterr().err


def test_dreams_from_other_series_are_another_run(inside, capsys):
    assert main([*LINE, "runs/places", "--class", "1", "--from", "3"]) == 0
    assert main([*LINE, "runs/places", "--class", "1", "--from", "4"]) == 5
    assert "holds another run: places_sha256" in capsys.readouterr().err


def test_presets_that_refuse_are_left_out_and_all_of_them_are_refused(inside, capsys, monkeypatch):
    def some(*parts, recipe, **settings):
        if isinstance(recipe.parameterisation, Phases | Change):
            raise InputError("this can not be")
        return dream(*parts, recipe=recipe, **settings)

    monkeypatch.setattr("aition.dream.dream", some)
    assert main([*LINE, "runs/some", "--class", "0", "--preset", "auto"]) == 0
    told = capsys.readouterr().out
    assert "maco: left out, for this can not be" in told
    assert "delta: left out" in told
    assert "lucid: left out" not in told
    monkeypatch.setattr("aition.cli.dream.AUTO", ("maco", "delta"))
    assert main([*LINE, "runs/none", "--class", "0", "--preset", "auto"]) == 2
    assert "this can not be" in capsys.readouterr().err


def test_a_class_at_each_step_asks_for_the_step(inside, capsys):
    class Tagger(torch.nn.Module):
        def forward(self, x):
            return x

    real = read("samples.safetensors")
    tagger = partial(dream, TorchModel(Tagger()), real, Margin(1), draws=1)
    with pytest.raises(TargetError, match=r"choose time.*--at, such as --at time=last"):
        tried_of({"calibrated": preset("calibrated", steps=1)}, tagger, at="")


def test_a_model_that_knows_no_labels_of_the_data_is_asked_about():
    real = dreamed()
    label, said = real.real_label.values, real.real_prediction.values
    right = (said.argmax(axis=1) == label).mean()
    assert right > 0.9
    assert strange_labels(real) == ""
    swapped = real.assign(real_prediction=(("real", "class"), said[:, ::-1]))
    assert f"puts {100 * (1 - right):.0f} % of DATA into their class, and 50 % are" in strange_labels(swapped)
    assert strange_labels(swapped.assign(real_label=(("real",), np.full(80, -1)))) == ""
    assert strange_labels(swapped.drop_vars("real_prediction")) == ""


def test_too_few_real_series_are_said_to_judge_nothing(capsys):
    one = dreamed().drop_vars("looks_real")
    print_figures("calibrated", verdicts_of(one))
    rows = capsys.readouterr().out.splitlines()[1:]
    assert rows
    assert all(row.endswith("not judged") for row in rows)


def test_rivals_stand_beside_and_judges_may_see_other_series(inside, capsys):
    line = [*LINE, "runs/beside", "--class", "0", "--rivals", "--unseen", "samples.safetensors"]
    assert main(line) == 0
    told = capsys.readouterr().out.splitlines()
    names = [one.partition(" reached")[0].strip() for one in told if "look real" in one and "diversity" in one]
    assert names == ["calibrated", "rival: nearest", "rival: mixture", "rival: untrained"]
    assert not any(row.endswith("fails") for row in told[2:8])
    assert aition.store.open("runs/beside").sizes["draw"] == 2


def test_of_several_presets_that_is_taken_whose_dreams_are_to_be_believed():
    one = dreamed().copy(deep=True)
    one["margin"].values[:], one["gap"].values[6:] = one.wanted.values, 0.0
    one["looks_real"].values[:], one["nearest_distance"].values[:] = True, np.median(one.real_distance)
    some, none = one.copy(deep=True), one.copy(deep=True)
    some["looks_real"].values[[0, 3, 6]] = False
    none["looks_real"].values[:] = False
    found = {name: verdicts_of(each) for name, each in (("none", none), ("some", some), ("whole", one), ("again", one))}
    assert best_of(found) == "whole"
    assert best_of({name: found[name] for name in ("none", "some")}) == "some"
