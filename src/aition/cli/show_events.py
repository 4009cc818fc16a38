"""What aition show tells of a run of events: codes, steps and values, overall and by class, and one sample's events."""

from typing import TYPE_CHECKING, Any

from aition.cli.printing import columns, counted, percent
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.store import StoredRun
    from aition.view.plots import EventCounts, Tally
    from aition.view.plots.sums import Sums

RANKED = ("feature", "time", "value")
HEADS = ("code", "step", "value")


def ranking_of(run: "StoredRun", *, top: int, nth: int) -> dict[str, Any]:
    """What counted most, overall and by class; memory holds one shard and sums by code, step and value."""
    counts = counted_events(run, nth)
    return {
        "all": ranked(counts.whole, counts, top),
        "classes": {str(index): ranked(one, counts, top) for index, one in counts.classes.items()},
        "class_names": list(counts.class_names),
        "class_is": counts.meaning,
    }


def counted_events(run: "StoredRun", nth: int) -> "Tally":
    """What counted, read shard by shard."""
    from aition.view.plots import tally

    check_nth(run, nth)
    return tally(run.parts(), target=nth)


def check_nth(run: "StoredRun", nth: int) -> None:
    """Raise unless the run has such a target."""
    n_target = run.sizes["target"] if "target" in run.variables["attribution"][0] else 1
    if not 0 <= nth < n_target:
        raise InputError(f"--nth must be 0 to {n_target - 1}, one of the targets, but is {nth}")


def ranked(one: "EventCounts", counts: "Tally", top: int) -> dict[str, Any]:
    """Codes, steps and fifths of values with the largest shares."""
    events = int(one.steps.n_event.sum())
    sums = (one.by_code, one.by_step, counts.in_units(one.by_value))
    return {"samples": one.n_sample, "events": events} | {
        axis: [entry(some, place, axis, one, counts) for place in (-some.size).argsort(kind="stable")[:top].tolist()]
        for axis, some in zip(RANKED, sums, strict=True)
    }


def entry(sums: "Sums", place: int, axis: str, one: "EventCounts", counts: "Tally") -> dict[str, Any]:
    """One code, step or fifth of a code's values: how it counted, with and without its sign, and how often."""
    from aition.view.plots.sums import NOWHERE, range_of

    number = float(sums.n_event[place])
    name = range_of(sums, place) if axis == "time" else counts.names[sums.code[place]]
    found = {
        "name": name,
        "mean": float(sums.size[place]) / number,
        "signed": float(sums.signed[place]) / number,
        "share": float(one.shares(sums)[place]),
        "events": int(number),
    }
    if axis != "value":
        return found
    bare = sums.place[place] == NOWHERE
    ends = (None, None) if bare else (float(sums.low[place]), float(sums.high[place]))
    return found | {"values": range_of(sums, place), "low": ends[0], "high": ends[1]}


def of_sample(run: "StoredRun", sample: str, *, top: int, nth: int) -> dict[str, Any]:
    """The events of one sample that counted most."""
    import numpy as np

    from aition.view.plots.rows import code_names, rows_of_sample
    from aition.view.plots.said import said_of, title_of, units_of

    check_nth(run, nth)
    one = run.explanation_of([sample])
    rows, names = rows_of_sample(one, sample, variable="attribution", target=nth), code_names(one)
    first = np.argsort(-np.abs(rows.attribution), kind="stable")[:top].tolist()
    said = said_of(one, sample, target=nth)
    units = units_of(run.attrs)
    events = [
        {
            "time": int(rows.step[place]),
            "times": float(rows.times[place]),
            "feature": names[rows.code[place]],
            "value": None if np.isnan(rows.value[place]) else float(rows.value[place]),
            "unit": "" if np.isnan(rows.value[place]) else units.get(names[rows.code[place]], ""),
            "attribution": float(rows.attribution[place]),
        }
        for place in first
    ]
    title, unit = title_of(sample, said), str(run.attrs.get("time_unit", "step"))
    return {
        "sample": sample,
        "said": title,
        "question": said.question,
        "n_event": len(rows),
        "time_unit": unit,
        "events": events,
    }


def draw(run: "StoredRun", sample: str, file: str, *, nth: int) -> str:
    """Write a picture of one sample, or of all."""
    from aition.view.plots import plot_codes, plot_sample

    if sample:
        figure = plot_sample(run.explanation_of([sample]), sample, target=nth)
    else:
        figure = plot_codes(counted_events(run, nth))
    figure.savefig(file, dpi=150)
    return file


def write_report(run: "StoredRun", sample: str, file: str) -> str:
    """Write a report of the run, of which only one shard at a time and the events of the examples are held."""
    import xarray as xr

    from aition.core.explanation import Explanation, joined
    from aition.view.report import Study, overview, write
    from aition.view.report.examples import examples_of

    light = joined([Explanation(part.drop_dims("row")) for part in run.parts()])
    shown = tuple(example.sample for example in examples_of(light, (sample,) if sample else ()))
    some = run.explanation_of(shown)
    place = light.get_index("sample").get_indexer(some.get_index("sample")).astype("int32")
    own = [name for name in some.data_vars if "row" in some[name].dims]
    rows = some[own].drop_vars("sample", errors="ignore").assign(row_sample=("row", place[some["row_sample"].values]))
    whole = Explanation(xr.merge([light, rows], combine_attrs="override"))
    explainer = run.attrs["explainer"]
    name = f"{explainer} of {run.attrs['model']}"
    study = Study(
        name,
        {explainer: whole},
        {},
        examples=(sample,) if sample else (),
        commands=f"aition show {run.path}",
        tallies={explainer: counted_events(run, 0)},
    )
    write(overview(name, [study], lead=f"What the store {run.path} holds."), file)
    return file


def lines_of_ranking(found: dict[str, Any]) -> list[str]:
    """What counted most, for people."""
    from aition.view.plots.said import class_name

    whole = found["all"]
    lines = [f"What counted most in {counted(whole['events'], 'event')} of {counted(whole['samples'], 'sample')}:"]
    for head, axis in (("code", "feature"), ("step", "time"), ("code", "value")):
        lines += columns([header(head, axis), *(cells(one, axis) for one in whole[axis])], indent="  ", n_head=1)
        lines += [] if axis == "value" else [""]
    if found["classes"]:
        lines += ["", f"By {found['class_is']} class:"]
    for index, one in found["classes"].items():
        name = class_name(int(index), found["class_names"])
        lines += [f"  {name}: {counted(one['samples'], 'sample')}, {counted(one['events'], 'event')}"]
        rows = [[f"{axis}s", firsts(one[key][:3], key)] for axis, key in zip(HEADS, RANKED, strict=True)]
        lines += columns(rows, indent="    ")
    return lines


def header(first: str, axis: str) -> list[str]:
    """The heads of a table."""
    return [first, *(["values"] if axis == "value" else []), "events", "mean |attribution|", "mean", "share"]


def cells(one: dict[str, Any], axis: str) -> list[str]:
    """A row of a table."""
    values = [one["values"]] if axis == "value" else []
    means = (f"{one['mean']:.4g}", f"{one['signed']:+.4g}")
    return [one["name"], *values, str(one["events"]), *means, percent(one["share"])]


def firsts(ranked: list[dict[str, Any]], axis: str) -> str:
    """The first names with their shares."""
    names = (f"{one['name']} {one['values']}" if axis == "value" else one["name"] for one in ranked)
    return ", ".join(f"{name} ({percent(one['share'])})" for name, one in zip(names, ranked, strict=True))


def lines_of_sample(found: dict[str, Any]) -> list[str]:
    """The events of a sample, for people."""
    unit = [] if found["time_unit"] == "step" else [found["time_unit"]]
    units = ["unit"] * any(one["unit"] for one in found["events"])
    rows = [["step", *unit, "code", "value", *units, "attribution"]]
    for one in found["events"]:
        value = "" if one["value"] is None else f"{one['value']:.4g}"
        when = [f"{one['times']:.2f}"] if unit else []
        rows.append([str(one["time"]), *when, one["feature"], value, *(one[name] for name in units)])
        rows[-1].append(f"{one['attribution']:+.4g}")
    head = f"What counted for {found['question']}, {len(found['events'])} of {counted(found['n_event'], 'event')}:"
    return [found["said"], head, *columns(rows, indent="  ", n_head=1)]
