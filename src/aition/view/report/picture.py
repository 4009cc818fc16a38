"""A matplotlib figure as an ``<svg>`` element of a page: nothing is fetched, and texts follow its theme."""

import hashlib
import io
import re
from typing import TYPE_CHECKING

from aition.core.errors import MissingExtraError
from aition.view.plots.canvas import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 130
"""Of what is drawn as pixels: heat maps and clouds of points."""
NOTHING = {"Creator": None, "Date": None, "Format": None, "Type": None}


def drawn(figure: "Figure", *, name: str) -> str:
    """Draw a figure as an ``<svg>`` element.

    Texts stay texts and take the colours of the page; panels keep their white, because the colours on them are made
    for it.

    Args:
        figure: A figure.
        name: What the ids inside begin with, so that pictures of one page share none.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
    except ImportError as error:
        raise MissingExtraError("figures need matplotlib; install it by: pip install 'aition[plots]'") from error
    salt = hashlib.sha256(name.encode()).hexdigest()[:8]
    file = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "path.simplify": True}):
        figure.savefig(file, format="svg", dpi=DPI, facecolor="none", metadata=NOTHING)
    return themed(file.getvalue(), salt)


def themed(text: str, salt: str) -> str:
    """The element of an SVG file as matplotlib writes it, made part of a page."""
    svg = text[text.index("<svg") :].strip()
    start, rest = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', start)
    rest = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", rest, flags=re.DOTALL)
    rest = re.sub(r"<[^>]+>", lambda found: tag(found[0], salt), rest)
    return f'<svg {box[0] if box else ""} role="img">{rest}'


def tag(text: str, salt: str) -> str:
    """One tag with ids of its own and, if it is a text's, the colours of the page."""
    text = re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\g<1>{salt}-", text)
    if text.startswith("<text"):
        for colour, variable in ((INK, "--ink"), (MUTED, "--muted")):
            text = text.replace(f"fill: {colour}", f"fill: var({variable})")
    return text
