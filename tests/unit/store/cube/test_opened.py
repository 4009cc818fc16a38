"""OpenCube: rows and counts of some samples."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.store.cube import opened
from aition.store.cube.build import build
from aition.store.cube.settle import Fineness


def test_pieces_have_the_rows_of_each_sample_in_order(cube, monkeypatch):
    monkeypatch.setattr(opened, "AT_ONCE", 7)
    mask = np.arange(len(cube)) % 3 != 1
    pieces = list(cube.pieces(mask))
    assert len(pieces) > 2
    np.testing.assert_array_equal(np.concatenate([piece.sample for piece in pieces]), np.flatnonzero(mask))
    codes = np.fromfile(cube.folder / "codes.u4", "<u4")
    own = np.concatenate([np.arange(*cube.starts[one : one + 2]) for one in np.flatnonzero(mask)])
    np.testing.assert_array_equal(np.concatenate([piece.code for piece in pieces]), codes[own])


def test_nobody_has_no_pieces(cube):
    assert not list(cube.pieces(np.zeros(len(cube), dtype=bool)))


def test_rows_that_are_read_are_counted(cube):
    few = np.arange(len(cube)) < 3
    cube.table(few)
    assert (cube.scanned.n_row, cube.scanned.n_byte) == (cube.starts[3], 8 * cube.starts[3])
    cube.table(np.ones(len(cube), dtype=bool))
    cube.table(~few, features=(0,))
    cube.table(~few, most=1)
    assert cube.scanned.n_row <= cube.starts[3] * 2 + np.diff(cube.starts).max()


def test_some_are_among_the_cohort_and_more_have_the_fewer(cube):
    mask = np.arange(len(cube)) % 2 == 0
    few, more = cube.some(mask, 2), cube.some(mask, 4)
    assert (few.sum(), more.sum()) == (2, 4)
    assert not (few & ~more).any()
    assert not (more & ~mask).any()


def test_a_part_of_a_cohort_is_no_exact_count(cube):
    cohort = np.arange(len(cube)) < 10
    table = cube.table(cohort, most=3)
    assert (table.share, table.exact, table.n_sample.sum()) == (0.3, False, 3)
    assert cube.table(cohort, most=100).exact


def test_all_are_counted_exactly_without_looking_at_any(cube):
    table = cube.table(np.ones(len(cube), dtype=bool), most=3)
    assert (table.exact, table.n.sum(), cube.scanned.n_row) == (True, cube.n_row, 0)


def test_nobody_is_counted_exactly(cube):
    table = cube.table(np.zeros(len(cube), dtype=bool))
    assert (table.exact, table.n.sum()) == (True, 0)


def test_a_cube_that_was_built_anew_stays_readable_where_it_is_open(cube):
    before = cube.whole((1,)).n.copy()
    build(cube.run, fineness=Fineness(n_value=2), progress="off")
    assert not cube.folder.exists()
    np.testing.assert_array_equal(cube.whole((1,)).n, before)


def test_everybody_is_not_changed_by_those_who_are_left_out(cube):
    before = cube.everybody.n.copy(), cube.everybody.total.copy()
    cube.table(np.arange(len(cube)) != 0)
    np.testing.assert_array_equal(cube.everybody.n, before[0])
    np.testing.assert_array_equal(cube.everybody.total, before[1])


def test_cells_without_rows_have_sums_of_exactly_0(cube):
    table = cube.table(np.arange(len(cube)) > 1)
    assert not table.total[table.n == 0].any()
    assert not table.squares[table.n == 0].any()


def test_threads_may_ask_at_once(cube):
    masks = [np.arange(len(cube)) % 4 == one for one in range(4)] * 5
    with ThreadPoolExecutor(4) as threads:
        tables = list(threads.map(cube.table, masks))
    for mask, table in zip(masks, tables, strict=True):
        np.testing.assert_array_equal(table.n, cube.table(mask).n)


def test_an_id_that_is_not_there_is_named(cube):
    with pytest.raises(InputError, match="no sample 'nobody'"):
        cube.position("nobody")
