"""What is done with an operation that has no rule: a split that adds up, and a warning that names it."""

import warnings
from collections.abc import Callable
from typing import Any

from aition.core.errors import AitionWarning, RefusalError
from aition.methods.cd.parts import Course, parts_among
from aition.methods.cd.rules.whole import split_whole

CHOICES = "choices"
"""Under this name they are counted, whichever operation made them."""


def fallen_back(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Split any function as a whole, half before and half after the other cells, and say so.

    Raises:
        RefusalError: The decomposition is strict.
    """
    course = parts_among((args, kwargs))[0].course
    note(course, name_of(func), "an even split of the whole operation stands in its place")
    return split_whole(func, args, kwargs, order="even")


def name_of(func: Callable[..., Any]) -> str:
    """What an operation is called, with the module that has it; a getter by the name of its attribute."""
    name = getattr(func, "__name__", str(func))
    if name in ("__get__", "__set__"):
        name = getattr(getattr(func, "__self__", func), "__name__", name)
    space = getattr(func, "__module__", "") or getattr(getattr(func, "__objclass__", None), "__name__", "torch")
    return f"{space}.{name}"


def hold_choices(course: Course, name: str) -> None:
    """Warn, when the first is met, that what a model chooses by comparing numbers is held at what it was."""
    if CHOICES not in course.fallen:
        warnings.warn(
            f"the model chooses by {name}: such choices are held at what they were, as gradients hold them, and what "
            "hangs on them alone is due to no cell",
            AitionWarning,
            stacklevel=2,
        )
    course.fallen[CHOICES] = course.fallen.get(CHOICES, 0) + 1


def note(course: Course, name: str, what: str) -> None:
    """Count an operation without a rule, and warn when it is met first.

    Raises:
        RefusalError: The decomposition is strict.
    """
    if course.strict:
        raise RefusalError(
            f"contextual decomposition has no rule for {name}; without strict=True {what}, or register a rule for it"
        )
    if name not in course.fallen:
        warnings.warn(f"contextual decomposition has no rule for {name}: {what}", AitionWarning, stacklevel=2)
    course.fallen[name] = course.fallen.get(name, 0) + 1
