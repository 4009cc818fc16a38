"""Builders: functions by name that make a model from settings, so that a file need only name one."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from typing import Any, TypeVar

import torch
from torch import nn

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import random_state_kept
from aition.core.model import TorchModel
from aition.models.attention import TransformerClassifier
from aition.models.convolutional import ConvClassifier, ResNetClassifier
from aition.models.dense import MLPClassifier
from aition.models.events import EventRecurrent, EventTransformer, events_model
from aition.models.measured import MeasuredGRU, check_grid, measured_model
from aition.models.recurrent import GRUClassifier, LSTMClassifier
from aition.models.segmented import SegmentClassifier

Builder = Callable[..., TorchModel]
Made = TypeVar("Made", bound=Builder)
GROUP = "aition.builders"
NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "gru-classifier": GRUClassifier,
    "lstm-classifier": LSTMClassifier,
    "conv-classifier": ConvClassifier,
    "resnet-classifier": ResNetClassifier,
    "segment-classifier": SegmentClassifier,
    "transformer-classifier": TransformerClassifier,
    "mlp-classifier": MLPClassifier,
}
EVENT_NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "event-lstm": partial(EventRecurrent, "lstm"),
    "event-gru": partial(EventRecurrent, "gru"),
    "event-attention": partial(EventRecurrent, "gru", pool="attention"),
    "event-transformer": EventTransformer,
}
"""Networks on batches of events."""
MEASURED_NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "measured-gru": MeasuredGRU,
    "measured-attention": partial(MeasuredGRU, pool="attention"),
}
"""Networks on values in their units, of which many are missing."""
FORMS: dict[str, dict[str, Callable[..., nn.Module]]] = {
    "values at every step, in deviations, none missing": NETWORKS,
    "values in their units, some of them missing": MEASURED_NETWORKS,
    "lists of events": EVENT_NETWORKS,
}
"""What our networks read, in words."""
REGISTERED: dict[str, Builder] = {}


def forward_masked(module: nn.Module, batch: Batch) -> Any:
    """Call a module with the values and with which steps exist, as every reference network takes them."""
    check_grid(batch)
    return module(batch.x, batch.exists)


def as_model(network: nn.Module) -> TorchModel:
    """A reference network as a model.

    >>> from aition.core.assemble import from_tensors
    >>> as_model(GRUClassifier(2, 3))(from_tensors(torch.zeros(5, 4, 2))).shape
    torch.Size([5, 3])
    """
    return TorchModel(network, forward_masked)


def building(network: Callable[..., nn.Module], wrap: Callable[[nn.Module], TorchModel]) -> Builder:
    """From settings to a model, by way of a network."""
    return lambda **settings: wrap(network(**settings))


OURS: dict[str, Builder] = {
    name: building(network, wrap)
    for networks, wrap in (
        (NETWORKS, as_model),
        (EVENT_NETWORKS, events_model),
        (MEASURED_NETWORKS, measured_model),
    )
    for name, network in networks.items()
}


def register_builder(name: str) -> Callable[[Made], Made]:
    """Register a function that makes a model with fresh weights from JSON-able settings.

    A file may name any registered builder and choose its settings, so a builder must do nothing but build. A package
    announces its builders by entry points of the group ``aition.builders``.

    Args:
        name: By which files name it; without a colon.

    >>> @register_builder("mean-of-features")
    ... def mean_of_features(n_feature: int, n_class: int) -> TorchModel:
    ...     return TorchModel(nn.Linear(n_feature, n_class), lambda module, batch: module(batch.x.mean(dim=1)))
    >>> builder_named("mean-of-features") is mean_of_features
    True
    """
    if not name or ":" in name:
        raise InputError(f"a builder's name must have no colon and not be empty, but is {name!r}")

    def register(builder: Made) -> Made:
        there = REGISTERED.get(name, builder)
        if name in OURS or (there.__module__, there.__qualname__) != (
            builder.__module__,
            builder.__qualname__,
        ):
            raise InputError(f"there is another builder {name!r} already; choose another name")
        REGISTERED[name] = builder
        return builder

    return register


def builder_named(name: str) -> Builder:
    """The builder of a name: ours, one that was registered, or one that an installed package announces."""
    if name in OURS:
        return OURS[name]
    if name in REGISTERED:
        return REGISTERED[name]
    announced = entry_points(group=GROUP)
    if name in announced.names:
        builder: Builder = announced[name].load()
        return builder
    known = [f"{', '.join(names)} (for {form})" for form, names in FORMS.items()]
    known += sorted({*REGISTERED, *announced.names})
    raise InputError(
        f"there is no builder {name!r}; there are {', '.join(known)}. Import the module that registers it, or pass "
        "builder=, a function or 'module:function'"
    )


def create(name: str, *, seed: int = 0, **settings: Any) -> TorchModel:
    """A model with fresh weights that hang on the seed alone; the global random generators stay as they were.

    Args:
        name: A builder's.
        seed: Of the weights.
        settings: What the builder takes, such as ``n_feature`` and ``n_class``.

    >>> one, two = (create("gru-classifier", n_feature=2, n_class=3).module for _ in range(2))
    >>> bool((one.head.weight == two.head.weight).all())
    True
    """
    return built(builder_named(name), settings, seed=seed, name=name)


def built(builder: Builder, settings: Any, *, seed: int, name: str) -> TorchModel:
    """Call a builder; what it draws hangs on the seed alone.

    Raises:
        InputError: It refuses its settings, or answers no TorchModel.
    """
    with random_state_kept():
        torch.manual_seed(seed)
        try:
            model = builder(**settings)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(f"builder {name!r} can't build from the settings {settings}: {error}") from error
    if not isinstance(model, TorchModel):
        raise InputError(f"builder {name!r} must answer a TorchModel, but answered {type(model).__name__}")
    return model
