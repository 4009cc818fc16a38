"""The app's server: seconds until it answers, ms of each question as a client sees them, and memory.

A store is served by the command line in a process of its own, and asked over the loopback as the page asks: every
question several times, each time of another cohort, sequence or brush, so that no answer comes from memory. The server
is started twice: its cube is built the first time (import) and read the second (ready). With ``--model`` what-if is
asked too. Where no store is named, a run of 1.2 million rows is written first. Memory is the server's, without the
model's process: when it is ready, at its largest, and after three idle seconds.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench_cube import write_run
from serving import served

from aition.view.web.frames import read_frame

ALL: dict[str, Any] = {"all": []}
Ask = Callable[[str, dict[str, Any]], bytes]


def questions(ask: Ask, *, has_model: bool) -> dict[str, Callable[[int], tuple[str, dict[str, Any]]]]:
    """Questions by name, each another one for another number."""
    opened = json.loads(ask("open", {}))
    columns = [one["name"] for one in opened["columns"]]
    n_feature, n_time = len(opened["spec"]["features"]), len(opened["spec"]["time_edges"]) + 1
    rows = json.loads(ask("list", {"cohort": ALL, "selection": {}, "n": 200}))["rows"]
    ids = [row["id"] for row in rows]

    def cohort(k: int) -> dict[str, Any]:
        return {"column": "score", "from": -1e6 - k}

    def brush(k: int) -> dict[str, Any]:
        return {"features": [k % n_feature], "time": [k % n_time, n_time - 1]}

    found: dict[str, Callable[[int], tuple[str, dict[str, Any]]]] = {
        "cube, all": lambda k: ("cube", {"cohort": cohort(k)}),
        "cube, half, approximate": lambda k: ("cube", {"cohort": half(opened, k), "approximate": 4000}),
        "cube, half, exact": lambda k: ("cube", {"cohort": half(opened, k)}),
        "intervals": lambda k: ("intervals", {"cohort": ALL, "selection": brush(k)}),
        "sequences": lambda k: ("sequences", {"cohort": ALL, "selection": brush(k), "columns": columns}),
        "sequences, approximate": lambda k: (
            "sequences",
            {"cohort": ALL, "selection": brush(k), "columns": columns, "approximate": 4000},
        ),
        "list": lambda k: ("list", {"cohort": ALL, "selection": brush(k)}),
        "sequence": lambda k: ("sequence", {"id": ids[k % len(ids)]}),
        "embedding": lambda k: ("embedding", {"cohort": cohort(k)}),
        "pairs": lambda k: ("pairs", {"cohort": ALL, "selection": brush(0) | {"features": list(range(n_feature))}}),
        "patterns": lambda k: ("patterns", {"cohort": ALL, "selection": {}, "feature": k % n_feature}),
        "trust": lambda k: ("trust", {}),
    }
    if has_model:
        edit = {"feature": 0, "first": 0, "last": 2}
        found["what_if"] = lambda k: ("what_if", {"id": ids[0], "edits": [edit | {"value": float(k)}]})
    return found


def half(opened: dict[str, Any], k: int) -> dict[str, Any]:
    """About half of the sequences, others for another number."""
    number = next(one for one in opened["columns"] if one["kind"] == "number" and one["name"] == "score")
    return {"column": "score", "from": number["bins"][len(number["bins"]) // 2] + k * 1e-6}


def timed(ask: Ask, make: Callable[[int], tuple[str, dict[str, Any]]], n: int) -> list[float]:
    """Milliseconds of each of several questions."""
    found = []
    for k in range(n):
        began = time.perf_counter()
        ask(*make(k))
        found.append(1000 * (time.perf_counter() - began))
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", nargs="?", type=Path)
    parser.add_argument("--quick", action="store_true", help="each question three times")
    parser.add_argument("--model", default="")
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--only", default="", help="questions whose names hold this")
    options = parser.parse_args()
    if options.quick:
        options.repeat = 3
    with TemporaryDirectory(prefix="aition-serve-") as folder:
        if not options.store:
            options.store = Path(folder) / "run"
            write_run(options.store, 1_200_000, 0)
        told(options)


def told(options: argparse.Namespace) -> None:
    """Serve and ask."""
    words = [os.fspath(options.store), *(["--model", options.model] if options.model else [])]
    with served(words) as server:
        print(f"import and cube, where it was not there: {server.seconds:.1f} s")
    with served(words) as server:
        print(f"ready: {server.seconds:.1f} s, {server.memory_mb:.0f} MB")
        largest, ask = 0.0, server.ask
        content = ask("cube", {"cohort": ALL})
        rows = int(read_frame(content)[1]["n"].sum())
        print(f"{rows:,} rows; a cube is {len(content) / 1e6:.1f} MB")
        for name, make in questions(ask, has_model=bool(options.model)).items():
            if options.only not in name:
                continue
            found = timed(ask, make, options.repeat if name not in ("patterns", "pairs") else min(options.repeat, 5))
            largest = max(largest, server.memory_mb)
            p95 = found[min(len(found) - 1, round(0.95 * len(found)))]
            print(f"  {name:26} median {statistics.median(found):7.1f} ms   p95 {p95:7.1f} ms")
        time.sleep(3)
        print(f"memory: {largest:.0f} MB at most between questions, {server.memory_mb:.0f} MB at rest")


if __name__ == "__main__":
    main()
