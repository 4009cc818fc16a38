"""Whether the checks with the model pass honest explainers, and find out those that ignore the model or draw by chance.

Networks of several kinds are trained on simulated series whose truth is known; explainers that follow the network, and
such that look at the values alone or at nothing, are put before the quick checks. A row says, for each network and
explainer, what each check found, with its figure and its bound.

    python benchmarks/bench_checks.py --seeds 30,31,32,33,34 --out benchmarks/results/checks.jsonl
"""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from aition import Batch, Question, Target
from aition.bench.blind import Magnitude
from aition.checks import as_json, quick_checks
from aition.core.draws import normal_like
from aition.core.model import Model, TorchModel
from aition.data.simulate import FreqShapes, PlantedMotif, Simulated, Suppressor
from aition.methods import InputXGradient, IntegratedGradients, Saliency
from aition.models import create, evaluate, fit

CELLS = ("sample", "time", "feature")
Answer = dict[str, tuple[tuple[str, ...], torch.Tensor]]


@dataclass(frozen=True)
class Chance:
    """Normal numbers by seed and sample."""

    seed: int = 0

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        return {"attribution": (CELLS, normal_like(batch, seed=self.seed))}


EXPLAINERS: dict[str, Any] = {
    "saliency": Saliency(),
    "input-x-gradient": InputXGradient(),
    "integrated-gradients": IntegratedGradients(steps=16),
    "sizes (ignores the model)": Magnitude(),
    "chance (ignores all)": Chance(),
}
TASKS: dict[str, tuple[Any, str, int, float]] = {
    "freq-shapes, conv": (FreqShapes(n_sample=460), "conv-classifier", 12, 1e-2),
    "planted-motif, conv": (PlantedMotif(n_sample=460), "conv-classifier", 15, 3e-3),
    "suppressor, gru": (Suppressor(n_sample=460, n_time=30), "gru-classifier", 12, 1e-2),
    "suppressor, transformer": (Suppressor(n_sample=460, n_time=30), "transformer-classifier", 12, 1e-2),
}
"""Simulator, network, epochs and step of Adam; with a step of .01 four of five networks on motifs learned nothing."""


def trained(drawn: Simulated, kind: str, epochs: int, lr: float, seed: int) -> tuple[TorchModel, Batch, Batch]:
    """A network that is trained on all series but the last sixty."""
    train, test = drawn.take(range(400)).batch, drawn.take(range(400, 460)).batch
    n_class = int(drawn.batch.label.max()) + 1
    begun = create(kind, n_feature=train.n_feature, n_class=n_class, seed=seed)
    return fit(begun, train, epochs=epochs, lr=lr, seed=seed, progress="off").model, train, test


def rows(seed: int, *, quick: bool) -> list[dict[str, Any]]:
    """What the quick checks find for each task and explainer; quickly: for the first task, hardly trained."""
    found = []
    for task, (simulator, kind, epochs, lr) in list(TASKS.items())[: 1 if quick else None]:
        began = time.process_time()
        model, train, test = trained(simulator(seed=seed), kind, 1 if quick else epochs, lr, seed)
        ready = time.process_time()
        for one in quick_checks(EXPLAINERS, model, test, Target.predicted(), train, 600.0, progress="off"):
            verdict = as_json(one.verdict)
            found.append({"task": task, "seed": seed, "explainer": one.explainer, **verdict})
        accuracy = evaluate(model, test)[1]
        took = {"fit": ready - began, "checks": time.process_time() - ready}
        found.append({"task": task, "seed": seed, "accuracy": accuracy, "cpu_seconds": took})
    return found


def tell(found: list[dict[str, Any]]) -> None:
    """Print how often each check found what, by explainer."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for one in found:
        if "check" in one:
            counts.setdefault((one["explainer"], one["check"]), Counter())[one["finding"]] += 1
    for (explainer, check), count in counts.items():
        print(f"{explainer:28} {check:36} " + ", ".join(f"{word} {n}" for word, n in count.most_common()))


def main() -> int:
    """Measure, print, and append the rows to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="30,31,32,33,34", help="of series, networks and checks")
    parser.add_argument("--out", default="", help="a file to which rows are appended, one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="one task and seed, one epoch; nothing is kept")
    given = parser.parse_args()
    seeds = given.seeds.split(",")[: 1 if given.quick else None]
    found = [row for seed in seeds for row in rows(int(seed), quick=given.quick)]
    tell(found)
    if given.out and not given.quick:
        with Path(given.out).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
