"""What files of fitted networks have in common: tensors and JSON; nothing in such a file is executed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError
from aition.models.files import digest_of, read_tensors, write_tensors
from aition.models.selector import Body, selector_of

VERSION = "1"


def write(
    path: Path,
    form: str,
    about: Mapping[str, Any],
    modules: Iterable[tuple[str, nn.Module]],
    tensors: Mapping[str, Tensor],
) -> None:
    """Write a file, wholly or not at all.

    Args:
        path: The file.
        form: Its format.
        about: What it states.
        modules: Whose weights it holds, by name.
        tensors: What it holds beside.
    """
    weights = {f"{name}/{key}": value for name, module in modules for key, value in module.state_dict().items()}
    words = json.dumps(about, sort_keys=True)
    write_tensors(path, {**tensors, **weights}, {"format": form, "version": VERSION, "about": words}, stated=words)


def read(path: Path, form: str) -> tuple[Mapping[str, str], dict[str, Tensor]]:
    """What a file states, and its tensors; raises unless it is one of ours, and whole."""
    metadata, tensors = read_tensors(path)
    if metadata.get("format") != form or metadata.get("version") != VERSION:
        raise InputError(
            f"{path} must be of format {form} {VERSION}, but is of {metadata.get('format', 'another')} "
            f"{metadata.get('version', '')}"
        )
    if digest_of(tensors, metadata.get("about", "")) != metadata.get("sha256"):
        raise ModelError(f"{path} is damaged: its content does not have the sha256 that it states")
    return metadata, tensors


@contextmanager
def made_of(path: str | Path, what: str) -> Iterator[None]:
    """Whatever is missing while something is made of a file's content is blamed on the file."""
    try:
        yield
    except InputError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path} does not hold what {what} is made of: {error!r}") from error


def still(modules: Iterable[nn.Module]) -> None:
    """Modules in evaluation mode, with weights that do not move."""
    for module in modules:
        module.eval().requires_grad_(False)


def sizes_of(selector: nn.Module) -> tuple[int, int, int, bool]:
    """Features, static columns, steps that a dense body holds (else 1), and whether it knows of missing values."""
    held = dict(selector.named_buffers())
    n_time = int(getattr(getattr(selector, "body", None), "n_time", 1))
    return len(held["mean_x"]), len(held["mean_static"]), n_time, bool(getattr(selector, "misses", False))


def selector_in(body: Body, sizes: list[Any], state: Mapping[str, Tensor]) -> nn.Module:
    """A selector of a file, or of a rival."""
    made = selector_of(body, blank_of(sizes, state["mean_x"].dtype), seed=0)
    made.load_state_dict(state)
    return made


def blank_of(sizes: list[Any], dtype: torch.dtype) -> Batch:
    """A series of the sizes that :func:`sizes_of` says."""
    n_feature, n_static, n_time, misses = (int(one) for one in sizes)
    x = torch.zeros(1, n_time, n_feature, dtype=dtype)
    seen = torch.full(x.shape, not misses)
    return from_tensors(x, layout="sample time feature", observed=seen, static=torch.zeros(1, n_static, dtype=dtype))


def part(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors of one module."""
    return {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
