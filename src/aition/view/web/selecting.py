"""Whether a run's selection can be believed, as facts beside the others that speak for it or against it."""

from typing import TYPE_CHECKING

from aition.store import StoredRun
from aition.store.summary.trust import Fact, Verdict

if TYPE_CHECKING:
    from aition.checks.finding import CheckVerdict

CELLS = {"sample", "time", "feature"}
VERDICTS: dict[str, Verdict] = {"passed": "good", "alarm": "low", "not decided": "fair"}
"""What a finding is to those who look at a run; others say nothing."""


def selection_facts(run: StoredRun, *, target: int) -> list[Fact]:
    """A fact for each check of a selection; none of a run that selects nothing.

    Args:
        run: A run.
        target: Which of several targets.
    """
    axes, dtype = run.variables.get("selected", ((), None))
    if not set(axes) >= CELLS or str(dtype) != "bool":
        return []
    # xarray is slow to import, and most runs select nothing.
    from aition.checks.honest import honesty, selection_in

    return [fact_of(one) for one in honesty(selection_in(run.parts()), target=target)]


def fact_of(one: "CheckVerdict") -> Fact:
    """A verdict as a fact."""
    shown = f"{one.figure.mean:.2f} {one.unit}" if one.finding in VERDICTS else one.finding
    verdict = VERDICTS.get(one.finding, "unknown")
    return Fact(one.check.capitalize(), one.figure.mean, verdict, one.words, shown)
