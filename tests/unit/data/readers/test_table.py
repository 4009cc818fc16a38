"""Tables of records in text and Parquet, and the lines that are none."""

import gzip

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from aition.core.errors import InputError
from aition.data.readers import Feature, Spec, Table, Window, ingest

SPEC = Spec(Window(hours=4.0), (Feature("hr", ("HR",)), Feature("temp", ("T",))))
LINES = ["sample,time,code,value", "a,0,HR,80", "a,3.5,T,37", "b,1,HR,70", "b,1.5,HR,60"]
VALUES = [[[80.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 37.0]], [[60.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]


def made(root, source, spec=SPEC):
    return ingest(source, spec, root / "data", progress="off")


def table(root, lines=LINES, name="raw.csv", **settings):
    (root / name).write_text("\n".join(lines) + "\n")
    return Table(root / name, **settings)


def test_a_long_table_is_a_record_a_row(tmp_path):
    assert made(tmp_path, table(tmp_path)).batch().x.tolist() == VALUES


@pytest.mark.parametrize("kind", [".csv.gz", ".parquet"])
def test_the_kind_of_file_changes_nothing(tmp_path, kind):
    path = tmp_path / f"raw{kind}"
    if kind == ".parquet":
        parquet.write_table(csv.read_csv(pa.BufferReader("\n".join(LINES).encode())), path)
    else:
        path.write_bytes(gzip.compress("\n".join(LINES).encode()))
    assert made(tmp_path, Table(path)).batch().x.tolist() == VALUES


def test_files_of_a_folder_are_one_table(tmp_path):
    (tmp_path / "raw").mkdir()
    for place, line in enumerate(LINES[1:]):
        (tmp_path / "raw" / f"{place}.csv").write_text(f"{LINES[0]}\n{line}\n")
    assert made(tmp_path, Table(tmp_path / "raw")).batch().x.tolist() == VALUES


def test_a_wide_table_is_a_record_a_cell_that_is_not_empty(tmp_path):
    lines = ["sample,time,HR,T", "a,0,80,", "a,3.5,,37", "b,1,70,", "b,1.5,60,"]
    folder = made(tmp_path, table(tmp_path, lines, code=""))
    assert folder.batch().x.tolist() == VALUES
    assert folder.manifest["records"]["read"] == 4


def test_columns_may_have_any_name(tmp_path):
    names = ['the "bed"', "when?", "wh'at", "how much", "in"]
    lines = [",".join(['"the ""bed"""', *names[1:]]), *(f"{line},bpm" for line in LINES[1:])]
    settings = dict(zip(("sample", "time", "code", "value", "unit"), names, strict=True))
    assert made(tmp_path, table(tmp_path, lines, **settings)).batch().x.tolist() == VALUES


@pytest.mark.parametrize(("unit", "factor"), [("minute", 60), ("second", 3600), ("day", 1 / 24)])
def test_times_are_numbers_in_their_unit(tmp_path, unit, factor):
    lines = [LINES[0], *(f"{s},{float(t) * factor},{c},{v}" for s, t, c, v in (line.split(",") for line in LINES[1:]))]
    assert made(tmp_path, table(tmp_path, lines, time_unit=unit)).batch().x.tolist() == VALUES


def test_times_may_be_dates(tmp_path):
    lines = [LINES[0], "a,2150-01-01 00:00:00,HR,80", "a,2150-01-01 03:30:00,T,37", "b,2150-01-01,HR,60"]
    assert made(tmp_path, table(tmp_path, lines)).batch().x.tolist() == VALUES


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("a,1,HR,80,9", "line has too many columns"),
        ("a,1", "line has too few columns"),
        ('a,1,HR,"80', "quotes of a line do not close"),
        ("a,yesterday,HR,80", "time is no date"),
        ("a,1,HR,high", "value is no number"),
        ("a,1,HR,", "value is missing"),
        ("a,1,HR,inf", "value is not finite"),
        (",1,HR,80", "sample is missing"),
    ],
)
def test_lines_that_cannot_be_used_are_counted_and_listed(tmp_path, line, fault):
    folder = made(tmp_path, table(tmp_path, [*LINES, line]))
    assert folder.manifest["records"]["bad"] == {fault: 1}
    assert folder.manifest["records"]["read"] == len(LINES)
    listed = parquet.read_table(folder.path / "rejected.parquet").to_pylist()
    assert [(row["file"], row["fault"]) for row in listed] == [(str(tmp_path / "raw.csv"), fault)]


def test_a_refused_line_is_listed_with_its_number_and_text(tmp_path):
    folder = made(tmp_path, table(tmp_path, [LINES[0], "a,1,HR,80,9", *LINES[1:]]))
    row = parquet.read_table(folder.path / "rejected.parquet").to_pylist()[0]
    assert (row["line"], row["raw"]) == (2, "a,1,HR,80,9")


def test_labels_name_the_samples_their_spans_splits_and_static_values(tmp_path):
    source = table(tmp_path, labels=tmp_path / "labels.csv", static=("age",))
    (tmp_path / "labels.csv").write_text(
        "sample,label,split,start,stop,age\na,well,train,-1,2,40\nb,ill,held_out,0,4,50\n"
    )
    folder = made(tmp_path, source)
    batch = folder.batch()
    assert (batch.ids.tolist(), folder.splits, folder.class_names) == (
        ["b", "a"],
        ("held_out", "train"),
        ("ill", "well"),
    )
    assert (batch.label.tolist(), batch.static.tolist(), batch.lengths.tolist()) == ([0, 1], [[50], [40]], [4, 3])
    assert batch.x[1, 1, 0] == 80.0


def test_numbers_are_labels_too(tmp_path):
    (tmp_path / "labels.csv").write_text("sample,label\na,1\nb,0\n")
    assert made(tmp_path, table(tmp_path, labels=tmp_path / "labels.csv")).batch().label.tolist() == [1, 0]


def test_samples_that_no_label_names_are_not_made(tmp_path):
    (tmp_path / "labels.csv").write_text("sample,label\na,1\n")
    folder = made(tmp_path, table(tmp_path, labels=tmp_path / "labels.csv"))
    assert (folder.batch().ids.tolist(), folder.manifest["records"]["outside"]) == (["a"], 2)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["sample,time,code", "a,1,b"], "must have a column 'value'"),
        (["sample,time,time", "a,1,b"], "must begin with a line of different names"),
        ([""], "must begin with a line of different names"),
    ],
)
def test_tables_without_their_columns_are_refused(tmp_path, lines, why):
    with pytest.raises(InputError, match=why):
        made(tmp_path, table(tmp_path, lines))


def test_files_with_other_columns_are_refused(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "0.csv").write_text("\n".join(LINES))
    (tmp_path / "raw" / "1.csv").write_text("sample,time,code,number\na,1,HR,1\n")
    with pytest.raises(InputError, match=r"1.csv must have the columns of 0.csv"):
        made(tmp_path, Table(tmp_path / "raw"))


def test_a_torn_archive_is_named(tmp_path):
    whole = gzip.compress("\n".join([LINES[0], *(f"a,{n},HR,{n * 7919 % 1009}" for n in range(9999))]).encode())
    (tmp_path / "raw.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"raw.csv.gz is torn or damaged"):
        made(tmp_path, Table(tmp_path / "raw.csv.gz"))


def test_a_place_without_tables_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"must be a file that ends in .csv, .csv.gz or .parquet"):
        made(tmp_path, Table(tmp_path / "none.csv"))


def labelled(root, lines):
    (root / "labels.csv").write_text("\n".join(["sample,label", *lines]) + "\n")
    return made(root, table(root, labels=root / "labels.csv"))


def test_a_label_that_is_nan_is_unknown(tmp_path):
    assert labelled(tmp_path, ["a,nan", "b,1"]).batch().label.tolist() == [-1, 1]


def test_an_infinite_label_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"labels must be finite.*'a' has inf"):
        labelled(tmp_path, ["a,inf", "b,1"])
