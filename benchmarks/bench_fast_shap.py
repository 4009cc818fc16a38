"""Shapley values that a network says at once, beside those of all coalitions.

    bench_fast_shap.py run --seeds 0-2      rows to benchmarks/results/fast_shap.jsonl
    bench_fast_shap.py --quick              one small run of each game, kept nowhere
    bench_fast_shap.py table                the rows as a table

Series of S_3, a network that the labels taught, its log-odds; 0 in place of absent cells, told to the network itself or
to a surrogate that learned from coalitions. ``error`` is that of the values in their own game, the sum of the squared
differences from the exact values by those of the values, over 100 series; ``game``, likewise, what the exact values of
the surrogate's game are off from those of the game that it stands for: the log-odds of the mean chances over 128 draws
of the absent cells, which are independent of the others in this law, over 25 series; ``chance``, the same of the games
of chances, which are not so far off where a class is nearly sure. ``cpu`` is the time of ``fit``.
"""

import argparse
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench_lex_presets import asked_seeds, explained, kept_row, lacks, means
from torch import Tensor

from aition import Target, TorchModel, explain
from aition.core.batch import Batch
from aition.impute.constant import ConstantImputer
from aition.impute.groups import EachCell
from aition.methods.interactions import ShapleyInteractions
from aition.methods.lex import DenseSelector, FastShap, Ready

ROWS = Path(__file__).parent / "results" / "fast_shap.jsonl"
FIGURES = ("error", "correlation", "sum", "game", "chance", "cpu", "ms_a_series", "exact_ms_a_series")


def shapley(*, seed: int, n: int, epochs: int, surrogate: bool) -> dict[str, Any]:
    """One row: a network is trained, FastSHAP is learned, and 100 series are explained by it and by enumeration."""
    model, train, test = explained("s3", n, seed)
    target, batch = Target.of_class(1).against(**{"class": 0}), test.batch.take(range(100))
    fast = FastShap(selector=DenseSelector(), imputer=Ready(ConstantImputer()), epochs=epochs, seed=seed)
    if surrogate:
        fast = replace(FastShap.paper(), selector=DenseSelector(), epochs=epochs, seed=seed)
    began = time.process_time()
    fitted = fast.fit(model, train.batch, target, progress="off")
    cpu = time.process_time() - began
    said = torch.tensor(explain(fitted, model, batch, target, progress="off").attribution.values)
    players = ShapleyInteractions(groups=EachCell(), index="k-sii", budget=2**11)
    began = time.process_time()
    exact = torch.tensor(explain(players, fitted.own[0] if surrogate else model, batch, target).attribution.values)
    slow = time.process_time() - began
    began = time.process_time()
    explain(fitted, model, batch, target, progress="off")
    row = {
        "game_of": "surrogate" if surrogate else "model",
        "series": n,
        "epochs": epochs,
        "seed": seed,
        "cpu": cpu,
        "ms_a_series": 10 * (time.process_time() - began),
        "exact_ms_a_series": 10 * slow,
    }
    if surrogate:
        few, own = batch.take(range(25)), fitted.own[0]
        wanted, met = mean_chance(model, train.batch, few), zero_chance(own, few)
        met[:, -1] = wanted[:, -1]
        row["game"] = off(values_of(met.logit()), values_of(wanted.logit()))
        row["chance"] = off(values_of(met), values_of(wanted))
        with torch.no_grad():
            gap = [one(batch)[:, 1] - one(batch)[:, 0] for one in (model, own)]
        exact = exact + ((gap[0] - gap[1]) / exact[0].numel())[:, None, None]
    row["error"] = off(said, exact)
    row["correlation"] = float(np.corrcoef(said.flatten(), exact.flatten())[0, 1])
    row["sum"] = float((said.sum(dim=(1, 2)) - exact.sum(dim=(1, 2))).abs().max())
    return row


def off(said: Tensor, exact: Tensor) -> float:
    """The sum of squared differences by that of squares."""
    return float((said - exact).square().sum() / exact.square().sum())


def coalitions(n_cell: int) -> Tensor:
    """Every coalition, bit i for cell i, bool ``[coalition, cell]``."""
    return (torch.arange(2**n_cell)[:, None] >> torch.arange(n_cell)) % 2 == 1


def mean_chance(model: TorchModel, donors: Batch, batch: Batch, *, draws: int = 128) -> Tensor:
    """The mean chance of class 1 where a coalition is known, and other series stand in, ``[sample, coalition]``."""
    every, said = coalitions(batch.n_feature), []
    for row in range(len(batch)):
        some = donors.x[torch.randperm(len(donors), generator=torch.Generator().manual_seed(row))[:draws]]
        x = torch.where(every[:, None, None], batch.x[row], some[None])
        said.append(chance(model, batch, x.flatten(0, 1)).reshape(-1, draws).mean(dim=1))
    return torch.stack(said)


def zero_chance(model: TorchModel, batch: Batch) -> Tensor:
    """The chance of class 1 where a coalition is known, and 0 stands in, ``[sample, coalition]``."""
    every = coalitions(batch.n_feature)[:, None]
    return torch.stack([chance(model, batch, every * x) for x in batch.x])


def chance(model: TorchModel, batch: Batch, x: Tensor) -> Tensor:
    """The chance of class 1 of series with these values."""
    with torch.no_grad():
        return model(batch.take(torch.zeros(len(x)).long()).with_x(x)).softmax(dim=1)[:, 1]


def values_of(value: Tensor) -> Tensor:
    """Shapley values from those of all coalitions, ``[sample, cell]``, by their definition."""
    n_cell = int(math.log2(value.shape[1]))
    every = torch.arange(2**n_cell)
    size = ((every[:, None] >> torch.arange(n_cell)) % 2).sum(dim=1)
    found = []
    for cell in range(n_cell):
        without = every[(every >> cell) % 2 == 0]
        weight = torch.tensor([1 / (n_cell * math.comb(n_cell - 1, int(one))) for one in size[without]])
        found.append(((value[:, without + 2**cell] - value[:, without]) * weight).sum(dim=1))
    return torch.stack(found, dim=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=["run", "table"])
    parser.add_argument("--seeds", default="0-2", help="such as 0-4 or 3")
    parser.add_argument("--series", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "table":
        means([json.loads(line) for line in asked.out.read_text(encoding="utf-8").splitlines()], ("game_of",), FIGURES)
        return
    if asked.quick:
        asked.series, asked.epochs = 500, 1
    for seed in asked_seeds(asked):
        for surrogate in (False, True):
            size = {"series": asked.series, "epochs": asked.epochs, "seed": seed}
            if lacks(asked, {"game_of": "surrogate" if surrogate else "model", **size}):
                kept_row(shapley(seed=seed, n=asked.series, epochs=asked.epochs, surrogate=surrogate), asked)


if __name__ == "__main__":
    main()
