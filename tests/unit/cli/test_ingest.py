"""aition ingest: raw records to a folder, and the folder as DATA."""

import json
import shlex
import shutil
from datetime import datetime
from typing import get_args

import pyarrow as pa
import pytest
from pyarrow import parquet

from aition.cli import main
from aition.cli.kinds import Spelled, default_spec
from aition.data import open_folder
from aition.data.readers import Spec, asked_of, spec_of
from aition.models import create, save_model

LINES = ["sample,time,code,value", "a,0,HR,80", "a,2.5,T,37", "b,1,HR,70", "b,1.5,HR,60,9", "c,0,X,1"]
LABELS = ["sample,label,split", "a,0,train", "b,1,held_out", "c,1,held_out"]
SPEC = """
[window]
hours = 3
[[features]]
name = "hr"
codes = ["HR"]
[[features]]
name = "temp"
codes = ["T"]
"""
SIZES = {"n_feature": 2, "n_class": 2}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw.csv").write_text("\n".join(LINES) + "\n")
    (tmp_path / "labels.csv").write_text("\n".join(LABELS) + "\n")
    (tmp_path / "spec.toml").write_text(SPEC)
    save_model(
        create("gru-classifier", **SIZES), tmp_path / "model.safetensors", builder="gru-classifier", settings=SIZES
    )
    return tmp_path


MEANS = "--set baseline=background-mean --background data"
TABLE = ["ingest", "table", "raw.csv", "--spec", "spec.toml", "--out", "data"]


def test_what_became_of_every_record_is_told(place, capsys):
    assert main([*TABLE, "--labels", "labels.csv"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:6] == ["data:", "3", "samples,", "3", "steps", "×"]
    assert lines[1:9] == [
        ["records", "read", "5"],
        ["used", "3"],
        ["not", "asked", "for", "1"],
        ["bad:", "line", "has", "too", "many", "columns", "1"],
        ["samples", "3"],
        ["held_out", "2"],
        ["train", "1"],
        ["Bad", "records", "are", "listed", "in", "data/rejected.parquet"],
    ]


def test_features_without_a_record_are_told(place, capsys):
    (place / "spec.toml").write_text(
        SPEC + '[[features]]\nname="no"\ncodes=["ZZ"]\n[[features]]\nname="n"\ncodes=["ZZ"]\naggregate="count"'
    )
    assert main(TABLE) == 0
    assert "Features without a record in the windows: no, n\n" in capsys.readouterr().out
    assert main([*TABLE[:-1], "labelled", "--labels", "labels.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["features_without_record"] == ["no", "n"]


def test_features_that_held_out_samples_alone_have_are_told(place, capsys):
    (place / "labels.csv").write_text("sample,label,split\na,0,held_out\nb,1,train\n")
    assert main([*TABLE, "--labels", "labels.csv"]) == 0
    assert "Features without a record in the windows of train: temp\n" in capsys.readouterr().out


def test_features_of_events_without_a_record_are_told(place, capsys):
    (place / "spec.toml").write_text('form = "events"\n' + SPEC.replace('"T"', '"ZZ"'))
    assert main(TABLE) == 0
    assert "Features without a record in the windows: temp\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("form", "labels", "told"),
    [
        ("grid", LABELS, "train measured-gru data:train --test data:held_out --to model.safetensors"),
        ("events", LABELS, "train event-lstm data:train --test data:held_out --to model.safetensors"),
        ("grid", ["sample,label", "a,0", "b,1"], "train measured-gru data --to model.safetensors"),
        ("grid", ["sample,label", "a,0.5", "b,1"], f"explain MODEL data {MEANS} --to runs/first"),
        ("grid", ["sample", "a", "b"], f"explain MODEL data {MEANS} --to runs/first"),
    ],
)
def test_what_is_told_to_do_next_hangs_on_the_samples(place, capsys, form, labels, told):
    (place / "labels.csv").write_text("\n".join(labels) + "\n")
    (place / "spec.toml").write_text(f'form = "{form}"\n{SPEC}')
    assert main([*TABLE, "--labels", "labels.csv"]) == 0
    assert f"Next: aition {told}\n" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["grid", "events"])
def test_what_is_told_to_do_next_can_be_done(place, capsys, form):
    lines = [f"{name},{hour},HR,{hour}" for name in "pqrs" for hour in range(3)]
    (place / "raw.csv").write_text("\n".join([LINES[0], *lines]) + "\n")
    (place / "labels.csv").write_text("sample,label,split\np,0,train\nq,1,train\nr,0,held_out\ns,1,held_out\n")
    (place / "spec.toml").write_text(f'form = "{form}"\n{SPEC}')
    assert main([*TABLE, "--labels", "labels.csv"]) == 0
    told = [line.split(": ", 1)[1] for line in capsys.readouterr().out.splitlines()[-2:]]
    for line in told:
        assert main([*shlex.split(line)[1:], "--progress", "off"]) == 0


def test_json_is_what_the_manifest_says(place, capsys):
    assert main([*TABLE, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["records"] == open_folder("data").manifest["records"]
    assert told["folder"] == "data"


def test_settings_of_the_source_come_from_the_spec_and_the_line(place, capsys):
    (place / "raw.csv").write_text("bed,hour,code,value\na,0,HR,80\n")
    (place / "spec.toml").write_text(SPEC + '[source]\nsample = "bed"\n')
    assert main([*TABLE, "--set", "time=hour"]) == 0
    assert open_folder("data").batch().ids.tolist() == ["a"]


def test_shares_split_what_has_no_split(place, capsys):
    assert main([*TABLE, "--split", "0,0,1"]) == 0
    assert open_folder("data").splits == ("held_out",)


@pytest.mark.parametrize("kind", get_args(Spelled))
def test_a_spec_that_is_printed_is_a_spec(kind, capsys):
    assert main(["ingest", "spec", kind]) == 0
    spec, _ = spec_of(capsys.readouterr().out)
    assert isinstance(spec, Spec)


def test_the_default_spec_is_taken_where_none_is_given(place, capsys):
    assert main(["ingest", "table", "raw.csv", "--out", "data"]) == 0
    assert open_folder("data").feature_names == ("HR", "T", "X")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--set", "samples=a"], "table has the settings root, labels"),
        (["--set", "root=/etc"], "root is no setting under [source] or after --set: give it as RAW"),
        (["--set", "labels=labels.csv"], "labels is no setting under [source] or after --set: give it as --labels"),
        (["--split", "80,20,x"], "--split must be three numbers"),
        (["--split", "inf,1,1"], "shares must be 3 numbers from 0"),
        (["--split", "80,20"], "shares must be 3 numbers"),
        (["--spec", "none.toml"], "none.toml must be a spec in TOML"),
        (["--labels", "none.csv"], "none.csv must be a file"),
        (["--out", "labels.csv"], "labels.csv exists already"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(place, capsys, words, why):
    assert main([*TABLE, *words]) == 2
    told = capsys.readouterr().err
    assert why in told
    assert told.count("\n") == 1
    assert not (place / "data").exists()


def test_records_that_are_not_there_are_told(place, capsys):
    assert main(["ingest", "meds", "nowhere", "--out", "data"]) == 2
    assert "nowhere must be where the records are, but does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["meds", "mimic-iv"])
def test_a_window_in_which_the_outcome_shows_is_refused(place, capsys, kind):
    (place / "spec.toml").write_text(SPEC.replace("hours = 3", 'hours = 3\nalign = "stop"'))
    assert main(["ingest", kind, ".", "--spec", "spec.toml", "--out", "data"]) == 2
    assert 'window.align must be "start" where the outcome is one of the records' in capsys.readouterr().err


@pytest.fixture
def births(place):
    """Records of MEDS of one subject: HR of 1 to 9 at the hours 1 to 9, and a label at 8 o'clock."""
    hours = [datetime(2150, 1, 1, hour) for hour in range(1, 10)]  # noqa: DTZ001 (records have no zone)
    (place / "raw" / "data").mkdir(parents=True)
    rows = {"subject_id": [1] * 9, "time": hours, "code": ["HR"] * 9, "numeric_value": [float(h.hour) for h in hours]}
    parquet.write_table(pa.table(rows), place / "raw" / "data" / "0.parquet")
    labels = {"subject_id": [1], "prediction_time": [datetime(2150, 1, 1, 8)], "boolean_value": [True]}  # noqa: DTZ001
    parquet.write_table(pa.table(labels), place / "labels.parquet")
    return ["ingest", "meds", "raw", "--labels", "labels.parquet", "--out", "data"]


def test_the_hours_before_a_prediction_are_seen(place, births, capsys):
    (place / "spec.toml").write_text(SPEC.replace("hours = 3", 'hours = 3\nalign = "stop"'))
    assert main([*births, "--spec", "spec.toml"]) == 0
    assert open_folder("data").batch().x[0, :, 0].tolist() == [5.0, 6.0, 8.0]


def test_the_spec_of_labels_is_taken_with_labels(place, births, capsys):
    (place / "spec.toml").write_text(default_spec("meds-labels").replace("fewest = 20", "fewest = 1"))
    assert main([*births, "--spec", "spec.toml"]) == 0
    assert open_folder("data").manifest["records"]["outside"] == 1
    assert main([*births[:-1], "other"]) == 2
    assert "no code" in capsys.readouterr().err


def test_the_first_hours_of_a_life_are_no_window_of_labels(place, births, capsys):
    assert main([*births, "--spec", "spec.toml"]) == 2
    assert 'window.align must be "stop" with labels' in capsys.readouterr().err


def test_an_anchor_beside_labels_is_refused(place, births, capsys):
    assert main([*births, "--set", "anchor=ICU*"]) == 2
    assert "so anchor has no place beside them" in capsys.readouterr().err


def test_steps_that_would_miss_an_infusion_are_refused(place, capsys):
    assert main(["ingest", "mimic-iv", ".", "--set", "infusion_hours=2", "--out", "data"]) == 2
    assert "infusion_hours must be at most window.every, 1.0" in capsys.readouterr().err


def test_mimic_has_no_labels(place, capsys):
    assert main(["ingest", "mimic-iv", ".", "--labels", "labels.csv", "--out", "data"]) == 2
    assert "mimic-iv has no --labels: its outcome is a setting" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "n_sample"), [("data", 3), ("data:held_out", 2), ("data/", 3)])
def test_a_folder_is_explained_as_any_data(place, capsys, words, n_sample):
    assert main([*TABLE, "--labels", "labels.csv"]) == 0
    assert main(["explain", "model.safetensors", words, "--to", "run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["sizes"]["sample"] == n_sample


def test_a_folder_is_a_background_too(place, capsys):
    assert main([*TABLE, "--labels", "labels.csv"]) == 0
    shutil.rmtree(place / "run", ignore_errors=True)
    words = ["--explainer", "extremal-mask", "--set", "replacement=donor-step", "--set", "steps=2", "--to", "run"]
    assert main(["explain", "model.safetensors", "data:held_out", "--background", "data:held_out", *words]) == 0
    assert "Fitted on 2 samples of data:held_out" in capsys.readouterr().out


LIKE = ["ingest", "table", "other.csv", "--like", "data", "--out", "theirs"]


@pytest.fixture
def other(place):
    """Records of another place, as events of an earlier folder."""
    (place / "other.csv").write_text("bed,time,code,value\nz,0,NEW,1\nz,1,HR,75\nz,2,X,5\n")
    spec = SPEC.replace("[window]", 'form = "events"\n[window]')
    (place / "events.toml").write_text(spec + '[source]\nsample = "bed"\ntime_unit = "hour"\n')
    (place / "raw.csv").write_text(
        "\n".join(["bed,time,code,value", "a,0,HR,80", "a,2.5,T,37", "b,1,HR,70", "b,2,X,1"])
    )
    assert main(["ingest", "table", "raw.csv", "--spec", "events.toml", "--out", "data"]) == 0
    return place


def test_a_folder_is_made_like_another_with_its_spec_and_settings(other, capsys):
    assert main(LIKE) == 0
    assert "not in the vocabulary  1" in capsys.readouterr().out
    one, two = open_folder("data"), open_folder("theirs")
    assert one.inputs == two.inputs
    assert two.batch()["event_value"].tolist() == [[0.0, 4.0]]


def test_a_spec_beside_an_earlier_folder_must_agree(other, capsys):
    (other / "events.toml").write_text((other / "events.toml").read_text().replace("hours = 3", "hours = 4"))
    assert main([*LIKE, "--spec", "events.toml"]) == 2
    assert "window.hours must be 3.0, as in data, but is 4.0" in capsys.readouterr().err


def test_settings_of_another_kind_of_records_are_not_taken(other, births, capsys):
    (other / "data").rename(other / "earlier")
    (other / "theirs.toml").write_text(SPEC.replace("[window]", 'form = "events"\n[window]'))
    words = [word for word in births if word not in ("--labels", "labels.parquet")]
    assert main([*words, "--like", "earlier", "--spec", "theirs.toml"]) == 0
    assert asked_of(open_folder("data"))[1] == {"after": 3.0}


def test_static_codes_of_meds_that_nobody_has_any_more_stay_columns(other, capsys):
    for name, codes in (("one", ["MAN", "TALL"]), ("two", ["MAN", "SHORT"])):
        (other / name / "data").mkdir(parents=True)
        rows = {"subject_id": [1, 1, 1], "time": [None, None, datetime(2150, 1, 2)], "code": [*codes, "HR"]}  # noqa: DTZ001
        table = pa.table(rows | {"numeric_value": [None, None, 60.0]})
        parquet.write_table(table, other / name / "data" / "0.parquet")
    assert main(["ingest", "meds", "one", "--spec", "spec.toml", "--out", "d-one"]) == 0
    assert main(["ingest", "meds", "two", "--like", "d-one", "--out", "d-two"]) == 0
    assert (
        open_folder("d-two").static_names == open_folder("d-one").static_names == ("age", "age_missing", "MAN", "TALL")
    )
    assert open_folder("d-two").batch().static[0, 2:].tolist() == [1.0, 0.0]
    assert main(["ingest", "meds", "two", "--like", "d-two", "--out", "d-three"]) == 0
    assert open_folder("d-three").manifest["spec"] == open_folder("d-two").manifest["spec"]


def test_what_is_no_folder_can_not_be_followed(place, capsys):
    assert main([*TABLE, "--like", "labels.csv"]) == 2
    assert "labels.csv must be a folder of samples" in capsys.readouterr().err


def test_an_unknown_split_is_told(place, capsys):
    assert main([*TABLE, "--labels", "labels.csv"]) == 0
    assert main(["explain", "model.safetensors", "data:test", "--to", "run"]) == 2
    assert "split must be one of 'held_out', 'train'" in capsys.readouterr().err


def test_a_folder_is_not_standardised(place, capsys):
    assert main([*TABLE]) == 0
    assert main(["explain", "model.safetensors", "data", "--standardise", "--to", "run"]) == 2
    assert "--standardise is for data sets by name" in capsys.readouterr().err
