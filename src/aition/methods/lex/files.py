"""What files of fitted selectors have in common: tensors and JSON; nothing in such a file is executed."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from aition.core.errors import InputError
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
from aition.methods.lex.with_replacement import WithReplacement
from aition.models.fitted_files import sizes_of
from aition.models.selector import (
    AttentionSelector,
    ConvolutionalSelector,
    DenseSelector,
    RecurrentSelector,
)

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


def check_own(path: str | Path, about: Mapping[str, Any], given: tuple[TorchModel, ...], *, word: str) -> None:
    """Raise unless as many models are given as were trained with what was saved."""
    if len(given) != about["own"]:
        raise InputError(
            f"{path} was learned with {about['own']} {word}s of its own, but {len(given)} are given; pass "
            f"{word}=(model,), whose module has the same layers"
        )


def filled(model: TorchModel, state: Mapping[str, Tensor]) -> TorchModel:
    """A copy of a model with these weights."""
    module = copy.deepcopy(model.module)
    try:
        module.load_state_dict(dict(state))
    except RuntimeError as error:
        raise InputError(f"the module that is given must have the layers of the one that was saved: {error}") from error
    return replace(model, module=module)
