"""Trained networks kept on disk, so that every method explains the same one and none is trained twice."""

import fcntl
import hashlib
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import torch

from aition.bench.networks import Network, Standardised, TrainedNetwork
from aition.core.errors import AitionWarning, InputError, ModelError
from aition.core.model import TorchModel
from aition.core.provenance import described_setting
from aition.data.download import default_cache
from aition.data.simulate.simulated import Simulated
from aition.models import load_model, save_model


def default_networks() -> Path:
    """Where networks are kept unless another folder is named."""
    return default_cache() / "bench"


def model_for(network: Network, train: Simulated, *, seed: int, cache: Path) -> TorchModel:
    """The model that a task explains: from the cache if it was trained before, else trained and kept.

    Args:
        network: Only a :class:`~aition.bench.networks.TrainedNetwork`, alone or standardised, is kept; others are made
            anew.
        train: What may be trained on.
        seed: Of the weights and the order of the series.
        cache: Folder of the networks; made where there is none.

    Raises:
        InputError: Nothing can be written there.
    """
    if isinstance(network, Standardised):
        inner = model_for(network.network, network.prepared(train), seed=seed, cache=cache)
        return network.around(inner, train)
    if not isinstance(network, TrainedNetwork):
        return network(train, seed=seed)
    path = cache / f"{network.builder}-{key_of(network, train, seed=seed)}.safetensors"
    try:
        with only_one(path):
            if path.is_file() and (kept := from_file(path)) is not None:
                return kept
            model = network(train, seed=seed)
            save_model(model, path, builder=network.builder, settings=network.built_from(train))
            return model
    except OSError as error:
        raise InputError(f"networks can't be kept in {cache}: {error.strerror or error}; choose another") from error


def key_of(network: TrainedNetwork, train: Simulated, *, seed: int) -> str:
    """What a trained network hangs on, in 32 hexadecimal digits: recipe, data (so the fold too), seed and versions."""
    parts = [described_setting(network), train.batch.digest(), seed, torch.__version__, version("aition")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def from_file(path: Path) -> TorchModel | None:
    """A network that was kept; none, with a warning, where its file is damaged."""
    try:
        model = load_model(path)
    except (ModelError, InputError) as error:
        warnings.warn(f"a network is trained anew, for {error}", AitionWarning, stacklevel=2)
        return None
    return model if isinstance(model, TorchModel) else None


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Let one process at a time have a file, so that the others find what the first one trained."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
