"""What a report is made of: sections of prose, tables, pictures, code and verdicts. All texts are plain, never HTML."""

from dataclasses import dataclass
from typing import Literal, Union

from aition.core.errors import InputError

Tone = Literal["good", "open", "bad"]
SIGNS: dict[Tone, str] = {"good": "✓", "open": "≈", "bad": "✕"}
"""Signs of the tones, so that none is told by its colour alone."""


@dataclass(frozen=True)
class Prose:
    """A paragraph.

    Args:
        text: Plain text.
    """

    text: str


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        caption: What it shows.
        header: One text a column.
        rows: One text a cell; the first of a row is its heading.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise InputError(f"a row must have {len(self.header)} cells as the header, but has {len(row)}: {row}")


@dataclass(frozen=True)
class Mark:
    """A cell of a matrix.

    Args:
        text: What stands in it, a few letters.
        small: What stands below, smaller.
        tone: How it bodes, shown by a sign and a colour; "plain" for neither, "faint" for what is no figure.
        note: What it says in full.
    """

    text: str
    small: str = ""
    tone: Tone | Literal["plain", "faint"] = "plain"
    note: str = ""


@dataclass(frozen=True)
class Matrix:
    """A wide table of short cells, whose headings stay in sight while it scrolls.

    Args:
        caption: What it shows.
        corner: What the rows are.
        columns: One heading a column.
        rows: A heading, and a cell for each column.
        stand_out: What a switch above it says, which dims all but the cells of tone "bad"; empty for no switch.
    """

    caption: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Mark, ...]], ...]
    stand_out: str = ""

    def __post_init__(self) -> None:
        for name, cells in self.rows:
            if len(cells) != len(self.columns):
                raise InputError(f"a row must have {len(self.columns)} cells, but {name!r} has {len(cells)}")


@dataclass(frozen=True)
class Picture:
    """A figure.

    Args:
        svg: An ``<svg>`` element as :func:`aition.view.report.picture.drawn` makes it; it alone is not escaped.
        seen: What is to be seen on it, for those who can't see it.
        caption: How it is to be read.
        numbers: The same as a table.
    """

    svg: str
    seen: str
    caption: str
    numbers: Table


@dataclass(frozen=True)
class Code:
    """Commands or code, to be copied.

    Args:
        text: As it is to be typed.
    """

    text: str


@dataclass(frozen=True)
class Judged:
    """A verdict that stands out.

    Args:
        tone: How it bodes: it is shown by a sign and a colour.
        title: A few words.
        text: A sentence.
    """

    tone: Tone
    title: str
    text: str


@dataclass(frozen=True)
class Fold:
    """What is shown only on request.

    Args:
        title: What is inside.
        blocks: What is shown.
    """

    title: str
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True)
class Section:
    """A part with a heading.

    Args:
        title: The heading.
        blocks: What follows, sections among it.
    """

    title: str
    blocks: "tuple[Block, ...]"


Block = Union[Prose, Table, Matrix, Picture, Code, Judged, Fold, Section]  # noqa: UP007 - Section names it before it exists


@dataclass(frozen=True)
class Report:
    """One page.

    Args:
        title: The heading.
        lead: What it is about, in a sentence or two.
        made: When and with what, in a line.
        sections: What it says.
    """

    title: str
    lead: str
    made: str
    sections: tuple[Section, ...]
