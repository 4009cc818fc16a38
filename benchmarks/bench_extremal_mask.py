"""ExtremalMask: CPU seconds in the published setting beside a plain loop, and its default beside both, with quality.

Rare times: series 50 × 50, a sum of squares over planted cells as the model, 2000 epochs. States: series 200 × 3 of a
two-state hidden Markov model, a GRU with 200 units as the model; the published 500 epochs are extrapolated from a few.
The plain loops have the published mathematics: one with a single pass a step, one with four passes and gradients of
weights. One process, one thread. ``--quick`` is short and says little.
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.methods.masks import ExtremalMask, Fixed
from aition.metrics.truth import auprc, auroc

Network = Callable[[Tensor], Tensor]


def arma(n_sample: int, *, seed: int) -> np.ndarray[Any, Any]:
    """ARMA series ``[sample, 50, 50]``: AR polynomial (2, .5, .2, .1), MA polynomial (2)."""
    noise = np.random.default_rng(seed).standard_normal((n_sample, 50, 50))
    x = np.zeros_like(noise)
    for t in range(50):
        past = sum(c * x[:, t - lag] for lag, c in ((1, 0.5), (2, 0.2), (3, 0.1)) if t >= lag)
        x[:, t] = (2 * noise[:, t] - past) / 2
    return x.astype(np.float32)


def rare_times(n_sample: int, *, seed: int) -> tuple[TorchModel, Batch, Tensor]:
    """A white box that reads 24 features at five steps in a row, other steps in every series."""
    x = torch.from_numpy(arma(n_sample, seed=seed))
    truth = torch.zeros(x.shape, dtype=torch.bool)
    for series, first in zip(truth, np.random.default_rng(seed + 1).integers(0, 45, n_sample), strict=True):
        series[first : first + 5, 12:36] = True

    def forward(_: nn.Module, batch: Batch) -> Tensor:
        there = truth if len(batch) == n_sample else truth[[int(name) for name in batch.ids]]
        return (batch.x**2 * there).sum(dim=2)

    model = TorchModel(nn.Identity(), forward, axes=("time",), head="none")
    return model, from_tensors(x, layout="sample time feature"), truth


def states(n_sample: int, *, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Series of the hidden Markov model: values, labels at every step, and the feature that the label hangs on."""
    random = np.random.default_rng(seed)
    mean = np.array([[0.1, 1.6, 0.5], [-0.1, -0.4, -1.5]])
    covariance = np.tile(0.801 * np.eye(3), (2, 1, 1))
    covariance[:, 1, 2] = covariance[:, 2, 1] = 0.01
    root = np.linalg.cholesky(covariance)
    state, stayed = random.integers(0, 2, n_sample), np.zeros(n_sample)
    x, truth = np.zeros((n_sample, 200, 3), np.float32), np.zeros((n_sample, 200, 3), bool)
    for t in range(200):
        if t:
            leaves = random.random(n_sample) > np.maximum(0.95 - stayed / 500, 0.8)
            state, stayed = np.where(leaves, 1 - state, state), np.where(leaves, 0, stayed + 1)
        x[:, t] = mean[state] + np.einsum("nij,nj->ni", root[state], random.standard_normal((n_sample, 3)))
        truth[np.arange(n_sample), t, 1 + state] = True
    label = random.random((n_sample, 200)) < 1 / (1 + np.exp(-2 * (x * truth).sum(axis=2)))
    return torch.from_numpy(x), torch.from_numpy(label).long(), torch.from_numpy(truth)


class Classifier(nn.Module):
    """A GRU with 200 units, and two logits at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.read = nn.GRU(3, 200, batch_first=True), nn.Sequential(nn.ReLU(), nn.Linear(200, 2))

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.read(self.layer(x)[0])
        return outputs


def trained(*, n_sample: int, epochs: int) -> Classifier:
    """The classifier after a short training."""
    torch.manual_seed(0)
    x, label, _ = states(n_sample, seed=0)
    module = Classifier()
    optimiser = torch.optim.Adam(module.parameters(), lr=3e-3)
    for _ in range(epochs):
        for rows in torch.randperm(n_sample).split(32):
            optimiser.zero_grad()
            nn.functional.cross_entropy(module(x[rows]).flatten(0, 1), label[rows].flatten()).backward()
            optimiser.step()
    return module.eval()


class Generator(nn.Module):
    """The published generator: a bidirectional GRU, states of length 1, a linear layer."""

    def __init__(self, n_feature: int) -> None:
        super().__init__()
        self.layer = nn.GRU(n_feature, n_feature, batch_first=True, bidirectional=True)
        self.read = nn.Linear(2 * n_feature, n_feature)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.read(nn.functional.normalize(self.layer(x)[0], dim=-1))
        return outputs


def plain_loop(f: Network, x: Tensor, *, generated: bool, epochs: int, passes: int) -> Tensor:
    """The published equations in the simplest loop, mini-batches of 100, with one or four passes a step."""
    torch.manual_seed(0)
    generator = Generator(x.shape[2]) if generated else nn.Identity()
    mask = nn.Parameter(torch.full_like(x, 0.5))
    adam = torch.optim.Adam([mask, *generator.parameters()], lr=0.01)
    wanted = f(x).detach()
    for _ in range(epochs):
        for rows in torch.arange(len(x)).split(100):
            part, share = slice(int(rows[0]), int(rows[-1]) + 1), mask[int(rows[0]) : int(rows[-1]) + 1].clamp(0, 1)
            r = generator(x[part]) if generated else torch.zeros(())
            penalty = (mask[part].abs() + r.abs()).mean() if generated else mask.abs().mean()
            outputs = f(x[part] * share + r * (1 - share))
            if passes == 4:
                f(x[part] * (1 - share) + r * share), f(x[part]), f(torch.zeros_like(x[part]))
            adam.zero_grad()
            (penalty + ((outputs - wanted[part]) ** 2).mean()).backward()
            adam.step()
    return mask.detach().clamp(0, 1)


def timed(call: Callable[[], Tensor]) -> tuple[Tensor, float]:
    """An answer, and the CPU seconds that it took."""
    began = time.process_time()
    return call(), time.process_time() - began


def quality(mask: Tensor, truth: Tensor) -> str:
    """AUPRC and AUROC over the cells of all series."""
    exists = np.ones(tuple(truth.shape[:2]), dtype=bool)
    arrays = (mask.double().numpy(), truth.numpy(), exists)
    return f"AUPRC {float(auprc(*arrays, pool=True)):.4f}  AUROC {float(auroc(*arrays, pool=True)):.4f}"


def ours(explainer: ExtremalMask, model: TorchModel, batch: Batch, target: Target) -> Tensor:
    answer = explain(explainer, model, batch, target, progress="off")
    return torch.from_numpy(answer["attribution"].values)


def show(name: str, seconds: float, *, ratio: float = math.nan, note: str = "") -> None:
    times = "" if math.isnan(ratio) else f"  {ratio:5.1f} × faster"
    print(f"  {name:44s} {seconds:7.2f} CPU s{times}  {note}")


def bench_rare(*, epochs: int) -> dict[str, float]:
    print(f"Rare times, 10 series, {epochs} epochs")
    plain_loop(torch.square, torch.zeros(1, 1, 1), generated=False, epochs=1, passes=1)  # loads torch.optim
    target = Target.whole("time")
    model, batch, truth = rare_times(10, seed=31)

    def f(x: Tensor) -> Tensor:
        return (x**2 * truth).sum(dim=2)

    slow, four = timed(lambda: plain_loop(f, batch.x, generated=False, epochs=epochs, passes=4))
    plain, one = timed(lambda: plain_loop(f, batch.x, generated=False, epochs=epochs, passes=1))
    show("plain loop, four passes", four, note=quality(slow, truth))
    show("plain loop, one pass", one, note=quality(plain, truth))
    paper = ExtremalMask.paper(replacement=Fixed(), steps=epochs)
    mask, paper_seconds = timed(lambda: ours(paper, model, batch, target))
    gap, defaults = float((mask - plain).abs().max()), []
    show(
        "ExtremalMask.paper",
        paper_seconds,
        ratio=four / paper_seconds,
        note=f"{quality(mask, truth)}  largest gap {gap:.0e}",
    )
    for seed in (41, 42, 43):
        model, batch, truth = rare_times(10, seed=seed)
        mask, seconds = timed(lambda m=model, b=batch: ours(ExtremalMask(), m, b, target))
        defaults.append(seconds)
        show(f"ExtremalMask, seed {seed}", seconds, ratio=four / seconds, note=quality(mask, truth))
    model, batch, truth = rare_times(100, seed=44)
    mask, seconds = timed(lambda: ours(ExtremalMask(), model, batch, target))
    show("ExtremalMask, 100 series", seconds, note=quality(mask, truth))
    return {
        "rare_four_passes": four,
        "rare_one_pass": one,
        "rare_paper": paper_seconds,
        "rare_default": statistics.median(defaults),
    }


def bench_states(*, n_sample: int, epochs: int, training: dict[str, int]) -> dict[str, float]:
    print(f"States, {n_sample} series; 500 epochs are extrapolated from {epochs} and {2 * epochs}")
    target = Target.whole("time", "class")
    module = trained(**training)
    x, _, truth = states(n_sample, seed=1000)
    model, batch = TorchModel(module, head="none"), from_tensors(x, layout="sample time feature")

    def published(call: Callable[[int], Tensor]) -> tuple[Tensor, float]:
        (_, short), (mask, long) = (timed(lambda n=n: call(n)) for n in (epochs, 2 * epochs))
        return mask, short + (long - short) / epochs * (500 - epochs)

    _, four = published(lambda n: plain_loop(module, x, generated=True, epochs=n, passes=4))
    module.requires_grad_(False)
    plain, one = published(lambda n: plain_loop(module, x, generated=True, epochs=n, passes=1))
    mask, paper = published(lambda n: ours(ExtremalMask.paper(steps=n), model, batch, target))
    show("plain loop, four passes, gradients of weights", four)
    show("plain loop, one pass, frozen weights", one, ratio=four / one)
    gap = float((mask - plain).abs().max())
    show("ExtremalMask.paper", paper, ratio=four / paper, note=f"largest gap {gap:.0e}")
    figures = {"states_four_passes": four, "states_one_pass": one, "states_paper": paper}
    for steps in (25, 50):
        mask, seconds = timed(lambda steps=steps: ours(ExtremalMask(steps=steps), model, batch, target))
        show(f"ExtremalMask, {steps} steps", seconds, ratio=four / seconds, note=quality(mask, truth))
        figures[f"states_{steps}_steps"] = seconds
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it runs")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    few, full = {"n_sample": 32, "epochs": 1}, {"n_sample": 400, "epochs": 5}
    seconds = bench_rare(epochs=20 if quick else 2000) | bench_states(
        n_sample=8 if quick else 100, epochs=1 if quick else 6, training=few if quick else full
    )
    figures = {name: round(value, 2) for name, value in seconds.items()}
    print(json.dumps({"benchmark": "extremal_mask", "torch": torch.__version__, "cpu_seconds": figures}))


if __name__ == "__main__":
    main()
