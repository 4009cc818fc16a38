"""An explanation held against the truth of simulated series."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import ProtocolError
from aition.core.explanation import Explanation
from aition.data.simulate.simulated import Simulated
from aition.metrics import aup, auprc, aur, auroc, entropy, information, minmax

CURVES = {"auroc": auroc, "auprc": auprc, "aup": aup, "aur": aur, "information": information, "entropy": entropy}


def attribution_of(explanation: Explanation, shown: Simulated) -> NDArray[np.float64]:
    """The attribution of every cell, ``[sample, time, feature]``.

    Raises:
        ProtocolError: There is none with these axes.
    """
    axes = ("sample", "time", "feature")
    if "attribution" not in explanation or explanation["attribution"].dims != axes:
        raise ProtocolError(
            f"an explainer on the bench must answer attribution {list(axes)}, but answers {list(explanation.data_vars)}"
        )
    values = np.asarray(explanation["attribution"].values, dtype=np.float64)
    if values.shape != tuple(shown.truth.shape):
        raise ProtocolError(f"attribution must be {list(shown.truth.shape)}, but is {list(values.shape)}")
    return values


def candidates(shown: Simulated) -> NDArray[np.bool_]:
    """The cells that can be called important, because they exist and were observed, ``[sample, time, feature]``."""
    return np.asarray((shown.batch.cells & shown.batch.observed).cpu().numpy())


def figures_of_truth(attribution: NDArray[np.float64], shown: Simulated, *, pool: bool) -> dict[str, float]:
    """Every figure that compares an attribution with the truth; one that does not apply is left out.

    Absolute values, brought to [0, 1] series by series, are what the published figures judge. Cells that were not
    observed are no candidates, and series without a true cell are left out of means.

    Args:
        attribution: ``[sample, time, feature]``.
        shown: The series that were explained.
        pool: See :class:`~aition.bench.task.Task`.

    Returns:
        Figures by name; see :data:`aition.bench.figures.FIGURES`.
    """
    allowed = flat(candidates(shown))[:, :, 0]
    truth = flat(shown.truth.cpu().numpy())
    scores = minmax(flat(np.abs(attribution)), allowed)
    found = {
        name: mean_of(curve(scores, truth, allowed, pool=True) if pool else curve(scores, truth, allowed))
        for name, curve in CURVES.items()
    }
    for name in ("auroc", "auprc"):
        found[f"{name}_per_series"] = mean_of(CURVES[name](scores, truth, allowed))
    found["sign_accuracy"] = sign_accuracy(attribution, shown)
    found["shortcut_share"] = shortcut_share(attribution, shown)
    return {name: value for name, value in found.items() if np.isfinite(value)}


def flat(cells: NDArray[Any]) -> NDArray[Any]:
    """Cells as the steps of one feature, ``[sample, cell, 1]``, so that any of them can be left out."""
    return cells.reshape(len(cells), -1, 1)


def mean_of(values: NDArray[np.float64]) -> float:
    """Mean over the series that have a value; NaN where none has."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def shortcut_share(attribution: NDArray[np.float64], shown: Simulated) -> float:
    """How much of the absolute attribution lies on the cells of a shortcut, in [0, 1].

    The share of each series by itself, then the mean; series whose attribution is 0 throughout are left out. What is
    right depends on the model: nothing for the law, more for a network that leans on the shortcut.

    Args:
        attribution: ``[sample, time, feature]``.
        shown: The series; their field ``shortcut``, ``[sample, time, feature]``, says which cells are meant.

    Returns:
        The share; NaN where the series have no such field, or no attribution.
    """
    if "shortcut" not in shown.batch.fields:
        return float("nan")
    cells = shown.batch["shortcut"].cpu().numpy().astype(np.bool_)
    mass = np.abs(attribution) * candidates(shown)
    whole = mass.sum(axis=(1, 2))
    known = whole > 0
    return mean_of((mass * cells).sum(axis=(1, 2))[known] / whole[known])


def sign_accuracy(attribution: NDArray[np.float64], shown: Simulated) -> float:
    """Share of the true cells with a known direction to which the attribution gives it.

    Every such cell counts the same, in whichever series. NaN where no direction is known, and for attributions of one
    sign, which claim none.
    """
    allowed = candidates(shown)
    sign = shown.sign.cpu().numpy()
    known, given = allowed & (sign != 0), attribution[allowed]
    if not known.any() or not ((given > 0).any() and (given < 0).any()):
        return float("nan")
    return float((np.sign(attribution[known]) == sign[known]).mean())
