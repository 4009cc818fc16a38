"""Distilled models as files: tensors and JSON; nothing in such a file is executed."""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from aition.core.batch import update_digest
from aition.core.errors import InputError, ModelError
from aition.distill.bands import Grid
from aition.distill.distilled import Distilled
from aition.distill.students import Linear
from aition.distill.trees import TreeSum
from aition.transform.lattice import check_filter

FORMAT = "aition-distilled"
VERSION = "1"
KINDS: dict[str, type[Linear] | type[TreeSum]] = {"linear": Linear, "trees": TreeSum}


def save_distilled(distilled: Distilled, path: str | Path) -> None:
    """Write a distilled model, wholly or not at all.

    Args:
        distilled: What to save.
        path: A file that ends in ``.safetensors``.

    Raises:
        InputError: The path has another ending, or the small model is of a kind of its own.
    """
    there = Path(path)
    if there.suffix != ".safetensors":
        raise InputError(f"path must end in .safetensors, but is {str(path)!r}")
    if type(distilled.small) is not KINDS.get(distilled.small.kind):
        raise InputError(f"a small model must be one of {', '.join(KINDS)} to be saved, but is {distilled.small.kind}")
    tensors = {f"small.{name}": value for name, value in distilled.small.tensors().items()}
    tensors |= {"lowpass": distilled.lowpass, "losses": distilled.losses}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    about = {"small": distilled.small.kind, "grid": asdict(distilled.grid), "attrs": dict(distilled.attrs)}
    metadata = {"format": FORMAT, "version": VERSION, "about": json.dumps(about, sort_keys=True)}
    metadata["sha256"] = digest_of(tensors, metadata["about"])
    beside = there.with_name(f".{there.name}.{os.getpid()}.part")
    try:
        save_file(tensors, beside, metadata)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(there)
    finally:
        beside.unlink(missing_ok=True)


def load_distilled(path: str | Path) -> Distilled:
    """Load a distilled model without executing anything that its file holds.

    Raises:
        InputError: The file is no distilled model, or of another version.
        ModelError: It is damaged.
    """
    there = Path(path)
    try:
        with safe_open(there, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path} must be a .safetensors file, but can't be read: {error}") from error
    if metadata.get("format") != FORMAT or metadata.get("version") != VERSION:
        raise InputError(
            f"{path} must be of format {FORMAT} {VERSION}, but is of {metadata.get('format', 'another')} "
            f"{metadata.get('version', '')}"
        )
    if digest_of(tensors, metadata.get("about", "")) != metadata.get("sha256"):
        raise ModelError(f"{path} is damaged: its content does not have the sha256 that it states")
    try:
        return restored(tensors, json.loads(metadata["about"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} does not hold what a distilled model is made of: {error!r}") from error


def restored(tensors: dict[str, Tensor], about: dict[str, Any]) -> Distilled:
    """What the tensors and the JSON of a file say."""
    stated = about["grid"]
    grid = Grid(**{**stated, **{name: tuple(stated[name]) for name in ("feature_names", "quantiles")}})
    parts = {name.removeprefix("small."): value for name, value in tensors.items() if name.startswith("small.")}
    check_filter(tensors["lowpass"])
    return Distilled(grid, tensors["lowpass"], KINDS[about["small"]](**parts), tensors["losses"], about["attrs"])


def digest_of(tensors: dict[str, Tensor], about: str) -> str:
    """sha256 over the JSON, names, shapes, dtypes and bytes."""
    digest = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        digest.update(json.dumps(name).encode())
        update_digest(digest, tensors[name])
    return digest.hexdigest()
