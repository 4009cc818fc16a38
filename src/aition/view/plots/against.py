"""What speaks for one class against another: cells that are selected more often where that class is answered."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots.canvas import canvas
from aition.view.plots.colours import scale_of
from aition.view.plots.heat import draw_heat
from aition.view.plots.lines import draw_lines
from aition.view.plots.reading import read_sample, row_of
from aition.view.plots.said import class_name, class_names_of
from aition.view.plots.sample import MOST_LINES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIFFERENCE = "difference of inclusion"


def plot_class_against(
    explanation: Explanation,
    sample: str,
    one: int,
    other: int,
    *,
    class_names: Sequence[str] = (),
    top: int = 60,
    limit: float = 0.0,
    width: float = 9.0,
) -> "Figure":
    """Show the values of a sample with what speaks for a class against another.

    The colour of a cell is the probability that it is selected given the one class, less that given the other; red
    cells speak for the first, blue ones for the second. The heading says how many equal subsets the answers are worth.

    Args:
        explanation: An explanation by ``ClassPosterior``.
        sample: Id of the sample.
        one: The class that is spoken for.
        other: The class that it is held against.
        class_names: Names of the classes; those of the explanation, or their numbers, where nothing is said.
        top: Features in a heat map at most.
        limit: What the end of the colour scale stands for, in (0, 1]; found from the sample if 0.
        width: Inches.

    Returns:
        A figure of its own, not known to pyplot: ``figure.savefig(path)``.

    Raises:
        InputError: There is no such sample or class, or the explanation has no ``inclusion`` by class.
        MissingExtraError: matplotlib is not installed.
    """
    axes = [axis for axis in ("class", "outcome") if "inclusion" in explanation and axis in explanation.inclusion.dims]
    if not axes:
        raise InputError("explanation must have inclusion by class; explain by ClassPosterior(fitted)")
    n_class = explanation.sizes[axes[0]]
    if not (0 <= one < n_class and 0 <= other < n_class and one != other):
        raise InputError(f"one and other must be two classes from 0 to {n_class - 1}, but are {one} and {other}")
    if top < 1:
        raise InputError(f"top must be 1 or more, but is {top}")
    row = row_of(explanation, sample)
    given = explanation["inclusion"]
    gap = given.isel({axes[0]: one}, drop=True) - given.isel({axes[0]: other}, drop=True)
    shown = explanation.assign({DIFFERENCE: gap})
    reading = read_sample(shown, sample, variable=DIFFERENCE, target=0)
    scale = scale_of(reading.attribution, signed=True, limit=limit)
    names = class_names or class_names_of(explanation)
    mine, theirs = class_name(one, names), class_name(other, names)
    worth: Any = explanation["effective_sample_size"].transpose("sample", axes[0]).values[row]
    chance: Any = explanation["expected"].transpose("sample", axes[0]).values[row]
    n_feature = len(reading.features)
    heat = n_feature > MOST_LINES
    rows = min(n_feature, top)
    figure = canvas(
        width,
        max(3.0, 0.6 + 0.165 * rows) if heat else 2.3 if n_feature == 1 else 0.7 + 0.62 * n_feature,
        title=f"Sample {sample}: what speaks for {mine} (red) against {theirs} (blue)",
        subtitle=f"p({mine}) = {chance[one]:.2f}, p({theirs}) = {chance[other]:.2f}; as good as {worth[one]:.0f} and "
        f"{worth[other]:.0f} equal subsets",
    )
    if heat:
        draw_heat(figure, reading, scale, background=explanation, top=rows)
    else:
        draw_lines(figure, reading, scale)
    return figure
