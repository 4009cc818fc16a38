"""LEX on a fixed network, with zeros, learned constants or rows of other series in place of what is hidden.

Series that say which cells decide; 3,000 to learn from, 15 epochs, labels as the guide, the estimator by a race, 2,000
explained. The figures are those of ``bench_lex.py``; rows go to a file and are not made again.

    python benchmarks/bench_learned_constant.py run [--seeds 0-1] [--out FILE]
    python benchmarks/bench_learned_constant.py table [--out FILE]
    python benchmarks/bench_learned_constant.py --quick                             one small run, kept nowhere
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from bench_lex import IMPUTERS, SHARES, Way, posed, selected

from aition.methods.lex import LearnedConstant, Ready

TASKS = ("s3", "s3-moved", "switch-ar")
OTHERS = ("zero", "learned", "rows")
FIGURES = ("tpr", "fpr", "auroc", "nll", "oracle")


def rows_of(task: str, seed: int, *, epochs: int = 15, series: int = 3000) -> list[dict[str, Any]]:
    """A row an imputer, all of one network."""
    way = Way(task, guide="labels", epochs=epochs, series=series)
    _, train, _, network = posed(task, series, seed, trained=True)
    began = time.process_time()
    constant = LearnedConstant(share=SHARES[task], seed=seed).fit(network, train.batch, train.target)
    spent = time.process_time() - began
    IMPUTERS["learned"] = Ready(constant)
    found = [selected(replace(way, imputer=name), seed=seed, by_law=True) for name in OTHERS]
    also = {"constant": [round(value, 3) for value in constant.baseline.x], "constant_cpu": round(spent, 2)}
    return [row | (also if row["imputer"] == "learned" else {}) for row in found]


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=["run", "table"])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/learned_constant.jsonl"))
    parser.add_argument("--seeds", default="0-1")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    if asked.quick:
        table(rows_of("s3", 0, epochs=1, series=300))
        return
    first, _, last = asked.seeds.partition("-")
    known = read(asked.out)
    for seed in range(int(first), int(last or first) + 1) if asked.what == "run" else ():
        for task in TASKS:
            if any((row["task"], row["seed"]) == (task, seed) for row in known):
                continue
            found = rows_of(task, seed)
            with asked.out.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in found)
            print(task, seed, {row["imputer"]: round(row["tpr"], 3) for row in found}, flush=True)
    table(read(asked.out))


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file; none where there is none."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def table(rows: list[dict[str, Any]]) -> None:
    """Means over the seeds, with the least and the largest of them, as Markdown."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["task"], row["imputer"]].append(row)
    print(f"| series | imputer | seeds | {' | '.join(FIGURES)} |\n|{'---|' * (3 + len(FIGURES))}")
    for (task, name), some in groups.items():
        cells = []
        for figure in FIGURES:
            values = [row[figure] for row in some]
            cells.append(f"{fmean(values):.3f} ({min(values):.3f} to {max(values):.3f})")
        print(f"| {task} | {name} | {len(some)} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
