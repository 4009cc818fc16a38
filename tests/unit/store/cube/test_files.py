"""Generations: there wholly or not at all."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest

from aition.core.errors import StoreError
from aition.store import open as open_run
from aition.store.cube.build import build, build_like
from aition.store.cube.files import CODES, CURRENT, FILES, KEPT, LOCK, SMALL
from aition.store.cube.opened import open_cube
from aition.store.cube.settle import Fineness
from aition.store.cube.stopping import unhindered
from aition.store.files import Lock
from stand_ins.cube_runs import series, write_run


def folders(run):
    return sorted(path.name for path in (run.path / "cube").iterdir() if path.is_dir())


def others(spec, n):
    """Specs of other runs' cubes, in whose cells one may count."""
    return [replace(spec, n_step=spec.n_step + 1 + place) for place in range(n)]


def test_a_new_cube_takes_the_place_of_the_old(run):
    build(run, progress="off")
    before = folders(run)
    build(run, fineness=Fineness(n_value=2), progress="off")
    assert len(folders(run)) == 1
    assert folders(run) != before


def test_cubes_of_both_alignments_stand_beside_each_other(run):
    for align in ("start", "end"):
        build(run, align=align, progress="off")
    assert len(folders(run)) == 2
    assert [open_cube(run, align=align).spec.align for align in ("start", "end")] == ["start", "end"]


def test_of_cubes_in_other_cubes_cells_the_newest_are_kept(run):
    build(run, progress="off")
    own = open_cube(run)
    likes = others(own.spec, KEPT + 2)
    for like in likes:
        build_like(run, like, progress="off")
    assert len(folders(run)) == 1 + KEPT
    assert open_cube(run).folder == own.folder
    assert [open_cube(run, like=like.digest).spec.n_step for like in likes[-KEPT:]] == [
        like.n_step for like in likes[-KEPT:]
    ]
    with pytest.raises(StoreError, match="has no cube"):
        open_cube(run, like=likes[0].digest)


def test_a_cube_in_another_s_cells_that_is_built_again_is_the_newest(run):
    build(run, progress="off")
    own = open_cube(run).spec
    likes = others(own, KEPT + 1)
    for place in (*range(KEPT), 0, KEPT):
        build_like(run, likes[place], progress="off")
    assert open_cube(run, like=likes[0].digest).spec.n_step == likes[0].n_step


def test_an_open_cube_in_another_s_cells_stays_readable_when_it_is_kept_no_longer(run):
    build(run, progress="off")
    own = open_cube(run).spec
    likes = others(own, KEPT + 1)
    build_like(run, likes[0], progress="off")
    first = open_cube(run, like=likes[0].digest)
    for like in likes[1:]:
        build_like(run, like, progress="off")
    assert not first.folder.exists()
    assert first.counted(np.ones(len(first), dtype=bool), (), 1.0, unhindered).n.sum() == first.n_row


def test_the_same_cube_again_is_the_same_folder(run):
    build(run, progress="off")
    before = folders(run)
    build(run, progress="off")
    assert folders(run) == before


def test_an_open_cube_stays_readable_when_another_takes_its_place(cube):
    everybody = np.ones(len(cube), dtype=bool)
    before = [piece.code for piece in cube.pieces(everybody)]
    build(cube.run, fineness=Fineness(n_value=2), progress="off")
    np.testing.assert_array_equal([piece.code for piece in cube.pieces(everybody)], before)
    assert len(cube.value(np.arange(len(cube)))) == cube.n_row


def test_two_builders_do_not_meet(run):
    (run.path / "cube").mkdir()
    lock = Lock(run.path / "cube" / LOCK)
    try:
        with pytest.raises(StoreError, match="is being written by another"):
            build(run, progress="off")
    finally:
        lock.release()
    build(run, progress="off")


def test_what_fails_leaves_the_cube_that_was_there(cube):
    def check():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(cube.run, fineness=Fineness(n_value=2), progress="off", check=check)
    assert open_cube(cube.run).folder == cube.folder


def test_a_builder_that_is_killed_leaves_the_cube_that_was_there(cube):
    script = """
        import os, signal, sys
        from aition.store import open as open_run
        from aition.store.cube import build, count
        from aition.store.cube.settle import Fineness
        def killed(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        count.write_cells = killed
        build.build(open_run(sys.argv[1]), fineness=Fineness(n_value=2), progress="off")
        """
    words = [sys.executable, "-c", textwrap.dedent(script), str(cube.run.path)]
    assert subprocess.run(words, check=False, env=os.environ).returncode == -signal.SIGKILL
    assert list((cube.run.path / "cube").glob(".*.part"))
    assert open_cube(cube.run).folder == cube.folder
    build(cube.run, progress="off")
    assert not list((cube.run.path / "cube").glob(".*.part"))


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_cut_off_is_named(cube, file):
    path = cube.folder / file
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(StoreError, match=f"{file} is missing or cut off; build the cube anew"):
        open_cube(cube.run)


@pytest.mark.parametrize("file", SMALL)
def test_a_small_file_that_was_changed_is_named(cube, file):
    path = cube.folder / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match=f"{file} was changed since it was written"):
        open_cube(cube.run)


def test_a_code_that_is_no_cell_is_found_when_it_is_read(cube):
    path = cube.folder / CODES
    path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(StoreError, match="was changed since; build the cube anew"):
        cube.table(np.arange(len(cube)) < 2)


def test_a_file_cut_off_while_it_is_open_is_found_when_it_is_read(cube):
    os.truncate(cube.folder / CODES, 8)
    with pytest.raises(StoreError, match="is cut off; build the cube anew"):
        cube.table(np.arange(len(cube)) < 2)


def test_a_torn_list_of_generations_is_named_and_written_anew(cube):
    path = cube.run.path / "cube" / CURRENT
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match=r"current\.json is torn or was changed"):
        open_cube(cube.run)
    build(cube.run, progress="off")
    assert open_cube(cube.run).folder == cube.folder


def test_the_cube_of_another_run_is_refused(cube, tmp_path):
    other = write_run(tmp_path / "other", series(5))
    (other.path / "cube").symlink_to(cube.run.path / "cube")
    with pytest.raises(StoreError, match="is of another run; build it anew"):
        open_cube(open_run(other.path))


def test_files_are_closed_with_the_cube(cube):
    descriptor = cube.codes
    os.fstat(descriptor)
    again = open_cube(cube.run)
    codes = again.codes
    del again
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(codes)


def test_a_full_disk_is_told_and_the_cube_that_was_there_is_kept(cube, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("aition.store.cube.count.write_cells", full)
    with pytest.raises(StoreError, match="No space left on device; the cube that was there is kept"):
        build(cube.run, fineness=Fineness(n_value=2), progress="off")
    assert open_cube(cube.run).folder == cube.folder
