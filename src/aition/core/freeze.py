"""The state of a model while it is explained, and its return to exactly what it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from aition.core.errors import ModelError
from aition.core.model import Model, TorchModel


@contextmanager
def frozen(model: Model) -> Iterator[None]:
    """Evaluation mode without weight gradients; mode, flags, buffers, gradients and random state are put back.

    On CUDA, recurrent layers are set to training with dropout 0, because cuDNN has no backward pass in evaluation mode.

    Raises:
        ModelError: A parameter was changed by the model itself.
    """
    with random_state_kept():
        if not isinstance(model, TorchModel):
            yield
            return
        module = model.module
        modules = list(module.modules())
        modes = [part.training for part in modules]
        recurrent = [part for part in modules if isinstance(part, nn.RNNBase)]
        dropout = [part.dropout for part in recurrent]
        parameters = list(module.parameters())
        flags = [parameter.requires_grad for parameter in parameters]
        versions = [parameter._version for parameter in parameters]
        buffers = [(buffer, buffer.detach().clone(), buffer._version) for buffer in module.buffers()]
        for part in modules:
            part.training = False
        if model.device.type == "cuda":
            for part in recurrent:
                part.training, part.dropout = True, 0.0
        for parameter in parameters:
            parameter.requires_grad_(False)
        try:
            yield
        finally:
            for part, mode in zip(modules, modes, strict=True):
                part.training = mode
            for part, rate in zip(recurrent, dropout, strict=True):
                part.dropout = rate
            for parameter, flag in zip(parameters, flags, strict=True):
                parameter.requires_grad_(flag)
            with torch.no_grad():
                for buffer, before, version in buffers:
                    if buffer._version != version:
                        buffer.copy_(before)
        if any(parameter._version != version for parameter, version in zip(parameters, versions, strict=True)):
            raise ModelError("the model changed its own parameters while it was called; explain a copy that does not")


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Put the global random generators of torch back as they were."""
    cpu = torch.get_rng_state()
    cuda: list[Tensor] = (
        torch.cuda.get_rng_state_all() if torch.cuda.is_available() and torch.cuda.is_initialized() else []
    )
    try:
        yield
    finally:
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
