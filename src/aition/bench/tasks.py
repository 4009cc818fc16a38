"""The tasks of the bench: their recipes, all in one place."""

import os
import sys
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from aition.bench.networks import Standardised, TrainedNetwork, WhiteBox
from aition.bench.task import Task
from aition.core.errors import InputError
from aition.data.simulate import (
    Bearing,
    DelayedEffect,
    FreqShapes,
    LatentState,
    LowVar,
    Panels,
    Rare,
    Redundant,
    Relay,
    SeqComb,
    Shortcut,
    SignFlip,
    State,
    Suppressor,
    SwitchAR,
    SwitchFeature,
    SwitchingBlocks,
    Ward,
)

GRU = TrainedNetwork("gru-classifier", {"n_class": 2, "n_hidden": 200, "per_step": True}, epochs=10, lr=2e-3)
CNN = TrainedNetwork("conv-classifier", {"n_class": 4, "channels": (32, 32, 32), "kernel": 15}, epochs=15, lr=3e-3)
SMALL_CNN = TrainedNetwork("conv-classifier", {"n_class": 2, "channels": (16, 16)}, epochs=15, lr=5e-3, batch_size=64)
MLP = TrainedNetwork("mlp-classifier", epochs=8, lr=1e-3, batch_size=64, weight_decay=10.0)

WIDE = TrainedNetwork(
    "mlp-classifier",
    {"n_class": 2, "n_time": 1, "hidden": (200, 200)},
    epochs=20,
    lr=1e-3,
    batch_size=128,
    weight_decay=1.0,
)
PIXELS = TrainedNetwork(
    "mlp-classifier",
    {"n_class": 10, "n_time": 28, "hidden": (200, 200)},
    epochs=15,
    lr=1e-3,
    batch_size=64,
    weight_decay=0.5,
)


def both(name: str, about: str, simulator: Any, network: TrainedNetwork) -> tuple[Task, Task]:
    """A task whose network is trained on four fifths of the series, and one whose model is the law itself."""
    return (
        Task(name, about, simulator, network, n_fold=5, most=200),
        Task(f"{name}-white-box", f"the law of {name}: its truth is exact", replace(simulator, n_sample=200)),
    )


def selecting(name: str, about: str, simulator: Any, network: TrainedNetwork) -> tuple[Task, Task]:
    """A task of which the series say which cells decide them, with a trained network and with the law itself.

    Both have a half of the series to fit a selector on, and explain 2,000 of the other half.
    """
    task = Task(name, about, simulator, Standardised(network), n_fold=2, most=2000, lead="tpr")
    law = replace(task, name=f"{name}-white-box", about=f"the law of {name}: its truth is exact", network=WhiteBox())
    return task, law


TASKS = {
    task.name: task
    for task in (
        Task(
            "rare-time",
            "the squares of 25 features at 5 steps of ARMA noise are summed",
            Rare(axis="time", shared=False),
            lead="aur",
        ),
        Task(
            "rare-time-groups",
            "as rare-time, but half of the series are answered by the square of the sum",
            Rare(axis="time", shared=False, groups=True),
            lead="aur",
        ),
        Task(
            "rare-time-shared",
            "as rare-time, with the same cells in all series",
            Rare(n_sample=10, axis="time"),
            lead="aur",
        ),
        Task(
            "rare-feature",
            "the squares of 5 features over 25 steps of ARMA noise are summed",
            Rare(shared=False),
            lead="aur",
        ),
        Task(
            "rare-feature-groups",
            "as rare-feature, but half of the series are answered by the square of the sum",
            Rare(shared=False, groups=True),
            lead="aur",
        ),
        Task(
            "rare-feature-shared", "as rare-feature, with the same cells in all series", Rare(n_sample=10), lead="aur"
        ),
        *both("state", "two hidden states choose the feature that decides each step's label", State(), GRU),
        *both(
            "switch-feature",
            "three hidden states choose the Gaussian process that decides each step's label",
            SwitchFeature(),
            replace(GRU, epochs=25, lr=3e-3),
        ),
        Task(
            "freq-shapes",
            "spikes in noise, whose direction and distance are the class",
            FreqShapes(n_sample=1200),
            CNN,
            n_fold=6,
            pool=False,
        ),
        Task(
            "seq-comb-uv",
            "two ramps in noise, whose directions are the class",
            SeqComb(n_sample=1200),
            CNN,
            n_fold=6,
            pool=False,
        ),
        Task(
            "seq-comb-mv",
            "two ramps on two of four features, whose directions are the class",
            SeqComb(n_sample=1200, n_feature=4),
            CNN,
            n_fold=6,
            pool=False,
        ),
        Task(
            "low-var",
            "a quiet window in the noise of two features, whose feature and level are the class",
            LowVar(n_sample=1200),
            CNN,
            n_fold=6,
            pool=False,
        ),
        *both(
            "sign-flip",
            "the effect of one feature turns around at a known step",
            SignFlip(n_sample=5000),
            replace(MLP, settings={"n_class": 2, "n_time": 40}),
        ),
        *both(
            "latent-state",
            "a cue shows which feature is read, and when",
            LatentState(n_sample=10_000),
            replace(MLP, settings={"n_class": 2, "n_time": 60}, weight_decay=4.0),
        ),
        *both("redundant", "a pulse stands in three features at once", Redundant(n_sample=2500), SMALL_CNN),
        *both(
            "suppressor",
            "a disturbance is taken off by a feature of its own",
            Suppressor(n_sample=5000),
            replace(MLP, settings={"n_class": 2, "n_time": 40}),
        ),
        *both(
            "delayed-effect",
            "what feature 0 was five steps before the last decides",
            DelayedEffect(n_sample=1500),
            replace(GRU, settings={**GRU.settings, "n_hidden": 32}, epochs=15, lr=1e-2),
        ),
        *both(
            "shortcut",
            "a wave decides, and a marker mostly tells: the truth is the wave alone, but a network leans on the "
            "marker, so an honest explanation of it scores lower",
            Shortcut(n_sample=2500),
            SMALL_CNN,
        ),
        *both(
            "bearing",
            "a bearing's fault rings; its kind is the class",
            Bearing(n_sample=2000),
            replace(SMALL_CNN, settings={"n_class": 4, "channels": (16, 16), "kernel": 41}, epochs=12),
        ),
        *both(
            "ward",
            "stays in hospital with values that are missing; excesses of five features count",
            Ward(n_sample=10_000),
            TrainedNetwork("gru-classifier", {"n_class": 2, "n_hidden": 16}, epochs=8, lr=5e-3, weight_decay=0.5),
        ),
        *selecting("s1", "x11 says whether x1 x2 or x3 to x6 decide", SwitchingBlocks(below="a", above="b"), WIDE),
        *selecting("s2", "x11 says whether x1 x2 or x7 to x10 decide", SwitchingBlocks(below="a", above="c"), WIDE),
        *selecting("s3", "x11 says whether x3 to x6 or x7 to x10 decide", SwitchingBlocks(), WIDE),
        *selecting(
            "s3-moved", "as s3, with 3 added to every number once all is drawn", SwitchingBlocks(shift=3.0), WIDE
        ),
        *selecting(
            "switch-ar",
            "a cell says which of two windows of autoregressive noise decides",
            SwitchAR(n_sample=20_000),
            replace(WIDE, settings={**WIDE.settings, "n_time": 20}),
        ),
        *selecting(
            "relay",
            "a cell says where to find the cell that says which of four windows decides",
            Relay(n_sample=40_000),
            replace(WIDE, settings={**WIDE.settings, "n_time": 30}, epochs=15, weight_decay=0.1),
        ),
        Task(
            "panels",
            "a written digit left or right, beside one with shuffled pixels",
            Panels(),
            PIXELS,
            n_fold=5,
            most=500,
            lead="tpr",
        ),
    )
}
"""Every task by its name."""


def task_named(word: str) -> Task:
    """A task by its name, or one of another package as ``module:name``, which is imported.

    Raises:
        InputError: There is none.

    >>> task_named("rare-time").n_fold
    1
    """
    if word in TASKS:
        return TASKS[word]
    module, colon, name = word.partition(":")
    if colon:
        return task_of(module, name, word)
    near = get_close_matches(word, list(TASKS), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"task must be one of {', '.join(TASKS)}, or 'module:name', but is {word!r}{hint}")


def task_of(module: str, name: str, word: str) -> Task:
    """A task that a module defines; modules are looked for in the working folder, too."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        task = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"task must be 'module:name', but {word!r} can't be imported: {error}") from error
    if not isinstance(task, Task):
        raise InputError(f"task must be a Task of aition.bench, but {word!r} is {type(task).__name__}")
    return task
