"""The page that every figure is drawn on: its size, its heading and the looks of its axes."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from aition.core.errors import MissingExtraError
from aition.view.plots.said import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

INK, MUTED, RULE, PAPER, FAINT = "#1b2733", "#56636f", "#b9c2ca", "#ffffff", "#f3f5f7"
HEADING = 0.62
"""Inches for title and subtitle."""
DPI = 150


def canvas(width: float, height: float, *, title: str, subtitle: str) -> "Figure":
    """An empty figure with its heading, whose letters shrink where a line is long; then a subtitle takes two lines.

    Args:
        width: Inches.
        height: Inches below the heading.
        title: First line, bold.
        subtitle: Second line, small.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError as error:
        raise MissingExtraError("figures need matplotlib; install it by: pip install 'aition[plots]'") from error
    whole = height + HEADING
    layout = ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - HEADING / whole), w_pad=0.05, h_pad=0.04)
    figure = Figure(figsize=(width, whole), dpi=DPI, facecolor=PAPER, layout=layout)
    for text, top, size, bold, colour in ((title, 0.12, 10.5, True, INK), (subtitle, 0.36, 8.0, False, MUTED)):
        room = 72 * width / (0.62 if bold else 0.54)
        fitting = max(6.5, min(size, room / max(1, len(text))))
        lines = [plain(one, int(room / fitting)) for one in (text,) if bold] or two_lines(text, int(room / fitting))
        look: dict[str, Any] = {"weight": "bold" if bold else "normal", "color": colour, "va": "top"}
        figure.text(0.1 / width, 1 - top / whole, "\n".join(lines), size=fitting, linespacing=1.15, **look)
    return figure


def two_lines(text: str, length: int) -> list[str]:
    """A text as matplotlib prints it, on one line, or on two where it is longer than one may be.

    >>> two_lines("one two three", 20), two_lines("one two three", 8), two_lines("one two three", 5)
    (['one two three'], ['one two', 'three'], ['one', 'two…'])
    """
    first, *rest = wrap(" ".join(text.split()), max(1, length)) or [""]
    if len(rest) > 1:
        rest = [f"{rest[0][: length - 1].rstrip()}…"]
    return [plain(one, length) for one in (first, *rest)]


def value_panels(
    n_panel: int, width: float, *, title: str, subtitle: str, sharey: bool = True
) -> "tuple[Figure, NDArray[Any]]":
    """A figure of panels, three beside one another, and its panels, of which others stay hidden.

    Args:
        n_panel: How many.
        width: Inches, of three panels.
        title: See :func:`canvas`.
        subtitle: See :func:`canvas`.
        sharey: Whether they are on one scale.
    """
    n_column = min(n_panel, 3)
    n_row = -(-n_panel // n_column)
    figure = canvas(
        width if n_column == 3 else width * (n_column + 0.5) / 3, 2.3 * n_row + 0.2, title=title, subtitle=subtitle
    )
    grid = figure.subplots(n_row, n_column, sharey=sharey, squeeze=False).ravel()
    hide(grid[n_panel:])
    return figure, grid[:n_panel]


def hide(axes: Iterable["Axes"]) -> None:
    """Leave panels empty."""
    for one in axes:
        one.set_visible(False)


def plain(text: str, length: int = 48) -> str:
    """A text that matplotlib prints as it stands, on one line: no mathematics between dollars."""
    return shortened(text, length).replace("$", r"\$")


def dress(axes: "Axes", *, grid: bool = False) -> None:
    """Quiet looks: no frame above and to the right, small labels."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=RULE, linewidth=0.8)
    axes.tick_params(labelsize=7.5, labelcolor=INK, color=RULE, length=3)
    axes.xaxis.label.set(size=8.5, color=INK)
    axes.yaxis.label.set(size=8.5, color=INK)
    for offset in (axes.xaxis.get_offset_text(), axes.yaxis.get_offset_text()):
        offset.set(size=7, color=INK)
    axes.set_facecolor(PAPER)
    if grid:
        axes.grid(color=RULE, linewidth=0.5, alpha=0.5)
        axes.set_axisbelow(True)


def head(axes: "Axes", words: str) -> None:
    """A heading of one panel."""
    axes.set_title(words, size=8.5, color=INK, loc="left")


def label_bar(bar: "Colorbar", words: str) -> None:
    """Quiet looks of a colour bar, with few ticks and a power of ten where numbers are long."""
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    bar.set_label(words, size=8, color=INK, linespacing=1.25)
    formatter = ScalarFormatter()
    formatter.set_powerlimits((-3, 4))
    bar.locator, bar.formatter = MaxNLocator(5), formatter
    bar.update_ticks()
    bar.ax.tick_params(labelsize=7.5, labelcolor=INK, color=RULE, length=2)
    for offset in (bar.ax.xaxis.get_offset_text(), bar.ax.yaxis.get_offset_text()):
        offset.set(size=7, color=INK)
    outline: Any = bar.outline
    outline.set_visible(False)


def bar_beside(axes: "NDArray[Any]", mesh: "ScalarMappable", *, extend: str, words: str) -> None:
    """A colour bar to the right of panels, no longer than some inches."""
    figure = axes[0].figure
    shrink = min(1.0, 2.5 / figure.get_figheight())
    bar = figure.colorbar(mesh, ax=list(axes), extend=extend, shrink=shrink, aspect=20, pad=0.015)
    label_bar(bar, words)


def bare(axes: "Axes") -> None:
    """No frame and no ticks, also where they are shared."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelbottom=False, labelleft=False)


def name_rows(axes: "Axes", names: Sequence[str]) -> None:
    """Names of rows 0, 1, … from the top, on the y axis."""
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), [plain(name, 28) for name in names])
    axes.tick_params(axis="y", length=0, labelsize=7 if len(names) > 15 else 8, labelcolor=INK)
