"""Distilled models as files: tensors and JSON; nothing in such a file is executed."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aition.core.errors import InputError, ModelError
from aition.distill.bands import Grid
from aition.distill.distilled import Distilled
from aition.distill.students import Linear
from aition.distill.tensors import check_tensor
from aition.distill.trees import TreeSum
from aition.models.files import check_ending, digest_of, read_tensors, write_tensors
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
    there = check_ending(path)
    if type(distilled.small) is not KINDS.get(distilled.small.kind):
        raise InputError(f"a small model must be one of {', '.join(KINDS)} to be saved, but is {distilled.small.kind}")
    tensors = {f"small.{name}": value for name, value in distilled.small.tensors().items()}
    tensors |= {"lowpass": distilled.lowpass, "losses": distilled.losses}
    about = {"small": distilled.small.kind, "grid": asdict(distilled.grid), "attrs": dict(distilled.attrs)}
    words = json.dumps(about, sort_keys=True)
    write_tensors(there, tensors, {"format": FORMAT, "version": VERSION, "about": words}, stated=words)


def load_distilled(path: str | Path) -> Distilled:
    """Load a distilled model without executing anything that its file holds.

    Raises:
        InputError: The file is no distilled model, or of another version.
        ModelError: It is damaged.
    """
    metadata, tensors = read_tensors(path)
    if metadata.get("format") != FORMAT or metadata.get("version") != VERSION:
        raise InputError(
            f"{path} must be of format {FORMAT} {VERSION}, but is of {metadata.get('format', 'another')} "
            f"{metadata.get('version', '')}"
        )
    if digest_of(tensors, metadata.get("about", "")) != metadata.get("sha256"):
        raise ModelError(f"{path} is damaged: its content does not have the sha256 that it states")
    try:
        return restored(tensors, json.loads(metadata["about"]))
    except (AttributeError, IndexError, KeyError, RecursionError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"{path} does not hold what a distilled model is made of: {error!r}") from error


def restored(tensors: dict[str, Tensor], about: dict[str, Any]) -> Distilled:
    """What the tensors and the JSON of a file say; raises where they do not fit one another."""
    stated = about["grid"]
    grid = Grid(**{**stated, **{name: tuple(stated[name]) for name in ("feature_names", "quantiles")}})
    parts = {name.removeprefix("small."): value for name, value in tensors.items() if name.startswith("small.")}
    lowpass, losses = tensors["lowpass"], tensors["losses"]
    check_filter(lowpass)
    check_tensor("losses", losses, (-1,), whole=False)
    small = KINDS[about["small"]](**parts)
    found = Distilled(grid, lowpass, small, losses, about["attrs"])
    small(torch.zeros(1, len(grid.names)))
    found.describe()
    return found
