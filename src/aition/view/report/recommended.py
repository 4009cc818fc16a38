"""Which explainer to trust for a model and its data, as a report."""

from datetime import UTC, datetime

import numpy as np

from aition.checks.curve import spread
from aition.checks.finding import CheckVerdict
from aition.checks.places import Part
from aition.checks.recommendation import Candidate, Recommendation
from aition.view.plots import plot_checks
from aition.view.report.document import (
    Block,
    Code,
    Fold,
    Judged,
    Mark,
    Matrix,
    Picture,
    Prose,
    Report,
    Section,
    Table,
    Tone,
)
from aition.view.report.origin import versions
from aition.view.report.picture import drawn

TITLES = {
    "recommended": "Trust {}",
    "none passed": "Trust none",
    "not held": "Trust none yet",
    "nothing to explain": "Nothing to explain yet",
}
TONES: dict[str, Tone] = {"passed": "good", "alarm": "bad", "failed": "bad"}
RULE = (
    "The samples are parted into two halves by chance. On one, every candidate must pass removal by all replacements, "
    "of which there must be two or more; randomisation of the weights (of a model that can't forget: networks that "
    "never saw the data); and stability under noise and, where it draws, over seeds. Of those that pass, the one is "
    "best whose most important values surely cost most beyond random ones, by the lower end of the interval. It must "
    "pass again on the other half, of which all final figures are. Agreement with others is told, but decides nothing: "
    "two may agree and both be wrong. Where labels are known, what the model says must have to do with them."
)
LIMITS = (
    "These checks find explainers that ignore the model, draw by chance or do not find what it uses. They do not prove "
    "an explanation right: what stands in for removed values is never quite what absence would be, and a tie between "
    "two that pass is decided by figures whose intervals overlap."
)


def recommendation_report(found: Recommendation, *, model: str, data: str, command: str) -> Report:
    """A report of a recommendation.

    Args:
        found: What was found.
        model: Its name, for the reader.
        data: Likewise.
        command: What to type next.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    now = datetime.now(UTC).strftime("%-d %B %Y, %H:%M UTC")
    used = ", ".join(f"{name} {number}" for name, number in versions()[:1])
    lead = f"Which explainer to trust for {model} on {data}, by checks on these samples."
    sections = (
        Section("Verdict", (verdict_block(found), model_block(found.model), Prose("Next:"), Code(command))),
        Section("Candidates", tuple(candidate_blocks(found))),
        *((final_section(found),) if found.final else ()),
        Section("What the model leans on", tuple(leaning_blocks(found))),
        Section("How it was decided", (Prose(RULE), Prose(LIMITS))),
    )
    return Report("Which explainer to trust", lead, f"Made on {now}, with {used}", sections)


def verdict_block(found: Recommendation) -> Judged:
    """The verdict, standing out."""
    tone: Tone = "good" if found.chosen else "open" if found.ending == "not held" else "bad"
    return Judged(tone, TITLES[found.ending].format(found.chosen), found.words)


def model_block(verdict: CheckVerdict) -> Judged:
    """What is known of the model."""
    return Judged(TONES.get(verdict.finding, "open"), "The model itself", verdict.words)


def candidate_blocks(found: Recommendation) -> list[Block]:
    """All candidates: a matrix, a picture, and why."""
    checks = list(dict.fromkeys(one.check for each in found.candidates for one in each.verdicts))
    rows = tuple(
        (one.explainer, (standing_mark(one), *(check_mark(one, name) for name in checks))) for one in found.candidates
    )
    caption = (
        f"The best first, on {found.n_choosing} samples; each check looks at 40 of them at most. Gain: "
        "the lower end of what the most important fifth of the values costs beyond random ones."
    )
    blocks: list[Block] = [Matrix(caption, "explainer", ("stands", *checks), rows)]
    verdicts = {one.explainer: one.verdicts for one in found.candidates if one.verdicts}
    if verdicts:
        seen = "; ".join(f"{one.explainer}: {one.standing}" for one in found.candidates)
        words = "Points: means; lines: 95 % intervals over the samples; the shaded side of a bound does not pass."
        figure = drawn(plot_checks(verdicts), name="candidates")
        blocks.append(Fold("Drawn", (Picture(figure, seen, words, figure_table(found)),)))
    why = tuple((one.explainer, one.standing, one.why) for one in found.candidates)
    blocks.append(Fold("Why each stands as it does", (Table("Reasons", ("explainer", "stands", "why"), why),)))
    return blocks


def standing_mark(one: Candidate) -> Mark:
    """How a candidate stands, with its gain."""
    gain = f"gain {one.gain:.3f}" if np.isfinite(one.gain) else ""
    tone = "faint" if one.standing in ("no time", "refused") else TONES.get(one.standing, "open")
    return Mark(one.standing, gain, tone, one.why)


def check_mark(one: Candidate, check: str) -> Mark:
    """What a check found of a candidate."""
    found = [verdict for verdict in one.verdicts if verdict.check == check]
    if not found or found[0].finding == "not measured":
        return Mark("–", "", "faint", found[0].words if found else "")
    verdict = found[0]
    return Mark(f"{verdict.figure.mean:.2f}", verdict.finding, TONES.get(verdict.finding, "open"), verdict.words)


def figure_table(found: Recommendation) -> Table:
    """The picture as a table."""
    rows = tuple(
        (one.explainer, verdict.check, verdict.finding, *ends(verdict))
        for one in found.candidates
        for verdict in one.verdicts
    )
    return Table("What the checks found", ("explainer", "check", "finding", "mean", "low", "high", "bound"), rows)


def ends(verdict: CheckVerdict) -> tuple[str, ...]:
    """Figures of a verdict; empty where there are none."""
    numbers = (verdict.figure.mean, verdict.figure.low, verdict.figure.high, verdict.bound)
    return tuple(f"{number:.3g}" if np.isfinite(number) else "" for number in numbers)


def final_section(found: Recommendation) -> Section:
    """What the best candidate showed on samples that had no part in choosing it."""
    judged = tuple(
        Judged(TONES.get(one.finding, "open"), one.check, one.words)
        for one in found.final
        if one.finding != "not measured"
    )
    lead = Prose(f"{found.n_final} samples; nothing was chosen by them, so these figures flatter nobody.")
    return Section(f"{found.candidates[0].explainer} on the other half", (lead, *judged))


def leaning_blocks(found: Recommendation) -> list[Block]:
    """What the model leans on."""
    leaning = found.leaning
    blocks: list[Block] = [
        Judged("bad" if one.leans else "open", f"{'' if one.suspected else 'Found: '}{one.region}", one.words)
        for one in leaning.raised
    ]
    if not leaning.features:
        return [
            *blocks,
            Prose("Which features and times count is not told, for no explainer can be believed about it."),
        ]
    who = found.candidates[0].explainer
    if not any(one.leans and not one.suspected for one in leaning.places):
        blocks.append(
            Prose("No fixed place, the same steps of a feature in all samples, holds far more than its size.")
        )
    blocks.append(part_table(f"Features, by {who}", "feature", leaning.features))
    blocks.append(part_table(f"Stretches of time, by {who}", "steps", leaning.stretches))
    return blocks


def part_table(caption: str, what: str, parts: tuple[Part, ...]) -> Table:
    """Shares of parts."""
    rows = tuple((one.name, spread(one.share), f"{one.size:.3f}") for one in parts)
    return Table(caption, (what, "share of the attribution", "share of the cells"), rows)
