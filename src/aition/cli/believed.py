"""What the app of the demo says for and against its runs, as lines, when their rows are counted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aition.cli.printing import counted
from aition.cli.steps import Steps, megabytes

if TYPE_CHECKING:
    from aition.view.web.served import Served


def believed(stores: Sequence[Path], about: Sequence[Path], truth: Path, step: Steps) -> None:
    """Count the rows of runs as the app counts them, and tell what it will say of some.

    Args:
        stores: All runs.
        about: Those of which it is told.
        truth: The folder of what is planted.
        step: Two steps are taken, and one for each run that is told of.
    """
    from aition.store.summary.truth import read_truth, truth_file
    from aition.view.web.runs import Runs, names_of
    from aition.view.web.served import Served

    planted = read_truth(truth_file(truth))
    what = Served(Runs.at(stores, cuts=planted.cuts), truth=(planted,))
    try:
        with step(f"Count the rows of {counted(len(stores), 'run')}, as the app asks for them") as said:
            what.runs.prepare()
            rows = sum(cube.n_row for cube in what.runs.cubes.values())
            said.append(f"{rows:,} rows, {sum(megabytes(one / 'cube') for one in stores):.0f} MB")
        names = dict(zip(stores, names_of(stores), strict=True))
        for store in about:
            with step(f"What speaks for {names[store]}") as said:
                said += facts(what, names[store])
    finally:
        what.close()


def facts(what: "Served", name: str) -> list[str]:
    """What the app says of a run, beside all that it can be compared with."""
    from aition.store.cube.stopping import unhindered
    from aition.view.web.trusting import said

    runs = what.runs
    cube = runs.cubes[name, "start", 0, ""]
    others = [runs.found((other, "start", 0, cube.spec.digest), progress="auto") for other in runs.comparable(name)]
    told = said(what, cube, others, unhindered)["facts"]
    return [f"{fact['name']}: {fact['value']}. {fact['words']}" for fact in told]
