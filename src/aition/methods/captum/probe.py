"""What a network does inside and outside the layers that Captum's hooks reach, seen in one pass of one sample."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from aition.methods.captum.asked import Asked


@dataclass(frozen=True)
class Seen:
    """What lies on the way from the values to the score.

    Args:
        calls: How often each covered layer was called, by its name.
        outside: Names of the functions that were called outside the covered layers; "clamp at 0" is one.
    """

    calls: Counter[str]
    outside: frozenset[str]


class Watch(TorchFunctionMode):
    """Notes what every function makes of the values outside the covered layers, while it is active."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.made: list[tuple[str, Tensor]] = []

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        result = function(*args, **named)
        if not self.depth:
            name = getattr(function, "__name__", "")
            if name.startswith("clamp") and any(
                isinstance(bound, int | float) and bound == 0 for bound in (*args[1:], *named.values())
            ):
                name = "clamp at 0"
            self.made += [(name, part) for part in parts_of(result)]
        return result


def parts_of(value: Any) -> list[Tensor]:
    """The tensors that need gradients in what a function or a layer answers."""
    if isinstance(value, Tensor):
        return [value] if value.requires_grad else []
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ()
    return [part for one in inner for part in parts_of(one)]


def probed(asked: Asked, covered: Callable[[nn.Module], bool]) -> Seen:
    """Run the first sample through the model and see what lies on the way to its score.

    Args:
        asked: The question to the model.
        covered: Which layers are noted by name; what they do inside is not looked at.
    """
    watch = Watch()
    outputs: list[tuple[str, Tensor]] = []
    handles: list[RemovableHandle] = []

    def entered(_module: nn.Module, _inputs: Any) -> None:
        watch.depth += 1

    def left(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            watch.depth -= 1
            outputs.extend((name, part) for part in parts_of(output)[:1])

        return hook

    for name, part in asked.module.named_modules():
        if covered(part):
            handles += [part.register_forward_pre_hook(entered), part.register_forward_hook(left(name))]
    batch, question = asked.batch.take([0]), asked.question.take(torch.tensor([0]))
    try:
        with torch.enable_grad():
            x = batch.x.detach().requires_grad_()
            with watch:
                answer = asked.model(batch.with_x(x))
            score = question.score(answer).sum()
    finally:
        for handle in handles:
            handle.remove()
    return Seen(Counter(reached(score, outputs)), frozenset(reached(score, watch.made)))


def reached(score: Tensor, made: list[tuple[str, Tensor]]) -> list[str]:
    """Names of the tensors on which the score hangs."""
    if not made or not score.requires_grad:
        return []
    slopes = torch.autograd.grad(score, [tensor for _, tensor in made], retain_graph=True, allow_unused=True)
    return [name for (name, _), slope in zip(made, slopes, strict=True) if slope is not None]


@contextmanager
def left_as_found(module: nn.Module) -> Iterator[None]:
    """Take off what Captum leaves on layers (``output``, ``activations``, …); put back rules, hooks, weights, flags."""
    parts = list(module.modules())
    states = [dict(part.__dict__) for part in parts]
    hooks = [
        {
            name: dict(value)
            for name, value in part.__dict__.items()
            if name.endswith("_hooks") and isinstance(value, dict)
        }
        for part in parts
    ]
    weights = [(weight, weight.data, weight.requires_grad) for weight in module.parameters()]
    try:
        yield
    finally:
        for part, state, hooked in zip(parts, states, hooks, strict=True):
            for name in set(part.__dict__) - set(state):
                del part.__dict__[name]
            part.__dict__.update(state)
            for name, before in hooked.items():
                if dict(part.__dict__[name]) != before:
                    part.__dict__[name].clear()
                    part.__dict__[name].update(before)
        for weight, data, flag in weights:
            weight.requires_grad_(flag)
            if weight.data_ptr() != data.data_ptr():
                weight.data = data
