"""Kinds of pictures of dreams, by name."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.view.plots import (
    plot_dream_border,
    plot_dream_changes,
    plot_dream_courses,
    plot_dream_frequencies,
    plot_dream_projection,
    plot_dream_realism,
    plot_dreams,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("gallery", "changes", "realism", "border", "projection", "courses", "frequencies")
"""Names of the pictures, in the order in which they are shown."""


def draw_dreams(
    kind: str, dreams: Mapping[str, Explanation], *, class_names: Sequence[str] = (), feature: str = ""
) -> "Figure":
    """Draw one kind of picture.

    Args:
        kind: One of :data:`KINDS`.
        dreams: What :func:`aition.dream.dream` answered, by the name of the recipe; realism is drawn of all, every
            other picture of the first.
        class_names: What the classes are called; as the dreams know them where nothing is said.
        feature: Which feature, of the gallery, of changes and of frequencies; all, or the first, where nothing is said.

    Raises:
        InputError: There is no such kind, or no such picture can be drawn of these dreams.
        MissingExtraError: matplotlib is not installed.
    """
    if not dreams:
        raise InputError("dreams must hold what aition.dream.dream() answered, by the name of the recipe, but is empty")
    first = next(iter(dreams.values()))
    match kind:
        case "gallery":
            return plot_dreams(first, feature=feature, class_names=class_names)
        case "changes":
            return plot_dream_changes(first, feature=feature, class_names=class_names)
        case "realism":
            return plot_dream_realism(dreams, class_names=class_names)
        case "border":
            return plot_dream_border(first, class_names=class_names)
        case "projection":
            return plot_dream_projection(first, class_names=class_names)
        case "courses":
            return plot_dream_courses(first, class_names=class_names)
        case "frequencies":
            return plot_dream_frequencies(first, feature=feature, class_names=class_names)
    raise InputError(f"a picture of dreams must be one of {', '.join(KINDS)}, but is {kind!r}")


def fitting(dreams: Explanation) -> tuple[str, ...]:
    """The kinds that can be drawn of some dreams: nobody may have judged them, and not every model tells classes."""
    judged = any(str(name).startswith("percentile_") for name in dreams.data_vars)
    said = [name in dreams and dreams[name].dims[1:] == ("class",) for name in ("prediction", "real_prediction")]
    projected = "projection" in dreams and dreams.sizes["component"] > 1
    cannot = {
        "changes": "value_before" not in dreams or "word" in dreams,
        "realism": not judged,
        "border": not all(said),
        "projection": not projected,
    }
    return tuple(kind for kind in KINDS if not cannot.get(kind, False))
