"""A report of events: the same page, whose numbers are those of the rows."""

import numpy as np
import pytest

from aition.store.stored import taken
from aition.view.plots import tally
from aition.view.report import Picture, Report, Section, Study, Table, html, study_section
from aition.view.report.events import (
    class_numbers,
    codes_numbers,
    codes_seen,
    event_facts,
    event_pictures,
    events_numbers,
    events_seen,
    values_numbers,
)
from aition.view.report.study import agreement_blocks


def study(events, **changes):
    return Study("ward", {"occlusion": events()}, {}, class_names=("well", "ill"), **changes)


def every(block, kind):
    inside = getattr(block, "blocks", ())
    return [*([block] if isinstance(block, kind) else []), *(one for part in inside for one in every(part, kind))]


@pytest.fixture(scope="module")
def section(events):
    return study_section(study(events))


def test_a_study_of_events_has_pictures_of_codes_classes_values_and_examples(section):
    captions = [picture.numbers.caption for picture in every(section, Picture)]
    assert captions[:3] == [
        "What counted, by code",
        "What counted for each class",
        "What counted, by fifths of the values of a code",
    ]
    assert all("events with the largest |attribution|" in caption for caption in captions[3:])
    assert len(captions) > 3


def test_every_picture_is_on_the_page(section):
    page = html(Report("ward", "", "", (section,)))
    assert page.count("<svg") == len(every(section, Picture))


def test_the_facts_count_events_and_codes(events):
    facts = dict(event_facts(tally([events(valued=0.0)])))
    assert facts["Events"] == "200, 40 a sample"
    assert facts["Events without a value"] == "100 %"
    assert facts["Codes that occur"] == "6 of 6 in the vocabulary"


def test_a_study_needs_only_the_events_of_its_examples_beside_what_was_counted(events):
    whole = events(valued=0.0, target_class=(("sample",), np.ones(5, int)))
    only = whole.isel(row=whole["row_sample"].values == 3)
    some = Study("ward", {"occlusion": only}, {}, examples=("s3",), tallies={"occlusion": tally([whole])})
    section = study_section(some)
    facts = dict(every(section, Table)[0].rows)
    assert (facts["Events"], facts["Samples explained"]) == ("200, 40 a sample", "5")
    assert [part.title for part in every(section, Section)][-1] == "As asked for: s3"


def test_two_explainers_of_events_are_compared(events):
    (table,) = agreement_blocks(Study("ward", {"one": events(), "same": events()}, {}))
    assert table.rows[0][1].startswith("1.00")


def test_codes_stand_in_the_table_with_their_numbers(events):
    one = events()
    code, size = one["row_feature"].values, one["attribution"].values
    first = int(np.bincount(code, np.abs(size)).argmax())
    row = codes_numbers(tally([one])).rows[0]
    assert row[:2] == (f"c{first}", str((code == first).sum()))
    assert float(row[3]) == pytest.approx(np.abs(size[code == first]).mean(), rel=0.01)
    assert float(row[4]) == pytest.approx(size[code == first].mean(), rel=0.01)


def test_the_step_that_counts_most_is_named(events):
    one = events()
    step = int(np.bincount(one["row_time"].values, np.abs(one["attribution"].values)).argmax())
    assert codes_seen(tally([one])).endswith(f"largest in step {step}.")


def test_classes_have_their_own_codes(events):
    one = events()
    alone = tally([taken(one, np.array([1, 3]), "sample")])
    first = alone.names[alone.whole.by_code.code[alone.whole.by_code.size.argmax()]]
    rows = class_numbers(tally([one]), ("well", "ill")).rows
    assert rows[1][:2] == ("ill", "2")
    assert rows[1][2].startswith(f"{first} (")


def test_one_class_and_no_values_leave_the_picture_of_the_codes(events):
    bare = events(valued=0.0, target_class=(("sample",), np.ones(5, int)))
    pictures = event_pictures(tally([bare]), name="a", class_names=())
    assert [picture.numbers.caption for picture in pictures] == ["What counted, by code"]


def test_events_without_values_are_a_row_of_their_own(events):
    rows = values_numbers(tally([events(n_code=1)])).rows
    assert sorted(row[1] for row in rows)[-1] == "no value"
    assert sum(int(row[2]) for row in rows) == 200


def test_the_events_of_a_sample_are_told_the_strongest_first(events):
    one = events()
    size = one["attribution"].values[one["row_sample"].values == 2]
    told = [float(row[3]) for row in events_numbers(one, "s2", variable="attribution").rows]
    np.testing.assert_allclose(told, size[np.argsort(-np.abs(size))][:20], rtol=0.01)


@pytest.mark.parametrize(("sign", "way"), [(1, "for"), (-1, "against")])
def test_what_the_strongest_event_speaks_for_is_said(events, sign, way):
    one = events(attribution=(("row",), sign * np.arange(1.0, 201)))
    assert f"The strongest speaks {way}: c" in events_seen(one, "s2", variable="attribution", class_names=())
