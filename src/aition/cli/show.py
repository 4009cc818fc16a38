"""aition show: what a store holds and what counted most, or what a folder of samples holds."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.kinds import seems
from aition.cli.options import Picture
from aition.cli.printing import counted, print_json, print_lines
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.store import StoredRun

ORDER = ("sample", "draw", "row", "time", "feature")
EXAMPLES = """\
\b
Examples:
  aition show runs/ig
  aition show runs/ig --sample test-17 --top 5 --plot test-17.png
  aition show runs/ig --report report.html
  aition show runs/dreams --plot border.png --picture border
  aition show data/
  aition show data/:held_out --sample 30000024 --top 40
"""


def show(
    store: Annotated[
        Path, typer.Argument(metavar="STORE", help="What aition explain wrote, or a folder of aition ingest.")
    ],
    *,
    sample: Annotated[str, typer.Option(metavar="ID", help="What counted in this sample, or what it holds.")] = "",
    top: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many features, codes, steps, values or events.")
    ] = 10,
    nth: Annotated[int, typer.Option(metavar="N", help="Which of several targets, from 0.")] = 0,
    plot: Annotated[
        str, typer.Option(metavar="FILE", help="Draw the sample, or all samples (.png, .svg or .pdf).")
    ] = "",
    picture: Picture = "gallery",
    report: Annotated[str, typer.Option(metavar="FILE", help="Write a report with pictures (.html).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what was asked of what, and which features, steps and values counted most.

    Of events: which codes, when, and at which fifths of their values. Every file of the store is verified first; one
    that was changed since it was written is named. Of interactions: which groups act together most, and how often the
    method found planted pairs in such networks; the picture is of them. Of the components of a transform, such as bands
    of frequencies: which count most; the picture is of them. Of selections: whether they can be believed; the picture
    is of the cells that are selected. Of dreams: whether they are to be believed, and why not; --sample names one, and
    --picture says which picture is drawn.

    A folder that aition ingest wrote is told by what is in it: samples, features, records, and those that were bad.
    """
    check_file(plot, "--plot", (".png", ".svg", ".pdf"))
    check_file(report, "--report", (".html",))
    if holds_samples(store):
        if plot or report or nth:
            option = "--plot" if plot else "--report" if report else "--nth"
            raise InputError(f"{option} is for what was explained, but {store} holds samples; explain them first")
        from aition.cli.show_data import told_of_samples

        found, lines = told_of_samples(str(store), sample, top=top)
    else:
        found, lines = told_of_run(store, sample, top=top, nth=nth, plot=plot, picture=picture, report=report)
    if as_json:
        print_json(found)
        return
    print_lines(lines)


def holds_samples(place: Path) -> bool:
    """Whether it is a folder of aition ingest, or a split of one, ``FOLDER:SPLIT``."""
    before, colon, _ = str(place).rpartition(":")
    folder = Path(before) if colon and not place.exists() else place
    try:
        found = json.loads((folder / "manifest.json").read_bytes())
    except OSError:
        return False
    except ValueError:
        return any((folder / "shards").glob("*.safetensors"))
    return isinstance(found, dict) and "schema" in found


def told_of_run(
    store: Path, sample: str, *, top: int, nth: int, plot: str, picture: str, report: str
) -> tuple[dict[str, Any], list[str]]:
    """What is told of a stored run, for programs and for people; pictures and reports are written."""
    import aition.store
    from aition.cli import show_cells, show_components, show_dreams, show_events, show_pairs, show_selections

    if not (store / "manifest.json").exists() and (kind := seems(store)):
        raise InputError(
            f"{store} seems to hold raw records, of which samples come first: aition ingest {kind} {store} --out data/"
        )
    run = aition.store.open(store)
    run.verify()
    of = show_events if run.variables.get("attribution", ((), None))[0][:1] == ("row",) else show_cells
    facts = facts_of(run)
    if show_dreams.has_dreams(run):
        found, lines = show_dreams.told_of_dreams(run, sample, top=top, plot=plot, picture=picture, report=report)
        return {**facts, **found}, [*lines_of(facts), *lines]
    found = of.of_sample(run, sample, top=top, nth=nth) if sample else of.ranking_of(run, top=top, nth=nth)
    lines = of.lines_of_sample(found) if sample else of.lines_of_ranking(found)
    draw = of.draw
    if show_components.has_components(run):
        told = show_components.components_told(run, sample, top=top, nth=nth)
        found, draw = found | {"components": told}, show_components.draw_components
        lines = [*lines, *show_components.lines_of_components(told)]
    if show_pairs.has_pairs(run):
        together = show_pairs.pairs_told(run, sample, top=top, nth=nth)
        found, draw = found | {"together": together}, show_pairs.draw_pairs
        lines = [*lines, *show_pairs.lines_of_pairs(together)]
    if show_selections.has_selection(run):
        selection = show_selections.selection_told(run, nth=nth)
        found, draw = found | {"selection": selection}, show_selections.draw_selected
        lines = [*lines, *show_selections.lines_of_selection(selection)]
    files = [draw(run, sample, plot, nth=nth)] if plot else []
    files += [of.write_report(run, sample, report)] if report else []
    return {**facts, **found, "files": files}, [*lines_of(facts), *lines, *(f"Wrote {file}" for file in files)]


def check_file(name: str, option: str, endings: tuple[str, ...]) -> None:
    """Raise unless a file of this name can be written."""
    if name and Path(name).suffix.lower() not in endings:
        raise InputError(f"{option} must be a file that ends in {' or '.join(endings)}, but is {name!r}")
    if not name:
        return
    folder = Path(name).absolute().parent
    if not folder.is_dir():
        raise InputError(f"{option} must be in a folder that exists, but {Path(name).parent} does not")
    if Path(name).is_dir() or not os.access(Path(name) if Path(name).exists() else folder, os.W_OK):
        raise InputError(f"{option} must be a file that can be written, but {name} can not; take another place")


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


def asked(targets: list[dict[str, Any]]) -> str:
    """Targets as --target would say them."""
    words = [target_in_words(target) for target in targets]
    if not words:
        return "what is named below"
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
