"""Explanations of events in a report: pictures of what counted, with their numbers and what is to be seen."""

from collections.abc import Sequence

import numpy as np

from aition.core.explanation import Explanation
from aition.view.plots.code_classes import plot_code_classes, plot_code_values, value_trends
from aition.view.plots.codes import leading, plot_codes
from aition.view.plots.counts import EventCounts, Tally
from aition.view.plots.rows import code_names, rows_of_sample
from aition.view.plots.said import class_name, said_of, title_of
from aition.view.plots.sums import NOWHERE, range_of
from aition.view.report.document import Picture, Table
from aition.view.report.numbers import MOST_ROWS, plain
from aition.view.report.picture import drawn

PAIRS = 40


def event_pictures(tally: Tally, *, name: str, class_names: Sequence[str]) -> tuple[Picture, ...]:
    """Which codes counted, when, for which class and at which values.

    Args:
        tally: What counted.
        name: What the ids of the pictures are made of.
        class_names: Names of the classes; their numbers where nothing is said.
    """
    pictures = [
        Picture(
            drawn(plot_codes(tally), name=f"{name} codes"),
            codes_seen(tally),
            "Left: how much the events of each code counted in each step, in the mean over all samples. Right: the "
            "values of a code in fifths; the place of a mark is the mean attribution of its events, its area how many "
            "they are.",
            codes_numbers(tally),
        )
    ]
    if len(tally.classes) > 1:
        figure = plot_code_classes(tally, class_names=class_names)
        table = class_numbers(tally, class_names)
        seen = "What counted most: " + "; ".join(f"for {one}, {words}" for one, _, words in table.rows) + "."
        caption = "The same for each class, on one scale: what counted for one may not have counted for another."
        pictures.append(Picture(drawn(figure, name=f"{name} code classes"), seen, caption, table))
    if (tally.whole.values.place != NOWHERE).any():
        pictures.append(
            Picture(
                drawn(plot_code_values(tally), name=f"{name} code values"),
                values_seen(tally),
                "At which values the codes that counted most did so: a rising line means that high values speak for "
                "the explained output (or, for a mask, that they were needed), a falling one that low values do.",
                values_numbers(tally),
            )
        )
    return tuple(pictures)


def event_facts(tally: Tally) -> tuple[tuple[str, str], ...]:
    """How many events there are, of how many codes."""
    by_code = tally.whole.by_code
    events = int(by_code.n_event.sum())
    bare = int(tally.whole.values.n_event[tally.whole.values.place == NOWHERE].sum())
    return (
        ("Events", f"{events}, {events / max(1, tally.whole.n_sample):.3g} a sample"),
        ("Events without a value", f"{100 * bare / max(1, events):.3g} %"),
        ("Codes that occur", f"{len(by_code.code)} of {len(tally.names)} in the vocabulary"),
    )


def codes_numbers(tally: Tally) -> Table:
    """The codes that counted most, with when."""
    by_code, shares = tally.whole.by_code, tally.whole.shares(tally.whole.by_code)
    steps, rows = tally.whole.steps, []
    for code in leading(tally.whole, MOST_ROWS):
        entry = int(np.flatnonzero(by_code.code == code)[0])
        own = steps.of(steps.code == code)
        mean = (by_code.size[entry] / by_code.n_event[entry], by_code.signed[entry] / by_code.n_event[entry])
        peak = range_of(own, int(own.size.argmax()))
        cells = (f"{by_code.n_event[entry]:.0f}", f"{100 * shares[entry]:.1f} %", *map(plain, mean), peak)
        rows.append((tally.names[code], *cells))
    header = ("code", "events", "share", f"mean |{tally.variable}|", f"mean {tally.variable}", "counts most in step")
    return Table("What counted, by code", header, tuple(rows))


def codes_seen(tally: Tally) -> str:
    """What is to be seen on the picture of all samples."""
    by_step = tally.whole.by_step
    peak = range_of(by_step, int(by_step.size.argmax()))
    return (
        f"Over {tally.whole.n_sample} samples what counted most was {first_codes(tally, tally.whole)}; over all codes, "
        f"|{tally.variable}| is largest in step {peak}."
    )


def class_numbers(tally: Tally, class_names: Sequence[str]) -> Table:
    """The three codes that counted most for each class."""
    rows = tuple(
        (class_name(one, class_names or tally.class_names), str(counts.n_sample), first_codes(tally, counts))
        for one, counts in tally.classes.items()
    )
    return Table("What counted for each class", ("class", "samples", "codes with the largest shares"), rows)


def first_codes(tally: Tally, counts: EventCounts) -> str:
    """The three codes with the largest shares."""
    by_code, shares = counts.by_code, counts.shares(counts.by_code)
    first = np.argsort(-shares, kind="stable")[:3]
    return ", ".join(f"{tally.names[by_code.code[place]]} ({100 * shares[place]:.0f} %)" for place in first)


def values_numbers(tally: Tally) -> Table:
    """Fifths of values with the largest shares."""
    pairs = tally.in_units(tally.whole.by_value)
    shares, rows = tally.whole.shares(pairs), []
    for entry in np.argsort(-shares, kind="stable")[:PAIRS]:
        mean = (pairs.size[entry] / pairs.n_event[entry], pairs.signed[entry] / pairs.n_event[entry])
        cells = (f"{pairs.n_event[entry]:.0f}", f"{100 * shares[entry]:.1f} %", *map(plain, mean))
        rows.append((tally.names[pairs.code[entry]], range_of(pairs, int(entry)), *cells))
    header = ("code", "values", "events", "share", f"mean |{tally.variable}|", f"mean {tally.variable}")
    return Table("What counted, by fifths of the values of a code", header, tuple(rows))


def values_seen(tally: Tally) -> str:
    """What is to be seen on the picture of the values."""
    parts = [
        f"{tally.names[code]}: {plain(mean[0])} at low values, {plain(mean[-1])} at high ones"
        for code, (_, mean, _) in value_trends(tally, top=6).items()
    ]
    return f"Mean {tally.variable}. " + "; ".join(parts) + "."


def events_numbers(explanation: Explanation, sample: str, *, variable: str) -> Table:
    """The events of a sample that counted most."""
    rows, names = rows_of_sample(explanation, sample, variable=variable, target=0), code_names(explanation)
    first = np.argsort(-np.abs(rows.attribution), kind="stable")[:MOST_ROWS]
    unit = str(explanation.attrs.get("time_unit", "step"))
    cells = tuple(
        (names[rows.code[one]], *(plain(column[one]) for column in (rows.times, rows.value, rows.attribution)))
        for one in first
    )
    caption = f"The {len(first)} of {len(rows)} events with the largest |{variable}|"
    return Table(caption, ("code", "step" if unit == "step" else f"time ({unit})", "value", variable), cells)


def events_seen(explanation: Explanation, sample: str, *, variable: str, class_names: Sequence[str]) -> str:
    """What is to be seen on the picture of a sample."""
    table = events_numbers(explanation, sample, variable=variable)
    words = f"{title_of(sample, said_of(explanation, sample, class_names=class_names))}. {table.caption}"
    code, when, value, size = table.rows[0]
    value = f" of value {value}" if value != "–" else ""
    way = "against" if size.startswith("-") else "for"
    return f"{words}. The strongest speaks {way}: {code}{value} at {table.header[1]} {when}."
