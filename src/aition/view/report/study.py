"""A study, one model explained on one data set, as a section of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from aition.checks.curve import Finding, RemovalCurve, interval_of, spread, verdict
from aition.checks.ranks import agreement
from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.metrics.interval import Bootstrap
from aition.view.plots import plot_classes, plot_removal, plot_sample, plot_summary, plot_values
from aition.view.plots.classes import classes_of
from aition.view.plots.said import shortened
from aition.view.plots.sample import MOST_LINES
from aition.view.report.document import Block, Fold, Judged, Picture, Prose, Section, Table, Tone
from aition.view.report.examples import Example, examples_of
from aition.view.report.facts import fact_table, own_words_table
from aition.view.report.numbers import (
    class_numbers,
    class_seen,
    removal_numbers,
    removal_seen,
    sample_numbers,
    sample_seen,
    summary_numbers,
    summary_seen,
    value_numbers,
    value_seen,
)
from aition.view.report.origin import origin_table, words
from aition.view.report.picture import drawn

TONES: dict[Finding, Tone] = {
    "believable": "good",
    "not distinguishable from random": "open",
    "too few samples": "open",
    "worse than random": "bad",
}


@dataclass(frozen=True, eq=False)
class Study:
    """One model, explained on one data set by one explainer or several.

    Args:
        name: Of data and model, for the reader.
        explanations: By the name of the explainer; of the same samples.
        curves: Removal curves by the same names; none where nothing was checked.
        about: What was measured and what the model is to tell, in a sentence or two.
        class_names: Names of the classes; their numbers where nothing is said.
        facts: Further pairs for the table of facts, such as ``("Test accuracy", "0.95 over 370 series")``.
        commands: What to type to make it again.
        examples: Ids of the samples to show; chosen where nothing is said.
        variable: What to show of the explanations.
        fraction: Share of the values removed, at which explanations are judged.
    """

    name: str
    explanations: Mapping[str, Explanation]
    curves: Mapping[str, RemovalCurve]
    about: str = ""
    class_names: Sequence[str] = ()
    facts: tuple[tuple[str, str], ...] = ()
    commands: str = ""
    examples: tuple[str, ...] = ()
    variable: str = "attribution"
    fraction: float = 0.2

    def __post_init__(self) -> None:
        if not self.explanations:
            raise InputError("explanations must hold at least one explanation, but is empty")
        if unknown := sorted(set(self.curves) - set(self.explanations)):
            raise InputError(
                f"curves must be of the explainers {list(self.explanations)}, but one is of {unknown[0]!r}"
            )
        ids = [set(one["sample"].values.tolist()) for one in self.explanations.values()]
        if any(one != ids[0] for one in ids[1:]):
            raise InputError("explanations of one study must be of the same samples, but their ids differ")


def study_section(study: Study) -> Section:
    """A study as a section: facts, verdicts, what counted, examples, provenance."""
    blocks: list[Block] = [Prose(study.about)] if study.about else []
    blocks.append(fact_table(study.explanations, study.facts))
    if study.curves:
        blocks.append(Section("Can the explanations be believed?", verdict_blocks(study)))
    if len(study.explanations) > 1:
        blocks.append(Section("Do the explainers agree?", agreement_blocks(study)))
    blocks += [Section(f"What counted, by {name}", what_counted(study, name)) for name in study.explanations]
    shown = examples_of(next(iter(study.explanations.values())), study.examples)
    blocks.append(Section("Examples", tuple(example_section(study, example) for example in shown)))
    blocks.append(Fold("Where these results come from", (origin_table(study.explanations),)))
    return Section(study.name, tuple(blocks))


def verdict_blocks(study: Study) -> tuple[Block, ...]:
    """The verdict of each explainer in words, and the curves."""
    blocks: list[Block] = []
    for name, curve in study.curves.items():
        found = verdict(curve, fraction=study.fraction)
        text = found.words.partition(": ")[2]
        blocks.append(Judged(TONES[found.finding], f"{name}: {found.finding}", text[:1].upper() + text[1:]))
    stood_in = {curve.baseline for curve in study.curves.values() if curve.baseline}
    what = f" Removed values were replaced by: {', '.join(sorted(stood_in))}." if stood_in else ""
    caption = (
        "What the model still says of the explained class while values are removed. The faster the red line falls "
        f"below the grey one, the better the explanation.{what}"
    )
    figure = plot_removal(study.curves, fraction=study.fraction)
    seen = removal_seen(study.curves, fraction=study.fraction)
    blocks.append(Picture(drawn(figure, name=f"{study.name} removal"), seen, caption, removal_numbers(study.curves)))
    return tuple(blocks)


def agreement_blocks(study: Study) -> tuple[Block, ...]:
    """Rank correlation of each pair of explainers."""
    rows = []
    for first, second in combinations(study.explanations, 2):
        pair = [study.explanations[name][study.variable] for name in (first, second)]
        each = agreement(pair[0], pair[1])
        known = each[np.isfinite(each)]
        range_ = f"{np.quantile(known, 0.1):.2f} to {np.quantile(known, 0.9):.2f}" if known.size else "–"
        mean = spread(interval_of(Bootstrap(), each)) if known.size else "–"
        rows.append((f"{first} and {second}", mean, range_, str(known.size)))
    header = ("explainers", "mean rank correlation [interval]", "8 of 10 samples lie within", "samples")
    caption = f"How alike two explainers rank the values of a sample, by |{study.variable}|"
    return (Table(caption, header, tuple(rows)),)


def what_counted(study: Study, name: str) -> tuple[Block, ...]:
    """Which features counted, when, for which class and at which values, by one explainer."""
    one, variable, names = study.explanations[name], study.variable, study.class_names
    blocks: list[Block] = [
        Picture(
            drawn(plot_summary(one, variable=variable), name=f"{study.name} {name} summary"),
            summary_seen(one, variable=variable),
            "Left: how much each feature counted at each time, in the mean over all samples. Right: each point is one "
            "measured value; its place says how it counted, its colour whether it was low or high for its feature.",
            summary_numbers(one, variable=variable),
        )
    ]
    if has_classes(one):
        figure = plot_classes(one, variable=variable, class_names=names)
        seen = class_seen(one, variable=variable, class_names=names)
        numbers = class_numbers(one, variable=variable, class_names=names)
        caption = "The same for each class, on one scale: what counted for one may not have counted for another."
        blocks.append(Picture(drawn(figure, name=f"{study.name} {name} classes"), seen, caption, numbers))
    blocks.append(
        Picture(
            drawn(plot_values(one, variable=variable), name=f"{study.name} {name} values"),
            value_seen(one, variable=variable),
            "At which values the most important features counted: a rising line means that high values speak for the "
            "explained output (or, for a mask, that they were needed), a falling one that low values do.",
            value_numbers(one, variable=variable),
        )
    )
    own = own_words_table(one)
    settings = Prose(f"{one.attrs['explainer']}, with {words(one.attrs['settings'])}.")
    title = "Settings, and what the explainer says of its own answers" if own.rows else "Settings"
    return (*blocks, Fold(title, (settings, own) if own.rows else (settings,)))


def example_section(study: Study, example: Example) -> Section:
    """One sample as every explainer sees it."""
    pictures = []
    for name, one in study.explanations.items():
        figure = plot_sample(one, example.sample, variable=study.variable, class_names=study.class_names)
        seen = sample_seen(one, example.sample, variable=study.variable, class_names=study.class_names)
        numbers = sample_numbers(one, example.sample, variable=study.variable)
        svg = drawn(figure, name=f"{study.name} {name} sample {example.sample}")
        pictures.append(Picture(svg, seen, f"{name}. {sample_caption(one)}", numbers))
    return Section(f"{example.why}: {shortened(example.sample)}", tuple(pictures))


def sample_caption(explanation: Explanation) -> str:
    """How the figure of a sample is to be read."""
    if explanation.sizes["feature"] > MOST_LINES:
        return "Left: what each value counted. Right: the values themselves. The features that counted most are on top."
    missing = not bool(explanation["observed"].values[explanation["exists"].values].all())
    hatched = " Hatched: not measured." if missing else ""
    return f"The lines are the values over time, the colours say what each of them counted.{hatched}"


def has_classes(explanation: Explanation) -> bool:
    """Whether samples can be told apart by class, and there are two or more of them."""
    try:
        index, _ = classes_of(explanation, 0)
    except InputError:
        return False
    return len(np.unique(index[index >= 0])) > 1
