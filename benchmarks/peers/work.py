"""What the benchmarks of peers explain, how they time it, and how they judge it."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import torch
from torch import Tensor, nn

from aition import Batch, TorchModel
from aition.data.simulate import Rare, Simulated, State
from aition.metrics import truth as metrics
from aition.models import fit

FIGURES = ("aup", "aur", "information", "entropy", "auroc", "auprc")
Contestants = Mapping[str, Callable[[], Tensor]]
Seconds = dict[str, list[float]]
"""CPU seconds of each contestant in each round."""


def squares(x: Tensor, box: Tensor) -> Tensor:
    """The law of rare features and times: the sum of squares over the box, ``[sample, time]``."""
    return (x**2 * box).sum(dim=2)


def rare(axis: str, *, seed: int) -> tuple[Simulated, TorchModel]:
    """Ten series 50 × 50 with one box, as published, and their law as a model."""
    drawn = Rare(n_sample=10, axis=axis)(seed=seed)

    def forward(_: nn.Module, batch: Batch) -> Tensor:
        return squares(batch.x, batch["box"])

    return drawn, TorchModel(nn.Identity(), forward, axes=("time",), head="none")


class Classifier(nn.Module):
    """A GRU with 200 units, and two logits at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.read = nn.GRU(3, 200, batch_first=True), nn.Linear(200, 2)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.read(self.layer(x)[0])
        return outputs


def states(n_sample: int, *, n_train: int, epochs: int, seed: int) -> tuple[Simulated, TorchModel]:
    """Series 200 × 3 of the hidden Markov model, and a classifier that was trained on others."""
    drawn = State(n_sample=n_sample + n_train)(seed=seed)
    torch.manual_seed(seed)
    fresh = TorchModel(Classifier(), head="none")
    train = drawn.take(range(n_sample, n_sample + n_train)).batch
    return drawn.take(range(n_sample)), fit(fresh, train, epochs=epochs, seed=seed, progress="off").model


def judged(mask: Tensor, drawn: Simulated) -> dict[str, float]:
    """Every figure of truth, pooled after each series was brought to [0, 1], as published.

    Information and entropy are in bits a true cell; their published sums are so many times as large as there are such.
    """
    exists, truth = drawn.batch.exists.numpy(), drawn.truth.numpy()
    scores = metrics.minmax(mask.double().numpy(), exists)
    figures = {name: float(getattr(metrics, name)(scores, truth, exists, pool=True)) for name in FIGURES}
    return figures | {name: figures[name] / int(truth.sum()) for name in ("information", "entropy")}


def in_words(figures: Mapping[str, float]) -> str:
    """Figures of truth in one line."""
    return "  ".join(f"{name.upper()} {figures[name]:.3f}" for name in ("aup", "aur", "auroc", "auprc"))


def unseen(call: Callable[[], Tensor]) -> Tensor:
    """An answer without what was printed on the way; bars and logs are drawn all the same."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        return call()


def rounds(contestants: Contestants, *, times: int) -> tuple[dict[str, Tensor], Seconds]:
    """The answer of each contestant, and its CPU seconds in each round; in turn, so that noise meets all alike."""
    answers: dict[str, Tensor] = {}
    seconds: Seconds = {name: [] for name in contestants}
    for _ in range(times):
        for name, call in contestants.items():
            began = time.process_time()
            answers[name] = unseen(call)
            seconds[name].append(time.process_time() - began)
    return answers, seconds


def ratio(slow: list[float], fast: list[float]) -> float:
    """How many times as long, the median over rounds."""
    return float(np.median([a / b for a, b in zip(slow, fast, strict=True)]))
