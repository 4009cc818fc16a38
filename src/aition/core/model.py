"""Models: any network behind one function, black boxes behind another."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.arithmetic import Precision, arithmetic, check_precision
from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError, RefusalError
from aition.core.head import Head, LastHead
from aition.core.inputs import Inputs


@runtime_checkable
class Model(Protocol):
    """What a black-box explainer needs: a function from a Batch to outputs ``[sample, …]``."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the outputs' axes after ``sample``; empty where their shape tells."""

    @property
    def rows(self) -> int:
        """At most so many samples in one call; the driver sets it to fit memory."""

    @property
    def device(self) -> torch.device:
        """Where the inputs must be."""

    @property
    def dtype(self) -> torch.dtype:
        """What the values must be."""

    def __call__(self, batch: Batch) -> Tensor:
        """Outputs ``[sample, …]``."""


def forward_x(module: nn.Module, batch: Batch) -> Any:
    """Call a module with the values alone."""
    return module(batch.x)


@dataclass(frozen=True)
class TorchModel:
    """A PyTorch module with the one function that feeds it.

    Args:
        module: The network; it is left exactly as it was found.
        forward: From (module, batch) to a tensor ``[sample, …]``; layout, further inputs and the choice of an output
            belong here.
        axes: Names of the outputs' axes after ``sample``, such as ``("horizon", "quantile")``; found by shape where
            empty: ``[sample]``, ``[sample class]`` and ``[sample time class]``.
        head: A softmax or sigmoid at the end is taken off, so that logits are explained: "auto" where one is found,
            "softmax" or "sigmoid" where it is known to be there (its inverse is taken if it can't be found), "none" to
            explain outputs as they are.
        embedding: Name of the submodule whose output is to be explained in place of ``batch.x`` (models of token ids);
            empty for none.
        rows: At most so many samples in one forward pass.
        inputs: What the model was trained on, so that a batch with other names is refused; compared with nothing where
            it is empty.
        precision: "bfloat16" lets products of matrices and convolutions on a CUDA device be calculated with 8 bits of
            mantissa (torch's autocast), in forward passes and so in gradients; outputs come back in the dtype of the
            weights. "full" changes nothing.

    >>> model = TorchModel(nn.Linear(3, 2), lambda module, batch: module(batch.x.mean(dim=1)))
    >>> model.axes, model.device.type
    ((), 'cpu')
    """

    module: nn.Module
    forward: Callable[[nn.Module, Batch], Any] = forward_x
    axes: tuple[str, ...] = ()
    head: Head = "auto"
    embedding: str = ""
    rows: int = 1024
    inputs: Inputs = field(default_factory=Inputs)
    precision: Precision = "full"

    def __post_init__(self) -> None:
        check_precision(self.precision)
        if not isinstance(self.module, nn.Module):
            came = type(self.module).__name__
            raise InputError(f"module must be a torch.nn.Module, but is {came}; for functions take FunctionModel")
        if self.head not in ("auto", "none", "softmax", "sigmoid"):
            raise InputError(f"head must be 'auto', 'none', 'softmax' or 'sigmoid', but is {self.head!r}")
        if self.rows < 1:
            raise InputError(f"rows must be 1 or more, but is {self.rows}")
        if self.embedding and self.embedding not in dict(self.module.named_modules()):
            raise InputError(f"the module has no submodule {self.embedding!r}; see dict(module.named_modules())")

    @property
    def device(self) -> torch.device:
        return next((tensor.device for tensor in weights(self.module)), torch.device("cpu"))

    @property
    def dtype(self) -> torch.dtype:
        return next((tensor.dtype for tensor in weights(self.module) if tensor.is_floating_point()), torch.float32)

    def __call__(self, batch: Batch) -> Tensor:
        """Outputs ``[sample, …]``, logits where a head was taken off."""
        if self.head == "none":
            return self.whole(self.said(batch))
        last = LastHead()
        with last:
            outputs = self.said(batch)
        return self.whole(last.logits(outputs, self.head))

    def whole(self, outputs: Tensor) -> Tensor:
        """Outputs in the dtype of the weights where they were calculated in another; else as they are."""
        return outputs if self.precision == "full" else outputs.to(self.dtype)

    def head_found(self, batch: Batch) -> Head:
        """The head that outputs come out of: "softmax", "sigmoid" or "none"."""
        last = LastHead()
        with torch.no_grad(), last:
            outputs = self.said(batch)
        return "none" if last.logits(outputs, "auto") is outputs else last.kind

    def said(self, batch: Batch) -> Tensor:
        """Outputs as they come, with an embedded batch in place of the embedding's output."""
        self.inputs.check(batch, embedded=bool(self.embedding))
        if not self.embedding:
            return self.answer(batch)
        place = self.module.get_submodule(self.embedding)
        hook = place.register_forward_hook(lambda _module, _inputs, output: standing_in(batch.x, output))
        try:
            return self.answer(batch)
        finally:
            hook.remove()

    def answer(self, batch: Batch) -> Tensor:
        """What the forward function answers, checked."""
        with arithmetic(self.precision, self.device):
            return tensor_of(self.forward(self.module, batch), batch)

    def embedded(self, batch: Batch) -> Batch:
        """The batch with what the embedding says of its ids in place of ``x``; itself where there is no embedding."""
        if not self.embedding:
            return batch
        seen: list[Tensor] = []
        place = self.module.get_submodule(self.embedding)
        hook = place.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
        try:
            with torch.no_grad():
                self.forward(self.module, batch)
        finally:
            hook.remove()
        if len(seen) != 1 or seen[0].shape[:2] != batch.x.shape[:2]:
            raise ModelError(
                f"embedding {self.embedding!r} must be called once and answer "
                f"[sample={batch.n_sample} time={batch.n_time} feature], "
                f"but answered {[list(one.shape) for one in seen]}"
            )
        x = seen[0].detach()
        names = tuple(f"{self.embedding}{i}" for i in range(x.shape[2]))
        whole = batch.exists[:, :, None].expand(x.shape)
        return replace(batch, x=x, observed=whole, feature_names=names, units=(), steps=())


@dataclass(frozen=True)
class FunctionModel:
    """A black box: any function from a Batch (on the CPU) to an array ``[sample, …]``, such as ONNX or scikit-learn.

    Args:
        function: Called with a Batch; answers a numpy array or a tensor.
        axes: As in :class:`TorchModel`.
        rows: At most so many samples in one call.
    """

    function: Callable[[Batch], "np.ndarray[Any, Any] | Tensor"]
    axes: tuple[str, ...] = ()
    rows: int = 1024
    device: torch.device = torch.device("cpu")
    dtype: torch.dtype = torch.float32

    def __call__(self, batch: Batch) -> Tensor:
        """Outputs ``[sample, …]``."""
        return tensor_of(torch.as_tensor(self.function(batch)), batch)


def standing_in(x: Tensor, output: Tensor) -> Tensor:
    """The values of an embedded batch in place of an embedding's output; the output itself for a batch of bare ids."""
    return x if x.shape == output.shape else output


def tensor_of(outputs: Any, batch: Batch) -> Tensor:
    """Check that a forward function answered one floating tensor with a row a sample."""
    if not isinstance(outputs, Tensor):
        raise ModelError(
            f"forward must answer a tensor [sample, …], but answered {type(outputs).__name__}; "
            "pick one in the forward function, such as forward=lambda module, batch: module(batch.x)['logits']"
        )
    if outputs.ndim == 0 or outputs.shape[0] != batch.n_sample:
        raise ModelError(
            f"outputs must have a row for each of the {batch.n_sample} samples, but are {list(outputs.shape)}"
        )
    if not outputs.is_floating_point():
        raise ModelError(
            f"outputs must be floating point, but are {outputs.dtype}; "
            "classes already decided can't be explained, scores can"
        )
    return outputs


def weights(module: nn.Module) -> list[Tensor]:
    """Parameters and buffers, in order of their names."""
    return [tensor for _, tensor in sorted(module.state_dict(keep_vars=True).items()) if isinstance(tensor, Tensor)]


def white_box(
    model: Model, explainer: str, *, needs: str = "gradients", instead: str = "Occlusion or FeatureAblation"
) -> TorchModel:
    """The model if one can look into it.

    Args:
        model: Any.
        explainer: Who asks.
        needs: What for, and what a black box lacks.
        instead: Explainers that need no more than answers.

    Raises:
        RefusalError: It is a black box.
    """
    if not isinstance(model, TorchModel):
        raise RefusalError(
            f"{explainer} needs {needs}, but {type(model).__name__} is a black box; "
            f"take {instead}, or give a TorchModel"
        )
    return model


def outputs_of(model: Model, batch: Batch) -> Tensor:
    """Outputs of a batch of any size without gradients, in calls of at most ``model.rows`` samples."""
    with torch.no_grad():
        return torch.cat([model(piece) for piece in batch.split(model.rows)])
