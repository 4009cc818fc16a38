"""What a model was trained on, kept with it: names of what it reads, so that other data are refused."""

from dataclasses import replace

import torch

from aition.core.batch import Batch
from aition.core.freeze import frozen
from aition.core.inputs import Inputs
from aition.core.model import TorchModel


def inputs_of(model: TorchModel, batch: Batch) -> Inputs:
    """What a model reads of a batch, by names and units: static columns only where they reach its outputs.

    >>> from torch import nn
    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.zeros(1, 2, 1), static=torch.zeros(1, 1), static_names=["age"])
    >>> for forward in (lambda module, batch: module(batch.x[:, 0]), lambda module, batch: module(batch.static)):
    ...     inputs_of(TorchModel(nn.Linear(1, 2), forward), batch).static_names
    ()
    ('age',)
    """
    inputs = Inputs.of(batch)
    return inputs if inputs.static_names and reads_static(model, batch) else replace(inputs, static_names=())


def reads_static(model: TorchModel, batch: Batch) -> bool:
    """Whether static values reach the outputs of a model."""
    one = batch.take([0]).to(device=model.device, dtype=model.dtype)
    static = one.static.clone().requires_grad_()
    with frozen(model), torch.enable_grad():
        said = model(one.with_static(static)).sum()
        return said.requires_grad and torch.autograd.grad(said, static, allow_unused=True)[0] is not None
