"""Where an explanation comes from: name, settings and digests, as JSON-able attributes."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from types import CodeType
from typing import Any

import torch
from torch import Tensor

from aition.core.batch import update_digest
from aition.core.explanation import SCHEMA
from aition.core.model import Model, TorchModel, weights
from aition.core.target import Target


def kebab(name: str) -> str:
    """A class's name as the command line says it.

    >>> kebab("IntegratedGradients"), kebab("InputXGradient"), kebab("FIT")
    ('integrated-gradients', 'input-x-gradient', 'fit')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def described_setting(value: Any) -> Any:
    """A setting as JSON: dataclasses by name and fields, tensors and modules by digest, functions by name."""
    if isinstance(value, torch.nn.Module):
        return {"module": type(value).__name__, "sha256": digest_of(weights(value))}
    if is_dataclass(value) and not isinstance(value, type):
        return {"name": kebab(type(value).__name__), **settings_of(value)}
    if isinstance(value, Tensor):
        return {"tensor": list(value.shape), "sha256": digest_of([value])}
    if isinstance(value, Mapping):
        return {str(key): described_setting(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [described_setting(part) for part in value]
    if isinstance(value, partial):
        return {
            "function": f"{value.func.__module__}.{value.func.__qualname__}",
            "arguments": described_setting(value.keywords),
        }
    if hasattr(value, "__array__") and hasattr(value, "shape") and value.shape:
        return described_setting(torch.as_tensor(value))
    if callable(value):
        named = value if hasattr(value, "__qualname__") else type(value)
        return {"function": f"{named.__module__}.{named.__qualname__}"}
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def settings_of(one: Any) -> dict[str, Any]:
    """The fields of a frozen dataclass as JSON."""
    if hasattr(one, "digest") and callable(one.digest):
        return {"sha256": one.digest()}
    return {part.name: described_setting(getattr(one, part.name)) for part in fields(one)}


def digest_of(tensors: Sequence[Tensor]) -> str:
    """sha256 over several tensors in order."""
    digest = hashlib.sha256()
    for tensor in tensors:
        update_digest(digest, tensor)
    return digest.hexdigest()


def provenance(explainer: Any, model: Model, targets: Sequence[Target]) -> dict[str, Any]:
    """Every attribute that is known before the work begins; what an interrupted run must match to go on."""
    settings = settings_of(explainer)
    inner = model.module if isinstance(model, TorchModel) else model
    name = getattr(inner, "function", None)
    precision = getattr(model, "precision", "full")
    lowered = {} if precision == "full" else {"precision": precision}
    return {
        "schema": SCHEMA,
        "version": version("aition"),
        "explainer": kebab(type(explainer).__name__),
        "settings": json.dumps(settings, sort_keys=True),
        "model": type(inner).__name__ if name is None else getattr(name, "__qualname__", type(name).__name__),
        "call": json.dumps(call_of(model), sort_keys=True),
        "head": getattr(model, "head", "none"),
        "target": json.dumps([target.to_json() for target in targets], sort_keys=True),
        "weights_sha256": digest_of(weights(model.module)) if isinstance(model, TorchModel) else "",
        "seed": int(getattr(explainer, "seed", 0)),
        "device": str(model.device),
        "torch_version": str(torch.__version__),
        **lowered,
    }


def call_of(model: Model) -> dict[str, Any]:
    """How a model is called: its function by name and code, the names of its outputs' axes, its embedding."""
    function = model.forward if isinstance(model, TorchModel) else getattr(model, "function", model)
    name = getattr(function, "__qualname__", type(function).__name__)
    return {
        "axes": list(model.axes),
        "embedding": getattr(model, "embedding", ""),
        "function": f"{getattr(function, '__module__', '')}.{name}",
        "code_sha256": code_digest(getattr(function, "__code__", None)),
    }


def code_digest(code: CodeType | None) -> str:
    """sha256 of what a Python function does, wherever its source stands; empty for what is no Python function.

    >>> code_digest((lambda x: x + 1).__code__) == code_digest((lambda x: x + 2).__code__)
    False
    """
    if code is None:
        return ""
    constants = [code_digest(part) if isinstance(part, CodeType) else repr(part) for part in code.co_consts]
    return hashlib.sha256(repr((code.co_code, code.co_names, code.co_varnames, constants)).encode()).hexdigest()


def stamped(attrs: Mapping[str, Any], *, data_sha256: str, seconds: float) -> dict[str, Any]:
    """Attributes with what is known only at the end."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {**attrs, "data_sha256": data_sha256, "created_at": now, "seconds": round(seconds, 3)}
