"""What is dreamed of, and from which series, as it is written on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aition.cli.inputs import in_memory, samples_of
from aition.cli.words import choices_of, targets_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.target import Choice
    from aition.dream import Objective


@dataclass(frozen=True)
class Wished:
    """The words that say what is dreamed of.

    Args:
        classes: Classes.
        border: Classes with commas between them.
        at: Choices along other axes of the outputs; empty for none.
        target: Outputs, as questions are written.
        less: Whether these are to become small.
        layer: A layer; empty for none.
        channel: One of its channels; -1 for all.
    """

    classes: Sequence[int]
    border: Sequence[str]
    at: str
    target: Sequence[str]
    less: bool
    layer: str
    channel: int


def objectives_of(words: Wished, real: "Batch") -> "tuple[Objective, ...]":
    """What is dreamed of: what is named, or every class of the labels.

    Raises:
        InputError: Words that are no classes; a channel without a layer; nothing is named, and labels are no classes.
        TargetError: Words that are no outputs.
    """
    from aition.dream import Border, Channel, Layer, Margin, Output

    if words.channel >= 0 and not words.layer:
        raise InputError("--channel is one of a layer; name it: --layer NAME")
    if words.less and not words.target:
        raise InputError("--less makes outputs small; name them: --target, such as --target horizon=3")
    at = at_of(words.at)
    found: list[Objective] = [Margin(one, at) for one in words.classes]
    found += [Border(pair_of(one), at=at) for one in words.border]
    found += [Output(one, downward=words.less) for one in targets_of(words.target, "")]
    if words.layer:
        found.append(Channel(words.layer, words.channel) if words.channel >= 0 else Layer(words.layer))
    if not found:
        if real.label.ndim != 1 or real.label.is_floating_point() or not bool((real.label >= 0).any()):
            raise InputError(
                "DATA has no class for each sample as labels; say what to dream of: --class 1, --border 0,1, --layer "
                "NAME, or --target with an output, such as --target horizon=3 of a forecast"
            )
        found = [Margin(one, at) for one in sorted(set(real.label[real.label >= 0].tolist()))]
    return tuple(found)


def at_of(words: str) -> "tuple[tuple[str, Choice], ...]":
    """Choices along axes of the outputs beside classes.

    >>> at_of("time=last"), at_of("")
    ((('time', 'last'),), ())
    """
    if not words:
        return ()
    several = choices_of(words, "--at")
    if len(several) != 1 or any(axis == "class" for axis, _ in several[0]):
        raise InputError(f"--at must be one place along other axes than class, such as time=last, but is {words!r}")
    return several[0]


def pair_of(words: str) -> tuple[int, ...]:
    """Classes with commas between them."""
    parts = [one.strip() for one in words.split(",")]
    if len(parts) < 2 or not all(one.isdigit() for one in parts):
        raise InputError(f"--border must be classes with commas between them, such as 0,1, but is {words!r}")
    return tuple(int(one) for one in parts)


def places_of(words: Sequence[str], real: "Batch", *, standardise: bool) -> "Batch":
    """The series from which dreams begin: numbers from 0 or ids in DATA, or other data.

    Ids of other data get the name of their file in front, so that they differ from those of DATA.

    Raises:
        InputError: There is no such number, id or file, or other data have other features.
    """
    from aition.data.joined import joined
    from aition.dream.real import named

    found, ids = [], {str(name): row for row, name in enumerate(real.ids)}
    for one in words:
        if one.isdigit() and one not in ids and int(one) >= len(real):
            raise InputError(f"--from must be 0 to {len(real) - 1} in DATA, an id or other data, but is {one}")
        if one in ids or one.isdigit():
            found.append(real.take([ids.get(one, int(one) if one.isdigit() else 0)]))
        else:
            other = in_memory(samples_of(one, standardise=standardise), most=0)
            found.append(named(other, [f"{Path(one).stem} {name}" for name in other.ids]))
    return joined(found)
