"""How rows of the bench ended, as it is printed."""

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aition.cli.printing import counted, print_json

if TYPE_CHECKING:
    from aition.bench.running import Ended

SAID = 12
"""Rows that were left out which are named."""


def say(ended: "Ended", *, quiet: bool, left: float = math.nan) -> None:
    """Tell how one row ended, and how many minutes are left where that is known; what went wrong on standard error."""
    from aition.cli.faults import one_line
    from aition.cli.standings import number

    more = f"; about {left:.0f} min left" if math.isfinite(left) else ""
    if ended.error is not None:
        print(f"aition: {ended.job}: {one_line(ended.error)}", file=sys.stderr, flush=True)
    elif not quiet and ended.how == "refused":
        print(f"{ended.job}: refused: {ended.row['refused']}{more}", flush=True)
    elif not quiet and ended.row:
        metrics, lead = ended.row["metrics"], ended.row["lead"]
        said = f"{lead} {number(metrics[lead])}, " if lead in metrics else ""
        print(f"{ended.job}: {said}{ended.row['cpu_seconds']:.2f} CPU s{more}", flush=True)


def finish(endings: "Sequence[Ended]", out: Path, *, as_json: bool) -> None:
    """Count what was done; the exit code is that of the first row that failed.

    Raises:
        typer.Exit: Some row failed.
    """
    from aition.cli.faults import exit_code, one_line

    names = ("done", "refused", "before", "meanwhile", "failed")
    counts = {how: sum(one.how == how for one in endings) for how in names}
    left_out = [str(one.job) for one in endings if one.how == "left out"]
    counts |= {"stopped": sum("stopped" in one.row for one in endings), "left_out": len(left_out)}
    failed = [one for one in endings if one.error is not None]
    if as_json:
        faults = [{"row": str(one.job), "error": one_line(one.error)} for one in failed if one.error is not None]
        print_json({"file": str(out), "rows": counts, "faults": faults})
    else:
        print(summary(counts, out, left_out=left_out))
    if failed and failed[0].error is not None:
        raise typer.Exit(exit_code(failed[0].error))


def summary(counts: Mapping[str, int], out: Path, *, left_out: Sequence[str] = ()) -> str:
    """The counts in words, and the rows that a budget left out.

    >>> counts = {"done": 2, "refused": 0, "before": 3, "meanwhile": 0, "failed": 1}
    >>> print(summary(counts, Path("a.jsonl")).splitlines()[0])
    a.jsonl: 2 new rows, 3 there before (with whatever versions), 1 failed
    """
    stopped = counts.get("stopped", 0)
    words = [counted(counts["done"] + counts["refused"], "new row")]
    words += [f"{counts['refused'] - stopped} of them refused"] * (counts["refused"] > stopped)
    words += [f"{stopped} of them stopped at the limit"] * bool(stopped)
    words += [f"{counts['before']} there before (with whatever versions)"] * bool(counts["before"])
    words += [f"{counts['meanwhile']} written meanwhile by another run"] * bool(counts["meanwhile"])
    words += [f"{counts['failed']} failed"] * bool(counts["failed"])
    lines = [f"{out}: {', '.join(words)}"]
    if left_out:
        more = [f"and {len(left_out) - SAID} more"] * (len(left_out) > SAID)
        lines += [f"Left out by the budget: {counted(len(left_out), 'row')}, with which the same command goes on:"]
        lines += [f"  {one}" for one in [*left_out[:SAID], *more]]
    return "\n".join([*lines, f"Next: aition bench report {out}"])
