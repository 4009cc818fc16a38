"""Panels of explainers beside one another, each below its name and what a check found of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aition.view.plots.canvas import INK, MUTED, canvas, dress, hide, plain
from aition.view.plots.lines import beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = 3
"""Panels beside one another, at most."""


def explainer_panels(
    findings: Mapping[str, str],
    *,
    width: float,
    height: float,
    title: str,
    subtitle: str,
    across: str = "",
    upwards: str = "",
) -> "tuple[Figure, list[Axes]]":
    """A figure with a panel for each explainer.

    Args:
        findings: What a check found, by the name of the explainer.
        width: Inches, of three panels beside one another.
        height: Inches of a panel.
        title: See :func:`~aition.view.plots.canvas.canvas`.
        subtitle: Likewise.
        across: What the lower axes say; where it is empty, panels have axes of their own.
        upwards: What the axes on the left say.
    """
    n_column = min(len(findings), WIDE)
    n_row = -(-len(findings) // n_column)
    figure = canvas(
        width if n_column == WIDE else width * (n_column + 0.5) / WIDE,
        height * n_row + 0.3,
        title=title,
        subtitle=subtitle,
    )
    grid = figure.subplots(n_row, n_column, sharex=bool(across), sharey=True, squeeze=False).ravel()
    for place, (axes, (name, finding)) in enumerate(zip(grid, findings.items(), strict=False)):
        dress(axes, grid=True)
        axes.set_title(plain(name, 36), size=9, color=INK, loc="left", pad=16)
        beside(axes, finding, (0, 1), (0, 4), size=8, color=MUTED)
        if across and place + n_column >= len(findings):
            axes.set_xlabel(across)
            axes.tick_params(labelbottom=True)
    hide(grid[len(findings) :])
    for axes in grid[::n_column]:
        axes.set_ylabel(upwards)
    return figure, list(grid[: len(findings)])


def legend_below(figure: "Figure", axes: "Axes") -> None:
    """What the lines of the panels mean, below all of them."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False, fontsize=8, labelcolor=INK)
