"""Models as files: weights as .safetensors beside the name of a builder; nothing in such a file is executed."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from aition.core.errors import InputError, ModelError, TrustError
from aition.core.inputs import Inputs
from aition.core.model import FunctionModel, TorchModel
from aition.models.builders import Builder, builder_named, built
from aition.models.files import check_ending, digest_of, read_tensors, write_tensors
from aition.models.trust import kind_of, load_trusted, refuse

FORMAT = "aition-model"
VERSION = "1"


def save_model(model: TorchModel, path: str | Path, *, builder: str, settings: Mapping[str, Any]) -> None:
    """Write a model's weights with the name of the builder that makes its module, wholly or not at all.

    What the model was trained on, ``model.inputs``, is kept too.

    Args:
        model: What to save; how it calls its module is the builder's to say.
        path: A file that ends in ``.safetensors``.
        builder: A registered builder's name, see :func:`aition.models.register_builder`.
        settings: What the builder takes, JSON-able.

    Raises:
        InputError: The settings are not JSON-able, or the builder is unknown.
        ModelError: The builder does not make this model, so it could not be loaded again.
    """
    there = check_ending(path)
    words = check_savable(model, builder=builder, settings=settings)
    metadata = {"format": FORMAT, "version": VERSION, "builder": builder, "settings": words}
    if model.inputs:
        metadata["inputs"] = json.dumps(model.inputs.to_json())
    write_tensors(there, state_of(model), metadata, stated=stated_in(metadata))


def check_savable(model: TorchModel, *, builder: str, settings: Mapping[str, Any]) -> str:
    """The settings as JSON; raises unless a file with them could be loaded again.

    Raises:
        InputError: As :func:`save_model`.
        ModelError: As :func:`save_model`.
    """
    words = as_json(settings)
    made = builder_named(builder)
    twin = made_for(state_of(model), made, json.loads(words), name=builder, what="the model to save")
    for part in ("axes", "head", "embedding"):
        if getattr(twin, part) != getattr(model, part):
            raise ModelError(
                f"builder {builder!r} makes a model with {part}={getattr(twin, part)!r}, but this one has "
                f"{getattr(model, part)!r}; let the builder set it"
            )
    return words


def load_model(
    path: str | Path,
    *,
    builder: str | Builder = "",
    settings: Mapping[str, Any] | None = None,
    trust: bool = False,
) -> TorchModel | FunctionModel:
    """Load a model without executing anything that its file holds.

    A file of :func:`save_model` names its builder. Any other ``.safetensors`` file needs ``builder``. Files that run
    code when they are loaded (pickles, ``.pt``, ``.pt2``, TorchScript, ONNX with its external data) need ``trust``.

    Args:
        path: The file.
        builder: What makes the model, in place of the builder that the file names: a registered name, a function, or
            ``"module:function"``, which is imported. A file itself can never say the latter.
        settings: What the builder takes, in place of the file's.
        trust: Whether the file may run code.

    Returns:
        The model on the CPU; a :class:`~aition.core.model.FunctionModel` for ONNX.

    Raises:
        TrustError: The file could run code; the message says what, and how to convert it.
        InputError: The file is no model.
        ModelError: Its weights do not fit what the builder makes, or it is damaged.
    """
    there = Path(path)
    if not there.is_file():
        raise InputError(f"{path} must be a file, but {'is a folder' if there.is_dir() else 'does not exist'}")
    kind = kind_of(there)
    if kind != "safetensors":
        if not trust:
            refuse(there, kind)
        loaded = load_trusted(there, kind)
        if isinstance(loaded, TorchModel | FunctionModel):
            return loaded
        return filled(found_builder(builder, "", there), settings or {}, loaded, str(there))
    metadata, tensors = read_tensors(there)
    named, stated, inputs = "", {}, Inputs()
    if metadata.get("format") == FORMAT:
        check_whole(metadata, tensors, there)
        named, stated, inputs = metadata["builder"], object_in(metadata, "settings", there), inputs_in(metadata, there)
    made = found_builder(builder, named, there)
    return replace(filled(made, stated if settings is None else settings, tensors, str(there)), inputs=inputs)


def found_builder(given: str | Builder, named: str, path: Path) -> Builder:
    """The builder that the caller gave, or that the file names."""
    if callable(given):
        return given
    if ":" in given:
        module, _, function = given.partition(":")
        try:
            return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]
        except (ImportError, AttributeError) as error:
            raise InputError(f"builder must be 'module:function', but {given!r} can't be imported: {error}") from error
    if given:
        return builder_named(given)
    if not named:
        raise InputError(
            f"{path} does not say what its weights belong to: pass builder=, a function that answers a TorchModel, a "
            "registered name or 'module:function'"
        )
    if ":" in named:
        raise TrustError(
            f"{path} asks for code by the name {named!r}, which a file may not; if you trust that code, pass "
            f"builder={named!r} yourself, or register it and save the model anew by its name"
        )
    return builder_named(named)


def filled(builder: Builder, settings: Mapping[str, Any], tensors: Mapping[str, Tensor], what: str) -> TorchModel:
    """What the builder makes, with these weights, in evaluation mode."""
    model = made_for(tensors, builder, settings, name=getattr(builder, "__name__", "builder"), what=what)
    model.module.load_state_dict(dict(tensors))
    model.module.eval()
    return model


def made_for(
    tensors: Mapping[str, Tensor], builder: Builder, settings: Mapping[str, Any], *, name: str, what: str
) -> TorchModel:
    """What the builder makes, in the dtype of these weights, if it takes them: by name, shape and dtype."""
    model = built(builder, settings, seed=0, name=name)
    floating = {value.dtype for value in tensors.values() if value.is_floating_point()}
    if len(floating) == 1:
        model.module.to(floating.pop())
    state = state_of(model)
    faults = [f"misses {part}" for part in state if part not in tensors]
    faults += [f"has {part}, which the module has not" for part in tensors if part not in state]
    faults += [
        f"has {part} {described(tensors[part])}, but the module's is {described(value)}"
        for part, value in state.items()
        if part in tensors and described(tensors[part]) != described(value)
    ]
    if faults:
        more = f", and {len(faults) - 3} more faults" if len(faults) > 3 else ""
        raise ModelError(
            f"{what} does not fit the module {type(model.module).__name__}: it {'; it '.join(faults[:3])}{more}"
        )
    return model


def described(value: Tensor) -> str:
    """Shape and dtype in words."""
    return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}"


def state_of(model: TorchModel) -> dict[str, Tensor]:
    """Weights and buffers by name."""
    state = model.module.state_dict()
    if strange := sorted(name for name, value in state.items() if not isinstance(value, Tensor)):
        raise ModelError(
            f"the module keeps {strange} in its state, which are no tensors; only tensors can be saved safely"
        )
    return dict(state)


def check_whole(metadata: Mapping[str, str], tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise unless a file of ours is of this version, is complete and has the content that it states."""
    if metadata.get("version") != VERSION:
        raise InputError(f"{path} must be of version {VERSION}, but is of {metadata.get('version', 'none')}")
    if "builder" not in metadata or digest_of(tensors, stated_in(metadata)) != metadata.get("sha256"):
        raise ModelError(f"{path} is damaged: its content does not have the sha256 that it states")


def stated_in(metadata: Mapping[str, str]) -> str:
    """What of the metadata a digest is of: builder, settings, and inputs where there are any."""
    stated = [metadata.get("builder"), metadata.get("settings")]
    return json.dumps(stated + [metadata[name] for name in ("inputs",) if name in metadata])


def as_json(settings: Mapping[str, Any]) -> str:
    """Settings as JSON."""
    try:
        return json.dumps(dict(settings), sort_keys=True)
    except (TypeError, ValueError) as error:
        raise InputError(f"settings must be JSON-able (numbers, texts, lists, dicts), but are not: {error}") from error


def inputs_in(metadata: Mapping[str, str], path: Path) -> Inputs:
    """What a file states that its model was trained on; nothing where it states nothing."""
    stated = object_in(metadata, "inputs", path)
    try:
        return Inputs.from_json(stated)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged: its inputs are no names and scales: {error}") from error


def object_in(metadata: Mapping[str, str], name: str, path: Path) -> dict[str, Any]:
    """The settings, or the inputs, that a file states."""
    try:
        stated = json.loads(metadata.get(name, "{}"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: its {name} are no JSON: {error}") from error
    if not isinstance(stated, dict):
        raise InputError(f"{path} is damaged: its {name} must be a JSON object, but are {type(stated).__name__}")
    return stated
