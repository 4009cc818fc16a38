"""LEX on every kind of network and question: what the network says of its cells alone, beside as many others.

    bench_lex_matrix.py run SEED...     appends the rows that benchmarks/results/lex_matrix.jsonl lacks
    bench_lex_matrix.py table           the rows as the table of docs/lex.md
    bench_lex_matrix.py --quick         one small run, kept nowhere

The law is that of ``SwitchAR``, smaller: a cell says which of two windows of four cells decides, 5 of 48 cells. Asked
is a class, the sum over the window (with noise of deviation .3), or the values of its four cells to come again
(likewise). A network is trained on 8,000 series and held fixed; ``Lex(ExactK(5))`` learns from 3,000 of them with its
defaults, and 1,000 others are judged. The network is given the 5 cells that were selected, 5 cells by chance, or the
last 5, and the rest is drawn: ``rows``, from another series, as in training; ``gaussian``, given what is kept. ``miss``
is the loss of the labels: nats of classes, squared errors of values in units of the labels' variance. ``gain`` is the
miss of a rival less that of LEX, the mean over series, with its standard error.
"""

import argparse
import json
import math
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from alone import Said, alone, by_chance, last_cells, whole
from torch import Tensor, nn

from aition import Target, explain
from aition.core.batch import Batch
from aition.core.model import TorchModel
from aition.data.simulate import Simulated, SwitchAR
from aition.impute.gaussian import GaussianImputer
from aition.impute.rows import MarginalRows
from aition.methods.lex import ExactK, Lex
from aition.models import create, fit

ROWS = Path(__file__).parent / "results" / "lex_matrix.jsonl"
K, N_LEARN, N_LEX, N_JUDGED = 5, 8000, 3000, 1000
LAW = SwitchAR(n_time=16, n_feature=3, switch=2, first=(4, 9), window=4)
NETWORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mlp-classifier": ({"n_time": 16, "hidden": (64, 64)}, {"epochs": 8, "lr": 2e-3, "weight_decay": 1.0}),
    "conv-classifier": ({}, {"epochs": 15, "lr": 5e-3}),
    "gru-classifier": ({}, {"epochs": 15, "lr": 5e-3}),
    "transformer-classifier": ({"dropout": 0.0}, {"epochs": 8, "lr": 3e-3}),
}
QUESTIONS = {"class": 2, "regression": 1, "forecast": LAW.window}
IMPUTERS = {"rows": MarginalRows.fit, "gaussian": GaussianImputer.fit}
RIVALS = ("random", "last")


def in_units(module: nn.Module, batch: Batch) -> Tensor:
    """A network that is given deviations from the mean of the law."""
    said: Tensor = module((batch.x - LAW.mean), batch.exists)
    return said


def wanted(drawn: Simulated, question: str, *, seed: int) -> Tensor:
    """The labels: classes ``[sample]``, or values ``[sample, output]``."""
    if question == "class":
        return drawn.batch.label
    routes = LAW.law
    which = routes.taken(drawn.batch.x).int().argmax(dim=1)
    windows = [drawn.batch.x[:, one.first : one.first + routes.window, one.feature] for one in routes.routes]
    values = torch.stack(windows, dim=1)[torch.arange(len(drawn)), which] - LAW.mean
    values = values.sum(dim=1, keepdim=True) if question == "regression" else values
    return values + 0.3 * torch.randn(values.shape, generator=torch.Generator().manual_seed(seed))


def learned(name: str, question: str, batch: Batch, labels: Tensor, *, seed: int, epochs: int = 0) -> TorchModel:
    """A network that was trained on labels."""
    settings, training = NETWORKS[name]
    made = create(name, n_feature=batch.n_feature, n_class=QUESTIONS[question], seed=seed, **settings)
    axes = {"class": ("class",), "regression": ("output",), "forecast": ("horizon",)}[question]
    start = replace(made, forward=in_units, axes=axes)
    training = {**training, "epochs": epochs or training["epochs"], "batch_size": 64, "seed": seed, "progress": "off"}
    if question == "class":
        return fit(start, batch, **training).model
    place = replace(batch, label=torch.arange(len(batch)))
    return fit(start, place, loss=partial(squared, labels=labels), **training).model


def squared(outputs: Tensor, batch: Batch, *, labels: Tensor) -> Tensor:
    """The mean squared error; the label of a series is its row of ``labels``."""
    return nn.functional.mse_loss(outputs, labels[batch.label])


def measured(
    name: str, question: str, seed: int, *, n: int = N_LEARN, epochs: int = 0, **changes: Any
) -> dict[str, Any]:
    """A row: what one network says of cells that were selected in several ways."""
    drawn = replace(LAW, n_sample=n + N_JUDGED)(seed=seed)
    labels = wanted(drawn, question, seed=seed)
    train, test = drawn.take(range(n)), drawn.take(range(n, n + N_JUDGED))
    model = learned(name, question, train.batch, labels[:n], seed=seed, epochs=epochs)
    unlabelled = replace(train.batch.take(torch.arange(min(n, N_LEX))), label=torch.full((min(n, N_LEX),), -1))
    target = Target.whole({"class": "class", "regression": "output", "forecast": "horizon"}[question])
    began = time.process_time()
    fitted = Lex(ExactK(K), judged=False, rivals=0, seed=seed).fit(model, unlabelled, target, progress="off")
    cpu = time.process_time() - began
    answer = explain(fitted, model, test.batch, target, progress="off")
    count = torch.full((N_JUDGED,), K)
    kept = {
        "lex": torch.tensor(answer.selected.values),
        "random": by_chance(test.batch, count, seed=seed),
        "last": last_cells(test.batch, count),
        "true": test.truth,
    }
    classes, truth = question == "class", labels[n:]
    unit = 1.0 if classes else float(truth.var(dim=0, correction=0).mean())
    everything = whole(model, test.batch, classes=classes).loss(truth) / unit
    row: dict[str, Any] = {
        "network": name,
        "question": question,
        "seed": seed,
        "whole": float(everything.mean()),
        "nothing": nothing(truth, classes=classes),
        "tpr": float(kept["lex"][test.truth].float().mean()),
        "fpr": float(kept["lex"][~test.truth].float().mean()),
        "estimator": fitted.notes["estimator"],
        "cpu": round(cpu, 1),
    }
    for kind, way in IMPUTERS.items():
        imputer = way(train.batch)
        said: dict[str, Said] = {
            who: alone(model, test.batch, cells, imputer, classes=classes) for who, cells in kept.items()
        }
        miss = {who: one.loss(truth) / unit for who, one in said.items()}
        row[kind] = {f"miss_{who}": float(one.mean()) for who, one in miss.items()}
        for rival in RIVALS:
            gain = miss[rival] - miss["lex"]
            row[kind] |= {
                f"gain_{rival}": float(gain.mean()),
                f"error_{rival}": float(gain.std()) / math.sqrt(N_JUDGED),
            }
    return row


def nothing(truth: Tensor, *, classes: bool) -> float:
    """The miss of who knows nothing of a series."""
    if not classes:
        return 1.0
    share = truth.double().mean()
    return float(-(share * share.log() + (1 - share) * (1 - share).log()))


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def run(seeds: list[int]) -> None:
    for seed in seeds:
        for question in QUESTIONS:
            for name in NETWORKS:
                mine = {"network": name, "question": question, "seed": seed}
                if not any(mine.items() <= row.items() for row in rows()):
                    found = measured(name, question, seed)
                    print(found, flush=True)
                    with ROWS.open("a") as file:
                        file.write(json.dumps(found) + "\n")


def table() -> None:
    """Means over seeds of the misses, and over all series of the gains with 95 % intervals."""
    columns = ("whole", "true cells", "LEX", "random", "last", "gain on random", "on last", "true cells found")
    print(f"| asked | network | seeds | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 3)}")
    for question in QUESTIONS:
        for name in NETWORKS:
            mine = [row for row in rows() if row["question"] == question and row["network"] == name]
            if not mine:
                continue
            cells = [f"{sum(row['whole'] for row in mine) / len(mine):.3f}"]
            cells += [
                f"{sum(row['gaussian'][f'miss_{who}'] for row in mine) / len(mine):.3f}"
                for who in ("true", "lex", *RIVALS)
            ]
            for rival in RIVALS:
                gain = sum(row["gaussian"][f"gain_{rival}"] for row in mine) / len(mine)
                half = 1.96 * math.sqrt(sum(row["gaussian"][f"error_{rival}"] ** 2 for row in mine)) / len(mine)
                cells.append(f"{gain:.3f} ± {half:.3f}")
            cells.append(f"{sum(row['tpr'] for row in mine) / len(mine):.2f}")
            print(f"| {question} | {name} | {', '.join(str(row['seed']) for row in mine)} | {' | '.join(cells)} |")


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table"))
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        print(json.dumps(measured("mlp-classifier", "forecast", 0, n=1000, epochs=2)))
    elif asked.what == "table":
        table()
    else:
        run(asked.seeds or [0, 1])


if __name__ == "__main__":
    main()
