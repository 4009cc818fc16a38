"""The last softmax or sigmoid of a model, taken off so that logits are explained."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

Head = Literal["auto", "none", "softmax", "sigmoid"]

HEADS: dict[Callable[..., Any], str] = {
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


class LastHead(TorchFunctionMode):
    """While active, remember what went into the last softmax or sigmoid, also through reshaping."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.pairs: list[tuple[Any, Any]] = []

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        result = function(*args, **named)
        if function in HEADS:
            given = args[0] if args else named["input"]
            self.kind, self.pairs = HEADS[function], [(given, result)]
        elif function in SHAPING and args:
            self.pairs += [
                (function(before, *args[1:], **named), result) for before, after in self.pairs if after is args[0]
            ]
        return result

    def logits(self, outputs: Tensor, wanted: Head) -> Tensor:
        """What went into the head if ``outputs`` came out of it; else, where a head was declared, its inverse."""
        for before, after in self.pairs:
            if outputs is after and isinstance(before, Tensor) and wanted in ("auto", self.kind):
                return before
        return outputs if wanted == "auto" else inverted(outputs, wanted)


def inverted(outputs: Tensor, head: Head) -> Tensor:
    """Logits from probabilities where the head could not be taken off: log-odds, or log-probabilities minus their mean.

    Probabilities are clamped at the smallest number of their dtype, so a saturated output stays finite.
    """
    tiny = torch.finfo(outputs.dtype).tiny
    if head == "sigmoid":
        return outputs.clamp(min=tiny).log() - (1 - outputs).clamp(min=tiny).log()
    log = outputs.clamp(min=tiny).log()
    return log - log.mean(dim=-1, keepdim=True)


def look_like_probabilities(outputs: Tensor) -> bool:
    """Whether outputs are in [0, 1] and sum to 1 along their last axis."""
    inside = outputs.ndim > 1 and outputs.shape[-1] > 1 and bool(((outputs >= 0) & (outputs <= 1)).all())
    return inside and bool(torch.allclose(outputs.sum(dim=-1), outputs.new_ones(()), atol=1e-4))
