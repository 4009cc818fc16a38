"""Rivals of dreams: what a dream has to be better than to be worth a look."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from aition.core.batch import Batch
from aition.core.explanation import Explanation
from aition.core.model import Model, white_box
from aition.core.progress import Progress
from aition.dream.aims import Level
from aition.dream.dream import dream
from aition.dream.judges import JUDGES, Judge
from aition.dream.objectives import Objective
from aition.dream.parameterisations import Mixture, Unchanged
from aition.dream.recipe import Recipe
from aition.models.fresh import untrained


def rivals(
    model: Model,
    background: Batch,
    objective: Objective | Sequence[Objective],
    *,
    recipe: Recipe = Recipe(),  # noqa: B008 - frozen
    draws: int = 8,
    places: Batch | None = None,
    judges: tuple[Judge, ...] = JUDGES,
    unseen: Batch | None = None,
    others: Sequence[Model] = (),
    memory: int = 0,
    progress: Progress = "auto",
) -> dict[str, Explanation]:
    """What is to be had for the same aim without a dream, in the form of dreams.

    - ``nearest``: the real series that are nearest to the aim. They look real, and are copies by their nature.
    - ``mixture``: mixtures of a few real series, driven to the aim. They look real, too.
    - ``untrained``: dreams of the same recipe, of a copy of the network with fresh weights. Where other models see the
      class in these as well, their agreement says nothing of the trained network.

    Args:
        model: As in :func:`~aition.dream.dream`, and so are the others.
        background: Real series.
        objective: What is to become large.
        recipe: Of the dreams that these are rivals of.
        draws: Of each objective.
        places: As in :func:`~aition.dream.dream`: mixtures and dreams of fresh weights are made from them, too, and as
            many of the nearest are taken.
        judges: Who says how real they look.
        unseen: Real series for the judges alone.
        others: Models that were trained by themselves.
        memory: Bytes that a pass may fill.
        progress: "auto" shows a bar on a terminal.

    Returns:
        Explanations by name, as :func:`~aition.dream.dream` answers; :func:`~aition.dream.figures_of` reads them.

    Raises:
        RefusalError: The network has no part that can be given fresh weights; and as in :func:`~aition.dream.dream`.

    References:
        Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018: fresh weights.
    """
    fresh = untrained(white_box(model, "rivals()", instead="real series with a large output"), seed=recipe.seed)
    aim = replace(recipe.aim, share=0.0) if isinstance(recipe.aim, Level) else recipe.aim
    still = Recipe(Unchanged(), aim, own=recipe.own, variations=(), steps=1, seed=recipe.seed)
    mixed = replace(still, parameterisation=Mixture(), steps=recipe.steps)
    count = draws if places is None else len(places)
    same: Any = {"judges": judges, "unseen": unseen, "others": others, "memory": memory, "progress": progress}
    ask = partial(dream, background=background, objective=objective, draws=count, **same)
    return {
        "nearest": ask(model=model, recipe=still),
        "mixture": ask(model=model, recipe=mixed, places=places),
        "untrained": ask(model=fresh, recipe=recipe, places=places),
    }
