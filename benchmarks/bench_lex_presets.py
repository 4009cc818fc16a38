"""What published special cases of LEX select on S_1, S_3 and Switch-AR, beside figures that theory gives.

    bench_lex_presets.py l2x --seeds 0-2        appends the rows that benchmarks/results/lex_presets.jsonl lacks;
                                                also floor (L2X on S_1),
                                                best (the same, of three seeds that of the highest bound), invase,
                                                realx, rationale
    bench_lex_presets.py --quick                one small run of each, kept nowhere
    bench_lex_presets.py table                  the rows as tables

A network is trained on the labels first; every preset explains it, and predictors of their own start from it. ``tpr``
and ``fpr`` are means over series of the shares of true and of other cells that are selected, ``top`` and ``top_fpr``
the same of the five cells with the largest probability, ``auroc`` that of the probabilities; ``size`` is the number of
groups selected, ``runs`` that of stretches of them. ``own`` is the negative log-likelihood of the labels by the
method's own predictor, given the selected cells as it sees them, ``law`` by the exact law of the same cells, in nats:
where own is less than law, the choice of the cells tells the label. ``cpu`` is the time of ``fit``, on one thread.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from aition import TorchModel, explain
from aition.data.simulate import Simulated, SwitchAR, SwitchingBlocks
from aition.impute.groups import EachCell
from aition.impute.imputer import first_draws, imputed
from aition.methods.lex import (
    Bernoulli,
    DenseSelector,
    FittedLex,
    Lex,
    Rate,
)
from aition.metrics import auroc
from aition.models import MLPClassifier, as_model, fit

ROWS = Path(__file__).parent / "results" / "lex_presets.jsonl"
LAWS: dict[str, Callable[[int], Any]] = {
    "s1": lambda n: SwitchingBlocks(n_sample=n, below="a", above="b"),
    "s3": lambda n: SwitchingBlocks(n_sample=n),
    "switch-ar": lambda n: SwitchAR(n_sample=n),
}
RUNS: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "l2x": (("l2x", "s3", {}),),
    "floor": (("l2x", "s1", {}),),
    "best": (("l2x", "s1", {"starts": 3}),),
    "invase": (("invase", "s3", {}), ("invase", "s3", {"rate": 1 / 11})),
    "realx": (("realx", "s3", {}), ("realx", "s3", {"rate": 5 / 11}), ("realx", "s3", {"twice": True})),
    "rationale": (("rationale", "switch-ar", {"length": 1.0, "breaks": 1.0}),),
}
FIGURES = ("tpr", "fpr", "top", "top_fpr", "auroc", "size", "runs", "own", "law", "cpu")
CHANGES = ("price", "rate", "length", "breaks", "starts", "twice")
"""Settings that a row names where they are not the preset's."""
TEST = 1000


class Twice:
    """Bernoulli masks whose probability is the sigmoid of a sigmoid, between .5 and .73, as in the code of REAL-X."""

    continuous = True

    def __getattr__(self, name: str) -> Any:
        inner = getattr(Bernoulli(), name)
        return (
            inner if name in ("turns", "softened", "outcomes") else lambda logits, *more: inner(logits.sigmoid(), *more)
        )


@cache
def explained(task: str, n: int, seed: int) -> tuple[TorchModel, Simulated, Simulated]:
    """A network that the labels taught, and the two parts of the series."""
    drawn = LAWS[task](n + TEST)(seed=seed)
    train, test = drawn.take(range(n)), drawn.take(range(n, n + TEST))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = MLPClassifier(train.batch.n_feature, 2, n_time=train.batch.n_time, hidden=(200, 200))
    done = fit(as_model(network), train.batch, epochs=15, batch_size=128, lr=1e-3, weight_decay=1.0, seed=seed)
    return done.model, train, test


def selecting(preset: str, task: str, changes: dict[str, Any], *, seed: int, n: int, epochs: int) -> dict[str, Any]:
    """One row of a preset that selects."""
    law = LAWS[task](n + TEST)
    model, train, test = explained(task, n, seed)
    given = {name: value for name, value in changes.items() if name not in ("rate", "twice", "starts")}
    if "rate" in changes:
        given["budget"] = Rate(changes["rate"])
    if "twice" in changes:
        given["selection"] = Twice()
    settings = {"epochs": epochs, "judged": False, "rivals": 0, "seed": seed, **given}
    lex: Lex = getattr(Lex, preset)(selector=DenseSelector(), **settings)
    began = time.process_time()
    starts = [replace(lex, seed=seed + 100 * start) for start in range(changes.get("starts", 1))]
    fits = [one.fit(model, train.batch, train.target, progress="off") for one in starts]
    fitted = max(fits, key=lambda one: one.notes["held_out_bound"])
    cpu = time.process_time() - began
    answer = explain(fitted, model, test.batch, train.target, progress="off")
    kept, chance = torch.tensor(answer.selected.values), torch.tensor(answer.attribution.values)
    groups = kept if isinstance(lex.groups, EachCell) else kept[:, :, :1]
    there = np.ones((1, chance.numel()), dtype=np.bool_)
    score = chance.numpy().reshape(1, -1, 1)
    tpr, fpr = shares(kept, test.truth)
    row = {
        "preset": preset,
        "task": task,
        **changes,
        "series": n,
        "epochs": epochs,
        "seed": seed,
        "tpr": tpr,
        "fpr": fpr,
        "auroc": float(auroc(score, test.truth.numpy().reshape(1, -1, 1), there)[0]),
        "size": float(groups.flatten(1).sum(dim=1).float().mean()),
        "own": own_nll(fitted, model, test, kept),
        "law": exact_nll(law, test, kept),
        "oracle": exact_nll(law, test, test.truth),
        "cpu": cpu,
    }
    if task != "switch-ar":
        row["top"], row["top_fpr"] = shares(highest(chance, 5), test.truth)
    else:
        on = torch.nn.functional.pad(groups[:, :, 0].int(), (1, 0))
        row["runs"] = float((on.diff(dim=1) > 0).sum(dim=1).float().mean())
    return row


def shares(kept: Tensor, truth: Tensor) -> tuple[float, float]:
    """Shares of true and of other cells that are kept, means over series."""
    kept, truth = kept.flatten(1).double(), truth.flatten(1)
    found = [(kept * among).sum(dim=1) / among.sum(dim=1) for among in (truth, ~truth)]
    return float(found[0].mean()), float(found[1].mean())


def highest(chance: Tensor, count: int) -> Tensor:
    """The cells with the largest probability."""
    flat = chance.flatten(1)
    return torch.zeros_like(flat, dtype=torch.bool).scatter(1, flat.topk(count, dim=1).indices, True).view(chance.shape)


def own_nll(fitted: FittedLex, model: TorchModel, shown: Simulated, kept: Tensor) -> float:
    """What the predictor of a method says of the labels, in nats."""
    seen = imputed(fitted.imputer, shown.batch, kept, first_draws(shown.batch, 1))[:, 0]
    with torch.no_grad():
        said = fitted.predictor(model)(shown.batch.with_x(seen)).log_softmax(dim=1)
    return -float(said.gather(1, shown.batch.label[:, None]).mean())


def exact_nll(law: Any, shown: Simulated, kept: Tensor) -> float:
    """What the law itself says of the labels given some cells, in nats."""
    return -float(law.given(shown.batch, kept).gather(1, shown.batch.label[:, None]).clamp(min=1e-9).log().mean())


def table(rows: list[dict[str, Any]]) -> None:
    """Means by preset, data, settings and size."""
    for row in rows:
        named = [f"{name} {row[name]:g}" for name in CHANGES if name in row and name != "twice"]
        row["settings"] = " ".join(named + ["twice"] * ("twice" in row))
    means(rows, ("preset", "task", "settings", "series", "epochs"), FIGURES)


def means(rows: list[dict[str, Any]], names: tuple[str, ...], figures: tuple[str, ...]) -> None:
    """Means and half 95 % intervals over seeds, by the t distribution, of the rows that have these names in common."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name, "") for name in names), []).append(row)
    print(f"| {' | '.join([*names, 'seeds', *figures])} |")
    print("|" + "---|" * (1 + len(names) + len(figures)))
    for key, some in groups.items():
        cells = []
        for name in figures:
            values = np.array([row.get(name, math.nan) for row in some])
            wide = float(stats.t.ppf(0.975, max(1, len(values) - 1))) / math.sqrt(len(values))
            half = wide * values.std(ddof=1) if len(values) > 1 else math.nan
            plain = f"{values.mean():.0f}" if name == "cpu" else f"{values.mean():.3f} ± {half:.3f}"
            cells.append("" if np.isnan(values).any() else plain)
        print(f"| {' | '.join(map(str, key))} | {len(some)} | {' | '.join(cells)} |")


def asked_seeds(asked: argparse.Namespace) -> range:
    """The seeds that were asked for."""
    first, _, last = asked.seeds.partition("-")
    return range(1000, 1001) if asked.quick else range(int(first), int(last or first) + 1)


def lacks(asked: argparse.Namespace, wanted: Mapping[str, Any]) -> bool:
    """Whether a row of these settings, and no other, is still to be made; those of a quick run always are."""
    if asked.quick or not asked.out.exists():
        return True
    known = [json.loads(line) for line in asked.out.read_text(encoding="utf-8").splitlines()]
    names = {*wanted, *CHANGES}
    return wanted not in [{name: row[name] for name in names if name in row} for row in known]


def kept_row(row: dict[str, Any], asked: argparse.Namespace) -> None:
    """Tell a row, and keep it unless the run is a quick one."""
    print(json.dumps(row), flush=True)
    if not asked.quick:
        with asked.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="all", choices=["all", *RUNS, "table"])
    parser.add_argument("--seeds", default="0-2", help="such as 0-4 or 3")
    parser.add_argument("--series", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "table":
        table([json.loads(line) for line in asked.out.read_text(encoding="utf-8").splitlines()])
        return
    if asked.quick:
        asked.series, asked.epochs = 500, 1
    for seed in asked_seeds(asked):
        for preset, task, changes in [run for name in RUNS if asked.what in ("all", name) for run in RUNS[name]]:
            size = {"series": asked.series, "epochs": asked.epochs, "seed": seed}
            if lacks(asked, {"preset": preset, "task": task, **changes, **size}):
                kept_row(selecting(preset, task, changes, seed=seed, n=asked.series, epochs=asked.epochs), asked)


if __name__ == "__main__":
    main()
