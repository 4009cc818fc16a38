"""A Batch as one .safetensors file and back, bit by bit."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from aition.core.batch import LATER, Batch, Field
from aition.core.errors import InputError

FORMAT = "aition-batch"
VERSION = "1"
PARTS = ("x", "exists", "observed", "times", "static", "label", "keys")
FIELD = "field."


def write(batch: Batch, path: str | Path) -> None:
    """Write a batch without loss; an interrupted write leaves what was there before.

    Args:
        batch: What to write.
        path: A file that ends in ``.safetensors``.

    >>> import tempfile
    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.ones(2, 3, 1), label=[0, 1], ids=["a", "b"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(batch, f"{folder}/two.safetensors")
    ...     read_lossless(Path(folder, "two.safetensors")).digest() == batch.digest()
    True
    """
    there = Path(path)
    if there.suffix != ".safetensors":
        raise InputError(f"path must end in .safetensors, but is {str(path)!r}")
    tensors = {name: getattr(batch, name) for name in PARTS}
    tensors |= {FIELD + name: part.value for name, part in batch.fields.items()}
    names = {
        "ids": batch.ids.tolist(),
        "feature_names": list(batch.feature_names),
        "static_names": list(batch.static_names),
        "time_unit": batch.time_unit,
        "fields": {
            name: {"role": part.role, "axes": list(part.axes)}
            | ({"names": list(part.names)} if part.names else {})
            | ({"scales": [list(pair) for pair in part.scales]} if part.scales else {})
            for name, part in batch.fields.items()
        },
    } | {name: list(words) for name in LATER if (words := getattr(batch, name))}
    metadata = {"format": FORMAT, "version": VERSION, "names": json.dumps(names), "sha256": batch.digest()}
    beside = there.with_name(f".{there.name}.{os.getpid()}.part")
    try:
        plain = {
            name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in tensors.items()
        }
        save_file(plain, beside, metadata)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(there)
    finally:
        beside.unlink(missing_ok=True)


def read_lossless(path: Path) -> Batch:
    """Read what :func:`write` wrote.

    Raises:
        InputError: The file is not of this form, of another version, or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path} must be a .safetensors file, but can't be read: {error}") from error
    if metadata.get("format") != FORMAT or metadata.get("version") != VERSION:
        raise InputError(
            f"{path} must hold a batch of format {FORMAT} {VERSION}, as aition.data.write writes it, but its format is "
            f"{metadata.get('format', 'not stated')} {metadata.get('version', '')}".rstrip()
        )
    try:
        batch = batch_of(tensors, json.loads(metadata["names"]))
        whole = batch.digest() == metadata["sha256"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is damaged: {type(error).__name__}: {error}") from error
    if not whole:
        raise InputError(f"{path} is damaged: its content does not have the sha256 that it states")
    return batch


def batch_of(tensors: dict[str, torch.Tensor], names: dict[str, Any]) -> Batch:
    """The batch of a file's tensors and names."""
    for part, kind in (("exists", torch.bool), ("observed", torch.bool), ("keys", torch.int64)):
        if tensors[part].dtype != kind:
            raise InputError(f"{part} must be {kind}, but is {tensors[part].dtype}")
    return Batch(
        **{name: tensors[name] for name in PARTS},
        ids=np.asarray(names["ids"], dtype=np.str_),
        fields={
            name: Field(
                tensors[FIELD + name],
                part["role"],
                tuple(part["axes"]),
                tuple(part.get("names", ())),
                tuple((float(mean), float(by)) for mean, by in part.get("scales", ())),
            )
            for name, part in names["fields"].items()
        },
        feature_names=tuple(names["feature_names"]),
        static_names=tuple(names["static_names"]),
        time_unit=names["time_unit"],
        units=tuple(names.get("units", ())),
        steps=tuple(names.get("steps", ())),
        class_names=tuple(names.get("class_names", ())),
    )
