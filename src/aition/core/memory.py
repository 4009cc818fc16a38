"""How many samples fit into memory at once, measured on one."""

import psutil
import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import Model, TorchModel, weights

SHARE = 0.25
"""Share of the free memory that one forward and backward pass may fill."""
MOST = 1024
"""Beyond about a thousand rows a pass becomes no faster on a CPU, and cache misses make it slower."""


def free_bytes(device: torch.device) -> int:
    """Memory that can be had on a device, in bytes."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def bytes_a_row(model: Model, batch: Batch) -> int:
    """What autograd keeps for one sample of ``batch``, with its inputs, in bytes; measured by one forward pass.

    Memory is counted once, however often a layer keeps it (a GRU keeps its weights at every step), and weights never.
    """
    one = batch.take([0])
    base = 4 * one.x.numel() * one.x.element_size()
    if not isinstance(model, TorchModel):
        return base
    held: dict[int, int] = {}

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        held[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        outputs = model(one.with_x(one.x.detach().requires_grad_().clone()))
    fixed = {weight.untyped_storage().data_ptr() for weight in weights(model.module)}
    kept = sum(size for place, size in held.items() if place not in fixed)
    return base + 2 * (kept + outputs.numel() * outputs.element_size())


def rows_within(model: Model, batch: Batch, *, budget: int = 0) -> int:
    """Samples in one forward and backward pass that stay within a budget of bytes (0: a quarter of what is free)."""
    allowed = budget or int(SHARE * free_bytes(model.device))
    return max(1, min(MOST, allowed // max(1, bytes_a_row(model, batch))))
