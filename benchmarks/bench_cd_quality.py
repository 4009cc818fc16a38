"""Whether contextual decomposition finds planted cells, by rule set and kind of network, beside other explainers.

A series has 12 steps and 2 features of noise (deviation .5); three steps of one feature, at one of four places, carry a
zigzag of height 1 to 2 that is upright or turned round, and which of the two is asked. Six kinds of small networks
learn it from fresh series. AUROC is of absolute attributions of the 24 cells against the 3 planted ones, a sample at a
time; "first" is how often the planted segment, of 8, has the largest absolute attribution when the segments are the
groups. Both are means over 128 fresh series. Nothing was chosen by these figures; seed 1000 was for trying.

    python benchmarks/bench_cd_quality.py --seeds 0 1 2 3 4
    python benchmarks/bench_cd_quality.py table
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from interacting import KINDS, network
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.impute.groups import EachCell, Segments
from aition.methods import ContextualDecomposition, FeatureAblation, InputXGradient, IntegratedGradients
from aition.methods.cd import SETS

OUT = Path(__file__).parent / "results" / "cd_quality.jsonl"
N_STEP, N_FEATURE, LENGTH, N_SERIES = 12, 2, 3, 128
STEPS, ROWS, NOISE, ORDERS = 800, 128, 0.5, 20
T_95 = {2: 12.7, 3: 4.3, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
"""97.5 % points of Student's distribution by number of seeds."""


def series(n: int, draw: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Series ``[sample, step, feature]``, whether the zigzag is upright, and the planted cells."""
    x = NOISE * torch.randn(n, N_STEP, N_FEATURE, generator=draw)
    place = LENGTH * torch.randint(N_STEP // LENGTH, (n,), generator=draw)
    feature = torch.randint(N_FEATURE, (n,), generator=draw)
    upright = torch.rand(n, generator=draw) > 0.5
    height = (1 + torch.rand(n, generator=draw)) * (2 * upright - 1)
    rows = torch.arange(n)
    planted = torch.zeros(n, N_STEP, N_FEATURE, dtype=torch.bool)
    for offset, sign in enumerate((1, -1, 1)):
        x[rows, place + offset, feature] += sign * height
        planted[rows, place + offset, feature] = True
    return x, upright.float(), planted


def trained(kind: str, seed: int) -> tuple[nn.Module, float]:
    """A network after fresh series, and how often it is right on others."""
    torch.manual_seed(seed)
    module, draw = network(kind, n_step=N_STEP, n_feature=N_FEATURE), torch.Generator().manual_seed(10_000 + seed)
    optimizer = torch.optim.Adam(module.parameters())
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1.0, step / 50) * (1 + math.cos(math.pi * step / STEPS)) / 2
        x, y, _ = series(ROWS, draw)
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(module(x), y).backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
    x, y, _ = series(4000, draw)
    with torch.no_grad():
        return module.eval(), float(((module(x) > 0) == (y > 0.5)).float().mean())


def auroc(scores: Tensor, truth: Tensor) -> float:
    """How often a planted cell is above another one, ties half, mean over samples."""
    found = []
    for score, planted in zip(scores.flatten(1), truth.flatten(1), strict=True):
        more = score[planted][:, None] - score[~planted][None]
        found.append(float((more > 0).float().mean() + (more == 0).float().mean() / 2))
    return statistics.mean(found)


def first(scores: Tensor, truth: Tensor) -> float:
    """How often the largest score is of a planted cell."""
    largest = scores.flatten(1).argmax(dim=1, keepdim=True)
    return float(truth.flatten(1).gather(1, largest).float().mean())


def shapley(model: TorchModel, batch: Batch) -> Tensor:
    """Shapley values of cells by random orders, absent cells being 0."""
    n, n_cell = len(batch), N_STEP * N_FEATURE
    found, draw = torch.zeros(n, n_cell), torch.Generator().manual_seed(0)
    for _ in range(ORDERS):
        order = torch.randperm(n_cell, generator=draw)
        there = torch.zeros(n_cell + 1, n_cell, dtype=torch.bool)
        for place, cell in enumerate(order):
            there[place + 1 :, cell] = True
        x = (batch.x.flatten(1)[:, None] * there).reshape(-1, N_STEP, N_FEATURE)
        with torch.no_grad():
            values = model(from_tensors(x, layout="sample time feature")).reshape(n, n_cell + 1)
        found[:, order] += values.diff(dim=1) / ORDERS
    return found.reshape(n, N_STEP, N_FEATURE)


Answer = Callable[[TorchModel, Batch, Any], Tensor]
"""From a model, samples and groups to attributions."""


def told_by(make: Callable[[Any], Any]) -> Answer:
    return lambda model, batch, groups: torch.from_numpy(
        explain(make(groups), model, batch, Target.scalar(), progress="off")["attribution"].values
    )


EXPLAINERS: dict[str, tuple[Answer, bool]] = {
    **{f"CD, {rules}": (told_by(partial(ContextualDecomposition, rules=rules, strict=True)), True) for rules in SETS},
    "feature ablation": (told_by(FeatureAblation), True),
    "integrated gradients": (told_by(lambda _: IntegratedGradients(steps=32)), False),
    "input x gradient": (told_by(lambda _: InputXGradient()), False),
    "Shapley values, 20 orders": (lambda model, batch, _: shapley(model, batch), False),
}
"""Explainers, and whether they take any groups: of the others, cells are added up to segments."""


def segments_of(attribution: Tensor) -> Tensor:
    """Sums over segments, in all of their cells."""
    sums = attribution.unflatten(1, (-1, LENGTH)).sum(dim=2, keepdim=True)
    return sums.expand(-1, -1, LENGTH, -1).flatten(1, 2)


def measured(kind: str, seed: int) -> list[dict[str, object]]:
    """A row for each explainer."""
    module, right = trained(kind, seed)
    x, _, planted = series(N_SERIES, torch.Generator().manual_seed(20_000 + seed))
    model, batch = TorchModel(module), from_tensors(x, layout="sample time feature")
    rows: list[dict[str, object]] = []
    for name, (answer, grouped) in EXPLAINERS.items():
        began = time.process_time()
        cells = answer(model, batch, EachCell())
        seconds = time.process_time() - began
        groups = answer(model, batch, Segments(LENGTH)) if grouped else segments_of(cells)
        row = {"network": kind, "seed": seed, "right": round(right, 4), "explainer": name}
        row |= {"auroc": round(auroc(cells.abs(), planted), 4), "first": round(first(groups.abs(), planted), 4)}
        rows.append(row | {"ms_a_sample": round(1000 * seconds / N_SERIES, 2)})
    return rows


def shown(values: list[float]) -> str:
    """The mean, and half the width of its 95 % interval."""
    mean = f"{statistics.mean(values):.3f}"
    if len(values) < 2:
        return mean
    return f"{mean} ± {T_95[len(values)] * statistics.stdev(values) / math.sqrt(len(values)):.3f}"


def table(path: Path) -> None:
    """AUROC and hits of every explainer by network."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for measure in ("auroc", "first"):
        print(f"\n| {measure} | {' | '.join(KINDS)} |\n|---|{'---|' * len(KINDS)}")
        for name in EXPLAINERS:
            cells = [
                shown([row[measure] for row in rows if row["explainer"] == name and row["network"] == kind])
                for kind in KINDS
            ]
            print(f"| {name} | {' | '.join(cells)} |")
    rights = [f"{kind} {min(row['right'] for row in rows if row['network'] == kind):.3f}" for kind in KINDS]
    print(f"\nright at least: {', '.join(rights)}; seeds {sorted({row['seed'] for row in rows})}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="?", default="measure", choices=["measure", "table"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.part == "table":
        table(asked.out)
        return
    torch.set_num_threads(1)
    done = asked.out.read_text() if asked.out.exists() else ""
    for seed in [1000] if asked.quick else asked.seeds:
        for kind in KINDS[:1] if asked.quick else KINDS:
            if f'"network": "{kind}", "seed": {seed},' in done:
                continue
            lines = [json.dumps(row) for row in measured(kind, seed)]
            print(*lines, sep="\n", flush=True)
            if not asked.quick:
                with asked.out.open("a") as file:
                    file.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
