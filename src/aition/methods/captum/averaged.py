"""Means of a gradient method over random draws: GradientShap and NoiseTunnel."""

from collections.abc import Iterable

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import normal_like, uniform
from aition.methods.captum.asked import Asked
from aition.methods.captum.passes import Chosen, swept
from aition.methods.captum.references import beside

ALPHA, CHOICE = 0, 1
"""Which number of a draw: the place on the path, or the reference."""


def over_paths(asked: Asked, chosen: Chosen, references: Batch, *, seed: int) -> Tensor:
    """GradientShap: gradients at random places between noisy values and random references, times their distance.

    What Captum draws from the global generator is drawn here for each sample by its key; the gradients are Captum's.
    """
    batch = asked.batch

    def one(draw: int) -> Tensor:
        which = (drawn(batch, seed, draw, CHOICE) * len(references)).long().clamp(max=len(references) - 1)
        baseline = beside(references, batch, which)
        x = noisy(batch, float(chosen["stdevs"]), seed=seed, draw=draw)
        alpha = drawn(batch, seed, draw, ALPHA).to(x.dtype)[:, None, None]
        slope = swept("Saliency", {"abs": False}, asked, baseline + alpha * (x - baseline), baseline)
        return slope * (x - baseline) if chosen["multiply_by_inputs"] else slope

    return mean(one(draw) for draw in range(int(chosen["n_samples"])))


def over_noise(asked: Asked, chosen: Chosen, baseline: Tensor, *, seed: int) -> Tensor:
    """NoiseTunnel: the mean, the mean square or the variance of a method's answers to noisy values."""

    def one(draw: int) -> Tensor:
        x = noisy(asked.batch, float(chosen["stdevs"]), seed=seed, draw=draw)
        return swept(str(chosen["of"]), chosen, asked, x, baseline)

    draws = range(int(chosen["nt_samples"]))
    if chosen["nt_type"] == "smoothgrad":
        return mean(one(draw) for draw in draws)
    if chosen["nt_type"] == "smoothgrad_sq":
        return mean(one(draw) ** 2 for draw in draws)
    # Variance about the first answer: the difference of mean squares would lose all digits where it is small.
    first = one(0)
    total, square = torch.zeros_like(first), torch.zeros_like(first)
    for draw in draws[1:]:
        away = one(draw) - first
        total, square = total + away, square + away**2
    count = len(draws)
    return (square - total**2 / count).clamp(min=0) / count


def noisy(batch: Batch, scale: float, *, seed: int, draw: int) -> Tensor:
    """The values with normal noise on all cells that are no padding."""
    if not scale:
        return batch.x
    return torch.where(batch.cells, batch.x + scale * normal_like(batch, seed=seed, draw=draw), batch.x)


def drawn(batch: Batch, seed: int, draw: int, which: int) -> Tensor:
    """One number in (0, 1) a sample, ``[sample]``, the same in any batch."""
    device = batch.keys.device
    return uniform(batch.keys, seed, torch.tensor(draw, device=device), torch.tensor(which, device=device))


def mean(parts: Iterable[Tensor]) -> Tensor:
    """The mean of tensors of one shape, one at a time."""
    total, count = torch.zeros(()), 0
    for part in parts:
        total, count = total.to(part.device) + part, count + 1
    return total / count
