"""What is printed: lines for people, one JSON object for programs."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aition.core.printable import printable


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object in one line; NaN and Inf, which JSON lacks, as null."""
    print(json.dumps(plain(value), allow_nan=False))


def print_lines(lines: Iterable[str]) -> None:
    """Lines for people; what a name in them would tell the terminal to do is shown, not done.

    >>> print_lines([])
    """
    if words := "\n".join(map(printable, lines)):
        print(words, flush=True)


def plain(value: Any) -> Any:
    """What JSON can say.

    >>> plain({"mean": float("nan"), "sizes": (3, 4)})
    {'mean': None, 'sizes': [3, 4]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def columns(rows: Sequence[Sequence[str]], *, indent: str = "", n_head: int = 0) -> list[str]:
    """Rows as lines with their columns under one another; numbers stand to the right.

    Args:
        rows: Cells, as many in each row.
        indent: What each line begins with.
        n_head: Rows at the start that name the columns.

    >>> columns([["a", "10"], ["bcd", "9"]])
    ['a    10', 'bcd   9']
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    right = [all(is_number(row[place]) for row in rows[n_head:]) for place in range(len(widths))]
    return [
        indent
        + "  ".join(
            cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def is_number(cell: str) -> bool:
    """Whether a cell is a number, or empty."""
    try:
        float(cell or 0)
    except ValueError:
        return False
    return True


def counted(number: int, word: str) -> str:
    """A number with its noun.

    >>> counted(1, "shard"), counted(2, "shard")
    ('1 shard', '2 shards')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"


def explaining(model: str, data: str, *, background: str = "") -> str:
    """The command that explains a model on data.

    Args:
        model: A file.
        data: As the command line names it.
        background: Samples whose means are the baseline, for values in units, of which 0 is none; empty: not needed.

    >>> explaining("icu.safetensors", "data:test", background="data:train")
    'aition explain icu.safetensors data:test --set baseline=background-mean --background data:train --to runs/first'
    """
    means = f"--set baseline=background-mean --background {background} " if background else ""
    return f"aition explain {model} {data} {means}--to runs/first"


def percent(share: float) -> str:
    """A share in percent.

    >>> percent(0.126), percent(0.004)
    ('13 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else f"{100 * share:.1g} %"
