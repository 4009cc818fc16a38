"""aition ingest --like: what is taken of an earlier folder whose records were of the same kind, or of another."""

import json

import pytest

from aition.cli import main
from aition.cli.kinds import default_spec
from aition.cli.like import taken
from aition.data import open_folder
from aition.data.readers import asked_of, spec_of
from aition.data.simulate.hospital import Hospital, write, write_batches

SEED = 1007
HOSPITAL = Hospital(n_sample=8, standardised=False)
FEW = """
[window]
hours = 48
[[features]]
name = "hr"
codes = ["chart:220045"]
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Raw records of MIMIC-IV, MIMIC-III and MEDS, samples of the first with their unit, and simulated samples."""
    root = tmp_path_factory.mktemp("like")
    for form in ("mimic-iv", "mimic-iii", "meds"):
        write(HOSPITAL, root / form, seed=SEED, form=form)
    write_batches(HOSPITAL, root / "simulated", seed=SEED)
    (root / "spec.toml").write_text(
        default_spec("mimic-iv").replace("shortest = 48.0", "shortest = 47.0")
        + '[source]\nstatic = ["careunit"]\nknown_after = 50.0\n'
    )
    words = ["ingest", "mimic-iv", str(root / "mimic-iv"), "--spec", str(root / "spec.toml")]
    assert main([*words, "--out", str(root / "earlier")]) == 0
    return root


def test_the_other_release_of_mimic_is_read_by_its_own_codes(folders, tmp_path, capsys):
    words = ["ingest", "mimic-iii", str(folders / "mimic-iii")]
    assert main([*words, "--like", str(folders / "earlier"), "--out", str(tmp_path / "alike")]) == 0
    assert main([*words, "--out", str(tmp_path / "own")]) == 0
    alike, own = (open_folder(tmp_path / name).manifest["records"] for name in ("alike", "own"))
    assert (alike["used"], alike["not asked for"]) == (own["used"], own["not asked for"])
    assert open_folder(tmp_path / "alike").inputs == open_folder(folders / "earlier").inputs


def test_window_and_settings_are_the_earlier_ones_though_the_codes_are_not(folders):
    spec, settings = taken(str(folders / "earlier"), "mimic-iii", labels=False)
    assert (spec.window.shortest, settings) == (47.0, {"static": ["careunit"], "known_after": 50.0})
    assert spec.features == spec_of(default_spec("mimic-iii"))[0].features


def test_the_fuller_spec_is_taken_where_the_earlier_folder_was_made_by_it(folders, tmp_path):
    (tmp_path / "full.toml").write_text(default_spec("mimic-iv-full"))
    words = ["ingest", "mimic-iv", str(folders / "mimic-iv"), "--spec", str(tmp_path / "full.toml")]
    assert main([*words, "--out", str(tmp_path / "full")]) == 0
    taken_, settings = taken(str(tmp_path / "full"), "mimic-iii", labels=False)
    assert (taken_, settings) == spec_of(default_spec("mimic-iii-full"))


def test_a_spec_of_the_same_kind_is_taken_as_it_is(folders):
    earlier = open_folder(folders / "earlier")
    assert taken(str(folders / "earlier"), "mimic-iv", labels=False) == asked_of(earlier)


@pytest.mark.parametrize("labels", [False, True])
def test_a_kind_that_has_no_such_spec_is_refused(folders, tmp_path, capsys, labels):
    words = ["ingest", "meds", str(folders / "meds"), "--like", str(folders / "earlier"), "--out", str(tmp_path / "x")]
    assert main([*words, *(["--labels", str(folders / "meds" / "labels")] if labels else [])]) == 2
    told = capsys.readouterr().err
    assert "earlier was made of mimic-iv, which has other codes than meds: give --spec with the same window" in told
    assert f"that of aition ingest spec {'meds-labels' if labels else 'meds'} does not fit: form must be 'grid'" in told


def test_features_that_the_other_kind_has_no_spec_of_are_refused(folders, tmp_path, capsys):
    (tmp_path / "few.toml").write_text(FEW)
    words = ["ingest", "mimic-iv", str(folders / "mimic-iv"), "--spec", str(tmp_path / "few.toml")]
    assert main([*words, "--out", str(tmp_path / "few")]) == 0
    words = ["ingest", "mimic-iii", str(folders / "mimic-iii"), "--like", str(tmp_path / "few")]
    assert main([*words, "--out", str(tmp_path / "x")]) == 2
    assert "mimic-iii does not fit: features must be ['hr']" in capsys.readouterr().err
    (tmp_path / "own.toml").write_text(FEW.replace("220045", "211"))
    assert main([*words, "--spec", str(tmp_path / "own.toml"), "--out", str(tmp_path / "x")]) == 0


def test_codes_of_events_are_not_looked_for_among_those_of_another_kind(folders, tmp_path, capsys):
    (tmp_path / "events.toml").write_text(default_spec("mimic-iv").replace('"grid"', '"events"'))
    words = ["ingest", "mimic-iv", str(folders / "mimic-iv"), "--spec", str(tmp_path / "events.toml")]
    assert main([*words, "--out", str(tmp_path / "events")]) == 0
    words = ["ingest", "mimic-iii", str(folders / "mimic-iii"), "--like", str(tmp_path / "events")]
    assert main([*words, "--out", str(tmp_path / "x")]) == 2
    assert "other codes than mimic-iii, and its events are codes: give --spec" in capsys.readouterr().err
    (tmp_path / "own.toml").write_text(default_spec("mimic-iii").replace('"grid"', '"events"'))
    assert main([*words, "--spec", str(tmp_path / "own.toml"), "--out", str(tmp_path / "x")]) == 0


@pytest.mark.parametrize("kind", ["mimic-iv", "mimic-iii"])
def test_simulated_samples_are_an_earlier_folder_of_both_releases(folders, tmp_path, kind):
    words = ["ingest", kind, str(folders / kind), "--like", str(folders / "simulated")]
    assert main([*words, "--out", str(tmp_path / "alike")]) == 0
    assert open_folder(tmp_path / "alike").inputs == open_folder(folders / "simulated").inputs


def test_static_values_that_are_filled_are_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw.csv").write_text("sample,time,code,value\na,0,HR,80\nb,0,HR,70\nc,0,HR,70\n")
    (tmp_path / "labels.csv").write_text("sample,age,male\na,40,1\nb,50,0\nc,60,1\n")
    (tmp_path / "theirs.csv").write_text("sample,age,male\na,,1\nb,50,0\nc,,\n")
    words = ["ingest", "table", "raw.csv", "--labels"]
    assert main([*words, "labels.csv", "--set", "static=age,male", "--out", "data"]) == 0
    assert "Missing" not in capsys.readouterr().out
    assert main([*words, "theirs.csv", "--like", "data", "--out", "theirs"]) == 0
    told = capsys.readouterr().out
    assert "always known in the earlier folder; filled as there: age of 2 samples, 50; male of 1 sample, 1\n" in told
    assert main([*words, "theirs.csv", "--like", "data", "--out", "again", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["static_filled"] == {"age": 2, "male": 1}
    assert main(["show", "theirs"]) == 0
    assert "age (filled in 2 samples), male (filled in 1 sample)" in capsys.readouterr().out
