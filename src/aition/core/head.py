"""The last softmax or sigmoid of a model, taken off so that logits are explained."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from aition.core.errors import ModelError

Head = Literal["auto", "none", "softmax", "sigmoid"]

HEADS: dict[Callable[..., Any], Head] = {
    torch.softmax: "softmax",
    Tensor.softmax: "softmax",
    torch.nn.functional.softmax: "softmax",
    torch.log_softmax: "softmax",
    Tensor.log_softmax: "softmax",
    torch.nn.functional.log_softmax: "softmax",
    torch.sigmoid: "sigmoid",
    Tensor.sigmoid: "sigmoid",
    torch.nn.functional.sigmoid: "sigmoid",
    torch.nn.functional.logsigmoid: "sigmoid",
    torch.special.expit: "sigmoid",
}
SHAPING = {
    getattr(owner, name)
    for owner in (torch, Tensor)
    for name in ("squeeze", "unsqueeze", "reshape", "flatten", "transpose", "permute", "movedim", "clone")
} | {Tensor.view, Tensor.contiguous, Tensor.__getitem__, Tensor.to, Tensor.float, Tensor.double}
OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift")
WRITING = {"__setitem__", *(f"__i{name}__" for name in OPERATORS)}
"""Operators that write into their first argument."""

SLACK = 1e-3
"""How far rounding may carry a probability beyond [0, 1]."""


Pair = tuple[Any, Any, tuple[int, int]]
"""What went into a head, what came out, and how often each was written into then."""


class LastHead(TorchFunctionMode):
    """While active, remember what went into the last softmax or sigmoid, also through reshaping."""

    def __init__(self) -> None:
        super().__init__()
        self.kind: Head = "none"
        self.pairs: list[Pair] = []

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        result = function(*args, **named)
        if function in HEADS:
            given = args[0] if args else named["input"]
            self.kind, self.pairs = HEADS[function], []
            self.note(given, result)
        elif function in SHAPING and args:
            if function is Tensor.__getitem__ and self.kind == "softmax" and not keeps_classes(args[0], args[1]):
                return result
            for pair in tuple(self.pairs):
                if pair[1] is args[0] and unchanged(pair):
                    self.note(function(pair[0], *args[1:], **named), result)
        elif self.pairs and uncounted(args) and in_place(function, named):
            self.kind, self.pairs = "none", []
        return result

    def note(self, before: Any, after: Any) -> None:
        """Remember a pair, and that neither was written into so far."""
        self.pairs.append((before, after, (writes(before), writes(after))))

    def logits(self, outputs: Tensor, wanted: Head) -> Tensor:
        """What went into the head if ``outputs`` came out of it; else, where a head was declared, its inverse."""
        for pair in self.pairs:
            if outputs is pair[1] and unchanged(pair) and isinstance(pair[0], Tensor) and wanted in ("auto", self.kind):
                return pair[0]
        return outputs if wanted == "auto" else inverted(outputs, wanted)


def writes(tensor: Any) -> int:
    """How often a tensor was written into; 0 where torch does not count."""
    return tensor._version if isinstance(tensor, Tensor) and not tensor.is_inference() else 0


def unchanged(pair: Pair) -> bool:
    """Whether neither of a pair was written into since it was noted."""
    return (writes(pair[0]), writes(pair[1])) == pair[2]


def uncounted(args: tuple[Any, ...]) -> bool:
    """Whether torch does not count the writes into the first argument, as in inference mode."""
    return bool(args) and isinstance(args[0], Tensor) and args[0].is_inference()


def in_place(function: Callable[..., Any], named: dict[str, Any]) -> bool:
    """Whether a function writes into what it is given, by its name or by what it is told."""
    name = getattr(function, "__name__", "")
    written = name.endswith("_") and not name.endswith("__")
    return written or name in WRITING or bool(named.get("inplace")) or named.get("out") is not None


def keeps_classes(probabilities: Tensor, index: Any) -> bool:
    """Whether an index leaves the last axis whole: one class of a softmax hangs on the logits of all.

    >>> pair = torch.zeros(5, 7, 2)
    >>> keeps_classes(pair, (slice(None), -1)), keeps_classes(pair, (..., 1)), keeps_classes(pair[:, 0], (0, slice(1)))
    (True, False, False)
    """
    parts = index if isinstance(index, tuple) else (index,)
    dots = [place for place, part in enumerate(parts) if part is Ellipsis]
    named = [part for part in (parts[dots[0] + 1 :] if dots else parts) if part is not None]
    taken = sum(part.ndim if isinstance(part, Tensor) and part.dtype == torch.bool else 1 for part in named)
    reaches_last = bool(named) if dots else taken >= probabilities.ndim
    return not reaches_last or (isinstance(named[-1], slice) and named[-1] == slice(None))


def inverted(outputs: Tensor, head: Head) -> Tensor:
    """Logits from probabilities where the head could not be taken off: log-odds, or log-probabilities minus their mean.

    Probabilities are clamped at the smallest number of their dtype, so a saturated output stays finite.

    Raises:
        ModelError: The outputs are no probabilities.
    """
    low, high = (float(edge) for edge in outputs.detach().aminmax()) if outputs.numel() else (0.0, 1.0)
    if low < -SLACK or high > 1 + SLACK:
        raise ModelError(
            f"the model declares head={head!r}, so its outputs must be in [0, 1], but they are {low:.4g} to "
            f"{high:.4g}; declare head='none' if they are logits already"
        )
    tiny = torch.finfo(outputs.dtype).tiny
    if head == "sigmoid":
        return outputs.clamp(min=tiny).log() - (1 - outputs).clamp(min=tiny).log()
    log = outputs.clamp(min=tiny).log()
    return log - log.mean(dim=-1, keepdim=True)


def look_like_probabilities(outputs: Tensor) -> bool:
    """Whether outputs are in [0, 1] and sum to 1 along their last axis."""
    inside = outputs.ndim > 1 and outputs.shape[-1] > 1 and bool(((outputs >= 0) & (outputs <= 1)).all())
    return inside and bool(torch.allclose(outputs.sum(dim=-1), outputs.new_ones(()), atol=1e-4))
