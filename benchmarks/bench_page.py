"""The app in Chromium: from a brush to what is painted, cohorts, cases, memory, what is sent, beside the targets.

    bench_page.py                     runs of 1.2, 20, 41 and 100 million rows, what if, and ViSFA's size
    bench_page.py --quick             1.2 million rows and what if
    bench_page.py --sizes 20          one size
    bench_page.py table FILE          rows that were kept, as tables

A run is written as explain() writes it, its cube is built by ``aition cube`` (import), ``aition serve`` is started on
it (ready), and the page is opened in a browser without history (first paint). Then it is used as people use it, by
mouse and keys through the browser: see ``browsing.py``. Milliseconds are from the event, as the browser stamps it,
until the frame is through in which every view that the page computes by itself is painted anew. Of brushes the worst of
four kinds counts: a range of attributions, a span of time, values, outcomes. ``settled`` waits also for the views that
the server answers, and for the page's own wait until a brush rests.

The page must be built (``make page``). A load on the machine tells in every figure; it is kept beside them.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import browsing
import numpy as np
from bench_cube import write_run
from browsing import Sample, Visit, chromium, opened
from grid import N_ROW, STUDENTS, counted
from serving import CODE, Serving, served
from targets import SIZES, table

from aition.view.web.static import PAGE, page_files

Found = dict[str, Any]
WIDGET = "/widget.js"
MODEL = (
    "simulate hospital --stays 300 --as batch --out wards",
    "train measured-gru wards:train --epochs 1 --to gru.safetensors",
    "explain gru.safetensors wards:held_out --target class=1 --versus class=0 "
    "--set baseline=background-mean --background wards:train --to run",
)


def command(words: str, folder: Path) -> float:
    """Run ``aition`` in a folder; seconds."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", CODE, *words.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


def quantiles(name: str, of: list[float], *shares: float) -> Found:
    """Of milliseconds, by name."""
    return {f"{name}_ms_p{100 * one:.0f}": float(np.quantile(of, one)) for one in shares or (0.5, 0.95)} if of else {}


def brushes(visit: Visit, server: Serving, n: int) -> Found:
    """Brushes of every kind; of all the worst."""
    n_time = len(json.loads(server.ask("open", {}))["spec"]["time_edges"]) + 1
    ways: dict[str, Callable[[], list[Sample]]] = {
        "attribution": lambda: browsing.by_keys(visit, ".attribution .over", n),
        "time": lambda: browsing.by_drag(visit, ".timeline .over", n, n_bin=n_time),
        "values": lambda: browsing.values(visit, n),
        "outcomes": lambda: browsing.groups(visit, n),
    }
    found: Found = {}
    for name, way in ways.items():
        moves = way()
        for measure, of in (("brush", "painted"), ("work", "worked"), ("cpu", "cpu")):
            found |= quantiles(f"{measure}_{name}", [one[of] for one in moves])
    shown = visit.page.evaluate("watched.shown")
    found["same_axis_cpu_ms_p95"] = max(found[f"cpu_{name}_ms_p95"] for name in ("attribution", "time"))
    return found | {
        **{f"brush_ms_p{q}": max(found[f"brush_{name}_ms_p{q}"] for name in ways) for q in (50, 95)},
        "same_axis_ms_p95": max(found[f"work_{name}_ms_p95"] for name in ("attribution", "time")),
        **quantiles("key_to_screen", shown, 0.5, 0.95),
    }


def cohorts(visit: Visit, n: int) -> Found:
    """New cohorts: until the summary is painted first, and until it is exact."""
    first, exact = [], []
    for answers in browsing.cohorts(visit, n):
        painted = [one["painted"] for one in answers]
        first.append(min(painted))
        exact.append(max(painted))
    return quantiles("cohort_approximate", first) | quantiles("cohort_exact", exact)


def used(visit: Visit, server: Serving, n: int) -> Found:
    """The page, used in every way that needs no model."""
    found = brushes(visit, server, n) | cohorts(visit, max(n // 5, 4))
    drills = browsing.drilled(visit, n)
    found |= quantiles("drill", [one["painted"] for one in drills])
    found |= quantiles("drill_asked", [one["asked"] for one in drills])
    for question, tab in (("patterns", "patterns"), ("pairs", "pairs")):
        answers = browsing.looked_at(visit, tab, 5)
        found |= quantiles(question, [one["painted"] for one in answers if one["question"] == question], 0.5)
    visit.part('[data-tab="sequence"]').click()
    settled = browsing.settled(visit, max(n // 6, 4))
    found |= quantiles("settled", settled)
    found["embedding_ms"] = browsing.mapped(visit)[-1]["painted"]
    saved = browsing.exported(visit)
    found |= {"export_bytes": saved, "export_page_mb": saved["page"] / 1e6}
    network = visit.network()
    return found | {"network": network, "drill_server_ms_p95": network["sequence"]["server_ms_p95"]}


def measured(path: Path, n: int) -> Found:
    """A run that was written: counted, served, opened and used."""
    found: Found = {"import_s": command(f"cube {path}", path.parent)}
    with served([os.fspath(path)]) as server, chromium() as context:
        found |= {"ready_s": server.seconds, "ready_mb": server.memory_mb}
        visit = opened(context, server.url)
        found["first_paint_s"] = visit.first_paint_s
        found |= used(visit, server, n) | left(visit, server)
    return found


def left(visit: Visit, server: Serving) -> Found:
    """What there is at the end: memory, what was asked elsewhere, and no problem."""
    if visit.problems:
        raise SystemExit(f"the page had problems: {visit.problems}")
    own = urlsplit(server.url).netloc
    elsewhere = [
        one for one in visit.requests if urlsplit(one).scheme.startswith("http") and urlsplit(one).netloc != own
    ]
    return {"peak_mb": server.peak_mb, "heap_mb": visit.heap_mb, "external_requests": len(elsewhere)}


def what_if(work: Path, n: int) -> Found:
    """Values of a case of a trained network, changed."""
    for words in MODEL:
        command(words, work)
    with served([f"{work}/run", "--model", f"{work}/gru.safetensors"]) as server, chromium() as context:
        visit = opened(context, server.url)
        browsing.drilled(visit, 1)
        answers = browsing.tried(visit, n)
        found = quantiles("what_if", [one["painted"] for one in answers[1:]])
        server_ms = visit.network()["what_if"]
        return found | {"what_if_first_ms": answers[0]["painted"], "what_if_server_ms_p95": server_ms["server_ms_p95"]}


def students(work: Path, n: int) -> Found:
    """ViSFA's size: brushes and grid in the page, all counts of the grid, and a literal loop."""
    write_run(work / "run", N_ROW, 0, STUDENTS)
    command(f"cube run --times {STUDENTS.n_time}", work)
    with served([f"{work}/run"]) as server, chromium() as context:
        visit = opened(context, server.url)
        found = brushes(visit, server, n)
        answers = browsing.looked_at(visit, "pairs", 8)
        found |= quantiles("pairs", [one["painted"] for one in answers if one["question"] == "pairs"])
    found |= counted(work / "run", 12)
    ratios = {"brush": found["brush_ms_p95"] / 1000, "pairs": found["pairs_ms_p95"] / 1000, "grid": found["grid_s_p95"]}
    return found | {f"times_faster_{name}": found["visfa_s"] / seconds for name, seconds in ratios.items()}


def script_kb() -> Found:
    """Scripts, compressed, in KB: what the page loads, and the widget of notebooks, which it does not."""
    files = page_files()
    size = {name: len(gzip.compress(file.content, 9)) / 1000 for name, file in files.items() if name.endswith(".js")}
    widget = size.pop(WIDGET)
    loaded = files[PAGE].content.decode()
    if left := [name for name in size if name.removeprefix("/") not in loaded]:
        raise SystemExit(f"the page does not name {left}, so whether it loads them is not known")
    return {"script_kb": sum(size.values()), "widget_kb": widget}


@contextmanager
def working(folder: Path | None) -> Iterator[Path]:
    """A folder that goes away."""
    work = Path(tempfile.mkdtemp(prefix="aition-page-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("run", "table"), default="run")
    parser.add_argument("file", nargs="?", type=Path, help="of a table: rows that were kept")
    parser.add_argument("--quick", action="store_true", help="1.2 million rows and what if only")
    parser.add_argument("--sizes", type=float, nargs="*", default=SIZES, help="millions of rows")
    parser.add_argument("--moves", type=int, default=60, help="of each brush")
    parser.add_argument("--without", nargs="*", default=(), choices=("what-if", "students"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=Path, default=Path(os.devnull), help="a file to which rows are added, in JSON")
    parser.add_argument("--work", type=Path, help="folder for all files; a temporary one where none is named")
    asked = parser.parse_args()
    if (asked.what == "table") != bool(asked.file):
        parser.error("'table' names the file of rows, and nothing else does")
    if asked.file:
        told([json.loads(line) for line in asked.file.read_text().splitlines()])
        return
    if not {PAGE, WIDGET} <= page_files().keys():
        parser.error("the page is not built: make page")
    rows: list[Found] = []

    def keep(row: Found) -> None:
        """A row, with how busy the machine was."""
        rows.append({"benchmark": "page", **row, "load": os.getloadavg()[0]})
        with asked.rows.open("a", encoding="utf-8") as file:
            file.write(json.dumps(rows[-1]) + "\n")
        print(json.dumps(rows[-1]), flush=True)

    shared: Found = script_kb()
    if "what-if" not in asked.without:
        with working(asked.work) as work:
            shared |= what_if(work, max(asked.moves * 2 // 3, 6))
        keep({"row": "what if", **shared})
    for millions in (1.2,) if asked.quick else asked.sizes:
        with working(asked.work) as work:
            print(f"{millions:g} million rows", file=sys.stderr, flush=True)
            made = write_run(work / "run", int(millions * 1e6), asked.seed)
            found = measured(work / "run", asked.moves)
            keep({"row": "size", "millions": millions, "rows": made} | shared | found)
    if not asked.quick and "students" not in asked.without:
        with working(asked.work) as work:
            keep({"row": "students", **students(work, asked.moves)})
    told(rows)


def told(rows: list[Found]) -> None:
    """What was found, beside the targets."""
    sizes = sorted((row for row in rows if row["row"] == "size"), key=lambda row: float(row["millions"]))
    print(f"\n{table(sizes)}\n")
    for row in rows:
        if row["row"] == "students":
            said = {name: row[name] for name in row if name.startswith(("times", "grid", "literal", "same", "pairs"))}
            print(json.dumps({name: round(one, 2) for name, one in said.items()}))


if __name__ == "__main__":
    main()
