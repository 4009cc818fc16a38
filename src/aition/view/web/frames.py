"""Frames: arrays with a few words, as bytes that a page reads without copying."""

import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError

MAGIC, VERSION = b"AITN", 1
START = struct.Struct("<4sII")
KINDS = ("u1", "i4", "u4", "f4", "f8")
ALIGNED = 8
SMALL = 1 << 16
"""Entries up to which arrays are sent as they are."""
MEDIA_TYPE = "application/vnd.aition.frame"

Array = NDArray[Any]


def frame(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """Arrays and what is said of them, as bytes.

    First ``AITN``, the version and the length of the header, both of four bytes; then the header, JSON of ``meta`` and
    of each array's name, dtype and shape, with blanks behind it; then the arrays, each begun at a multiple of eight
    bytes. All numbers are little-endian.

    Args:
        meta: JSON-able; NaN becomes null.
        arrays: By name, of the kinds u1, i4, u4, f4 and f8.

    Raises:
        InputError: An array is of another kind.

    >>> read_frame(frame({"exact": True}, {"n": np.arange(3, dtype="u4")}))
    ({'exact': True}, {'n': array([0, 1, 2], dtype=uint32)})
    """
    whole = {name: np.asarray(array) for name, array in arrays.items()}
    kinds = {name: array.dtype.str[1:] for name, array in whole.items()}
    if strange := [name for name, kind in kinds.items() if kind not in KINDS]:
        raise InputError(f"{strange[0]} must be one of {', '.join(KINDS)}, but is {whole[strange[0]].dtype}")
    listed = [{"name": name, "dtype": kinds[name], "shape": list(array.shape)} for name, array in whole.items()]
    header = as_json({"meta": meta, "arrays": listed})
    header += b" " * (-(START.size + len(header)) % ALIGNED)
    parts: list[bytes | memoryview] = [START.pack(MAGIC, VERSION, len(header)), header]
    for name, array in whole.items():
        raw = np.ascontiguousarray(array, dtype=f"<{kinds[name]}")
        parts += [raw.reshape(-1).view(np.uint8).data, bytes(-raw.nbytes % ALIGNED)]
    return b"".join(parts)


def filled(arrays: Mapping[str, Array], by: str) -> dict[str, Array]:
    """Arrays of one shape where most entries are zero: the places of the others, and what stands there.

    Args:
        arrays: By name, of one shape, all of which are zero where one is.
        by: The name of that one.

    Returns:
        The same arrays where they are small, or half of the entries or more are not zero; else ``cell``, places in the
        arrays, ascending, and of each array the entries at these places.

    >>> n = np.zeros((2, SMALL), dtype="u4")
    >>> n[1, 3] = 7
    >>> filled({"n": n}, "n")
    {'cell': array([65539], dtype=uint32), 'n': array([7], dtype=uint32)}
    """
    flat = arrays[by].reshape(-1)
    if len(flat) <= SMALL or 2 * np.count_nonzero(flat) >= len(flat):
        return dict(arrays)
    cell = np.flatnonzero(flat)
    return {"cell": cell.astype("u4"), **{name: array.reshape(-1)[cell] for name, array in arrays.items()}}


def spread(arrays: Mapping[str, Array], shape: Sequence[int]) -> dict[str, Array]:
    """What :func:`filled` was given.

    Args:
        arrays: What it returned.
        shape: Of the arrays.
    """
    if "cell" not in arrays:
        return dict(arrays)
    whole = {name: np.zeros(shape, dtype=array.dtype) for name, array in arrays.items() if name != "cell"}
    for name, array in whole.items():
        array.reshape(-1)[arrays["cell"]] = arrays[name]
    return whole


def read_frame(data: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """What :func:`frame` wrote; the arrays are views of its bytes.

    Raises:
        InputError: These are no whole frame of this version.
    """
    if len(data) < START.size or data[:4] != MAGIC:
        raise InputError("a frame must begin with AITN, but these bytes do not")
    _, version, length = START.unpack_from(data)
    if version != VERSION:
        raise InputError(f"a frame must be of version {VERSION}, but is of {version}")
    header = json.loads(data[START.size : START.size + length])
    arrays, at = {}, START.size + length
    for one in header["arrays"]:
        kind, count = np.dtype(f"<{one['dtype']}"), math.prod(one["shape"])
        if at + count * kind.itemsize > len(data):
            raise InputError(f"a frame must hold the whole of {one['name']}, but was cut off")
        arrays[one["name"]] = np.frombuffer(data, kind, count, at).reshape(one["shape"])
        at += -(-count * kind.itemsize // ALIGNED) * ALIGNED
    return header["meta"], arrays


def as_json(value: Any) -> bytes:
    """JSON; NaN and infinities, which it lacks, as null.

    >>> as_json({"probability": np.float32("nan"), "n": np.int64(3)})
    b'{"probability":null,"n":3}'
    """
    return json.dumps(plain(value), allow_nan=False, separators=(",", ":")).encode()


def plain(value: Any) -> Any:
    """What JSON can say: numbers of Python, lists, and objects whose keys are text."""
    if isinstance(value, str) or value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, Sequence):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
