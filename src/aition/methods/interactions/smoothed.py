"""Smoothed: while it is active, ReLU and what is made of ReLUs have second derivatives."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from aition.core.errors import AitionWarning

F = torch.nn.functional
Ramp = Callable[[Any], Any]
"""What stands for ReLU."""
Smooth = Callable[..., Any]
"""From a ramp, and the arguments of a function, to what that answers with the ramp in place of ReLU."""
KINKS = (
    "max_pool1d max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d max min amax amin "
    "maximum minimum fmax fmin abs absolute __abs__ threshold threshold_ prelu rrelu rrelu_ hardshrink softshrink sort "
    "topk kthvalue median cummax cummin floor ceil round sign"
)
"""Functions with a kink, or a step, that stay."""


class Smoothed(TorchFunctionMode):
    """While active, ReLU of what gradients are taken of is softplus of a sharpness; 0 leaves all as it is.

    What is written in place is written all the same. Kinks that stay are named by a warning, once.

    >>> x = torch.zeros(1, requires_grad=True)
    >>> with Smoothed(10.0):
    ...     round(torch.nn.ReLU()(x).item(), 4), round(x.clamp(min=0).item(), 4), torch.zeros(1).clamp(min=0).item()
    (0.0693, 0.0693, 0.0)
    """

    def __init__(self, sharpness: float) -> None:
        super().__init__()
        self.sharpness = sharpness
        self.left: set[str] = set()

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        followed = [one for one in (*args, given.get("input")) if isinstance(one, Tensor) and one.requires_grad]
        if not (self.sharpness and followed):
            return function(*args, **given)
        if function in MADE:
            x = args[0] if args else given.pop("input")
            if given.pop("inplace", False) or function in IN_PLACE:
                return x.copy_(MADE[function](self.ramp, x.clone(), *args[1:], **given))
            return MADE[function](self.ramp, x, *args[1:], **given)
        if function in LEFT:
            self.name(function)
        return function(*args, **given)

    def ramp(self, x: Any) -> Any:
        return F.softplus(x, beta=self.sharpness)

    def name(self, function: Callable[..., Any]) -> None:
        name = function.__name__
        if name not in self.left:
            self.left.add(name)
            warnings.warn(
                f"integrated Hessians do not see the kinks of {name}: what groups count for together through it is "
                "missed; ask ShapleyInteractions too",
                AitionWarning,
                stacklevel=2,
            )


def clamped(ramp: Ramp, x: Any, min: Any = None, max: Any = None) -> Any:
    """``clamp``; its bounds may be tensors."""
    if min is None:
        return max - ramp(max - x)
    return min + ramp(x - min) - (0 if max is None else ramp(x - max))


def leaky(ramp: Ramp, x: Any, negative_slope: float = 0.01) -> Any:
    """``leaky_relu``."""
    return negative_slope * x + (1 - negative_slope) * ramp(x)


def six(ramp: Ramp, x: Any) -> Any:
    """``relu6``."""
    return ramp(x) - ramp(x - 6)


def hard_sigmoid(ramp: Ramp, x: Any) -> Any:
    """``hardsigmoid``."""
    return six(ramp, x + 3) / 6


def named(words: str) -> list[Callable[..., Any]]:
    """Functions of torch of these names, wherever they live."""
    spaces = (torch, F, Tensor)
    return [getattr(space, word) for word in words.split() for space in spaces if callable(getattr(space, word, None))]


SMOOTH: dict[str, Smooth] = {
    "relu": lambda ramp, x: ramp(x),
    "relu6": six,
    "leaky_relu": leaky,
    "hardtanh": lambda ramp, x, min_val=-1.0, max_val=1.0: clamped(ramp, x, min_val, max_val),
    "clamp": clamped,
    "clip": clamped,
    "clamp_min": lambda ramp, x, min: clamped(ramp, x, min),
    "clamp_max": lambda ramp, x, max: clamped(ramp, x, None, max),
    "hardsigmoid": hard_sigmoid,
    "hardswish": lambda ramp, x: x * hard_sigmoid(ramp, x),
}
"""What is made of ReLUs."""
MADE = {each: smooth for name, smooth in SMOOTH.items() for each in named(f"{name} {name}_")}
IN_PLACE = frozenset(each for name in SMOOTH for each in named(f"{name}_"))
LEFT = frozenset(named(KINKS))
