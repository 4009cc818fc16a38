"""One sample of events: what happened when, and what each event counted for."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aition.core.explanation import Explanation
from aition.view.plots.canvas import FAINT, INK, MUTED, RULE, canvas, dress, head, name_rows, plain
from aition.view.plots.colours import Scale, scale_of
from aition.view.plots.heat import draw_bars
from aition.view.plots.lines import colour_bar
from aition.view.plots.reading import asked
from aition.view.plots.rows import EventRows, code_names, rows_of_sample
from aition.view.plots.said import Said, method_of, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

NAMED = 6
"""Values written beside the marks that counted most, one a row; more would lie on one another."""
SMALLEST, LARGEST = 5.0, 75.0
"""Areas of marks, in square points."""


def plot_events_of_sample(
    explanation: Explanation,
    sample: str,
    *,
    said: Said,
    variable: str,
    target: int,
    top: int,
    limit: float,
    width: float,
) -> "Figure":
    """Show the events of a sample as marks, a row a code, the codes that counted most on top.

    A mark's colour is its attribution, its area the size of it. The values of those that counted most are written
    beside them, one a row.

    Args:
        explanation: An explanation of events.
        sample: Id of the sample.
        said: What the model said of it.
        variable: What to show, with a row an event.
        target: Which of several targets.
        top: Codes shown.
        limit: What the end of the colour scale stands for; found from the sample if 0.
        width: Inches.
    """
    rows = rows_of_sample(explanation, sample, variable=variable, target=target)
    names = code_names(explanation)
    signed = bool((asked(explanation, variable, target) < 0).any())
    scale = scale_of(rows.attribution, signed=signed, limit=limit)
    codes, place = np.unique(rows.code, return_inverse=True)
    totals = np.bincount(place, np.abs(rows.attribution))
    shares = np.asarray(totals / totals.sum() if totals.sum() > 0 else totals, dtype=np.float64)
    order = np.argsort(-totals, kind="stable")[:top]
    subtitle = f"What counted for {said.question}{f' (score {said.score})' if said.score else ''}, by "
    subtitle += f"{method_of(explanation)}; {len(rows)} event{'s' * (len(rows) != 1)}"
    if len(order) < len(codes):
        share = f"{100 * shares[order].sum():.0f} % of all |{variable}|"
        subtitle += f", of which those of {len(order)} of {len(codes)} codes are shown, {share}"
    figure = canvas(width, 1.3 + 0.19 * len(order), title=title_of(sample, said), subtitle=subtitle)
    left, bars = figure.subplots(1, 2, sharey=True, width_ratios=[10, 1.1])
    row_of_code = np.full(len(codes), -1)
    row_of_code[order] = np.arange(len(order))
    dress(left)
    for row in range(0, len(order), 2):
        left.axhspan(row - 0.5, row + 0.5, color=FAINT, zorder=0, linewidth=0)
    shown = draw_marks(left, rows, row_of_code[place], scale)
    unit = str(explanation.attrs.get("time_unit", "step"))
    left.set_xlabel("step" if unit == "step" else f"time ({plain(unit)})")
    head(left, f"each event, by its {plain(variable)}")
    draw_bars(bars, shares[order])
    name_rows(left, [names[codes[one]] for one in order])
    below: dict[str, Any] = {"location": "bottom", "aspect": 40, "shrink": 0.6, "fraction": 0.05}
    colour_bar(figure, shown, scale, variable, ax=[left], pad=0.12 / figure.get_figheight(), **below)
    return figure


def draw_marks(axes: "Axes", rows: EventRows, place: NDArray[np.int64], scale: Scale) -> "ScalarMappable":
    """Events as marks, the largest on top.

    Args:
        axes: Where to draw.
        rows: Events of one sample.
        place: Row of the figure, ``[row]``; -1 where it is not drawn.
        scale: Of the attributions.
    """
    size = np.minimum(np.abs(rows.attribution) / scale.limit, 1)
    order = np.argsort(size, kind="stable")
    order = order[place[order] >= 0]
    look: dict[str, Any] = {"cmap": scale.colours(), "vmin": scale.low, "vmax": scale.limit, "linewidth": 0.4}
    area = SMALLEST + (LARGEST - SMALLEST) * size[order]
    marks = axes.scatter(
        rows.times[order], place[order], s=area, c=rows.attribution[order], edgecolor=MUTED, rasterized=True, **look
    )
    marks.set_gid("events")
    axes.axvline(0, color=RULE, linewidth=0.6, zorder=0)
    first = order[::-1][np.sort(np.unique(place[order[::-1]], return_index=True)[1])]
    for one in first[:NAMED]:
        if np.isfinite(rows.value[one]) and size[one] > 0:
            words: dict[str, Any] = {"textcoords": "offset points", "size": 6.5, "color": INK, "va": "center"}
            axes.annotate(f"{rows.value[one]:.3g}", (rows.times[one], place[one]), (6, 0), **words)
    return marks
