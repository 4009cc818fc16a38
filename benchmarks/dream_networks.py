"""Networks that dream, and others of the same classes that say whether they see the same; trained once and kept."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import torch

from aition.core.model import TorchModel
from aition.data import FETCHABLE, Dataset, default_cache, fetch, load
from aition.data.download import WHEEL
from aition.models import create, evaluate, fit, load_model, save_model


@dataclass(frozen=True)
class Plan:
    """A network and how it is trained.

    Args:
        builder: Its name among :mod:`aition.models`.
        settings: What the builder takes beside features and classes.
        epochs: Passes over the training series.
        seed: Of weights and order.
        rate: Size of Adam's steps.
    """

    builder: str
    settings: dict[str, Any] = field(default_factory=dict)
    epochs: int = 60
    seed: int = 0
    rate: float = 3e-3


RESNET = Plan("resnet-classifier", {"channels": (10, 20, 20), "kernels": (7, 5, 3)})
SEGMENTS = Plan("segment-classifier", {"channels": (16, 16), "kernel": 7}, seed=1)
GRU = Plan("gru-classifier", {"n_hidden": 24}, seed=2)
PLANS = {
    "GunPoint": (RESNET, replace(SEGMENTS, epochs=200), Plan("transformer-classifier", epochs=100, seed=2)),
    "ItalyPowerDemand": (RESNET, SEGMENTS, GRU),
    "BasicMotions": (RESNET, SEGMENTS, Plan("transformer-classifier", seed=2)),
    "JapaneseVowels": (RESNET, SEGMENTS, GRU),
    "ECG5000": (replace(RESNET, epochs=20), replace(SEGMENTS, epochs=40), replace(GRU, epochs=30)),
    "FordA": (
        Plan("resnet-classifier", {"channels": (10, 20, 20), "kernels": (15, 9, 5)}, epochs=12, rate=1e-3),
        replace(SEGMENTS, settings={"channels": (16, 16), "kernel": 25}, epochs=25),
        Plan("conv-classifier", {"channels": (16, 24, 16), "kernel": 15}, epochs=25, seed=2),
    ),
}
"""The network that dreams, and two of other architectures."""
PACKAGED = {
    "GunPoint": "gun-point",
    "ItalyPowerDemand": "italy-power-demand",
    "BasicMotions": "basic-motions",
    "JapaneseVowels": "japanese-vowels",
}


def at_hand() -> list[str]:
    """Data sets that packages hold, and those that were fetched."""
    return [name for name in PLANS if name in PACKAGED or (default_cache() / WHEEL).is_file()]


@cache
def data_of(name: str) -> Dataset:
    """Series in deviations of the training series'; those that no package holds must have been fetched."""
    found = fetch(name, cache=default_cache()) if name in FETCHABLE else load(PACKAGED[name])
    return found.standardised()


def network_of(name: str, plan: Plan) -> TorchModel:
    """A network that was trained on the training series of a data set, kept in the user's cache."""
    said = json.dumps([name, plan.builder, plan.settings, plan.epochs, plan.seed, plan.rate, torch.__version__])
    key = hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
    path = default_cache() / "dreams" / f"{name}-{plan.builder}-{key}.safetensors"
    if path.is_file():
        return load_model(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    train = data_of(name).train
    settings = {"n_feature": train.n_feature, "n_class": int(train.label.max()) + 1} | plan.settings
    start = create(plan.builder, seed=plan.seed, **settings)
    model = fit(start, train, epochs=plan.epochs, lr=plan.rate, seed=plan.seed, progress="off").model
    save_model(model, path, builder=plan.builder, settings=settings)
    return model


def networks_of(name: str) -> tuple[TorchModel, tuple[TorchModel, ...]]:
    """The network that dreams, and the others."""
    first, *others = (network_of(name, plan) for plan in PLANS[name])
    return first, tuple(others)


def accuracies(name: str) -> list[float]:
    """Share of the test series that each network of a data set meets."""
    first, others = networks_of(name)
    return [evaluate(one, data_of(name).test)[1] for one in (first, *others)]
