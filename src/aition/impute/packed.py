"""Fitted imputers as tensors and JSON, to be kept in a file that executes nothing, and back."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor

from aition.core.errors import InputError, ModelError
from aition.impute.autoencoder import AutoencoderImputer, Coder
from aition.impute.baseline import ConstantBaseline, FeatureBaseline
from aition.impute.constant import ConstantImputer
from aition.impute.copula import CopulaImputer
from aition.impute.flow import FlowImputer, Splines
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import Imputer
from aition.impute.kalman import System
from aition.impute.learned import Learned
from aition.impute.mixture import MixtureImputer
from aition.impute.rows import HotDeck, MarginalRows
from aition.impute.state_space import StateSpaceImputer

KINDS: dict[str, type[Any]] = {
    "autoencoder-imputer": AutoencoderImputer,
    "coder": Coder,
    "constant-baseline": ConstantBaseline,
    "constant-imputer": ConstantImputer,
    "copula-imputer": CopulaImputer,
    "feature-baseline": FeatureBaseline,
    "flow-imputer": FlowImputer,
    "gaussian-imputer": GaussianImputer,
    "hot-deck": HotDeck,
    "learned": Learned,
    "marginal-rows": MarginalRows,
    "mixture-imputer": MixtureImputer,
    "splines": Splines,
    "state-space-imputer": StateSpaceImputer,
    "system": System,
}
"""What can be kept, by name."""


def packed(imputer: Imputer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of an imputer by the path of their field, and the rest as JSON.

    Raises:
        InputError: It is none of ours, or its baseline is a function of yours.

    >>> import torch
    >>> tensors, words = packed(GaussianImputer(torch.zeros(2, 1), torch.eye(2)))
    >>> sorted(tensors), words
    (['centre', 'covariance'], {'kind': 'gaussian-imputer', 'mean': False, 'seed': 0})
    """
    tensors: dict[str, Tensor] = {}
    return tensors, described(imputer, "", tensors)


def described(one: Any, path: str, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """A part of an imputer as JSON; its tensors are put with the others."""
    kind = next((name for name, make in KINDS.items() if make is type(one)), "")
    if not kind:
        raise InputError(
            f"an imputer is kept if it is made of {', '.join(KINDS)}, but holds a {type(one).__name__}; fit it anew"
        )
    words: dict[str, Any] = {"kind": kind}
    for part in fields(one):
        value = getattr(one, part.name)
        if isinstance(value, Tensor):
            tensors[path + part.name] = value.detach().cpu().contiguous()
        elif is_dataclass(value) or callable(value):
            words[part.name] = described(value, f"{path}{part.name}.", tensors)
        else:
            words[part.name] = dict(value) if isinstance(value, Mapping) else value
    return words


def unpacked(tensors: Mapping[str, Tensor], words: Mapping[str, Any]) -> Imputer:
    """The imputer of tensors and JSON.

    Raises:
        ModelError: They are not those of an imputer.

    >>> import torch
    >>> imputer = unpacked(*packed(MarginalRows(torch.ones(2, 3, 1), seed=7)))
    >>> imputer.seed, tuple(imputer.donors.shape)
    (7, (2, 3, 1))
    """
    try:
        made = restored(dict(words), "", tensors)
    except (AttributeError, InputError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the tensors and words are not those of an imputer: {error!r}") from error
    if not isinstance(made, Imputer):
        raise ModelError(f"the words must be those of an imputer, but are of {words.get('kind')!r}")
    return made


def restored(words: dict[str, Any], path: str, tensors: Mapping[str, Tensor]) -> Any:
    """A part of an imputer."""
    make = KINDS[words["kind"]]
    values: dict[str, Any] = {}
    for part in fields(make):
        value = words.get(part.name)
        if path + part.name in tensors:
            values[part.name] = tensors[path + part.name]
        elif isinstance(value, dict) and "kind" in value:
            values[part.name] = restored(value, f"{path}{part.name}.", tensors)
        elif isinstance(value, dict):
            values[part.name] = {key: tuple(one) for key, one in value.items()}
        else:
            values[part.name] = tuple(value) if isinstance(value, list) else words[part.name]
    return make(**values)
