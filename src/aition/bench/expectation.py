"""An expectation: what theory says of one figure of a method on a task."""

import math
from dataclasses import dataclass
from typing import Literal

Says = Literal["finds", "in part", "misses", "cannot"]


@dataclass(frozen=True)
class Expected:
    """What is expected of one figure of a method on a task.

    Args:
        task: Its name.
        label: The method, as boards name it: with its preset and the settings that were given.
        metric: The figure.
        says: "finds" what matters, finds it "in part", "misses" it, or "cannot": it refuses the task or has no such
            figure.
        low: The least that the mean over the seeds should be.
        high: The most.
        why: In a clause.
    """

    task: str
    label: str
    metric: str
    says: Says
    low: float
    high: float
    why: str

    def met(self, mean: float | None) -> bool:
        """Whether a mean over seeds is as expected; None where the method has no such figure."""
        if mean is None or self.says == "cannot":
            return mean is None and self.says == "cannot"
        return self.low <= mean <= self.high

    @property
    def words(self) -> str:
        """The expectation in a few words.

        >>> Expected("state", "saliency", "auprc", "finds", 0.9, math.inf, "").words
        'finds: auprc at least 0.9'
        """
        if self.says == "cannot":
            return "cannot"
        ends = [f"at least {self.low:g}"] * math.isfinite(self.low) + [f"at most {self.high:g}"] * (
            self.high < math.inf
        )
        return f"{self.says}: {self.metric} {' and '.join(ends)}"


def of(
    task: str, metric: str, says: Says, methods: str, why: str, *, low: float = -math.inf, high: float = math.inf
) -> tuple[Expected, ...]:
    """One expectation of several methods, whose labels are parted by commas."""
    return tuple(Expected(task, label.strip(), metric, says, low, high, why) for label in methods.split(","))
