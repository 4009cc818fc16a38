"""Raw records into a folder: what stands when it fails, what is refused, and what becomes of single records."""

import multiprocessing
import os
import time

import pyarrow as pa
import pytest
from pyarrow import parquet

from aition.core.errors import InputError
from aition.data import open_folder
from aition.data.readers import Conversion, Feature, Spec, Window, ingest, runs
from aition.data.readers.shards import CELLS, Writer
from stand_ins.records import event, records, sample

HR = Feature("hr", ("HR",))
SPEC = Spec(Window(hours=4.0), (HR,))


def made(root, rows, spec=SPEC, samples=None, **settings):
    source = records(root / "raw", [sample("a")] if samples is None else samples, rows)
    return ingest(source, spec, root / "data", progress="off", **settings)


def test_an_error_midway_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(Writer, "write", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made(tmp_path, [event(1.0)])
    assert os.listdir(tmp_path) == ["raw"]


def stalled(root):
    """Ingest, and stand still before the last step."""
    Writer.write = lambda *arguments: time.sleep(600)
    made(root, [event(1.0)])


def test_a_killed_run_leaves_no_folder(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=stalled, args=(tmp_path,))
    process.start()
    while not any(tmp_path.glob(".data.*.part/scratch/records/*")):
        assert process.is_alive()
        time.sleep(0.02)
    process.kill()
    process.join()
    assert not (tmp_path / "data").exists()
    assert made(tmp_path / "again", [event(1.0)]).path == tmp_path / "again" / "data"


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match="data exists already"):
        made(tmp_path, [event(1.0)])
    assert os.listdir(tmp_path / "data") == []


def test_a_folder_is_made_in_a_folder_that_is_there(tmp_path):
    with pytest.raises(InputError, match="must be a folder, but is none; make it first"):
        ingest(records(tmp_path / "raw", [sample("a")], []), SPEC, tmp_path / "none" / "data")


@pytest.mark.parametrize("settings", [{"memory_mb": 1}, {"shard_size": 0}])
def test_too_little_is_refused(tmp_path, settings):
    with pytest.raises(InputError, match="memory_mb must be at least 256 and shard_size at least 1"):
        made(tmp_path, [event(1.0)], **settings)


@pytest.mark.parametrize("damage", ["torn", "flipped", "text"])
def test_a_damaged_file_is_named(tmp_path, damage):
    source = records(tmp_path / "raw", [sample("a")], [event(1.0, float(number)) for number in range(2000)], n_file=2)
    file = tmp_path / "raw" / "events" / "1.parquet"
    data = bytearray(file.read_bytes())
    if damage == "flipped":
        table = parquet.read_table(file)
        parquet.write_table(table, file, write_page_checksum=True, compression="snappy")
        data = bytearray(file.read_bytes())
        data[60:400] = bytes(340)
    file.write_bytes({"torn": data[: len(data) // 2], "flipped": data, "text": b"these are no records"}[damage])
    with pytest.raises(InputError, match=r"1.parquet is torn or damaged"):
        ingest(source, SPEC, tmp_path / "data", progress="off")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"start": None}, "start is not known"),
        ({"start": 5.0, "stop": 4.0}, "stop is before start"),
        ({"stop": 1.5}, "span is too short"),
    ],
)
def test_samples_left_out_are_counted_by_reason(tmp_path, changes, why):
    folder = made(tmp_path, [], Spec(Window(hours=4.0, shortest=2.0), (HR,)), [sample("a"), sample("b", **changes)])
    assert folder.manifest["samples_left_out"] == {why: 1}
    assert folder.batch().ids.tolist() == ["a"]


def test_a_source_says_why_a_sample_is_left_out(tmp_path):
    samples = [sample("a", left_out=None), sample("b", left_out="younger than 18")]
    assert made(tmp_path, [], samples=samples).manifest["samples_left_out"] == {"younger than 18": 1}


def test_no_sample_at_all_is_told_with_the_reasons(tmp_path):
    with pytest.raises(InputError, match="no sample is left to be made: 1 left out: stop is before start"):
        made(tmp_path, [], samples=[sample("a", stop=-1.0)])


def test_samples_of_one_name_are_refused(tmp_path):
    with pytest.raises(InputError, match="different ids, but 'a' comes 2 times"):
        made(tmp_path, [], samples=[sample("a"), sample("a", subject="q")])


def test_unknown_classes_are_kept_and_counted(tmp_path):
    folder = made(tmp_path, [], samples=[sample("a", label=None), sample("b", label=2.0)])
    assert folder.batch().label.tolist() == [-1, 2]
    assert (folder.manifest["n_unlabelled"], folder.class_names) == (1, ("0", "1", "2"))


def test_labels_that_are_no_whole_numbers_are_values(tmp_path):
    folder = made(tmp_path, [], samples=[sample("a", label=0.5), sample("b", label=None)])
    assert folder.batch().label.tolist() == [0.5]
    assert folder.manifest["label"] == "value"
    assert folder.manifest["samples_left_out"] == {"label is not known": 1}


def test_a_missing_static_value_is_the_median_and_says_so(tmp_path):
    ages = {"a": 20.0, "b": None, "c": 40.0, "d": 30.0}
    batch = made(tmp_path, [], samples=[sample(name, age=age) for name, age in ages.items()]).batch()
    assert batch.static_names == ("age", "age_missing")
    assert batch.static.tolist() == [[20, 0], [30, 1], [40, 0], [30, 0]]


def test_the_median_is_that_of_the_training_samples(tmp_path):
    ages = {"a": ("train", 20.0), "b": ("train", None), "c": ("held_out", 80.0), "d": ("held_out", None)}
    samples = [sample(name, age=age, split=split) for name, (split, age) in ages.items()]
    batch = made(tmp_path, [], samples=samples).batch()
    assert dict(zip(batch.ids.tolist(), batch.static[:, 0].tolist(), strict=True)) == {
        "a": 20,
        "b": 20,
        "c": 80,
        "d": 20,
    }


def test_training_samples_that_are_drawn_give_the_median(tmp_path):
    ages = {"a": 20.0, "b": None, "d": 10.0}
    samples = [sample(name, age=age, split="", subject=name) for name, age in ages.items()]
    folder = made(tmp_path, [], samples=samples, shares=(1, 0, 1))
    assert [one.ids.tolist() for one in folder.batches("train")] == [["a"]]
    assert [one.static[:, 0].tolist() for one in folder.batches("held_out")] == [[20, 10]]


@pytest.mark.parametrize("split", ["TRAIN", "held-out", " tuning"])
def test_a_split_that_is_written_otherwise_is_refused(tmp_path, split):
    with pytest.raises(
        InputError, match=f"splits must be written train, tuning, held_out, but 1 samples are of '{split}'"
    ):
        made(tmp_path, [], samples=[sample("a", split=split)])


@pytest.mark.parametrize(
    "shares", [(float("inf"), 1, 1), (1e308, 1e308, 1), (float("nan"), 1, 1), (1, -1, 1), (0, 0, 0)]
)
def test_shares_that_are_none_are_refused(tmp_path, shares):
    with pytest.raises(InputError, match="shares must be 3 numbers from 0"):
        made(tmp_path, [], shares=shares)


def test_bad_records_are_listed_with_their_reason(tmp_path):
    folder = made(
        tmp_path,
        [event(1.0, -5.0, unit="bpm"), event(2.0)],
        Spec(Window(hours=4.0), (Feature("hr", ("HR",), low=0.0),)),
    )
    assert parquet.read_table(folder.path / "rejected.parquet").to_pylist() == [
        {
            "file": "file",
            "line": 1,
            "code": "HR",
            "raw": "-5.0",
            "unit": "bpm",
            "fault": "value is below the least plausible",
        }
    ]


def test_bad_records_are_listed_though_there_are_none(tmp_path):
    assert parquet.read_table(made(tmp_path, [event(1.0)]).path / "rejected.parquet").num_rows == 0


def test_a_record_that_two_samples_see_is_counted_once(tmp_path):
    folder = made(tmp_path, [event(1.0)], samples=[sample("a"), sample("b"), sample("c", start=0.5)])
    assert folder.batch().observed.sum() == 3
    assert folder.manifest["records"]["used"] == folder.manifest["records"]["read"] == 1


def test_features_may_share_a_code(tmp_path):
    both = Feature("mean", ("HR", "PULSE"), "mean"), Feature("most", ("HR",), "most")
    batch = made(
        tmp_path, [event(0.2, 1.0), event(0.1, 5.0), event(0.3, 9.0, code="PULSE")], Spec(Window(4.0), both)
    ).batch()
    assert batch.x[0, 0].tolist() == [5.0, 5.0]


def test_features_that_share_a_code_are_cleaned_alike(tmp_path):
    both = Feature("mean", ("HR",), "mean", low=0.0), Feature("most", ("H*",), "most")
    with pytest.raises(InputError, match="mean and most share the code 'HR', so their unit, units, low and high"):
        made(tmp_path, [], Spec(Window(4.0), both))


def test_a_code_belongs_to_the_longest_pattern(tmp_path):
    both = Feature("skin", ("T//skin*",)), Feature("other", ("T//c*", "X"))
    folder = made(
        tmp_path, [event(0.0, 1.0, code="T//skin//left"), event(0.0, 2.0, code="T//core")], Spec(Window(4.0), both)
    )
    assert folder.batch().x[0, 0].tolist() == [1.0, 2.0]


def test_units_are_converted_whatever_their_case(tmp_path):
    heat = Feature("heat", ("HR",), unit="C", units={"°F": Conversion(5 / 9, -160 / 9)})
    rows = [event(0.0, 98.6, unit=" °f "), event(1.0, 37.0, unit="c"), event(2.0, 36.0), event(3.0, 310.0, unit="K")]
    folder = made(tmp_path, rows, Spec(Window(4.0), (heat,)))
    assert folder.batch().x[0, :, 0].tolist() == pytest.approx([37.0, 37.0, 36.0, 0.0])
    assert folder.manifest["records"]["bad"] == {"unit is not known": 1}


def test_names_are_never_sql(tmp_path):
    evil = "x'; DROP TABLE spans; --"
    root = tmp_path / 'o\'clock "raw"'
    folder = made(root, [event(0.0, 3.0, code=evil)], Spec(Window(4.0), (Feature("evil", (evil, evil + "*")),)))
    assert folder.batch().x[0, 0, 0] == 3.0


@pytest.mark.parametrize("form", ["grid", "events"])
def test_the_folder_that_is_made_may_have_any_name(tmp_path, form):
    out = tmp_path / "o'[1]*?{a,b} \"é;" / "fate=3"
    out.parent.mkdir()
    source = records(tmp_path / "raw", [sample("a")], [event(0.0, 3.0), event(1.0, float("inf"))])
    folder = ingest(source, Spec(Window(4.0), (HR,), form), out, progress="off")
    assert open_folder(folder.path).batch().ids.tolist() == ["a"]
    assert folder.manifest["records"]["used"] == parquet.read_table(folder.path / "rejected.parquet").num_rows == 1


def test_shares_split_by_subject_whatever_else_there_is(tmp_path):
    samples = [sample(f"{place}", subject=f"s{place // 2}", split="") for place in range(40)]
    shares = (60, 20, 20)
    whole = made(tmp_path / "whole", [], samples=samples, shares=shares)
    part = made(tmp_path / "part", [], samples=samples[::3], shares=shares)
    split_of = {name: split for split in whole.splits for one in whole.batches(split) for name in one.ids.tolist()}
    assert set(split_of.values()) == {"train", "tuning", "held_out"}
    assert all(split_of[str(place)] == split_of[str(place + 1)] for place in range(0, 40, 2))
    assert all(
        split_of[name] == split for split in part.splits for one in part.batches(split) for name in one.ids.tolist()
    )


def test_rare_codes_are_left_out_of_events_and_counted(tmp_path):
    rows = [event(0.0), event(1.0), event(2.0, code="X")]
    folder = made(tmp_path, rows, Spec(Window(4.0), form="events", fewest=2))
    assert (folder.feature_names, folder.manifest["records"]["rare"]) == (("HR",), 1)


def test_samples_without_an_event_are_left_out_and_counted(tmp_path):
    folder = made(tmp_path, [event(1.0)], Spec(Window(4.0), form="events"), [sample("a"), sample("b", subject="q")])
    assert folder.manifest["samples_left_out"] == {"no record in the window": 1}
    assert len(folder) == folder.manifest["n_sample"] == 1


def test_events_stand_in_order_with_their_values_in_deviations(tmp_path):
    rows = [event(2.5, 3.0), event(0.5, 1.0), event(0.5, None, code="X")]
    batch = made(tmp_path, rows, Spec(Window(4.0), (HR,), "events")).batch()
    assert batch.fields["code"].names == ("X", "hr")
    assert batch["code"].tolist() == [[0, 1, 1]]
    assert batch["step"].tolist() == [[0, 0, 2]]
    assert batch["event_value"].tolist() == [[0.0, -1.0, 1.0]]
    assert batch["has_value"].tolist() == [[False, True, True]]


def test_a_feature_of_events_is_not_called_as_another_code(tmp_path):
    with pytest.raises(InputError, match="must not be called as codes that they do not name, but 'x' is"):
        made(tmp_path, [event(0.0), event(0.0, code="x")], Spec(Window(4.0), (Feature("x", ("HR",)),), "events"))


def test_no_event_at_all_is_told(tmp_path):
    with pytest.raises(InputError, match="no sample has a record in its window"):
        made(tmp_path, [event(99.0)], Spec(Window(4.0), form="events"))


def test_large_samples_make_small_shards(tmp_path, monkeypatch):
    monkeypatch.setitem(CELLS, "events", 4)
    rows = [event(0.1 * place, subject=name) for name in "pqr" for place in range(3)]
    folder = made(tmp_path, rows, Spec(Window(4.0), form="events"), [sample(name, subject=name) for name in "pqr"])
    assert [shard.n_sample for shard in folder.shards] == [1, 1, 1]
    assert open_folder(folder.path).manifest == folder.manifest


@pytest.mark.parametrize(("bytes_each", "sizes"), [(2**28 // 4, [1, 1, 1]), (2**28 // 6, [2, 1]), (1, [3])])
def test_little_memory_makes_small_shards_of_events(tmp_path, monkeypatch, bytes_each, sizes):
    monkeypatch.setattr(runs, "RECORD_BYTES", bytes_each)
    rows = [event(0.1 * place, subject=name) for name in "pqr" for place in range(3)]
    samples = [sample(name, subject=name) for name in "pqr"]
    folder = made(tmp_path, rows, Spec(Window(4.0), form="events"), samples, memory_mb=256)
    assert [shard.n_sample for shard in folder.shards] == sizes


def test_a_sample_with_more_events_than_memory_holds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RECORD_BYTES", 2**28 // 3)
    rows = [event(0.1 * place) for place in range(4)]
    with pytest.raises(InputError, match="a sample must have at most 3 events, but 'a' has 4; take a shorter window"):
        made(tmp_path, rows, Spec(Window(4.0), form="events"), memory_mb=256)


def test_a_step_that_memory_does_not_hold_is_refused_with_its_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RECORD_BYTES", 2**28 // 3)
    rows = [event(0.1 * place, subject="q") for place in range(4)]
    with pytest.raises(InputError, match="at most 3 records, but step 0 of 'b' has 4 and more"):
        made(tmp_path, rows, samples=[sample("a"), sample("b", subject="q")], memory_mb=256)
    assert os.listdir(tmp_path) == ["raw"]


def test_columns_that_are_missing_are_named(tmp_path):
    source = records(tmp_path / "raw", [sample("a")], [])
    parquet.write_table(pa.table({"sample": ["a"]}), tmp_path / "raw" / "samples.parquet")
    with pytest.raises(
        InputError, match=r"samples must have the columns .* but miss subject, start, stop, label, split"
    ):
        ingest(source, SPEC, tmp_path / "data", progress="off")
