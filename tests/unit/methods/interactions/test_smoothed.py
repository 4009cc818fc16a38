"""Smoothed: what is made of ReLUs, with ramps in their place."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from aition.methods.interactions.smoothed import Smoothed

FUNCTIONS: dict[str, Callable[[Tensor], Any]] = {
    "relu6": F.relu6,
    "leaky relu": lambda x: F.leaky_relu(x, 0.2),
    "hardtanh": lambda x: F.hardtanh(x, -2.0, 3.0),
    "clamp": lambda x: x.clamp(-1.0, 4.0),
    "from above": lambda x: x.clamp_max(2.0),
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sharp_ramps_are_the_function_itself(name: str) -> None:
    x = torch.linspace(-8, 8, 65, requires_grad=True)
    with Smoothed(1e4):
        found = FUNCTIONS[name](x)
    torch.testing.assert_close(found, FUNCTIONS[name](x), atol=1e-3, rtol=0.0)
