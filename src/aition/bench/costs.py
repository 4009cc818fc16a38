"""What rows cost, estimated from rows that were made: runs are ordered, budgeted, and told how long they are by it."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from aition.bench.measure import Job

FURTHER = 1.0
"""CPU seconds of a row beside fitting and explaining, where the row does not say."""


class Costs:
    """CPU seconds of rows by task and method; it learns from every row that it is told of.

    Args:
        rows: Rows that were made, of this file or others.
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        self.found: dict[tuple[str, ...], list[float]] = {}
        for row in rows:
            self.learn(row)

    def learn(self, row: Mapping[str, Any]) -> None:
        """Know what one more row cost; one that says nothing of it is passed over."""
        cost = cost_of(row)
        if cost:
            for key in keys_of(row["task"], row["method"], row.get("preset", ""), row.get("given", {})):
                self.found.setdefault(key, []).append(cost)

    def of(self, job: Job, *, otherwise: float) -> float:
        """CPU seconds that a row is likely to cost.

        Those of the same method on the same task, in the mean; of the method, its preset and settings on any; else what
        is said otherwise.
        """
        for key in keys_of(job.task, job.method, job.preset, job.given):
            if key in self.found:
                return fmean(self.found[key])
        return otherwise


def keys_of(task: str, method: str, preset: str, given: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """What a row's cost is filed under, the nearest first."""
    how = (method, preset, *(f"{name}={word}" for name, word in sorted(given.items())))
    return ((task, *how), ("", *how))


def cost_of(row: Mapping[str, Any]) -> float:
    """CPU seconds that a row cost, all told; 0 where it does not say.

    >>> cost_of({"row_cpu_seconds": 7.5, "cpu_seconds": 2.0}), cost_of({"cpu_seconds": 2.0, "fit_cpu_seconds": 3.0})
    (7.5, 6.0)
    """
    if "row_cpu_seconds" in row:
        return float(row["row_cpu_seconds"])
    if "cpu_seconds" in row:
        return float(row["cpu_seconds"]) + float(row.get("fit_cpu_seconds", 0)) + FURTHER
    return 0.0
