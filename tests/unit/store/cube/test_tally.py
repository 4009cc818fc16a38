"""Tallies."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aition.store.cube import tally as module
from aition.store.cube.tally import Tally


@given(st.lists(st.lists(st.tuples(st.integers(0, 30), st.floats(-9, 9, width=32)), max_size=20), max_size=4))
def test_places_that_have_rows_are_counted_the_same_whether_all_have_an_entry_or_not(batches):
    dense, sparse = Tally(31), Tally(module.DENSE_PLACES + 1)
    assert (dense.dense, sparse.dense) == (True, False)
    for batch in batches:
        place = np.array([one for one, _ in batch], dtype=np.int64)
        attribution = np.array([two for _, two in batch], dtype=np.float32)
        dense.add(place, attribution)
        sparse.add(place, attribution)
    for one, other in zip(dense.found(), sparse.found(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    assert dense.found()[1].sum() == sum(map(len, batches))
