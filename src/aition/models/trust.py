"""Model files that can run code when they are loaded: told by their content, refused, or loaded on the user's word."""

import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

import torch
from torch import Tensor, nn

from aition.core.errors import InputError, MissingExtraError, ModelError, TrustError
from aition.core.model import FunctionModel, TorchModel

Kind = Literal["safetensors", "exported", "torchscript", "pickled", "pickle", "onnx"]
SUFFIXES: dict[str, Kind] = {
    ".pt2": "exported",
    ".pt": "pickled",
    ".pth": "pickled",
    ".ckpt": "pickled",
    ".bin": "pickled",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
    ".onnx": "onnx",
}
DANGERS: dict[Kind, str] = {
    "exported": "is a program of torch.export, which holds pickles, which run any code when they are loaded",
    "torchscript": "is TorchScript, which runs the code that it holds",
    "pickled": "was written by torch.save, so it is a pickle, which runs any code when it is loaded",
    "pickle": "is a pickle, which runs any code when it is loaded",
    "onnx": "is an ONNX graph, which may read any file of this machine as its external data",
}
SAVE = "save_model(TorchModel(module, …), 'model.safetensors', builder=…, settings=…)"
CONVERT = f"load it where you trust it, and {SAVE}, where the builder makes the same module"
RECIPES: dict[Kind, str] = {
    "exported": f"take the module from before torch.export, and {SAVE}",
    "torchscript": f"give its state_dict() to the module that it was made from, and {SAVE}",
    "pickled": CONVERT,
    "pickle": CONVERT,
    "onnx": "open it yourself: session = onnxruntime.InferenceSession(path); "
    "FunctionModel(lambda batch: session.run(None, {'x': batch.x.numpy()})[0])",
}


def kind_of(path: Path) -> Kind:
    """What a file is, by its content before its ending, so that a renamed pickle is a pickle.

    Raises:
        InputError: It is no model file that is known.
    """
    with path.open("rb") as file:
        head = file.read(9)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= path.stat().st_size:
        return "safetensors"  # its first bytes are a length, which may look like a pickle's or an archive's
    if head[:2] == b"PK":
        return kind_of_archive(path)
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if head[:1] == b"\x80":
        return "pickle"
    if suffix == ".safetensors":
        return "safetensors"
    raise InputError(f"{path} must be a .safetensors file (or, with trust, {', '.join(SUFFIXES)}), but is neither")


def kind_of_archive(path: Path) -> Kind:
    """What kind of model a zip archive holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{path} is a damaged zip archive: {error}") from error
    if any(name.endswith(("archive_format", "serialized_exported_program.json")) for name in names):
        return "exported"
    if any(name.endswith("constants.pkl") for name in names):
        return "torchscript"
    if any(name.endswith(".pkl") for name in names):
        return "pickled"
    if path.suffix.lower() in SUFFIXES:
        return SUFFIXES[path.suffix.lower()]
    raise InputError(f"{path} must be a model file, but is a zip archive of something else")


def refuse(path: Path, kind: Kind) -> NoReturn:
    """Raise, saying what could run and what to do instead."""
    raise TrustError(
        f"{path} {DANGERS[kind]}. Nothing of it was loaded. If you trust who made it, pass trust=True "
        f"(--trust on the command line); better convert it once: {RECIPES[kind]}"
    )


def load_trusted(path: Path, kind: Kind) -> TorchModel | FunctionModel | dict[str, Tensor]:
    """Load what may run code; only to be called on the user's word.

    Returns:
        A model that is called with ``batch.x``, or weights by name that a builder is still to take.
    """
    if kind == "onnx":
        return onnx_model(path)
    try:
        if kind == "exported":
            with warnings.catch_warnings():
                # torch 2.10 reads the archive's own bytes into tensors, and warns of itself.
                warnings.filterwarnings("ignore", "The given buffer is not writable", UserWarning)
                loaded: Any = torch.export.load(path).module()
        elif kind == "torchscript":
            loaded = torch.jit.load(path, map_location="cpu")
        elif kind == "pickled":
            loaded = torch.load(path, map_location="cpu", weights_only=False)
        else:
            with path.open("rb") as file:
                loaded = pickle.load(file)
    except Exception as error:
        raise ModelError(f"{path} can't be loaded: {type(error).__name__}: {error}") from error
    if isinstance(loaded, TorchModel | FunctionModel):
        return loaded
    if isinstance(loaded, nn.Module):
        return TorchModel(loaded)
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if isinstance(loaded, Mapping) and loaded and all(isinstance(value, Tensor) for value in loaded.values()):
        return {str(name): value for name, value in loaded.items()}
    raise InputError(f"{path} must hold a torch.nn.Module or its state_dict, but holds {type(loaded).__name__}")


def onnx_model(path: Path) -> FunctionModel:
    """An ONNX graph of one input as a black box."""
    try:
        import onnxruntime  # type: ignore[import-not-found]
    except ImportError as error:
        raise MissingExtraError(f"{path} needs onnxruntime, which is not installed: pip install onnxruntime") from error
    try:
        session = onnxruntime.InferenceSession(str(path))
    except Exception as error:
        raise ModelError(f"{path} can't be loaded: {type(error).__name__}: {error}") from error
    names = [one.name for one in session.get_inputs()]
    if len(names) != 1:
        raise InputError(f"{path} takes the inputs {names}; write the function yourself: {RECIPES['onnx']}")
    return FunctionModel(lambda batch: session.run(None, {names[0]: batch.x.numpy()})[0])
