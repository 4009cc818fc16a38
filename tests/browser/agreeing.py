"""Whether what a page shows is what is known: numbers as displayed, words as they are."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NUMBER = re.compile(r"[+−-]?[\d,]*\.?\d+(?:e[+−-]?\d+)?")


@dataclass(frozen=True)
class Numbers:
    """Words with numbers behind them.

    Args:
        words: What stands before the numbers.
        numbers: In their order.
    """

    words: str
    numbers: tuple[float, ...]


Cell = str | int | float | Numbers | None
"""Words, a count, a number that is rounded where it is shown, both, or anything at all."""


@dataclass(frozen=True)
class Table:
    """A table as it is shown."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def read(text: str) -> tuple[float, float]:
    """The number in a text, and the size of its last digit.

    >>> read("−1,204.50 %"), read("± 3e-5")
    ((-1204.5, 0.01), (3e-05, 1e-05))
    """
    found = NUMBER.search(text.replace("\u00a0", " "))
    if not found:
        return math.nan, 0.0
    plain = found[0].replace(",", "").replace("−", "-")
    digits, _, power = plain.partition("e")
    places = len(digits.partition(".")[2])
    return float(plain), 10.0 ** (int(power or 0) - places)


def agrees(text: str, known: Cell) -> bool:
    """Whether a cell shows what is known.

    >>> agrees("+0.12", 0.1249), agrees("+0.12", 0.1251), agrees("1,204", 1204), agrees("–", math.nan)
    (True, False, True, True)
    """
    if known is None or isinstance(known, str):
        return known is None or text.replace("\u00a0", " ") == known
    if isinstance(known, Numbers):
        found = NUMBER.findall(text.replace("\u00a0", " ").removeprefix(known.words))
        fits = len(found) == len(known.numbers) and all(map(agrees, found, known.numbers))
        return fits and text.startswith(known.words)
    if isinstance(known, int):
        return text.replace(",", "") == str(known)
    if math.isnan(known):
        return "–" in text
    shown, last = read(text)
    return abs(shown - known) <= 0.5 * last * (1 + 1e-9) + 2e-5 * max(abs(known), 0.01)


def different(shown: Sequence[Sequence[str]], known: Sequence[Sequence[Cell]], *, by: int = 0) -> list[str]:
    """What is wrong with the rows of a table.

    Args:
        shown: Rows as they are shown.
        known: What they should be; of rows that are longer only so many cells are looked at.
        by: How many cells in front name a row, where the order means nothing; 0 where rows stand in order.
    """
    if by:
        places = {tuple(row[:by]): row for row in shown}
        pairs = [(places.get(tuple(map(str, row[:by])), ()), row) for row in known]
    else:
        pairs = list(zip(shown, known, strict=False))
    wrong = [
        f"shown {list(row)}, but known {list(own)}"
        for row, own in pairs
        if len(row) < len(own) or not all(map(agrees, row, own))
    ]
    if len(shown) != len(known):
        wrong.append(f"{len(shown)} rows are shown, but {len(known)} are known")
    return wrong


def settled(
    shown: Callable[[], Sequence[Sequence[str]]], known: Sequence[Sequence[Cell]], wait: Callable[[], None], *, by: int
) -> None:
    """Raise unless a table comes to show what is known."""
    wrong: list[str] = []
    for _ in range(60):
        wrong = different(shown(), known, by=by)
        if not wrong:
            return
        wait()
    raise AssertionError("\n".join([f"{len(wrong)} rows differ:", *wrong[:12]]))
