"""What is written on the command line, as values: targets, settings, sizes."""

import re
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

from aition.core.errors import InputError, TargetError

if TYPE_CHECKING:
    from aition.core.target import Choice, Target

SHORT = {"predicted": ("class", "predicted"), "true": ("class", "true"), "last": ("time", "last")}
UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
FORMS = "predicted, true, scalar, whole:AXIS or AXIS=CHOICE, with commas between them"


def targets_of(words: Sequence[str], versus: str) -> "tuple[Target, ...]":
    """The questions that are asked.

    Args:
        words: Such as ``class=predicted,time=last``; a range such as ``horizon=0..23`` asks several.
        versus: The output that is subtracted, such as ``class=runner-up``; empty for none.

    Raises:
        TargetError: Naming the part that is not understood.

    >>> [target.to_json()["at"] for target in targets_of(["horizon=0..1"], "")]
    [{'horizon': 0}, {'horizon': 1}]
    """
    from aition.core.target import Target

    against = one_of(choices_of(versus, "--versus"), versus) if versus else ()
    return tuple(Target(at, against) for word in words for at in choices_of(word, "--target"))


def choices_of(words: str, option: str) -> "list[tuple[tuple[str, Choice], ...]]":
    """Pairs of axis and choice, once for every place in the ranges."""
    if words.strip() == "scalar":
        return [()]
    pairs = [pair for part in words.split(",") for pair in [pair_of(part.strip(), option)]]
    axes = [axis for axis, _ in pairs]
    if twice := [axis for axis in axes if axes.count(axis) > 1]:
        raise TargetError(f"{option} must choose {twice[0]} once, but is {words!r}")
    return [tuple(zip(axes, chosen, strict=True)) for chosen in product(*(choices for _, choices in pairs))]


def pair_of(part: str, option: str) -> "tuple[str, list[Choice]]":
    """An axis and what is chosen along it."""
    if part in SHORT:
        axis, word = SHORT[part]
        return axis, [word]
    if part.startswith("whole:") and part != "whole:":
        return part.removeprefix("whole:"), ["whole"]
    axis, equals, choice = part.partition("=")
    if not (equals and axis.strip() and choice.strip()):
        raise TargetError(f"{option} must be {FORMS}, but holds {part!r}")
    choice = choice.strip()
    if span := re.fullmatch(r"(\d+)\.\.(\d+)", choice):
        first, last = int(span[1]), int(span[2])
        if last < first:
            raise TargetError(f"the range for {axis} must rise, but is {choice}")
        return axis.strip(), list(range(first, last + 1))
    return axis.strip(), [int(choice) if re.fullmatch(r"[+-]?\d+", choice) else choice]


def one_of(choices: "list[tuple[tuple[str, Choice], ...]]", words: str) -> "tuple[tuple[str, Choice], ...]":
    """The only one; raises where a range asks for several, or nothing is named."""
    if len(choices) != 1 or not choices[0]:
        raise TargetError(f"--versus must name one output, such as class=runner-up, but is {words!r}")
    return choices[0]


def settings_of(words: Sequence[str]) -> dict[str, str]:
    """Settings by name.

    >>> settings_of(["steps=64", "baseline=0.5"])
    {'steps': '64', 'baseline': '0.5'}
    """
    settings: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--set must be NAME=VALUE, such as steps=64, but is {word!r}")
        if name.strip() in settings:
            raise InputError(f"--set must give {name.strip()} once, but gives {settings[name.strip()]!r} and {value!r}")
        settings[name.strip()] = value.strip()
    return settings


def bytes_of(words: str) -> int:
    """A number of bytes.

    >>> bytes_of("2GB"), bytes_of("1.5 MiB"), bytes_of("0")
    (2000000000, 1572864, 0)
    """
    size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", words.strip().lower())
    if not size or size[2] not in UNITS:
        raise InputError(f"--memory must be a size such as 500MB, 2GB or 1.5GiB, but is {words!r}")
    return int(float(size[1]) * UNITS[size[2]])
