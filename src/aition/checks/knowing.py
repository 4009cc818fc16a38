"""Knowing: does what a model says have to do with the labels at all? Else there is nothing to explain."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.checks.curve import interval_of, spread
from aition.checks.finding import CheckVerdict, judged, not_measured, verdict_of
from aition.metrics.interval import Bootstrap

KNOWS = "the model and the labels"
LEAST = 0.05
"""Share of what a perfect model would say that a model must say. One trained on permuted labels may say .02 by chance,
for whatever moves its answers at all also differs a little between the classes."""
UNIT = "share of a perfect model"


def knows(asked: xr.Dataset, *, bootstrap: Bootstrap = Bootstrap()) -> CheckVerdict:  # noqa: B008 - frozen
    """Does a model say more of the true class of a sample than it says of that class elsewhere?

    Args:
        asked: Any explanation of samples that the model was not trained on, for its outputs and labels.
        bootstrap: How the interval over the samples is made.

    Returns:
        Of classes its figure is by how much the probability of a sample's true class is above what the model gives that
        class in the mean over all samples, as a share of what a perfect model would reach: of two classes Tjur's
        coefficient of discrimination. Of values it is the covariance of what it says with the label, as a share of the
        label's variance. Both are about 0 for labels that have nothing to do with the samples, however unequal the
        classes, and 1 for a perfect model. "passed" where the interval is above a twentieth, "not measured" where
        labels are not known.

    References:
        Tjur, "Coefficients of determination in logistic regression models", The American Statistician 63, 2009.
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
    gain = shared(outputs[:, 0], given) if values else told(outputs, given)
    figure = interval_of(bootstrap, gain)
    finding = judged(figure, LEAST, highest=False)
    said_so = {
        "passed": "what the model says has to do with the labels",
        "alarm": "what the model says has next to nothing to do with the labels",
    }.get(finding, "that what the model says has to do with the labels could not be shown")
    words = f"{said_so}: it tells {spread(figure)} of what a perfect model would (0: nothing, 1: all)"
    return verdict_of(KNOWS, finding, words, figure, LEAST, highest=False, unit=UNIT)


def told(outputs: NDArray[np.float64], label: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probability of the true class less its mean over all samples, by that of a perfect model, ``[sample]``.

    >>> told(np.array([[9.0], [-9.0]]), np.array([1, 0])).round(2).tolist()
    [1.0, 1.0]
    """
    if outputs.shape[1] == 1:
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=1)
    if (outputs < 0).any() or not np.allclose(outputs.sum(axis=1), 1.0, atol=1e-4):
        outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs = outputs / outputs.sum(axis=1, keepdims=True)
    centred = outputs - outputs.mean(axis=0)
    perfect = 1 - ((np.bincount(label) / len(label)) ** 2).sum()
    return np.asarray(centred[np.arange(len(label)), label] / perfect)


def shared(outputs: NDArray[np.float64], label: NDArray[np.float64]) -> NDArray[np.float64]:
    """Products of outputs and labels around their means, by the label's variance, ``[sample]``."""
    return np.asarray((outputs - outputs.mean()) * (label - label.mean()) / label.var())


def blank(reason: str) -> CheckVerdict:
    """The verdict where it can't be told."""
    return not_measured(KNOWS, reason, LEAST, highest=False, unit=UNIT)
