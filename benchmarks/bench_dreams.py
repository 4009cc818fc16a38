"""Dreams of networks on real series: what they reach, whether they look real, and what is to be had without them.

    bench_dreams.py run DATA... [--seeds 10 11] [--presets plain maco]   appends the rows that the file lacks
    bench_dreams.py table [DATA...]                                      the rows as tables of docs/dream_measured.md
    bench_dreams.py gallery DATA FILE [--seeds 10]                       calibrated dreams beside real series
    bench_dreams.py networks DATA...                                     accuracy of the networks
    bench_dreams.py --quick                                              one small run, kept nowhere

Without DATA: all that packages hold, and those that were fetched. Dreams are made of the training series. Judges see
one half of the test series, and the other half says how far a real series may be from that. ``reached`` is the middle
margin, ``wanted`` the 95th percentile of the training series of the class; ``hit`` the share within 5 % of it.
``looks_real``: between the percentiles .5 and 99 to all judges. ``agreed``: both other networks, of other kind and
seed, see the class; ``both``: and it looks real; ``p_other`` is their mean probability. ``high`` is the share of energy
above the band that holds 99 % of the real one. ``cpu`` is that of one class's dreams and their judgement, on one
thread. A row with the preset ``real`` is of the training series themselves: what judges say of series that are real.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from dream_networks import PLANS, accuracies, at_hand, data_of, networks_of
from numpy.typing import NDArray

from aition.core.explanation import Explanation
from aition.dream import (
    PRESETS,
    Border,
    Level,
    Margin,
    Mixture,
    Recipe,
    Unchanged,
    dream,
    figures_of,
    preset,
    untrained,
)
from aition.dream.judges import looks_real

ROWS = Path(__file__).parent / "results" / "dreams.jsonl"
SERIES = 1500
"""Training series that dreams are made of, at most."""
CLASSES = {"BasicMotions": 4, "JapaneseVowels": 9}
"""Classes that are dreamed of, the first so many; of others two."""
STILL = Recipe(Unchanged(), Level(share=0.0), variations=(), steps=1)
WAYS: dict[str, Recipe] = {name: one for name, one in PRESETS.items() if name != "words"} | {
    "calibrated-all": replace(PRESETS["calibrated"], own=False),
    "nearest": STILL,
    "mixture": replace(STILL, parameterisation=Mixture(), steps=200),
    "untrained": PRESETS["calibrated"],
    "untrained-all": replace(PRESETS["calibrated"], own=False),
}
"""Presets; ``-all`` is made of series of all classes; then the rivals."""
COLUMNS = ("reached", "hit", "looks_real", "agreed", "both", "p_other", "diversity", "copies", "high", "cpu")
BORDERS = ("gap_middle", "gap_most", "lower", "looks_real", "diversity", "cpu")


def dreamed(data: str, way: str, seed: int, *, border: bool, draws: int = 24, steps: int = 200) -> list[dict[str, Any]]:
    """A row for each class, or one of the border of the first two."""
    model, others = networks_of(data)
    series, recipe = data_of(data), WAYS[way]
    recipe = replace(recipe, seed=seed, steps=min(recipe.steps, steps))
    train = series.train.take(range(min(len(series.train), SERIES)))
    wishes = [Border((0, 1))] if border else [Margin(one) for one in range(CLASSES.get(data, 2))]
    asked = untrained(model, seed=seed) if way.startswith("untrained") else model
    began = time.process_time()
    found = dream(asked, train, wishes, recipe=recipe, draws=draws, unseen=series.test, others=others, progress="off")
    cpu = (time.process_time() - began) / len(wishes)
    same = {"data": data, "preset": way, "seed": seed, "draws": draws, "steps": recipe.steps}
    of = border_row if border else class_row
    return [same | of(found, place) | {"cpu": round(cpu, 2)} for place in range(len(wishes))]


def class_row(found: Explanation, place: int) -> dict[str, Any]:
    """Figures of the dreams of one class."""
    one = figures_of(found)[place]
    rows = found["target_wish"].values == place
    real, agreed = found["looks_real"].values[rows], found["agreed"].values[rows]
    chance = 1 / (1 + np.exp(-found["agreed_margin"].values[rows].clip(-80, 80)))
    return {
        "wish": one.wish,
        "reached": one.reached,
        "wanted": one.wanted if one.wanted == one.wanted else None,
        "real_most": one.real_most,
        "hit": one.hit if one.hit == one.hit else None,
        "looks_real": one.look_real,
        "agreed": float(agreed.all(axis=1).mean()),
        "both": float((agreed.all(axis=1) & real).mean()),
        "p_other": float(chance.mean()),
        "diversity": one.diversity,
        "copies": one.copies,
        "high": high_share(found, rows),
        "judges": {name: outside(found, name, rows) for name in judges_of(found)},
    }


def border_row(found: Explanation, place: int) -> dict[str, Any]:
    """Figures of the dreams of a border."""
    one, gap, logits = figures_of(found)[place], found["gap"].values, found["prediction"].values
    slack = logits[:, :2].min(axis=1) - logits[:, 2:].max(axis=1, initial=-np.inf)
    return {
        "wish": one.wish,
        "gap_middle": float(np.median(gap)),
        "gap_most": float(gap.max()),
        "lower": float((slack >= 1 - 0.02).mean()),
        "looks_real": one.look_real,
        "diversity": one.diversity,
        "copies": one.copies,
        "judges": {name: outside(found, name, np.ones(len(gap), dtype=np.bool_)) for name in judges_of(found)},
    }


def real_rows(data: str, seed: int) -> list[dict[str, Any]]:
    """What judges say of the training series themselves, a row for each class."""
    model, _ = networks_of(data)
    series = data_of(data)
    train = series.train.take(range(min(len(series.train), SERIES)))
    wishes = [Margin(one) for one in range(CLASSES.get(data, 2))]
    recipe = replace(STILL, seed=seed)
    found = dream(model, train, wishes, recipe=recipe, draws=1, unseen=series.test, progress="off")
    each = {name: torch.tensor(found[f"real_percentile_{name}"].values) for name in judges_of(found)}
    real, label = looks_real(each).numpy(), found["real_label"].values
    return [
        {
            "data": data,
            "preset": "real",
            "seed": seed,
            "wish": one.name,
            "looks_real": float(real[label == one.of].mean()),
        }
        for one in wishes
    ]


def judges_of(found: Explanation) -> list[str]:
    """Who judged."""
    return [str(name).removeprefix("percentile_") for name in found.data_vars if str(name).startswith("percentile_")]


def outside(found: Explanation, judge: str, rows: NDArray[np.bool_]) -> list[float]:
    """Shares of the dreams that are more usual and stranger than real series, to one judge."""
    said = found[f"percentile_{judge}"].values[rows]
    return [float((said < 0.5).mean()), float((said > 99).mean())]


def high_share(found: Explanation, rows: NDArray[np.bool_]) -> float:
    """The share of energy above the band that holds 99 % of the real one, the mean over dreams."""
    whole, made = power(found["real_value"].values), power(found["value"].values[rows])
    held = whole.mean(axis=(0, 2)).cumsum()
    last = int(np.searchsorted(held, 0.99 * held[-1])) + 1
    return float((made[:, last:].sum(axis=(1, 2)) / made.sum(axis=(1, 2)).clip(1e-12)).mean())


def power(series: NDArray[Any]) -> NDArray[Any]:
    """Power at each frequency above 0, ``[series, frequency, feature]``; what is not there counts as the mean."""
    return np.abs(np.fft.rfft(np.nan_to_num(series - np.nanmean(series, axis=1, keepdims=True)), axis=1)[:, 1:]) ** 2


def kept() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def missing(data: list[str], seeds: list[int], ways: list[str]) -> Iterator[tuple[str, str, int, bool]]:
    """What no row is of yet: data, preset, seed, and whether it is a border."""
    there = {(row["data"], row["preset"], row["seed"], row["wish"].startswith("border")) for row in kept()}
    for name in data:
        for seed in seeds:
            plan = [(way, False) for way in ways] + [(way, True) for way in ways if way in ("plain", "calibrated")]
            yield from ((name, way, seed, border) for way, border in plan if (name, way, seed, border) not in there)


def run(data: list[str], seeds: list[int], ways: list[str]) -> None:
    for name, way, seed, border in missing(data, seeds, ways):
        found = real_rows(name, seed) if way == "real" else dreamed(name, way, seed, border=border)
        with ROWS.open("a") as file:
            for row in found:
                print(row, flush=True)
                file.write(json.dumps(row) + "\n")


def table(data: list[str]) -> None:
    for name in data:
        rows = [row for row in kept() if row["data"] == name]
        seeds = sorted({row["seed"] for row in rows})
        print(f"\n**{name}** (seeds {', '.join(map(str, seeds))})\n")
        print_rows([row for row in rows if not row["wish"].startswith("border")], COLUMNS)
        print()
        print_rows([row for row in rows if row["wish"].startswith("border")], BORDERS)


def print_rows(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """A line for each preset; classes are parted by a stroke, or, where they are many, the mean and the least."""
    print(f"| preset | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for way in ("real", *WAYS):
        mine = [row for row in rows if row["preset"] == way]
        if mine:
            print(f"| {way} | {' | '.join(cell(mine, column) for column in columns)} |")


def cell(rows: list[dict[str, Any]], column: str) -> str:
    wishes = list(dict.fromkeys(row["wish"] for row in rows))
    each = [[row[column] for row in rows if row["wish"] == wish and row.get(column) is not None] for wish in wishes]
    means = [fmean(one) for one in each if one]
    if not means:
        return "–"
    if column in ("cpu", "reached", "high"):
        return f"{fmean(means):.2g}" if column != "reached" else f"{fmean(means):.1f}"
    if len(means) > 2:
        return f"{fmean(means):.2f} (" + (f"to {max(means):.2f})" if column == "copies" else f"from {min(means):.2f})")
    return " / ".join(f"{one:.4f}" if column.startswith("gap") else f"{one:.2f}" for one in means)


def gallery(data: str, path: str, seed: int) -> None:
    from aition.view.plots import plot_dreams

    model, others = networks_of(data)
    series = data_of(data)
    train = series.train.take(range(min(len(series.train), SERIES)))
    wishes = [Margin(0), Margin(1), Border((0, 1))]
    recipe = preset("calibrated", seed=seed)
    found = dream(model, train, wishes, recipe=recipe, unseen=series.test, others=others, progress="off")
    plot_dreams(found, class_names=series.class_names).savefig(path)


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table", "gallery", "networks"))
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--seeds", nargs="+", type=int, default=[10])
    parser.add_argument("--presets", nargs="+", default=["real", *WAYS], choices=("real", *WAYS))
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        print(dreamed("ItalyPowerDemand", "calibrated", 0, border=False, draws=4, steps=20))
    elif asked.what == "run":
        run(asked.rest or at_hand(), asked.seeds, asked.presets)
    elif asked.what == "table":
        table(asked.rest or list(PLANS))
    elif asked.what == "networks":
        for name in asked.rest or at_hand():
            print(name, [round(one, 3) for one in accuracies(name)])
    else:
        gallery(asked.rest[0], asked.rest[1], asked.seeds[0])


if __name__ == "__main__":
    main()
