"""Attention weights of any network, seen while it runs, and kept in its graph so that gradients reach them."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from aition.core.errors import InputError
from aition.core.head import HEADS

SOFTMAXES = (torch.softmax, Tensor.softmax, functional.softmax, torch.special.softmax)


@dataclass(frozen=True, eq=False)
class Weights:
    """What one softmax of a network's attention answered.

    Args:
        name: The module that was running.
        value: As it was computed.
        dim: The axis along which it sums to 1.
        call: Its number among the softmaxes and sigmoids that were called, from 1; 0 where it can be no head.
    """

    name: str
    value: Tensor
    dim: int
    call: int


class Watch(TorchFunctionMode):
    """While active, remembers attention weights; torch's fast ways around them are off, and answers equal to rounding.

    Seen are scaled dot-product attention wherever it is called, torch's multi-head attention, and a softmax that is
    called in a module, other than the whole model, whose class has "Attention" in its name; with ``layer``, all of
    these and any softmax, but only in the modules named and what they hold.

    Args:
        layer: Names of modules; empty for all.
    """

    def __init__(self, layer: Sequence[str]) -> None:
        super().__init__()
        self.layer = tuple(layer)
        self.running: list[tuple[str, str]] = []
        self.opened = self.n_call = 0
        self.found: list[Weights] = []

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if function is functional.multi_head_attention_forward:
            self.opened += 1
            try:
                with self:
                    return inside(function)(*args, **named)
            finally:
                self.opened -= 1
        if function is functional.scaled_dot_product_attention and self.is_within(anywhere=True):
            return self.attended(*args, **named)
        result = function(*args, **named)
        if function in HEADS:
            self.n_call += 1
        if function in SOFTMAXES and self.is_within(anywhere=self.opened > 0):
            given = args[1] if len(args) > 1 else named.get("dim")
            dim = given if given is not None else 0 if result.ndim in (0, 1, 3) else 1
            return self.kept(result, dim % result.ndim, call=self.n_call)
        return result

    def is_within(self, *, anywhere: bool) -> bool:
        """Whether what runs now is looked at; where no layer is named, anywhere, or in a module of attention."""
        if self.layer:
            name = self.running[-1][0] if self.running else ""
            return any(one in ("", name) or name.startswith(f"{one}.") for one in self.layer)
        return anywhere or any(name and "attention" in kind.lower() for name, kind in self.running)

    def kept(self, weights: Tensor, dim: int, *, call: int) -> Tensor:
        """Remember weights; a copy of them that hangs on them goes on, for a model may write into it."""
        if torch.is_grad_enabled() and not weights.requires_grad:
            weights = weights.detach().requires_grad_()
        self.found.append(Weights(self.running[-1][0] if self.running else "", weights, dim, call))
        return weights.clone()

    def attended(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,  # noqa: FBT001, FBT002 - the order of torch
        *,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        """Scaled dot-product attention with its weights remembered; arguments are torch's."""
        if enable_gqa:
            key, value = (part.repeat_interleave(query.shape[-3] // part.shape[-3], dim=-3) for part in (key, value))
        factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
        weights = softmax_of(query @ key.transpose(-2, -1) * factor, attn_mask, causal=is_causal)
        kept = self.kept(weights, weights.ndim - 1, call=0)
        return functional.dropout(kept, dropout_p) @ value


def softmax_of(scores: Tensor, mask: Tensor | None, *, causal: bool) -> Tensor:
    """Attention weights of scores ``[…, query, key]``: 0 where a mask forbids them, and for a query that has no key.

    References:
        Vaswani et al. (2017), Attention is all you need, equation 1.

    >>> softmax_of(torch.zeros(2, 2), None, causal=True)
    tensor([[1.0000, 0.0000],
            [0.5000, 0.5000]])
    """
    if causal:
        scores = scores.masked_fill(scores.new_ones(scores.shape[-2:], dtype=torch.bool).triu(1), -torch.inf)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else scores + mask
    barred = (scores == -torch.inf).all(dim=-1, keepdim=True)
    return scores.masked_fill(barred, 0.0).softmax(dim=-1).masked_fill(barred, 0.0)


def inside(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of torch, whose calls a mode sees one by one."""
    # torch hands such a function to a mode as a whole, and runs what it calls out of the mode's sight.
    if not isinstance(function, FunctionType):
        return function
    around = {**function.__globals__, "has_torch_function": lambda _: False}
    return FunctionType(function.__code__, around, function.__name__, function.__defaults__, function.__closure__)


@contextmanager
def watching(module: nn.Module, layer: Sequence[str]) -> Iterator[Watch]:
    """Watch the attention of a module while it runs.

    Raises:
        InputError: It has no such layer.

    >>> layer, x = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval(), torch.randn(1, 3, 4)
    >>> with torch.no_grad(), watching(layer, ()) as watch:
    ...     layer(x).shape
    torch.Size([1, 3, 4])
    >>> [(one.name, one.value.shape) for one in watch.found]
    [('self_attn', torch.Size([1, 2, 3, 3]))]
    """
    parts = dict(module.named_modules())
    if unknown := [name for name in layer if name not in parts]:
        raise InputError(
            f"layer must be names of submodules, but the model has no {unknown[0]!r}; it has "
            f"{', '.join(name for name in parts if name) or 'none'}, and '' is the whole"
        )
    watch = Watch(layer)
    hooks = []
    try:
        for name, part in parts.items():
            hooks.append(part.register_forward_pre_hook(entering(watch, name, type(part).__name__)))
            hooks.append(part.register_forward_hook(leaving(watch), always_call=True))
        with watch:
            yield watch
    finally:
        for hook in hooks:
            hook.remove()


def entering(watch: Watch, name: str, kind: str) -> Callable[..., None]:
    """A hook that notes which module runs."""
    return lambda *_: watch.running.append((name, kind))


def leaving(watch: Watch) -> Callable[..., None]:
    """A hook that notes that a module has ended."""

    def leave(*_: Any) -> None:
        watch.running.pop()

    return leave
