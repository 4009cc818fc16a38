"""What a network does inside and outside the layers that Captum's hooks reach, seen in one pass of one sample."""

from collections import Counter
from collections.abc import Callable, Iterator
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
    """What one pass has shown.

    Args:
        calls: How often each covered layer was called on the way to the score, by its name.
        outside: Names of the functions that made something of the values outside the covered layers.
        clamped: Whether one of them clamps at 0, which is a ReLU by another name.
    """

    calls: Counter[str]
    outside: frozenset[str]
    clamped: bool


class Watch(TorchFunctionMode):
    """Notes every function that is called on values outside the covered layers, while it is active."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.outside: set[str] = set()
        self.clamped = False

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        result = function(*args, **named)
        parts = result if isinstance(result, tuple | list) else (result,)
        if not self.depth and any(isinstance(part, Tensor) and part.requires_grad for part in parts):
            name = getattr(function, "__name__", "")
            self.outside.add(name)
            bounds = (*args[1:], *named.values())
            self.clamped |= name.startswith("clamp") and any(not isinstance(one, Tensor) and one == 0 for one in bounds)
        return result


def probed(asked: Asked, covered: Callable[[nn.Module], bool]) -> Seen:
    """Run the first sample through the model and see where its values go."""
    watch = Watch()
    outputs: list[tuple[str, Tensor]] = []
    handles: list[RemovableHandle] = []

    def entered(_module: nn.Module, _inputs: Any) -> None:
        watch.depth += 1

    def left(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            watch.depth -= 1
            if isinstance(output, Tensor) and output.requires_grad:
                outputs.append((name, output))

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
    calls: Counter[str] = Counter()
    if outputs and score.requires_grad:
        reached = torch.autograd.grad(score, [output for _, output in outputs], allow_unused=True)
        calls.update(name for (name, _), there in zip(outputs, reached, strict=True) if there is not None)
    return Seen(calls, frozenset(watch.outside), watch.clamped)


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
