"""What a model answers, and what its layers say, at a dream."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError
from aition.core.model import TorchModel
from aition.core.question import Question
from aition.core.target import Target


@dataclass(frozen=True, eq=False)
class Seen:
    """One pass of a model over some dreams.

    Args:
        outputs: What it answered, ``[draw, …]``.
        axes: Names of the outputs' axes after ``draw``; empty where their shape tells.
        batch: What it was given.
        layers: What layers said, by name, ``[draw, …]``.
        settled: Questions that were settled at an earlier pass over the same dreams.
    """

    outputs: Tensor
    axes: tuple[str, ...]
    batch: Batch
    layers: Mapping[str, Tensor] = field(default_factory=dict)
    settled: dict[Target, Question] = field(default_factory=dict)

    def asked(self, target: Target) -> Tensor:
        """The outputs that a target asks for, ``[draw, output]``.

        Raises:
            TargetError: The question does not fit the outputs.
        """
        if target not in self.settled:
            self.settled[target] = target.resolve(self.outputs.detach(), self.batch, axes=self.axes)
        return self.settled[target].select(self.outputs)

    def layer(self, name: str) -> Tensor:
        """What a layer said, ``[draw, …]``."""
        return self.layers[name]


@contextmanager
def listening(model: TorchModel, names: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """What layers say while a model is called, by name; nothing is left behind.

    Raises:
        InputError: There is no such layer.
        ModelError: A layer says no tensor with a row for each series.
    """
    modules = dict(model.module.named_modules())
    if unknown := [name for name in names if name not in modules]:
        known = ", ".join(name for name in modules if name)
        raise InputError(f"layer must be one of {known}, but is {unknown[0]!r}")
    heard: dict[str, Tensor] = {}

    def hear(name: str, output: object) -> None:
        said = output[0] if isinstance(output, tuple) else output
        if not isinstance(said, Tensor) or said.ndim < 2:
            raise ModelError(f"layer {name!r} must say a tensor [sample, …], but says {type(said).__name__}")
        heard[name] = said

    hooks = [
        modules[name].register_forward_hook(lambda _m, _i, output, name=name: hear(name, output)) for name in names
    ]
    try:
        yield heard
    finally:
        for hook in hooks:
            hook.remove()


def look(model: TorchModel, batch: Batch, names: Sequence[str], settled: dict[Target, Question]) -> Seen:
    """One pass over dreams, with gradients.

    Raises:
        ModelError: A layer was not called, or has no row for each series.
    """
    with listening(model, names) as heard:
        outputs = model(batch)
    for name in names:
        if name not in heard or len(heard[name]) != len(batch):
            came = list(heard[name].shape) if name in heard else "nothing"
            raise ModelError(f"layer {name!r} must say [sample={len(batch)}, …], but says {came}")
    return Seen(outputs, model.axes, batch, dict(heard), settled)
