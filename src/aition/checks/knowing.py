"""Knowing: does what a model says have to do with the labels at all? Else there is nothing to explain."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import interval_of, spread
from aition.checks.finding import CheckVerdict, Finding, not_measured, verdict_of
from aition.metrics.interval import Bootstrap

KNOWS = "the model and the labels"


def knows(asked: xr.Dataset, *, bootstrap: Bootstrap = Bootstrap()) -> CheckVerdict:  # noqa: B008 - frozen
    """Does a model say more of the true class of a sample than it says of that class elsewhere?

    Args:
        asked: Any explanation of samples that the model was not trained on, for its outputs and labels.
        bootstrap: How the interval over the samples is made.

    Returns:
        Of classes its figure is by how much the probability of a sample's true class is above what the model gives that
        class in the mean over all samples; of values the correlation of what it says with the label. Both are 0 in the
        mean for labels that have nothing to do with the samples, however unequal the classes. "passed" where the
        interval is above 0, "not measured" where labels are not known.
    """
    said, label = asked["prediction"], asked["label"].values
    if label.ndim != 1 or said.ndim > 2 or (said.ndim == 2 and said.dims[1] != "class" and said.shape[1] != 1):
        return blank("labels or outputs are several a sample")
    known = np.isfinite(label) if label.dtype.kind == "f" else label >= 0
    outputs, given = said.values.reshape(len(label), -1)[known].astype(np.float64), label[known]
    if len(given) < 2 or np.ptp(given) == 0:
        return blank("fewer than two samples are labelled, or all alike")
    values = label.dtype.kind == "f"
    if values and outputs.shape[1] != 1:
        return blank("labels are values, but outputs are several")
    if not values and given.max() >= max(2, outputs.shape[1]):
        return blank("labels are of classes that the model does not know")
    gain, unit = (correlated(outputs[:, 0], given), "correlation") if values else (told(outputs, given), "probability")
    figure = interval_of(bootstrap, gain)
    finding: Finding = "passed" if figure.low > 0 else "alarm" if figure.high < 0 else "not decided"
    said_so = {
        "passed": "what the model says has to do with the labels",
        "alarm": "what the model says is at odds with the labels",
    }.get(finding, "that what the model says has to do with the labels at all could not be shown")
    what = "the correlation of both is" if values else "it gives a sample's true class, beyond the mean of all samples,"
    return verdict_of(KNOWS, finding, f"{said_so}: {what} {spread(figure)}", figure, 0.0, highest=False, unit=unit)


def told(outputs: NDArray[np.float64], label: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probability of the true class less its mean over all samples, ``[sample]``.

    >>> told(np.array([[9.0], [-9.0]]), np.array([1, 0])).round(2).tolist()
    [0.5, 0.5]
    """
    if outputs.shape[1] == 1:
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=1)
    if (outputs < 0).any() or not np.allclose(outputs.sum(axis=1), 1.0, atol=1e-4):
        outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs = outputs / outputs.sum(axis=1, keepdims=True)
    centred = outputs - outputs.mean(axis=0)
    return np.asarray(centred[np.arange(len(label)), label])


def correlated(outputs: NDArray[np.float64], label: NDArray[np.float64]) -> NDArray[np.float64]:
    """Products of outputs and labels in their deviations, whose mean is the correlation; 0 where outputs are alike."""
    parts = [(one - one.mean()) / (one.std() or 1.0) for one in (outputs, label)]
    return np.asarray(parts[0] * parts[1])


def blank(reason: str) -> CheckVerdict:
    """The verdict where it can't be told."""
    return not_measured(KNOWS, reason, 0.0, highest=False, unit="probability")
