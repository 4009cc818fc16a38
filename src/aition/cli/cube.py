"""aition cube: counts the rows of a run, so that the app and any SQL can ask them at once."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aition.cli.printing import counted, print_json
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.store.cube.opened import OpenCube

EXAMPLES = """\
\b
Examples:
  aition cube runs/ig
  aition cube runs/ig --cuts lactate=2,4 --cuts pulse=60,100 --unit pulse=1/min
  aition cube runs/ig --align end --map
"""


def cube(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="A directory that aition explain wrote.")],
    *,
    cuts: Annotated[
        list[str], typer.Option(metavar="FEATURE=A,B,…", help="Where values of a feature part; several times.")
    ] = [],  # noqa: B006 (typer reads it)
    unit: Annotated[list[str], typer.Option(metavar="FEATURE=UNIT", help="Of its values; several times.")] = [],  # noqa: B006
    target: Annotated[int, typer.Option(metavar="N", min=0, help="Which of several targets, from 0.")] = 0,
    align: Annotated[
        str, typer.Option(metavar="END", help="Count steps from the 'start', or from the 'end'.")
    ] = "start",
    values: Annotated[int, typer.Option(metavar="N", min=1, max=200, help="Bins of a feature without cuts.")] = 5,
    times: Annotated[int, typer.Option(metavar="N", min=1, max=200, help="Bins of time, at most.")] = 64,
    arranged: Annotated[
        bool, typer.Option("--map", help="Arrange samples by t-SNE as well; needs scikit-learn.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Count the rows of a run by value, time and attribution; the app does the same when it first opens a run.

    Cubes lie in STORE/cube. A new one takes the place of the one before when it is whole.
    """
    import aition.store
    from aition.store.cube.build import build
    from aition.store.cube.opened import open_cube
    from aition.store.cube.settle import Fineness
    from aition.store.summary.embedding import arrange

    if align not in ("start", "end"):
        raise InputError(f"--align must be start or end, but is {align!r}")
    fineness = Fineness(
        cuts={name: numbers(name, text) for name, text in pairs("--cuts", cuts).items()},
        units=pairs("--unit", unit),
        n_value=values,
        n_time=times,
    )
    run = aition.store.open(store)
    build(run, target=target, align="end" if align == "end" else "start", fineness=fineness)
    one = open_cube(run, target=target, align="end" if align == "end" else "start")
    if arranged:
        arrange(one)
    facts = facts_of(one)
    if as_json:
        print_json(facts)
        return
    shape = " × ".join(str(size) for size in facts["shape"])
    print(
        f"{store}: {counted(facts['rows'], 'row')} of {counted(facts['samples'], 'sample')} in {facts['cells']} cells"
    )
    print(f"cells     {shape} (groups × values × times × attributions), steps counted from the {align}")
    print(f"wrote     {facts['folder']}, {facts['bytes'] / 1e6:.1f} MB")


def pairs(option: str, given: list[str]) -> dict[str, str]:
    """What is given for each feature.

    >>> pairs("--unit", ["pulse=1/min"])
    {'pulse': '1/min'}
    """
    found: dict[str, str] = {}
    for one in given:
        name, sign, text = one.partition("=")
        if not sign or not name or not text or name in found:
            raise InputError(f"{option} must be FEATURE=…, once for each feature, but is {one!r}")
        found[name] = text
    return found


def numbers(name: str, text: str) -> tuple[float, ...]:
    """Numbers with commas between them.

    >>> numbers("lactate", "2,4.5")
    (2.0, 4.5)
    """
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = (math.nan,)
    if not all(map(math.isfinite, found)):
        raise InputError(f"--cuts of {name} must be numbers with commas between them, but are {text!r}")
    return found


def facts_of(one: "OpenCube") -> dict[str, Any]:
    """What a cube is."""
    return {
        "store": str(one.run.path),
        "folder": str(one.folder),
        "rows": one.n_row,
        "samples": len(one),
        "cells": len(one.spec.groups) * one.spec.n_cell,
        "shape": [len(one.spec.groups), *one.spec.shape],
        "bytes": sum(path.stat().st_size for path in one.folder.iterdir()),
        "spec": one.spec.to_json(),
    }
