"""What aition show and aition dream tell of dreams: their figures, whether they are to be believed, and pictures."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aition.cli.printing import columns, counted

if TYPE_CHECKING:
    from aition.core.explanation import Explanation
    from aition.dream import DreamVerdict
    from aition.store import StoredRun

GALLERY = "gallery"
"""The picture that is drawn where none is named."""
LOOKS = {None: "nobody judged it", True: "looks real to all judges", False: "does not look real"}


def check_picture(picture: str, plot: str) -> None:
    """Refuse a picture that would be drawn nowhere.

    Raises:
        InputError: A picture is named, but no file.
    """
    from aition.core.errors import InputError

    if picture != GALLERY and not plot:
        raise InputError(f"--picture {picture} is drawn to a file; name it: --plot dreams.png")


def has_dreams(run: "StoredRun") -> bool:
    """Whether the run holds dreams with the real series beside them."""
    return {"margin", "target_wish", "real_value"} <= set(run.variables) and run.lead == "draw"


def dreams_told(run: "StoredRun", dream: str, *, top: int) -> dict[str, Any]:
    """The figures of every objective, or what is known of one dream."""
    whole = run.explanation()
    if dream:
        return {"dream": one_dream(whole, dream)}
    return {"figures": [verdict_json(one) for one in verdicts(whole)], "dreams": listed(whole, top)}


def verdicts(dreams: "Explanation") -> "tuple[DreamVerdict, ...]":
    """Whether dreams are to be believed."""
    from aition.dream import verdicts_of

    return verdicts_of(dreams)


def verdict_json(one: "DreamVerdict") -> dict[str, Any]:
    """A verdict for programs."""
    from dataclasses import asdict

    figures = asdict(one.figures) | {"held": one.figures.held, "agreed": one.agreed, "sound": one.sound}
    return figures | {"finding": one.finding, "words": one.words}


def one_dream(dreams: "Explanation", name: str) -> dict[str, Any]:
    """What is known of one dream.

    Raises:
        InputError: There is none of that name.
    """
    from aition.core.errors import InputError

    ids = [str(one) for one in dreams["draw"].values]
    if name not in ids:
        raise InputError(f"--sample must be a dream, such as {ids[0]!r}, but is {name!r}")
    return row_of(dreams, ids.index(name))


def row_of(dreams: "Explanation", draw: int) -> dict[str, Any]:
    """One dream for programs."""
    from aition.view.plots.dreamt import copies_of, looking_real, percentiles_of, wish_name

    judged = percentiles_of(dreams)
    return {
        "dream": str(dreams["draw"].values[draw]),
        "of": wish_name(dreams, int(dreams["target_wish"].values[draw])),
        "reached": float(dreams["margin"].values[draw]),
        "aim": float(dreams["wanted"].values[draw]),
        "looks_real": {-1: None, 0: False, 1: True}[int(looking_real(dreams)[draw])],
        "percentiles": {name: float(one) for name, one in zip(judged.names, judged.value[draw], strict=True)},
        "nearest": str(dreams["real"].values[int(dreams["nearest"].values[draw])]),
        "copy": bool(copies_of(dreams)[draw]),
        "top_real": str(dreams["real"].values[int(dreams["top"].values[draw])]),
    }


def listed(dreams: "Explanation", top: int) -> list[dict[str, Any]]:
    """The first dreams of each objective."""
    import numpy as np

    which = dreams["target_wish"].values
    rows = [np.flatnonzero(which == wish)[:top].tolist() for wish in np.unique(which)]
    return [row_of(dreams, draw) for several in rows for draw in several]


def lines_of_dreams(found: dict[str, Any]) -> list[str]:
    """The dreams for people."""
    if "dream" in found:
        one = found["dream"]
        aim = "" if one["aim"] != one["aim"] else f", aim {one['aim']:.3g}"
        looks = LOOKS[one["looks_real"]]
        lines = [f"{one['dream']}, of {one['of']}: reached {rounded(one['reached'])}{aim}; {looks}"]
        lines += [
            f"  percentile to {name.replace('_', ' ')}: {value:.1f}" for name, value in one["percentiles"].items()
        ]
        near = f"{one['nearest']}{', of which it is a copy' if one['copy'] else ''}"
        return [*lines, f"  nearest real series: {near}; the one that reaches most: {one['top_real']}"]
    lines = ["Are the dreams to be believed?"]
    lines += [f"  {one['wish']}: {one['finding']}. {one['words']}" for one in found["figures"]]
    names = list(found["dreams"][0]["percentiles"])
    rows = [["dream", "reached", "looks real", *(name.replace("_", " ") for name in names), "nearest real"]]
    for one in found["dreams"]:
        looks = {None: "–", True: "yes", False: "no"}[one["looks_real"]]
        said = [f"{one['percentiles'][name]:.0f}" for name in names]
        near = one["nearest"] + " (copy)" * one["copy"]
        rows.append([one["dream"], rounded(one["reached"]), looks, *said, near])
    return [*lines, *columns(rows, indent="  ", n_head=1)]


def strange_labels(dreams: "Explanation") -> str:
    """That the model knows the labels of DATA no better than who names the commonest class; else nothing.

    So it does where it was trained on standardised values and is given raw ones, which nothing else would tell.
    """
    import numpy as np

    label = dreams["real_label"].values
    known = label >= 0
    if "real_prediction" not in dreams or not known.any():
        return ""
    said = dreams["real_prediction"].values[known].argmax(axis=1)
    right, commonest = float((said == label[known]).mean()), float(np.bincount(label[known]).max() / known.sum())
    if right > commonest:
        return ""
    return (
        f"The model puts {100 * right:.0f} % of DATA into their class, and {100 * commonest:.0f} % are of the "
        "commonest: are the values as it was trained on? Of data sets by name, give --standardise if aition train had "
        "it"
    )


def rounded(value: float) -> str:
    """A number in three digits; one that is 0 in four decimals has no sign.

    >>> rounded(-0.00004), rounded(-1.2345)
    ('0', '-1.23')
    """
    return f"{round(value, 4) + 0.0:.3g}"


def draw_run(run: "StoredRun", dream: str, file: str, *, picture: str) -> str:
    """Write a picture of the dreams of a run, or of one of them."""
    whole = run.explanation()
    shown = whole.sel(draw=[one_dream(whole, dream)["dream"]]) if dream else whole
    return draw_to(file, {recipe_name(whole): shown}, picture=picture)


def draw_to(file: str, dreams: "Mapping[str, Explanation]", *, picture: str, class_names: Sequence[str] = ()) -> str:
    """Write a picture of dreams, by the name of the recipe."""
    from aition.view.dreams import draw_dreams

    draw_dreams(picture, dreams, class_names=class_names).savefig(file, dpi=150)
    return file


def report_on(file: str, dreams: "Mapping[str, Explanation]", *, store: str, class_names: Sequence[str] = ()) -> str:
    """Write a report of dreams, by the name of the recipe."""
    from aition.view.dreams import dream_report
    from aition.view.report import write

    first = next(iter(dreams.values()))
    title = f"What {first.attrs['model']} would love to see"
    count = counted(sum(one.sizes["draw"] for one in dreams.values()), "dream")
    lead = f"{count} that drive the model to what is asked, held against {first.sizes['real']} real series."
    found = dream_report(title, dreams, lead=lead, class_names=class_names, commands=f"aition show {store}")
    write(found, file)
    return file


def recipe_name(dreams: "Explanation") -> str:
    """What a stored recipe is called: what its series are made of."""
    settings = json.loads(str(dreams.attrs.get("settings", "")) or "{}")
    return str(settings.get("recipe", {}).get("parameterisation", {}).get("name", "dreams"))


def told_of_dreams(
    run: "StoredRun", dream: str, *, top: int, plot: str, picture: str, report: str
) -> tuple[dict[str, Any], list[str]]:
    """What is told of a run of dreams, for programs and for people; a picture and a report are written."""
    check_picture(picture, plot)
    found = dreams_told(run, dream, top=top)
    files = [draw_run(run, dream, plot, picture=picture)] if plot else []
    if report:
        whole = run.explanation()
        files.append(report_on(report, {recipe_name(whole): whole}, store=str(run.path)))
    return found | {"files": files}, [*lines_of_dreams(found), *(f"Wrote {file}" for file in files)]
