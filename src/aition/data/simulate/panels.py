"""Panels: a written digit beside as many pixels that tell nothing of it, on sides drawn by chance."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import check_counts, named, single, streams
from aition.data.simulate.law import known
from aition.data.simulate.simulated import Simulated

SIDE, IMAGES, CLASSES = 28, 5000, 10
FIXED = 28
"""Seed of the permutation of pixels, which is the same for all seeds."""


@dataclass(frozen=True)
class Panels:
    """Which digit is written? It stands left or right; on the other side stands another digit with shuffled pixels.

    The published set puts an image of Fashion-MNIST beside a digit. No package ships these, so here the other panel is
    another image of MNIST whose 784 pixels are shuffled, always in the same order: to a dense network it is just as
    legible as a digit, and it tells nothing of the label. Digits are those of
    :func:`aition.data.digits.load_mnist_5k`; every image is the digit of one series at most, and the other panel of one
    at most. The 28 rows are steps, and the 56 columns features.

    Args:
        n_sample: Series, 5,000 at most.

    Returns:
        Series with the fields ``side`` (0: the digit stands left; 1: right) and ``other`` (the class of the shuffled
        image), ``[sample]``. True are all cells of the digit's panel; none has a sign. Nobody knows the law of written
        digits: the white box reads the digit's panel alone and says how near the mean image of each class is.

    Raises:
        InputError: ``n_sample`` is out of range.
        MissingExtraError: The package whose file holds the images is not installed.

    References:
        Sénétaire, Garreau, Frellsen and Mattei, "Explainability as statistical inference", ICML 2023.
    """

    n_sample: int = IMAGES

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        if self.n_sample > IMAGES:
            raise InputError(f"n_sample must be {IMAGES} at most, the images that there are, but is {self.n_sample}")

    @property
    def shape(self) -> tuple[int, int]:
        """Steps and features of a series."""
        return SIDE, 2 * SIDE

    def __call__(self, *, seed: int) -> Simulated:
        digits, others, sides = streams(seed, 3)
        image, label = images()
        chosen, beside = (rng.permutation(IMAGES)[: self.n_sample] for rng in (digits, others))
        side = sides.integers(2, size=self.n_sample)
        shuffled = image[beside].reshape(self.n_sample, -1)[:, np.random.default_rng(FIXED).permutation(SIDE**2)]
        pair = [image[chosen], shuffled.reshape(-1, SIDE, SIDE)]
        x = np.where(side[:, None, None] == 0, np.concatenate(pair, axis=2), np.concatenate(pair[::-1], axis=2))
        batch = from_tensors(
            single(x),
            layout="sample time feature",
            label=label[chosen],
            ids=named("panels", seed=seed, n_sample=self.n_sample),
            feature_names=tuple(f"{where} {place}" for where in ("left", "right") for place in range(SIDE)),
            class_names=tuple(map(str, range(CLASSES))),
            fields={"side": known(side), "other": known(label[beside])},
        )
        truth = torch.zeros(batch.x.shape, dtype=torch.bool)
        truth[:, :, :SIDE] = (batch["side"] == 0)[:, None, None]
        truth[:, :, SIDE:] = (batch["side"] == 1)[:, None, None]
        means = single(np.stack([image[label == one].mean(axis=0) for one in range(CLASSES)]))
        return Simulated(
            batch=batch,
            truth=truth,
            sign=torch.zeros(truth.shape, dtype=torch.int8),
            target=Target.whole("class"),
            white_box=TorchModel(nn.Identity(), partial(forward, means=means), head="none"),
        )


@cache
def images() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All images ``[image, row, column]`` and what they show."""
    from aition.data.digits import load_mnist_5k

    found = load_mnist_5k()
    parts = (found.train, found.test)
    return np.concatenate([part.x.numpy() for part in parts]), np.concatenate([part.label.numpy() for part in parts])


def forward(module: nn.Module, batch: Batch, *, means: Tensor) -> Tensor:
    """Minus half the squared distance from the digit's panel to each class's mean image, ``[sample, class]``."""
    x = module(batch.x)
    panel = torch.where((batch["side"] == 0)[:, None, None], x[:, :, :SIDE], x[:, :, SIDE:])
    return -((panel[:, None] - means.to(x)) ** 2).sum(dim=(2, 3)) / 2
