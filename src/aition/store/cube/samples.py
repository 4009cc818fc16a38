"""What is known of each sample of a run: the columns that cohorts are made by."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.rows import columns
from aition.store.shards import SHARED
from aition.store.stored import StoredRun

OWN = ("sample", "id", "predicted", "label", "probability", "target_class", "score", "length", "n_row", "total")
"""Columns that every cube has, in order; others are as the run names them."""


def sample_columns(run: StoredRun, *, target: int = 0) -> dict[str, NDArray[Any]]:
    """Columns of the samples of a run, ``[sample]`` each.

    Returns:
        ``id``; ``predicted``, the class of the largest output, and ``probability``, of the explained class where the
        outputs tell; ``label``, ``target_class`` and ``score`` where the run has them (-1 and NaN else); every static
        value by its name, and every other variable that lies along samples alone, but for names that are taken.
    """
    parts = [shard_columns(run, shard, target) for shard in range(run.n_shard)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def shard_columns(run: StoredRun, shard: int, target: int) -> dict[str, NDArray[Any]]:
    """Columns of the samples of one shard."""
    n_sample = run.head(shard).n_lead
    first = run.head(shard).first
    own = [name for name in run.tables["sample"] if name != "sample"]
    stored = columns(run, shard, "sample", own)
    found: dict[str, NDArray[Any]] = {"id": stored.pop("id", np.arange(first, first + n_sample)).astype(np.str_)}
    asked = targeted(run, shard, target)
    outputs = predictions(run, shard)
    predicted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else np.full(n_sample, -1)
    explained = asked.get("target_class", stored.get("target_class", predicted)).astype(np.int64)
    found["predicted"] = predicted.astype(np.int64)
    found["label"] = labels(stored.pop("label", np.full(n_sample, -1)))
    found["probability"] = probability(outputs, explained, head=str(run.attrs.get("head", "none")))
    found["target_class"] = explained
    found["score"] = asked.get("score", stored.get("score", np.full(n_sample, np.nan))).astype(np.float64)
    for name, value in {**stored, **asked, **statics(run, shard)}.items():
        if name not in OWN and value.dtype.kind in "iufb":
            found[name] = value
    return found


def labels(label: NDArray[Any]) -> NDArray[np.int64]:
    """Labels as classes; -1 where there is none, or where they are values."""
    whole = label.dtype.kind in "iu" or bool(np.all(np.isnan(label) | (label == np.round(label))))
    return np.where(np.isnan(label.astype(np.float64)), -1, label).astype(np.int64) if whole else np.full(len(label), -1)


def predictions(run: StoredRun, shard: int) -> NDArray[np.float64]:
    """Outputs by class, ``[sample, class]``; of width 0 where the run has none such."""
    head = run.head(shard)
    if run.variables.get("prediction", ((), None))[0] != ("sample", "class"):
        return np.zeros((head.n_lead, 0))
    found = columns(run, shard, "sample-class", ["sample", "class", "prediction"])
    outputs = np.full((head.n_lead, run.sizes["class"]), np.nan)
    outputs[found["sample"] - head.first, found["class"]] = found["prediction"]
    return np.nan_to_num(outputs, nan=-np.inf)


def probability(outputs: NDArray[np.float64], explained: NDArray[np.int64], *, head: str) -> NDArray[np.float64]:
    """Probability of the explained class; NaN where it can't be told.

    Args:
        outputs: ``[sample, class]``.
        explained: ``[sample]``; -1 for none.
        head: "softmax" where outputs are probabilities already; "none" where they are logits.
    """
    if outputs.shape[1] < 2:
        return np.full(len(outputs), np.nan)
    shares = outputs
    if head == "none":
        shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares = shares / shares.sum(axis=1, keepdims=True)
    there = (explained >= 0) & (explained < outputs.shape[1])
    return np.where(there, shares[np.arange(len(outputs)), np.where(there, explained, 0)], np.nan)


def targeted(run: StoredRun, shard: int, target: int) -> dict[str, NDArray[Any]]:
    """Variables along sample and target, of one target."""
    head = run.head(shard)
    names = [name for name, (axes, _) in run.variables.items() if axes == ("sample", "target")]
    if not names:
        return {}
    found = columns(run, shard, "sample-target", ["sample", "target", *names])
    own = found["target"] == target
    answer: dict[str, NDArray[Any]] = {}
    for name in names:
        whole = np.full(head.n_lead, np.nan)
        whole[found["sample"][own] - head.first] = found[name][own]
        answer[name] = np.nan_to_num(whole, nan=-1).astype(np.int64) if name == "target_class" else whole
    return answer


def statics(run: StoredRun, shard: int) -> dict[str, NDArray[Any]]:
    """Static values by their names."""
    head = run.head(shard)
    if run.variables.get("static_value", ((), None))[0] != ("sample", "static"):
        return {}
    names = columns(run, SHARED, "static", ["id"])["id"] if "static" in run.tables else range(run.sizes["static"])
    found = columns(run, shard, "sample-static", ["sample", "static", "static_value"])
    whole = np.full((head.n_lead, run.sizes["static"]), np.nan)
    whole[found["sample"] - head.first, found["static"]] = found["static_value"]
    return {str(name): whole[:, place] for place, name in enumerate(names)}


def table_of_samples(found: Mapping[str, NDArray[Any]]) -> pa.Table:
    """Columns as a table.

    Raises:
        InputError: They differ in length.
    """
    if len({len(value) for value in found.values()}) != 1:
        raise InputError(f"columns must be of one length, but are {[len(value) for value in found.values()]}")
    return pa.table({name: pa.array(value) for name, value in found.items()})
