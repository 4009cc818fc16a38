"""Do explainers of interactions find the pair that was planted? On six kinds of networks, and over time; and the cost.

    python benchmarks/bench_interactions.py rates --out benchmarks/results/interactions.jsonl
    python benchmarks/bench_interactions.py time --out benchmarks/results/interactions_time.jsonl
    python benchmarks/bench_interactions.py tables --out …
    python benchmarks/bench_interactions.py cost --out benchmarks/results/interactions_cost.jsonl

``rates``: networks that know 2·x₂·x₇ + x₄ (``interacting.py``), 12 steps as 12 players, 40 series a network in which
the product is at least .5. A hit: of 66 pairs the planted one has the largest size. ``time``: networks on series of 24
steps and 2 channels, 12 players of 4 steps, whose label is the sum of two products of segment means, one across
channels, and of two single ones; which segments is drawn anew for every seed. A hit: a planted pair comes first; AUROC:
the two planted pairs against the 64 others. ``cost``: how near regression comes to the exact index, and its time.
Seeds from 1000 are for choosing, 0 to 9 for reporting. What rows have is not made again: a method that they lack gets a
row of its own, and a network that could not be made one that says so.
"""

import argparse
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import torch
from interacting import FOLDER, KINDS, PAIR, explained, network, series, trained
from torch import Tensor, nn

from aition import Batch, FunctionModel, Target, TorchModel, explain, from_tensors
from aition.core.pairs import squared
from aition.impute.coalitions import everyone
from aition.impute.game import played
from aition.impute.groups import Blocks
from aition.impute.players import players_of
from aition.methods import Archipelago, IntegratedGradients, IntegratedHessians, RemovalPairs, ShapleyInteractions
from aition.methods.interactions.indices import Index, exact

Array = np.ndarray[Any, Any]
N_SERIES, CLEAR = 40, 0.5
EXACT: dict[str, Index] = {
    "ShapleyInteractions": "fsii",
    "ShapleyInteractions k-sii": "k-sii",
    "ShapleyInteractions stii": "stii",
}
"""Three indices of the same scores, which are asked once."""
EXPLAINERS: dict[str, Any] = {
    "ShapleyInteractions 500": ShapleyInteractions(budget=500),
    "Archipelago": Archipelago(),
    "RemovalPairs": RemovalPairs(),
    "RemovalPairs absent": RemovalPairs(company="absent"),
    "RemovalPairs present": RemovalPairs(company="present"),
    "IntegratedHessians 12": IntegratedHessians(steps=12),
    "IntegratedHessians 32": IntegratedHessians(),
}
BASELINES = ("product of integrated gradients", "random")
METHODS = (*EXACT, *EXPLAINERS, *BASELINES)
N_STEP, N_CHANNEL, N_SEGMENT = 24, 2, 6
Make = Callable[[str, int, Sequence[str]], dict[str, Any]]
"""From a kind of network, a seed and methods to a row."""
TIME_STEPS = {"gru": 4000}
"""Steps of Adam where 1,500 are too few."""
TIME_KINDS = ("mlp-tanh", "mlp-relu", "cnn", "gru", "transformer")


def interactions(
    model: TorchModel, x: Tensor, methods: Sequence[str], *, blocks: Blocks, seed: int
) -> dict[str, Array]:
    """Sizes of interactions by methods, ``[sample, group, group]``."""
    batch = from_tensors(x, layout="sample time feature")
    cells, n_group = players_of(blocks, batch, explainer="")
    scores = asked_of_all(model, batch, cells, n_group) if set(methods) & set(EXACT) else torch.zeros(0)
    found: dict[str, Array] = {}
    for name in methods:
        if name in EXACT:
            found[name] = squared(exact(scores, EXACT[name])[1], n_group).abs().numpy()
        elif name in EXPLAINERS:
            asked = replace(EXPLAINERS[name], groups=blocks)
            answer = explain(asked, model, batch, Target.scalar(), progress="off")
            found[name] = np.abs(answer["strength" if "strength" in answer else "interaction"].values)
        elif name == "random":
            found[name] = np.random.default_rng(seed).random((len(x), n_group, n_group))
        else:
            answer = explain(IntegratedGradients(), model, batch, Target.scalar(), progress="off")
            member = cells.numpy()[..., None] == np.arange(n_group)
            share = (np.asarray(answer.attribution.values)[..., None] * member).sum(axis=(1, 2))
            found[name] = np.abs(share[:, :, None] * share[:, None, :])
    return found


def asked_of_all(model: TorchModel, batch: Batch, cells: Tensor, n_group: int) -> Tensor:
    """Scores of all coalitions, those that are absent at 0, ``[sample, coalition]``."""
    question = Target.scalar().resolve(model(batch), batch)
    absent = torch.zeros_like(batch.x)
    return played(model, batch, [question], cells=cells, absent=absent, coalitions=everyone(n_group))[:, 0]


def judged(sizes: Array, planted: list[tuple[int, int]]) -> dict[str, float]:
    """Share of series in which a planted pair is first, whether one is in the mean, and AUROC."""
    first, second = np.triu_indices(sizes.shape[1], 1)
    flat = sizes[:, first, second]
    truth = np.array([pair in planted for pair in zip(first.tolist(), second.tolist(), strict=True)])
    hits = truth[flat.argmax(axis=1)]
    areas = [float(np.sign(row[truth][:, None] - row[~truth]).mean() / 2 + 0.5) for row in flat]
    return {"hit": float(hits.mean()), "mean_hit": float(truth[flat.mean(axis=0).argmax()]), "auroc": fmean(areas)}


def rates(kind: str, seed: int, methods: Sequence[str]) -> dict[str, Any]:
    """Methods on one network that knows one pair."""
    model, share = trained(kind, seed, folder=FOLDER)
    x = series(400, seed=30_000_000 + seed)
    x = x[(2 * x[:, PAIR[0], 0] * x[:, PAIR[1], 0]).abs() >= CLEAR][:N_SERIES]
    sizes = interactions(model, x, methods, blocks=Blocks(12), seed=seed)
    found = {name: judged(one, [PAIR]) for name, one in sizes.items()}
    return {"task": "rates", "kind": kind, "seed": seed, "explained": share, "n_series": len(x), "methods": found}


def planted_in_time(seed: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Two pairs of players and two single players, all different; the first pair lies in two channels."""
    order = np.random.default_rng(40_000_000 + seed).permutation(N_SEGMENT * N_CHANNEL)
    even, odd = [one for one in order if one % 2 == 0], [one for one in order if one % 2]
    rest = [int(one) for one in order if one not in (even[0], odd[0])]
    pairs = [(int(even[0]), int(odd[0])), (rest[0], rest[1])]
    return [(min(pair), max(pair)) for pair in pairs], (rest[2], rest[3])


def label_in_time(x: Tensor, seed: int) -> Tensor:
    """Two products of segment means and two single ones; means are scaled to variance 1."""
    length = N_STEP // N_SEGMENT
    mean = math.sqrt(length) * x.reshape(len(x), N_SEGMENT, length, N_CHANNEL).mean(dim=2)
    player = mean.reshape(len(x), -1)
    pairs, single = planted_in_time(seed)
    products = [player[:, one] * player[:, other] for one, other in pairs]
    return 2 * products[0] + 2 * products[1] + player[:, single[0]] + player[:, single[1]]


def trained_in_time(kind: str, seed: int) -> tuple[TorchModel, float]:
    """A network on longer series; made once, then read from the folder."""
    path = FOLDER / f"time-{kind}-{seed}.pt"
    draw, n_step = torch.Generator().manual_seed(50_000_000 + seed), TIME_STEPS.get(kind, 1500)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module: nn.Module = network(kind, n_step=N_STEP, n_feature=N_CHANNEL)
        if path.exists():
            module.load_state_dict(torch.load(path, weights_only=True))
        else:
            optimizer = torch.optim.Adam(module.parameters())
            for step in range(n_step):
                for group in optimizer.param_groups:
                    group["lr"] = 3e-3 * min(1.0, step / 100) * (1 + math.cos(math.pi * step / n_step)) / 2
                x = torch.randn(128, N_STEP, N_CHANNEL, generator=draw)
                loss = (module(x) - label_in_time(x, seed)).square().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(module.parameters(), 1.0)
                optimizer.step()
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(module.state_dict(), path)
    module.eval()
    x = torch.randn(4000, N_STEP, N_CHANNEL, generator=torch.Generator().manual_seed(60_000_000 + seed))
    return TorchModel(module), explained(module, x, label_in_time(x, seed))


def over_time(kind: str, seed: int, methods: Sequence[str]) -> dict[str, Any]:
    """Methods on one network that knows two pairs of segments; of any quality, which is told."""
    model, share = trained_in_time(kind, seed)
    x = torch.randn(N_SERIES, N_STEP, N_CHANNEL, generator=torch.Generator().manual_seed(70_000_000 + seed))
    pairs, _ = planted_in_time(seed)
    sizes = interactions(model, x, methods, blocks=Blocks(N_SEGMENT), seed=seed)
    found = {name: judged(one, pairs) for name, one in sizes.items()}
    return {"task": "time", "kind": kind, "seed": seed, "explained": share, "n_series": len(x), "methods": found}


def run(task: str, make: Make, methods: Sequence[str], kinds: Sequence[str], seeds: Sequence[int], out: Path) -> None:
    """Make what rows lack; where a network can't be made, a row that says why."""
    there = {(row["kind"], row["seed"]): row for row in read(out)}
    for seed in seeds:
        for kind in kinds:
            old = there.get((kind, seed), {})
            lacking = [] if "failed" in old else [name for name in methods if name not in old.get("methods", {})]
            if not lacking:
                continue
            began = time.process_time()
            try:
                row = make(kind, seed, lacking)
            except RuntimeError as error:
                row = {"task": task, "kind": kind, "seed": seed, "failed": str(error)}
            with out.open("a") as file:
                file.write(json.dumps(row) + "\n")
            told = row.get("failed") or " ".join(f"{name} {one['hit']:.2f}" for name, one in row["methods"].items())
            print(f"{kind} {seed} ({time.process_time() - began:.0f} CPU s): {told}", flush=True)


def read(out: Path) -> list[dict[str, Any]]:
    """A row for each network, with all methods that were tried on it."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in map(json.loads, out.read_text().splitlines() if out.exists() else []):
        first = found.setdefault((row["kind"], row["seed"]), row)
        if first is not row:
            first["methods"] = first.get("methods", {}) | row.get("methods", {})
    return list(found.values())


def tables(rows: list[dict[str, Any]]) -> None:
    """Markdown: a row a method, a column a kind of network, means over seeds with half a 95 % interval."""
    for row in rows:
        if "failed" in row:
            print(f"{row['kind']} {row['seed']}: {row['failed']}")
    rows = [row for row in rows if row["seed"] < 1000 and "failed" not in row]
    kinds = [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]
    seeds = {kind: sum(row["kind"] == kind for row in rows) for kind in kinds}
    for figure in ("hit", "mean_hit", "auroc"):
        print(f"\n{figure}\n| | {' | '.join(f'{kind} ({seeds[kind]})' for kind in kinds)} |")
        print("|---|" + "---|" * len(kinds))
        for method in METHODS:
            cells = [
                in_words([row["methods"][method][figure] for row in rows if row["kind"] == kind]) for kind in kinds
            ]
            print(f"| {method} | {' | '.join(cells)} |")
    shares: Mapping[str, list[float]] = defaultdict(list)
    for row in rows:
        shares[row["kind"]].append(row["explained"])
    print("\nexplained: " + ", ".join(f"{kind} {min(shares[kind]):.4f} to {max(shares[kind]):.4f}" for kind in kinds))
    print("\nhit rates by explainer:")
    for method in (*EXACT, *EXPLAINERS):
        by_kind = {k: round(fmean(r["methods"][method]["hit"] for r in rows if r["kind"] == k), 4) for k in kinds}
        print(f"    {json.dumps(method)}: {json.dumps(by_kind)},")


def in_words(values: list[float]) -> str:
    """A mean with half a 95 % interval of Student over seeds."""
    from scipy.stats import t

    half = t.ppf(0.975, len(values) - 1) * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{fmean(values):.2f} ± {half:.2f}"


def smooth_game(n_player: int, seed: int) -> tuple[FunctionModel, Tensor]:
    """A network of tanh with random weights, which has interactions of every order, and one series."""
    draw = torch.Generator().manual_seed(seed)
    inner = torch.randn(n_player, 24, generator=draw) / math.sqrt(n_player) * 2
    outer = torch.randn(24, generator=draw)
    x = torch.randn(1, n_player, 1, generator=draw)
    return FunctionModel(lambda batch: (batch.x[:, :, 0] @ inner).tanh() @ outer), x


def known_pairs(model: TorchModel, budget: int) -> Array:
    """Pairs of ten series by so many coalitions; 0: all."""
    batch = from_tensors(series(10, seed=80_000_000), layout="sample time feature")
    explainer = ShapleyInteractions(Blocks(12), budget=budget)
    answer = explain(explainer, model, batch, Target.scalar(), progress="off")
    pairs: Array = answer.interaction.values[:, *np.triu_indices(12, 1)].ravel()
    return pairs


def cost(seeds: list[int]) -> Iterator[dict[str, Any]]:
    """Correlation of regression with the exact index by budget, with shapiq's beside it; seconds of 32 players."""
    import shapiq

    for n_player, budgets in ((12, (160, 250, 400, 500, 800)), (16, (280, 410, 680, 1360))):
        for budget in budgets:
            ours, theirs = [], []
            for seed in seeds:
                model, x = smooth_game(n_player, seed)
                batch = from_tensors(x)

                def ask(
                    budget: int, model: FunctionModel = model, n_player: int = n_player, batch: Any = batch
                ) -> Array:
                    explainer = ShapleyInteractions(Blocks(n_player), budget=budget)
                    answer = explain(explainer, model, batch, Target.scalar(), progress="off")
                    return answer.interaction.values[0][np.triu_indices(n_player, 1)]

                exact = ask(2**n_player)
                ours.append(np.corrcoef(exact, ask(budget))[0, 1])

                def game(coalitions: Any, model: FunctionModel = model, x: Tensor = x) -> Any:
                    kept = torch.from_numpy(np.atleast_2d(coalitions).astype(np.float32))[:, :, None] * x
                    return model(from_tensors(kept, layout="sample time feature")).numpy()

                found = shapiq.approximator.RegressionFSII(n_player, 2, random_state=seed).approximate(budget, game)
                pairs = zip(*np.triu_indices(n_player, 1), strict=True)
                theirs.append(np.corrcoef(exact, [found[(int(i), int(j))] for i, j in pairs])[0, 1])
            about = {"task": "cost", "n_player": n_player, "budget": budget, "seeds": len(seeds)}
            yield about | {
                "ours": fmean(ours),
                "least": min(ours),
                "shapiq": fmean(theirs),
                "shapiq_least": min(theirs),
            }
    for kind in KINDS:
        model, _ = trained(kind, seeds[0], folder=FOLDER)
        found = [known_pairs(model, budget) for budget in (0, 500)]
        yield {"task": "cost", "kind": kind, "n_player": 12, "budget": 500, "ours": np.corrcoef(*found)[0, 1]}
    x = torch.randn(1, 32, 1, generator=torch.Generator().manual_seed(seeds[0]))
    for kind in KINDS:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = TorchModel(network(kind, n_step=32).eval())
        used = time.process_time()
        explain(ShapleyInteractions(Blocks(32)), model, from_tensors(x), Target.scalar(), progress="off")
        yield {"task": "cost", "kind": kind, "n_player": 32, "cpu_s": time.process_time() - used}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("rates", "time", "tables", "cost"), nargs="?", default="rates")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(10)))
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=[])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--out", type=Path, default=FOLDER / "interactions.jsonl")
    parser.add_argument("--quick", action="store_true", help="one seed of two kinds")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    seeds = asked.seeds[:1] if asked.quick else asked.seeds
    if asked.what == "cost":
        for row in cost(seeds):
            print(json.dumps(row), flush=True)
            with asked.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
    elif asked.what == "tables":
        tables(read(asked.out))
    else:
        known = KINDS if asked.what == "rates" else TIME_KINDS
        kinds = tuple(asked.kinds) or (known[2:4] if asked.quick else known)
        make = rates if asked.what == "rates" else over_time
        run(asked.what, make, asked.methods, kinds, seeds, asked.out)


if __name__ == "__main__":
    main()
