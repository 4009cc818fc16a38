"""ONNX, scikit-learn and aeon: numpy arrays in, numpy arrays out, no gradients."""

import numpy as np
import torch

from aition import FunctionModel, Target, from_series, from_tensors
from stand_ins.case import Case


class Session:
    """An onnxruntime.InferenceSession of one input."""

    def run(self, _names: list[str] | None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        x = given["x"]
        return [np.tanh(x[:, -1]) @ np.array([[1.0, -1.0], [0.5, 2.0]], dtype=np.float32), x]


class Forest:
    """A scikit-learn classifier of a flat array, which answers float64."""

    def predict_proba(self, table: np.ndarray) -> np.ndarray:
        risk = 1 / (1 + np.exp(-table @ np.linspace(-1, 1, table.shape[1])))
        return np.stack([1 - risk, risk], axis=1)


class Shapelets:
    """An aeon classifier of series of unequal length, each ``[feature, time]``."""

    def predict_proba(self, collection: list[np.ndarray]) -> np.ndarray:
        risk = np.array([1 / (1 + np.exp(-series[0].max() + series[1].mean())) for series in collection])
        return np.stack([1 - risk, risk], axis=1)


def inputs():
    return {"x": np.random.default_rng(0).normal(size=(4, 5, 2)).astype(np.float32)}


def batch(given):
    return from_tensors(given["x"])


def wrapped_session(session):
    return FunctionModel(lambda batch: session.run(None, {"x": batch.x.numpy()})[0])


def wrapped_forest(forest):
    return FunctionModel(lambda batch: forest.predict_proba(batch.x.flatten(1).numpy()))


def ragged_inputs():
    draw = np.random.default_rng(0)
    return {"series": [draw.normal(size=(2, length)).astype(np.float32) for length in (5, 2, 4, 7)]}


def ragged_batch(given):
    return from_series(given["series"], layout="feature time")


def wrapped_shapelets(classifier):
    def function(batch):
        return classifier.predict_proba([x[there].T.numpy() for x, there in zip(batch.x, batch.exists, strict=True)])

    return FunctionModel(function)


SESSION = Case(
    Session,
    inputs,
    batch,
    wrapped_session,
    lambda session, given: torch.from_numpy(session.run(None, {"x": given["x"]})[0]),
    Target.of_class(0),
)
FOREST = Case(
    Forest,
    inputs,
    batch,
    wrapped_forest,
    lambda forest, given: torch.from_numpy(forest.predict_proba(given["x"].reshape(4, -1))),
    Target.predicted(),
)
SHAPELETS = Case(
    Shapelets,
    ragged_inputs,
    ragged_batch,
    wrapped_shapelets,
    lambda classifier, given: torch.from_numpy(classifier.predict_proba(given["series"])),
    Target.predicted(),
)
