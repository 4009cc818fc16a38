"""What files of fitted selectors have in common: tensors and JSON; nothing in such a file is executed."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.errors import InputError, ModelError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.impute.groups import Blocks, EachCell, EachFeature, EachStep, GivenGroups, Segments
from aition.impute.packed import IMPUTERS, packed
from aition.methods.lex.at_most import AtMostK
from aition.methods.lex.budget import Coherence, Free, Price, Rate
from aition.methods.lex.contiguous import Contiguous
from aition.methods.lex.control import Rebar, Relax
from aition.methods.lex.estimators import Enumeration, LeaveOneOut, Pathwise, Reinforce, StraightThrough
from aition.methods.lex.evaluator import EvalX
from aition.methods.lex.fast_shap import FastShap
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.fitted_shap import FittedFastShap
from aition.methods.lex.imputing import Ready
from aition.methods.lex.lex import Lex
from aition.methods.lex.likelihood import Classes, Gaussian
from aition.methods.lex.selection import Bernoulli, ExactK
from aition.methods.lex.selector import (
    AttentionSelector,
    Body,
    ConvolutionalSelector,
    DenseSelector,
    RecurrentSelector,
    selector_of,
)
from aition.methods.lex.with_replacement import WithReplacement
from aition.models.files import digest_of, read_tensors, write_tensors

VERSION = "1"
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *(*IMPUTERS, Blocks, EachCell, EachFeature, EachStep, GivenGroups, Segments),
        *(Coherence, Free, Price, Rate, Ready, Classes, Gaussian, Bernoulli, ExactK, WithReplacement, Lex, Target),
        *(AtMostK, Contiguous, FastShap),
        *(Enumeration, LeaveOneOut, Pathwise, Rebar, Reinforce, Relax, StraightThrough),
        *(AttentionSelector, ConvolutionalSelector, DenseSelector, RecurrentSelector, EvalX),
    )
}
"""What a file may name; a class of another kind can't be saved, and no file can ask for one."""


def about_of(fitted: FittedLex | FittedFastShap, selector: nn.Module, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """What every file states, as JSON; tensors of the settings are put beside."""
    settings = replace(fitted.settings, imputer=Ready(fitted.imputer))
    return {
        "settings": packed(settings, "settings", tensors, KINDS),
        "target": fitted.target.to_json(),
        "sizes": list(sizes_of(selector)),
        "own": len(fitted.own),
    }


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
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path} does not hold what {what} is made of: {error!r}") from error


def check_own(path: str | Path, about: Mapping[str, Any], given: tuple[TorchModel, ...], *, word: str) -> None:
    """Raise unless as many models are given as were trained with what was saved."""
    if len(given) != about["own"]:
        raise InputError(
            f"{path} was learned with {about['own']} {word}s of its own, but {len(given)} are given; pass "
            f"{word}=(model,), whose module has the same layers"
        )


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
    n_feature, n_static, n_time, misses = (int(one) for one in sizes)
    kind = state["mean_x"].dtype
    x = torch.zeros(1, n_time, n_feature, dtype=kind)
    seen = torch.full(x.shape, not misses)
    blank = from_tensors(x, layout="sample time feature", observed=seen, static=torch.zeros(1, n_static, dtype=kind))
    made = selector_of(body, blank, seed=0)
    made.load_state_dict(state)
    return made


def filled(model: TorchModel, state: Mapping[str, Tensor]) -> TorchModel:
    """A copy of a model with these weights."""
    module = copy.deepcopy(model.module)
    try:
        module.load_state_dict(dict(state))
    except RuntimeError as error:
        raise InputError(f"the module that is given must have the layers of the one that was saved: {error}") from error
    return replace(model, module=module)


def part(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors of one module."""
    return {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
