"""Which method finds a planted frequency, and a planted ring of wave numbers, through the inverse of a transform.

    bench_trim.py                  both tasks, ten seeds each, rows to stdout (and to --rows FILE)
    bench_trim.py --quick          one seed each, small
    bench_trim.py table FILE       rows that were kept, as tables

*frequency.* White noise of 32 steps; the label is the amplitude of one frequency, of which each seed plants another:
1, 4, 7, 10, 13, 2, 5, 8, 11, 14 waves. A network with two hidden layers of 64 ReLUs learns it from 4,000 series; 200
others are explained, of which each method says what each of the 17 frequencies counts for.

*field.* Gaussian fields of 16 × 16 cells, whose spectrum falls with the square of the wave number; the label is the
logarithm of the factor of the power in the ring of 3 to 5 waves. A network of two circular convolutions (ReLU), whose
mean over the field two layers read, learns it from 4,000 fields; 200 others are explained, in five rings.

``error`` is the share of samples in which another component than the planted one has the largest magnitude;
``outside`` the mean share of magnitudes that is not in the planted one; ``r2`` that of the network on the samples that
are explained, ``best`` that of the law. Baselines are 0 in the domain of the transform; GradientShap and DeepLiftShap
have 8 training samples as references. Of CD every rule set is shown.
"""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.data.simulate import GaussianField, PlantedFrequency, Simulated
from aition.methods import (
    Captum,
    ContextualDecomposition,
    InputXGradient,
    IntegratedGradients,
    Occlusion,
    Saliency,
    Trim,
)
from aition.methods.cd import SETS
from aition.models import fit
from aition.store.summary.intervals import deviations
from aition.transform import FieldBands, Fourier, Transform

Found = dict[str, Any]
TASKS = ("frequency", "field")
WAVES = (1, 4, 7, 10, 13, 2, 5, 8, 11, 14)
EDGES = (1.5 / 16, 3 / 16, 5 / 16, 7 / 16)
RING = 2
"""The place of the planted ring among those of EDGES."""
APART = 500_000
"""Added to a seed for the samples that are explained."""


class FieldNetwork(nn.Module):
    """Two circular convolutions, their mean over the field, and two layers that read it."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.seen = nn.Sequential(
            nn.Conv2d(1, width, 5, padding=2, padding_mode="circular"), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, padding_mode="circular"), nn.ReLU(),
        )  # fmt: skip
        self.read = nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x: Tensor) -> Tensor:
        said: Tensor = self.read(self.seen(x.unsqueeze(1)).mean(dim=(2, 3)))
        return said


def dense(n_time: int) -> nn.Module:
    """Two hidden layers over all steps."""
    return nn.Sequential(nn.Flatten(), nn.Linear(n_time, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


def attributed(model: TorchModel, batch: Batch, transform: Transform, train: Batch) -> Iterator[tuple[str, Tensor]]:
    """What every method says of the components, ``[sample, component]``."""
    background = from_tensors(transform.forward(train.x[:8]), layout="sample time feature")
    methods: dict[str, Trim] = {
        "Saliency": Trim(Saliency(), transform),
        "InputXGradient": Trim(InputXGradient(), transform),
        "IntegratedGradients": Trim(IntegratedGradients(steps=32), transform),
        "DeepLift": Trim(Captum("DeepLift"), transform),
        "DeepLiftShap": Trim(Captum("DeepLiftShap", references=background), transform),
        "GradientShap": Trim(Captum("GradientShap", references=background), transform),
        "KernelShap, whole components": Trim(
            Captum("KernelShap", settings={"segments": 0, "n_samples": 200}), transform, together=True
        ),
        "Occlusion": Trim(Occlusion(), transform),
        "Occlusion, whole components": Trim(Occlusion(), transform, together=True),
    }
    for rules in SETS.values():
        methods[f"CD, {rules.name}"] = Trim(
            ContextualDecomposition(rules=rules.name, strict=True), transform, together=True
        )
    for name, method in methods.items():
        answer = explain(method, model, batch, Target.scalar(), progress="off")
        found = torch.from_numpy(answer.attribution_component.values)
        yield name, found[:, :, 0] if found.ndim == 3 else found


def measured(
    task: str, seed: int, network: nn.Module, drawn: tuple[Simulated, Simulated], at: tuple[Transform, int], epochs: int
) -> list[Found]:
    """One network trained, and what every method makes of it."""
    (train, few), (transform, planted) = drawn, at
    trained = fit(TorchModel(network), train.batch, epochs=epochs, seed=seed, lr=2e-3, progress="off").model
    batch, label = few.batch, few.batch.label
    scores = {}
    for name, model in (("r2", trained), ("best", few.white_box)):
        with torch.no_grad():
            said = model(batch)[:, 0]
        scores[name] = round(float(1 - (said - label).square().mean() / label.var(unbiased=False)), 4)
    rows = []
    for name, value in attributed(trained, batch, transform, train.batch):
        size = value.detach().abs().double()
        error = float((size.argmax(dim=1) != planted).double().mean())
        outside = float((1 - size[:, planted] / size.sum(dim=1)).mean())
        rows.append(
            {"task": task, "seed": seed, "method": name, "error": error, "outside": round(outside, 4), **scores}
        )
    return rows


def run(task: str, seed: int, *, n_train: int, n_few: int, epochs: int) -> list[Found]:
    """One task of one seed."""
    torch.manual_seed(seed)
    networks = {"frequency": dense(32), "field": FieldNetwork()}
    waves = WAVES[seed % len(WAVES)]
    places = ((n_train, seed), (n_few, seed + APART))
    if task == "frequency":
        train, few = (PlantedFrequency(n_sample=n, waves=waves)(seed=at) for n, at in places)
        return measured(task, seed, networks[task], (train, few), (Fourier(), waves), epochs)
    train, few = (GaussianField(n_sample=n)(seed=at) for n, at in places)
    return measured(task, seed, networks[task], (train, few), (FieldBands(EDGES), RING), epochs)


def table(rows: list[Found]) -> str:
    """Means over seeds and half of their 95 % interval, a table a task."""
    lines: list[str] = []
    for task in dict.fromkeys(row["task"] for row in rows):
        own = [row for row in rows if row["task"] == task]
        seeds = {row["seed"]: row for row in own}
        r2, best = (np.mean([row[name] for row in seeds.values()]) for name in ("r2", "best"))
        lines += [f"{task}: {len(seeds)} seeds, R² of the networks {r2:.3f}, of the law {best:.3f}", ""]
        lines += ["| method | error, % | outside, % |", "|---|---|---|"]
        for method in dict.fromkeys(row["method"] for row in own):
            cells = []
            for name in ("error", "outside"):
                values = 100 * np.array([row[name] for row in own if row["method"] == method])
                half = 0.0
                if len(values) > 1:
                    half = float(deviations(np.array(len(values) - 1))) * values.std(ddof=1) / len(values) ** 0.5
                cells.append(f"{values.mean():.1f} ± {half:.1f}")
            lines.append(f"| {method} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("run", "table"), default="run")
    parser.add_argument("file", nargs="?", type=Path, help="of a table: rows that were kept")
    parser.add_argument("--quick", action="store_true", help="one seed, few samples, few epochs")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed; 1000 and more for development")
    parser.add_argument("--rows", type=Path, default=Path(os.devnull), help="a file to which rows are added, in JSON")
    asked = parser.parse_args()
    if (asked.what == "table") != bool(asked.file):
        parser.error("'table' names the file of rows, and nothing else does")
    if asked.file:
        print(table([json.loads(line) for line in asked.file.read_text().splitlines()]))
        return
    torch.set_num_threads(1)
    sizes = {"n_train": 4000, "n_few": 200, "epochs": 20}
    if asked.quick:
        asked.seeds, sizes = 1, {"n_train": 600, "n_few": 40, "epochs": 4}
    rows: list[Found] = []
    for seed in range(asked.first, asked.first + asked.seeds):
        for task in asked.tasks:
            found = run(task, seed, **sizes)
            rows.extend(found)
            with asked.rows.open("a", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(row)}\n" for row in found)
    print(f"\n{table(rows)}")


if __name__ == "__main__":
    main()
