"""Tensors and what is stated of them as .safetensors files: written wholly or not at all, with a sha256 of all."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from aition.core.batch import update_digest
from aition.core.errors import InputError


def check_ending(path: str | Path) -> Path:
    """The path; raises unless it is of a .safetensors file.

    Raises:
        InputError: It has another ending.
    """
    there = Path(path)
    if there.suffix != ".safetensors":
        raise InputError(f"path must end in .safetensors, but is {str(path)!r}")
    return there


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], *, stated: str) -> None:
    """Write tensors with their metadata and a digest of both beside them, then put the file in place.

    Args:
        path: Where to.
        tensors: By name, on any device.
        metadata: Texts by name.
        stated: What of the metadata the digest is of.
    """
    kept = {name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        save_file(kept, beside, {**metadata, "sha256": digest_of(kept, stated)})
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_tensors(path: str | Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Metadata and tensors of a .safetensors file.

    Raises:
        InputError: It is none.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path} must be a .safetensors file, but can't be read: {error}") from error


def digest_of(tensors: Mapping[str, Tensor], stated: str) -> str:
    """sha256 over what is stated, names, shapes, dtypes and bytes."""
    digest = hashlib.sha256(stated.encode())
    for name in sorted(tensors):
        digest.update(json.dumps(name).encode())
        update_digest(digest, tensors[name])
    return digest.hexdigest()
