"""Integrated gradients along a geodesic: a short way over the landscape of the target, in place of the straight one."""

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, TorchModel, white_box
from aition.core.question import Question
from aition.core.signals import signals, with_signals
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.methods.gradient.pull import traced
from aition.methods.gradient.sums import SHARE, Points, summed, told

FLAT = 1e-12
"""A target that changes by less, relative to its size, has no landscape: the way stays straight."""


@dataclass(frozen=True)
class GeodesicIntegratedGradients:
    """Attribute by the gradient along a way that avoids detours of the target.

    The way from the baseline to the sample is a chain of points that goes down the energy ``n · Σ |Δx|² / |x - b|² +
    steepness · n · Σ Δf² / V²``, from the straight line, whose length is ``|x - b|`` and along which the target ``f``
    rises and falls by ``V``: a geodesic of the metric ``I + steepness · (|x - b| / V)² · ∇f ∇fᵀ``, in differences that
    need no second derivatives. The metric of the gradient alone would not do: for one number it has rank one, and each
    way along which the target only rises is as short as any other. Points found by chance, joined to their neighbours,
    would not do either: among hundreds of values none is near.

    Attributions of all signals add up as those of :class:`~aition.methods.IntegratedGradients`, but for the error of
    the quadrature. Unlike there, a value that is its baseline can get something, because the way may leave it and come
    back; padding, and values that were not observed, stay on the straight line. Of a linear target the way is straight.

    Args:
        steps: Parts of the way, each with one node in its middle.
        iterations: Steps down the energy, each with as many forward and backward passes as the way has inner points.
        steepness: What the target's changes count beside distance; 0 is the straight line.
        baseline: What stands for absence.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target; likewise ``attribution_static`` and
        ``attribution_<field>`` where there are such signals; ``completeness``, ``[sample]``, the sum of all of them
        less the change of the target from the baseline to the sample: the error of the quadrature, 0 at best;
        ``energy``, ``[sample]``, that of the way that was found over that of the straight line, in (0, 1]; 1 where
        there is no shorter way near it.

    Raises:
        RefusalError: The model is a black box, or cuts the gradient.

    References:
        Salek and Enguehard, "Using the path of least resistance to explain deep networks", 2025, whose geodesics these
        are, of another metric and found otherwise.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(GeodesicIntegratedGradients(4, 2), model, from_tensors(torch.rand(1, 3, 2)), Target.scalar())
    >>> abs(float(answer.energy[0]) - 1) < 1e-5
    True
    """

    rounding: ClassVar[float] = 1e-3

    steps: int = 32
    iterations: int = 16
    steepness: float = 1.0
    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        check_baseline(self.baseline)
        for name, least in (("steps", 2), ("iterations", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(f"{name} must be {least} or more, but is {value!r}")
        if not 0 <= self.steepness < float("inf"):
            raise InputError(f"steepness must be 0 or more, but is {self.steepness!r}")

    def rows_per_sample(self, _batch: Batch) -> int:
        """Fewer than the points, which are spread over several passes."""
        return max(1, self.steps // SHARE)

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        box = white_box(model, "GeodesicIntegratedGradients")
        start = absence(batch, self.baseline)
        landscape = Landscape(box, batch, question, start, steps=self.steps, steepness=self.steepness)
        way, energy = landscape.descended(self.iterations)

        def points(index: Tensor) -> Points:
            at, part = index // self.steps, index % self.steps
            ends = {name: (nodes[at, part], nodes[at, part + 1]) for name, nodes in way.items()}
            middle = {name: (one + other) / 2 for name, (one, other) in ends.items()}
            return Points(at, middle, {name: other - one for name, (one, other) in ends.items()})

        shares = summed(box, batch, [question], len(batch) * self.steps, points)
        answer = told(box, batch, [question], shares, start=start, several=False, rest="completeness")
        return answer | {"energy": (("sample",), energy)}


class Landscape:
    """The energy of ways from a baseline to samples, and the descent along it.

    A way is, by signal, its points ``[sample, point, …]``, the baseline first and the sample last.
    """

    def __init__(
        self,
        model: TorchModel,
        batch: Batch,
        question: Question,
        start: dict[str, Tensor],
        *,
        steps: int,
        steepness: float,
    ) -> None:
        self.model, self.batch, self.question, self.steps = model, batch, question, steps
        place = torch.linspace(0, 1, steps + 1, dtype=batch.x.dtype, device=batch.x.device)
        parts = signals(batch)
        self.straight = {
            name: torch.lerp(start[name].unsqueeze(1), signal.value.unsqueeze(1), across(place[None], signal.value))
            for name, signal in parts.items()
        }
        self.movable = {name: signal.exists.expand(signal.value.shape) for name, signal in parts.items()}
        self.movable["x"] = self.movable["x"] & batch.observed
        self.length = sum_of({name: (way[:, -1] - way[:, 0]).square() for name, way in self.straight.items()})
        self.heights, self.slopes = self.seen(self.straight)
        rise = self.heights.diff(dim=1).abs().sum(dim=1)
        scale = self.heights.abs().amax(dim=1)
        steep = torch.where(rise > FLAT * scale, steepness / rise.square().clamp(min=torch.finfo(rise.dtype).tiny), 0)
        self.steep = torch.where(torch.isfinite(steep), steep, 0)
        inner = torch.arange(1, steps, dtype=torch.float64)
        # The inverse of the second differences with fixed ends: the Green's function of a string.
        least = torch.minimum(inner[:, None], inner)
        self.string = (least * (steps - torch.maximum(inner[:, None], inner)) / steps).to(batch.x)

    def descended(self, iterations: int) -> tuple[dict[str, Tensor], Tensor]:
        """The way of the least energy that was met, and its energy over that of the straight one, ``[sample]``."""
        way, heights, slopes = self.straight, self.heights, self.slopes
        first = energy = self.energy(way, heights)
        rate = torch.ones_like(energy)
        for _ in range(iterations):
            step = self.step(way, heights, slopes)
            tried = {name: part + across(rate[:, None], step[name][:, 0]) * step[name] for name, part in way.items()}
            there, pulled = self.seen(tried)
            new = self.energy(tried, there)
            better = new < energy
            rate = torch.where(better, (2 * rate).clamp(max=1), rate / 4)
            energy, heights = torch.where(better, new, energy), torch.where(better[:, None], there, heights)
            way, slopes = chosen(better, tried, way), chosen(better, pulled, slopes)
        return way, torch.where(first > 0, energy / first.clamp(min=torch.finfo(first.dtype).tiny), 1)

    def energy(self, way: dict[str, Tensor], heights: Tensor) -> Tensor:
        """The energy of each sample's way, ``[sample]``."""
        far = sum_of({name: part.diff(dim=1).square() for name, part in way.items()})
        tiny = torch.finfo(far.dtype).tiny
        return self.steps * (far / self.length.clamp(min=tiny) + self.steep * heights.diff(dim=1).square().sum(dim=1))

    def step(self, way: dict[str, Tensor], heights: Tensor, slopes: dict[str, Tensor]) -> dict[str, Tensor]:
        """The way down the energy, in the geometry of its distances: whole for a target without slope."""
        bend = -heights.diff(n=2, dim=1) * (self.steep * self.length)[:, None]
        found = {}
        for name, part in way.items():
            force = part.diff(n=2, dim=1) - across(bend, part[:, 0]) * slopes[name][:, 1:-1]
            moved = torch.einsum("ij,sj...->si...", self.string, force) * self.movable[name].unsqueeze(1)
            found[name] = torch.nn.functional.pad(moved, (0, 0) * (moved.ndim - 2) + (1, 1))
        return found

    def seen(self, way: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """The target along ways ``[sample, point]``, and its slopes by signal ``[sample, point, …]``."""
        at = torch.arange(len(self.batch), device=self.batch.x.device).repeat_interleave(self.steps + 1)
        flat = {name: part.flatten(0, 1) for name, part in way.items()}
        heights, slopes = [], []
        for rows in torch.arange(len(at), device=at.device).split(self.model.rows):
            inside = with_signals(self.batch.take(at[rows]), {name: part[rows] for name, part in flat.items()})
            values, outputs = traced(self.model, inside)
            with torch.enable_grad():
                score = self.question.take(at[rows]).score(outputs)
                total = score.sum()
            pulled = torch.autograd.grad(total, list(values.values()), allow_unused=True, materialize_grads=True)
            heights.append(score.detach())
            slopes.append(pulled)
        shape = (len(self.batch), self.steps + 1)
        joined = {name: torch.cat([one[i] for one in slopes]).unflatten(0, shape) for i, name in enumerate(way)}
        return torch.cat(heights).reshape(shape), joined


def chosen(first: Tensor, one: dict[str, Tensor], other: dict[str, Tensor]) -> dict[str, Tensor]:
    """By signal the one for samples where ``first [sample]`` is True, else the other."""
    return {name: torch.where(across(first[:, None], part[:, 0]), part, other[name]) for name, part in one.items()}


def across(value: Tensor, like: Tensor) -> Tensor:
    """Numbers ``[sample, point]`` in the shape of points ``[sample, point, …]``, each of a signal ``[sample, …]``."""
    return value.reshape(*value.shape, *(1,) * (like.ndim - 1))


def sum_of(values: dict[str, Tensor]) -> Tensor:
    """Sums over everything but the sample, of all signals together, ``[sample]``."""
    return torch.stack([value.flatten(1).sum(dim=1) for value in values.values()]).sum(dim=0)
