"""What counted in events: plain sums over rows, however the run is cut into parts."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.stored import taken
from aition.view.plots import tally


def column(one, name):
    return one[name].values


def cut(one, *sizes):
    ends = np.cumsum(sizes)
    return [taken(one, np.arange(end - size, end), "sample") for size, end in zip(sizes, ends, strict=True)]


def alike(one, other):
    for name in ("by_code", "by_step", "by_value"):
        first, second = getattr(one, name), getattr(other, name)
        np.testing.assert_array_equal(first.code, second.code)
        np.testing.assert_array_equal(first.place, second.place)
        np.testing.assert_allclose(first.signed, second.signed, atol=1e-12)
        np.testing.assert_allclose(first.size, second.size)


def test_codes_are_summed_as_by_hand(events):
    one = events()
    counts = tally([one]).whole.by_code
    code, size = column(one, "row_feature"), column(one, "attribution")
    np.testing.assert_array_equal(counts.n_event, np.bincount(code))
    np.testing.assert_allclose(counts.size, np.bincount(code, np.abs(size)))
    np.testing.assert_allclose(counts.signed, np.bincount(code, size))


def test_steps_are_summed_as_by_hand(events):
    one = events()
    counts = tally([one]).whole.by_step
    np.testing.assert_array_equal(counts.low, np.unique(column(one, "row_time")))
    np.testing.assert_allclose(counts.size, np.bincount(column(one, "row_time"), np.abs(column(one, "attribution"))))


def test_a_fifth_of_the_values_is_summed_as_by_hand(events):
    one = events()
    counts = tally([one]).whole.by_value
    entry = int(np.flatnonzero((counts.code == 2) & (counts.place == 4))[0])
    value, size = column(one, "row_value"), column(one, "attribution")
    own = (column(one, "row_feature") == 2) & column(one, "row_observed")
    own &= (value >= counts.low[entry]) & (value <= counts.high[entry])
    assert counts.high[entry] == value[(column(one, "row_feature") == 2) & column(one, "row_observed")].max()
    assert counts.n_event[entry] == own.sum()
    np.testing.assert_allclose(counts.signed[entry], size[own].sum())


@pytest.mark.parametrize("sizes", [(5,), (1, 4), (2, 1, 2), (1, 1, 1, 1, 1)])
def test_parts_change_nothing(events, sizes):
    whole, parts = tally([events()]), tally(cut(events(), *sizes))
    alike(whole.whole, parts.whole)
    assert list(whole.classes) == list(parts.classes)
    for one in whole.classes:
        alike(whole.classes[one], parts.classes[one])


def test_a_class_is_counted_as_if_it_stood_alone(events):
    one = events()
    alone = tally([taken(one, np.array([1, 3]), "sample")])
    alike(tally([one]).classes[1], alone.whole)
    assert tally([one]).classes[1].n_sample == 2


def test_classes_and_the_rest_make_the_whole(events):
    index = np.array([0, -1, 1, 1, 0])
    counts = tally([events(target_class=(("sample",), index))])
    assert {one: some.n_sample for one, some in counts.classes.items()} == {0: 2, 1: 2}
    assert (counts.whole.n_sample, counts.meaning) == (5, "explained")
    assert counts.whole.by_code.n_event.sum() == 200


def test_where_no_class_was_explained_the_predicted_one_counts(events):
    one = events(target_class=(("sample",), np.full(5, -1)))
    counts = tally([one])
    assert counts.meaning == "predicted"
    assert sum(some.n_sample for some in counts.classes.values()) == 5


def test_values_without_classes_have_none(events):
    one = events(n_class=1, target_class=(("sample",), np.full(5, -1)))
    assert (tally([one]).classes, tally([one]).whole.n_sample) == ({}, 5)


def test_an_event_without_an_answer_is_left_out(events):
    size = np.ones(200)
    size[:40] = np.nan
    counts = tally([events(attribution=(("row",), size))]).whole
    assert counts.by_code.n_event.sum() == 160
    assert counts.by_value.n_event.sum() == 160


def test_the_asked_target_is_counted(events):
    size = np.random.default_rng(0).normal(size=200)
    both = events(attribution=(("row", "target"), np.stack([size, 2 * size], axis=1)),
                  target_class=(("sample", "target"), np.zeros((5, 2), dtype=int)))  # fmt: skip
    one, two = (tally([both], target=target).whole.by_code.size for target in (0, 1))
    np.testing.assert_allclose(two, 2 * one)


def test_shares_add_up_to_one(events):
    counts = tally([events()]).whole
    for sums in (counts.by_code, counts.by_step, counts.by_value):
        assert counts.shares(sums).sum() == pytest.approx(1)


def test_attributions_of_zero_have_no_shares(events):
    counts = tally([events(attribution=(("row",), np.zeros(200)))]).whole
    assert counts.shares(counts.by_code).tolist() == [0] * 6


@pytest.mark.parametrize("signed", [False, True])
def test_whether_anything_spoke_against_is_known(events, signed):
    assert tally([events(signed=signed)]).signed == signed


def test_cells_are_refused_by_name(explained):
    with pytest.raises(InputError, match=r"attribution must have the axis row.*\['sample', 'time', 'feature'\]"):
        tally([explained()])


def test_no_part_is_refused():
    with pytest.raises(InputError, match="at least one explanation"):
        tally([])
