"""Several studies as one report, with their verdicts at a glance."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aition.checks.curve import spread, verdict
from aition.core.errors import InputError
from aition.view.report.document import SIGNS, Code, Prose, Report, Section, Table
from aition.view.report.guide import guide
from aition.view.report.origin import version_table, versions
from aition.view.report.study import TONES, Study, study_section


def overview(title: str, studies: Sequence[Study], *, lead: str = "", made: str = "") -> Report:
    """A report of several studies.

    Args:
        title: Its heading.
        studies: What it tells of, in order.
        lead: What it is about, in a sentence or two.
        made: When and with what; now, with the installed versions, where nothing is said.

    Returns:
        A report for :func:`aition.view.report.write`.

    Raises:
        InputError: There are no studies.
        MissingExtraError: matplotlib is not installed.
    """
    if not studies:
        raise InputError("studies must hold at least one study, but is empty")
    now = datetime.now(UTC).strftime("%-d %B %Y, %H:%M UTC")
    used = ", ".join(f"{name} {number}" for name, number in versions()[:3])
    sections = [Section("At a glance", at_a_glance(studies)), guide()]
    sections += [study_section(study) for study in studies]
    commands = [Code(study.commands) for study in studies if study.commands]
    if commands:
        sections.append(Section("Make it again", (Prose("These commands make the same results again."), *commands)))
    sections.append(Section("Versions", (version_table(),)))
    return Report(title, lead, made or f"Made on {now}, with {used}", tuple(sections))


def at_a_glance(studies: Sequence[Study]) -> tuple[Table]:
    """The verdict on every explainer of every study."""
    rows = []
    for study in studies:
        for name, one in study.explanations.items():
            cells = ("not checked", "–", "–")
            if name in study.curves:
                found = verdict(study.curves[name], fraction=study.fraction)
                cells = (f"{SIGNS[TONES[found.finding]]} {found.finding}", spread(found.most), spread(found.gain))
            rows.append((study.name, name, *cells, str(one.sizes["sample"])))
    caption = "Can the explanations be believed? What the model loses when the most important values are removed."
    header = ("data and model", "explainer", "verdict", "fall [interval]", "more than at random [interval]", "samples")
    return (Table(caption, header, tuple(rows)),)
