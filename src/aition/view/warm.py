"""A process that holds a model and answers what it would say, and why, were a sample another.

It is started by the app's server, which itself never loads torch, and speaks in frames through a pipe.
"""

import json
import math
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aition import registry
from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import AitionError, InputError
from aition.core.explanation import Explanation
from aition.core.freeze import frozen
from aition.core.model import FunctionModel, TorchModel, weights
from aition.core.provenance import digest_of
from aition.core.run import Run
from aition.core.target import Target
from aition.methods import IntegratedGradients
from aition.models import load_model
from aition.store.cube.one_output import told
from aition.view.changed_events import batch_of_events, cells_after, edited_events
from aition.view.web.frames import frame, read_frame

OWN = ("saliency", "input-x-gradient", "integrated-gradients")
"""Explainers that are quick enough to be asked again at every change."""
MEMORY = 1 << 28
NEAR = 1e-3
MOST_RUNS = 16

Arrays = Mapping[str, NDArray[Any]]


def main() -> None:
    """Load the model that the command line names, and answer until the pipe is closed or the parent is gone."""
    Thread(target=end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    pipe = Connection(int(sys.argv[1]))
    try:
        desk = Desk(load_model(Path(sys.argv[2]), builder=sys.argv[3]))
    except AitionError as error:
        pipe.send_bytes(frame({"error": str(error)}, {}))
        return
    pipe.send_bytes(frame({"weights_sha256": desk.digest}, {}))
    while True:
        try:
            question = pipe.recv_bytes()
        except EOFError:
            return
        try:
            answer = desk.answer(*read_frame(question))
        except AitionError as error:
            answer = frame({"error": str(error)}, {})
        except Exception as error:  # noqa: BLE001 (the model's code may raise anything)
            answer = frame({"error": f"the model raised {type(error).__name__}"}, {})
            sys.stderr.write(f"aition: what-if: {type(error).__name__}: {error}\n")
        pipe.send_bytes(answer)


def end_with_parent() -> None:
    """Wait for the end of standard input, which the parent holds open, and leave at once."""
    while os.read(0, 1):
        pass
    os._exit(1)


class Desk:
    """A model that is asked again and again.

    Args:
        model: What answers.
    """

    def __init__(self, model: TorchModel | FunctionModel) -> None:
        self.model = model
        self.digest = digest_of(weights(model.module)) if isinstance(model, TorchModel) else ""
        self.runs: dict[str, tuple[Run, bool]] = {}
        self.seen: dict[str, Explanation] = {}

    def answer(self, meta: Mapping[str, Any], arrays: Arrays) -> bytes:
        """A frame with the attribution and the values after the edits; in its meta what the model says.

        Args:
            meta: ``id``; the digest of the ``run``, and its ``attrs``; ``explained``, the class, or -1;
                ``probabilities``, whether scores are such; ``score`` that the run stores; names of features and
                statics; and ``edits``, each with feature, first, last and value (None: not measured, or not happened).
            arrays: ``x``, ``observed``, both ``[step, feature]``, ``times``, ``[step]``, and ``static``;
                ``carried`` and ``stand_in``, ``[feature]``, which :func:`edited` explains; of events as
                :func:`aition.view.changed_events.batch_of_events` takes them.

        Raises:
            InputError: The model does not say of the sample what the run stores.
        """
        began = time.perf_counter()
        key = json.dumps([meta["attrs"], meta["nth"], meta["explained"]], sort_keys=True)
        with frozen(self.model):
            run, own = self.runs.get(key) or self.begun(meta)
            before = self.before(key, run, meta, arrays)
            changed = after_edits(arrays, meta["edits"])
            after = before if not meta["edits"] else run.explained(batch_of(meta, changed))
        if len(self.runs) >= MOST_RUNS:
            self.runs.clear()
        self.runs[key] = run, own
        said = said_of(after, meta["explained"], probabilities=meta["probabilities"])
        words = {
            **said,
            "before": said_of(before, meta["explained"], probabilities=meta["probabilities"])["probability"],
            "before_score": float(before["score"].values[0]),
            "explainer": str(run.attrs["explainer"]),
            "own": own,
            "seconds": round(time.perf_counter() - began, 4),
        }
        if "completeness" in after:
            words["completeness"] = float(after["completeness"].values[0])
        if "code" not in arrays:
            value = np.where(changed["observed"], changed["x"], np.nan).astype("f4")
            return frame(words, {"attribution": after["attribution"].values[0].astype("f4"), "value": value})
        feature = np.union1d(arrays["code"], np.array([edit["feature"] for edit in meta["edits"]], dtype=np.int64))
        n_step = int(arrays["step"].max()) + 1
        return frame(words | {"feature": feature}, cells_after(after, feature=feature, n_step=n_step))

    def begun(self, meta: Mapping[str, Any]) -> tuple[Run, bool]:
        """What is settled once for a run and a class, and whether the explainer is the run's own."""
        explainer, own = explainer_of(meta["attrs"])
        padding = meta["attrs"].get("padding", "keep")
        target = target_of(meta["attrs"], meta["nth"], meta["explained"])
        run = Run(explainer, self.model, (target,), padding=padding, memory=MEMORY, tick=lambda _: None)
        return run, own

    def before(self, key: str, run: Run, meta: Mapping[str, Any], arrays: Arrays) -> Explanation:
        """The explanation of the sample as it is, made once.

        Raises:
            InputError: Its score is not the one that the run stores.
        """
        name = json.dumps([key, meta["run"], meta["id"]])
        if name not in self.seen:
            found = run.explained(batch_of(meta, arrays))
            score, stored = float(found["score"].values[0]), meta["score"]
            if stored is not None and not math.isclose(score, stored, rel_tol=NEAR, abs_tol=NEAR):
                raise InputError(
                    f"the model must say of {meta['id']!r} what the run stores, a score of {stored:.4g}, but says "
                    f"{score:.4g}: it is another model, or reads more than the run holds"
                )
            self.seen = {name: found}
        return self.seen[name]


def explainer_of(attrs: Mapping[str, Any]) -> tuple[Any, bool]:
    """The run's own explainer where it is quick and can be made from what the run says, integrated gradients else.

    >>> explainer_of({"explainer": "occlusion", "settings": "{}"})[1]
    False
    """
    if attrs["explainer"] in OWN:
        try:
            return registry.explainer(attrs["explainer"], json.loads(attrs["settings"] or "{}")), True
        except InputError:
            return IntegratedGradients(), False
    return IntegratedGradients(), False


def target_of(attrs: Mapping[str, Any], nth: int, explained: int) -> Target:
    """The run's target, of the class that was explained: an edit that changes the prediction asks of the same class."""
    asked = json.loads(attrs["target"])[nth]
    chosen = {
        axis: explained if axis == "class" and choice in ("predicted", "true") and explained >= 0 else choice
        for axis, choice in asked["at"].items()
    }
    return Target(tuple(chosen.items()), tuple(asked["versus"].items()))


def batch_of(meta: Mapping[str, Any], arrays: Arrays) -> Batch:
    """The sample as the model is given it: what was not measured holds what the run holds there."""
    if "code" in arrays:
        return batch_of_events(meta, arrays)
    x = torch.from_numpy(arrays["x"].astype(np.float32))[None]
    observed = torch.from_numpy(arrays["observed"].astype(np.bool_))[None]
    made = from_tensors(
        x,
        layout="sample time feature",
        observed=observed,
        times=torch.from_numpy(arrays["times"].astype(np.float64))[None],
        static=torch.from_numpy(arrays["static"].astype(np.float32))[None] if meta["static_names"] else None,
        ids=[meta["id"]],
        feature_names=meta["feature_names"],
        static_names=meta["static_names"] or None,
        time_unit=meta["attrs"].get("time_unit", ""),
    )
    return replace(made, x=x)


def after_edits(arrays: Arrays, edits: list[dict[str, Any]]) -> Arrays:
    """The inputs of a sample after edits, in turn."""
    if "code" in arrays:
        return edited_events(arrays, edits)
    x, observed = edited(
        arrays["x"],
        arrays["observed"].astype(np.bool_),
        edits,
        carried=arrays["carried"].astype(np.bool_),
        stand_in=arrays["stand_in"],
    )
    return {**arrays, "x": x, "observed": observed}


def edited(
    x: NDArray[Any],
    observed: NDArray[np.bool_],
    edits: list[dict[str, Any]],
    *,
    carried: NDArray[np.bool_],
    stand_in: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Values after edits, in turn, and which are measured.

    Args:
        x: What the model is given, ``[step, feature]``.
        observed: Which of it was measured, likewise.
        edits: Each with feature, first, last and value (None: not measured).
        carried: Whether what was not measured holds the value before it, that of the edit then, ``[feature]``.
        stand_in: What stands for a value that was not measured, or that has none before it to be carried,
            ``[feature]``.

    >>> values, seen = edited(np.array([[5.0], [5.0]]), np.array([[True], [False]]), [
    ...     {"feature": 0, "first": 0, "last": 0, "value": 7.0}], carried=np.array([True]), stand_in=np.array([0.5]))
    >>> values.tolist(), seen.tolist()
    ([[7.0], [7.0]], [[True], [False]])
    """
    x, observed = x.astype(np.float64), observed.copy()
    for edit in edits:
        feature, span = edit["feature"], slice(edit["first"], edit["last"] + 1)
        column, seen = x[:, feature], observed[:, feature]
        seen[span] = edit["value"] is not None
        column[span] = stand_in[feature] if edit["value"] is None else edit["value"]
        if carried[feature]:
            for step in np.flatnonzero(~seen[1:]) + 1:
                column[step] = column[step - 1]
    return x, observed


def said_of(one: Explanation, explained: int, *, probabilities: bool) -> dict[str, Any]:
    """What the model says: score, predicted class, and the probability of the explained class.

    Args:
        one: The explanation of one sample.
        explained: The class, or -1; 1 where a single output tells two classes apart.
        probabilities: Whether such an output is a probability, and not log-odds.
    """
    outputs = one["prediction"].values[0].astype(np.float64)
    said: dict[str, Any] = {"score": float(one["score"].values[0]), "predicted": -1, "probability": None}
    if outputs.ndim == 1 and len(outputs) > 1:
        said["predicted"] = int(outputs.argmax())
        shares = outputs
        if one.attrs["head"] != "none" or not math.isclose(float(outputs.sum()), 1, abs_tol=1e-4) or outputs.min() < 0:
            shares = np.exp(outputs - outputs.max())
            shares /= shares.sum()
        said["probability"] = float(shares[explained if explained >= 0 else said["predicted"]])
    elif outputs.size == 1 and explained == 1:
        only = told(outputs.reshape(1), head="none" if probabilities else "sigmoid taken off")
        said |= {"predicted": int(only.predicted[0]), "probability": float(only.probability[0])}
    return said
