"""Picture: what a notebook shows where it shows no widget, and what it keeps when it is saved."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

from aition.core.errors import AitionError
from aition.store import StoredRun
from aition.view.plots import plot_summary

MOST = 1000
"""Samples in a picture, so that a large run is not read as a whole."""


@dataclass(frozen=True)
class Picture:
    """A still of a run.

    Args:
        words: What it shows, one line.
        source: The image as a ``data:`` address; "" where there is none.
        hint: How to get more than a picture.
    """

    words: str
    source: str
    hint: str

    def html(self) -> str:
        """Image and words as one element.

        >>> Picture("3 samples", "", "run the cell").html()
        '<figure><figcaption>3 samples. run the cell</figcaption></figure>'
        """
        image = f'<img src="{self.source}" alt="{escape(self.words)}" style="max-width: 100%">' if self.source else ""
        return f"<figure>{image}<figcaption>{escape(self.words)}. {escape(self.hint)}</figcaption></figure>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": f"{self.words}. {self.hint}", "text/html": self.html()}


def pictured(runs: Mapping[str, StoredRun], *, title: str, hint: str) -> Picture:
    """The first run as :func:`~aition.view.plots.plot_summary` draws it; without matplotlib, words alone.

    Args:
        runs: By name.
        title: What they are called together.
        hint: How to get more than a picture.
    """
    name, run = next(iter(runs.items()))
    n_sample = run.sizes[run.lead]
    whom = f"{n_sample:,} samples" if n_sample <= MOST else f"the first {MOST:,} of {n_sample:,} samples"
    beside = f"; {len(runs) - 1} more to compare" if len(runs) > 1 else ""
    words = f"{title}: {name}, {whom}{beside}"
    try:
        return Picture(words, drawn(run), hint)
    except AitionError as error:
        return Picture(f"{words} (no picture: {error})", "", hint)


def drawn(run: StoredRun) -> str:
    """The summary of a run as an image in an address."""
    figure = plot_summary(run.explanation(slice(0, min(MOST, run.sizes[run.lead]))))
    file = BytesIO()
    figure.savefig(file, format="png")
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
