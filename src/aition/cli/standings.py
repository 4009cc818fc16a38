"""Tasks, methods and standings of the bench as they are printed."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aition.bench.figures import FIGURES, MAIN, OF_SELECTIONS
from aition.bench.published import Published
from aition.cli.printing import columns, counted
from aition.metrics.interval import Interval

if TYPE_CHECKING:
    from aition.bench.report import Board, Standing
    from aition.view.report import Contest, Table

COSTS = {"cpu_seconds": "CPU s", "fit_cpu_seconds": "fit CPU s", "peak_rss_mb": "peak MB"}
ARROWS = {"higher": "↑", "lower": "↓", "neither": ""}


def task_facts() -> list[dict[str, Any]]:
    """Every task: what it draws and explains, and by what it is judged."""
    from aition.bench.networks import TrainedNetwork
    from aition.bench.tasks import TASKS

    found = []
    for task in TASKS.values():
        network = task.network
        model = network.builder if isinstance(network, TrainedNetwork) else "the law itself"
        sizes = dict(zip(("n_series", "n_time", "n_feature"), task.sizes, strict=True))
        found.append(
            {"name": task.name, "about": task.about, "recipe": task.recipe, "model": model, **sizes}
            | {"folds": task.n_fold, "lead": task.lead, "pool": task.pool}
        )
    return found


def method_facts() -> list[dict[str, Any]]:
    """Every method with its presets, and whether it has to be fitted first."""
    from aition import registry

    found = []
    for name, make in registry.explainers().items():
        presets = list(getattr(make, "PRESETS", ()))
        ours = make.__module__.split(".")[0] == "aition"
        words = [f"presets: {', '.join(presets)}"] * bool(presets) + [f"of {make.__module__}"] * (not ours)
        found.append({"name": name, "presets": presets, "module": make.__module__, "words": "; ".join(words)})
    return found


def lines_of(board: "Board") -> list[str]:
    """A board for people."""
    lines = [f"{board.task}: {board.shown}"]
    for head, rows, names in parts_of(board):
        printed_there, sources = printed_rows(board.published, names)
        rows = [*rows, *([*row, *[""] * (len(head) - len(row))] for row in printed_there)]
        lines += columns([head, *rows], indent="  ", n_head=1)
        lines += [f"  [{mark}] published, not run here: {source}" for mark, source in sources.items()]
    lines += [f"  {one.label}: {refusal(one)}" for one in board.standings if one.refused]
    lines += ["  runs are seeds with figures, × the folds of each"]
    lines += ["  ± is half of Student's 95 % interval over the seeds; of published figures their standard deviation"]
    return lines + [f"  Mind: {note}" for note in board.notes]


def parts_of(board: "Board") -> Iterator[tuple[list[str], list[list[str]], list[str]]]:
    """The tables of our runs: header, rows and figures; main figures with the costs, then the others.

    The first has every method, also those without any figure.
    """
    ours = [one for one in board.standings if one.figures]
    first = OF_SELECTIONS if board.lead in OF_SELECTIONS[1:] else MAIN
    main = [name for name in board.metrics if name in first]
    rest = [name for name in board.metrics if name not in first]
    spent = [cost for cost in COSTS if any(one.costs[cost].mean for one in ours if cost in one.costs)]
    for names, costs, listed in [(main, spent, board.standings), *[(rest, [], ours)] * bool(rest)]:
        rows = []
        for one in listed:
            cells = [marked(one, name) for name in names]
            cells += [number(one.costs[cost].mean) if cost in one.costs else "" for cost in costs]
            rows.append([one.label, runs(one), *cells])
        yield ["method", "runs", *map(headed, names), *(COSTS[cost] for cost in costs)], rows, names


def headed(name: str) -> str:
    """A figure with which way is better.

    >>> headed("cpp")
    'cpp ↓'
    """
    return f"{name} {ARROWS[FIGURES[name].better]}".rstrip()


def runs(one: "Standing") -> str:
    """Seeds with figures and the folds of each, and the rows that have none."""
    words = f"{len(one.seeds)}×{one.n_fold}" if one.n_fold > 1 and one.is_even else str(len(one.seeds))
    more = [counted(one.n_row, "row")] * (not one.is_even)
    more += [f"{one.n_refused} refused"] * bool(one.n_refused)
    more += [f"{one.n_empty} without figures"] * bool(one.n_empty)
    return f"{words} ({', '.join(more)})" if more else words


def refusal(one: "Standing") -> str:
    """Why a method refused, and how many of its rows where it did not refuse all."""
    total = one.n_row + one.n_refused + one.n_empty
    share = "" if one.n_refused == total else f"{one.n_refused} of {total} rows "
    return f"{share}refused: {one.refused}"


def marked(one: "Standing", name: str) -> str:
    """A figure of a method, with the seeds or rows that it rests on where these are few; empty where it has none."""
    if name not in one.figures:
        return ""
    n_seed, n_row = one.rests[name]
    if n_seed < len(one.seeds):
        return f"{spread(one.figures[name])} ({counted(n_seed, 'seed')})"
    return spread(one.figures[name]) + (f" ({counted(n_row, 'row')})" if n_row < one.n_row else "")


def printed_rows(found: Sequence[Published], names: Sequence[str]) -> tuple[list[list[str]], dict[str, str]]:
    """Published figures as rows of the same columns, marked, and the sources by their marks."""
    marks: dict[str, str] = {}
    rows: dict[tuple[str, str], dict[str, Published]] = {}
    for one in found:
        if one.metric in names:
            mark = marks.setdefault(one.source, chr(ord("a") + len(marks)))
            rows.setdefault((one.method, mark), {})[one.metric] = one
    lines = [
        [f"[{mark}] {method}", "", *(printed(figures[name]) if name in figures else "" for name in names)]
        for (method, mark), figures in sorted(rows.items(), key=lambda item: item[0][1])
    ]
    return lines, {mark: source for source, mark in marks.items()}


def printed(one: Published) -> str:
    """A published figure with its deviation, where there is one."""
    return with_half(one.value, one.deviation or math.nan)


def spread(interval: Interval) -> str:
    """A mean with half of its interval."""
    return with_half(interval.mean, interval.high - interval.mean)


def with_half(mean: float, half: float) -> str:
    """A number and what it may be off by, in equal digits.

    >>> with_half(0.8851, 0.0302), with_half(12630.4, 800.1), with_half(0.5, math.nan)
    ('0.885 ±0.030', '12630 ±800', '0.500')
    """
    digits = digits_of(mean)
    return f"{mean:.{digits}f}" + (f" ±{half:.{digits}f}" if math.isfinite(half) else "")


def number(value: float) -> str:
    """A number in as many digits as it needs.

    >>> number(0.98765), number(47.123), number(12630.4)
    ('0.988', '47.1', '12630')
    """
    return f"{value:.{digits_of(value)}f}"


def digits_of(value: float) -> int:
    """Digits behind the point."""
    return 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0


def as_facts(board: "Board") -> dict[str, Any]:
    """A board as JSON."""
    return {
        "task": board.task,
        "shown": board.shown,
        "lead": board.lead,
        "interval": "Student's t over seeds, level 0.95",
        "methods": [standing_facts(one) for one in board.standings],
        "published": [vars(one) for one in board.published],
        "notes": list(board.notes),
    }


def standing_facts(one: "Standing") -> dict[str, Any]:
    """A method as JSON."""
    return {
        "label": one.label,
        "method": one.method,
        "preset": one.preset,
        "settings": one.settings,
        "seeds": list(one.seeds),
        "folds": one.n_fold,
        "rows": one.n_row,
        "rows_of_seeds": list(one.folds),
        "rows_refused": one.n_refused,
        "rows_without_figures": one.n_empty,
        "refused": one.refused,
        "figures": {name: figure_facts(one, name) for name in one.figures},
        "costs": {name: as_numbers(cost) for name, cost in one.costs.items()},
    }


def figure_facts(one: "Standing", name: str) -> dict[str, Any]:
    """A figure of a method as JSON: its interval, what it was made of, and on how many seeds and rows it rests."""
    n_seed, n_row = one.rests[name]
    return {**as_numbers(one.figures[name]), "values": list(one.values[name]), "seeds": n_seed, "rows": n_row}


def as_numbers(interval: Interval) -> dict[str, Any]:
    """An interval as JSON."""
    return {"mean": interval.mean, "low": interval.low, "high": interval.high, "n": interval.n_sample}


def contest(board: "Board") -> "Contest":
    """A board as a section of a report."""
    from aition.view.plots.standings import Entry
    from aition.view.report import Contest

    lead = board.lead
    entries = [
        Entry(one.label, one.figures[lead], marked(one, lead), one.values[lead])
        for one in board.standings
        if lead in one.figures
    ]
    sign = -1 if FIGURES[lead].better == "higher" else 1
    there = [one for one in board.published if one.metric == lead]
    for one in sorted(there, key=lambda one: (one.source, sign * one.value)):
        ends = (one.value - one.deviation, one.value + one.deviation) if one.deviation else (math.nan, math.nan)
        entries.append(Entry(one.method, Interval(one.value, *ends, 0.95, 1, 0), printed(one), source=one.source))
    return Contest(
        task=board.task,
        about=board.shown,
        metric=lead,
        meaning=FIGURES[lead].about,
        better=FIGURES[lead].better,
        entries=tuple(entries),
        tables=tables_of(board),
        printed=printed_tables(board),
        notes=board.notes,
    )


def tables_of(board: "Board") -> "tuple[Table, ...]":
    """Figures of our runs, and what was refused."""
    from aition.view.report import Table

    captions = ("Against the truth, and what it cost", "By series, by sign or shortcut, and against the model")
    found = [
        Table(f"{captions[place]} (± half of the 95 % interval)", tuple(head), tuple(map(tuple, rows)))
        for place, (head, rows, _) in enumerate(parts_of(board))
    ]
    refused = tuple((one.label, refusal(one)) for one in board.standings if one.refused)
    return (*found, Table("Refused", ("method", "why"), refused)) if refused else tuple(found)


def printed_tables(board: "Board") -> "tuple[Table, ...]":
    """What papers print, a table a source."""
    from aition.view.report import Table

    found = []
    for source in dict.fromkeys(one.source for one in board.published):
        some = [one for one in board.published if one.source == source]
        names = [name for name in FIGURES if any(one.metric == name for one in some)]
        rows = [(row[0].split("] ")[1], *row[2:]) for row in printed_rows(some, names)[0]]
        found.append(Table(source, ("method", *map(headed, names)), tuple(rows)))
    return tuple(found)


def figure_table() -> "Table":
    """What every figure says."""
    from aition.view.report import Table

    rows = tuple((one.name, one.about, f"{one.better} is better") for one in FIGURES.values())
    return Table("The figures", ("figure", "what it says", "which way"), rows)
