"""Models of one output that tell two classes apart: how they are known, and what they say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLASSES = ("0", "1")
"""Names of the two classes."""


@dataclass(frozen=True, eq=False)
class Told:
    """What one output says of two classes.

    Args:
        predicted: 0 or 1, ``[sample]``; -1 where the output is not known.
        probability: Of class 1, which a larger output speaks for, ``[sample]``; NaN where the output is not known.
    """

    predicted: NDArray[np.int64]
    probability: NDArray[np.float64]


def tells_classes(label: NDArray[np.int64]) -> bool:
    """Whether a single output is of two classes, and no value: labels are 0 and 1 only, and both occur.

    Args:
        label: ``[sample]``; -1 where there is none.

    >>> tells_classes(np.array([0, 1, -1])), tells_classes(np.array([0, 2])), tells_classes(np.array([1, 1]))
    (True, False, False)
    """
    return set(np.unique(label[label != -1]).tolist()) == {0, 1}


def told(output: NDArray[np.float64], *, head: str) -> Told:
    """Class and probability of one output.

    Args:
        output: ``[sample]``.
        head: What was taken off the model's end: "sigmoid taken off", where outputs are log-odds, or "none", where they
            are probabilities if all are in [0, 1], and log-odds else.

    >>> said = told(np.array([-2.0, 0.0, 3.0]), head="none")
    >>> said.predicted, said.probability.round(2)
    (array([0, 0, 1]), array([0.12, 0.5 , 0.95]))
    >>> told(np.array([0.2, 0.7]), head="none").predicted
    array([0, 1])
    """
    known = np.isfinite(output)
    whole = output[known]
    shares = "sigmoid" not in head and bool(((whole >= 0) & (whole <= 1)).all())
    probability = output if shares else 1 / (1 + np.exp(-np.clip(output, -500, 500)))
    middle = 0.5 if shares else 0
    predicted = np.where(known, output > middle, -1).astype(np.int64)
    return Told(predicted, np.where(known, probability, np.nan))
