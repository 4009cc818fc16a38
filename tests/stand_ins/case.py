"""What a stand-in is: a model as another library makes it, with the few lines that Aition needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from aition import Batch, Target
from aition.core.model import Model


def as_it_is(outputs: Tensor) -> Tensor:
    """Outputs that no head was taken off."""
    return outputs


@dataclass(frozen=True)
class Case:
    """One shape of model.

    Args:
        module: Makes the model, as its library would.
        inputs: Makes what its users have.
        batch: Makes a Batch of it.
        wrapped: Makes an Aition model of the module, in five lines at most.
        direct: Calls the module on the inputs without Aition.
        target: What is asked.
        answer: From Aition's outputs to what the module answers: a softmax where one was taken off.
        padding: How explain() is to treat padding.
    """

    module: Callable[[], Any]
    inputs: Callable[[], Mapping[str, Any]]
    batch: Callable[[Mapping[str, Any]], Batch]
    wrapped: Callable[[Any], Model]
    direct: Callable[[Any, Mapping[str, Any]], Tensor]
    target: Target
    answer: Callable[[Tensor], Tensor] = as_it_is
    padding: Literal["keep", "remove"] = "keep"
