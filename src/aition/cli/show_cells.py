"""What aition show tells of a run of cells: features, steps and classes, and the cells of a sample."""

from typing import TYPE_CHECKING, Any

from aition.cli.printing import columns, counted, percent

if TYPE_CHECKING:
    from aition.cli.top import Counted
    from aition.store import StoredRun


def ranking_of(run: "StoredRun", *, top: int, nth: int) -> dict[str, Any]:
    """What counted most, overall and by class; empty where the run has no attribution of cells."""
    from aition.cli.top import CELLS, counted_by_class
    from aition.view.plots.said import class_names_of

    if not set(CELLS) <= set(run.variables.get("attribution", ((), None))[0]):
        return {}
    whole, classes = counted_by_class(run.parts(), target=nth)
    names = names_of(run)
    return {
        "all": ranked(whole, names, top),
        "classes": {str(index): ranked(one, names, top) for index, one in classes.items()},
        "class_names": list(class_names_of(run.explanation(slice(0, 1)))),
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


def of_sample(run: "StoredRun", sample: str, *, top: int, nth: int) -> dict[str, Any]:
    """The cells of one sample that counted most."""
    import numpy as np

    from aition.cli.top import cells_of, largest
    from aition.view.plots.said import said_of, title_of, units_of

    one = run.explanation_of([sample])
    cells = cells_of(one, target=nth)[0]
    value = np.asarray(one["value"].values[0])
    names, units = names_of(run), units_of(run.attrs)
    found: list[dict[str, Any]] = []
    for _, place in largest(np.abs(cells).ravel(), range(cells.size), top):
        time, feature = divmod(place, cells.shape[1])
        row = {"time": time, "feature": names[feature], "attribution": float(cells[time, feature])}
        row["unit"] = units.get(names[feature], "")
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


def lines_of_ranking(found: dict[str, Any]) -> list[str]:
    """What counted most, for people."""
    from aition.view.plots.said import class_name

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
                class_name(int(index), found["class_names"]),
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
    units = ["unit"] * any(one["unit"] for one in found["cells"])
    rows = [["step", "feature", "value", *units, "attribution"]]
    for one in found["cells"]:
        value = "" if one["value"] is None else f"{one['value']:.4g}"
        rows.append([str(one["time"]), one["feature"], value, *(one[name] for name in units)])
        rows[-1].append(f"{one['attribution']:+.4g}")
    return [found["said"], f"What counted for {found['question']}:", *columns(rows, indent="  ")]


def shares(ranked: list[dict[str, Any]], prefix: str = "") -> str:
    """The first names with their shares."""
    return ", ".join(f"{prefix}{one['name']} {percent(one['share'])}" for one in ranked)
