"""Tasks of another package, small enough for tests: the sum of two cells decides between two classes."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from aition import TorchModel, from_tensors
from aition.bench import Task, TrainedNetwork
from aition.core.target import Target
from aition.data.simulate import Simulated


def logits(module, batch):
    total = (module(batch.x)[:, 1:3, 0]).sum(dim=1)
    return torch.stack([-total, total], dim=1)


@dataclass(frozen=True)
class Toy:
    """Noise; feature 0 matters at steps 1 and 2."""

    n_sample: int = 6
    missing: bool = False
    broken: bool = False

    def __call__(self, *, seed: int) -> Simulated:
        if self.broken:
            raise ValueError("no series today")
        values = np.random.default_rng(seed).normal(size=(self.n_sample, 4, 2)).astype(np.float32)
        if self.missing:
            values[:, 2, 0] = values[:, 0, 1] = np.nan
        label = np.nan_to_num(values)[:, 1:3, 0].sum(axis=1) > 0
        batch = from_tensors(
            values, layout="sample time feature", label=label.astype(np.int64), ids=[f"{seed}-{i}" for i in range(6)]
        )
        truth = torch.zeros(batch.x.shape, dtype=torch.bool)
        truth[:, 1:3, 0] = True
        up = torch.where(batch.label[:, None, None] == 1, batch.x, -batch.x)
        return Simulated(
            batch=batch,
            truth=truth,
            sign=(torch.sign(up) * truth).to(torch.int8),
            target=Target.predicted(),
            white_box=TorchModel(nn.Identity(), logits, axes=("class",), head="none"),
        )


NETWORK = TrainedNetwork("gru-classifier", {"n_class": 2, "n_hidden": 3}, epochs=1)
TOY = Task("toy", "two cells of eight matter", Toy())
GAPS = Task("gaps", "two cells of eight matter, and one of them is missing", Toy(missing=True))
TRAINED = Task("toy-trained", "two cells of eight matter to a network", Toy(), NETWORK, n_fold=2, pool=False)
BROKEN = Task("broken", "it draws nothing", Toy(broken=True))
NO_TASK = 3
