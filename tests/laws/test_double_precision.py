"""Doubles are made where the device is asked whether it has any: some accelerators have none."""

import sys
import traceback
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from aition import Target, TorchModel, explain, from_tensors
from aition.core.precision import doubled
from aition.dream import JUDGES, Border, Margin, dream, preset
from aition.methods import (
    ContrastiveMask,
    GeodesicIntegratedGradients,
    SequentialIntegratedGradients,
    TemporalIntegratedGradients,
    TimeX,
    Timing,
)
from aition.methods.masks import LocalTrend
from stand_ins.dreams import matched, waves

ASKED = {("precision.py", "doubled"), ("draws.py", "uniform")}
"""Functions that ask the device."""


class Widened(TorchDispatchMode):
    """Who made doubles of what are none."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[tuple[str, str]] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        if wide(found) and not wide((args, kwargs)):
            frames = traceback.extract_stack(sys._getframe(1))
            own = [(one.filename.rsplit("/", 1)[-1], one.name) for one in frames if "/aition/" in one.filename]
            self.places.add(own[-1] if own else ("", ""))
        return found


def wide(tree: Any) -> bool:
    """Whether a tensor among some things is of doubles."""
    return any(isinstance(one, torch.Tensor) and one.dtype == torch.float64 for one in tree_leaves(tree))


@pytest.mark.parametrize("name", ["calibrated", "delta", "maco", "lucid", "sequence-dreaming-style", "autoencoder"])
def test_dreams_make_doubles_only_where_the_device_is_asked(name: str) -> None:
    recipe = preset(name, steps=3)
    if name == "autoencoder":
        recipe = preset(name, steps=3, parameterisation=type(recipe.parameterisation)(epochs=1))
    real, model = waves(40), matched(3)
    judges = JUDGES if name == "calibrated" else ()
    with Widened() as seen:
        dream(model, real, [Margin(1), Border((0, 1))], recipe=recipe, draws=2, judges=judges, others=[model])
    assert seen.places <= ASKED


@pytest.mark.parametrize(
    "explainer",
    [
        Timing(4, 2),
        TemporalIntegratedGradients(1),
        SequentialIntegratedGradients(1),
        GeodesicIntegratedGradients(2, 1),
        ContrastiveMask(trend=LocalTrend(), epochs=1, steps=1),
        TimeX(epochs=1),
    ],
    ids=lambda one: type(one).__name__,
)
def test_explainers_make_doubles_only_where_the_device_is_asked(explainer: Any) -> None:
    x = torch.randn(6, 4, 2, generator=torch.Generator().manual_seed(0))
    batch = from_tensors(x, layout="sample time feature", static=torch.ones(6, 1))
    model = TorchModel(torch.nn.Linear(2, 1), lambda module, some: module(some.x.mean(dim=1))[:, 0])
    with Widened() as seen:
        fitted = explainer.fit(model, batch, Target.scalar()) if getattr(explainer, "needs_fit", False) else explainer
        explain(fitted, model, batch, Target.scalar())
    # The string of a geodesic is always made on the CPU.
    assert seen.places <= ASKED | {("geodesic.py", "__init__")}


def test_the_law_can_be_broken() -> None:
    with Widened() as seen:
        torch.ones(2).double()
        doubled(torch.ones(2))
    assert seen.places == {("", ""), ("precision.py", "doubled")}


def test_a_device_without_doubles_gets_them_from_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("aition.core.precision.has_double", lambda device: asked.append(device) or False)
    assert doubled(torch.ones(2)).dtype == torch.float64
    assert asked == [torch.device("cpu")]
