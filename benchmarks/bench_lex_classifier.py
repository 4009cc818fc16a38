"""A classifier that predicts from a tenth of the cells, on real series: what that costs, and what it hides.

    bench_lex_classifier.py run SEED...          appends the rows that benchmarks/results/lex_classifier.jsonl lacks
    bench_lex_classifier.py table                the rows as the table of docs/lex_classifier.md
    bench_lex_classifier.py picture FILE         what is selected of each data set, seed 0
    bench_lex_classifier.py --quick              one small run, kept nowhere

Ways to predict: ``whole``, the network from whole series; ``lex``, ``LexClassifier()``; ``surrogate``, the same with a
predictor that was trained on random subsets of the same size alone; ``random``, that predictor with a random subset of
each series. All have the network, its epochs and the imputer in common. ``ensemble`` is the mean of ``lex`` over 16
random masks of its selector in place of the one that is shown.

Honesty of ``lex``, in nats: ``gap_evalx``, its predictor's log-likelihood of the labels less that of EVAL-X; ``gap``,
less that of the surrogate's predictor on the same cells; ``told``, what the choice of the cells tells beside their
values; ``overlap``, the mean Jaccard of two series' masks.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from aeon.datasets import load_classification
from torch import Tensor, nn

from aition.bench.student import interval_of
from aition.checks import encoding_gap, evidence, static_mask, told_by_choice
from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.methods.lex.selected_only import SelectedOnly
from aition.models import evaluate, fit
from aition.models.deviations import in_deviations
from aition.sklearn import PREDICTOR_STEP, LexClassifier, batch_of, fresh_network

ROWS = Path(__file__).parent / "results" / "lex_classifier.jsonl"
SETS = ("ItalyPowerDemand", "GunPoint", "BasicMotions", "JapaneseVowels")
SETTINGS: dict[str, dict[str, Any]] = {"JapaneseVowels": {"epochs": 30, "predictor_epochs": 50}}
PLAIN: dict[str, Any] = {"judged": False, "rivals": 0}
"""What is judged here is judged below, and the seconds are of the classifier alone."""
COLUMNS = ("whole", "lex", "surrogate", "random", "ensemble", "gap_evalx", "gap", "told", "overlap", "share", "seconds")


class ByChance(nn.Module):
    """A selector that says random logits, its own for each series.

    Args:
        like: Whose moments it keeps, so that it can stand in its place.
    """

    def __init__(self, like: nn.Module) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1), requires_grad=False)
        for name, value in like.named_buffers():
            self.register_buffer(name, value)

    def forward(self, batch: Batch) -> Tensor:
        first = (batch.x * batch.observed).double().sum(dim=(1, 2)).view(torch.int64)
        step, column = torch.arange(batch.n_time)[:, None], torch.arange(batch.n_feature)
        return 1e3 * uniform(first[:, None, None], 7, step, column).to(batch.x)


def split(name: str, part: str, *, most: int = 400) -> tuple[Any, np.ndarray]:
    """Series and labels, the first so many."""
    x, y = load_classification(name, split=part)
    return x[:most], y[:most]


def log_chances(classifier: LexClassifier, model: SelectedOnly, x: Any, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Log-likelihood of each label, and the share of labels met."""
    said = torch.cat([model(part) for part in classifier.read(x).split(model.rows)]).double().numpy()
    label = np.searchsorted(classifier.classes_, y)
    return said[np.arange(len(label)), label], float((said.argmax(axis=1) == label).mean())


def measured(name: str, seed: int, **shorter: Any) -> dict[str, Any]:
    """All figures of one data set and seed, with settings of the classifier where it is to be quick."""
    (x, y), (others, wanted) = split(name, "train"), split(name, "test")
    settings = SETTINGS.get(name, {}) | shorter
    began = time.process_time()
    joint = LexClassifier(**settings, **PLAIN, random_state=seed).fit(x, y)
    seconds = time.process_time() - began
    blind = LexClassifier(**settings, **PLAIN, predictor="surrogate", random_state=seed).fit(x, y)
    others = [one[:, : joint.n_time_] for one in others]
    learn = batch_of(x, label=np.searchsorted(joint.classes_, y))
    judge = batch_of(others, label=np.searchsorted(joint.classes_, wanted))
    learn, judge = (
        replace(one.to(device="cpu", dtype=torch.float32), ids=np.array([f"{part}-{i}" for i in range(len(one))]))
        for part, one in (("train", learn), ("test", judge))
    )
    start = in_deviations(fresh_network(joint.network, learn, seed=seed), learn)
    network = fit(
        start,
        learn,
        epochs=joint.predictor_epochs,
        lr=PREDICTOR_STEP,
        batch_size=joint.batch_size,
        seed=seed,
        progress="off",
    ).model
    own, met = log_chances(joint, joint.model_, others, wanted)
    crossed = SelectedOnly(replace(joint.lex_, own=blind.lex_.own), joint.model_.inner)
    same, _ = log_chances(joint, crossed, others, wanted)
    chance = SelectedOnly(replace(blind.lex_, selector=ByChance(blind.lex_.selector)), blind.model_.inner)
    shown, seen = joint.explain(others), joint.explain(x)
    shown, seen = shown.assign_coords(sample=judge.ids), seen.assign_coords(sample=learn.ids)
    found = evidence(learn, seen["selected"], judge, shown["selected"])
    cells = float(shown["exists"].sum()) * judge.n_feature
    return {
        "data": name,
        "seed": seed,
        "n_train": len(y),
        "n_test": len(wanted),
        "k": joint.k_,
        "whole": evaluate(network, judge)[1],
        "lex": met,
        "surrogate": log_chances(blind, blind.model_, others, wanted)[1],
        "random": log_chances(blind, chance, others, wanted)[1],
        "ensemble": float((joint.classes_[shown["expected"].values.argmax(axis=1)] == wanted).mean()),
        "gap_evalx": encoding_gap(own, found.values).figure.mean,
        "gap": encoding_gap(own, same).figure.mean,
        "told": told_by_choice(found.values, found.chosen).figure.mean,
        "overlap": static_mask(shown["selected"]).figure.mean,
        "share": float(shown["selected"].sum()) / cells,
        "estimator": joint.lex_.notes["estimator"],
        "seconds": round(seconds, 1),
    }


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def run(seeds: list[int]) -> None:
    for seed in seeds:
        for name in SETS:
            if not any(row["data"] == name and row["seed"] == seed for row in rows()):
                found = measured(name, seed)
                print(found, flush=True)
                with ROWS.open("a") as file:
                    file.write(json.dumps(found) + "\n")


def table() -> None:
    print(f"| data (seeds) | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
    for name in SETS:
        mine = [row for row in rows() if row["data"] == name]
        cells = [summed([row[column] for row in mine], column) for column in COLUMNS if mine]
        print(f"| {name} ({len(mine)}) | {' | '.join(cells)} |")


def summed(values: list[float], column: str) -> str:
    if len(values) < 2 or column in ("seconds", "share"):
        return f"{mean(values):.3g}"
    spread = interval_of(values)
    return f"{spread.mean:.2f} ± {(spread.high - spread.low) / 2:.2f}"


def picture(path: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, places = plt.subplots(len(SETS), 3, figsize=(11, 8), squeeze=False)
    for line, name in zip(places, SETS, strict=True):
        (x, y), (others, wanted) = split(name, "train"), split(name, "test")
        classifier = LexClassifier(**SETTINGS.get(name, {}), **PLAIN, random_state=0).fit(x, y)
        rows_shown = [int(np.flatnonzero(wanted == label)[0]) for label in classifier.classes_[:3]]
        picked = [others[row] for row in rows_shown]
        answer = classifier.explain(picked)
        said = classifier.predict(picked)
        for place, axes in enumerate(line):
            if place >= len(picked):
                axes.axis("off")
                continue
            series, length = picked[place], picked[place].shape[1]
            mask = answer["selected"].values[place, :length].T
            height = (series - series.min(axis=1, keepdims=True)) / np.ptp(series, axis=1, keepdims=True).clip(1e-9)
            for feature in range(len(series)):
                values = height[feature] * 0.9 + feature
                axes.plot(values, color="0.75", lw=0.8)
                axes.plot(np.where(mask[feature], values, np.nan), color="C3", lw=2.2, marker=".", ms=3)
            axes.set_title(f"{name}: {wanted[rows_shown[place]]}, predicted {said[place]}", fontsize=8)
            axes.set_yticks([])
            axes.set_xlabel("step", fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table", "picture"))
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        print(measured("ItalyPowerDemand", 0, epochs=1, predictor_epochs=2))
    elif asked.what == "run":
        run([int(seed) for seed in asked.rest] or [0])
    elif asked.what == "table":
        table()
    else:
        picture(Path(asked.rest[0]))


if __name__ == "__main__":
    main()
