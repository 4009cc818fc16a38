"""Further passes through a model in training: other values in, outputs with gradients out, and nothing left behind."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from aition.core.batch import Batch
from aition.core.errors import ModelError
from aition.core.freeze import attributes_of, put_back, random_state_kept
from aition.core.model import TorchModel
from aition.core.target import output_axes
from aition.impute.baseline import Baseline, absence

Change = Callable[[Tensor], Tensor]
"""From the values that a model would read to those that it reads, ``[sample, time, feature]``."""


@contextmanager
def untouched(model: TorchModel, *, twice: bool = False) -> Iterator[None]:
    """Passes in whatever mode the model is; its buffers and attributes are put back.

    Batch normalisation in training reads the batch's own statistics as always, but its running ones stay. They are not
    written back but exchanged, so that what autograd has saved of earlier passes is not disturbed.

    Args:
        model: White box.
        twice: Whether gradients of gradients are asked, for which fused kernels of recurrence and attention have no
            formula; plain ones, in full precision, take their place.
    """
    parts = list(model.module.modules())
    found = [attributes_of(part) for part in parts]
    clones: dict[int, Tensor] = {}
    for part in parts:
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = clones.setdefault(id(buffer), buffer.clone())
    try:
        with ExitStack() as kernels:
            recurrent = any(isinstance(part, nn.RNNBase) for part in parts)
            if model.device.type == "cuda" and recurrent and (twice or not model.module.training):
                kernels.enter_context(torch.backends.cudnn.flags(enabled=False))
            if twice:
                kernels.enter_context(sdpa_kernel([SDPBackend.MATH]))
                kernels.enter_context(torch.autocast(model.device.type, enabled=False))
            yield
    finally:
        for part, (attributes, registered) in zip(parts, found, strict=True):
            put_back(part, attributes, registered)


def same(values: Tensor) -> Tensor:
    """The change that is none."""
    return values


def said_of(model: TorchModel, batch: Batch, change: Change) -> Tensor:
    """Outputs where the values are changed on their way; those that an embedding says, where the model names one.

    Every pass draws the same dropout, so that what differs between two of them is the change alone, and the random
    generators are put back.
    """
    with random_state_kept():
        if not model.embedding:
            return model(batch.with_x(change(batch.x)))
        calls = 0

        def changed(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
            nonlocal calls
            calls += 1
            return change(output)

        hook = model.module.get_submodule(model.embedding).register_forward_hook(changed)
        try:
            outputs = replace(model, embedding="")(batch)
        finally:
            hook.remove()
        if calls != 1:
            raise ModelError(f"embedding {model.embedding!r} must be called once in a pass, but was {calls} times")
        return outputs


def absent(batch: Batch, values: Tensor, baseline: Baseline) -> Tensor:
    """What stands in place of values that are taken away, in their shape; for an embedding, of its dimensions."""
    return absence(with_values(batch, values.detach()), baseline)["x"]


def with_values(batch: Batch, values: Tensor) -> Batch:
    """The batch with other values, of any width."""
    if values.shape == batch.x.shape:
        return batch.with_x(values)
    names = tuple(f"dimension{place}" for place in range(values.shape[2]))
    everywhere = batch.exists[:, :, None].expand(values.shape)
    return replace(batch, x=values, observed=everywhere, feature_names=names, units=(), steps=())


def centred(model: TorchModel, outputs: Tensor, batch: Batch) -> Tensor:
    """Outputs, or differences of outputs, ``[sample, output]``: logits less their mean over classes, 0 at padded steps.

    A constant added to all logits of a sample changes no probability, so it is no relevance.

    >>> from aition import from_tensors
    >>> model, batch = TorchModel(nn.Linear(1, 2)), from_tensors(torch.zeros(1, 1, 1))
    >>> centred(model, torch.tensor([[3.0, 5.0]]), batch).tolist()
    [[-1.0, 1.0]]
    """
    names = output_axes(outputs, batch, model.axes)
    precise = outputs.double() if outputs.dtype == torch.float64 else outputs.float()
    if "class" in names and precise.shape[names.index("class") + 1] > 1:
        precise = precise - precise.mean(dim=names.index("class") + 1, keepdim=True)
    return existing(precise, batch, names).reshape(len(batch), -1)


def plain(model: TorchModel, outputs: Tensor, batch: Batch) -> Tensor:
    """Outputs as they are, ``[sample, output]``, 0 at padded steps."""
    return existing(outputs, batch, output_axes(outputs, batch, model.axes)).reshape(len(batch), -1)


def existing(outputs: Tensor, batch: Batch, names: tuple[str, ...]) -> Tensor:
    """Outputs with 0 at padded steps, where they have an axis ``time``."""
    if "time" not in names:
        return outputs
    place = names.index("time") + 1
    shape = [batch.n_time if axis == place else len(batch) if axis == 0 else 1 for axis in range(outputs.ndim)]
    return outputs * batch.exists.reshape(shape)
