"""How methods did on the tasks of a bench, as a report: a picture and tables a task."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from aition.view.plots.standings import Entry, plot_standings
from aition.view.report.document import Block, Fold, Picture, Prose, Report, Section, Table
from aition.view.report.origin import versions
from aition.view.report.picture import drawn

HOW_TO_READ = (
    "Every task draws series whose truth is known: which cells of them matter. A method explains a model of these "
    "series, and its attributions are held against that truth, and against the model. Each seed draws the series (and "
    "trains the network) anew. Intervals are Student's, at 95 %, of the mean over the seeds: they cover as often as "
    "they say for a handful of seeds, where a bootstrap would claim too much."
)
PRINTED = (
    "Found on other draws, networks and machines, as hollow diamonds are in the picture. Sums such as information "
    "compare only over as many series. ± is a standard deviation."
)


@dataclass(frozen=True)
class Contest:
    """A task with all methods, ready to be shown.

    Args:
        task: Its name.
        about: What was explained, in a sentence.
        metric: The figure that is drawn.
        meaning: What it says.
        better: "higher" or "lower".
        entries: What is drawn, the best first, then what is printed.
        tables: All figures.
        printed: What papers print, shown on request.
        notes: What to mind.
    """

    task: str
    about: str
    metric: str
    meaning: str
    better: str
    entries: tuple[Entry, ...]
    tables: tuple[Table, ...]
    printed: tuple[Table, ...]
    notes: tuple[str, ...]


def standings_report(
    contests: Sequence[Contest], *, figures: Table, made: str = "", first: Sequence[Section] = ()
) -> Report:
    """A report of several tasks.

    Args:
        contests: The tasks.
        figures: What each figure says, and which way is better.
        made: When and with what; now, with the installed versions, where nothing is said.
        first: What stands before the tasks, which are then one section.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    now = datetime.now(UTC).strftime("%-d %B %Y, %H:%M UTC")
    used = ", ".join(f"{name} {number}" for name, number in versions()[:1])
    count = f"{len(contests)} task{'s' * (len(contests) != 1)}"
    lead = f"{count} with a known truth: who finds what matters, and at what cost."
    reading = Section("How to read this", (Prose(HOW_TO_READ), Fold("What the figures say", (figures,))))
    sections = [section(contest) for contest in contests]
    if first:
        sections = [Section("Task by task", tuple(sections))]
    return Report("Explainers on the bench", lead, made or f"Made on {now}, with {used}", (*first, *sections, reading))


def section(contest: Contest) -> Section:
    """A task: picture, tables and notes."""
    blocks: list[Block] = [Prose(f"{contest.about[:1].upper()}{contest.about[1:]}.")]
    if contest.entries:
        figure = plot_standings(
            contest.entries,
            title=f"{contest.task}: {contest.metric}",
            subtitle=contest.meaning[:1].upper() + contest.meaning[1:],
            metric=contest.metric,
            better=contest.better,
        )
        caption = "Dots: means; bars: their 95 % intervals; strokes below them: single seeds."
        caption += " Hollow diamonds: published, not run here." if any(e.source for e in contest.entries) else ""
        picture = Picture(drawn(figure, name=contest.task), seen(contest), caption, numbers(contest))
        blocks.append(picture)
    blocks += contest.tables
    if contest.printed:
        blocks.append(Fold("Published figures, not run here", (Prose(PRINTED), *contest.printed)))
    blocks += [Prose(f"Mind: {note}.") for note in contest.notes]
    return Section(contest.task, tuple(blocks))


def seen(contest: Contest) -> str:
    """What is to be seen on the picture."""
    ours = [one for one in contest.entries if not one.source]
    words = "; ".join(f"{one.label} {one.interval.mean:.3g}" for one in ours)
    return f"{contest.metric} on {contest.task}, {contest.better} is better: {words}."


def numbers(contest: Contest) -> Table:
    """The picture as a table."""
    rows = []
    for one in contest.entries:
        ends = (one.interval.low, one.interval.high)
        words = [f"{end:.4g}" if np.isfinite(end) else "" for end in ends]
        each = ", ".join(f"{value:.4g}" for value in one.values)
        rows.append((one.label, f"{one.interval.mean:.4g}", *words, each))
    return Table(f"{contest.metric} on {contest.task}", ("method", "mean", "low", "high", "single seeds"), tuple(rows))
