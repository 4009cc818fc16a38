"""Explanation: the answer of every explainer, dream and distillation, as labelled arrays under one schema."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NewType

import numpy as np

from aition.core.axes import LEADING, NAME, described
from aition.core.errors import InputError, ProtocolError

if TYPE_CHECKING:
    import xarray as xr

Explanation = NewType("Explanation", "xr.Dataset")
"""An ``xarray.Dataset`` that :func:`explanation` has checked."""

SCHEMA = "aition-explanation-1"
ATTRIBUTES = (
    "schema", "version", "explainer", "settings", "model", "target", "weights_sha256", "data_sha256",
    "seed", "device", "torch_version", "created_at", "seconds",
)  # fmt: skip
SCALES = ("value_mean", "value_deviation")
"""What was taken off the values of events, ``[feature]``."""
KINDS = {"f": "float", "c": "complex", "i": "int", "b": "bool"}
Variables = Mapping[str, tuple[tuple[str, ...], np.ndarray[Any, Any]]]


def explanation(
    variables: Variables, *, coords: Mapping[str, Sequence[Any] | np.ndarray[Any, Any]], attrs: Mapping[str, Any]
) -> Explanation:
    """Check and make an Explanation.

    Args:
        variables: By name, the axes and the array: float, complex, signed integer or bool. The axis ``sample``,
            ``draw`` or ``row`` comes first.
        coords: Labels of axes: ids of samples, names of features, indices of steps.
        attrs: Where it comes from, JSON-able; see ``ATTRIBUTES``.

    Raises:
        ProtocolError: A name, an axis, a dtype or an attribute is not of the schema.

    >>> attrs = dict.fromkeys(ATTRIBUTES, "") | {"schema": SCHEMA}
    >>> zeros = {"attribution": (("sample", "time"), np.zeros((2, 3)))}
    >>> dict(explanation(zeros, coords={"sample": ["a", "b"]}, attrs=attrs).sizes)
    {'sample': 2, 'time': 3}
    """
    # Whoever only reads what stores hold needs no xarray, which is slow to import and large.
    import xarray as xr

    if not variables:
        raise ProtocolError("an explanation must have at least one variable, but has none")
    sizes: dict[str, int] = {axis: len(labels) for axis, labels in coords.items()}
    for name, (axes, array) in variables.items():
        if not NAME.match(name):
            raise ProtocolError(f"a variable's name must be lower case, digits and underscores, but is {name!r}")
        if bad := [axis for axis in axes if not NAME.match(axis)]:
            raise ProtocolError(f"an axis of {name} must be lower case, digits and underscores, but is {bad[0]!r}")
        if late := [axis for axis in axes[1:] if axis in LEADING]:
            raise ProtocolError(f"{name} must have {late[0]} as its first axis, but has {described(axes)}")
        if len(set(axes)) != len(axes) or len(axes) != array.ndim:
            raise ProtocolError(
                f"{name} must have {array.ndim} different axes for shape {list(array.shape)}, but has {described(axes)}"
            )
        if array.dtype.kind not in KINDS:
            raise ProtocolError(f"{name} must be float, complex, signed integer or bool, but is {array.dtype}")
        for axis, size in zip(axes, array.shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                raise ProtocolError(f"{name} has {size} along {axis}, but {axis} has {sizes[axis]} elsewhere")
    if missing := [key for key in ATTRIBUTES if key not in attrs]:
        raise ProtocolError(f"an explanation needs the attribute {missing[0]}")
    labels = {axis: (axis, np.asarray(values)) for axis, values in coords.items()}
    return Explanation(
        xr.Dataset({name: (axes, array) for name, (axes, array) in variables.items()}, labels, dict(attrs))
    )


def fill_value(dtype: np.dtype[Any]) -> Any:
    """What stands in a padded cell: NaN for float and complex, -1 for integers, False for bool."""
    return {"f": np.nan, "c": complex(np.nan, np.nan), "i": -1, "b": False}[dtype.kind]


def padded(array: np.ndarray[Any, Any], shape: Sequence[int], offsets: Sequence[int] = ()) -> np.ndarray[Any, Any]:
    """``array`` inside a larger one of the given shape, at the given offsets (0), with fill values around it."""
    if tuple(array.shape) == tuple(shape):
        return array
    whole = np.full(shape, fill_value(array.dtype), dtype=array.dtype)
    first = tuple(offsets) or (0,) * array.ndim
    whole[tuple(slice(start, start + size) for start, size in zip(first, array.shape, strict=True))] = array
    return whole


def leading_axis(one: "Explanation | xr.Dataset") -> str:
    """``sample`` or ``draw``: the axis that an explanation's answers lie along."""
    for axis in LEADING[:2]:
        if axis in one.dims:
            return axis
    raise ProtocolError(
        f"an explanation lies along sample or draw, but has only {described(tuple(map(str, one.dims)))}"
    )


def joined(parts: Sequence[Explanation]) -> Explanation:
    """Several explanations of one run behind one another, padded to common sizes.

    Variables without the leading axis must agree where they overlap; positions in ``row_sample`` are counted on.

    Raises:
        InputError: The parts are of different runs, share ids, or disagree in a variable without samples.
    """
    if not parts:
        raise InputError("parts must hold at least one explanation, but is empty")
    if len(parts) == 1:
        return parts[0]
    if len(units := {str(part.attrs.get("time_unit", "")) for part in parts}) > 1:
        raise InputError(f"time_unit must be the same throughout the data, but is {sorted(units)}; convert the times")
    lead = leading_axis(parts[0])
    names = list(parts[0].data_vars)
    sizes: dict[str, int] = {}
    for part in parts:
        if list(part.data_vars) != names:
            raise InputError(
                f"parts of one run must have the same variables {names}, but one has {list(part.data_vars)}"
            )
        for axis, size in part.sizes.items():
            sizes[str(axis)] = sizes.get(str(axis), 0) + size if axis in LEADING else max(sizes.get(str(axis), 0), size)
    variables: dict[str, tuple[tuple[str, ...], np.ndarray[Any, Any]]] = {}
    for name in names:
        axes = tuple(str(axis) for axis in parts[0][name].dims)
        arrays = [np.asarray(part[name].values) for part in parts]
        if name == "row_sample":
            before = np.cumsum([0, *(part.sizes[lead] for part in parts)])
            arrays = [
                np.where(array >= 0, array + first.astype(array.dtype), array)
                for array, first in zip(arrays, before, strict=False)
            ]
        shape = [sizes[axis] for axis in axes]
        if axes and axes[0] in LEADING:
            pieces = [padded(array, [len(array), *shape[1:]]) for array in arrays]
            variables[str(name)] = (axes, np.concatenate(pieces))
        else:
            variables[str(name)] = (axes, agreed(str(name), arrays, shape))
    coords = {str(axis): labels_of(parts, str(axis)) for axis in parts[0].coords}
    if lead in coords and len(set(coords[lead].tolist())) != len(coords[lead]):
        unique, count = np.unique(coords[lead], return_counts=True)
        raise InputError(
            f"ids of {lead}s must be different throughout the data, but {str(unique[count > 1][0])!r} comes again"
        )
    return explanation(variables, coords=coords, attrs=dict(parts[0].attrs))


def labels_of(parts: Sequence[Explanation], axis: str) -> np.ndarray[Any, Any]:
    """Labels along an axis of all parts: one after another where parts follow one another, else those of the longest.

    Raises:
        InputError: Parts call the same place by different names.
    """
    columns = [np.asarray(part.coords[axis].values) for part in parts]
    if axis in LEADING:
        return np.concatenate(columns)
    longest = max(columns, key=len)
    for column in columns:
        if not np.array_equal(column, longest[: len(column)]):
            raise InputError(
                f"{axis} must be the same throughout the data, but is {longest.tolist()[:9]} and "
                f"{column.tolist()[:9]}; give every batch the same, in the same order"
            )
    return longest


def agreed(name: str, arrays: Sequence[np.ndarray[Any, Any]], shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """A variable without samples from all parts; raises unless they agree where they overlap."""
    whole = padded(arrays[0], shape).copy()
    known = padded(np.ones(arrays[0].shape, dtype=bool), shape)
    for array in arrays[1:]:
        there = tuple(slice(0, size) for size in array.shape)
        same = (whole[there] == array) | ((whole[there] != whole[there]) & (array != array)) | ~known[there]
        if not bool(np.all(same)):
            raise InputError(f"{name} has no axis of samples, so it must be equal in every chunk, but differs")
        whole[there] = array
        known[there] = True
    return whole
