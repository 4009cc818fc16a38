"""The table of rules: from a function of torch to the rule that splits what it answers."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Any]
Rule = Callable[[Function, tuple[Any, ...], dict[str, Any]], Any]
"""From the function and its arguments, of which one or more are parts, to parts (or a tensor that depends on none)."""

SPACES: tuple[Any, ...] = (torch, Tensor, torch.nn.functional, torch._VF, torch.special, torch.fft, torch.linalg)
"""Where functions of torch lie."""
TABLE: dict[Function, Rule] = {}
"""Every function that has a rule. What :func:`rule_for` adds last holds."""


def rule_for(functions: Iterable[Function]) -> Callable[[Rule], Rule]:
    """Register a rule for these functions."""

    def registered(rule: Rule) -> Rule:
        TABLE.update(dict.fromkeys(functions, rule))
        return rule

    return registered


def named(*names: str) -> list[Function]:
    """All functions and methods of torch of these names, several of them in a string, in every space that has them.

    >>> torch.relu in named("relu") and Tensor.relu in named("relu") and torch.nn.functional.relu in named("relu")
    True

    Raises:
        LookupError: No space has one of the names.
    """
    found = []
    for name in " ".join(names).split():
        here = [getattr(space, name) for space in SPACES if callable(getattr(space, name, None))]
        if not here:
            raise LookupError(f"torch has no function {name}")
        found += here
    return found


def properties(*names: str) -> list[Function]:
    """The getters of a tensor's attributes, as they come when a model reads one."""
    return [getattr(Tensor, name).__get__ for name in names]
