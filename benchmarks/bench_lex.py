"""What LEX selects beside the true selection, by regime, imputer and estimator, on series that say which cells decide.

    bench_lex.py s3 --guide labels --seeds 0-4 --out FILE       one row a seed
    bench_lex.py s1 --size rate --warmth .01 --seeds 0-2        Bernoulli masks with the true mean share
    bench_lex.py switch-ar --imputer gaussian --seeds 0-2
    bench_lex.py grid --series 4000 --epochs 15 --seeds 0       every regime, imputer and estimator on five laws
    bench_lex.py --quick                                        one small run
    bench_lex.py table FILE                                     rows that were kept, as a table
    bench_lex.py squares FILE                                   rows of the grid, one line a law and regime

``tpr`` and ``fpr`` are the shares of true and of other cells that are selected, ``auroc`` that of the probabilities of
selection, all cells together; ``near`` is the share of true cells with a selected one at most a step away, in the same
feature; ``nll`` is what the exact law says of the labels given the selected cells, in nats, and ``oracle`` given the
true ones. ``cpu`` is the time of ``fit`` alone, on one thread, without a judge and rivals. Networks are those of the
bench's tasks, which standardise what they are given; they learn from the same series as the selector. ``grid`` runs
only what its file lacks, benchmarks/results/lex.jsonl where no ``--out`` is given, and appends it.
"""

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import t
from torch import Tensor

from aition import explain
from aition.bench.tasks import task_named
from aition.core.model import TorchModel
from aition.data.simulate.simulated import Simulated
from aition.impute.constant import ConstantImputer
from aition.impute.gaussian import GaussianImputer
from aition.impute.rows import MarginalRows
from aition.methods.lex import (
    DenseSelector,
    ExactK,
    LeaveOneOut,
    Lex,
    Ready,
    Rebar,
    Relax,
    StraightThrough,
)
from aition.methods.lex.budget import Free, Rate
from aition.methods.lex.estimators import Estimator
from aition.methods.lex.selection import Bernoulli
from aition.metrics import auroc
from aition.models import create

ROWS = Path(__file__).parent / "results" / "lex.jsonl"
IMPUTERS: dict[str, Any] = {
    "rows": MarginalRows.fit,
    "gaussian": GaussianImputer.fit,
    "gaussian-mean": lambda background: GaussianImputer.fit(background, mean=True),
    "zero": Ready(ConstantImputer()),
}
ESTIMATORS: dict[str, tuple[Estimator, ...]] = {
    "leave-one-out": (LeaveOneOut(),),
    "straight-through": (StraightThrough(),),
    "rebar": (Rebar(),),
    "relax": (Relax(),),
    "race": (LeaveOneOut(), StraightThrough()),
}
SIZES = {"s1": 5, "s2": 5, "s3": 5, "s3-moved": 5, "switch-ar": 6, "relay": 6}
"""True cells of a series; of half of the series of S_1 and S_2, 3."""
SHARES = {"s1": 4 / 11, "s2": 4 / 11, "s3": 5 / 11, "s3-moved": 5 / 11, "switch-ar": 6 / 80, "relay": 6 / 150}
GRID = ("s3", "switch-ar", "s3-moved", "s1", "s2")
KEYS = ("task", "regime", "guide", "size", "imputer", "estimator", "epochs", "series", "warmth")
FIGURES = ("tpr", "fpr", "auroc", "near", "nll", "oracle", "cpu")


@dataclass(frozen=True)
class Way:
    """What is selected from, and how it is learned; the settings of one row but its seed."""

    task: str
    regime: str = "fixed"
    guide: str = "auto"
    size: str = "exact"
    imputer: str = "rows"
    estimator: str = "race"
    epochs: int = 30
    series: int = 10_000
    warmth: float = 0.0

    @property
    def lex(self) -> Lex:
        """The settings of LEX."""
        exact = self.size == "exact"
        return Lex(
            ExactK(SIZES[self.task]) if exact else Bernoulli(),
            budget=Free() if exact else Rate(SHARES[self.task]),
            selector=DenseSelector(),
            imputer=IMPUTERS[self.imputer],
            estimators=ESTIMATORS[self.estimator],
            predictor=self.regime,  # type: ignore[arg-type]
            guide=self.guide,  # type: ignore[arg-type]
            epochs=self.epochs,
            warmth=self.warmth,
            judged=False,
            rivals=0,
        )


@cache
def posed(task: str, series: int, seed: int, *, trained: bool) -> tuple[Any, Simulated, Simulated, TorchModel]:
    """The law, series to learn from, 2,000 to explain, and the network: trained on the first, or as it starts."""
    law = replace(task_named(task).simulator, n_sample=series + 2000)  # type: ignore[type-var]
    drawn = law(seed=seed)
    train, test = drawn.take(range(series)), drawn.take(range(series, series + 2000))
    network: Any = task_named(task).network
    if trained:
        return law, train, test, network(train, seed=seed)
    start = create(network.network.builder, seed=seed, **network.network.built_from(train))
    return law, train, test, network.around(start, train)


def selected(way: Way, *, seed: int, by_law: bool) -> dict[str, Any]:
    """One row; what the law says of the selected cells takes longer than a small fit."""
    law, train, test, model = posed(way.task, way.series, seed, trained=way.regime == "fixed")
    lex = replace(way.lex, seed=seed)
    began = time.process_time()
    fitted = lex.fit(model, train.batch, train.target, progress="off")
    cpu = time.process_time() - began
    answer = explain(fitted, fitted.own[0] if fitted.own else model, test.batch, train.target, progress="off")
    found, chance = torch.tensor(answer.selected.values), answer.attribution.values.reshape(1, -1, 1)
    there = np.ones(chance.shape[:2], dtype=np.bool_)
    near = torch.nn.functional.max_pool1d(found.float().transpose(1, 2), 3, 1, 1).transpose(1, 2) > 0
    return {
        **asdict(way),
        "seed": seed,
        "tpr": float(found[test.truth].float().mean()),
        "fpr": float(found[~test.truth].float().mean()),
        "auroc": float(auroc(chance, test.truth.numpy().reshape(1, -1, 1), there)[0]),
        "near": float(near[test.truth].float().mean()),
        **(
            {"nll": exact_nll(law, test.batch, found), "oracle": exact_nll(law, test.batch, test.truth)}
            if by_law
            else {}
        ),
        "held_out_bound": fitted.notes["held_out_bound"],
        "taken": fitted.notes["estimator"],
        "cpu": cpu,
    }


def exact_nll(law: Any, batch: Any, kept: Tensor) -> float:
    """What the law itself says of the labels given some cells, in nats."""
    return -float(law.given(batch, kept).gather(1, batch.label[:, None]).clamp(min=1e-9).log().mean())


def kept(path: Path, *, many: bool) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Rows of a file by their settings: those of the grid, or the others."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = {"warmth": 0.0} | json.loads(line)
        if "imputer" in row and row.get("grid", False) == many:
            groups.setdefault(tuple(row[name] for name in KEYS), []).append(row)
    return groups


def lacking(ways: list[Way], seeds: range, path: Path) -> list[tuple[Way, int]]:
    """What a file holds no row of the grid for."""
    there = kept(path, many=True) if path.exists() else {}
    done = {(key, row["seed"]) for key, rows in there.items() for row in rows}
    wanted = [(way, seed) for way in ways for seed in seeds]
    return [(way, seed) for way, seed in wanted if (tuple(getattr(way, name) for name in KEYS), seed) not in done]


def table(path: Path) -> None:
    """Means and half 95 % intervals over seeds."""
    print(f"| {' | '.join(KEYS)} | seeds | {' | '.join(FIGURES)} |")
    print("|" + "---|" * (len(KEYS) + 1 + len(FIGURES)))
    for key, rows in kept(path, many=False).items():
        cells = []
        for name in FIGURES:
            values = np.array([row[name] for row in rows])
            half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else 0
            spread = f" ± {half:.3f}" if len(values) > 2 else ""
            cells.append(f"{values.mean():.3f}{spread}" if name != "cpu" else f"{values.mean():.0f}")
        seeds = ", ".join(str(row["seed"]) for row in rows)
        print(f"| {' | '.join(map(str, key))} | {seeds} | {' | '.join(cells)} |")


def squares(path: Path) -> None:
    """Shares of true and of other cells that are selected, a line a law, regime and imputer, a column an estimator."""
    found = {(key[0], key[1], key[4], key[5]): rows for key, rows in kept(path, many=True).items()}
    ways = list(dict.fromkeys(key[3] for key in found))
    print(f"| series | predictor | imputer | {' | '.join(ways)} |")
    print("|" + "---|" * (3 + len(ways)))
    for key in dict.fromkeys(key[:3] for key in found):
        cells = []
        for way in ways:
            rows = found.get((*key, way), [])
            means = [float(np.mean([row[name] for row in rows])) for name in ("tpr", "fpr")] if rows else []
            cells.append(" / ".join(f"{one:.3f}" for one in means))
        print(f"| {' | '.join(key)} | {' | '.join(cells)} |")


def ways_of(asked: argparse.Namespace) -> list[Way]:
    """The settings that are asked for: one, or the grid."""
    if asked.task != "grid":
        names = ("task", "regime", "guide", "size", "imputer", "estimator", "epochs", "series", "warmth")
        return [Way(**{name: getattr(asked, name) for name in names})]
    return [
        Way(task, regime, "labels", "exact", imputer, estimator, asked.epochs, asked.series)
        for regime in ("fixed", "joint", "surrogate")
        for task in GRID
        for imputer in ("zero", "rows", "gaussian", "gaussian-mean")
        for estimator in ("leave-one-out", "straight-through", "rebar")
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = [*SIZES, "grid", "table", "squares"]
    parser.add_argument("task", nargs="?", default="s3", choices=tasks)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--regime", default="fixed", choices=["fixed", "joint", "surrogate"])
    parser.add_argument("--guide", default="auto", choices=["auto", "model", "labels"])
    parser.add_argument("--size", default="exact", choices=["exact", "rate"])
    parser.add_argument("--imputer", default="rows", choices=sorted(IMPUTERS))
    parser.add_argument("--estimator", default="race", choices=sorted(ESTIMATORS))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--warmth", type=float, default=0.0, help="nats; not with --size exact")
    parser.add_argument("--seeds", default="0-4", help="such as 0-4 or 3")
    parser.add_argument("--out", type=Path, help="a file that rows are appended to; grid leaves out what it holds")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.task in ("table", "squares"):
        (table if asked.task == "table" else squares)(asked.file)
        return
    first, _, last = asked.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    if asked.quick:
        seeds, asked.epochs, asked.series = range(1), 2, 1000
    wanted, mark = [(way, seed) for way in ways_of(asked) for seed in seeds], {}
    if asked.task == "grid" and not asked.quick:
        asked.out = asked.out or ROWS
        wanted, mark = lacking(ways_of(asked), seeds, asked.out), {"grid": True}
    for way, seed in wanted:
        row = selected(way, seed=seed, by_law=not mark) | mark
        print(json.dumps(row), flush=True)
        if asked.out:
            with asked.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
