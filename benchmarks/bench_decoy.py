"""Whether a penalty in training undoes a decoy: a cue of the class in training, and is turned round in the test.

    bench_decoy.py tune mnist-1d --rows FILE         strengths, on development seeds (1000 and up)
    bench_decoy.py run mnist-1d --rows FILE          seeds 5 to 9, at the strengths that the development rows chose
    bench_decoy.py table --rows FILE                 both, as tables
    bench_decoy.py --quick                           one small task, one seed, nothing kept

Who trains knows where a decoy may stand, and says that it must not matter. The strength of each penalty is the one with
the highest accuracy on validation samples whose decoys are SHUFFLED among them, on development seeds, never by decoys
that are turned round: of five powers of ten, the same for all penalties, on seed 1000; of the best three also on 1001
and 1002. Sizes of networks and lengths of training were set on seed 1000 with its test samples in view;
where all seeds share their test samples (mnist-5k, reviews) these are not unseen. Rows: accuracy on test samples with
decoys as in training (``as_trained``), turned round (``reversed``), and without them (``without``).

*mnist-1d*: four steps at one of both ends, chosen by chance, at a level that rises with the digit; turned round, with 9
less the digit. *mnist-5k*: a patch of 5 x 5 pixels in one of four corners, darker with the digit. *leak-cnn* and
*leak-lstm*: the marker of ``Shortcut``. *reviews*: one of two words that tell nothing, one for each class, anywhere.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition import TorchModel
from aition.core.batch import Batch, Field
from aition.data.digits import load_mnist1d, load_mnist_5k
from aition.data.reviews import load_reviews
from aition.data.simulate import Shortcut
from aition.models import create, evaluate, fit, label_loss
from aition.penalty import (
    Cells,
    Claim,
    ExpectedGradientsPenalty,
    MarkedCells,
    MustNotMatter,
    OcclusionPenalty,
    Penalty,
    RelevancePenalty,
    RemovalPenalty,
    RightReasonsPenalty,
    SharePenalty,
    Weighted,
)
from aition.store.summary.intervals import deviations

Found = dict[str, Any]
METHODS: dict[str, Penalty] = {
    "removal-CDEP": RemovalPenalty(),
    "CD, L1": RelevancePenalty(centred=False),
    "CD, centred L1": RelevancePenalty(),
    "CD, softmax share": SharePenalty(),
    "occlusion": OcclusionPenalty(),
    "RRR": RightReasonsPenalty(),
    "expected gradients": ExpectedGradientsPenalty(),
}
FREE = ("vanilla", "trained without decoys", "shuffled in training")
STRENGTHS = (0.1, 1.0, 10.0, 100.0, 1000.0)
KEPT = 3
"""Strengths, the best of the first development seed, that further ones try."""
DEVELOPMENT = (1000, 1001, 1002)
DECOY = "decoy"


@dataclass(frozen=True, eq=False)
class Task:
    """Samples without decoys, and how decoys are put into them.

    Args:
        parts: ``train``, ``validation`` and ``test``, without decoys.
        planted: From samples and the labels that decoys pretend to samples with decoys.
        opposite: The label that a decoy pretends when it is turned round.
        claim: What is known.
        network: With fresh weights, from a seed.
        training: Settings of :func:`aition.models.fit`.
    """

    parts: dict[str, Batch]
    planted: Callable[[Batch, Tensor], Batch]
    opposite: Callable[[Tensor], Tensor]
    claim: Claim
    network: Callable[[int], TorchModel]
    training: Found


def parts_of(train: Batch, test: Batch, *, n_train: int, n_validation: int, n_test: int, seed: int) -> dict[str, Batch]:
    """Three parts in an order that hangs on the seed."""
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))
    chosen = torch.randperm(len(test), generator=torch.Generator().manual_seed(seed))[:n_test]
    return {
        "train": train.take(order[:n_train]),
        "validation": train.take(order[n_train : n_train + n_validation]),
        "test": test.take(chosen),
    }


def chance_of(batch: Batch, n: int) -> Tensor:
    """A number from 0 to n - 1 for each sample, the same whenever it is asked."""
    return batch.keys.remainder(n)


def seeded(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return build()


def mnist_1d(seed: int) -> Task:
    data = load_mnist1d(seed=seed)
    width, n_time = 4, 40
    ends = torch.arange(n_time) < width

    def planted(batch: Batch, said: Tensor) -> Batch:
        level = 3 * (said.float() - 4.5) / 4.5
        place = torch.where((chance_of(batch, 2) == 1)[:, None], ends.flip(0), ends)
        return batch.with_x(torch.where(place[:, :, None], level[:, None, None], batch.x))

    def network(seed: int) -> TorchModel:
        def build() -> nn.Module:
            layers = [nn.Conv1d(1, 32, 5, 2, 2), nn.ReLU(), nn.Conv1d(32, 32, 3, 2, 1), nn.ReLU()]
            return nn.Sequential(*layers, nn.Conv1d(32, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(160, 10))

        return TorchModel(seeded(build, seed), channels_first, head="none")

    return Task(
        parts_of(data.train, data.test, n_train=3200, n_validation=800, n_test=1000, seed=seed),
        planted,
        lambda label: 9 - label,
        MustNotMatter(Cells((ends | ends.flip(0))[:, None])),
        network,
        {"epochs": 15, "lr": 1e-2, "batch_size": 200},
    )


def channels_first(module: nn.Module, batch: Batch) -> Tensor:
    out: Tensor = module(batch.x.transpose(1, 2))
    return out


def as_image(module: nn.Module, batch: Batch) -> Tensor:
    out: Tensor = module(batch.x.unsqueeze(1))
    return out


def mnist_5k(seed: int) -> Task:
    data = load_mnist_5k()
    side = torch.arange(28) < 5
    corners = [side[:, None] & side, side[:, None] & side.flip(0), side.flip(0)[:, None] & side]
    corners.append(side.flip(0)[:, None] & side.flip(0))
    where = torch.stack(corners)

    def planted(batch: Batch, said: Tensor) -> Batch:
        level = 1 - said.float() / 10
        return batch.with_x(torch.where(where[chance_of(batch, 4)], level[:, None, None], batch.x))

    def network(seed: int) -> TorchModel:
        def build() -> nn.Module:
            layers = [nn.Conv2d(1, 8, 5, 2, 2), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU()]
            return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 49, 10))

        return TorchModel(seeded(build, seed), as_image, head="none")

    return Task(
        parts_of(data.train, data.test, n_train=3000, n_validation=500, n_test=1000, seed=seed),
        planted,
        lambda label: 9 - label,
        MustNotMatter(Cells(where.any(dim=0))),
        network,
        {"epochs": 5, "lr": 5e-3, "batch_size": 150},
    )


def leak(kind: str, seed: int) -> Task:
    """The marker of a shortcut: its height is the decoy."""
    n_time = 50 if kind == "cnn" else 24
    drawn = {name: Shortcut(n_sample=n, n_time=n_time, leak=0.0, offset=0.0)(seed=3 * seed + number).batch
             for number, (name, n) in enumerate({"train": 800, "validation": 500, "test": 1000}.items())}  # fmt: skip
    corner = torch.zeros(n_time, 3, dtype=torch.bool)
    corner[:4, -1] = True

    def planted(batch: Batch, said: Tensor) -> Batch:
        return batch.with_x(batch.x + 3.0 * (said == 1)[:, None, None] * corner)

    def network(seed: int) -> TorchModel:
        if kind == "cnn":
            return create("conv-classifier", n_feature=3, n_class=2, channels=(16, 16), seed=seed)
        return TorchModel(seeded(lambda: Last(3, 2), seed), head="none")

    steps = {"epochs": 10, "lr": 1e-2, "batch_size": 100}
    return Task(drawn, planted, lambda label: 1 - label, MustNotMatter(Cells(corner)), network, steps)


class Last(nn.Module):
    """An LSTM that reads from the last step to the first, and its state there."""

    def __init__(self, n_feature: int, n_class: int) -> None:
        super().__init__()
        self.recurrent, self.head = nn.LSTM(n_feature, 24, batch_first=True), nn.Linear(24, n_class)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.recurrent(x.flip(1))[0][:, -1])
        return logits


class Words(nn.Module):
    """Embedded words, a convolution over three of them, and the mean over the words that there are."""

    def __init__(self, n_word: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_word, 24)
        self.near, self.head = nn.Conv1d(24, 24, 3, padding=1), nn.Linear(24, 2)

    def forward(self, ids: Tensor, exists: Tensor) -> Tensor:
        there = exists[:, None].to(self.head.weight.dtype)
        states = torch.relu(self.near((self.embedding(ids).transpose(1, 2)) * there)) * there
        logits: Tensor = self.head(states.sum(dim=2) / there.sum(dim=2))
        return logits


def reviews(seed: int) -> Task:
    data = load_reviews()
    n_word = len(data.train.fields["ids"].names)

    def planted(batch: Batch, said: Tensor) -> Batch:
        place = chance_of(batch, 1_000_003) % batch.lengths
        marked = torch.arange(batch.n_time)[None] == place[:, None]
        ids = torch.where(marked, (n_word + said)[:, None], batch["ids"])
        field = Field(ids, "ids", ("sample", "time"))
        return replace(batch, fields={"ids": field, DECOY: Field(marked, "context", ("sample", "time"))})

    def network(seed: int) -> TorchModel:
        return TorchModel(
            seeded(lambda: Words(n_word + 2), seed),
            lambda module, batch: module(batch["ids"], batch.exists),
            embedding="embedding",
            head="none",
        )

    return Task(
        parts_of(data.train, data.test, n_train=3000, n_validation=800, n_test=1500, seed=seed),
        planted,
        lambda label: 1 - label,
        MustNotMatter(MarkedCells(DECOY)),
        network,
        {"epochs": 4, "lr": 1e-2, "batch_size": 200},
    )


TASKS: dict[str, Callable[[int], Task]] = {
    "mnist-1d": mnist_1d,
    "mnist-5k": mnist_5k,
    "leak-cnn": lambda seed: leak("cnn", seed),
    "leak-lstm": lambda seed: leak("lstm", seed),
    "reviews": reviews,
}


@cache
def task_of(name: str, seed: int) -> Task:
    return TASKS[name](seed)


def shuffled(label: Tensor, seed: int) -> Tensor:
    return label[torch.randperm(len(label), generator=torch.Generator().manual_seed(seed))]


def trained(task: Task, method: str, strength: float, seed: int) -> TorchModel:
    """The network of a task by a method."""
    plain = task.parts["train"]
    batch = plain if method == "trained without decoys" else task.planted(plain, plain.label)
    settings: Found = {"seed": seed, "progress": "off", **task.training}
    if method in METHODS:
        settings["penalty"] = Weighted(METHODS[method], [task.claim], strength=strength)
    if method == "shuffled in training":
        rows = {name: row for row, name in enumerate(plain.ids.tolist())}
        calls = iter(range(10**9))

        def loss(outputs: Tensor, piece: Batch) -> Tensor:
            return outputs.sum() * 0

        def charge(model: TorchModel, piece: Batch) -> Tensor:
            bare = plain.take([rows[name] for name in piece.ids.tolist()])
            mixed = task.planted(bare, shuffled(piece.label, seed * 10**6 + next(calls)))
            return label_loss(replace(model, embedding="")(mixed), mixed)

        settings |= {"loss": loss, "penalty": charge}
    return fit(task.network(seed), batch, **settings).model


def measured(name: str, method: str, strength: float, seed: int, *, test: bool) -> Found:
    """One training and its accuracies; of the test samples only where they are asked for."""
    task = task_of(name, seed)
    begun = time.process_time()
    model = trained(task, method, strength, seed)
    seconds = time.process_time() - begun
    held = task.parts["validation"]
    row: Found = {"benchmark": "decoy", "task": name, "method": method, "strength": strength, "seed": seed}
    row["validation_shuffled"] = evaluate(model, task.planted(held, shuffled(held.label, seed)))[1]
    if test:
        last = task.parts["test"]
        row["as_trained"] = evaluate(model, task.planted(last, last.label))[1]
        row["reversed"] = evaluate(model, task.planted(last, task.opposite(last.label)))[1]
        row["without"] = evaluate(model, last)[1]
    return row | {"cpu_seconds": round(seconds, 2)}


def held(rows: Sequence[Found], name: str, method: str) -> dict[float, list[float]]:
    """Accuracies where decoys are shuffled, by strength, of development seeds."""
    found: dict[float, list[float]] = {}
    for row in rows:
        if row["task"] == name and row["method"] == method and row["seed"] >= 1000:
            found.setdefault(row["strength"], []).append(row["validation_shuffled"])
    return found


def best(rows: Sequence[Found], name: str, method: str) -> list[float]:
    """Strengths with the highest mean accuracy where decoys are shuffled, of those that most seeds tried, in order."""
    by = held(rows, name, method)
    if not by:
        raise SystemExit(f"no development rows of {method} on {name}: run 'tune {name}' first")
    most = max(map(len, by.values()))
    return sorted((at for at in by if len(by[at]) == most), key=lambda at: -float(np.mean(by[at])))


def figure(values: Sequence[float]) -> str:
    """Percent, the mean and half of its 95 % interval."""
    plain = 100 * np.array(values, dtype=np.float64)
    if len(plain) < 2:
        return f"{plain.mean():.1f}"
    half = float(deviations(np.array(len(plain) - 1))) * plain.std(ddof=1) / len(plain) ** 0.5
    return f"{plain.mean():.1f} ± {half:.1f}"


def table(rows: Sequence[Found]) -> str:
    """Accuracies by task and method, and the cost of training."""
    lines: list[str] = []
    for name in dict.fromkeys(row["task"] for row in rows):
        own = [row for row in rows if row["task"] == name and row["seed"] < 1000]
        lines += [
            f"\n{name}\n",
            "| | strength | reversed | as in training | without decoys | seeds | CPU s |",
            "|---" * 7 + "|",
        ]
        for method in (*FREE, *METHODS):
            tried = [row for row in own if row["method"] == method]
            for at in dict.fromkeys(row["strength"] for row in tried):
                some = [row for row in tried if row["strength"] == at]
                cells = [figure([row[kind] for row in some]) for kind in ("reversed", "as_trained", "without")]
                seeds, cost = sorted(row["seed"] for row in some), np.mean([row["cpu_seconds"] for row in some])
                strength = f"{at:g}" if method in METHODS else ""
                lines.append(f"| {method} | {strength} | {' | '.join(cells)} | {seeds[0]}–{seeds[-1]} | {cost:.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("tune", "run", "table"), default="run")
    parser.add_argument("task", nargs="?", choices=tuple(TASKS), default="leak-cnn")
    parser.add_argument("--quick", action="store_true", help="one seed of two methods, strength 1")
    parser.add_argument("--rows", type=Path, default=Path(os.devnull), help="rows in JSON; those there are kept")
    parser.add_argument("--seeds", type=int, default=5, help="of a run: how many")
    parser.add_argument("--first", type=int, default=5, help="of a run: the first seed")
    parser.add_argument("--methods", nargs="+", default=[*FREE, *METHODS])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.quick:
        for method in ("vanilla", "occlusion"):
            print(json.dumps(measured("leak-cnn", method, 1.0, 1000, test=True)))
        return
    rows = [json.loads(line) for line in asked.rows.read_text().splitlines()] if asked.rows.is_file() else []
    if asked.what == "table":
        print(table(rows))
        return

    plan = tuning if asked.what == "tune" else running(asked.first, asked.seeds)
    plan(asked.task, asked.methods, rows, asked.rows)


def measure(key: tuple[str, str, float, int], rows: list[Found], file: Path, *, test: bool) -> None:
    """A row of task, method, strength and seed, where it is not there yet."""
    if key in {(row["task"], row["method"], row["strength"], row["seed"]) for row in rows}:
        return
    rows.append(measured(*key, test=test))
    with file.open("a", encoding="utf-8") as there:
        there.write(f"{json.dumps(rows[-1])}\n")
    print(json.dumps(rows[-1]), flush=True)


def tuning(task: str, methods: Sequence[str], rows: list[Found], file: Path) -> None:
    """Every strength on the first development seed, and the best of them on the others."""
    for method in (one for one in methods if one in METHODS):
        for strength in STRENGTHS:
            measure((task, method, strength, DEVELOPMENT[0]), rows, file, test=False)
        first = [row for row in rows if row["seed"] == DEVELOPMENT[0]]
        for strength in best(first, task, method)[:KEPT]:
            for seed in DEVELOPMENT[1:]:
                measure((task, method, strength, seed), rows, file, test=False)


def running(first: int, n_seed: int) -> Callable[[str, Sequence[str], list[Found], Path], None]:
    """Every method at its best strength, on some seeds."""

    def run(task: str, methods: Sequence[str], rows: list[Found], file: Path) -> None:
        at = {method: best(rows, task, method)[0] if method in METHODS else 0.0 for method in methods}
        for seed in range(first, first + n_seed):
            for method in methods:
                measure((task, method, at[method], seed), rows, file, test=True)

    return run


if __name__ == "__main__":
    main()
