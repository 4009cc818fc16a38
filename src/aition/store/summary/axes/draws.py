"""V11: dreams: series that a model was driven to, beside the real ones that they are meant to look like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.core.realism import looks_unreal
from aition.store.cube.samples import probability
from aition.store.cube.stopping import Check, unhindered
from aition.store.stored import StoredRun
from aition.store.summary.axes.present import check_axis
from aition.store.summary.axes.reading import along, array_of, is_shared, labels_along, shared_array

Array = NDArray[Any]
QUANTILES = (0.1, 0.5, 0.9)
JUDGED = "percentile_"
"""Before the name of whoever judged."""
MOST_DRAWS, MOST_FEATURES, MOST_STEPS, MOST_REAL = 24, 8, 1000, 2000
"""Of each, at most: on a page, in a picture, along a line, and in a band."""


@dataclass(frozen=True, eq=False)
class Draws:
    """What is known of every draw.

    Args:
        columns: By name, ``[draw]`` each: ``id``; ``target_class`` and ``target_class_other``, between which a draw
            stands where the latter is not -1; ``kind``, which objective it was driven to, or which class where
            the run does not say; ``margin``; ``wanted``, what was aimed at; ``gap`` between the classes of a border;
            ``predicted``; ``probability`` of the class; ``nearest`` and ``top``, the real series that is nearest and
            the one that reaches most, positions along ``real``; ``distance`` to the former; ``agreed``, the share of
            other models that say the class; what is not known is -1 or NaN.
        judged: By judge, the percentile of each draw among held-out real series, ``[draw]``.
        unreal: By judge, whether it lies where real series don't, ``[draw]``.
        looks_real: Whether all judges put a draw where real series lie, ``[draw]``: 1 or 0, -1 where nobody judged.
        told: Whether the run says what each was driven to.
    """

    columns: Mapping[str, Array]
    judged: Mapping[str, NDArray[np.float64]]
    unreal: Mapping[str, NDArray[np.bool_]]
    looks_real: NDArray[np.int64]
    told: bool


@dataclass(frozen=True, eq=False)
class Pictures:
    """Series of some draws.

    Args:
        value: ``[draw, time, feature]``; NaN where there is no such step.
        nearest: The nearest real series, ``[draw, time, feature]``; NaN where it is not known.
        top: The real series that reaches most, likewise.
        objective: The course of what was made larger, ``[draw, iteration]``; of width 0 where it was not kept.
        steps: Which steps these are, ``[time]``.
        features: Which features, ``[feature]``.
    """

    value: Array
    nearest: Array
    top: Array
    objective: Array
    steps: NDArray[np.int64]
    features: NDArray[np.int64]


def draws(run: StoredRun, *, check: Check = unhindered) -> Draws:
    """Every draw of a run, without its series.

    Raises:
        InputError: The run has no draws.
    """
    check_axis(run, "draw")
    everywhere = np.arange(run.sizes["draw"])
    names = [name for name, (axes, _) in run.variables.items() if axes == ("draw",)]
    known = {name: array_of(run, name, everywhere) for name in names}
    check()
    outputs = outputs_of(run, everywhere)
    nothing, unknown = np.full(len(everywhere), -1), np.full(len(everywhere), np.nan)
    target = known.get("target_class", nothing).astype(np.int64)
    columns = {
        "id": run.ids().astype(np.str_) if "id" in run.tables["draw"] else everywhere.astype(np.str_),
        "target_class": target,
        "target_class_other": known.get("target_class_other", nothing).astype(np.int64),
        "kind": known.get("target_wish", np.unique(target, return_inverse=True)[1]).astype(np.int64),
        "margin": known.get("margin", unknown).astype(np.float64),
        "wanted": known.get("wanted", unknown).astype(np.float64),
        "gap": known.get("gap", unknown).astype(np.float64),
        "predicted": outputs.argmax(axis=1) if outputs.shape[1] else nothing,
        "probability": probability(outputs, target, head=str(run.attrs.get("head", "none"))),
        "nearest": known.get("nearest", nothing).astype(np.int64),
        "top": known.get("top", nothing).astype(np.int64),
        "distance": known.get("nearest_distance", unknown).astype(np.float64),
        "agreed": unknown,
    }
    if along(run, "agreed", "draw", "other"):
        columns["agreed"] = array_of(run, "agreed", everywhere).mean(axis=1)
    judged = {name.removeprefix(JUDGED): known[name].astype(np.float64) for name in names if name.startswith(JUDGED)}
    value = np.stack(list(judged.values()), axis=1) if judged else np.full((len(everywhere), 0), np.nan)
    outside = looks_unreal(value, list(judged), changed="began" in known)
    unreal = {name: outside[:, place] for place, name in enumerate(judged)}
    return Draws(columns, judged, unreal, looking(value, outside), "target_wish" in known)


def outputs_of(run: StoredRun, places: Array) -> NDArray[np.float64]:
    """What the model said, ``[draw, class]``; of width 0 where the run does not say."""
    if not along(run, "prediction", "draw", "class"):
        return np.zeros((len(places), 0))
    said = array_of(run, "prediction", places).astype(np.float64)
    return np.where(np.isnan(said), -np.inf, said)


def looking(judged: NDArray[np.float64], unreal: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Whether draws lie where real series do, to everyone who judged them, ``[draw]``: -1 where nobody did.

    >>> looking(np.array([[50.0], [99.8], [np.nan]]), np.array([[False], [True], [False]]))
    array([ 1,  0, -1])
    """
    return np.where(~np.isnan(judged).all(axis=1), (~unreal.any(axis=1)).astype(np.int64), -1)


def pictures(run: StoredRun, places: Array, features: Array, *, nearest: Array, top: Array) -> Pictures:
    """Series of some draws, thinned where they are long.

    Args:
        run: What was stored.
        places: Positions of the draws.
        features: Of which features.
        nearest: Positions of the real series nearest to them; -1 for none.
        top: Positions of those that reach most; -1 for none.

    Raises:
        InputError: There is no such feature.
    """
    if len(features) and not (0 <= features.min() and features.max() < run.sizes["feature"]):
        raise InputError(f"features must be of 0 to {run.sizes['feature'] - 1}, but are {features.tolist()[:9]}")
    steps = thinned(run.sizes["time"])
    value = array_of(run, "value", places)[:, steps][:, :, features].astype(np.float64)
    if along(run, "exists", "draw", "time"):
        value[~array_of(run, "exists", places)[:, steps]] = np.nan
    real = (
        shared_array(run, "real_value")[:, steps][:, :, features] if has_real(run) else np.zeros((0, *value.shape[1:]))
    )
    beside = [real_at(real, one, value.shape) for one in (nearest, top)]
    objective = np.zeros((len(places), 0))
    if along(run, "objective", "draw", "iteration"):
        objective = array_of(run, "objective", places)[:, thinned(run.sizes["iteration"])].astype(np.float64)
    return Pictures(value, beside[0], beside[1], objective, steps, features)


def real_at(real: Array, places: Array, shape: tuple[int, ...]) -> Array:
    """Real series at some positions; NaN where the position is -1, or there are none."""
    found = np.full(shape, np.nan)
    there = (places >= 0) & (places < len(real))
    found[there] = real[places[there]]
    return found


def thinned(n_step: int) -> NDArray[np.int64]:
    """Steps, evenly, at most ``MOST_STEPS``.

    >>> thinned(2500)[:4], len(thinned(2500)), len(thinned(1000))
    (array([0, 3, 6, 9]), 834, 1000)
    """
    return np.arange(0, n_step, -(-n_step // MOST_STEPS) or 1)


def has_real(run: StoredRun) -> bool:
    """Whether a run holds real series beside its draws."""
    return is_shared(run, "real_value") and along(run, "real_value", "real", "time", "feature")


def bands(
    run: StoredRun, classes: Sequence[tuple[int, ...]], features: Array
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Where real series of some classes lie: quantiles ``[kind, quantile, time, feature]``, and how many there are.

    Of very many real series, ``MOST_REAL`` evenly taken of each kind stand for all. Without ``real_label``, and of a
    kind that is about no class, the band is that of all.
    """
    steps = thinned(run.sizes["time"])
    band = np.full((len(classes), len(QUANTILES), len(steps), len(features)), np.nan)
    count = np.zeros(len(classes), dtype=np.int64)
    if not has_real(run):
        return band, count
    real = shared_array(run, "real_value")[:, steps][:, :, features].astype(np.float64)
    label = shared_array(run, "real_label") if is_shared(run, "real_label") else np.zeros(0)
    for place, one in enumerate(classes):
        own = np.flatnonzero(np.isin(label, one)) if len(label) and one else np.arange(len(real))
        count[place] = len(own)
        some = real[own[:: -(-len(own) // MOST_REAL) or 1]]
        there = ~np.isnan(some).all(axis=0) if len(some) else np.zeros(some.shape[1:], dtype=np.bool_)
        band[place][:, there] = np.nanquantile(some[:, there], QUANTILES, axis=0)
    return band, count


def real_names(run: StoredRun) -> list[str]:
    """Ids of the real series; their numbers where they have none."""
    return [str(one) for one in labels_along(run, "real")] or [str(one) for one in range(run.sizes.get("real", 0))]
