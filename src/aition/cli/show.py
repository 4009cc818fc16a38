"""aition show: what a store holds, and what counted most."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.printing import columns, counted, print_json
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.cli.top import Counted
    from aition.store import StoredRun

ORDER = ("sample", "draw", "time", "feature")
EXAMPLES = """\
\b
Examples:
  aition show runs/ig
  aition show runs/ig --sample test-17 --top 5 --plot test-17.png
  aition show runs/ig --report report.html
"""


def show(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="A directory that aition explain wrote.")],
    *,
    sample: Annotated[str, typer.Option(metavar="ID", help="What counted in this sample.")] = "",
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many features, steps or cells.")] = 10,
    nth: Annotated[int, typer.Option(metavar="N", help="Which of several targets, from 0.")] = 0,
    plot: Annotated[
        str, typer.Option(metavar="FILE", help="Draw the sample, or all samples (.png, .svg or .pdf).")
    ] = "",
    report: Annotated[str, typer.Option(metavar="FILE", help="Write a report with pictures (.html).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what was asked of what, and which features, steps and values counted most.

    Every file of the store is verified first; one that was changed since it was written is named.
    """
    import aition.store

    check_file(plot, "--plot", (".png", ".svg", ".pdf"))
    check_file(report, "--report", (".html",))
    run = aition.store.open(store)
    run.verify()
    facts = facts_of(run)
    found = cells_of_sample(run, sample, top=top, nth=nth) if sample else ranking_of(run, top=top, nth=nth)
    files = [draw(run, sample, plot, nth=nth)] if plot else []
    files += [write_report(run, sample, report)] if report else []
    if as_json:
        print_json({**facts, **found, "files": files})
        return
    lines = [*lines_of(facts), *(lines_of_sample(found) if sample else lines_of_ranking(found))]
    print("\n".join([*lines, *(f"Wrote {file}" for file in files)]))


def check_file(name: str, option: str, endings: tuple[str, ...]) -> None:
    """Raise unless a file of this name can be written."""
    if name and Path(name).suffix.lower() not in endings:
        raise InputError(f"{option} must be a file that ends in {' or '.join(endings)}, but is {name!r}")
    if name and not Path(name).absolute().parent.is_dir():
        raise InputError(f"{option} must be in a folder that exists, but {Path(name).parent} does not")


def facts_of(run: "StoredRun") -> dict[str, Any]:
    """What was asked of what, and how large it is."""
    attrs = dict(run.attrs)
    for key in ("settings", "target"):
        attrs[key] = json.loads(attrs[key] or "{}")
    return {
        "store": str(run.path),
        "verified": True,
        "sha256": run.digest(),
        "shards": run.n_shard,
        "sizes": run.sizes,
        "variables": {name: list(axes) for name, (axes, _) in run.variables.items()},
        "attributes": attrs,
    }


def ranking_of(run: "StoredRun", *, top: int, nth: int) -> dict[str, Any]:
    """What counted most, overall and by class; empty where the run has no attribution of cells."""
    from aition.cli.top import CELLS, counted_by_class

    if not set(CELLS) <= set(run.variables.get("attribution", ((), None))[0]):
        return {}
    whole, classes = counted_by_class(run.parts(), target=nth)
    names = names_of(run)
    return {
        "all": ranked(whole, names, top),
        "classes": {str(index): ranked(one, names, top) for index, one in classes.items()},
    }


def names_of(run: "StoredRun") -> list[str]:
    """Names of the features."""
    first = run.explanation(slice(0, 1))
    return [str(name) for name in first.coords["feature"].values] if "feature" in first.coords else [
        f"f{place}" for place in range(first.sizes["feature"])
    ]  # fmt: skip


def ranked(one: "Counted", names: list[str], top: int) -> dict[str, Any]:
    """Features and steps with the largest shares, and how much a cell of theirs counted on average."""
    from aition.cli.top import largest

    found: dict[str, Any] = {"samples": one.n_sample}
    for axis, labels in (("feature", names), ("time", list(range(len(one.total))))):
        mean, share = one.mean(axis), one.share(axis)
        found[axis] = [
            {"name": name, "mean": float(mean[place]), "share": float(share[place])}
            for name, place in largest(share, labels, top)
        ]
    return found


def cells_of_sample(run: "StoredRun", sample: str, *, top: int, nth: int) -> dict[str, Any]:
    """The cells of one sample that counted most."""
    import numpy as np

    from aition.cli.top import cells_of, largest
    from aition.view.plots.said import said_of, title_of

    one = run.explanation_of([sample])
    cells = cells_of(one, target=nth)[0]
    value = np.asarray(one["value"].values[0])
    names = names_of(run)
    found = []
    for _, place in largest(np.abs(cells).ravel(), range(cells.size), top):
        time, feature = divmod(place, cells.shape[1])
        row = {"time": time, "feature": names[feature], "attribution": float(cells[time, feature])}
        found.append(row | {"value": float(value[time, feature]) if value.shape == cells.shape else None})
    said = said_of(one, sample, target=nth)
    return {"sample": sample, "said": title_of(sample, said), "question": said.question, "cells": found}


def draw(run: "StoredRun", sample: str, file: str, *, nth: int) -> str:
    """Write a picture of one sample, or of all."""
    from aition.view.plots import plot_sample, plot_summary

    whole = run.explanation()
    figure = plot_sample(whole, sample, target=nth) if sample else plot_summary(whole, target=nth)
    figure.savefig(file, dpi=150)
    return file


def write_report(run: "StoredRun", sample: str, file: str) -> str:
    """Write a report of the run; its examples are chosen unless one is asked for."""
    from aition.view.report import Study, overview, write

    name = f"{run.attrs['explainer']} of {run.attrs['model']}"
    found = {run.attrs["explainer"]: run.explanation()}
    study = Study(name, found, {}, examples=(sample,) if sample else (), commands=f"aition show {run.path}")
    write(overview(name, [study], lead=f"What the store {run.path} holds."), file)
    return file


def lines_of(facts: dict[str, Any]) -> list[str]:
    """The facts for people."""
    attrs, sizes = facts["attributes"], facts["sizes"]
    axes = sorted(sizes, key=lambda axis: (*ORDER, axis).index(axis))
    words = " × ".join(f"{sizes[axis]} {axis}" for axis in axes)
    return [
        f"{facts['store']}: {attrs['explainer']} of {attrs['model']}, asked for {asked(attrs['target'])}",
        f"  settings  {settings_in_words(attrs['settings'])}",
        f"  sizes     {words}; {counted(facts['shards'], 'shard')}",
        f"  variables {', '.join(facts['variables'])}",
        f"  made      {attrs['created_at']} in {attrs['seconds']:.1f} s, seed {attrs['seed']}, on {attrs['device']}",
        "  verified  every file is as it was written",
    ]


def lines_of_ranking(found: dict[str, Any]) -> list[str]:
    """What counted most, for people."""
    if not found:
        return ["It holds no attribution of sample, time and feature to be ranked."]
    whole = found["all"]
    lines = [
        f"What counted most in {counted(whole['samples'], 'sample')}, with mean |attribution| and share in the sum:"
    ]
    lines += columns(
        [[one["name"], f"{one['mean']:.4g}", percent(one["share"])] for one in whole["feature"]], indent="  "
    )
    lines += ["When:"]
    rows = [[f"step {one['name']}", f"{one['mean']:.4g}", percent(one["share"])] for one in whole["time"]]
    lines += columns(rows, indent="  ")
    if found["classes"]:
        lines += ["By explained class:"]
        rows = [
            [
                f"class {index}",
                counted(one["samples"], "sample"),
                shares(one["feature"][:3]),
                shares(one["time"][:3], "step "),
            ]
            for index, one in found["classes"].items()
        ]
        lines += columns(rows, indent="  ")
    return lines


def lines_of_sample(found: dict[str, Any]) -> list[str]:
    """The cells of a sample, for people."""
    rows = [["step", "feature", "value", "attribution"]]
    for one in found["cells"]:
        value = "" if one["value"] is None else f"{one['value']:.4g}"
        rows.append([str(one["time"]), one["feature"], value, f"{one['attribution']:+.4g}"])
    return [found["said"], f"What counted for {found['question']}:", *columns(rows, indent="  ")]


def shares(ranked: list[dict[str, Any]], prefix: str = "") -> str:
    """The first names with their shares."""
    return ", ".join(f"{prefix}{one['name']} {percent(one['share'])}" for one in ranked)


def percent(share: float) -> str:
    """A share in percent.

    >>> percent(0.126), percent(0.004)
    ('13 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else f"{100 * share:.1g} %"


def asked(targets: list[dict[str, Any]]) -> str:
    """Targets as --target would say them."""
    words = [target_in_words(target) for target in targets]
    return words[0] if len(words) == 1 else f"{len(words)} targets, {words[0]} to {words[-1]}"


def target_in_words(target: dict[str, Any]) -> str:
    """One target."""
    at = ",".join(f"{axis}={choice}" for axis, choice in target["at"].items()) or "scalar"
    versus = ",".join(f"{axis}={choice}" for axis, choice in target["versus"].items())
    return f"{at} versus {versus}" if versus else at


def settings_in_words(settings: dict[str, Any]) -> str:
    """Settings as one line."""
    from aition.cli.explainers import shown

    return ", ".join(f"{name}={shown(value)}" for name, value in settings.items()) or "none"
