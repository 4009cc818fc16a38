"""Runs and cubes of them."""

import pytest

from aition.store.cube.build import build
from aition.store.cube.opened import open_cube
from stand_ins.cube_runs import series, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run", series(0))


@pytest.fixture
def cube(run):
    build(run, progress="off")
    return open_cube(run)
