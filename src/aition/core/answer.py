"""From an explainer's tensors to an Explanation: checked, stripped of padding, put in place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.axes import check_axes, described
from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError, ProtocolError
from aition.core.explanation import Explanation, agreed, explanation, fill_value, padded
from aition.core.question import Question
from aition.core.target import Target
from aition.core.variables import Variables

Answer = Mapping[str, tuple[tuple[str, ...], Tensor]]
Arrays = dict[str, tuple[tuple[str, ...], np.ndarray[Any, Any]]]
ANSWERS = {
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
    torch.int8, torch.int16, torch.int32, torch.int64, torch.bool,
}  # fmt: skip
"""What an explainer may answer with."""
DENSE = {"sample", "time", "feature", "static", "target", "class", "horizon", "output"}
"""Axes along which every existing cell has an answer, so that NaN there is a fault."""
ALWAYS = {"value", "observed", "exists", "times", "label", "prediction", "static_value"}
"""Variables that hold for a sample even where the asked step does not exist."""


@dataclass(frozen=True, eq=False)
class Piece:
    """The answer for some samples of a Batch: their rows, the first of their steps, their features, the variables."""

    rows: Sequence[int]
    first: int
    feature_names: tuple[str, ...]
    variables: Arrays


def given(batch: Batch, outputs: Tensor, questions: Sequence[Question]) -> Variables:
    """What was explained: the values, what the model said of them, and which output was asked."""
    axes = questions[0].axes
    parts: Variables = {
        "value": (("sample", "time", "feature"), batch.x),
        "observed": (("sample", "time", "feature"), batch.observed),
        "exists": (("sample", "time"), batch.exists),
        "times": (("sample", "time"), batch.times),
        "label": (("sample", "time")[: batch.label.ndim], batch.label),
        "prediction": (("sample", *axes), outputs),
    }
    if batch.static.shape[1]:
        parts["static_value"] = (("sample", "static"), batch.static)
    several = ("target",) if len(questions) > 1 else ()
    if not questions[0].whole:
        scores = torch.stack([question.score(outputs) for question in questions], dim=1)
        parts["score"] = (("sample", *several), scores if several else scores[:, 0])
    for place, axis in enumerate(axes):
        index = torch.stack([question.index[:, place] for question in questions], dim=1)
        parts[f"target_{axis}"] = (("sample", *several), index if several else index[:, 0])
    return parts


def stacked(answers: Sequence[Answer]) -> Variables:
    """Answers to several targets as one, with the axis ``target`` behind the first."""
    whole: Variables = {}
    if any(set(answer) != set(answers[0]) for answer in answers):
        raise ProtocolError(f"an explainer must answer the same variables for every target, not {[*map(set, answers)]}")
    for name, (axes, first) in answers[0].items():
        tensors = [answer[name][1] for answer in answers]
        if not axes or axes[0] != "sample":
            if not all(torch.equal(first, tensor) for tensor in tensors[1:]):
                raise ProtocolError(f"{name} has no axis sample, so it must be equal for every target, but differs")
            whole[name] = (axes, first)
            continue
        shape = [max(tensor.shape[place] for tensor in tensors) for place in range(first.ndim)]
        whole[name] = (
            ("sample", "target", *axes[1:]),
            torch.stack([grown(tensor, shape) for tensor in tensors], dim=1),
        )
    return whole


def grown(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """A tensor inside a larger one, with fill values behind it."""
    if list(tensor.shape) == list(shape):
        return tensor
    kind = (
        "f"
        if tensor.is_floating_point()
        else "c"
        if tensor.is_complex()
        else "b"
        if tensor.dtype == torch.bool
        else "i"
    )
    value = {"f": torch.nan, "c": complex(torch.nan, torch.nan), "b": False, "i": -1}[kind]
    whole = torch.full(list(shape), value, dtype=tensor.dtype, device=tensor.device)
    whole[tuple(slice(0, size) for size in tensor.shape)] = tensor
    return whole


def check_answer(answer: Answer, batch: Batch, questions: Sequence[Question], *, explainer: str) -> None:
    """Raise unless an explainer answered as its protocol asks.

    Raises:
        ProtocolError: A shape, an axis or a type is not what was agreed.
        ModelError: An attribution of an existing cell is NaN or Inf.
    """
    if not isinstance(answer, Mapping) or not answer:
        raise ProtocolError(f"{explainer} must answer {{name: (axes, tensor)}}, but answered {type(answer).__name__}")
    sizes = {"sample": len(batch), "time": batch.n_time, "feature": batch.n_feature, "static": batch.static.shape[1]}
    if len(questions) > 1:
        sizes["target"] = len(questions)
    for name, pair in answer.items():
        if not (
            isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], tuple) and isinstance(pair[1], Tensor)
        ):
            raise ProtocolError(f"{explainer} must answer {name} as (axes, tensor), but answered {type(pair).__name__}")
        axes, tensor = pair
        if tensor.dtype not in ANSWERS:
            raise ProtocolError(
                f"{explainer}'s {name} must be float, complex, signed integer or bool, but is {tensor.dtype}"
            )
        try:
            check_axes(f"{explainer}'s {name}", tensor, axes, sizes)
        except InputError as error:
            raise ProtocolError(str(error)) from error
        if len(questions) > 1 and axes[:1] == ("sample",) and axes[1:2] != ("target",):
            raise ProtocolError(
                f"{explainer}'s {name} must have the axis target behind sample, but has {described(axes)}"
            )
        if set(axes) <= DENSE and axes[:1] == ("sample",) and (tensor.is_floating_point() or tensor.is_complex()):
            there = mask_of(axes, tensor, batch, questions)
            bad = (~torch.isfinite(tensor)) & there
            if bool(bad.any()):
                place = [int(i) for i in bad.nonzero()[0]]
                where = ", ".join(f"{axis} {i}" for axis, i in zip(axes[1:], place[1:], strict=True))
                raise ModelError(
                    f"{explainer}'s {name} is NaN or Inf for sample {str(batch.ids[place[0]])!r}"
                    f"{', ' + where if where else ''}: "
                    "the model's gradient or output breaks down there"
                )


def mask_of(axes: tuple[str, ...], tensor: Tensor, batch: Batch, questions: Sequence[Question]) -> Tensor:
    """Where a variable has an answer: samples whose asked step exists, and existing steps; broadcast to its shape."""
    asked = torch.stack([question.exists for question in questions], dim=1).to(tensor.device)
    asked = asked if "target" in axes else asked.any(dim=1) if len(questions) > 1 else asked[:, 0]
    mask = asked.reshape(asked.shape + (1,) * (tensor.ndim - asked.ndim))
    if "time" in axes:
        shape = [len(batch) if axis == "sample" else batch.n_time if axis == "time" else 1 for axis in axes]
        mask = mask & batch.exists.to(tensor.device).reshape(shape)
    return mask.expand(tensor.shape)


def numpy_of(answer: Answer, batch: Batch, questions: Sequence[Question]) -> Arrays:
    """Arrays on the CPU; fill values where a step is padding or was asked but does not exist."""
    arrays: Arrays = {}
    for name, (axes, tensor) in answer.items():
        plain = tensor.detach()
        if plain.dtype in (torch.float16, torch.bfloat16):
            plain = plain.float()
        array = plain.cpu().numpy()
        if axes[:1] == ("sample",):
            asked = questions if name not in ALWAYS else []
            mask = mask_of(axes, tensor, batch, asked or [everywhere(questions[0])])
            array = np.where(mask.cpu().numpy(), array, np.asarray(fill_value(array.dtype), dtype=array.dtype))
        arrays[name] = (axes, array)
    return arrays


def everywhere(question: Question) -> Question:
    """The same question as if every asked step existed."""
    return replace(question, exists=torch.ones_like(question.exists))


def assembled(
    pieces: Sequence[Piece],
    batch: Batch,
    *,
    targets: Sequence[Target],
    labels: Mapping[str, Sequence[Any]],
    attrs: Mapping[str, Any],
) -> Explanation:
    """One Explanation from the pieces of a Batch, in its order, with the names of its classes, units and own axes."""
    sizes: dict[str, int] = {}
    for piece in pieces:
        for axis, size in sizes_of(piece.variables).items():
            sizes[axis] = max(sizes.get(axis, 0), size)
    sizes |= {"sample": len(batch), "time": batch.n_time}
    variables = in_order(
        {
            name: (axes, placed(name, axes, pieces, [sizes[axis] for axis in axes]))
            for name, (axes, _) in pieces[0].variables.items()
        }
    )
    coords: dict[str, Any] = {"sample": batch.ids}
    if any("time" in axes for axes, _ in variables.values()):
        coords["time"] = np.arange(batch.n_time)
    coords["feature"] = list(pieces[0].feature_names)
    if batch.static.shape[1]:
        coords["static"] = list(batch.static_names)
    if len(targets) > 1:
        coords["target"] = [json.dumps(target.to_json(), sort_keys=True) for target in targets]
    if sizes.get("class") == len(batch.class_names):
        coords["class"] = list(batch.class_names)
    coords |= {axis: list(names) for axis, names in labels.items() if axis in sizes}
    units = {name: unit for name, unit in zip(coords["feature"], batch.units, strict=False) if unit}
    words = {"units": json.dumps(units, ensure_ascii=False)} if units else {}
    return explanation(variables, coords=coords, attrs=dict(attrs) | {"time_unit": batch.time_unit} | words)


def in_order(variables: Arrays) -> Arrays:
    """Rows of sparse variables in the order of their samples, as other chunks would have them."""
    if "row_sample" not in variables:
        return variables
    sample = variables["row_sample"][1]
    if not bool((np.diff(sample) < 0).any()):
        return variables
    order = np.argsort(sample, kind="stable")
    return {
        name: (axes, array[order] if axes[0] == "row" else array) if axes else (axes, array)
        for name, (axes, array) in variables.items()
    }


def sizes_of(variables: Arrays) -> dict[str, int]:
    """The length of every axis of one piece.

    Raises:
        InputError: Two variables have different lengths along one axis, such as two fields of the batch.
    """
    sizes: dict[str, int] = {}
    for name, (axes, array) in variables.items():
        for axis, size in zip(axes, array.shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                raise InputError(
                    f"{name} has {size} along {axis}, which has {sizes[axis]} elsewhere: give one of the two axes "
                    "another name (an axis of a field: Field(…, axes=…), of the outputs: TorchModel(…, axes=…))"
                )
    return sizes


def placed(name: str, axes: tuple[str, ...], pieces: Sequence[Piece], shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """One variable of all pieces, its samples and steps put back where they were."""
    arrays = [piece.variables[name][1] for piece in pieces]
    if axes[:1] == ("sample",):
        whole = np.full(shape, fill_value(arrays[0].dtype), dtype=arrays[0].dtype)
        for piece, array in zip(pieces, arrays, strict=True):
            offset = [piece.first if axis == "time" else 0 for axis in axes]
            if name == "target_time":
                array = np.where(array >= 0, array + piece.first, array)
            whole[np.asarray(piece.rows)] = padded(array, [len(array), *shape[1:]], offset)
        return whole
    if axes[:1] != ("row",):
        return agreed(name, arrays, shape)
    if name == "row_sample":
        arrays = [
            np.asarray(piece.rows)[array].astype(array.dtype) for piece, array in zip(pieces, arrays, strict=True)
        ]
    if name == "row_time":
        arrays = [array + piece.first for piece, array in zip(pieces, arrays, strict=True)]
    return np.concatenate([padded(array, [len(array), *shape[1:]]) for array in arrays])
