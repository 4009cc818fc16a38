"""Whether Absence finds the test that somebody ordered, in a network that learned it; beside Occlusion.

    python benchmarks/bench_absence.py run 20 21 22
    python benchmarks/bench_absence.py table

A recurrent network that reads what was measured learns series of ``Ordered``, of which it matters in eight of 24 steps
whether a test was measured, and never what it said. Cells of that test and of an idle one are ranked by the size of
their attribution: AUROC of those eight steps, each series by itself, then the mean; and how often a true cell's sign is
right. The network has the deviation of the labels from ``accuracy`` 1, for classes are drawn by chance. Settings were
not tuned.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aition import explain
from aition.bench.networks import TrainedNetwork
from aition.data.simulate import Ordered
from aition.impute.gaussian import GaussianImputer
from aition.methods import Absence, IntegratedGradients, Occlusion
from aition.metrics import auroc
from aition.models import evaluate

ROWS = Path(__file__).parent / "results" / "absence.jsonl"
NETWORK = TrainedNetwork("measured-gru", {"n_class": 2, "n_hidden": 32}, epochs=12, lr=5e-3)
TESTS = [1, 2]


def rows(seed: int, *, n_train: int, n_shown: int) -> list[dict[str, Any]]:
    drawn = Ordered(n_sample=n_train + n_shown)(seed=seed)
    train, shown = drawn.take(range(n_train)), drawn.take(range(n_train, n_train + n_shown))
    model = NETWORK(train, seed=seed)
    imputer = GaussianImputer.fit(train.batch)
    exists, truth = shown.batch.exists.numpy(), shown.truth.numpy()[..., TESTS]
    sign = shown.sign.numpy()[..., TESTS]
    found = []
    for name, explainer in (
        ("absence", Absence()),
        ("absence, Gaussian imputer", Absence(stand_in=imputer)),
        ("occlusion", Occlusion()),
        ("integrated-gradients", IntegratedGradients()),
    ):
        began = time.process_time()
        answer = explain(explainer, model, shown.batch, shown.target, progress="off")
        seconds = time.process_time() - began
        scores = answer.attribution.values[..., TESTS]
        found.append(
            {
                "seed": seed, "method": name, "n_train": n_train, "n_shown": n_shown,
                "accuracy": evaluate(model, shown.batch)[1], "law_accuracy": evaluate(shown.white_box, shown.batch)[1],
                "auroc": float(np.mean(auroc(np.abs(scores), truth, exists=exists, pool=False))),
                "sign_accuracy": float((np.sign(scores) == sign)[truth].mean()), "cpu_seconds": seconds,
            }
        )  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=["run", "table"])
    parser.add_argument("seeds", type=int, nargs="*", default=[20, 21, 22])
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--quick", action="store_true", help="one seed of few series; nothing is kept")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "table":
        kept = [json.loads(line) for line in asked.out.read_text(encoding="utf-8").splitlines()]
        for method in dict.fromkeys(row["method"] for row in kept):
            own = [row for row in kept if row["method"] == method]
            means = {key: np.mean([row[key] for row in own]) for key in ("auroc", "sign_accuracy", "cpu_seconds")}
            print(f"| {method} | " + " | ".join(f"{value:.3f}" for value in means.values()) + " |")
        return
    for seed in asked.seeds[:1] if asked.quick else asked.seeds:
        for row in rows(seed, n_train=300, n_shown=10) if asked.quick else rows(seed, n_train=3000, n_shown=50):
            print(json.dumps(row))
            if not asked.quick:
                with asked.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
