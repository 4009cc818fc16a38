"""Kinds of networks, by what they do with a sample: what a measurement on networks of a kind is told of."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from aition.core.batch import Batch
from aition.core.freeze import frozen
from aition.core.head import HEADS
from aition.core.model import Model, TorchModel

HEAD_NAMES = {function.__name__: kind for function, kind in HEADS.items()}
"""The kind of head of a function by name."""
LAYERS = {
    **dict.fromkeys(("lstm", "lstm_cell"), "lstm"),
    **dict.fromkeys(("gru", "gru_cell"), "gru"),
    **dict.fromkeys(("scaled_dot_product_attention", "multi_head_attention_forward"), "transformer"),
    **dict.fromkeys(("_native_multi_head_attention", "_transformer_encoder_layer_fwd"), "transformer"),
    **dict.fromkeys(("conv1d", "conv2d"), "cnn"),
}
"""The kind of a network that calls a function of torch."""
ACTIVATIONS = {
    **dict.fromkeys(("tanh", "tanh_", "sigmoid", "sigmoid_"), "mlp-tanh"),
    **dict.fromkeys(("relu", "relu_"), "mlp-relu"),
}
"""The kind of a network of linear layers alone that calls a function of torch."""
STRANGE = frozenset(
    (
        *("rnn_tanh", "rnn_relu", "rnn_tanh_cell", "rnn_relu_cell", "conv3d", "glu", "softmax", "stft", "istft"),
        *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "fft_fft", "fft_ifft", "fft_rfft", "fft_irfft"),
    )
)
"""What no network that was tried has beside its layers."""
PRODUCTS = frozenset(
    (
        *("mul", "__mul__", "__rmul__", "matmul", "__matmul__", "bmm", "einsum", "mul_", "__imul__"),
        *("multiply", "multiply_", "addcmul", "addcmul_", "lerp", "lerp_"),
    )
)
PLAIN = """
    _set_grad_enabled is_inference __get__ __getitem__ __len__ __bool__ size dim numel is_floating_point to float
    double __add__ __radd__ add add_ __iadd__ __sub__ __rsub__ sub __neg__ neg __truediv__ div sum mean clone detach
    contiguous reshape view flatten unflatten squeeze unsqueeze transpose permute movedim swapaxes t expand chunk split
    unbind narrow select cat concat stack pad where masked_fill gather nan_to_num zeros ones zeros_like ones_like
    linear embedding embedding_bag dropout layer_norm batch_norm group_norm instance_norm rms_norm
    avg_pool1d adaptive_avg_pool1d
"""
"""What a network of linear layers and activations may call besides, and be of no further kind."""


class Calls(TorchFunctionMode):
    """While active, note what is called, and whether an activation is a factor of a product.

    What is done with whole numbers and truth values alone, such as with the places of padding, is not noted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.gates: list[Tensor] = []
        self.gated = False

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = getattr(function, "__name__", str(function))
        result = function(*args, **(kwargs or {}))
        given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        if not any(one.is_floating_point() or one.is_complex() for one in given):
            return result
        self.names.append(name)
        if name in ACTIVATIONS and isinstance(result, Tensor):
            self.gates.append(result)
        if name in PRODUCTS:
            factors = [one for one in given if not isinstance(one, nn.Parameter) and not is_mask(one)]
            self.gated |= len(factors) > 1 and any(map(self.is_gate, factors))
        return result

    def is_gate(self, tensor: Tensor) -> bool:
        """Whether a tensor is an activation, or a view of one."""
        if tensor.is_sparse:
            return False
        place = tensor.untyped_storage().data_ptr()
        return any(gate.untyped_storage().data_ptr() == place for gate in self.gates)


def is_mask(tensor: Tensor) -> bool:
    """Whether a tensor holds zeros and ones alone, as one does that shuts out padding.

    >>> is_mask(torch.tensor([1.0, 0.0])), is_mask(torch.tensor([1.0, 0.5]))
    (True, False)
    """
    return not tensor.is_sparse and bool(((tensor == 0) | (tensor == 1)).all())


def kinds_of(model: Model, batch: Batch) -> tuple[str, ...]:
    """The kinds of network that a model is of, among those that were tried, and "other" for what was not.

    What counts is what the model calls for the first sample: layers and functions alike. A head that is taken off does
    not count. Products with gates, attention by hand, Fourier transforms and the like are of no kind that was tried;
    a product with a mask is no product with a gate. TorchScript calls what is not seen, and so counts as such too.

    >>> from aition.core.assemble import from_tensors
    >>> both = nn.Sequential(nn.Conv1d(2, 2, 1), nn.GRU(3, 3))
    >>> kinds_of(TorchModel(both, lambda module, batch: module(batch.x)[0]), from_tensors(torch.ones(1, 2, 3)))
    ('cnn', 'gru')
    """
    if not isinstance(model, TorchModel):
        return ("other",)
    calls, first = Calls(), batch.take([0])
    with frozen(model), torch.no_grad(), calls:
        head = model.head_found(first)
    taken = [place for place, name in enumerate(calls.names) if HEAD_NAMES.get(name) == head][-1:]
    names = [name for place, name in enumerate(calls.names) if place not in taken]
    layers = {LAYERS[name] for name in names if name in LAYERS}
    found = layers or {ACTIVATIONS[name] for name in names if name in ACTIVATIONS} or {"other"}
    plain = {*PLAIN.split(), *PRODUCTS, *ACTIVATIONS}
    unseen = any(isinstance(part, torch.jit.ScriptModule) for part in model.module.modules())
    strange = calls.gated or unseen or not STRANGE.isdisjoint(names) or not (layers or plain.issuperset(names))
    return tuple(sorted(found | ({"other"} if strange else set())))


def lowest(rates: Mapping[str, float], model: Model, batch: Batch) -> float:
    """What was measured on networks of this kind, the lowest where a model is of several kinds.

    Args:
        rates: By kind.
        model: Any.
        batch: Samples; the first tells of which kinds the model is.

    Returns:
        NaN where the model is of a kind that was not tried: a black box, or other layers.

    >>> from aition.core.assemble import from_tensors
    >>> network = TorchModel(nn.Sequential(nn.Conv1d(2, 2, 1), nn.ReLU()))
    >>> lowest({"gru": 0.9, "cnn": 1.0}, network, from_tensors(torch.ones(1, 2, 3)))
    1.0
    """
    return min((rates.get(kind, math.nan) for kind in kinds_of(model, batch)), key=lambda rate: (rate == rate, rate))
