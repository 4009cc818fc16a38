"""Batches from files: arrays, tables, archives of the field, and the lossless form."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.data.frames import from_frame
from aition.data.lossless import read_lossless
from aition.data.ts import from_ts

ARRAYS = ("x", "lengths", "exists", "observed", "times", "static", "label", "ids", "feature_names", "static_names")
WORDS = ("layout", "time_unit", "side")
SUFFIXES = (".npz", ".parquet", ".csv", ".ts", ".safetensors")


def read(path: str | Path, **columns: Any) -> Batch:
    """Read samples from a file; what kind it is, its ending says.

    ``.npz``
        Arrays named as the arguments of :func:`aition.core.assemble.from_tensors`: ``x``, and any of ``lengths``,
        ``exists``, ``observed``, ``times``, ``static``, ``label``, ``ids``, ``feature_names``, ``static_names``, and
        the texts ``layout``, ``time_unit``, ``side``.
    ``.parquet``, ``.csv``
        A wide or a long table as :func:`aition.data.from_frame` takes it. Where nothing is said, the columns ``sample``
        and ``time`` have these roles, and ``label``, or ``feature`` with ``value``, where the table has them.
    ``.ts``
        Samples of the UCR/UEA archive.
    ``.safetensors``
        What :func:`aition.data.write` wrote, without loss.

    Args:
        path: The file.
        columns: For tables: arguments of :func:`aition.data.from_frame`.

    Raises:
        InputError: Another kind of file, or one that is malformed; nothing in a file is ever executed.
    """
    there = Path(path)
    kind = there.suffix.lower()
    if kind not in SUFFIXES:
        raise InputError(f"path must end in one of {', '.join(SUFFIXES)}, but is {str(path)!r}")
    if not there.is_file():
        raise InputError(f"{path} must be a file, but {'is a folder' if there.is_dir() else 'does not exist'}")
    if kind in (".parquet", ".csv"):
        return read_table(there, kind, columns)
    if columns:
        raise InputError(f"{sorted(columns)} are roles of a table's columns, but {path} is no table")
    if kind == ".npz":
        return read_npz(there)
    return read_lossless(there) if kind == ".safetensors" else from_ts(there)[0]


def read_npz(path: Path) -> Batch:
    """Arrays by name; those that hold Python objects are refused, because loading them could run code."""
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            arrays = {name.removesuffix(".npy"): array_of(archive.read(name)) for name in archive.namelist()}
    except (
        OSError,
        EOFError,
        KeyError,
        ValueError,
        RuntimeError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise InputError(f"{path} must be an .npz file of plain arrays, but can't be read: {error}") from error
    if unknown := sorted(set(arrays) - {*ARRAYS, *WORDS}):
        raise InputError(f"{path} holds {unknown}; an .npz file may hold {', '.join((*ARRAYS, *WORDS))}")
    if "x" not in arrays:
        raise InputError(f"{path} must hold an array x, but holds {sorted(arrays) or 'none'}")
    words = {name: str(arrays.pop(name)) for name in WORDS if name in arrays}
    names = {
        name: [str(one) for one in arrays.pop(name).ravel()]
        for name in ("feature_names", "static_names")
        if name in arrays
    }
    return from_tensors(arrays.pop("x"), **arrays, **names, **words)  # type: ignore[arg-type]


def array_of(content: bytes) -> np.ndarray[Any, Any]:
    """One array of an .npz file."""
    array: np.ndarray[Any, Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def read_table(path: Path, kind: str, columns: dict[str, Any]) -> Batch:
    """A wide or long table; in .csv the samples' ids are read as text, so ``007`` stays ``007``."""
    roles = {"sample": "sample", "time": "time"} | columns
    try:
        if kind == ".csv":
            options = csv.ConvertOptions(column_types={roles["sample"]: pa.large_string()})
            table = csv.read_csv(path, convert_options=options)
        else:
            table = parquet.read_table(path, page_checksum_verification=True, partitioning=None)
        names = set(table.column_names)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path} must be a {kind} table, but can't be read: {error}") from error
    if "label" in names:
        roles = {"label": "label"} | roles
    if {"feature", "value"} <= names and not {"feature", "value"} & set(columns):
        roles = {"feature": "feature", "value": "value"} | roles
    return from_frame(table, **roles)
