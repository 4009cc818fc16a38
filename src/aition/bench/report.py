"""What rows say together: each method on each task, with means and intervals over the seeds; no torch is needed."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from aition.bench.figures import FIGURES, MAIN
from aition.bench.published import Published, published
from aition.bench.rows import Row, key_of
from aition.bench.student import interval_of
from aition.core.errors import InputError
from aition.metrics.interval import Interval

COSTS = ("cpu_seconds", "fit_cpu_seconds", "peak_rss_mb")


@dataclass(frozen=True)
class Standing:
    """How one method with its settings did on one task.

    Args:
        label: Its name, with what tells it from the others of that name.
        method: Its name.
        preset: As it was given.
        settings: As JSON.
        seeds: Those that have a row with figures, in rising order.
        folds: Rows with figures of each of these seeds.
        n_refused: Rows that say why it refused.
        n_empty: Rows that have neither figures nor a refusal.
        refused: Why it refused, if some row did, each reason once; empty otherwise.
        figures: Mean and interval of every figure that some row has.
        values: What they were made of, one number a seed, or a fold where there is one seed.
        rests: On how many seeds, and on how many rows, each of them rests.
        summed: Whether it was asked for the sum of the outputs, because it needs one number a sample.
        costs: Mean and interval of CPU seconds of explaining and of fitting, and of the peak of memory in MB.
    """

    label: str
    method: str
    preset: str
    settings: Mapping[str, Any]
    seeds: tuple[int, ...]
    folds: tuple[int, ...]
    n_refused: int
    n_empty: int
    refused: str
    figures: Mapping[str, Interval]
    values: Mapping[str, tuple[float, ...]]
    rests: Mapping[str, tuple[int, int]]
    summed: bool
    costs: Mapping[str, Interval]

    @property
    def n_row(self) -> int:
        """Rows with figures."""
        return sum(self.folds)

    @property
    def n_fold(self) -> int:
        """Rows with figures of a seed, at most."""
        return max(self.folds, default=0)

    @property
    def is_even(self) -> bool:
        """Whether all seeds have equally many rows."""
        return len(set(self.folds)) <= 1


@dataclass(frozen=True)
class Board:
    """All methods on one task.

    Args:
        task: Its name, with its recipe where rows of several are there.
        lead: The figure that is drawn.
        shown: What was explained, in words.
        standings: The best first, by ``lead``; those that refused last.
        published: What papers print for this task.
        notes: What to mind when methods are compared.
    """

    task: str
    lead: str
    shown: str
    standings: tuple[Standing, ...]
    published: tuple[Published, ...]
    notes: tuple[str, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The figures that some method has, in the order of :data:`aition.bench.figures.FIGURES`."""
        return tuple(name for name in FIGURES if any(name in one.figures for one in self.standings))


def boards(rows: Sequence[Row]) -> tuple[Board, ...]:
    """A board for every task, in the order in which they first come; rows of different recipes are never mixed.

    Args:
        rows: Of one file or several; of rows of the same key the first with figures counts, or the last where none
            has any.

    Raises:
        InputError: There are no rows.
    """
    if not rows:
        raise InputError("rows must hold at least one, but are none")
    by_task: dict[tuple[str, str], list[Row]] = {}
    for row in counted(rows):
        by_task.setdefault((row["task"], row["recipe"]), []).append(row)
    names = task_names(rows)
    return tuple(board(some, name=names[which]) for which, some in by_task.items())


def counted(rows: Sequence[Row]) -> list[Row]:
    """The rows that count: of those of the same key the first with figures, or the last where none has any."""
    first: dict[str, Row] = {}
    for row in rows:
        if not first.setdefault(key_of(row), row).get("metrics"):
            first[key_of(row)] = row
    return list(first.values())


def task_names(rows: Sequence[Row]) -> dict[tuple[str, str], str]:
    """What the tasks are called, by task and recipe: with the recipe where rows of several are there."""
    which = list(dict.fromkeys((row["task"], row["recipe"]) for row in rows))
    tasks = [task for task, _ in which]
    return {(task, recipe): task if tasks.count(task) == 1 else f"{task} (recipe {recipe})" for task, recipe in which}


def board(rows: Sequence[Row], *, name: str) -> Board:
    """The board of the rows of one task."""
    by_method: dict[str, list[Row]] = {}
    for row in rows:
        by_method.setdefault(json.dumps([row["method"], row["settings"]], sort_keys=True), []).append(row)
    groups = list(by_method.values())
    lead = str(rows[0].get("lead", MAIN[0]))
    lead = lead if lead in FIGURES and FIGURES[lead].better != "neither" else MAIN[0]
    sign = 1 if FIGURES[lead].better == "higher" else -1

    def rank(one: Standing) -> float:
        return -sign * one.figures[lead].mean if lead in one.figures else math.inf

    standings = [standing(group, label=label_of(group, groups)) for group in groups]
    return Board(
        task=name,
        lead=lead,
        shown=shown_in_words(rows),
        standings=tuple(sorted(standings, key=rank)),
        published=published(rows[0]["task"]),
        notes=tuple(notes_of(standings, rows)),
    )


def standing(rows: Sequence[Row], *, label: str) -> Standing:
    """One method from its rows."""
    good = [row for row in rows if row.get("metrics")]
    refusals = [str(row["refused"]) for row in rows if "refused" in row]
    seeds = sorted({row["seed"] for row in good})
    values = {name: over_seeds([(row, row["metrics"].get(name)) for row in good]) for name in FIGURES}
    costs = {name: over_seeds([(row, row.get(name)) for row in good]) for name in COSTS}
    known = {name: some for name, some in values.items() if some}
    return Standing(
        label=label,
        method=rows[0]["method"],
        preset=rows[0].get("preset", ""),
        settings=rows[0]["settings"],
        seeds=tuple(seeds),
        folds=tuple(sum(row["seed"] == seed for row in good) for seed in seeds),
        n_refused=len(refusals),
        n_empty=len(rows) - len(good) - len(refusals),
        refused="; ".join(dict.fromkeys(refusals)),
        figures={name: interval_of(some) for name, some in known.items()},
        values=known,
        rests={name: rest_of([row for row in good if name in row["metrics"]]) for name in known},
        summed=any(row.get("summed") for row in good),
        costs={name: interval_of(some) for name, some in costs.items() if some},
    )


def over_seeds(pairs: Sequence[tuple[Row, float | None]]) -> tuple[float, ...]:
    """One number a seed, the mean of its folds, for these share series; one a fold where there is one seed only.

    Args:
        pairs: All rows of a method that have figures, each with its value if it has one.
    """
    by_seed: dict[int, list[float]] = {}
    for row, value in pairs:
        if value is not None:
            by_seed.setdefault(row["seed"], []).append(value)
    if by_seed and len({row["seed"] for row, _ in pairs}) == 1:
        return tuple(*by_seed.values())
    return tuple(fmean(some) for some in by_seed.values())


def rest_of(rows: Sequence[Row]) -> tuple[int, int]:
    """How many seeds, and how many rows, there are."""
    return len({row["seed"] for row in rows}), len(rows)


def label_of(group: Sequence[Row], groups: Sequence[Sequence[Row]]) -> str:
    """A method's name with its preset and the settings that were given, in their words.

    Rows from before these words were kept: where others have the same two, the settings in which they differ.
    """
    row = next((one for one in group if "given" in one), group[0])
    name = f"{row['method']} ({row['preset']})" if row.get("preset") else str(row["method"])
    if "given" in row:
        return " ".join([name, ", ".join(f"{key}={word}" for key, word in row["given"].items())]).strip()
    same = [one[0] for one in groups if (one[0]["method"], one[0].get("preset")) == (row["method"], row.get("preset"))]
    settings = [one["settings"] for one in same]
    differ = [key for key in row["settings"] if any(one.get(key) != row["settings"][key] for one in settings)]
    words = ", ".join(f"{key}={in_words(row['settings'][key])}" for key in differ)
    return f"{name} {words}" if words else name


def in_words(value: Any) -> str:
    """A setting as ``--set`` would say it, nested ones in brackets.

    >>> in_words({"name": "blur", "width": 2.0})
    'blur(width=2.0)'
    """
    if isinstance(value, Mapping) and "name" in value:
        inner = ", ".join(f"{key}={in_words(one)}" for key, one in value.items() if key != "name")
        return f"{value['name']}({inner})" if inner else str(value["name"])
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(in_words, value)) if isinstance(value, list) else str(value)


def shown_in_words(rows: Sequence[Row]) -> str:
    """What was explained, and how cells are judged."""
    sizes = sorted({(row.get("n_series"), row.get("n_time"), row.get("n_feature")) for row in rows}, key=str)
    words = " or ".join(
        f"{n_series} series × {n_time} steps × {n_feature} feature{'s' * (n_feature != 1)}"
        for n_series, n_time, n_feature in sizes
    )
    accuracies = [row["model"]["accuracy"] for row in rows if "accuracy" in row.get("model", {})]
    right = f"; the model is right on {100 * fmean(accuracies):.1f} % of the labels" if accuracies else ""
    judged = "the cells of all series judged together" if rows[0].get("pool", True) else "each series judged by itself"
    return f"{words}, {judged}{right}"


def notes_of(standings: Sequence[Standing], rows: Sequence[Row]) -> list[str]:
    """What to mind when methods are compared."""
    notes = []
    ran = [one for one in standings if one.n_row]
    if len({(one.seeds, one.folds) for one in ran}) > 1:
        notes.append("methods were run on different seeds or folds: compare only what they share")
    if uneven := [one.label for one in ran if not one.is_even]:
        notes.append(f"{', '.join(uneven)}: seeds have different numbers of folds, and each seed counts the same")
    if any(rest != (len(one.seeds), one.n_row) for one in ran for rest in one.rests.values()):
        notes.append("a figure with a number of seeds or rows behind it rests on these alone, not on all runs")
    if any(len(one.seeds) == 1 and one.n_fold == 1 for one in ran):
        notes.append("one seed says nothing of chance: no interval")
    if any(len(one.seeds) == 1 and one.n_fold > 1 for one in ran):
        notes.append("folds of one seed share series, so their interval is somewhat too narrow")
    if len({json.dumps(row.get("versions", {}).get("aition")) for row in rows}) > 1:
        notes.append("rows were made by different versions of aition")
    if summed := [one.label for one in standings if one.summed]:
        notes.append(f"{', '.join(summed)}: asked for the sum of the outputs, for one number a sample is needed")
    return notes
