"""Tables of records in text and Parquet, and the lines that are none."""

import gzip
from pathlib import Path

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


def lines_listed(folder):
    return [(row["raw"], row["line"]) for row in parquet.read_table(folder.path / "rejected.parquet").to_pylist()]


def test_a_bad_record_is_listed_with_its_line_whatever_lines_before_it_are(tmp_path):
    lines = [LINES[0], "a,0,HR,bad3", "x", "x,", "a,0,HR,bad5", *LINES[1:], "a,1,HR,2,3", "a,0,HR,bad11", "y"]
    found = lines_listed(made(tmp_path, table(tmp_path, lines)))
    assert all(lines[line - 1].endswith(raw) for raw, line in found)
    assert len(found) == 7


def test_each_file_of_a_folder_has_lines_of_its_own(tmp_path):
    (tmp_path / "raw").mkdir()
    for name in "012":
        (tmp_path / "raw" / f"{name}.csv").write_text("\n".join([LINES[0], "z", *LINES[1:], f"a,1,HR,bad{name}"]))
    found = lines_listed(made(tmp_path, Table(tmp_path / "raw")))
    assert sorted(found) == [("bad0", 7), ("bad1", 7), ("bad2", 7), ("z", 2), ("z", 2), ("z", 2)]


def test_a_row_of_a_wide_table_has_a_line_too(tmp_path):
    found = lines_listed(made(tmp_path, table(tmp_path, ["sample,time,HR,T", "a,0,80,", "a,3.5,,cold"], code="")))
    assert found == [("cold", 3)]


def test_lines_of_more_files_than_are_read_one_by_one_are_not_known(tmp_path, monkeypatch):
    monkeypatch.setattr("aition.data.readers.tabular.NUMBERED_FILES", 1)
    (tmp_path / "raw").mkdir()
    for name in "01":
        (tmp_path / "raw" / f"{name}.csv").write_text("\n".join([*LINES, "a,1,HR,bad"]))
    assert lines_listed(made(tmp_path, Table(tmp_path / "raw"))) == [("bad", None), ("bad", None)]


def test_a_row_of_parquet_has_its_number(tmp_path):
    parquet.write_table(
        pa.table({"sample": ["a"] * 3, "time": [0, 1, 2], "code": ["HR"] * 3, "value": ["1", "b", "3"]}),
        tmp_path / "raw.parquet",
    )
    assert lines_listed(made(tmp_path, Table(tmp_path / "raw.parquet"))) == [("b", 2)]


def test_a_scan_that_ends_before_its_file_is_found(tmp_path):
    part = ["a,1;HR;80" + "x" * 4000] * 4500
    with pytest.raises(
        InputError, match=r"raw.csv must be one table, but megabytes of lines around line \d+ are no rows"
    ):
        made(tmp_path, table(tmp_path, [*LINES, *LINES[1:] * 300, *part, *LINES[1:]]))


def test_many_lines_that_are_no_rows_lose_none_that_are(tmp_path):
    part = ["a,1;HR;80"] * 800
    records = made(tmp_path, table(tmp_path, [*LINES[:3], *part, *LINES[3:]])).manifest["records"]
    assert (records["used"], records["bad"]) == (4, {"line has too few columns": 800})


def test_more_refused_lines_than_memory_may_hold_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("aition.data.readers.delimited.REFUSED_LIMIT", 3)
    with pytest.raises(InputError, match=r"raw.csv must be a table, but more than 3 of its lines are no rows"):
        made(tmp_path, table(tmp_path, [*LINES, *["a", "a,1,HR,80"] * 4]))


def test_a_file_of_other_columns_than_its_first_line_is_refused_before_it_is_read(tmp_path):
    with pytest.raises(InputError, match=r"must have 4 columns in every line, as in its first, but 4 of the next 1000"):
        made(tmp_path, table(tmp_path, [*LINES, *["a;1;HR;80"] * 1000]))


def test_a_text_of_any_length_is_a_text(tmp_path):
    folder = made(tmp_path, table(tmp_path, [LINES[0], f"a,0,{'x' * 200_000},1", *LINES[1:]]))
    assert folder.manifest["records"]["not asked for"] == 1


def test_columns_that_differ_in_case_only_are_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"different names of columns \(in lower case too\), but begins with .*'Sample'"
    ):
        made(tmp_path, table(tmp_path, [LINES[0] + ",Sample", "a,0,HR,80,b"]))
    parquet.write_table(pa.table({"sample": ["a"], "Sample": ["b"], "time": [1.0]}), tmp_path / "raw.parquet")
    with pytest.raises(InputError, match=r"different names of columns \(in lower case too\), but has .*'Sample'"):
        made(tmp_path, Table(tmp_path / "raw.parquet", code=""))


def test_a_column_may_be_called_filename(tmp_path):
    lines = [f"{LINES[0]},filename", *(f"{line},x" for line in LINES[1:])]
    assert made(tmp_path, table(tmp_path, lines)).batch().x.tolist() == VALUES


HOURS = [0.0, 3.5, 1.0, 1.5]
TIMES = {
    "seconds": pa.array([round(hour * 3600) for hour in HOURS], pa.int32()),
    "decimals": pa.array(HOURS, pa.float64()).cast(pa.decimal128(9, 2)),
    "moments": pa.array([round(hour * 3600e6) for hour in HOURS], pa.timestamp("us")),
    "nanoseconds": pa.array([round(hour * 3600e9) for hour in HOURS], pa.timestamp("ns")),
    "zoned": pa.array([round(hour * 3600e6) for hour in HOURS], pa.timestamp("us", "Asia/Tokyo")),
    "zoned_nanoseconds": pa.array([round(hour * 3600e9) for hour in HOURS], pa.timestamp("ns", "UTC")),
    "words": pa.array([f"1970-01-01 0{int(hour)}:{30 * (hour % 1 > 0)}:00" for hour in HOURS]),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_of_parquet_are_of_any_type(tmp_path, kind):
    values = {"sample": ["a", "a", "b", "b"], "code": ["HR", "T", "HR", "HR"], "value": [80, 37, 70, 60]}
    parquet.write_table(pa.table({**values, "time": TIMES[kind]}), tmp_path / "raw.parquet")
    source = Table(tmp_path / "raw.parquet", time_unit="second" if kind == "seconds" else "hour")
    assert made(tmp_path, source).batch().x.tolist() == VALUES


def test_files_whose_types_differ_lose_no_digit(tmp_path):
    (tmp_path / "raw").mkdir()
    for number, value in enumerate([pa.array([80]), pa.array([37.5])]):
        rows = {"sample": ["a"], "time": [2 * number], "code": ["HR"], "value": value}
        parquet.write_table(pa.table(rows), tmp_path / "raw" / f"{number}.parquet")
    assert made(tmp_path, Table(tmp_path / "raw")).batch().x[0, :2, 0].tolist() == [80.0, 37.5]


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


@pytest.mark.parametrize(("name", "content"), [("raw.csv", b""), ("raw.csv.gz", gzip.compress(b"", mtime=0))])
def test_a_file_that_is_empty_is_called_so(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name} is empty, but must begin with a line of the names of its columns"):
        made(tmp_path, Table(tmp_path / name))


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


def labelled(root, lines, header="sample,label", **settings):
    (root / "labels.csv").write_text("\n".join([header, *lines]) + "\n")
    return made(root, table(root, labels=root / "labels.csv", **settings))


@pytest.mark.parametrize(
    ("header", "line", "why"),
    [
        ("sample,label", "b,1,extra", r"labels.csv has a line that is no row, line 3: line has too many columns"),
        ("sample,label", "b,1,x\nc,1,y", r"labels.csv has 2 lines that are no rows; the first is line 3: line has too"),
        ("sample,label", ",1", 'column "sample" of .*labels.csv must hold an id in every row, but has nothing'),
        (
            "sample,start",
            "b,soon",
            "column \"start\" of .* must hold dates or numbers, but has 'soon' in one of 1 rows",
        ),
        ("sample,stop", "b,2150-99-01", 'column "stop" of .* must hold dates or numbers'),
        ("sample,split", "b,TRAIN", 'column "split" of .* must hold train, tuning, held_out, or nothing, but has'),
        ("sample,split", "b,../../x", 'column "split" of .* must hold train, tuning, held_out'),
        ("sample,age", "b,old", "column \"age\" of .* must hold numbers, but has 'old'"),
    ],
)
def test_labels_that_cannot_be_read_are_refused(tmp_path, header, line, why):
    static = ("age",) if "age" in header else ()
    with pytest.raises(InputError, match=why):
        labelled(tmp_path, ["a,", line], header, static=static)


def test_a_column_of_labels_that_is_asked_for_must_be_there(tmp_path):
    with pytest.raises(InputError, match=r"labels.csv must have a column 'outcome'"):
        labelled(tmp_path, ["a,1"], label="outcome")


def test_the_records_give_what_the_labels_leave_open(tmp_path):
    folder = labelled(tmp_path, ["b,1,-2"], "sample,label,start")
    assert (folder.batch().lengths.tolist(), folder.batch().x[0, 3, 0].item()) == ([4], 60.0)


@pytest.mark.parametrize("name", ["label", "Split", "left_out"])
def test_a_static_column_is_not_called_as_what_a_sample_has(name):
    with pytest.raises(InputError, match=f"but '{name}' is one"):
        Table(Path("raw.csv"), static=("age", name))


def test_static_columns_differ():
    with pytest.raises(InputError, match="static must name different columns"):
        Table(Path("raw.csv"), static=("age", "age"))


def test_a_unit_of_time_is_known():
    with pytest.raises(InputError, match="time_unit must be one of second, minute, hour, day, but is 'week'"):
        Table(Path("raw.csv"), time_unit="week")


def test_a_label_that_is_nan_is_unknown(tmp_path):
    assert labelled(tmp_path, ["a,nan", "b,1"]).batch().label.tolist() == [-1, 1]


def test_an_infinite_label_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"labels must be finite.*'a' has inf"):
        labelled(tmp_path, ["a,inf", "b,1"])


def test_blanks_around_a_label_are_no_part_of_its_name(tmp_path):
    (tmp_path / "labels.csv").write_text('sample,label\na, died\nb,"died\t"\nc,alive\nd,"  "\n')
    lines = [LINES[0], *(f"{one},0,HR,80" for one in "abcd")]
    folder = made(tmp_path, table(tmp_path, lines, labels=tmp_path / "labels.csv"))
    assert folder.class_names == ("alive", "died")
    assert folder.batch().label.tolist() == [1, 1, 0, -1]
