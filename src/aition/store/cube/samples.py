"""What is known of each sample of a run: the columns that cohorts are made by."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.store.cube.one_output import tells_classes, told
from aition.store.cube.rows import EVENTS, columns
from aition.store.shards import SHARED, Head
from aition.store.stored import StoredRun

OWN = ("sample", "id", "predicted", "label", "probability", "target_class", "score", "length", "n_row", "total")
"""Columns that every cube has, in order; others are as the run names them."""
OUTCOME = "outcome"
WINDOW = "n_step"
"""How many steps a sample of events was given: what the model reads beside the events, not what is known of it."""


def sample_columns(run: StoredRun, *, target: int = 0) -> dict[str, NDArray[Any]]:
    """Columns of the samples of a run, ``[sample]`` each.

    Returns:
        ``id``; ``predicted``, the class of the largest output, and ``probability``, of the explained class where the
        outputs tell; ``label``, ``target_class`` and ``score`` where the run has them (-1 and NaN else); every static
        value by its name, and every other number that lies along samples alone; "static " or "given " stands before
        a name that is taken. A single output predicts a value, not a class, unless the labels are 0 and 1 only and both
        occur: then it speaks for class 1, which is the explained one.
    """
    heads = [run.head(shard) for shard in range(run.n_shard)]
    stored = joined([along_samples(run, head) for head in heads])
    asked = joined([targeted(run, head, target) for head in heads])
    outputs = np.concatenate([predictions(run, head) for head in heads])
    n_sample, taken_off = len(outputs), str(run.attrs.get("head", "none"))
    label = labels(stored.pop("label", np.full(n_sample, -1)))
    predicted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else np.full(n_sample, -1)
    explained = asked.pop("target_class", stored.pop("target_class", predicted)).astype(np.int64)
    shares = probability(outputs, explained, head=taken_off)
    if outputs.shape[1] == 1 and tells_classes(label):
        said = told(outputs[:, 0], head=taken_off)
        predicted, shares, explained = said.predicted, said.probability, np.ones(n_sample, dtype=np.int64)
    found: dict[str, NDArray[Any]] = {
        "id": stored.pop("id", np.arange(n_sample)).astype(np.str_),
        "predicted": predicted.astype(np.int64),
        "label": label,
        "probability": shares,
        "target_class": explained,
        "score": asked.pop("score", stored.pop("score", np.full(n_sample, np.nan))).astype(np.float64),
    }
    for prefix, more in (("given ", {**stored, **asked}), ("static ", joined([statics(run, head) for head in heads]))):
        for name, value in more.items():
            found[prefix + name if name in found or name in OWN else name] = value
    return found


def outcomes(predicted: NDArray[np.int64], label: NDArray[np.int64]) -> NDArray[np.str_]:
    """How each prediction came out, ``[sample]``; "" where it or the label is not known.

    Of classes 0 and 1 it is "TP", "FP", "FN" or "TN", of more "right" or "wrong".

    >>> outcomes(np.array([1, 1, 0, 0, 1]), np.array([1, 0, 1, 0, -1])).tolist()
    ['TP', 'FP', 'FN', 'TN', '']
    >>> outcomes(np.array([2, 1]), np.array([2, 0])).tolist()
    ['right', 'wrong']
    """
    right = predicted == label
    words = np.where(right, "right", "wrong")
    if max(predicted.max(initial=0), label.max(initial=0)) <= 1:
        words = np.where(predicted == 1, np.where(right, "TP", "FP"), np.where(right, "TN", "FN"))
    return np.asarray(np.where((predicted >= 0) & (label >= 0), words, ""), dtype=np.str_)


def joined(parts: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Columns of all shards."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def along_samples(run: StoredRun, head: Head) -> dict[str, NDArray[Any]]:
    """Ids, and every number that lies along the samples of a shard alone; of events all but the width of the window."""
    real = [name for name, (axes, dtype) in run.variables.items() if axes == ("sample",) and dtype.kind != "c"]
    real = [name for name in real if name != WINDOW or EVENTS not in run.tables]
    return columns(run, head, "sample", [*(["id"] if "id" in run.tables["sample"] else []), *real])


def labels(label: NDArray[Any]) -> NDArray[np.int64]:
    """Labels as classes; -1 where there is none, or where they are values."""
    whole = label.dtype.kind in "iu" or bool(np.all(np.isnan(label) | (label == np.round(label))))
    return np.where(np.isnan(label.astype(np.float64)), -1, label if whole else -1).astype(np.int64)


def predictions(run: StoredRun, head: Head) -> NDArray[np.float64]:
    """Outputs by class, ``[sample, class]``; of width 1 for a single output, of width 0 where the run has none such."""
    axes = run.variables.get("prediction", ((), None))[0]
    if axes == ("sample",):
        return columns(run, head, "sample", ["prediction"])["prediction"].astype(np.float64)[:, None]
    if axes != ("sample", "class"):
        return np.zeros((head.n_lead, 0))
    found = columns(run, head, "sample-class", ["sample", "class", "prediction"])
    outputs = np.full((head.n_lead, run.sizes["class"]), np.nan)
    outputs[found["sample"] - head.first, found["class"]] = found["prediction"]
    return np.asarray(np.where(np.isnan(outputs), -np.inf, outputs))


def probability(outputs: NDArray[np.float64], explained: NDArray[np.int64], *, head: str) -> NDArray[np.float64]:
    """Probability of the explained class; NaN where it can't be told.

    Args:
        outputs: ``[sample, class]``; -Inf where a sample has no such class.
        explained: ``[sample]``; -1 for none.
        head: What was taken off the model's end: "sigmoid taken off", "softmax taken off", or "none", where outputs
            are probabilities already if those of every sample add up to 1, and logits else.

    >>> probability(np.array([[0.0, 0.0], [0.2, 0.8]]), np.array([0, 1]), head="none").round(2)
    array([0.5 , 0.65])
    """
    if outputs.shape[1] < 2 or not len(outputs):
        return np.full(len(outputs), np.nan)
    there = (explained >= 0) & (explained < outputs.shape[1])
    place = np.where(there, explained, 0)
    if "sigmoid" in head:
        shares = 1 / (1 + np.exp(-np.clip(outputs, -500, 500)))
    elif "softmax" not in head and (outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-4):
        shares = outputs
    else:
        shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares = shares / shares.sum(axis=1, keepdims=True)
    return np.where(there, shares[np.arange(len(outputs)), place], np.nan)


def targeted(run: StoredRun, head: Head, target: int) -> dict[str, NDArray[Any]]:
    """Variables along sample and target, of one target."""
    names = [name for name, (axes, _) in run.variables.items() if axes == ("sample", "target")]
    if not names:
        return {}
    found = columns(run, head, "sample-target", ["sample", "target", *names])
    own = found["target"] == target
    answer: dict[str, NDArray[Any]] = {}
    for name in names:
        whole = np.full(head.n_lead, np.nan)
        whole[found["sample"][own] - head.first] = found[name][own]
        answer[name] = np.nan_to_num(whole, nan=-1).astype(np.int64) if name == "target_class" else whole
    return answer


def statics(run: StoredRun, head: Head) -> dict[str, NDArray[Any]]:
    """Static values by their names."""
    if run.variables.get("static_value", ((), None))[0] != ("sample", "static"):
        return {}
    names = (
        columns(run, run.head(SHARED), "static", ["id"])["id"] if "static" in run.tables else range(run.sizes["static"])
    )
    found = columns(run, head, "sample-static", ["sample", "static", "static_value"])
    whole = np.full((head.n_lead, run.sizes["static"]), np.nan)
    whole[found["sample"] - head.first, found["static"]] = found["static_value"]
    return {str(name): whole[:, place] for place, name in enumerate(names)}
