"""Gradient explainers for time beside integrated gradients: how far outputs travel as the cells they name go, and time.

    bench_gradients.py run SEED...       appends the rows that benchmarks/results/gradients.jsonl lacks
    bench_gradients.py table             the rows as the tables of docs/gradients.md
    bench_gradients.py cost              CPU seconds of TIMING over those of integrated gradients, in turn
    bench_gradients.py --quick           one small run, kept nowhere

For each data set and seed one or two networks are trained, of convolutions and recurrent, and the same series of the
test part are explained by every method. Cells then go to 0 one by one, by falling magnitude, and CPD is the length of
the way of all probabilities: for a tenth of the cells (50 at most), for 50, and for 100. The target is the predicted
class (of models that answer at every step, the sum over steps, as the bench asks it); all methods get 32 passes a
series but those that move one stretch of time after another (24 stretches at most, 4 nodes each), and the geodesic (16
parts, 8 steps), which explain the first 15 series only.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from dream_networks import at_hand, data_of
from numpy.typing import NDArray

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.bench.asked import as_one_number
from aition.bench.followed import order_of, outputs_along
from aition.core.freeze import frozen
from aition.core.run import ready
from aition.data.simulate import FreqShapes, LowVar, SeqComb, State, SwitchFeature, Ward
from aition.methods import (
    GeodesicIntegratedGradients,
    IntegratedGradients,
    SequentialIntegratedGradients,
    TemporalIntegratedGradients,
    Timing,
)
from aition.metrics import cumulative_difference
from aition.models import create, evaluate, fit

ROWS = Path(__file__).parent / "results" / "gradients.jsonl"
REAL = ("ItalyPowerDemand", "BasicMotions", "JapaneseVowels", "GunPoint", "ECG5000")
SIMULATED = {
    "state": State(n_sample=300),
    "switch-feature": SwitchFeature(n_sample=300),
    "freq-shapes": FreqShapes(n_sample=400),
    "seq-comb-mv": SeqComb(n_sample=300, n_feature=4),
    "low-var": LowVar(n_sample=300),
    "ward": Ward(n_sample=1500),
}
PER_STEP = ("state", "switch-feature")
NETWORKS = {
    "conv-classifier": {"channels": (16, 16), "kernel": 9},
    "gru-classifier": {"n_hidden": 24},
}
EXPLAINED, FEW = 50, 15
"""Series that cheap methods explain, and those that dear ones do."""


def split(name: str, seed: int) -> tuple[Batch, Batch, Target]:
    """Series to train on, series to explain, and the question."""
    if name in SIMULATED:
        drawn = SIMULATED[name](seed=seed)
        half = len(drawn) - max(EXPLAINED, len(drawn) // 5)
        order = torch.arange(len(drawn))
        return drawn.take(order[:half]).batch, drawn.take(order[half : half + EXPLAINED]).batch, drawn.target
    found = data_of(name)
    order = torch.randperm(len(found.test), generator=torch.Generator().manual_seed(seed))
    return found.train, found.test.take(order[:EXPLAINED]), Target.predicted()


def builders_of(name: str) -> tuple[str, ...]:
    """Networks that answer as a data set asks: convolutions do so once a series, not at every step."""
    return tuple(builder for builder in NETWORKS if builder != "conv-classifier" or name not in PER_STEP)


def trained(name: str, builder: str, train: Batch, seed: int) -> TorchModel:
    settings: dict[str, Any] = {
        **NETWORKS[builder],
        "n_feature": train.n_feature,
        "n_class": int(train.label.max()) + 1,
    }
    if name in PER_STEP:
        settings["per_step"] = True
    epochs = max(6, min(60, 8_000 // len(train)))
    model = create(builder, seed=seed, **settings)
    return fit(model, train, epochs=epochs, lr=5e-3, seed=seed, progress="off").model


def methods(n_time: int) -> dict[str, tuple[Any, int]]:
    """Every method with the series that it explains."""
    window = -(-n_time // 24)
    return {
        "integrated-gradients": (IntegratedGradients(), EXPLAINED),
        "timing": (Timing(), EXPLAINED),
        "temporal-integrated-gradients": (TemporalIntegratedGradients(steps=4, window=window), FEW),
        "sequential-integrated-gradients": (SequentialIntegratedGradients(steps=4, window=window), FEW),
        "geodesic-integrated-gradients": (GeodesicIntegratedGradients(16, 8), FEW),
    }


def travelled(model: TorchModel, batch: Batch, target: Target, attribution: NDArray[np.float64]) -> NDArray[np.float64]:
    """CPD of every series for a tenth of the cells, for 50 and for 100, ``[sample, 3]``."""
    raw = replace(model, head="none")
    with frozen(raw):
        there = ready(batch, raw)
        order = order_of(attribution, there, least_first=False)
        n_cell = int((there.cells & there.observed).flatten(1).sum(dim=1).min())
        path, asked = outputs_along(raw, there, target, order, min(100, n_cell))
    way = cumulative_difference(path) / np.asarray(asked)[:, None]
    return way[:, [min(count, n_cell) for count in (max(1, min(50, n_cell // 10)), 50, 100)]]


def rows_of(name: str, builder: str, seed: int, *, some: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    train, shown, target = split(name, seed)
    model = trained(name, builder, train, seed)
    accuracy = round(evaluate(model, shown)[1], 3)
    for method, (how, most) in methods(train.n_time).items():
        if some and method not in some:
            continue
        few = shown.take(range(min(most, len(shown))))
        asked = as_one_number(model, few, target) if target.is_whole else (model, few)
        question = Target.scalar() if target.is_whole else target
        began = time.process_time()
        answer = explain(how, *asked, question, progress="off")
        spent = time.process_time() - began
        values = np.nan_to_num(answer["attribution"].values)
        way = travelled(model, few, target, values)
        yield {
            "data": name,
            "network": builder,
            "seed": seed,
            "method": method,
            "n_series": len(few),
            "shape": list(train.x.shape[1:]),
            "accuracy": accuracy,
            "cpu_seconds": round(spent, 3),
            "cpd": [[round(float(value), 5) for value in row] for row in way],
        }


def run(seeds: list[int], *, names: tuple[str, ...], path: Path, some: tuple[str, ...]) -> None:
    kept = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    done = {(row["data"], row["network"], row["seed"]) for row in kept}
    for seed in seeds:
        for name in names:
            for builder in builders_of(name):
                if (name, builder, seed) in done:
                    continue
                rows = list(rows_of(name, builder, seed, some=some))
                with path.open("a") as file:
                    file.writelines(json.dumps(row) + "\n" for row in rows)
                print(name, builder, seed, *(f"{row['method']} {np.mean(row['cpd'], axis=0).round(3)}" for row in rows))


def table(path: Path) -> None:
    """Mean CPD by data set, over seeds, networks and series, over that of integrated gradients on the same series."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    base = {key(row): np.array(row["cpd"]) for row in rows if row["method"] == "integrated-gradients"}
    print("Seeds:", sorted({row["seed"] for row in rows}))
    for method in dict.fromkeys(row["method"] for row in rows if row["method"] != "integrated-gradients"):
        print(f"\n{method}\n| data | IG, a tenth | ours | ratio | ratio, 50 cells | ratio, 100 cells |\n{'|---' * 6}|")
        for name in dict.fromkeys(row["data"] for row in rows):
            mine = [row for row in rows if row["data"] == name and row["method"] == method]
            if not mine:
                continue
            ours = np.concatenate([row["cpd"] for row in mine])
            theirs = np.concatenate([base[key(row)][: len(row["cpd"])] for row in mine])
            one, other = ours.mean(axis=0), theirs.mean(axis=0)
            chosen = np.random.default_rng(0).integers(0, len(ours), (1000, len(ours)))
            low, high = np.quantile(ours[chosen].mean(axis=1) / theirs[chosen].mean(axis=1), (0.025, 0.975), axis=0)
            ratios = [f"{one[i] / other[i]:.3f} ({low[i]:.2f}-{high[i]:.2f})" for i in range(3)]
            print(f"| {name} | {other[0]:.3f} | {one[0]:.3f} | {' | '.join(ratios)} |")


def key(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["data"], row["network"], row["seed"]


def cost(times: int) -> None:
    """CPU seconds of TIMING over those of integrated gradients with as many passes, in turn, the median over rounds."""
    found = {}
    cases: dict[str, tuple[TorchModel, int, int, int]] = {
        "gru": (create("gru-classifier", n_feature=32, n_class=2, n_hidden=64), 128, 48, 32),
        "conv": (create("conv-classifier", n_feature=6, n_class=4, channels=(32, 32, 32)), 128, 100, 6),
        "small conv": (create("conv-classifier", n_feature=6, n_class=4, channels=(16, 16)), 128, 100, 6),
        "transformer": (create("transformer-classifier", n_feature=6, n_class=4), 32, 100, 6),
        "mlp": (create("mlp-classifier", n_feature=6, n_class=4, n_time=100), 128, 100, 6),
    }
    for name, (model, n_sample, n_time, n_feature) in cases.items():
        x = torch.randn(n_sample, n_time, n_feature, generator=torch.Generator().manual_seed(0))
        batch = from_tensors(x, layout="sample time feature")
        contestants: dict[str, Callable[[], Any]] = {
            "ig": lambda batch=batch, model=model: explain(
                IntegratedGradients(), model, batch, Target.of_class(0), progress="off"
            ),
            "timing": lambda batch=batch, model=model: explain(
                Timing(), model, batch, Target.of_class(0), progress="off"
            ),
        }
        seconds: dict[str, list[float]] = {"ig": [], "timing": []}
        for turn in range(times + 1):
            for who, contestant in contestants.items():
                began = time.process_time()
                contestant()
                if turn:
                    seconds[who].append(time.process_time() - began)
        found[name] = round(statistics.median(b / a for a, b in zip(seconds["ig"], seconds["timing"], strict=True)), 3)
        print(f"{name:14}{statistics.median(seconds['ig']):8.3f}{statistics.median(seconds['timing']):8.3f}"
              f"{found[name]:8.3f}", flush=True)  # fmt: skip
    print(json.dumps({"benchmark": "gradients", "timing_over_integrated_gradients": found}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("run", "table", "cost"), default="table")
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--rows", type=Path, default=ROWS)
    parser.add_argument("--data", nargs="*", default=None)
    parser.add_argument("--methods", nargs="*", default=())
    parser.add_argument("--quick", action="store_true", help="one small run, kept nowhere")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.quick:
        for row in rows_of("low-var", "conv-classifier", 1000, some=("integrated-gradients", "timing")):
            print(row["method"], np.mean(row["cpd"], axis=0).round(3))
        cost(1)
    elif asked.what == "run":
        names = tuple(asked.data or (*SIMULATED, *(name for name in REAL if name in at_hand())))
        run(asked.seeds, names=names, path=asked.rows, some=tuple(asked.methods))
    elif asked.what == "cost":
        cost(7)
    else:
        table(asked.rows)


if __name__ == "__main__":
    main()
