"""Asking: the same explainer asked the same question again, of a model or of samples that were changed."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from aition.core.batch import Batch
from aition.core.errors import RefusalError, TargetError
from aition.core.explain import explain
from aition.core.explanation import Explanation
from aition.core.model import Model
from aition.core.protocol import Padding
from aition.core.provenance import kebab
from aition.core.target import Target

CELLS = ("sample", "time", "feature")


@dataclass(frozen=True, eq=False)
class Asking:
    """An explainer and what it is asked, so that a check can ask it again.

    Args:
        explainer: One that answers ``attribution``, ``[sample, time, feature]``.
        batch: The samples.
        target: One question, of one number a sample.
        background: What an explainer is fitted on that has to be.
        padding: As in :func:`aition.explain`.

    Raises:
        TargetError: The target asks for a whole output.
    """

    explainer: Any
    batch: Batch
    target: Target
    background: Batch
    padding: Padding = "keep"

    def __post_init__(self) -> None:
        if self.target.is_whole:
            raise TargetError(
                "checks ask for one number a sample, but the target is whole; ask for one output, such as "
                "Target.predicted()"
            )

    def fitted(self, model: Model) -> "Asking":
        """The same with the explainer fitted, once and for all."""
        return replace(self, explainer=fitted_for(self.explainer, model, self.background, self.target))

    def explained(self, model: Model) -> Explanation:
        """What the explainer answers; it is fitted first if it has to be.

        Raises:
            RefusalError: It answers no attribution of cells.
        """
        return explanation_of(
            fitted_for(self.explainer, model, self.background, self.target),
            model,
            self.batch,
            self.target,
            padding=self.padding,
        )

    def again(self, model: Model, asked: xr.Dataset) -> xr.DataArray:
        """The attribution for the outputs that were settled before, whatever the model predicts now.

        Args:
            model: Another model, such as one with fresh weights.
            asked: The explanation whose outputs are asked for again.
        """
        how = fitted_for(self.explainer, model, self.background, self.target)
        parts = [
            explanation_of(how, model, self.batch.take(rows), one, padding=self.padding)["attribution"]
            for one, rows in settled(self.target, asked)
        ]
        return xr.concat(parts, dim="sample").sel(sample=self.batch.ids)

    def compared(self, model: Model, asked: xr.Dataset) -> xr.DataArray:
        """The attribution that those of :meth:`again` are held against.

        Where answers hang on all samples of a batch together, it is asked for in the same parts.

        Args:
            model: The model that answered.
            asked: What :meth:`explained` gave.
        """
        return self.again(model, asked) if getattr(self.explainer, "one_chunk", False) else asked["attribution"]

    def with_seed(self, seed: int) -> "Asking":
        """The same with another seed of the explainer."""
        return replace(self, explainer=replace(self.explainer, seed=seed))


def fitted_for(explainer: Any, model: Model, background: Batch, target: Target) -> Any:
    """The explainer, fitted if it has to be."""
    return explainer.fit(model, background, target) if getattr(explainer, "needs_fit", False) else explainer


def explanation_of(explainer: Any, model: Model, batch: Batch, target: Target, *, padding: Padding) -> Explanation:
    """The explanation of a batch.

    Raises:
        RefusalError: It holds no attribution of cells.
    """
    answer = explain(explainer, model, batch, target, padding=padding, progress="off")
    if "attribution" not in answer or set(answer["attribution"].dims) != set(CELLS):
        names = ", ".join(sorted(set(map(str, answer.data_vars)) - {"value", "exists", "observed", "times", "label"}))
        raise RefusalError(
            f"checks read an attribution of each cell, {list(CELLS)}, but {kebab(type(explainer).__name__)} answers "
            f"{names}; take an explainer that answers attribution"
        )
    return answer


def measured(attribution: xr.DataArray, asked: xr.Dataset) -> xr.DataArray:
    """The attribution of what was measured, NaN elsewhere.

    Where most values are missing, maps would be ranked alike for all that is 0 where nothing was measured.

    Args:
        attribution: Of each cell.
        asked: An explanation of the same samples, which says what was measured.
    """
    known = asked["observed"] & asked["exists"]
    return attribution.where(known.transpose(*attribution.dims).values)


def settled(target: Target, asked: xr.Dataset) -> list[tuple[Target, list[int]]]:
    """Targets that name by index what a model chose before, and the samples that each is for.

    Args:
        target: What was asked; "predicted" and "runner-up" are what the model chose.
        asked: The explanation that answered it.

    Raises:
        TargetError: A runner-up was asked for beside further axes of the output.
    """
    chosen = {("at", axis): asked[f"target_{axis}"].values for axis, choice in target.at if choice == "predicted"}
    for axis, choice in target.versus:
        if choice == "predicted":
            raise TargetError("versus='predicted' hangs on the model; name the class that is subtracted")
        if choice == "runner-up":
            chosen["versus", axis] = runner_up(asked, axis)
    n_sample = asked.sizes["sample"]
    if not chosen:
        return [(target, list(range(n_sample)))]
    columns = np.maximum(np.stack(list(chosen.values()), axis=1), 0)
    groups = []
    for row in np.unique(columns, axis=0):
        named = dict(zip(chosen, map(int, row), strict=True))
        at = tuple((axis, named.get(("at", axis), choice)) for axis, choice in target.at)
        versus = tuple((axis, named.get(("versus", axis), choice)) for axis, choice in target.versus)
        groups.append((Target(at, versus), np.flatnonzero((columns == row).all(axis=1)).tolist()))
    return groups


def runner_up(asked: xr.Dataset, axis: str) -> NDArray[np.int64]:
    """The class with the largest output but that which was explained, ``[sample]``."""
    said = asked["prediction"]
    if said.dims != ("sample", axis):
        raise TargetError(
            f"the runner-up is found again where outputs are [sample, {axis}], but they are {list(said.dims)}; name "
            "the class that is subtracted"
        )
    outputs = said.values.astype(np.float64)
    outputs[np.arange(len(outputs)), asked[f"target_{axis}"].values] = -np.inf
    return np.asarray(outputs.argmax(axis=1), dtype=np.int64)
