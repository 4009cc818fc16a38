"""aition show of a folder of samples: what is in it, and what became of the records."""

import json
import shutil

import pytest

from aition.cli import main

RECORDS = """\
bed,time,code,value,unit
a,2150-01-01 00:10,HR,80,bpm
a,2150-01-01 00:40,HR,90,bpm
a,2150-01-01 02:00,TEMP,98.6,°F
b,2150-01-01 00:00,HR,high,bpm
b,2150-01-01 01:30,TEMP,36.5,°C
b,2150-01-01 02:00,HR,70,bpm,checked
b,2150-01-01 02:30,NOTE,,
c,2150-01-01 00:00,HR,60,bpm
"""
LABELS = "bed,label,split,age\na,well,train,40\nb,ill,held_out,62\nc,ill,train,70\n"
SPEC = """
form = "FORM"
[window]
hours = 3
[[features]]
name = "heart_rate"
codes = ["HR"]
unit = "bpm"
[[features]]
name = "temperature"
codes = ["TEMP"]
unit = "°C"
units = { "°F" = { factor = 0.5555555556, offset = -17.7777777778 } }
[source]
sample = "bed"
unit = "unit"
static = ["age"]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    here = tmp_path_factory.mktemp("folders")
    (here / "vitals.csv").write_text(RECORDS)
    (here / "outcome.csv").write_text(LABELS)
    for form in ("grid", "events"):
        spec, out = here / f"{form}.toml", str(here / form)
        spec.write_text(SPEC.replace("FORM", form))
        words = ["table", str(here / "vitals.csv"), "--spec", str(spec), "--labels", str(here / "outcome.csv")]
        assert main(["ingest", *words, "--out", out, "--progress", "off"]) == 0
    return here


@pytest.fixture
def place(made, monkeypatch, capsys):
    monkeypatch.chdir(made)
    capsys.readouterr()
    return made


def shown(capsys, *words):
    assert main(["show", *words]) == 0
    return capsys.readouterr().out


def as_json(capsys, *words):
    return json.loads(shown(capsys, *words, "--json"))


def test_samples_are_counted_by_split_and_label(place, capsys):
    found = as_json(capsys, "grid")
    assert found["splits"] == {
        "held_out": {"samples": 1, "ill": 1, "well": 0},
        "train": {"samples": 2, "ill": 1, "well": 1},
    }
    assert (found["form"], found["n_sample"], found["static_names"]) == ("grid", 3, ["age"])


def test_the_observed_share_of_a_feature_is_of_all_cells(place, capsys):
    first, second = as_json(capsys, "grid")["features"]
    assert (first["name"], first["n_cell"], second["n_cell"]) == ("heart_rate", 2, 2)
    steps = 2 / first["observed"]
    assert steps == pytest.approx(round(steps))
    assert second["observed"] == first["observed"]


def test_mean_and_scale_come_with_the_unit(place, capsys):
    first = as_json(capsys, "grid")["features"][0]
    assert (first["unit"], first["mean"], first["scale"]) == ("bpm", 75.0, 15.0)


def test_codes_of_events_are_told_with_how_many_samples_have_them(place, capsys):
    found = as_json(capsys, "events")["features"]
    assert {one["name"]: one["n_event"] for one in found} == {"heart_rate": 3, "temperature": 2, "NOTE": 1}
    assert {one["name"]: round(3 * one["observed"]) for one in found} == {"heart_rate": 2, "temperature": 2, "NOTE": 1}


def test_codes_come_with_the_most_frequent_first(place, capsys):
    count = [one["n_event"] for one in as_json(capsys, "events")["features"]]
    assert count == sorted(count, reverse=True)


@pytest.mark.parametrize("form", ["grid", "events"])
def test_what_became_of_every_record_is_told(place, capsys, form):
    said = [line.split() for line in shown(capsys, form).splitlines()]
    assert ["records", "read", "8"] in said
    assert ["bad:", "line", "has", "too", "many", "columns", "1"] in said
    assert ["Bad", "records", "are", "listed", "in", f"{form}/rejected.parquet"] in said


def test_no_more_features_are_listed_than_asked_for(place, capsys):
    said = shown(capsys, "grid", "--top", "1")
    assert "1 of 2 features; all of them by --top 2" in said
    assert "temperature" not in said


def test_one_split_is_told_by_itself(place, capsys):
    found = as_json(capsys, "grid:train")
    assert (found["n_sample"], list(found["splits"])) == (2, ["train"])


def test_a_sample_is_told_with_its_measurements_in_order(place, capsys):
    found = as_json(capsys, "grid", "--sample", "a")
    assert (found["label"], found["split"], found["static"]) == ("well", "train", {"age": 40.0})
    cells = [(one["time"], one["feature"], one["value"], one["unit"]) for one in found["measured"]]
    assert cells[0] == (0, "heart_rate", 90, "bpm")
    assert cells[-1][1:] == ("temperature", pytest.approx(37, abs=1e-4), "°C")


def test_events_of_a_sample_have_values_in_the_units_of_the_records(place, capsys):
    found = as_json(capsys, "events", "--sample", "a")["measured"]
    assert [(one["feature"], one["unit"]) for one in found] == [("heart_rate", "bpm")] * 2 + [("temperature", "°C")]
    assert [one["value"] for one in found] == pytest.approx([80, 90, 37], abs=1e-3)


def test_an_event_without_a_value_has_none(place, capsys):
    values = {one["feature"]: one["value"] for one in as_json(capsys, "events", "--sample", "b")["measured"]}
    assert values["NOTE"] is None


def test_no_more_measurements_are_listed_than_asked_for(place, capsys):
    said = shown(capsys, "grid", "--sample", "a", "--top", "1").splitlines()
    assert said[0] == "Sample a of train: well, age 40"
    assert said[1].startswith("The first 1 of ")
    assert len(said) == 4


def test_a_sample_that_is_not_there_is_named(place, capsys):
    assert main(["show", "grid:train", "--sample", "b"]) == 2
    assert "no sample 'b'" in capsys.readouterr().err


def test_a_split_that_is_not_there_is_named(place, capsys):
    assert main(["show", "grid:tuning"]) == 2
    assert "split must be one of 'held_out', 'train'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--plot", "a.png"], ["--report", "a.html"], ["--nth", "1"]])
def test_what_is_for_runs_is_refused(place, capsys, words):
    assert main(["show", "grid", *words]) == 2
    assert f"{words[0]} is for what was explained" in capsys.readouterr().err


def test_a_changed_shard_is_named(place, capsys, tmp_path):
    shutil.copytree("grid", tmp_path / "changed")
    shard = next((tmp_path / "changed" / "shards").iterdir())
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    assert main(["show", str(tmp_path / "changed")]) == 2
    assert f"{shard} was changed" in capsys.readouterr().err


def test_a_manifest_that_is_no_json_is_damaged(place, capsys, tmp_path):
    shutil.copytree("grid", tmp_path / "damaged")
    (tmp_path / "damaged" / "manifest.json").write_text("{")
    assert main(["show", str(tmp_path / "damaged")]) == 2
    assert "manifest.json is damaged" in capsys.readouterr().err


def test_labels_that_are_values_are_counted_and_told(place, capsys, tmp_path):
    (tmp_path / "worth.csv").write_text("bed,label,age\na,0.5,40\nb,,62\nc,2.5,70\n")
    words = ["table", "vitals.csv", "--spec", "grid.toml", "--labels", str(tmp_path / "worth.csv")]
    assert main(["ingest", *words, "--out", str(tmp_path / "values"), "--progress", "off"]) == 0
    capsys.readouterr()
    assert as_json(capsys, str(tmp_path / "values"))["splits"][""]["with a value"] == 2
    assert as_json(capsys, str(tmp_path / "values"), "--sample", "c")["label"] == 2.5


def test_bad_records_are_not_spoken_of_where_there_are_none(place, capsys):
    (place / "good.csv").write_text("bed,time,code,value\na,0,HR,80\n")
    assert main(["ingest", "table", "good.csv", "--set", "sample=bed", "--out", "good"]) == 0
    capsys.readouterr()
    told = shown(capsys, "good")
    assert "Bad records" not in told
    assert told.startswith("good: 1 sample, events of 1 code, in 1 file\n")
    assert as_json(capsys, "good")["rejected"] == ""
