"""Which samples are shown: one that is sure and right, one that is unsure, and one that is wrong."""

from dataclasses import dataclass

import numpy as np

from aition.core.explanation import Explanation
from aition.view.plots.reading import row_of
from aition.view.plots.said import probabilities


@dataclass(frozen=True)
class Example:
    """A sample, and why it is shown.

    Args:
        sample: Its id.
        why: A few words.
    """

    sample: str
    why: str


def examples_of(explanation: Explanation, wanted: tuple[str, ...] = ()) -> tuple[Example, ...]:
    """The samples that show most.

    For classes the surest right one, the least sure, and the surest mistake if there is one; for numbers those of the
    largest and the smallest output.

    Args:
        explanation: Of the samples.
        wanted: Ids of the samples to take instead.

    Raises:
        InputError: A wanted sample is not there.
    """
    ids = [str(name) for name in explanation["sample"].values]
    if wanted:
        return tuple(Example(ids[row_of(explanation, sample)], "As asked for") for sample in wanted)
    outputs = explanation["prediction"]
    picks: list[tuple[int, str]] = []
    if outputs.dims == ("sample", "class") and outputs.sizes["class"] > 1:
        share = probabilities(outputs.values.astype(np.float64), explanation)
        chosen, sure = share.argmax(axis=1), share.max(axis=1)
        label = explanation["label"].values
        known = label.dtype.kind in "iu" and label.ndim == 1 and bool((label >= 0).all())
        right = chosen == label if known else np.ones(len(ids), dtype=bool)
        if right.any():
            picks.append((int(np.where(right, sure, -1).argmax()), "Sure and right" if known else "Sure"))
        picks.append((int(sure.argmin()), "Least sure"))
        if not right.all():
            picks.append((int(np.where(right, -1, sure).argmax()), "Sure and wrong"))
    else:
        score = np.nan_to_num(outputs.values.reshape(len(ids), -1)[:, 0].astype(np.float64))
        picks = [(int(score.argmax()), "Largest output"), (int(score.argmin()), "Smallest output")]
    first: dict[int, str] = {}
    for row, why in picks:
        first[row] = f"{first[row]}; {why.lower()}" if row in first else why
    return tuple(Example(ids[row], why) for row, why in first.items())
