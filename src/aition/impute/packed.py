"""Settings and fitted imputers as tensors and JSON, to be kept in a file that executes nothing, and back."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor

from aition.core.errors import InputError
from aition.impute.autoencoder import AutoencoderImputer, Coder
from aition.impute.baseline import ConstantBaseline, FeatureBaseline
from aition.impute.constant import ConstantImputer
from aition.impute.copula import CopulaImputer
from aition.impute.flow import FlowImputer, Splines
from aition.impute.gaussian import GaussianImputer
from aition.impute.kalman import System
from aition.impute.learned import Learned
from aition.impute.mixture import MixtureImputer
from aition.impute.rows import HotDeck, MarginalRows
from aition.impute.state_space import StateSpaceImputer

IMPUTERS: tuple[type[Any], ...] = (
    *(AutoencoderImputer, ConstantImputer, CopulaImputer, FlowImputer, GaussianImputer, HotDeck, MarginalRows),
    *(MixtureImputer, StateSpaceImputer, Coder, ConstantBaseline, FeatureBaseline, Learned, Splines, System),
)
"""The imputers that can be kept, and what they are made of."""


def packed(value: Any, name: str, tensors: dict[str, Tensor], kinds: Mapping[str, type[Any]]) -> Any:
    """A value as JSON; its tensors are put beside.

    Args:
        value: A dataclass of one of the kinds, a tensor, a tuple, a mapping, a number, a word or a truth value.
        name: Of the value, with which the names of its tensors begin.
        tensors: What the tensors are put into.
        kinds: What may be kept, by the name of the class.

    Raises:
        InputError: The value is, or holds, something else, such as a function.

    >>> import torch
    >>> kinds, tensors = {one.__name__: one for one in IMPUTERS}, {}
    >>> packed(GaussianImputer(torch.zeros(2, 1), torch.eye(2)), "own", tensors, kinds)["kind"], sorted(tensors)
    ('GaussianImputer', ['own.centre', 'own.covariance'])
    """
    if isinstance(value, Tensor):
        tensors[name] = value.detach().cpu().contiguous()
        return {"tensor": name}
    if is_dataclass(value) and type(value) is kinds.get(type(value).__name__):
        parts = {one.name: getattr(value, one.name) for one in fields(value)}
        inner = {key: packed(one, f"{name}.{key}", tensors, kinds) for key, one in parts.items()}
        return {"kind": type(value).__name__, "fields": inner}
    if isinstance(value, tuple):
        return {"tuple": [packed(one, f"{name}.{place}", tensors, kinds) for place, one in enumerate(value)]}
    if isinstance(value, Mapping):
        return {"mapping": {str(key): packed(one, f"{name}.{key}", tensors, kinds) for key, one in value.items()}}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise InputError(f"{name} can't be saved, for {type(value).__name__} is none of {', '.join(sorted(kinds))}")


def unpacked(value: Any, tensors: Mapping[str, Tensor], kinds: Mapping[str, type[Any]]) -> Any:
    """A value from its JSON and its tensors.

    Args:
        value: What :func:`packed` answered.
        tensors: Its tensors.
        kinds: What may be made, by the name of the class.

    Raises:
        KeyError: It names another class, or a tensor that is not there.

    >>> import torch
    >>> kinds, tensors = {one.__name__: one for one in IMPUTERS}, {}
    >>> words = packed(MarginalRows(torch.ones(2, 3, 1), seed=7), "own", tensors, kinds)
    >>> unpacked(words, tensors, kinds).seed
    7
    """
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    if "tuple" in value:
        return tuple(unpacked(one, tensors, kinds) for one in value["tuple"])
    if "mapping" in value:
        return {key: unpacked(one, tensors, kinds) for key, one in value["mapping"].items()}
    return kinds[value["kind"]](**{key: unpacked(one, tensors, kinds) for key, one in value["fields"].items()})
