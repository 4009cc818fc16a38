"""Fitted selectors as files: tensors and JSON; nothing in such a file is executed."""

import copy
import json
from collections.abc import Mapping
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
from aition.impute.packed import IMPUTERS, packed, unpacked
from aition.methods.lex.at_most import AtMostK
from aition.methods.lex.budget import Coherence, Free, Price, Rate
from aition.methods.lex.contiguous import Contiguous
from aition.methods.lex.control import Rebar, Relax
from aition.methods.lex.estimators import Enumeration, LeaveOneOut, Pathwise, Reinforce, StraightThrough
from aition.methods.lex.evaluator import EvalX
from aition.methods.lex.fast_shap import FastShap
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.fitted_evaluator import FittedEvalX
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
from aition.methods.lex.witness import Rival, Witness
from aition.models.files import check_ending, digest_of, read_tensors, write_tensors

FORMAT, VERSION = "aition-lex", "1"
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


def save_lex(fitted: FittedLex, path: str | Path) -> None:
    """Write a fitted selector with its imputer, wholly or not at all.

    A predictor that was trained with it is kept by its weights alone: who loads it gives the module.

    Args:
        fitted: What :meth:`Lex.fit` returned.
        path: A file that ends in ``.safetensors``.

    Raises:
        InputError: The path has another ending, or a setting is a function or of a class of your own.
    """
    there = check_ending(path)
    tensors: dict[str, Tensor] = {}
    about = {
        "settings": packed(replace(fitted.settings, imputer=Ready(fitted.imputer)), "settings", tensors, KINDS),
        "likelihood": packed(fitted.likelihood, "likelihood", tensors, KINDS),
        "target": fitted.target.to_json(),
        "shift": fitted.shift,
        "notes": dict(fitted.notes),
        "sizes": list(sizes_of(fitted.selector)),
        "own": len(fitted.own),
        "witness": written_witness(fitted.witness, tensors),
    }
    modules = [("selector", fitted.selector), ("spread", fitted.spread), *(("own", one.module) for one in fitted.own)]
    modules += [(f"judge{place}", one.network) for place, one in enumerate(judges_in(fitted.witness))]
    modules += [(f"rival{place}", one.selector) for place, one in enumerate(fitted.witness.rivals)]
    for name, module in modules:
        tensors |= {f"{name}/{key}": value for key, value in module.state_dict().items()}
    words = json.dumps(about, sort_keys=True)
    write_tensors(there, tensors, {"format": FORMAT, "version": VERSION, "about": words}, stated=words)


def load_lex(path: str | Path, *, predictor: tuple[TorchModel, ...] = ()) -> FittedLex:
    """Load a fitted selector without executing anything that its file holds.

    Args:
        path: The file.
        predictor: Where a predictor was trained with the selector: one model of the same module, whose weights are
            replaced in a copy.

    Raises:
        InputError: The file is no fitted selector, or of another version, or its predictor is not given.
        ModelError: It is damaged.
    """
    metadata, tensors = read(Path(path), FORMAT)
    try:
        about = json.loads(metadata["about"])
        if len(predictor) != about["own"]:
            raise InputError(
                f"{path} was learned with {about['own']} predictors of its own, but {len(predictor)} are given; pass "
                "predictor=(model,), whose module has the same layers"
            )
        settings = unpacked(about["settings"], tensors, KINDS)
        fitted = FittedLex(
            settings,
            settings.imputer.imputer,
            selector_in(settings.selector, about["sizes"], part(tensors, "selector")),
            spread_in(tensors),
            unpacked(about["likelihood"], tensors, KINDS),
            Target.from_json(about["target"]),
            tuple(filled(one, part(tensors, "own")) for one in predictor),
            float(about["shift"]),
            about["notes"],
            witness_in(about["witness"], settings, about["sizes"], tensors) if "witness" in about else Witness(),
        )
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        raise ModelError(f"{path} does not hold what a fitted selector is made of: {error!r}") from error
    witness = fitted.witness
    kept = (*(one.network for one in judges_in(witness)), *(one.selector for one in witness.rivals))
    for module in (fitted.selector, fitted.spread, *(one.module for one in fitted.own), *kept):
        module.eval().requires_grad_(False)
    return fitted


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


def written_witness(witness: Witness, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """A witness as JSON; its tensors are put beside, those of its networks excepted."""
    tensors |= {"witness.edges": witness.edges, "witness.learned": witness.learned}
    for place, one in enumerate(judges_in(witness)):
        tensors |= {f"witness.mean{place}": one.mean, f"witness.deviation{place}": one.deviation}
    judge = [
        {
            "settings": packed(one.settings, "evaluator", tensors, KINDS),
            "n_time": one.n_time,
            "n_answer": one.n_answer,
            "listens": one.listens,
        }
        for one in judges_in(witness)
    ]
    return {"judge": judge, "shifts": [one.shift for one in witness.rivals]}


def witness_in(about: Any, settings: Lex, sizes: list[Any], tensors: Mapping[str, Tensor]) -> Witness:
    """The witness of a file."""
    rivals = [
        Rival(selector_in(settings.selector, sizes, part(tensors, f"rival{place}")), float(shift))
        for place, shift in enumerate(about["shifts"])
    ]
    judge = [judge_in(one, place, tensors) for place, one in enumerate(about["judge"])]
    edges, learned = tensors["witness.edges"], tensors["witness.learned"]
    return Witness(tuple(judge[:1]), edges, learned, tuple(rivals), tuple(judge[1:]))


def judges_in(witness: Witness) -> tuple[FittedEvalX, ...]:
    """The judges of a witness: none, or that of masks that are shown and that of masks that are drawn."""
    return (*witness.judge, *witness.drawn)


def judge_in(about: Any, place: int, tensors: Mapping[str, Tensor]) -> FittedEvalX:
    """A judge of a file."""
    how, state = unpacked(about["settings"], tensors, KINDS), part(tensors, f"judge{place}")
    mean, deviation = tensors[f"witness.mean{place}"], tensors[f"witness.deviation{place}"]
    n_time, n_answer = int(about["n_time"]), int(about["n_answer"])
    last = state[max(state, key=layer_of)]
    network = how.network(3 * n_time * len(mean) + bool(about["listens"]) * len(last), len(last)).to(last)
    network.load_state_dict(dict(state))
    return FittedEvalX(how, network, mean, deviation, n_time, n_answer, bool(about["listens"]))


def layer_of(key: str) -> int:
    """The number of the layer that a weight belongs to."""
    return int(key.partition(".")[0])


def spread_in(tensors: Mapping[str, Tensor]) -> nn.Module:
    """What the likelihood of a file learned."""
    found = nn.Module()
    for name, value in part(tensors, "spread").items():
        found.register_parameter(name, nn.Parameter(value))
    return found


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
