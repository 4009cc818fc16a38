"""Which kind of raw records a folder seems to hold, and what aition show says of them."""

import pytest

from aition.cli import main
from aition.cli.kinds import seems

FILES = {
    "mimic-iv": ["hosp/patients.csv.gz", "icu/icustays.csv.gz"],
    "mimic-iii": ["ICUSTAYS.csv", "PATIENTS.csv"],
    "meds": ["data/train/0.parquet"],
    "": ["notes.txt", "data/notes.txt", "icu/icustays.csv"],
}


@pytest.fixture(params=FILES)
def place(request, tmp_path):
    for name in FILES[request.param]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return request.param, tmp_path


def test_a_folder_seems_what_its_names_say(place):
    kind, folder = place
    assert seems(folder) == kind


@pytest.mark.parametrize("name", ["none", "file.txt"])
def test_what_is_no_folder_seems_nothing(tmp_path, name):
    (tmp_path / "file.txt").touch()
    assert seems(tmp_path / name) == ""


def test_records_are_ingested_before_they_are_shown(place, capsys):
    kind, folder = place
    code = main(["show", str(folder)])
    told = capsys.readouterr().err
    if not kind:
        assert (code, told.split(" holds ")[1]) == (5, "no store: manifest.json is missing\n")
        return
    command = f"aition ingest {kind} {folder} --out data/"
    assert (code, told.split(" seems ")[1]) == (2, f"to hold raw records, of which samples come first: {command}\n")
