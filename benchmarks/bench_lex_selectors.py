"""Which selector serves `LexClassifier`, and whether the held-out bound says so, on real series.

    bench_lex_selectors.py run SEED...     appends the rows that benchmarks/results/lex_selectors.jsonl lacks
    bench_lex_selectors.py folds SEED...   the same on two folds of the training parts alone
    bench_lex_selectors.py table           the rows as the table of docs/lex_classifier.md
    bench_lex_selectors.py --quick         one small run, kept nowhere

``convolutions`` is the classifier as it is, ``dense`` has ``selectors=(Choice(DenseSelector(), 10),)``; ``by bound`` is
that of the two whose bound on its held-out training series is the higher.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from aeon.datasets import load_classification
from bench_lex_classifier import PLAIN, SETS, SETTINGS, log_chances, split, summed
from sklearn.model_selection import StratifiedKFold

from aition.methods.lex import Choice, ConvolutionalSelector, DenseSelector
from aition.sklearn import LexClassifier

ROWS = Path(__file__).parent / "results" / "lex_selectors.jsonl"
KINDS = {"convolutions": Choice(ConvolutionalSelector()), "dense": Choice(DenseSelector(), 10.0)}
FOLDS = {"GunPoint": 5, "BasicMotions": 4}
"""Into how many the training part is cut; else 3."""


def parts(name: str, seed: int, *, folds: bool) -> Iterator[tuple[str, Any, np.ndarray, Any, np.ndarray]]:
    """Series to learn from and series to judge by, with a name."""
    if not folds:
        yield "test", *split(name, "train"), *split(name, "test")
        return
    x, y = load_classification(name, split="train")
    several = StratifiedKFold(FOLDS.get(name, 3), shuffle=True, random_state=seed).split(np.zeros(len(y)), y)
    for place, (learn, judge) in zip(range(2), several, strict=False):
        yield f"fold {place}", [x[row] for row in learn], y[learn], [x[row] for row in judge], y[judge]


def measured(
    name: str, seed: int, part: str, x: Any, y: np.ndarray, others: Any, wanted: np.ndarray, **shorter: Any
) -> dict[str, Any]:
    """How each selector does, with settings of the classifier where it is to be quick."""
    found: dict[str, Any] = {"data": name, "seed": seed, "part": part, "n_train": len(y), "n_test": len(wanted)}
    for kind, choice in KINDS.items():
        began = time.process_time()
        asked = SETTINGS.get(name, {}) | shorter
        one = LexClassifier(selectors=(choice,), **asked, **PLAIN, random_state=seed).fit(x, y)
        seconds = time.process_time() - began
        said, met = log_chances(one, one.model_, [each[:, : one.n_time_] for each in others], wanted)
        found[kind] = {
            "accuracy": met,
            "log_likelihood": float(said.mean()),
            "held_out_bound": one.lex_.notes["held_out_bound"],
            "seconds": round(seconds, 1),
        }
    return found


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def run(seeds: list[int], *, folds: bool) -> None:
    for seed in seeds:
        for name in SETS:
            for part, *given in parts(name, seed, folds=folds):
                if not any((row["data"], row["seed"], row["part"]) == (name, seed, part) for row in rows()):
                    found = measured(name, seed, part, *given)
                    print(found, flush=True)
                    with ROWS.open("a") as file:
                        file.write(json.dumps(found) + "\n")


def table() -> None:
    print("| data | judged by (rows) | convolutions | dense | by bound | bound says dense | seconds |\n|" + "---|" * 7)
    for name in SETS:
        for folds in (True, False):
            mine = [row for row in rows() if row["data"] == name and row["part"].startswith("fold") == folds]
            if not mine:
                continue
            by_bound = [max(KINDS, key=lambda kind: row[kind]["held_out_bound"]) for row in mine]
            columns = [[row[kind]["accuracy"] for row in mine] for kind in KINDS]
            columns.append([row[kind]["accuracy"] for row, kind in zip(mine, by_bound, strict=True)])
            seconds = " and ".join(f"{mean(row[kind]['seconds'] for row in mine):.1f}" for kind in KINDS)
            cells = " | ".join(summed(one, "accuracy") for one in columns)
            label = "folds" if folds else "test part"
            print(f"| {name} | {label} ({len(mine)}) | {cells} | {by_bound.count('dense')} | {seconds} |")


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "folds", "table"))
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        given = next(parts("ItalyPowerDemand", 0, folds=False))
        print(measured("ItalyPowerDemand", 0, *given, epochs=1, predictor_epochs=2))
    elif asked.what == "table":
        table()
    else:
        run(asked.seeds or [1000 * (asked.what == "folds")], folds=asked.what == "folds")


if __name__ == "__main__":
    main()
