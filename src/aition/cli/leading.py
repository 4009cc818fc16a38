"""Several boards as one: a matrix of tasks and methods, ranks, what deviates, and differences on the same networks."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aition.bench.figures import FIGURES
from aition.bench.leading import Difference, Rank, Verdict, differences, ranked_by, ranks, verdicts
from aition.cli.printing import columns
from aition.cli.standings import number, with_half
from aition.metrics.interval import Interval

if TYPE_CHECKING:
    from aition.bench.report import Board, Standing
    from aition.bench.rows import Row
    from aition.view.report import Mark, Matrix, Section, Table

MATRIX = (
    "Each cell is the mean of the task's leading figure over the seeds, and half of its 95 % interval; auprc where "
    "that is aur, for chance has an aur of a half. ✓ is as theory expects, ✕ is not; what was expected stands in the "
    "hint of the cell and below. Without a sign nothing was said. Methods stand by their mean rank; those asked on few "
    "tasks come last."
)
RANKS = (
    "On each task the best has rank 1; means equal to three decimals share a rank, and so do, below all others, those "
    "that refused or were stopped. Intervals are Student's over the tasks, as if these were drawn from many. "
    "Methods that were asked on fewer than half of the tasks have no rank. A rank says nothing of how far "
    "methods lie apart, nor whether a task can be solved without the model: see random and magnitude."
)
BESIDE = (
    "On trained networks: the figure of the matrix less that of integrated gradients, on the same network and series, "
    "paired by seed and fold, folds averaged first. An interval that holds 0 tells no difference. Printed differences "
    "are of other draws and networks."
)


def leaderboard(boards: "Sequence[Board]", rows: "Sequence[Row]") -> "tuple[Section, ...]":
    """Sections that stand before the tasks; none for a single task, of which no expectation was written down."""
    from aition.view.report import Fold, Prose, Section

    found = [one for board in boards for one in verdicts(board)]
    if len(boards) < 2 and not found:
        return ()
    sections = [Section("All tasks", (Prose(MATRIX), matrix(boards)))]
    if placed := ranks(boards) if len(boards) > 1 else ():
        sections.append(Section("Ranks and costs", (Prose(RANKS), rank_table(placed))))
    if found:
        every = Fold(f"All {len(found)} expectations", (verdict_table("What was expected, and found", found),))
        off = [one for one in found if not one.met]
        table = (verdict_table("What deviates, and why", off, why=True),) if off else ()
        words = f"{len(found) - len(off)} of {len(found)} expectations, written down before the run, were met."
        sections.append(Section("What theory expected", (Prose(words), *table, every)))
    if beside := differences(rows):
        sections.append(Section("Beside integrated gradients", (Prose(BESIDE), difference_table(beside))))
    return tuple(sections)


def matrix(boards: "Sequence[Board]") -> "Matrix":
    """Methods by tasks."""
    from aition.view.report import Matrix

    labels = [one.label for one in ranks(boards)] if len(boards) > 1 else []
    labels += [label for label in dict.fromkeys(one.label for board in boards for one in board.standings)
               if label not in labels]  # fmt: skip
    rows = tuple((label, tuple(mark(board, label) for board in boards)) for label in labels)
    heads = tuple(f"{board.task} · {ranked_by(board.lead)}" for board in boards)
    words = f"{len(labels)} methods on {len(boards)} tasks"
    return Matrix(words, "method", heads, rows, stand_out="Let what deviates from theory stand out")


def mark(board: "Board", label: str) -> "Mark":
    """One method on one task."""
    from aition.view.report import Mark

    some = [one for one in board.standings if one.label == label]
    if not some:
        return Mark("–", tone="faint", note=f"{label} was not asked on {board.task}")
    one, judged = some[0], [found for found in verdicts(board) if found.expected.label == label]
    note = "; ".join([f"{label} on {board.task}", *map(verdict_words, judged)])
    tone = "plain" if not judged else "good" if all(found.met for found in judged) else "bad"
    if (lead := ranked_by(board.lead)) in one.figures:
        value, half = short(one.figures[lead])
        return Mark(value, small=half, tone=tone, note=note)  # type: ignore[arg-type]
    said = silent(one)
    return Mark(said, tone="bad" if tone == "bad" else "faint", note=f"{note}; {one.refused}")


def silent(one: "Standing") -> str:
    """Why a method has no figure, in a word.

    It was stopped where its row says so, for a refusal never begins like that.
    """
    return "stopped" if one.refused.startswith("stopped after") else "refused" if one.refused else "none"


def short(interval: Interval) -> tuple[str, str]:
    """A mean and half of its interval without the zero before the point.

    >>> short(Interval(0.8851, 0.85, 0.9151, 0.95, 3, 0)), short(Interval(1.0, math.nan, math.nan, 0.95, 1, 0))
    (('.885', '±.030'), ('1.000', ''))
    """
    half = interval.high - interval.mean
    plain = [
        f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else number(value) for value in (interval.mean, half)
    ]
    return plain[0], f"±{plain[1]}" if math.isfinite(half) else ""


def verdict_words(one: Verdict) -> str:
    """An expectation and what became of it, in a clause."""
    return f"{'as expected' if one.met else 'NOT as expected'} ({one.expected.words}, for {one.expected.why})"


def verdict_table(caption: str, found: Sequence[Verdict], *, why: bool = False) -> "Table":
    """Expectations with what was found; with the reasons of deviations, where these are told."""
    from aition.view.report import Table

    head = ("task", "method", "expected", "because", "found", "what became of it" if not why else "why it deviates")
    rows = tuple(
        (
            one.expected.task,
            one.expected.label,
            one.expected.words,
            one.expected.why,
            "none" if math.isnan(one.mean) else f"{one.expected.metric} {number(one.mean)}",
            (one.reason or "not looked into yet") if why else "as expected" if one.met else "deviates",
        )
        for one in found
    )
    return Table(caption, head, rows)


def rank_table(found: Sequence[Rank]) -> "Table":
    """Ranks and what they cost."""
    from aition.view.report import Table

    head = ("method", "mean rank", "95 % interval", "tasks", "silent on", "CPU s", "fit CPU s", "peak MB")
    return Table(
        "Mean ranks; CPU seconds of a row are medians over the tasks, memory the highest",
        head,
        tuple(rank_cells(one) for one in found),
    )


def rank_cells(one: Rank) -> tuple[str, ...]:
    """A rank in words."""
    low, high = max(1.0, one.places.low), one.places.high
    ends = f"{low:.1f} to {high:.1f}" if math.isfinite(high) else ""
    costs = ["" if math.isnan(cost) else number(cost) for cost in (one.cpu_seconds, one.fit_cpu_seconds, one.peak_mb)]
    return (one.label, f"{one.places.mean:.1f}", ends, str(one.n_task), str(one.n_silent), *costs)


def difference_table(found: Sequence[Difference]) -> "Table":
    """Methods beside integrated gradients."""
    from aition.view.report import Table

    head = ("task", "method", "figure", "difference", "seeds", "tells", "printed difference")
    rows = []
    for one in found:
        low, high = one.gain.low, one.gain.high
        up, down = ("worse", "better") if FIGURES[one.metric].better == "lower" else ("better", "worse")
        tells = "" if math.isnan(low) else up if low > 0 else down if high < 0 else "no difference"
        there = "; ".join(f"{value:+.3f} ({source})" for source, value in one.printed.items())
        rows.append((one.task, one.label, one.metric, signed(one.gain), str(len(one.values)), tells, there))
    return Table("Differences to integrated gradients (± half of the 95 % interval)", head, tuple(rows))


def signed(interval: Interval) -> str:
    """A difference with its sign."""
    words = with_half(interval.mean, interval.high - interval.mean)
    return words if words.startswith("-") else f"+{words}"


def rank_lines(boards: "Sequence[Board]") -> list[str]:
    """Ranks and deviations for people; nothing where there is one task."""
    if len(boards) < 2:
        return []
    head = ["method", "mean rank", "95 % interval", "tasks", "silent on", "CPU s", "fit CPU s", "peak MB"]
    lines = ["ranks over the tasks"]
    lines += columns([head, *(list(rank_cells(one)) for one in ranks(boards))], indent="  ", n_head=1)
    found = [one for board in boards for one in verdicts(board)]
    off = [one for one in found if not one.met]
    lines += [f"  {len(found) - len(off)} of {len(found)} expectations of theory were met"] * bool(found)
    lines += [
        f"  not so: {one.expected.label} on {one.expected.task} ({one.expected.words}): {said(one)}" for one in off
    ]
    return lines


def said(one: Verdict) -> str:
    """What was found in place of what was expected."""
    return "no such figure" if math.isnan(one.mean) else f"{one.expected.metric} {number(one.mean)}"


def rank_facts(boards: "Sequence[Board]") -> list[dict[str, Any]]:
    """Ranks as JSON."""
    return [
        {"label": one.label, "mean": one.places.mean, "low": one.places.low, "high": one.places.high}
        | {"tasks": one.n_task, "silent": one.n_silent}
        for one in ranks(boards)
    ]


def verdict_facts(boards: "Sequence[Board]") -> list[dict[str, Any]]:
    """Expectations as JSON, with what was found."""
    return [
        {"task": one.expected.task, "method": one.expected.label, "metric": one.expected.metric}
        | {"expected": one.expected.words, "why": one.expected.why, "met": one.met, "reason": one.reason}
        | {"found": None if math.isnan(one.mean) else one.mean}
        for board in boards
        for one in verdicts(board)
    ]
