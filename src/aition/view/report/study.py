"""A study, one model explained on one data set, as a section of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import xarray as xr

from aition.checks.curve import Finding, RemovalCurve, interval_of, spread, verdict
from aition.checks.ranks import agreement
from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.metrics.interval import Bootstrap
from aition.view.plots import plot_removal, plot_sample
from aition.view.plots.counts import Tally, tally
from aition.view.plots.rows import has_rows, row_cells
from aition.view.plots.said import shortened
from aition.view.plots.sample import MOST_LINES
from aition.view.report.cells import cell_pictures
from aition.view.report.document import Block, Fold, Judged, Picture, Prose, Section, Table, Tone
from aition.view.report.events import event_facts, event_pictures, events_numbers, events_seen
from aition.view.report.examples import Example, examples_of
from aition.view.report.facts import fact_table, own_words_table
from aition.view.report.numbers import (
    removal_numbers,
    removal_seen,
    sample_numbers,
    sample_seen,
)
from aition.view.report.origin import origin_table, words
from aition.view.report.picture import drawn
from aition.view.report.selected import selection_blocks

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
        tallies: Of explanations of events, what counted, by the same names; counted where nothing is given. With them
            an explanation needs the events of ``examples`` only.
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
    tallies: Mapping[str, Tally] = field(default_factory=dict)

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
    name, first = next(iter(study.explanations.items()))
    of_events = event_facts(tally_of(study, name)) if has_rows(first, study.variable) else ()
    blocks.append(fact_table(study.explanations, (*of_events, *study.facts)))
    selected = selection_blocks(study.explanations, name=study.name, class_names=study.class_names)
    if study.curves or selected:
        judged = verdict_blocks(study) if study.curves else ()
        blocks.append(Section("Can the explanations be believed?", (*judged, *selected)))
    if len(study.explanations) > 1:
        blocks.append(Section("Do the explainers agree?", agreement_blocks(study)))
    blocks += [Section(f"What counted, by {name}", what_counted(study, name)) for name in study.explanations]
    shown = examples_of(first, study.examples)
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
        pair = [cells_of(study.explanations[name], study.variable) for name in (first, second)]
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
    one = study.explanations[name]
    blocks: tuple[Picture, ...]
    if has_rows(one, study.variable):
        blocks = event_pictures(tally_of(study, name), name=f"{study.name} {name}", class_names=study.class_names)
    else:
        blocks = cell_pictures(one, name=f"{study.name} {name}", variable=study.variable, class_names=study.class_names)
    own = own_words_table(one)
    settings = Prose(f"{one.attrs['explainer']}, with {words(one.attrs['settings'])}.")
    title = "Settings, and what the explainer says of its own answers" if own.rows else "Settings"
    return (*blocks, Fold(title, (settings, own) if own.rows else (settings,)))


def example_section(study: Study, example: Example) -> Section:
    """One sample as every explainer sees it."""
    pictures = []
    for name, one in study.explanations.items():
        figure = plot_sample(one, example.sample, variable=study.variable, class_names=study.class_names)
        see, count = (events_seen, events_numbers) if has_rows(one, study.variable) else (sample_seen, sample_numbers)
        seen = see(one, example.sample, variable=study.variable, class_names=study.class_names)
        numbers = count(one, example.sample, variable=study.variable)
        svg = drawn(figure, name=f"{study.name} {name} sample {example.sample}")
        pictures.append(Picture(svg, seen, f"{name}. {sample_caption(one)}", numbers))
    return Section(f"{example.why}: {shortened(example.sample)}", tuple(pictures))


def sample_caption(explanation: Explanation) -> str:
    """How the figure of a sample is to be read."""
    if "exists" not in explanation:
        return "Each mark is an event: its colour says how it counted, its area how much, a number beside it its value."
    if explanation.sizes["feature"] > MOST_LINES:
        return "Left: what each value counted. Right: the values themselves. The features that counted most are on top."
    missing = not bool(explanation["observed"].values[explanation["exists"].values].all())
    hatched = " Hatched: not measured." if missing else ""
    return f"The lines are the values over time, the colours say what each of them counted.{hatched}"


def tally_of(study: Study, name: str) -> Tally:
    """What counted by an explainer of events: as given, or counted now."""
    if name in study.tallies:
        return study.tallies[name]
    return tally([study.explanations[name]], variable=study.variable)


def cells_of(explanation: Explanation, variable: str) -> xr.DataArray:
    """What is compared with another explainer's: the cells, or the events beside the samples."""
    return row_cells(explanation, variable) if has_rows(explanation, variable) else explanation[variable]
