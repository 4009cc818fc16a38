"""The grid of pairs at the size of ViSFA's students: 2,080 sequences of 180 days with 16 features, 6 million rows.

ViSFA draws for every two features which of their values occur together among the brushed events. Its own code took 36 s
a brush for this many events; that figure was measured before, on two cores under load, and its code is not here. Beside
it stands the same counting as a literal loop, whose counts must be those of the app's grid. Each day has a bin of its
own.
"""

import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from bench_cube import Shape
from numpy.typing import NDArray

from aition.store import open as open_run
from aition.store.cube.opened import OpenCube, open_cube
from aition.store.summary.pairs import pairs
from aition.store.summary.selection import Selection

STUDENTS = Shape(n_time=180, n_feature=16, shortest=180, shard=208, measured=1.0)
N_ROW = 2080 * 180 * 16
VISFA_S = 36.0


def literal(cube: OpenCube, selection: Selection) -> NDArray[np.int64]:
    """In how many sequences two values occur at one time, ``[value, value]``, among the selected rows; a plain loop."""
    spec, meant = cube.spec, selection.mask(cube.spec).reshape(-1)
    measured = [value for value in range(spec.n_value) if value not in set(spec.first_value[:-1].tolist())]
    n = np.zeros((spec.n_value, spec.n_value), dtype=np.int64)
    for piece in cube.pieces(np.ones(len(cube), dtype=np.bool_)):
        sequences: dict[int, dict[int, list[int]]] = {}
        for sequence, code in zip(piece.owner().tolist(), piece.code.tolist(), strict=True):
            if meant[code]:
                value, step = divmod(code // spec.n_attribution, spec.n_time)
                sequences.setdefault(sequence, {}).setdefault(step, []).append(value)
        for steps in sequences.values():
            together = {pair for values in steps.values() for pair in combinations(sorted(set(values)), 2)}
            for one, other in together:
                n[one, other] += 1
                n[other, one] += 1
    return n[np.ix_(measured, measured)]


def counted(path: Path, times: int) -> dict[str, Any]:
    """Seconds of the app's grid of all sequences and features, p95 over brushes, and of the loop; do they agree?"""
    cube = open_cube(open_run(path))
    spec, everyone = cube.spec, np.ones(len(cube), dtype=np.bool_)
    brushes = [Selection(attribution=(first, spec.n_attribution - 1)) for first in range(1, times + 1)]
    spent, used = [], []
    for brush in brushes:
        began, busy = time.perf_counter(), time.process_time()
        found = pairs(cube, everyone, brush, top=len(spec.features), most=len(cube))
        spent.append(time.perf_counter() - began)
        used.append(time.process_time() - busy)
    began = time.perf_counter()
    oracle = literal(cube, brushes[-1])
    loop = time.perf_counter() - began
    place = {value: k for k, value in enumerate(v for v in range(spec.n_value) if v not in set(spec.first_value[:-1]))}
    own = [place[int(spec.first_value[feature]) + bin_] for feature, bin_ in found.values]
    feature = np.array([one for one, _ in found.values])
    apart = feature[:, None] != feature
    return {
        "grid_s_p95": float(np.quantile(spent, 0.95)), "grid_cpu_s_p95": float(np.quantile(used, 0.95)),
        "literal_loop_s": loop, "visfa_s": VISFA_S,
        "rows": cube.n_row, "events": cube.n_row // len(spec.features),
        "same_counts": bool((found.n[apart] == oracle[np.ix_(own, own)][apart]).all()),
    }  # fmt: skip
