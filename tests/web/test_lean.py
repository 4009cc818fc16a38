"""What a server of a cube that is there does not load: packages that take long to import, and much memory."""

import json
import os
import subprocess
import sys

import pytest

from stand_ins.web import made, written

LEFT_OUT = (
    "duckdb", "matplotlib", "pandas", "pyarrow.compute", "pyarrow.dataset", "scipy", "sklearn", "torch", "xarray",
)  # fmt: skip
ALL, BRUSH = {"all": []}, {"features": [0], "time": [1, 3]}
BODIES = {
    "open": {},
    "cube": {"cohort": {"column": "score", "from": 0}},
    "compare": {"other": "second", "cohort": ALL},
    "intervals": {"cohort": ALL, "selection": BRUSH},
    "sequences": {"cohort": {"rows": BRUSH}, "selection": BRUSH, "columns": ["predicted", "score"]},
    "list": {"cohort": ALL, "selection": BRUSH},
    "sequence": {"id": "s0"},
    "embedding": {"cohort": ALL},
    "pairs": {"cohort": ALL, "selection": {}},
    "patterns": {"cohort": ALL, "selection": {}, "feature": 0},
    "trust": {},
}
CODE = """
import json, sys
from pathlib import Path
import aition.cli.serve, aition.view.web.app, aition.view.web.running, aition.view.web.static
from aition.store.cube.stopping import unhindered
from aition.view.web.questions import QUESTIONS
from aition.view.web.runs import Runs
from aition.view.web.served import Served
what = Served(Runs.at([Path(one) for one in sys.argv[3:]]))
what.runs.prepare(progress="off")
for name, body in json.loads(sys.argv[1]).items():
    QUESTIONS[name].answer(what, body, unhindered)
print(*(name for name in json.loads(sys.argv[2]) if name in sys.modules))
"""


def loaded(bodies, stores):
    """Which of the packages that are to be left out a new process has loaded when it has answered."""
    words = [json.dumps(bodies), json.dumps(LEFT_OUT), *map(os.fspath, stores)]
    done = subprocess.run([sys.executable, "-c", CODE, *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Two runs whose cubes are there."""
    here = tmp_path_factory.mktemp("lean")
    found = written(here / "first", made()), written(here / "second", made(seed=0, explainer="occlusion"))
    loaded(BODIES, found)
    return found


def test_a_server_of_a_cube_that_is_there_is_lean_whatever_it_is_asked(stores):
    assert loaded(BODIES, stores) == []
