"""Truth metrics against a literal reading of their definitions, and against scikit-learn."""

import itertools
import math

import numpy as np
import pytest

from aition.metrics import aup, auprc, aur, auroc, entropy, information, minmax

TIES = {"distinct": 12, "ties": 1, "hard mask": 0}


def series(*, decimals, seed=3, n_sample=7, n_time=9, n_feature=3):
    """Scores in [0, 1], truth and right- or left-padded series; padding holds NaN and a truth that must not count."""
    generator = np.random.default_rng(seed)
    truth = generator.random((n_sample, n_time, n_feature)) < 0.3
    scores = np.clip(0.3 * truth + 0.7 * generator.random(truth.shape), 0, 1).round(decimals)
    lengths = generator.integers(3, n_time + 1, n_sample)
    exists = np.arange(n_time)[None] < lengths[:, None]
    exists[::2] = exists[::2, ::-1]
    scores[~exists] = np.nan
    truth[:, 0] |= exists[:, :1]
    truth[:, -1] |= exists[:, -1:]
    return scores, truth, exists


def vectors(scores, truth, exists, *, pool):
    """The existing cells, series by series or in one piece, as plain lists."""
    each = []
    for a, s, e in zip(scores, truth, exists, strict=True):
        cells = [(t, f) for t in range(len(e)) if e[t] for f in range(a.shape[1])]
        each.append(([float(a[cell]) for cell in cells], [bool(s[cell]) for cell in cells]))
    if not pool:
        return each
    return [([a for one, _ in each for a in one], [s for _, one in each for s in one])]


def literal_curve(a, s):
    """(threshold, precision, recall) at each value that occurs, thresholds rising."""
    out = []
    for threshold in sorted(set(a)):
        found = [true for score, true in zip(a, s, strict=True) if score >= threshold]
        out.append((threshold, sum(found) / len(found), sum(found) / sum(s)))
    return out


def literal_auroc(a, s):
    wins = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high, is_true in zip(a, s, strict=True)
        if is_true
        for low, other in zip(a, s, strict=True)
        if not other
    ]
    return sum(wins) / len(wins)


def literal_auprc(a, s):
    total, reached = 0.0, 0.0
    for _, precision, recall in reversed(literal_curve(a, s)):
        total += precision * (recall - reached)
        reached = recall
    return total


def literal_auprc_trapezoid(a, s):
    total, right, height = 0.0, 0.0, 1.0
    for _, precision, recall in reversed(literal_curve(a, s)):
        total += (recall - right) * (precision + height) / 2
        right, height = recall, precision
    return total


def literal_over_threshold(a, s, column):
    curve = literal_curve(a, s)
    return sum((right[0] - left[0]) * (left[column] + right[column]) / 2 for left, right in itertools.pairwise(curve))


def literal_information(a, s):
    return sum(abs(math.log2(1 - score + 1e-5)) for score, true in zip(a, s, strict=True) if true)


def literal_entropy(a, s):
    return sum(
        score * abs(math.log2(1e-5 + score)) + (1 - score) * abs(math.log2(1e-5 + 1 - score))
        for score, true in zip(a, s, strict=True)
        if true
    )


LITERAL = {
    "auroc": (auroc, literal_auroc),
    "auprc": (auprc, literal_auprc),
    "auprc by trapezoids": (lambda *cells, pool: auprc(*cells, pool=pool, rule="trapezoid"), literal_auprc_trapezoid),
    "aup": (aup, lambda a, s: literal_over_threshold(a, s, 1)),
    "aur": (aur, lambda a, s: literal_over_threshold(a, s, 2)),
    "information": (information, literal_information),
    "entropy": (entropy, literal_entropy),
}


@pytest.mark.parametrize("pool", [False, True], ids=["per sample", "pooled"])
@pytest.mark.parametrize("decimals", TIES.values(), ids=TIES)
@pytest.mark.parametrize("name", LITERAL)
def test_metric_is_its_definition_read_literally(name, decimals, pool):
    measure, literal = LITERAL[name]
    cells = series(decimals=decimals)
    expected = [literal(a, s) for a, s in vectors(*cells, pool=pool)]
    np.testing.assert_allclose(np.atleast_1d(measure(*cells, pool=pool)), expected, rtol=1e-12, atol=1e-12)


def test_minmax_is_its_definition_read_literally():
    scores, truth, exists = series(decimals=12)
    out = minmax(scores * 5 - 2, exists)
    for i, (a, _) in enumerate(vectors(scores * 5 - 2, truth, exists, pool=False)):
        low, high = min(a), max(a)
        expected = [(score - low) / (high - low + 1e-5) for score in a]
        np.testing.assert_allclose(out[i][exists[i]].ravel(), expected, rtol=1e-13, atol=0)


@pytest.mark.peers
@pytest.mark.parametrize("pool", [False, True], ids=["per sample", "pooled"])
@pytest.mark.parametrize("decimals", TIES.values(), ids=TIES)
@pytest.mark.parametrize("name", ["auroc", "auprc", "auprc by trapezoids", "aup", "aur"])
def test_curve_agrees_with_scikit_learn(name, decimals, pool):
    from sklearn import metrics as sklearn

    def peer(a, s):
        precision, recall, threshold = sklearn.precision_recall_curve(s, a)
        return {
            "auroc": lambda: sklearn.roc_auc_score(s, a),
            "auprc": lambda: sklearn.average_precision_score(s, a),
            "auprc by trapezoids": lambda: sklearn.auc(recall, precision),
            "aup": lambda: sklearn.auc(threshold, precision[:-1]),
            "aur": lambda: sklearn.auc(threshold, recall[:-1]),
        }[name]()

    cells = series(decimals=decimals, n_sample=12, n_time=30, n_feature=5)
    expected = [peer(a, s) for a, s in vectors(*cells, pool=pool)]
    np.testing.assert_allclose(np.atleast_1d(LITERAL[name][0](*cells, pool=pool)), expected, rtol=1e-12, atol=1e-12)
