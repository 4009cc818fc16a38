"""What counted most is a plain mean over the existing cells, however the run is cut into shards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.cli.top import counted_by_class, largest
from aition.core.errors import InputError
from aition.core.explanation import ATTRIBUTES, SCHEMA, explanation

ATTRS = dict.fromkeys(ATTRIBUTES, "") | {"schema": SCHEMA}


def run(seed=0, *, n_sample=6, n_time=4, n_feature=3):
    """An attribution with padding behind unequal lengths, and the explained classes."""
    generator = np.random.default_rng(seed)
    cells = generator.normal(size=(n_sample, n_time, n_feature))
    lengths = generator.integers(1, n_time + 1, n_sample)
    cells[np.arange(n_time)[None] >= lengths[:, None]] = np.nan
    return cells, generator.integers(0, 2, n_sample)


def parts(cells, classes, sizes):
    first = 0
    for size in sizes:
        rows = slice(first, first + size)
        first += size
        variables = {
            "attribution": (("sample", "time", "feature"), cells[rows]),
            "target_class": (("sample",), classes[rows]),
        }
        yield explanation(variables, coords={}, attrs=ATTRS)


@given(st.integers(0, 9), st.sampled_from([(6,), (1, 5), (2, 2, 2), (1, 1, 1, 1, 1, 1)]))
def test_shards_change_nothing(seed, sizes):
    cells, classes = run(seed)
    whole, _ = counted_by_class(parts(cells, classes, sizes), target=0)
    with np.errstate(invalid="ignore"):
        expected = np.nansum(np.abs(cells), axis=(0, 1)) / (~np.isnan(cells)).sum(axis=(0, 1))
    np.testing.assert_allclose(whole.mean("feature"), expected)
    assert whole.n_sample == 6


def test_classes_add_up_to_the_whole():
    cells, classes = run()
    whole, by_class = counted_by_class(parts(cells, classes, (4, 2)), target=0)
    np.testing.assert_allclose(sum(one.total for one in by_class.values()), whole.total)
    assert sum(one.n_sample for one in by_class.values()) == whole.n_sample


def test_shares_add_up_to_one():
    cells, classes = run()
    whole, _ = counted_by_class(parts(cells, classes, (6,)), target=0)
    np.testing.assert_allclose([whole.share("time").sum(), whole.share("feature").sum()], 1)


def test_an_attribution_of_zeros_has_no_shares():
    cells, classes = run()
    whole, _ = counted_by_class(parts(cells * 0, classes, (6,)), target=0)
    assert whole.share("feature").tolist() == [0, 0, 0]


def test_the_asked_target_is_counted():
    cells, _ = run()
    both = np.stack([cells, 2 * cells], axis=1)
    part = explanation({"attribution": (("sample", "target", "time", "feature"), both)}, coords={}, attrs=ATTRS)
    one, two = (counted_by_class([part], target=target)[0].total for target in (0, 1))
    np.testing.assert_allclose(two, 2 * one)


@pytest.mark.parametrize("target", [2, -1])
def test_a_target_that_is_not_there_is_named(target):
    cells, _ = run()
    part = explanation(
        {"attribution": (("sample", "target", "time", "feature"), np.stack([cells, cells], 1))}, coords={}, attrs=ATTRS
    )
    with pytest.raises(InputError, match="0 to 1"):
        counted_by_class([part], target=target)


def test_a_run_without_attributions_of_cells_says_what_it_holds():
    part = explanation({"dream": (("draw", "time"), np.zeros((1, 2)))}, coords={}, attrs=ATTRS)
    with pytest.raises(InputError, match="dream"):
        counted_by_class([part], target=0)


def test_the_largest_come_first_and_nan_never():
    assert largest(np.array([1.0, np.nan, 3.0, 2.0]), ["a", "b", "c", "d"], 3) == [("c", 2), ("d", 3), ("a", 0)]
