"""Folders that are made like an earlier one: what is taken over, what is counted, and what does not fit."""

import json
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aition.core.errors import InputError
from aition.data import open_folder
from aition.data.folder import MANIFEST, write_manifest
from aition.data.readers import Conversion, Feature, Spec, Window, asked_of, ingest
from stand_ins.records import TYPES, Records, event, records, sample

HR = Feature("hr", ("HR",), "mean", unit="bpm", units={"Hz": Conversion(60.0)}, low=0.0, high=300.0)
TEMP = Feature("temp", ("T*",))
GRID = Spec(Window(hours=4.0), (HR, TEMP))
EVENTS = Spec(Window(hours=4.0), (HR,), "events")
ROWS = [
    event(0.0, 60.0), event(1.0, 100.0), event(2.0, None, code="X"), event(3.0, 36.0, code="TEMP"),
    event(0.0, 80.0, subject="q"),
]  # fmt: skip
PEOPLE = [sample("a", label=0.0), sample("b", subject="q", label=1.0)]
OTHERS = [sample("c", label=0.0)]


def made(root, rows=(), spec=EVENTS, samples=OTHERS, **changes):
    return ingest(records(root / "raw", list(samples), list(rows)), spec, root / "data", progress="off", **changes)


@pytest.fixture
def earlier(tmp_path):
    return made(tmp_path / "earlier", ROWS, samples=PEOPLE)


def test_a_folder_says_the_spec_that_it_was_made_by(tmp_path):
    for name, spec in (("grid", GRID), ("events", replace(EVENTS, fewest=1))):
        assert asked_of(made(tmp_path / name, ROWS, spec, PEOPLE)) == (spec, {})


@pytest.mark.parametrize("spec", [GRID, EVENTS])
def test_the_same_records_make_the_same_samples_again(tmp_path, spec):
    first = made(tmp_path / "first", ROWS, spec, PEOPLE)
    again = made(tmp_path / "again", ROWS, spec, PEOPLE, like=first.path)
    assert again.batch().digest() == first.batch().digest()
    assert again.inputs == first.inputs
    own, other = dict(first.manifest), dict(again.manifest)
    assert (own.pop("like"), len(other.pop("like"))) == ("", 64)
    assert own | {"shards": []} == other | {"shards": []}


@settings(max_examples=6)
@given(
    st.lists(
        st.builds(
            event, st.sampled_from([0.0, 1.5, 3.0]), st.sampled_from([1.0, 90.0, None]), code=st.sampled_from("XYZ")
        ),
        max_size=8,
    )
)
def test_whatever_is_recorded_fits_the_earlier_folder(tmp_path_factory, rows):
    root = tmp_path_factory.mktemp("alike")
    first = made(root / "first", ROWS, samples=PEOPLE)
    other = made(root / "other", [*rows, event(0.0, 70.0)], like=first.path)
    one, two = first.batch(), other.batch()
    for name in ("code", "event_value"):
        assert one.fields[name].names == two.fields[name].names
        assert one.fields[name].scales == two.fields[name].scales
    assert other.inputs == first.inputs
    assert other.manifest["records"]["not in the vocabulary"] == sum(row["code"] in "YZ" for row in rows)


def test_values_are_in_the_deviations_of_the_earlier_folder(tmp_path, earlier):
    batch = made(tmp_path / "other", [event(0.0, 100.0)], like=earlier.path).batch()
    at = earlier.manifest["features"][earlier.feature_names.index("hr")]
    assert batch["event_value"].item() == pytest.approx((100.0 - at["mean"]) / at["scale"])
    assert (at["mean"], at["scale"]) == (80.0, pytest.approx(16.32993))


def test_codes_that_the_earlier_folder_lacks_are_counted(tmp_path, earlier):
    folder = made(tmp_path / "other", [event(0.0), event(1.0, code="NEW"), event(2.0, code="NEW")], like=earlier.path)
    assert folder.feature_names == earlier.feature_names == ("TEMP", "X", "hr")
    told = folder.manifest["records"]
    assert (told["read"], told["used"], told["not in the vocabulary"], told["rare"]) == (3, 1, 2, 0)
    assert [one["n_record"] for one in folder.manifest["features"]] == [0, 0, 1]


def test_samples_without_a_known_code_are_left_out_and_counted(tmp_path, earlier):
    rows = [event(0.0), event(1.0, subject="q", code="NEW")]
    folder = made(tmp_path / "other", rows, samples=PEOPLE, like=earlier.path)
    assert (folder.batch().ids.tolist(), folder.manifest["samples_left_out"]) == (["a"], {"no record in the window": 1})


def test_no_known_code_at_all_is_refused(tmp_path, earlier):
    with pytest.raises(InputError, match="codes must be among the 3 of the earlier folder, but none of 1 is"):
        made(tmp_path / "other", [event(0.0, code="NEW")], like=earlier.path)


def test_moments_of_a_grid_are_those_of_the_earlier_folder_and_counts_its_own(tmp_path):
    first = made(tmp_path / "first", ROWS, GRID, PEOPLE)
    other = made(tmp_path / "other", [event(0.0, 300.0)], GRID, like=first.path)
    for one, two in zip(first.manifest["features"], other.manifest["features"], strict=True):
        assert (one["mean"], one["scale"]) == (two["mean"], two["scale"])
    assert [one["n_value"] for one in other.manifest["features"]] == [1, 0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"window": Window(hours=2.0)}, "window.hours must be 4.0"),
        ({"window": Window(hours=4.0, every=2.0)}, "window.every must be 1.0"),
        ({"window": Window(hours=4.0, align="stop")}, "window.align must be 'start'"),
        ({"form": "events"}, "form must be 'grid', as in .*, but is 'events'"),
        ({"features": (TEMP, HR)}, r"features must be \['hr', 'temp'\]"),
        ({"features": (HR,)}, r"features must be \['hr', 'temp'\]"),
        ({"features": (replace(HR, unit="Hz"), TEMP)}, "unit of feature 'hr' must be 'bpm'"),
        ({"features": (HR, replace(TEMP, aggregate="most"))}, "aggregate of feature 'temp' must be 'last'"),
    ],
)
def test_a_spec_of_other_inputs_is_refused(tmp_path, changes, why):
    first = made(tmp_path / "first", ROWS, GRID, PEOPLE)
    with pytest.raises(InputError, match=why):
        made(tmp_path / "other", ROWS, replace(GRID, **changes), PEOPLE, like=first.path)


def test_another_hospital_has_codes_units_and_limits_of_its_own(tmp_path):
    first = made(tmp_path / "first", ROWS, GRID, PEOPLE)
    theirs = replace(HR, codes=("PULSE",), units={"1/s": Conversion(60.0)}, high=250.0)
    other = made(
        tmp_path / "other",
        [event(0.0, 1.5, code="PULSE", unit="1/s")],
        replace(GRID, features=(theirs, TEMP)),
        like=first.path,
    )
    assert other.batch().x[0, 0, 0] == 90.0
    assert other.inputs == first.inputs


@pytest.mark.parametrize("change", ["window", "unit", "scale", "static"])
def test_inputs_that_differ_have_another_sum(tmp_path, earlier, change):
    spec = {"window": replace(EVENTS, window=Window(8.0)), "unit": replace(EVENTS, features=(replace(HR, unit=""),))}
    rows = [*ROWS, event(0.5, 200.0)] if change == "scale" else ROWS
    people = [one | ({"age": 3.0} if change == "static" else {}) for one in PEOPLE]
    assert made(tmp_path / "other", rows, spec.get(change, EVENTS), people).inputs != earlier.inputs


def classes(root, labels, **changes):
    """A folder of a sample a label, which are words where the first is."""
    people = [sample(str(place), label=label) for place, label in enumerate(labels)]
    words = isinstance(labels[0], str)
    source = records(root / "raw", [one | {"label": None} for one in people] if words else people, [event(0.0)])
    return ingest(
        Worded(source.root, tuple(labels)) if words else source, GRID, root / "data", progress="off", **changes
    )


class Worded(Records):
    """Records whose labels are words."""

    def __init__(self, root, words):
        super().__init__(root)
        object.__setattr__(self, "words", words)

    def samples(self, connection):
        words = ", ".join(f"'{one}'" for one in self.words)
        return f"SELECT * REPLACE ([{words}][sample::INTEGER + 1] AS label) FROM ({super().samples(connection)})"


def test_classes_keep_their_numbers_though_fewer_come(tmp_path):
    first = classes(tmp_path / "first", ["fair", "ill", "well"])
    other = classes(tmp_path / "other", ["well", "fair"], like=first.path)
    assert other.class_names == ("fair", "ill", "well")
    assert other.batch().label.tolist() == [2, 0]


def test_a_class_that_the_earlier_folder_lacks_is_refused(tmp_path):
    first = classes(tmp_path / "first", ["ill", "well"])
    with pytest.raises(InputError, match=r"labels must be of 'ill', 'well', as in .*, but are 'dead', 'ill'"):
        classes(tmp_path / "other", ["dead", "ill"], like=first.path)


def test_samples_of_unknown_label_have_the_earlier_classes(tmp_path):
    first = classes(tmp_path / "first", ["ill", "well"])
    other = classes(tmp_path / "other", [None, None], like=first.path)
    assert (other.class_names, other.batch().label.tolist()) == (("ill", "well"), [-1, -1])


def test_whole_numbers_are_values_where_the_earlier_labels_are(tmp_path):
    first = classes(tmp_path / "first", [0.5, 2.0])
    other = classes(tmp_path / "other", [1.0, 0.0, None], like=first.path)
    assert other.manifest["label"] == "value"
    assert other.batch().label.tolist() == [1.0, 0.0]
    assert other.manifest["samples_left_out"] == {"label is not known": 1}
    assert other.manifest["n_unlabelled"] == 0


@pytest.mark.parametrize(("labels", "others"), [([0.0, 1.0], [0.5, 1.0]), ([0.5, 1.5], ["ill", "well"])])
def test_labels_of_another_kind_are_refused(tmp_path, labels, others):
    first = classes(tmp_path / "first", labels)
    with pytest.raises(InputError, match="labels must be"):
        classes(tmp_path / "other", others, like=first.path)


def static(root, columns, **changes):
    """A folder of samples with static columns, a list of values a column."""
    count = len(next(iter(columns.values())))
    people = [sample(str(at), **{name: values[at] for name, values in columns.items()}) for at in range(count)]
    return made(root, [], GRID, people, **changes)


def test_missing_static_values_hold_the_earlier_median(tmp_path):
    first = static(tmp_path / "first", {"age": [20.0, None, 40.0, 60.0]})
    other = static(tmp_path / "other", {"age": [None, 90.0]}, like=first.path)
    assert other.static_names == ("age", "age_missing")
    assert other.batch().static.tolist() == [[40.0, 1.0], [90.0, 0.0]]


def test_the_column_that_says_what_is_missing_stays_though_nothing_is(tmp_path):
    first = static(tmp_path / "first", {"age": [20.0, None]})
    other = static(tmp_path / "other", {"age": [50.0]}, like=first.path)
    assert other.batch().static.tolist() == [[50.0, 0.0]]


def test_static_values_that_were_never_missing_are_filled_by_the_earlier_median(tmp_path):
    first = static(tmp_path / "first", {"age": [20.0, 30.0, 40.0]})
    other = static(tmp_path / "other", {"age": [None, 90.0]}, like=first.path)
    assert (other.static_names, other.batch().static.tolist()) == (("age",), [[30.0], [90.0]])
    assert other.manifest["static_filled"] == {"age": 1}


def test_values_that_the_folder_says_are_missing_are_not_counted_as_filled(tmp_path):
    first = static(tmp_path / "first", {"age": [20.0, None, 40.0]})
    other = static(tmp_path / "other", {"age": [None, 90.0]}, like=first.path)
    assert first.manifest["static_filled"] == other.manifest["static_filled"] == {}


def test_values_of_samples_that_are_left_out_are_not_counted_as_filled(tmp_path):
    first = made(tmp_path / "first", [event(0.0)], samples=[sample("a", age=20.0)])
    people = [sample("a", age=None), sample("b", subject="q", age=None)]
    other = made(tmp_path / "other", [event(0.0)], samples=people, like=first.path)
    assert (other.manifest["static_filled"], len(other)) == ({"age": 1}, 1)


def test_a_static_column_that_is_not_there_is_missing_where_the_model_knows_that(tmp_path):
    first = static(tmp_path / "first", {"age": [20.0, None, 40.0]})
    other = static(tmp_path / "other", {"left_out": [None]}, like=first.path)
    assert other.batch().static.tolist() == [[20.0, 1.0]]


def test_a_static_column_that_always_was_known_must_be_there(tmp_path):
    first = static(tmp_path / "first", {"age": [20.0]})
    with pytest.raises(InputError, match=r"static columns must be 'age', as in .*, but 'age' is not there"):
        static(tmp_path / "other", {"left_out": [None]}, like=first.path)


def test_a_column_that_is_called_as_missing_is_one_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setitem(TYPES, "age_missing", TYPES["age"])
    columns = {"age": [20.0, 30.0], "age_missing": [1.0, 0.0]}
    first = static(tmp_path / "first", columns)
    other = static(tmp_path / "other", columns, like=first.path)
    assert torch.equal(other.batch().static, first.batch().static)


@pytest.mark.parametrize("keys", [("spec",), ("spec", "reader", "static_fill")])
def test_a_folder_that_does_not_say_its_spec_is_refused(tmp_path, earlier, keys):
    path = earlier.path / MANIFEST
    said = {key: value for key, value in json.loads(path.read_text()).items() if key not in (*keys, "sha256", "shards")}
    path.unlink()
    write_manifest(earlier.path, said, earlier.shards)
    with pytest.raises(InputError, match="must say the spec that it was made by, but does not"):
        made(tmp_path / "other", ROWS, like=open_folder(earlier.path).path)
