"""Anew: training networks of the same kind as a model, on what a check puts before them."""

from collections.abc import Callable
from dataclasses import replace

import torch

from aition.core.batch import Batch
from aition.core.model import Model, TorchModel, white_box
from aition.models.fresh import untrained
from aition.models.train import fit

Train = Callable[[Batch, int], TorchModel]
"""From labelled samples and a seed to a model that is trained on them."""


def like_model(model: Model, *, epochs: int, lr: float = 3e-3, batch_size: int = 32) -> Train:
    """A way to train a network of the same kind from fresh weights.

    Args:
        model: The network whose kind it is; it is left as it is.
        epochs: Passes over the samples.
        lr: Step of Adam.
        batch_size: Samples a step.

    Raises:
        RefusalError: It is a black box, or can't begin anew.
    """
    known = white_box(model, "training anew", needs="a network", instead="checks that train nothing")

    def trained(batch: Batch, seed: int) -> TorchModel:
        begun = untrained(known, seed=seed)
        return fit(begun, batch, epochs=epochs, seed=seed, lr=lr, batch_size=batch_size, progress="off").model

    return trained


def permuted(batch: Batch, seed: int) -> Batch:
    """The same samples with each other's labels.

    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.zeros(4, 1, 1), label=[0, 1, 2, 3])
    >>> sorted(permuted(batch, 1).label.tolist()), permuted(batch, 1).label.tolist() == [0, 1, 2, 3]
    ([0, 1, 2, 3], False)
    """
    order = torch.randperm(len(batch), generator=torch.Generator().manual_seed(seed))
    return replace(batch, label=batch.label[order.to(batch.label.device)])
