"""A report of dreams: what was asked, what was reached, whether it is to be believed, and pictures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.dream import DreamVerdict, verdicts_of
from aition.view.dreams.numbers import (
    border_table,
    change_table,
    course_table,
    dream_table,
    figure_table,
    gallery_seen,
    power_table,
    projection_table,
    realism_table,
    word_table,
)
from aition.view.dreams.pictures import draw_dreams, fitting
from aition.view.plots.dreamt import check_dreams, wish_name, wishes_of
from aition.view.report.document import Block, Code, Fold, Judged, Picture, Prose, Report, Section, Table, Tone
from aition.view.report.origin import origin_table, version_table, versions
from aition.view.report.picture import drawn

TONES: Mapping[str, Tone] = {"believable": "good", "not believable": "bad"}
"""Of a finding; of others it is open."""
GUIDE = (
    "A dream is a series that was never measured: it was searched for what drives the model to what is asked. It shows "
    "what the model looks for, not what causes what. Left to itself such a search finds noise that no sensor ever "
    "sent, so every dream is held against real series: the level that these reach, and judges who never saw the model."
)
JUDGES = (
    "A judge looks at one half of the real series, and says of any other how strange it is; its percentile is its "
    "place among the held-out half. Above 99 it is stranger than real ones are, below 0.5 more usual than any: both "
    "look unreal. Real series have percentiles as well, by judges that saw the half in which they are not."
)
WORDS = (
    "The real words that each step of a dream is nearest to; in brackets, where it is another one than in the real "
    "series that the dream has its length from. A dream is as far from these words as stands beside, in distances of "
    "a word to the next: at 0 it is made of them."
)
FIGURES = (
    "Believable are dreams of which nine in ten hit what was aimed at, look real to all judges, are no copies (nearer "
    "to a real series than all but one in twenty real ones are to another); and, where other models were asked, are "
    "seen by all of these as the class. Where half of the dreams hold in every one of these respects, they are "
    "believable in part: take those alone."
)
CAPTIONS = {
    "gallery": (
        "First in each row: the real series that reaches most, or is nearest to the border. Then dreams, over the band "
        "of 8 in 10 real series. On "
        "the scale at the right is a mark for each judge: red, outside what real series do."
    ),
    "changes": (
        "Dashed: the real series that was given. What the bars below it add makes it what the model was asked for; "
        "where there are none, nothing had to be otherwise."
    ),
    "realism": "Right is more of what was asked, up is more real. Where the best points bend, realism has its price.",
    "border": "On the dashed line both classes are equal. A dream of a border lies on it, and above every other class.",
    "projection": (
        "Two directions of what judges see. Far from all small points is strange; close to them is not yet real, "
        "because there are further directions."
    ),
    "courses": "A line that levels out at the dotted aim has converged; one that still rises wants more steps.",
    "frequencies": "Power outside the grey band, above all at high frequencies, is what no sensor sent.",
}
TITLES = {
    "gallery": "The dreams",
    "changes": "What was changed",
    "realism": "What does realism cost?",
    "border": "At the border",
    "projection": "Among the real series",
    "courses": "On the way",
    "frequencies": "Frequencies",
}


def dream_report(
    title: str,
    dreams: Mapping[str, Explanation],
    *,
    lead: str = "",
    class_names: Sequence[str] = (),
    commands: str = "",
    made: str = "",
) -> Report:
    """A report of dreams of a model, by one recipe or several.

    Args:
        title: Its heading.
        dreams: What :func:`aition.dream.dream` answered, by the name of the recipe, of the same objectives and real
            series; pictures are of the first.
        lead: What it is about, in a sentence or two.
        class_names: What the classes are called; as the dreams know them where nothing is said.
        commands: What to type to make it again.
        made: When and with what; now, with the installed versions, where nothing is said.

    Returns:
        A report for :func:`aition.view.report.write`.

    Raises:
        InputError: There are no dreams, or they do not belong together.
        MissingExtraError: matplotlib is not installed.
    """
    if not dreams:
        raise InputError("dreams must hold what aition.dream.dream() answered, by the name of the recipe, but is empty")
    for one in dreams.values():
        check_dreams(one)
    verdicts = {name: verdicts_of(one) for name, one in dreams.items()}
    now = datetime.now(UTC).strftime("%-d %B %Y, %H:%M UTC")
    used = ", ".join(f"{name} {number}" for name, number in versions()[:3])
    sections = [
        Section("Are the dreams to be believed?", believed(dreams, verdicts, class_names)),
        Section("What was asked", (asked_table(dreams, class_names),)),
        *word_sections(dreams, class_names),
        *picture_sections(dreams, class_names),
        Section("How to read this", (Prose(GUIDE), Fold("What judges do", (Prose(JUDGES),)), Prose(FIGURES))),
    ]
    if commands:
        sections.append(Section("Make it again", (Code(commands),)))
    origin = Fold("Provenance", (origin_table(dreams), version_table()))
    sections.append(Section("Where these results come from", (origin,)))
    return Report(title, lead or GUIDE, made or f"Made on {now}, with {used}", tuple(sections))


def believed(
    dreams: Mapping[str, Explanation], verdicts: Mapping[str, Sequence[DreamVerdict]], class_names: Sequence[str]
) -> tuple[Block, ...]:
    """The verdict on every objective, those of the first recipe at once, and all figures."""
    first_dreams = next(iter(dreams.values()))
    names = [wish_name(first_dreams, wish, class_names) for wish in wishes_of(first_dreams)]
    blocks = {
        name: [
            Judged(TONES.get(found.finding, "open"), f"{name}, {called}: {found.finding}", found.words)
            for called, found in zip(names, several, strict=True)
        ]
        for name, several in verdicts.items()
    }
    first, *others = blocks
    folds = tuple(Fold(f"By the recipe {name}", tuple(blocks[name])) for name in others)
    return (*blocks[first], *folds, figure_table(verdicts, names))


def asked_table(dreams: Mapping[str, Explanation], class_names: Sequence[str]) -> Table:
    """Model, objectives, aims and real series."""
    first = next(iter(dreams.values()))
    wanted = [f"{float(one):.3g}" for one in first["wanted"].values if not np.isnan(one)]
    rows = [
        ("Model", str(first.attrs.get("model", ""))),
        ("Its head", str(first.attrs.get("head", "none"))),
        ("Dreams of", ", ".join(wish_name(first, wish, class_names) for wish in wishes_of(first))),
        ("Dreams of each", str(first.sizes["draw"] // max(1, len(wishes_of(first))))),
        ("Driven to", ", ".join(dict.fromkeys(wanted)) or "as much as can be, or a border"),
        ("Recipes", ", ".join(dreams)),
        ("Real series", f"{first.sizes['real']} of {first.sizes['time']} steps and {first.sizes['feature']} features"),
        ("Seconds", ", ".join(f"{float(one.attrs.get('seconds') or 0):.1f}" for one in dreams.values())),
    ]
    return Table("What was asked of what", ("what", "is"), tuple(rows))


def word_sections(dreams: Mapping[str, Explanation], class_names: Sequence[str]) -> list[Section]:
    """The words of dreams of a model of token ids, those of the first recipe at once."""
    tables = {name: word_table(one, class_names) for name, one in dreams.items() if "word" in one}
    if not tables:
        return []
    first, *others = tables
    folds = [Fold(f"By the recipe {name}", (tables[name],)) for name in others]
    return [Section("In words", (Prose(WORDS), tables[first], *folds))]


def picture_sections(dreams: Mapping[str, Explanation], class_names: Sequence[str]) -> list[Section]:
    """Every picture that these dreams allow, with how to read it."""
    first = next(iter(dreams.values()))
    drawable = [name for name, one in dreams.items() if "realism" in fitting(one)]
    several = {name: dreams[name] for name in drawable}
    numbers = {
        "gallery": lambda: dream_table(first, class_names),
        "changes": lambda: change_table(first, class_names),
        "realism": lambda: realism_table(several, class_names),
        "border": lambda: border_table(first, class_names),
        "projection": lambda: projection_table(first),
        "courses": lambda: course_table(first, class_names),
        "frequencies": lambda: power_table(first, class_names),
    }
    sections = []
    for kind in fitting(first):
        svg = drawn(
            draw_dreams(kind, several if kind == "realism" else dreams, class_names=class_names), name=f"dreams {kind}"
        )
        seen = gallery_seen(first, class_names) if kind == "gallery" else CAPTIONS[kind]
        sections.append(Section(TITLES[kind], (Picture(svg, seen, CAPTIONS[kind], numbers[kind]()),)))
    return sections
