"""What the command line says of units, classes and baselines: what comes next, what is refused, what is warned of."""

import json
import shlex

import pytest
import torch

import aition.store
from aition import from_tensors
from aition.cli import main
from aition.data import write
from aition.data.readers import Feature, Spec, Table, Window, ingest

FULL = "--set baseline=background-mean --background data:train --to runs/first"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def folder(here, name="data", *, form="grid", classes=("died", "survived"), every=1.0, **changes):
    """Four stays with a pulse around 80."""
    splits = ["train", "train", "held_out", "held_out"]
    rows = [f"{name}{place},{hour},HR,{80 + place + hour}" for place in range(4) for hour in (0, 2)]
    labels = [f"{name}{place},{classes[place % 2]},{split}" for place, split in enumerate(splits)]
    for file, lines in (("raw", ["sample,time,code,value", *rows]), ("labels", ["sample,label,split", *labels])):
        (here / f"{file} {name}.csv").write_text("\n".join(lines) + "\n")
    feature = Feature("pulse", ("HR",), **({"unit": "bpm", "aggregate": "mean"} | changes))
    spec = Spec(Window(hours=4.0, every=every), (feature,), form=form)
    source = Table(here / f"raw {name}.csv", labels=here / f"labels {name}.csv")
    return ingest(source, spec, here / name, progress="off")


def trained(network="measured-gru", *words):
    line = ["train", network, "data:train", "--to", "m.safetensors", "--epochs", "1", "--progress", "off", *words]
    assert main(line) == 0


def explained(*words, to="run", code=0):
    assert main(["explain", "m.safetensors", *words, "--to", to, "--progress", "off"]) == code


OTHERS = {
    "units": ({"unit": "mHz"}, "'pulse' is in bpm in training, but in mHz here"),
    "steps": ({"every": 2.0}, "'pulse' is the mean of 1 hour in training, but the mean of 2 hours here"),
    "aggregate": ({"aggregate": "last"}, "'pulse' is the mean of 1 hour in training, but the last of 1 hour here"),
    "classes": (
        {"classes": ("alive", "dead")},
        "the classes of the model are ['died', 'survived'], but those of the batch are ['alive', 'dead']",
    ),
    "steps of events": ({"form": "events", "every": 2.0}, "is the events of 1 hour in training, but the events of 2"),
    "units of events": ({"form": "events", "unit": "mHz"}, "'pulse' is in bpm in training, but in mHz here"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_folder_of_another_meaning_is_refused(here, capsys, case):
    changes, words = OTHERS[case]
    form = changes.get("form", "grid")
    folder(here, form=form)
    folder(here, "other", **changes)
    trained("event-lstm" if form == "events" else "measured-gru")
    capsys.readouterr()
    explained("other", code=2)
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("case", ["units", "steps", "aggregate", "classes"])
def test_a_test_of_another_meaning_is_refused(here, capsys, case):
    folder(here)
    folder(here, "other", **OTHERS[case][0])
    line = ["train", "measured-gru", "data:train", "--test", "other:held_out", "--to", "m.safetensors"]
    assert main(line) == 2
    assert "other:held_out must" in capsys.readouterr().err or case == "classes"


def test_a_file_without_units_and_classes_is_compared_by_names_alone(here):
    folder(here)
    trained()
    write(from_tensors(torch.full((2, 4, 1), 80.0), feature_names=["pulse"]), "plain.safetensors")
    explained("plain.safetensors", "--set", "baseline=constant-baseline")


def test_a_run_has_the_names_of_the_classes_and_show_prints_them(here, capsys):
    folder(here)
    trained()
    write(from_tensors(torch.full((2, 4, 1), 80.0), feature_names=["pulse"]), "plain.safetensors")
    for data in ("data:held_out", "plain.safetensors"):
        explained(data, "--set", "baseline=constant-baseline", "--target", "class=1", to=f"runs/{data[:4]}")
        one = aition.store.open(f"runs/{data[:4]}").explanation()
        assert one["class"].values.tolist() == ["died", "survived"]
        capsys.readouterr()
        assert main(["show", f"runs/{data[:4]}"]) == 0
        assert "\n  survived  2 samples  pulse" in capsys.readouterr().out
        assert main(["show", f"runs/{data[:4]}", "--sample", str(one["sample"].values[0])]) == 0
        assert "What counted for survived:" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["grid", "events"])
def test_a_sample_is_shown_with_values_in_their_units(here, capsys, form):
    folder(here, form=form)
    trained("event-lstm" if form == "events" else "measured-gru")
    explained("data:held_out", *([] if form == "events" else ["--set", "baseline=constant-baseline"]))
    capsys.readouterr()
    assert main(["show", "run", "--sample", "data2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = [one for one in found["cells" if form == "grid" else "events"] if one["value"]]
    assert sorted(one["value"] for one in rows) == pytest.approx([82.0, 84.0], abs=1e-4)
    assert {one["unit"] for one in rows} == {"bpm"}
    assert main(["show", "run", "--sample", "data2"]) == 0
    assert "  bpm  " in capsys.readouterr().out


def test_fifths_of_values_of_events_are_in_their_units(here, capsys):
    folder(here, form="events")
    trained("event-lstm")
    explained("data:held_out")
    capsys.readouterr()
    assert main(["show", "run", "--json"]) == 0
    ends = [one[end] for one in json.loads(capsys.readouterr().out)["all"]["value"] for end in ("low", "high")]
    assert min(ends) == pytest.approx(82, abs=1e-4)
    assert max(ends) == pytest.approx(85, abs=1e-4)


def test_a_trained_network_on_values_in_units_is_explained_from_their_means(here, capsys):
    folder(here)
    trained("measured-gru", "--test", "data:held_out")
    assert f"Next: aition explain m.safetensors data:held_out {FULL}\n" in capsys.readouterr().out


def test_a_trained_network_on_events_needs_no_background(here, capsys):
    folder(here, form="events")
    trained("event-lstm")
    assert "Next: aition explain m.safetensors data:train --to runs/first\n" in capsys.readouterr().out


def test_a_trained_network_on_standardised_data_needs_no_background(here, capsys):
    line = ["train", "gru-classifier", "japanese-vowels:train", "--standardise", "--to", "m.safetensors"]
    assert main([*line, "--epochs", "1", "--progress", "off"]) == 0
    advice = "Next: aition explain m.safetensors japanese-vowels:train --standardise --to runs/first\n"
    assert advice in capsys.readouterr().out


@pytest.mark.parametrize("network", ["measured-gru", "gru-classifier"])
def test_a_baseline_of_0_that_no_value_is_is_warned_of(here, capsys, network):
    folder(here)
    trained(network)
    capsys.readouterr()
    explained("data:held_out")
    told = [line for line in capsys.readouterr().err.splitlines() if "baseline" in line]
    assert len(told) == 1
    assert "which no 'pulse' is" in told[0]
    assert "--set baseline=background-mean --background data:train" in told[0]


def test_a_baseline_that_was_chosen_is_not_warned_of(here, capsys):
    folder(here)
    trained()
    means = ["baseline=background-mean", "--background", "data:train"]
    for place, words in enumerate((["baseline=constant-baseline"], means)):
        capsys.readouterr()
        explained("data:held_out", "--set", *words, to=f"run{place}")
        assert "baseline is 0" not in capsys.readouterr().err


def test_an_explainer_without_a_baseline_is_not_warned_of(here, capsys):
    folder(here)
    trained()
    capsys.readouterr()
    explained("data:held_out", "--explainer", "saliency")
    assert "baseline" not in capsys.readouterr().err


@pytest.mark.parametrize("units", [(), ("deviations",)])
def test_values_around_0_and_events_are_not_warned_of(here, capsys, units):
    x = torch.randn(8, 4, 1, generator=torch.Generator().manual_seed(0))
    write(from_tensors(x, label=[0, 1] * 4, feature_names=["z"], units=units), "z.safetensors")
    line = ["train", "measured-gru", "z.safetensors", "--to", "m.safetensors", "--epochs", "1", "--progress", "off"]
    assert main(line) == 0
    explained("z.safetensors")
    folder(here, form="events")
    trained("event-lstm")
    explained("data:held_out", to="events")
    assert "baseline" not in capsys.readouterr().err


@pytest.mark.parametrize("form", ["grid", "events"])
def test_a_folder_like_another_is_to_be_explained(here, capsys, form):
    head = ["sample,time,code,value", *(f"{one},{hour},HR,{80 + hour}" for one in "ab" for hour in (0, 2))]
    (here / "raw.csv").write_text("\n".join(head) + "\n")
    (here / "labels.csv").write_text("sample,label\na,x\nb,y\n")
    spec = f'form = "{form}"\n[window]\nhours = 4\n[[features]]\nname = "pulse"\ncodes = ["HR"]\nunit = "bpm"\n'
    (here / "spec.toml").write_text(spec)
    line = ["ingest", "table", "raw.csv", "--labels", "labels.csv", "--progress", "off"]
    assert main([*line, "--spec", "spec.toml", "--out", "data"]) == 0
    capsys.readouterr()
    assert main([*line, "--like", "data", "--out", "theirs"]) == 0
    told = next(one for one in capsys.readouterr().out.splitlines() if one.startswith("Next: "))
    means = "--set baseline=background-mean --background DATA:train " if form == "grid" else ""
    assert shlex.split(told)[1:] == shlex.split(f"aition explain MODEL theirs {means}--to runs/first")
