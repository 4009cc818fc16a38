"""Cubes of stored runs: how long they take to build and to answer, beside DuckDB over the same rows.

A run of N rows is written as explain() writes it (stays of up to 48 hours with 34 features, float32), its cube is built
in a process of its own, and another process opens it and answers what the app asks, each question several times, the
cohort's table in turns with DuckDB over the run's rows as one Parquet table of (sample, group, cell, attribution),
which is what SQL would need. Times are medians in ms, of wall and of CPU, unless it says otherwise; peaks of memory
are those of the processes. The default is 1.2, 20, 41 and 100 million rows; ``--quick`` is 1.2.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DEFAULT = (1.2, 20.0, 41.0, 100.0)


@dataclass(frozen=True)
class Shape:
    """Of a run: steps, features, the shortest sample, samples a shard, and which share of values is measured."""

    n_time: int = 48
    n_feature: int = 34
    shortest: int = 24
    shard: int = 256
    measured: float = 0.4


STAYS = Shape()


def write_run(path: Path, n_row: int, seed: int, shape: Shape = STAYS) -> int:
    """A run of at least so many rows, by no more than a shard; how many there are."""
    from aition import store
    from aition.core.explanation import ATTRIBUTES, SCHEMA, explanation

    attrs = dict.fromkeys(ATTRIBUTES, "") | {"schema": SCHEMA, "seconds": 0.0, "settings": "{}", "device": "cpu"}
    sink = store.create(path, shard_size=shape.shard)
    sink.begin(attrs | {"seed": 0, "explainer": "integrated-gradients"})
    made, shard = 0, 0
    n_sample, size = shape.shard, (shape.shard, shape.n_time, shape.n_feature)
    steps, level = np.arange(shape.n_time), np.random.default_rng(seed).normal(80, 20, shape.n_feature).astype("f4")
    while made < n_row:
        draw = np.random.default_rng([seed, shard])
        exists = steps < draw.integers(shape.shortest, shape.n_time + 1, n_sample)[:, None]
        observed = exists[:, :, None] & (draw.random(size, dtype="f4") < shape.measured)
        value = level + 10 * draw.standard_normal(size, dtype="f4")
        attribution = 0.01 * draw.standard_normal(size, dtype="f4")
        attribution += np.where(value > level + 10, np.float32(0.02), np.float32(0))
        value[~observed], value[~exists], attribution[~exists] = 0, np.nan, np.nan
        prediction = draw.standard_normal((n_sample, 2), dtype="f4")
        cells = ("sample", "time", "feature")
        variables = {
            "value": (cells, value), "observed": (cells, observed), "exists": (("sample", "time"), exists),
            "times": (("sample", "time"), np.where(exists, steps.astype(float), np.nan)),
            "static_value": (("sample", "static"), draw.integers(18, 95, (n_sample, 1)).astype("f4")),
            "label": (("sample",), draw.integers(0, 2, n_sample)), "prediction": (("sample", "class"), prediction),
            "score": (("sample",), prediction[:, 1]), "attribution": (cells, attribution),
        }  # fmt: skip
        coords = {
            "sample": [f"s{shard * n_sample + i}" for i in range(n_sample)], "time": steps,
            "feature": [f"measure {i}" for i in range(shape.n_feature)], "static": ["age"],
        }  # fmt: skip
        sink.commit(shard, f"data {shard}", explanation(variables, coords=coords, attrs=attrs))
        made, shard = made + int(exists.sum()) * shape.n_feature, shard + 1
    sink.finish(shard, {"created_at": "", "seconds": 0.0, "data_sha256": ""})
    sink.close()
    return made


def child(words: list[str]) -> tuple[dict[str, Any], float, float]:
    """Run this file in a process of its own: what it prints, seconds, and the peak of its memory in MB."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{words} failed")
    return json.loads(said.splitlines()[-1]), time.perf_counter() - began, used.ru_maxrss / 1024


def build(path: Path) -> dict[str, Any]:
    """Build the cube."""
    from aition.store import open as open_run
    from aition.store.cube.build import build as build_cube

    began = time.perf_counter()
    build_cube(open_run(path), progress="off")
    return {"build_s": time.perf_counter() - began, "build_cpu_s": time.process_time()}


def timed(times: int, *questions: Callable[[], Any]) -> list[tuple[float, float]]:
    """Median milliseconds and CPU milliseconds of each question, asked in turns."""
    found = np.zeros((len(questions), times, 2))
    for turn in range(times):
        for place, question in enumerate(questions):
            began, used = time.perf_counter(), time.process_time()
            question()
            found[place, turn] = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)
    return [(float(wall), float(cpu)) for wall, cpu in np.median(found, axis=1)]


def ask(path: Path, times: int) -> dict[str, Any]:
    """Open the cube and ask it."""
    began = time.perf_counter()
    from aition.store import open as open_run
    from aition.store.cube.opened import open_cube
    from aition.store.summary.brushed import brushed
    from aition.store.summary.intervals import intervals
    from aition.store.summary.pairs import pairs
    from aition.store.summary.patterns import patterns
    from aition.store.summary.selection import Selection
    from aition.store.summary.sequence import nearest, sequence

    imported = time.perf_counter()
    cube = open_cube(open_run(path))
    opened = time.perf_counter()
    cube.everybody.n.astype("u4"), cube.everybody.total.astype("f4"), cube.everybody.squares.astype("f4")
    painted = time.perf_counter()
    lines = Path("/proc/self/status").read_text().splitlines()
    after_open = int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
    draw = np.random.default_rng(0)
    half = cube.samples["age"] >= np.median(cube.samples["age"])
    third = draw.random(len(cube)) < 1 / 3
    everybody = np.ones(len(cube), dtype=np.bool_)
    brush = Selection(features=(0, 5, 7), time=(10, 30), attribution=(12, cube.spec.n_attribution - 1))
    names = [f"s{one}" for one in draw.integers(0, len(cube), 60)]
    found = {
        "rows": cube.n_row, "samples": len(cube), "cells": len(cube.spec.groups) * cube.spec.n_cell,
        "import_s": imported - began, "open_s": opened - imported, "first_table_s": painted - imported,
        "rss_after_open_mb": after_open,
    }  # fmt: skip
    for name, (question, often) in {
        "cohort_half_exact": (lambda: cube.table(half), times),
        "cohort_third_exact": (lambda: cube.table(third), times),
        "cohort_approximate_1000": (lambda: cube.table(half, most=1000), times),
        "brushed_exact": (lambda: brushed(cube, everybody, brush), times),
        "brushed_approximate_1000": (lambda: brushed(cube, everybody, brush, most=1000), times),
        "intervals_1000": (lambda: intervals(cube, everybody, Selection()), times),
        "intervals_500": (lambda: intervals(cube, everybody, Selection(), most=500), times),
        "pairs_12_1000": (lambda: pairs(cube, everybody, Selection()), 2),
        "patterns_1500": (lambda: patterns(cube, everybody, Selection(), feature=0), 1),
    }.items():
        found[name], found[f"{name}_cpu"] = timed(often, question)[0]
    found["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    drilled = [timed(1, lambda name=name: (sequence(cube, name), nearest(cube, name)))[0] for name in names]
    for place, clock in enumerate(("", "_cpu")):
        for q in (50, 95):
            found[f"sequence_p{q}{clock}"] = float(np.quantile([one[place] for one in drilled], q / 100))
    return found


def beside(path: Path, rows: Path, times: int) -> dict[str, Any]:
    """The table of a cohort, by codes and by DuckDB over the same rows, in turns."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    from aition.store import open as open_run
    from aition.store.cube.opened import open_cube

    cube = open_cube(open_run(path))
    with pq.ParquetWriter(rows, pa.schema([("sample", pa.int32()), ("grp", pa.int8()), ("cell", pa.uint32()),
                                           ("attribution", pa.float32())])) as table:  # fmt: skip
        for piece in cube.pieces(np.ones(len(cube), dtype=np.bool_)):
            sample = np.repeat(piece.sample, piece.n_row)
            columns = [sample.astype("i4"), cube.group[sample].astype("i1"), piece.code, piece.attribution]
            table.write_table(pa.table([pa.array(one) for one in columns], schema=table.schema))
    connection = duckdb.connect(config={"threads": 2})
    third = np.random.default_rng(0).random(len(cube)) < 1 / 3
    connection.register("chosen", pa.table({"sample": pa.array(np.flatnonzero(third).astype("i4"))}))
    query = f"""
        SELECT grp, cell, count(*) AS n, sum(attribution::DOUBLE) AS total, sum(attribution::DOUBLE ** 2) AS squares
        FROM '{rows}' SEMI JOIN chosen USING (sample) GROUP BY grp, cell"""
    own, sql = timed(times, lambda: cube.table(third), lambda: connection.sql(query).to_arrow_table())
    answer = connection.sql(query).to_arrow_table()
    same = int(np.sum(answer["n"].to_numpy())) == int(cube.table(third).n.sum())
    return {"codes": own, "duckdb_2_threads": sql, "same": same}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1.2 million rows only")
    parser.add_argument("--rows", type=float, nargs="*", default=DEFAULT, help="millions of rows")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, help="folder for all files; a temporary one where none is named")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        kind, path = asked.child[0], Path(asked.child[1])
        answer = {
            "build": lambda: build(path), "ask": lambda: ask(path, asked.times),
            "beside": lambda: beside(path, path.parent / "rows.parquet", asked.times),
        }[kind]()  # fmt: skip
        print(json.dumps(answer))
        return
    for millions in (1.2,) if asked.quick else asked.rows:
        work = Path(tempfile.mkdtemp(prefix="aition-cube-", dir=asked.work))
        try:
            write_run(work / "run", int(millions * 1e6), asked.seed)
            words = ["--times", str(asked.times), "--child"]
            built, whole, peak = child([*words, "build", str(work / "run")])
            size = sum(path.stat().st_size for path in (work / "run" / "cube").rglob("*") if path.is_file())
            found, _, _ = child([*words, "ask", str(work / "run")])
            other, _, _ = child([*words, "beside", str(work / "run")])
            told = {**built, "build_process_s": whole, "build_peak_mb": peak}
            told |= {"bytes_a_row": size / found["rows"], **found, "beside": other}
            for name, value in told.items():
                print(f"  {name:26s} {value:12,.1f}" if isinstance(value, float) else f"  {name:26s} {value!s:>12s}")
            print(json.dumps({"benchmark": "cube", "millions": millions, **told}), flush=True)
        finally:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
