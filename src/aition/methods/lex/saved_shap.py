"""Fitted FastSHAP networks as files: tensors and JSON; nothing in such a file is executed."""

import json
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from aition.core.errors import InputError, ModelError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.impute.packed import packed, unpacked
from aition.methods.lex.fitted_shap import FittedFastShap
from aition.methods.lex.imputing import Ready
from aition.methods.lex.saved import KINDS, VERSION, filled, part, read, selector_in, sizes_of
from aition.models.files import check_ending, write_tensors

FORMAT = "aition-fast-shap"


def save_fast_shap(fitted: FittedFastShap, path: str | Path) -> None:
    """Write a fitted network with its imputer, wholly or not at all.

    A surrogate is kept by its weights alone: who loads it gives the module.

    Args:
        fitted: What :meth:`FastShap.fit` returned.
        path: A file that ends in ``.safetensors``.

    Raises:
        InputError: The path has another ending, or a setting is a function or of a class of your own.
    """
    there = check_ending(path)
    tensors: dict[str, Tensor] = {}
    about = {
        "settings": packed(replace(fitted.settings, imputer=Ready(fitted.imputer)), "settings", tensors, KINDS),
        "scale": fitted.scale,
        "target": fitted.target.to_json(),
        "sizes": list(sizes_of(fitted.network)),
        "own": len(fitted.own),
    }
    for name, module in [("selector", fitted.network), *(("own", one.module) for one in fitted.own)]:
        tensors |= {f"{name}/{key}": value for key, value in module.state_dict().items()}
    words = json.dumps(about, sort_keys=True)
    write_tensors(there, tensors, {"format": FORMAT, "version": VERSION, "about": words}, stated=words)


def load_fast_shap(path: str | Path, *, surrogate: tuple[TorchModel, ...] = ()) -> FittedFastShap:
    """Load a fitted network without executing anything that its file holds.

    Args:
        path: The file.
        surrogate: Where one was trained: one model of the same module, whose weights are replaced in a copy.

    Raises:
        InputError: The file is no fitted network, or of another version, or its surrogate is not given.
        ModelError: It is damaged.
    """
    metadata, tensors = read(Path(path), FORMAT)
    try:
        about = json.loads(metadata["about"])
        if len(surrogate) != about["own"]:
            raise InputError(
                f"{path} was learned with {about['own']} surrogates, but {len(surrogate)} are given; pass "
                "surrogate=(model,), whose module has the same layers"
            )
        settings = unpacked(about["settings"], tensors, KINDS)
        fitted = FittedFastShap(
            settings,
            settings.imputer.imputer,
            selector_in(settings.selector, about["sizes"], part(tensors, "selector")),
            float(about["scale"]),
            Target.from_json(about["target"]),
            tuple(filled(one, part(tensors, "own")) for one in surrogate),
        )
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        raise ModelError(f"{path} does not hold what a fitted network is made of: {error!r}") from error
    for module in (fitted.network, *(one.module for one in fitted.own)):
        module.eval().requires_grad_(False)
    return fitted
