"""One sample: its values over time, and what each of them counted for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import canvas
from aition.view.plots.colours import scale_of
from aition.view.plots.events import plot_events_of_sample
from aition.view.plots.heat import draw_heat
from aition.view.plots.lines import draw_lines
from aition.view.plots.reading import read_sample
from aition.view.plots.rows import has_rows
from aition.view.plots.said import method_of, said_of, title_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LINES = 12
"""With more features, lines become too flat to read: heat maps take their place."""


def plot_sample(
    explanation: Explanation,
    sample: str,
    *,
    variable: str = "attribution",
    class_names: Sequence[str] = (),
    target: int = 0,
    top: int = 60,
    limit: float = 0.0,
    width: float = 9.0,
) -> "Figure":
    """Show the values of a sample over time with the attribution of each.

    Up to 12 features are drawn as lines over the colours of their attributions, each with its share in the sum of
    ``|attribution|``; more as two heat maps, of attributions and of values, the features with the largest shares first.
    Padding is not drawn; what was not measured is a gap, hatched. Steps stand at their times.

    Events are marks, a row a code: their colour is their attribution, their area its size, and the values of those that
    counted most are written beside them.

    Args:
        explanation: An explanation whose variable has the axes sample, time and feature, or a row an event.
        sample: Id of the sample.
        variable: What to show.
        class_names: Names of the classes; their numbers where nothing is said.
        target: Which of several targets.
        top: Features in a heat map, or codes, at most.
        limit: What the end of the colour scale stands for; found from the sample if 0. Give one to compare figures.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no such sample, variable or target.
        MissingExtraError: matplotlib is not installed.
    """
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    if has_rows(explanation, variable):
        said = said_of(explanation, sample, class_names=class_names, target=target)
        return plot_events_of_sample(
            explanation, sample, said=said, variable=variable, target=target, top=top, limit=limit, width=width
        )
    reading = read_sample(explanation, sample, variable=variable, target=target)
    said = said_of(explanation, sample, class_names=class_names, target=target)
    scale = scale_of(reading.attribution, signed=reading.signed, limit=limit)
    n_feature = len(reading.features)
    shown = min(n_feature, top)
    subtitle = f"What counted for {said.question}"
    subtitle += f" (score {said.score})" if said.score else ""
    subtitle += f", by {method_of(explanation)}"
    if n_feature > MOST_LINES and shown < n_feature:
        share = sum(sorted(reading.shares)[::-1][:shown])
        subtitle += f"; {shown} of {n_feature} features, {100 * share:.0f} % of all |{variable}|"
    heat = n_feature > MOST_LINES
    height = max(3.0, 0.6 + 0.165 * shown) if heat else 2.3 if n_feature == 1 else 0.7 + 0.62 * n_feature
    figure = canvas(width, height, title=title_of(sample, said), subtitle=subtitle)
    if heat:
        draw_heat(figure, reading, scale, background=explanation, top=shown)
    else:
        draw_lines(figure, reading, scale)
    return figure
