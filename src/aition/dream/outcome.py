"""What dreams came to: what the model says of them, how real they look, and the real series beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.explanation import Explanation, explanation, fill_value, padded
from aition.core.freeze import frozen
from aition.core.memory import rows_within
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.run import Blame, described_parts, ready
from aition.core.scrutiny import with_head_settled
from aition.core.target import output_axes
from aition.core.variables import Variables
from aition.dream.distances import nearest_of, same_as
from aition.dream.frame import Frame
from aition.dream.judges import Judge, looks_real, standing
from aition.dream.judges.percentiles import halves
from aition.dream.judges.standing import Standing
from aition.dream.objectives import Constrained, Margin, Objective, put_into
from aition.dream.real import classes_of, reached
from aition.dream.seen import Seen, look
from aition.dream.steps import stretched

FEWEST = 20
"""Real series, below which nobody can say what looks real."""


def told(model: TorchModel, dreams: Batch, objectives: Sequence[Objective], which: Tensor) -> Variables:
    """The dreams, and what the model says of them.

    Args:
        model: Which.
        dreams: The dreams.
        objectives: What was driven.
        which: The objective of each, ``[draw]``.
    """
    each, said = reached(model, dreams, objectives)
    classes = sides(objectives).to(which.device)
    return {
        "value": (("draw", "time", "feature"), dreams.x),
        "exists": (("draw", "time"), dreams.exists),
        "times": (("draw", "time"), dreams.times),
        "prediction": (("draw", *output_axes(said, dreams, model.axes)), said),
        "target_class": (("draw",), classes[which, 0]),
        "target_class_other": (("draw",), classes[which, 1]),
        "wish_classes": (("wish", "side"), classes),
        "target_wish": (("draw",), which),
        "margin": (("draw",), each.gather(1, which[:, None])[:, 0]),
        "gap": (("draw",), gaps(model, dreams, objectives, which)),
    }


def sides(objectives: Sequence[Objective]) -> Tensor:
    """The classes that each objective drives, ``[wish, side]``; -1 where there are fewer.

    >>> from aition.dream.objectives import Border, Margin
    >>> sides([Margin(2), Border((0, 1, 3))]).tolist()
    [[2, -1, -1], [0, 1, 3]]
    """
    most = max(len(one.classes) for one in objectives)
    return torch.tensor([[*one.classes, *[-1] * (most - len(one.classes))] for one in objectives])


def agreed(
    others: Sequence[Model], dreams: Batch, objectives: Sequence[Objective], which: Tensor, *, memory: int
) -> Variables:
    """What other models say of dreams of a class, and of margins; nothing where there are none, and of other dreams.

    Args:
        others: The models.
        dreams: The dreams.
        objectives: What was driven.
        which: The objective of each, ``[draw]``.
        memory: Bytes that a pass may fill; 0 takes a quarter of what is free.
    """
    if not others:
        return {}
    margin = dreams.x.new_full((len(dreams), len(others)), torch.nan)
    same = torch.zeros(margin.shape, dtype=torch.bool, device=margin.device)
    for place, other in enumerate(others):
        blame = Blame(f"the model {place} of others, on dreams", described_parts(dreams))
        with frozen(other), torch.no_grad(), blame:
            there = ready(dreams, other)
            other = within_memory(with_head_settled(other, there.take([0])), there, memory=memory)
            for number, one in enumerate(objectives):
                rows = (which == number).nonzero()[:, 0]
                if one.classes[0] >= 0 and one.classes[1] < 0:
                    some = there.take(rows)
                    seen = Seen(outputs_of(other, some), other.axes, some)
                    same[rows, place] = put_into(one, seen).to(margin.device)
                    if isinstance(one, Margin):
                        margin[rows, place] = one.measured(seen).to(margin)
    return {"agreed_margin": (("draw", "other"), margin), "agreed": (("draw", "other"), same)}


def within_memory(model: Model, batch: Batch, *, memory: int) -> Model:
    """A model in passes of as many rows as fit; a black box minds its own memory."""
    if not isinstance(model, TorchModel):
        return model
    longest = batch.take([int(batch.lengths.argmax())])
    return replace(model, rows=min(model.rows, rows_within(model, longest, budget=memory)))


def gaps(model: TorchModel, dreams: Batch, objectives: Sequence[Objective], which: Tensor) -> Tensor:
    """How far the classes of a border are apart at most, ``[draw]``; NaN where no border was asked for."""
    found = dreams.x.new_full((len(dreams),), torch.nan)
    for number, one in enumerate(objectives):
        rows = (which == number).nonzero()[:, 0]
        if isinstance(one, Constrained):
            with torch.no_grad():
                pieces = [one.equal(look(model, some, (), {})) for some in dreams.take(rows).split(model.rows)]
            found[rows] = torch.cat(pieces).abs().amax(dim=1)
    return found


def looks(
    frame: Frame, dreams: Batch, unseen: Batch, judges: Sequence[Judge], *, own: bool, changed: bool, seed: int
) -> Variables:
    """How real dreams look, and which real series is nearest.

    Judges see series of one length, in deviations of their features. A change of a real series is meant to be near to
    it: this one is not asked how near it is, and nobody minds that it is nearer to real series than these are.

    Args:
        frame: Of the dreams.
        dreams: The dreams.
        unseen: Real series that judges see, and among which dreams are placed.
        judges: Who judges.
        own: Whether these are the real series of the frame.
        changed: Whether dreams are changes of the series of their places.
        seed: Of the halves.
    """
    series, real = stretched(frame.units(dreams.x), dreams, n_step=frame.shape[0]), frame.real
    began = frame.lent()
    distance, nearest = nearest_of(series, real, began=began if changed else None)
    found: Variables = {"nearest": (("draw",), nearest), "nearest_distance": (("draw",), distance)}
    if changed:
        same = same_as(began, real)
        found["value_before"] = (("draw", "time", "feature"), frame.places.x)
        found["began"] = (("draw",), torch.where(same.any(dim=1), same.long().argmax(dim=1), -1))
    if len(unseen) < FEWEST or not judges:
        return found
    seen, held = halves(unseen, seed)
    if own:
        judged = standing(judges, real, seen=seen, held=held, dreams=series)
    else:
        judged = others_standing(judges, frame, unseen, seen=seen, held=held, dreams=series)
    for axis, prefix, each in (("draw", "", judged.dreams), ("real", "real_", judged.real)):
        found |= {f"{prefix}percentile_{name}": ((axis,), value) for name, value in each.items()}
    found["looks_real"] = (("draw",), looks_real(judged.dreams, changed=changed))
    found["real_looks_real"] = (("real",), looks_real(judged.real_alone))
    if judged.share.numel():
        found |= {
            "projection": (("draw", "component"), judged.dream_projection),
            "real_projection": (("real", "component"), judged.real_projection),
            "projection_share": (("component",), judged.share),
        }
    return found


def others_standing(
    judges: Sequence[Judge], frame: Frame, unseen: Batch, *, seen: Tensor, held: Tensor, dreams: Tensor
) -> Standing:
    """Where dreams, and the real series that they are made of, stand among real series that they are not made of."""
    x = torch.where(unseen.observed, frame.units(unseen.x), 0.0)
    other = stretched(x, unseen, n_step=frame.shape[0])
    both = standing(judges, other, seen=seen, held=held, dreams=torch.cat([dreams, frame.real]))
    count = len(dreams)
    return Standing(
        {name: value[:count] for name, value in both.dreams.items()},
        {name: value[count:] for name, value in both.dreams.items()},
        {name: value[count:] for name, value in both.dreams.items()},
        both.dream_projection[:count],
        both.dream_projection[count:],
        both.share,
    )


def real_ones(
    frame: Frame, background: Batch, real: Tensor, objectives: Sequence[Objective], *, said: Variables
) -> Variables:
    """The real series, their classes, what the model says of them, and what they reach.

    Args:
        frame: Of the dreams.
        background: The real series.
        real: What they reach, ``[real, objective]``.
        objectives: Of what.
        said: What the model says of them, where that is to be kept.
    """
    label = classes_of(background)
    own = real.new_full((len(real),), torch.nan)
    for number, one in enumerate(objectives):
        if one.classes[0] >= 0 and one.classes[1] < 0:
            own = torch.where(label == one.classes[0], real[:, number], own)
    x = torch.where(background.observed, background.x, frame.mean)
    x = torch.where(background.cells, x, torch.nan)
    return {
        "real_value": (("real", "time", "feature"), x),
        "real_label": (("real",), label),
        "real_margin": (("real",), own),
        "real_distance": (("real",), nearest_of(frame.real, frame.real, other=True)[0]),
        "real_reached": (("real", "wish"), real),
    } | said


def as_explanation(
    variables: Variables,
    dreams: Batch,
    background: Batch,
    *,
    names: Mapping[str, Sequence[str]],
    attrs: Mapping[str, Any],
) -> Explanation:
    """The Explanation of dreams; names are given to axes that have as many places."""
    arrays = {name: (axes, plain(value, axes, dreams)) for name, (axes, value) in variables.items()}
    longest = max(dreams.n_time, background.n_time)
    arrays = {name: (axes, lengthened(value, axes, longest)) for name, (axes, value) in arrays.items()}
    sizes = {axis: size for axes, value in arrays.values() for axis, size in zip(axes, value.shape, strict=True)}
    coords: dict[str, Any] = {
        "draw": dreams.ids,
        "time": np.arange(longest),
        "feature": list(dreams.feature_names),
        "real": background.ids,
    }
    coords |= {axis: list(one) for axis, one in names.items() if one and sizes.get(axis) == len(one)}
    return explanation(arrays, coords=coords, attrs=attrs)


def lengthened(array: np.ndarray[Any, Any], axes: tuple[str, ...], n_time: int) -> np.ndarray[Any, Any]:
    """An array with as many steps, where it has any; fill values in the new ones."""
    shape = [n_time if axis == "time" else size for axis, size in zip(axes, array.shape, strict=True)]
    return array if list(array.shape) == shape else padded(array, shape)


def plain(value: Tensor, axes: tuple[str, ...], dreams: Batch) -> np.ndarray[Any, Any]:
    """An array on the CPU; fill values where a dream has no such step."""
    array: np.ndarray[Any, Any] = value.detach().cpu().numpy()
    if axes[:2] == ("draw", "time") and array.dtype.kind != "b":
        there = dreams.exists.cpu().numpy().reshape(*dreams.exists.shape, *(1,) * (array.ndim - 2))
        array = np.where(there, array, np.asarray(fill_value(array.dtype), dtype=array.dtype))
    return array
