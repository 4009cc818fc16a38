"""Fitted FastSHAP networks as files: tensors and JSON; nothing in such a file is executed."""

import json
from pathlib import Path

from torch import Tensor

from aition.core.model import TorchModel
from aition.core.target import Target
from aition.impute.packed import unpacked
from aition.methods.lex.files import KINDS, about_of, check_own, filled
from aition.methods.lex.fitted_shap import FittedFastShap
from aition.models.files import check_ending
from aition.models.fitted_files import made_of, part, read, selector_in, still, write

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
    about = about_of(fitted, fitted.network, tensors) | {"scale": fitted.scale}
    modules = [("selector", fitted.network), *(("own", one.module) for one in fitted.own)]
    write(there, FORMAT, about, modules, tensors)


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
    with made_of(path, "a fitted network"):
        about = json.loads(metadata["about"])
        check_own(path, about, surrogate, word="surrogate")
        settings = unpacked(about["settings"], tensors, KINDS)
        fitted = FittedFastShap(
            settings,
            settings.imputer.imputer,
            selector_in(settings.selector, about["sizes"], part(tensors, "selector")),
            float(about["scale"]),
            Target.from_json(about["target"]),
            tuple(filled(one, part(tensors, "own")) for one in surrogate),
        )
    still((fitted.network, *(one.module for one in fitted.own)))
    return fitted
