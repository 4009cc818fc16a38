"""MEDS: the sample data of meds-testing-helpers unchanged, its schemas, and what its records become."""

import math
from datetime import datetime

import duckdb
import meds
import pyarrow as pa
import pytest
from meds_testing_helpers.dataset import MEDSDataset
from meds_testing_helpers.static_sample_data import SIMPLE_STATIC_SHARDED_BY_SPLIT_WITH_TASKS
from pyarrow import parquet

from aition.core.errors import InputError
from aition.data.readers import Conversion, Feature, Spec, Window, ingest
from aition.data.readers.meds import BIRTH, DEATH, LABELS, Meds
from aition.data.readers.source import EVENTS, SAMPLES

FEATURES = Feature("hr", ("HR",), "mean"), Feature("temp", ("TEMP",)), Feature("admitted", ("ADMISSION//*",), "any")
SPLIT = {
    "239684": "train", "1195293": "train", "68729": "train", "814703": "train", "754281": "tuning",
    "1500733": "held_out",
}  # fmt: skip


@pytest.fixture(scope="module")
def sample_data(tmp_path_factory):
    place = tmp_path_factory.mktemp("meds")
    MEDSDataset.from_yaml(SIMPLE_STATIC_SHARDED_BY_SPLIT_WITH_TASKS).write(place)
    return place


def made(source, root, window=None, **settings):
    spec = Spec(window or Window(hours=1.0), FEATURES if settings.get("form") != "events" else (), **settings)
    return ingest(source, spec, root / "data", progress="off")


def write_meds(root, rows, **more):
    """Records of one subject each: (subject, time in days, code, number)."""
    (root / "data").mkdir(parents=True)
    columns = {
        "subject_id": pa.array([row[0] for row in rows], pa.int64()),
        "time": pa.array([None if row[1] is None else round(86400e6 * row[1]) for row in rows], pa.timestamp("us")),
        "code": pa.array([row[2] for row in rows], pa.string()),
        "numeric_value": pa.array([row[3] for row in rows], pa.float32()),
    }
    table = meds.DataSchema.align(pa.table(columns | more))
    parquet.write_table(table, root / "data" / "0.parquet")
    return root


def test_names_are_those_of_the_standard():
    assert (BIRTH, DEATH) == (meds.birth_code, meds.death_code)
    assert {"subject_id", "prediction_time", *LABELS} == set(meds.LabelSchema.schema().names)


@pytest.mark.parametrize(("select", "published"), [("events", EVENTS), ("samples", SAMPLES)])
def test_columns_are_those_of_every_source(sample_data, select, published):
    with duckdb.connect() as connection:
        told = connection.execute(f"DESCRIBE {getattr(Meds(sample_data), select)(connection)}").fetchall()
    found = {name: kind for name, kind, *_ in told}
    assert list(found)[: len(published)] == list(published)
    assert all(found[name] == kind for name, kind in published.items() if name != "label")


def test_every_subject_is_a_sample_in_its_split(sample_data, tmp_path):
    folder = made(Meds(sample_data, outcome=""), tmp_path)
    found = {name: split for split in folder.splits for one in folder.batches(split) for name in one.ids.tolist()}
    assert found == SPLIT


def test_values_are_those_of_the_sample_data(sample_data, tmp_path):
    batch = made(Meds(sample_data, outcome=""), tmp_path, Window(hours=1.0, every=0.5)).batch()
    place = batch.ids.tolist().index("239684")
    assert batch.x[place].tolist() == [
        pytest.approx([(102.6 + 105.1) / 2, 96.2, 1.0]),
        pytest.approx([113.4, 95.8, 0.0]),
    ]


def test_all_records_of_the_sample_data_are_counted(sample_data, tmp_path):
    told = made(Meds(sample_data, outcome=""), tmp_path, form="events").manifest["records"]
    assert (told["read"], told["static"], told["bad"]) == (62, 12, {})


def test_records_without_a_time_are_static_columns(sample_data, tmp_path):
    batch = made(Meds(sample_data, outcome=""), tmp_path).batch()
    place = batch.ids.tolist().index("68729")
    assert dict(zip(batch.static_names, batch.static[place].tolist(), strict=True)) == pytest.approx(
        {"age": 32.2145, "EYE_COLOR//BLUE": 0, "EYE_COLOR//BROWN": 0, "EYE_COLOR//HAZEL": 1, "HEIGHT": 160.3953},
        abs=1e-3,
    )


def test_a_static_code_that_is_named_in_full_is_a_column_though_nobody_has_it(sample_data, tmp_path):
    batch = made(Meds(sample_data, static=("SEX//X",)), tmp_path).batch()
    assert batch.static_names == ("age", "SEX//X")
    assert batch.static[:, 1].sum() == 0


def test_static_columns_can_be_chosen(sample_data, tmp_path):
    assert made(Meds(sample_data, static=("HEIGHT",)), tmp_path).static_names == ("age", "HEIGHT")


def test_a_sample_is_a_row_of_the_labels_up_to_its_prediction(sample_data, tmp_path):
    source = Meds(sample_data, labels=sample_data / "task_labels")
    folder = made(source, tmp_path, Window(hours=2.0, every=0.5, align="stop"))
    batch = folder.batch()
    place = batch.ids.tolist().index("239684@2010-05-11T18:30:00")
    assert (len(batch), folder.class_names, int(batch.label[place])) == (21, ("false", "true"), 1)
    assert int(batch.lengths[place]) == 2
    assert batch.x[place, :2, 0].tolist() == pytest.approx([(102.6 + 105.1) / 2, 113.4])


def test_nothing_after_a_prediction_is_seen(sample_data, tmp_path):
    source = Meds(sample_data, labels=sample_data / "task_labels")
    batch = made(source, tmp_path, Window(hours=2.0, align="stop"), form="events").batch()
    for name, times, exists in zip(batch.ids.tolist(), batch.times, batch.exists, strict=True):
        n_step = int(batch["n_step"][batch.ids.tolist().index(name)])
        assert float(times[exists].max()) <= n_step


STAY = [(1, 10.0, "ICU_ADMISSION//A", None), (1, 10.1, "HR", 80.0), (1, 12.0, "ICU_DISCHARGE//A", None)]
ASKED = {"anchor": "ICU_ADMISSION*", "until": "ICU_DISCHARGE*", "after": 48.0, "horizon": 48.0}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 13.0, DEATH, None)], ([1], {})),
        ([(1, 15.0, DEATH, None)], ([0], {})),
        ([(1, 14.0, "HR", 80.0)], ([0], {})),
        ([(1, 13.0, "HR", 80.0)], ([], {"record ends before the horizon": 1})),
        ([(1, 11.0, DEATH, None)], ([], {"outcome is not after the window": 1})),
    ],
)
def test_the_outcome_counts_in_the_horizon_after_the_window(tmp_path, rows, expected):
    other = [(2, 1.0, "ICU_ADMISSION", None), (2, 9.0, "HR", 1.0)]
    folder = made(Meds(write_meds(tmp_path / "raw", [*STAY, *rows, *other]), **ASKED), tmp_path)
    labels = dict(zip(folder.batch().ids.tolist(), folder.batch().label.tolist(), strict=True))
    assert labels.pop("2@1970-01-02T00:00:00") == 0
    assert (list(labels.values()), folder.manifest["samples_left_out"]) == expected


def test_a_gap_moves_the_horizon(tmp_path):
    rows = [*STAY, (1, 12.5, DEATH, None), (2, 1.0, "ICU_ADMISSION", None), (2, 9.0, "HR", 1.0)]
    folder = made(Meds(write_meds(tmp_path / "raw", rows), **ASKED, gap=24.0), tmp_path)
    assert folder.manifest["samples_left_out"] == {"outcome is not after the window": 1}


def test_every_occurrence_of_the_anchor_is_a_sample_that_ends_with_its_stay(tmp_path):
    rows = [*STAY, (1, 20.0, "ICU_ADMISSION", None), (1, 21.0, "ICU_DISCHARGE", None), (1, 30.0, "HR", 90.0)]
    source = Meds(write_meds(tmp_path / "raw", rows), anchor="ICU_ADMISSION*", until="ICU_DISCHARGE*", outcome="")
    batch = made(source, tmp_path, Window(hours=48.0, every=24.0)).batch()
    assert batch.lengths.tolist() == [2, 1]


def test_words_in_place_of_numbers_are_bad_only_where_a_number_is_asked_for(tmp_path):
    rows = [(1, 1.0, "HR", None), (1, 1.01, "ADMISSION//A", None)]
    root = write_meds(tmp_path / "raw", rows, text_value=pa.array(["high", "by foot"], pa.large_string()))
    told = made(Meds(root, outcome=""), tmp_path).manifest["records"]
    assert (told["used"], told["bad"]) == (1, {"value is no number": 1})


def test_a_subject_without_records_is_left_out(tmp_path):
    root = write_meds(tmp_path / "raw", [*STAY])
    labels = {
        "subject_id": [1, 7],
        "prediction_time": [datetime(1970, 1, 12)] * 2,  # noqa: DTZ001 (records have no zone)
        "boolean_value": [True, False],
    }
    parquet.write_table(pa.table(labels), tmp_path / "labels.parquet")
    folder = made(Meds(root, labels=tmp_path / "labels.parquet"), tmp_path, Window(hours=24.0, align="stop"))
    assert folder.manifest["samples_left_out"] == {"subject has no record": 1}


def test_several_filled_label_columns_need_a_choice(sample_data, tmp_path):
    labels = {"subject_id": [68729], "prediction_time": [datetime(2010, 5, 26, 4)], "boolean_value": [True]}  # noqa: DTZ001
    parquet.write_table(pa.table(labels | {"float_value": [2.5]}), tmp_path / "labels.parquet")
    with pytest.raises(InputError, match="label_column must say which of boolean_value, float_value counts"):
        made(Meds(sample_data, labels=tmp_path / "labels.parquet"), tmp_path, Window(align="stop"))
    source = Meds(sample_data, labels=tmp_path / "labels.parquet", label_column="float_value")
    assert made(source, tmp_path, Window(align="stop")).batch().label.tolist() == [2.5]


TEMPERATURE = Feature("temp", ("TEMP",), unit="°C", units={"°F": Conversion(5 / 9, -160 / 9)})


def warm(root, out):
    folder = ingest(Meds(root, outcome=""), Spec(Window(hours=48.0), (TEMPERATURE,)), out, progress="off")
    return folder.batch().x[folder.batch().observed].tolist(), folder.manifest["records"]["bad"]


def test_units_are_those_of_the_records(tmp_path):
    rows = [(1, 1.0, "TEMP", 98.6), (1, 1.1, "TEMP", 37.0), (1, 1.2, "TEMP", 310.0), (1, 1.3, "TEMP", 36.5)]
    root = write_meds(tmp_path / "raw", rows)
    table = parquet.read_table(root / "data" / "0.parquet")
    units = pa.array(["°F", "°C", "K", None])
    parquet.write_table(table.append_column("unit", units), root / "data" / "0.parquet")
    assert warm(root, tmp_path / "data") == (pytest.approx([37.0, 37.0, 36.5], abs=1e-4), {"unit is not known": 1})


def test_units_are_those_of_the_codes_where_records_say_none(tmp_path):
    root = write_meds(tmp_path / "raw", [(1, 1.0, "TEMP", 98.6), (1, 1.1, "HR", 80.0)])
    (root / "metadata").mkdir()
    codes = pa.table({"code": ["TEMP", "TEMP", "HR"], "unit": ["°F", None, "bpm"], "description": ["", "", ""]})
    parquet.write_table(codes, root / "metadata" / "codes.parquet")
    assert warm(root, tmp_path / "data") == (pytest.approx([37.0], abs=1e-4), {})


def test_the_unit_of_a_record_counts_before_that_of_its_code(tmp_path):
    root = write_meds(tmp_path / "raw", [(1, 1.0, "TEMP", 37.0)])
    table = parquet.read_table(root / "data" / "0.parquet")
    parquet.write_table(table.append_column("unit", pa.array(["°C"])), root / "data" / "0.parquet")
    (root / "metadata").mkdir()
    parquet.write_table(pa.table({"code": ["TEMP"], "unit": ["°F"]}), root / "metadata" / "codes.parquet")
    assert warm(root, tmp_path / "data") == ([37.0], {})


def test_codes_without_units_change_nothing(tmp_path):
    root = write_meds(tmp_path / "raw", [(1, 1.0, "TEMP", 37.0)])
    (root / "metadata").mkdir()
    parquet.write_table(pa.table({"code": ["TEMP"], "description": ["warm"]}), root / "metadata" / "codes.parquet")
    assert warm(root, tmp_path / "data") == ([37.0], {})


@pytest.mark.parametrize(
    "settings",
    [{"anchor": "ICU*"}, {"until": "OUT"}, {"outcome": "X"}, {"after": 24.0}, {"gap": 1.0}, {"horizon": 9.0}],
)
def test_what_labels_say_is_not_said_twice(tmp_path, settings):
    with pytest.raises(InputError, match=f"so {next(iter(settings))} has no place beside them"):
        Meds(tmp_path, labels=tmp_path / "labels", **settings)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"label_column": "float_value"}, "label_column chooses a column of labels, but there are none"),
        ({"after": -1.0}, "after must be hours from 0"),
        ({"gap": math.inf}, "gap must be hours from 0"),
        ({"horizon": 0.0}, "horizon must be above 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, settings, why):
    with pytest.raises(InputError, match=why):
        Meds(tmp_path, **settings)


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"must hold MEDS records, data/\*\*/\*.parquet"):
        made(Meds(tmp_path), tmp_path)


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "raw" / "data").mkdir(parents=True)
    parquet.write_table(pa.table({"subject_id": [1], "when": [1]}), tmp_path / "raw" / "data" / "0.parquet")
    with pytest.raises(InputError, match="must have a column 'time'"):
        made(Meds(tmp_path / "raw"), tmp_path)


def test_labels_need_windows_that_end_with_them(sample_data, tmp_path):
    with pytest.raises(InputError, match=r'window\.align must be "stop" with labels'):
        made(Meds(sample_data, labels=sample_data / "task_labels"), tmp_path, Window(hours=24.0))


def test_a_window_that_reaches_into_what_is_foretold_is_refused(sample_data, tmp_path):
    with pytest.raises(InputError, match=r"after must be at least window\.hours, 48\.0, or the window would show"):
        made(Meds(sample_data, after=24.0), tmp_path, Window(hours=48.0))
