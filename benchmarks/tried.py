"""Explainers by name on tasks of the bench, all in one process, so that many small rows start no process each."""

import argparse
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from bench_lex_presets import asked_seeds, kept_row, lacks

from aition import TorchModel, explain
from aition.bench import default_networks
from aition.bench.cache import model_for
from aition.bench.held import attribution_of, figures_of_truth
from aition.bench.student import interval_of
from aition.bench.tasks import TASKS
from aition.data.simulate import Simulated
from aition.registry import explainer

FIGURES = ("auroc", "auprc", "aup", "aur")
Prepared = tuple[TorchModel, Simulated, Simulated, bool]
Methods = dict[str, tuple[str, dict[str, str]]]
"""From a label to the name of an explainer and its settings in words."""


def prepared(name: str, *, seed: int, most: int) -> Prepared:
    """The network of a task, the series it learned from, those to explain, and whether their cells are pooled."""
    task = replace(TASKS[name], most=most)
    train, shown = task.parts(task.simulator(seed=seed), seed=seed, fold=0)
    return model_for(task.network, train, seed=seed, cache=default_networks()), train, shown, task.pool


def row_of(known: dict[str, Any], method: str, given: dict[str, str], some: Prepared) -> dict[str, Any]:
    """One row: the explainer is fitted on the training part if it must be, and held against the truth."""
    model, train, shown, pool = some
    made = explainer(method, given)
    began = time.process_time()
    if getattr(made, "needs_fit", False):
        made = made.fit(model, train.batch, shown.target)
    fitted = time.process_time()
    answer = explain(made, model, shown.batch, shown.target, progress="off")
    ended = time.process_time()
    found = figures_of_truth(attribution_of(answer, shown), shown, pool=pool)
    cost = {"fit_cpu": fitted - began, "cpu": ended - fitted, "n_series": len(shown)}
    return known | {name: found[name] for name in (*FIGURES, "entropy")} | cost


def main(parser: argparse.ArgumentParser, rows: Path, wanted: dict[str, Methods], *, against: str) -> None:
    """Make the rows that there are not yet, or show them.

    Args:
        parser: Of the command; it has ``--quick``: one seed of the first task, kept nowhere.
        rows: Where rows are kept.
        wanted: The methods of each task.
        against: The label that others are compared with on the same seeds; nothing compares none.
    """
    parser.add_argument("what", nargs="?", default="run", choices=["run", "table"])
    parser.add_argument("--seeds", default="10-14", help="such as 0-4 or 3")
    parser.add_argument("--task", action="append", choices=list(wanted), default=[])
    parser.add_argument("--most", type=int, default=40, help="series that are explained at most")
    parser.add_argument("--out", type=Path, default=rows)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "table":
        table([json.loads(line) for line in asked.out.read_text(encoding="utf-8").splitlines()], against)
        return
    for seed in asked_seeds(asked):
        for task in asked.task or (list(wanted)[:1] if asked.quick else list(wanted)):
            known = {
                label: {"task": task, "label": label, "method": method, "given": given, "seed": seed}
                for label, (method, given) in wanted[task].items()
            }
            missing = [label for label, row in known.items() if lacks(asked, row)]
            some = prepared(task, seed=seed, most=asked.most) if missing else None
            for label in missing:
                if some:
                    kept_row(row_of(known[label], *wanted[task][label], some), asked)


def table(rows: list[dict[str, Any]], against: str) -> None:
    """Means with Student's intervals over seeds, and paired differences to one of the methods."""
    names = [*FIGURES, "fit CPU s", "CPU s"]
    print(f"| task | method | seeds | {' | '.join(names)} | AUPRC − that of {against or 'nothing'} |")
    print("|" + "---|" * (4 + len(names)))
    for task, label in dict.fromkeys((row["task"], row["label"]) for row in rows):
        some = {row["seed"]: row for row in rows if (row["task"], row["label"]) == (task, label)}
        base = {row["seed"]: row for row in rows if (row["task"], row["label"]) == (task, against)}
        cells = [spread([row[name] for row in some.values()]) for name in FIGURES]
        cells += [f"{fmean(row[name] for row in some.values()):.1f}" for name in ("fit_cpu", "cpu")]
        gaps = [row["auprc"] - base[seed]["auprc"] for seed, row in some.items() if seed in base]
        cells.append(spread(gaps, sign="+") if gaps and label != against else "")
        print(f"| {task} | {label} | {len(some)} | {' | '.join(cells)} |")


def spread(values: list[float], sign: str = "") -> str:
    """A mean and half of its interval at 95 %, where there are several."""
    found = interval_of(values)
    half = (found.high - found.low) / 2
    return f"{found.mean:{sign}.3f}" + (f" ± {half:.3f}" if math.isfinite(half) else "")
