"""The state of a model while it is explained, and its return to exactly what it was."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.errors import ModelError
from aition.core.model import Model, TorchModel

REGISTERS = ("_buffers", "_parameters", "_modules")
"""Where a module keeps its tensors and parts by name."""


@contextmanager
def frozen(model: Model) -> Iterator[None]:
    """Evaluation mode without weight gradients; mode, flags, buffers, attributes and random state are put back.

    An attribute that holds a list or a dict is the same object as before; what a model wrote into it stays.

    On CUDA, recurrent layers are set to training with dropout 0, because cuDNN has no backward pass in evaluation mode.

    Raises:
        ModelError: A parameter was changed by the model itself.
    """
    with random_state_kept():
        if not isinstance(model, TorchModel):
            yield
            return
        module = model.module
        parameters = list(module.parameters())
        flags = [parameter.requires_grad for parameter in parameters]
        versions = [parameter._version for parameter in parameters]
        with as_found(module):
            for part in module.modules():
                if model.device.type == "cuda" and isinstance(part, nn.RNNBase):
                    part.training, part.dropout = True, 0.0
            for parameter in parameters:
                parameter.requires_grad_(False)
            try:
                yield
            finally:
                for parameter, flag in zip(parameters, flags, strict=True):
                    parameter.requires_grad_(flag)
        if any(parameter._version != version for parameter, version in zip(parameters, versions, strict=True)):
            raise ModelError("the model changed its own parameters while it was called; explain a copy that does not")


@contextmanager
def as_found(module: nn.Module) -> Iterator[None]:
    """Evaluation mode; modes, attributes and buffers are put back."""
    modules = list(module.modules())
    modes = [part.training for part in modules]
    attributes = [attributes_of(part) for part in modules]
    buffers = [(buffer, buffer.detach().clone(), buffer._version) for buffer in module.buffers()]
    for part in modules:
        part.training = False
    try:
        yield
    finally:
        for part, (attribute, registered), mode in zip(modules, attributes, modes, strict=True):
            put_back(part, attribute, registered)
            part.training = mode
        with torch.no_grad():
            for buffer, before, version in buffers:
                if buffer._version != version:
                    buffer.copy_(before)


def attributes_of(part: nn.Module) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A module's attributes, and its buffers, parameters and parts by name."""
    named = {name: part.__dict__.get(name) for name in REGISTERS}
    return dict(part.__dict__), {name: dict(value) for name, value in named.items() if isinstance(value, dict)}


def put_back(part: nn.Module, attributes: Mapping[str, Any], registered: Mapping[str, Mapping[str, Any]]) -> None:
    """Give a module the attributes, buffers, parameters and parts that it had."""
    for name in set(part.__dict__) - set(attributes):
        del part.__dict__[name]
    part.__dict__.update(attributes)
    for name, named in registered.items():
        part.__dict__[name].clear()
        part.__dict__[name].update(named)


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
