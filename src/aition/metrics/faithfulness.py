"""Faithfulness from a model's outputs: what they lose when the important cells are taken away, or keep when they stay.

No function here sees a model. Outputs come as ``original [sample, class]``, for the untouched input, and
``[sample, step, class]``, for as many removals as were made (often one a fraction of cells): the masks that say which
cells to take are made by :mod:`aition.metrics.ranking`. Classes are logits; log-probabilities serve as well.
Answers are kept for each sample; the published figures are their means. A sample whose outputs are NaN throughout was
asked about a step that it does not have: its answer is NaN.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.axes import check_axes
from aition.core.errors import InputError
from aition.metrics.trajectory import absent_parts


def predicted(original: NDArray[Any]) -> NDArray[np.int64]:
    """The class that the model chose for the untouched input: the one that published figures follow.

    Args:
        original: Logits, ``[sample, class]``.

    Returns:
        ``index``, ``[sample]``; of equal classes the first.

    >>> import numpy as np
    >>> predicted(np.array([[0., 2.], [1., -1.]])).tolist()
    [1, 0]
    """
    return np.asarray(np.argmax(original, axis=-1), dtype=np.int64)


def comprehensiveness(
    original: NDArray[Any], removed: NDArray[Any], *, index: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Fall of a class's probability when the important cells are removed, ``p(x) - p(x without them)``.

    Args:
        original: Logits for the untouched input, ``[sample, class]``.
        removed: Logits without the most important cells, ``[sample, step, class]``.
        index: The class followed, ``[sample]``: see :func:`predicted`.

    Returns:
        ``comprehensiveness``, ``[sample, step]``, in [-1, 1]; the higher, the more faithful.

    Raises:
        InputError: If shapes do not fit, there is one class, or outputs are not finite.

    References:
        DeYoung et al., "ERASER: A Benchmark to Evaluate Rationalized NLP Models", ACL 2020, section 4;
        for time series Enguehard, ICML 2023.

    >>> import numpy as np
    >>> sure, unsure = np.log([[.9, .1]]), np.log([[[.5, .5]]])
    >>> comprehensiveness(sure, unsure, index=predicted(sure)).round(6).tolist()
    [[0.4]]
    """
    before, after = log_probabilities(original, removed, index)
    return np.asarray(np.exp(before) - np.exp(after))


def sufficiency(original: NDArray[Any], kept: NDArray[Any], *, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Fall of a class's probability when only the important cells are kept, ``p(x) - p(x with only them)``.

    Args:
        original: Logits for the untouched input, ``[sample, class]``.
        kept: Logits with all but the most important cells removed, ``[sample, step, class]``.
        index: The class followed, ``[sample]``: see :func:`predicted`.

    Returns:
        ``sufficiency``, ``[sample, step]``, in [-1, 1]; the LOWER, the more faithful.

    Raises:
        InputError: If shapes do not fit, there is one class, or outputs are not finite.

    References:
        DeYoung et al., "ERASER: A Benchmark to Evaluate Rationalized NLP Models", ACL 2020, section 4;
        for time series Enguehard, ICML 2023.

    >>> import numpy as np
    >>> sure = np.log([[.9, .1]])
    >>> sufficiency(sure, sure[:, None], index=predicted(sure)).tolist()
    [[0.0]]
    """
    before, after = log_probabilities(original, kept, index)
    return np.asarray(np.exp(before) - np.exp(after))


def log_odds(original: NDArray[Any], removed: NDArray[Any], *, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Change of a class's log-probability when the important cells are removed, ``log p(x without them) - log p(x)``.

    The papers' name is kept, though it is the logarithm of a ratio of probabilities, not of odds.

    Args:
        original: Logits for the untouched input, ``[sample, class]``.
        removed: Logits without the most important cells, ``[sample, step, class]``.
        index: The class followed, ``[sample]``: see :func:`predicted`.

    Returns:
        ``log_odds``, ``[sample, step]``, in nats; the LOWER, the more faithful.

    Raises:
        InputError: If shapes do not fit, there is one class, or outputs are not finite.

    References:
        Shrikumar et al., "Learning Important Features Through Propagating Activation Differences", ICML 2017;
        in this form Enguehard, ICML 2023.

    >>> import numpy as np
    >>> sure, unsure = np.log([[.8, .2]]), np.log([[[.4, .6]]])
    >>> np.exp(log_odds(sure, unsure, index=predicted(sure))).round(6).tolist()
    [[0.5]]
    """
    before, after = log_probabilities(original, removed, index)
    return np.asarray(after - before)


def cross_entropy(original: NDArray[Any], removed: NDArray[Any], *, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Surprise at a class when the important cells are removed, ``-log p(x without them)``.

    Args:
        original: Logits for the untouched input, ``[sample, class]``.
        removed: Logits without the most important cells, ``[sample, step, class]``.
        index: The class followed, ``[sample]``: see :func:`predicted`.

    Returns:
        ``cross_entropy``, ``[sample, step]``, in nats, at least 0; the higher, the more faithful.

    Raises:
        InputError: If shapes do not fit, there is one class, or outputs are not finite.

    References:
        Enguehard, "Learning Perturbations to Explain Time Series Predictions", ICML 2023.

    >>> import numpy as np
    >>> sure, unsure = np.log([[.8, .2]]), np.log([[[.5, .5]]])
    >>> (cross_entropy(sure, unsure, index=predicted(sure)) / np.log(2)).round(6).tolist()
    [[1.0]]
    """
    _, after = log_probabilities(original, removed, index)
    return np.asarray(-after)


def accuracy(original: NDArray[Any], removed: NDArray[Any], *, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Whether a class keeps a probability of one half when the important cells are removed.

    Args:
        original: Logits for the untouched input, ``[sample, class]``.
        removed: Logits without the most important cells, ``[sample, step, class]``.
        index: The class followed, ``[sample]``: see :func:`predicted`.

    Returns:
        ``accuracy``, ``[sample, step]``, 0 or 1; the LOWER its mean, the more faithful.

    Raises:
        InputError: If shapes do not fit, there is one class, or outputs are not finite.

    References:
        Enguehard, "Learning Perturbations to Explain Time Series Predictions", ICML 2023. One half is the bound also
        for more than two classes.

    >>> import numpy as np
    >>> sure, lost = np.log([[.8, .2]]), np.log([[[.9, .1], [.4, .6]]])
    >>> accuracy(sure, lost, index=predicted(sure)).tolist()
    [[1.0, 0.0]]
    """
    _, after = log_probabilities(original, removed, index)
    return np.where(np.isnan(after), np.nan, np.exp(after) >= 0.5)


def log_probabilities(
    original: NDArray[Any], changed: NDArray[Any], index: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log-probability of one class for the untouched and the changed input.

    Args:
        original: Logits for the untouched input, ``[sample, class]``.
        changed: Logits after each change, ``[sample, step, class]``.
        index: The class followed, ``[sample]``.

    Returns:
        Before ``[sample, 1]`` and after ``[sample, step]``, in nats, at most 0; NaN where the sample has no answer.

    Raises:
        InputError: If shapes do not fit, there is one class, a class is out of range, or outputs are not finite.
    """
    original, changed, index = np.asarray(original), np.asarray(changed), np.asarray(index)
    if original.ndim != 2:
        raise InputError(f"original must be [sample class], but is {list(original.shape)}")
    n_sample, n_class = original.shape
    if n_class < 2:
        raise InputError(
            "original must have two classes or more, but has 1, whose probability is always 1; "
            "write a single logit z as the two logits [0, z]"
        )
    sizes = {"sample": n_sample, "class": n_class}
    check_axes("outputs after removal", changed, ("sample", "step", "class"), sizes)
    check_axes("index", index, ("sample",), sizes)
    if index.dtype.kind not in "iu" or (index.size and not (index.min() >= 0 and index.max() < n_class)):
        raise InputError(f"index must hold classes from 0 to {n_class - 1}, but is {index.dtype} {index.tolist()[:8]}")
    logits = np.concatenate([original[:, None], changed], axis=1).astype(np.float64)
    absent_parts("outputs", logits, along=(1, 2))
    above = logits - np.max(logits, axis=2, keepdims=True)
    chosen = np.take_along_axis(above, index[:, None, None].astype(np.int64), axis=2)[:, :, 0]
    log_p = chosen - np.log(np.sum(np.exp(above), axis=2))
    return log_p[:, :1], log_p[:, 1:]
