"""Tables of the leaderboard, made from the rows that are kept."""

from functools import cache
from pathlib import Path

from aition.bench.costs import cost_of
from aition.bench.leading import differences, ranked_by, ranks, verdicts
from aition.bench.networks import WhiteBox
from aition.bench.report import Board, boards
from aition.bench.rows import read_rows
from aition.bench.task import Task
from aition.bench.tasks import TASKS
from aition.cli.leading import mark, rank_cells, said, signed

UNKNOWN = "not looked into yet"
ROWS = Path(__file__).parents[2] / "benchmarks" / "results" / "leaderboard_quick.jsonl"


@cache
def shown() -> tuple[Board, ...]:
    """The boards, in the order of the bench."""
    order = list(TASKS)
    return tuple(sorted(boards(read_rows(ROWS)), key=lambda board: order.index(board.task)))


def is_law(task: Task) -> bool:
    """Whether a task explains the law itself."""
    return isinstance(task.network, WhiteBox)


def matrix(*, laws: bool) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Methods by the tasks of laws, or of trained networks."""
    some = [board for board in shown() if is_law(TASKS[board.task]) == laws]
    placed = [one.label for one in ranks(shown())]
    labels = dict.fromkeys([*placed, *(one.label for board in some for one in board.standings)])
    rows = []
    for label in labels:
        marks = [mark(board, label) for board in some]
        if any(one.text != "–" for one in marks):
            rows.append((f"`{label}`", *(cell(one.text, one.small, one.tone) for one in marks)))
    return ("method", *(f"{board.task.removesuffix('-white-box')}, {ranked_by(board.lead)}" for board in some)), rows


def cell(text: str, small: str, tone: str) -> str:
    """A cell in Markdown: what deviates is bold, with its sign."""
    words = f"{text} {small}".strip()
    return f"**{words} ✕**" if tone == "bad" else words


def places() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Ranks and costs."""
    head = ("method", "mean rank", "95 % interval", "tasks", "silent on", "CPU s", "fit CPU s", "peak MB")
    return head, [(f"`{one.label}`", *rank_cells(one)[1:]) for one in ranks(shown())]


def deviations() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """What was not as expected, and why."""
    rows = [
        (
            one.expected.task,
            f"`{one.expected.label}`",
            one.expected.words,
            said(one),
            one.reason or UNKNOWN,
        )
        for board in shown()
        for one in verdicts(board)
        if not one.met
    ]
    return ("task", "method", "expected", "found", "why"), rows


def beside() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Differences to integrated gradients on the same networks: methods by tasks."""
    found = differences(read_rows(ROWS))
    tasks = list(dict.fromkeys(one.task for one in found))
    labels = dict.fromkeys(one.label for one in found)
    of = {(one.task, one.label): one for one in found}
    rows = [
        (f"`{label}`", *(signed(of[task, label].gain) if (task, label) in of else "–" for task in tasks))
        for label in labels
    ]
    return ("method", *tasks), rows


def printed() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The same differences as papers print them, where they do."""
    rows = [
        (one.task, f"`{one.label}`", signed(one.gain), f"{value:+.3f}", source)
        for one in differences(read_rows(ROWS))
        for source, value in one.printed.items()
    ]
    return ("task", "method", "ours", "printed", "where"), rows


def summary() -> str:
    """What the rows are, in a sentence."""
    rows = read_rows(ROWS)
    found = [one for board in shown() for one in verdicts(board)]
    minutes = sum(map(cost_of, rows)) / 60
    met = sum(one.met for one in found)
    labels = {one.label for board in shown() for one in board.standings}
    silent = sum("stopped" in row for row in rows)
    seeds = sorted({row["seed"] for row in rows})
    refused = sum("refused" in row for row in rows) - silent
    return (
        f"{len(rows)} rows of {len(labels)} methods on {len(shown())} tasks, seeds {seeds[0]} to {seeds[-1]}, took "
        f"{minutes:.0f} CPU minutes of one thread; {refused} rows are refusals and {silent} were stopped at a limit. "
        f"{met} of {len(found)} expectations were met."
    )
