"""Speed: CPU seconds of ExtremalMask and Dynamask beside time-interpret's, on the same series and models, with quality.

One process, one thread, the contestants in turn in every round; ratios are medians over rounds. tint runs twice: as its
experiments have it (tqdm's bar, TensorBoard's logs, checkpoints), and silent. It is called as its users call it, with a
plain function or module and its published settings.

Rare: 10 series 50 × 50, 2000 epochs. States: 200 series 200 × 3, a GRU with 200 units; the published 500 epochs are
extrapolated from a few, and ``--full`` runs them to the end (three quarters of an hour). Dynamask: 100 of those series,
one mini-batch; ten shares, a blur; one epoch, from a few. tint's regulariser is repaired: without it tint has less to
do, and learns nothing. ``--quick`` takes half a minute and says little.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from aition_peers import TintDynamask, TintExtremalMask
from aition_peers.training import published_trainer, silent_trainer
from pytorch_lightning import Trainer
from torch import Tensor
from work import Contestants, Seconds, in_words, judged, rare, ratio, rounds, squares, states

from aition import TorchModel, explain
from aition.core.protocol import Explainer
from aition.data.simulate import Simulated
from aition.methods.masks import Dynamask, ExtremalMask, Fixed

PUBLISHED = 500
"""Epochs on states."""
TRAINERS: Mapping[str, Callable[[int], AbstractContextManager[Trainer]]] = {
    "tint": published_trainer,
    "tint, silent": silent_trainer,
}
LEAST = {
    "rare-time, ExtremalMask.paper": 8.0,
    "rare-feature, ExtremalMask.paper": 8.0,
    "states, ExtremalMask.paper": 2.5,
    "rare-time, ExtremalMask": 20.0,
    "rare-feature, ExtremalMask": 20.0,
    "states, ExtremalMask": 40.0,
    "dynamask, Dynamask.paper": 10.0,
}
"""How many times as fast as tint we mean to be."""


@dataclass(frozen=True)
class Sizes:
    """How much is done.

    Args:
        times: Rounds.
        rare_epochs: On rare features and times.
        epochs: Of the shorter of two runs from which an epoch on states is told.
        n_sample: Series of states.
        n_train: Series that its classifier is trained on.
        training: Epochs of that.
        n_dynamask: Series of states for Dynamask.
        dynamask_epochs: As ``epochs``, for Dynamask.
    """

    times: int
    rare_epochs: int = 2000
    epochs: int = 3
    n_sample: int = 200
    n_train: int = 400
    training: int = 5
    n_dynamask: int = 100
    dynamask_epochs: int = 2


def ours(explainer: Explainer, model: TorchModel, drawn: Simulated) -> Tensor:
    """Masks by the driver, as our users call it."""
    answer = explain(explainer, model, drawn.batch, drawn.target, progress="off")
    return torch.from_numpy(answer["attribution"].values)


def peers(peer: TintExtremalMask | TintDynamask, f: Callable[..., Tensor], *inputs: Tensor, epochs: int) -> Contestants:
    """Tint with each trainer."""
    return {
        name: lambda trainer=trainer: peer.learned(f, *inputs, trainer=trainer(epochs))
        for name, trainer in TRAINERS.items()
    }


def shown(title: str, seconds: Seconds, answers: Mapping[str, Tensor], drawn: Simulated) -> dict[str, float]:
    """Print a line for each contestant; how many times as fast as tint each is."""
    print(title)
    found = {name: ratio(seconds["tint"], taken) for name, taken in seconds.items()}
    for name, taken in seconds.items():
        quality = in_words(judged(answers[name], drawn)) if name in answers else ""
        print(f"  {name:20s} {np.median(taken):9.3f} CPU s  {found[name]:8.2f} × as fast  {quality}", flush=True)
    return found


def one_epoch(contestants: Callable[[int], Contestants], *, epochs: int, times: int) -> tuple[Seconds, Seconds]:
    """CPU seconds of a few epochs, and of each further one as twice as many tell, round by round."""
    few: Seconds = {}
    each: Seconds = {}
    for _ in range(times):
        (_, short), (_, long) = (rounds(contestants(n), times=1) for n in (epochs, 2 * epochs))
        for name in short:
            few.setdefault(name, []).append(short[name][0])
            each.setdefault(name, []).append((long[name][0] - short[name][0]) / epochs)
    return few, each


def on_rare(axis: str, sizes: Sizes, *, seed: int) -> dict[str, float]:
    """Ratios on rare features or times."""
    drawn, model = rare(axis, seed=seed)
    epochs = sizes.rare_epochs
    contestants = {
        **peers(TintExtremalMask.rare(), squares, drawn.batch.x, drawn.truth, epochs=epochs),
        "ExtremalMask.paper": lambda: ours(ExtremalMask.paper(replacement=Fixed(), steps=epochs), model, drawn),
        "ExtremalMask": lambda: ours(ExtremalMask(), model, drawn),
    }
    answers, seconds = rounds(contestants, times=sizes.times)
    return shown(f"Rare {axis}: 10 series, {epochs} epochs, {sizes.times} round(s)", seconds, answers, drawn)


def on_states(drawn: Simulated, model: TorchModel, sizes: Sizes, *, full: bool) -> dict[str, float]:
    """Ratios on states."""

    def published(epochs: int) -> Contestants:
        return {
            **peers(TintExtremalMask(), model.module, drawn.batch.x, epochs=epochs),
            "ExtremalMask.paper": lambda: ours(ExtremalMask.paper(steps=epochs), model, drawn),
        }

    answers: dict[str, Tensor] = {}
    if full:
        answers, seconds = rounds(published(PUBLISHED), times=1)
    else:
        few, each = one_epoch(published, epochs=sizes.epochs, times=sizes.times)
        left = PUBLISHED - sizes.epochs
        seconds = {name: [a + left * b for a, b in zip(few[name], each[name], strict=True)] for name in few}
    defaults, more = rounds({"ExtremalMask": lambda: ours(ExtremalMask(), model, drawn)}, times=len(seconds["tint"]))
    how = "" if full else f", extrapolated from {sizes.epochs} and {2 * sizes.epochs}"
    title = f"States: {len(drawn)} series, {PUBLISHED} epochs{how}, {len(seconds['tint'])} rounds"
    return shown(title, seconds | more, answers | defaults, drawn)


def on_dynamask(drawn: Simulated, model: TorchModel, sizes: Sizes) -> dict[str, float]:
    """Ratios of one epoch of Dynamask on states."""

    def published(epochs: int) -> Contestants:
        return {
            **peers(TintDynamask(), model.module, drawn.batch.x, epochs=epochs),
            "Dynamask.paper": lambda: ours(Dynamask.paper(steps=epochs), model, drawn),
        }

    epochs = sizes.dynamask_epochs
    _, each = one_epoch(published, epochs=epochs, times=sizes.times)
    how = f"one epoch, as {epochs} and {2 * epochs} tell, {sizes.times} rounds"
    return shown(f"Dynamask on states: {len(drawn)} series, ten shares, {how}", each, {}, drawn)


def warm_up() -> None:
    """Pay what only the first use of each package costs."""
    drawn, model = rare("time", seed=0)
    rounds(peers(TintExtremalMask.rare(), squares, drawn.batch.x, drawn.truth, epochs=2), times=1)
    ours(ExtremalMask(steps=2), model, drawn)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it runs")
    parser.add_argument("--full", action="store_true", help="states to the end, once, with every contestant's quality")
    parser.add_argument("--only", choices=("rare", "states", "dynamask"), help="one part of it")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contestant runs")
    parser.add_argument("--seed", type=int, default=1000, help="of series and classifier")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    sizes = Sizes(asked.rounds)
    if asked.quick:
        sizes = Sizes(1, rare_epochs=20, epochs=1, n_sample=4, n_train=16, training=1, n_dynamask=2, dynamask_epochs=1)
    wanted = {asked.only} if asked.only else {"rare", "states", "dynamask"}
    warm_up()
    found: dict[str, dict[str, float]] = {}
    if "rare" in wanted:
        found |= {f"rare-{axis}": on_rare(axis, sizes, seed=asked.seed) for axis in ("time", "feature")}
    if wanted & {"states", "dynamask"}:
        drawn, model = states(sizes.n_sample, n_train=sizes.n_train, epochs=sizes.training, seed=asked.seed)
        if "states" in wanted:
            found["states"] = on_states(drawn, model, sizes, full=asked.full)
        if "dynamask" in wanted:
            found["dynamask"] = on_dynamask(drawn.take(range(sizes.n_dynamask)), model, sizes)
    times = {f"{part}, {name}": round(value, 2) for part, one in found.items() for name, value in one.items()}
    met = {name: times[name] >= least for name, least in LEAST.items() if name in times}
    print(
        json.dumps({"benchmark": "peers_speed", "torch": torch.__version__, "times_as_fast_as_tint": times, "met": met})
    )


if __name__ == "__main__":
    main()
