"""aition simulate: stays as files."""

import json

import pytest

from aition.cli import main


def test_raw_files_are_written_with_their_counts(tmp_path, capsys):
    out = tmp_path / "raw"
    asked = ["--stays", "20", "--seed", "1007", "--as", "mimic-iv", "--out", str(out), "--json"]
    assert main(["simulate", "hospital", *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"folder": str(out)} | json.loads((out / "truth" / "written.json").read_text())
    assert told["rows"]["icu/icustays"] == 20
    assert (out / "icu" / "chartevents.csv.gz").is_file()


@pytest.mark.parametrize(
    ("form", "command"),
    [("mimic-iii", "aition ingest mimic-iii"), ("meds", "aition ingest meds"), ("batch", "aition explain MODEL")],
)
def test_what_to_do_next_is_said(form, command, tmp_path, capsys):
    assert main(["simulate", "hospital", "--stays", "10", "--as", form, "--out", str(tmp_path / "raw")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "10 stays" in lines[0]
    assert command in lines[-1]


def test_the_records_that_an_ingest_will_count_are_said_and_add_up(tmp_path, capsys):
    assert main(["simulate", "hospital", "--stays", "10", "--as", "mimic-iv", "--out", str(tmp_path / "raw")]) == 0
    lines = capsys.readouterr().out.splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("Records"))
    kinds = [line.rsplit(maxsplit=1) for line in lines[place + 1 : place + 5]]
    assert [kind.strip() for kind, _ in kinds] == [
        "measurements", "added, each with a fault", "lines that break off", "other events",
    ]  # fmt: skip
    assert sum(int(count) for _, count in kinds) == int(lines[place].rsplit(maxsplit=1)[1])
    added = [line.rsplit(maxsplit=1) for line in lines[lines.index("Those that are added:") + 1 :]]
    added = added[: [kind for kind, _ in added].index("Measurements written in unusual")]
    assert sum(int(count) for _, count in added) == int(kinds[1][1])


def test_a_folder_that_holds_something_is_refused(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("kept")
    assert main(["simulate", "hospital", "--stays", "10", "--out", str(tmp_path)]) != 0
    assert "must be a new or empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
