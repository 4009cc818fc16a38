"""The published tables, and what is told of files that are not these tables."""

from pathlib import Path
from typing import get_args

import pytest

from aition.core.errors import InputError
from aition.data.readers.mimic_categories import Static
from aition.data.readers.mimic_iii import MimicIII
from aition.data.readers.mimic_iv import MimicIV
from aition.data.readers.mimic_schema import MIMIC_III, MIMIC_IV
from aition.data.readers.mimic_tables import CASTS
from stand_ins.mimic import lines, put, write_iii, write_iv

RELEASES = [(MimicIV, MIMIC_IV), (MimicIII, MIMIC_III)]
IDS, DATES, NUMBERS = (
    ("subject_id", "hadm_id", "stay_id", "icustay_id", "itemid"),
    ("time", "startdate", "dob"),
    ("valuenum", "rate", "amount"),
)


def reads(release: type) -> dict[str, tuple[str, ...]]:
    source = release(Path(), static=get_args(Static))
    return source.stays | {one.table: one.reads for one in source.recorded}


@pytest.mark.parametrize(("release", "published"), RELEASES)
def test_every_column_that_is_read_is_published(release, published):
    known = {table: {name.lower() for name in columns} for table, columns in published.items()}
    assert all(set(columns) <= known[table] for table, columns in reads(release).items())


@pytest.mark.parametrize(("release", "published"), RELEASES)
def test_every_published_table_here_is_read(release, published):
    assert set(reads(release)) == set(published)


@pytest.mark.parametrize(("release", "published"), RELEASES)
def test_ids_dates_and_numbers_are_read_as_the_types_that_are_published(release, published):
    kinds = {
        (table, column): CASTS[{name.lower(): kind for name, kind in published[table].items()}[column]]
        for table, columns in reads(release).items()
        for column in columns
    }
    assert {kind for (_, column), kind in kinds.items() if column in IDS} == {"BIGINT"}
    assert {kind for (_, column), kind in kinds.items() if column.endswith(DATES)} == {"TIMESTAMP"}
    assert {kind for (_, column), kind in kinds.items() if column in NUMBERS} == {"DOUBLE"}


def test_a_chart_of_mimic_iv_has_the_published_header_of_release_3():
    header = "subject_id,hadm_id,stay_id,caregiver_id,charttime,storetime,itemid,value,valuenum,valueuom,warning"
    assert lines([], MIMIC_IV["icu/chartevents"]) == header + "\n"


def test_a_chart_of_mimic_iii_has_the_published_header():
    header = (
        "ROW_ID,SUBJECT_ID,HADM_ID,ICUSTAY_ID,ITEMID,CHARTTIME,STORETIME,CGID,VALUE,VALUENUM,VALUEUOM,WARNING,ERROR,"
        "RESULTSTATUS,STOPPED"
    )
    assert lines([], MIMIC_III["CHARTEVENTS"]) == header + "\n"


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_files_are_found_packed_or_not(tmp_path, ending):
    assert set(MimicIV(write_iv(tmp_path, {}, ending)).files()) == set(MIMIC_IV)


def test_names_of_files_and_columns_may_be_in_small_letters(tmp_path):
    write_iii(tmp_path, {})
    for path in list(tmp_path.iterdir()):
        put(tmp_path / "lower" / path.name.lower(), path.read_text().lower())
    assert set(MimicIII(tmp_path / "lower").files()) == set(MIMIC_III)


def test_releases_without_caregivers_and_with_new_columns_are_read(tmp_path):
    write_iv(tmp_path, {})
    columns = {name: kind for name, kind in MIMIC_IV["icu/chartevents"].items() if name != "caregiver_id"}
    put(tmp_path / "icu/chartevents.csv.gz", lines([], {**columns, "of_a_later_release": "VARCHAR"}))
    assert MimicIV(tmp_path).files()


def test_all_that_is_missing_is_told_at_once(tmp_path):
    write_iv(tmp_path, {})
    (tmp_path / "hosp/labevents.csv.gz").rename(tmp_path / "hosp/labevent.csv.gz")
    (tmp_path / "icu/inputevents.csv.gz").unlink()
    with pytest.raises(
        InputError, match=r"hosp/labevents\.csv or \.csv\.gz is missing \(is it labevent\.csv\.gz\?\)"
    ) as told:
        MimicIV(tmp_path).files()
    assert "icu/inputevents.csv or .csv.gz is missing" in str(told.value)


def test_a_column_with_another_name_is_told_beside_the_one_that_is_missing(tmp_path):
    write_iv(tmp_path, {})
    put(tmp_path / "hosp/patients.csv.gz", "subject_id,gender,age,anchor_year,anchor_year_group,dod\n")
    with pytest.raises(InputError, match="lacks the columns anchor_age and has others that are not published: age"):
        MimicIV(tmp_path).files()


def test_a_file_without_a_header_is_told(tmp_path):
    write_iv(tmp_path, {})
    put(tmp_path / "icu/outputevents.csv.gz", "10,20,30,,2153-01-01 11:00:00,2153-01-01 11:00:00,226559,100,mL\n")
    with pytest.raises(InputError, match=r"outputevents\.csv\.gz must begin with a line of different names"):
        MimicIV(tmp_path).files()


def test_an_empty_file_is_told(tmp_path):
    write_iii(tmp_path, {})
    put(tmp_path / "CHARTEVENTS.csv", "")
    with pytest.raises(InputError, match=r"CHARTEVENTS\.csv is empty, but must begin"):
        MimicIII(tmp_path).files()


def test_a_table_that_is_there_twice_is_refused(tmp_path):
    write_iii(tmp_path, {})
    put(tmp_path / "LABEVENTS.csv.gz", lines([], MIMIC_III["LABEVENTS"]))
    with pytest.raises(InputError, match=r"LABEVENTS must be there once, but is there as LABEVENTS\.csv and LABEVENTS"):
        MimicIII(tmp_path).files()


def test_a_root_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="root must be a folder of tables"):
        MimicIII(tmp_path / "none").files()


def test_tables_of_kinds_that_are_not_asked_for_may_be_missing(tmp_path):
    write_iii(tmp_path, {})
    (tmp_path / "INPUTEVENTS_CV.csv").unlink()
    assert "OUTPUTEVENTS" in MimicIII(tmp_path, kinds=("output",)).files()


@pytest.mark.parametrize("source", [MimicIV, MimicIII])
@pytest.mark.parametrize("kinds", [("charts",), (), ("chart", "chart")])
def test_kinds_that_are_unknown_or_come_twice_are_refused(source, kinds):
    with pytest.raises(InputError, match="kinds must be some of chart, lab, input, output, drug, each once"):
        source(Path(), kinds=kinds)
