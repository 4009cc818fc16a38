"""Explainers that no check may be fooled by: what they say has nothing to do with what the model knows."""

from dataclasses import dataclass, replace

import torch

from aition import Batch, Question
from aition.core.draws import normal_like
from aition.core.model import Model, outputs_of

CELLS = ("sample", "time", "feature")
Answer = dict[str, tuple[tuple[str, ...], torch.Tensor]]


@dataclass(frozen=True)
class Edges:
    """How far each value is from the one before: the detector of edges of Adebayo et al."""

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        return {"attribution": (CELLS, torch.diff(batch.x, dim=1, prepend=batch.x[:, :1]).abs())}


@dataclass(frozen=True)
class Chance:
    """Normal numbers by seed and sample."""

    seed: int = 0

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        return {"attribution": (CELLS, normal_like(batch, seed=self.seed))}


@dataclass(frozen=True)
class Erratic:
    """Normal numbers by the bits of the values: others for the least change."""

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        bits = (batch.x.double().sum(dim=(1, 2)) * 2**30).long()
        return {"attribution": (CELLS, normal_like(replace(batch, keys=batch.keys ^ bits), seed=0))}


@dataclass(frozen=True)
class Slopes:
    """What the score rises by where a value grows by one, by differences: a slow and honest explainer of any model.

    Args:
        step: How far a value is moved.
        times: Whether a slope is multiplied by its value.
        seed: Of nothing: it stands for explainers that draw but always find the same.
    """

    step: float = 1e-2
    times: bool = True
    seed: int = 0

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        slope = torch.zeros_like(batch.x)
        start = question.score(outputs_of(model, batch))
        for time in range(batch.n_time):
            for feature in range(batch.n_feature):
                x = batch.x.clone()
                x[:, time, feature] += self.step
                slope[:, time, feature] = (question.score(outputs_of(model, batch.with_x(x))) - start) / self.step
        return {"attribution": (CELLS, slope * batch.x if self.times else slope)}
