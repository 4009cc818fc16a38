"""Whether hierarchies find planted nested groups: boxes of cells that act together, and pairs of boxes.

    bench_hierarchy.py                all networks, seeds 0 to 9 (15 CPU minutes)
    bench_hierarchy.py --quick        the law itself, one seed
    bench_hierarchy.py table FILE     rows that were kept, as a table
    bench_hierarchy.py cost           groups that trees ask the model for, by units

"CD" is contextual decomposition as it comes, by the rules `shapley` in the company of others: chosen on LSTMs of seeds
1000 to 1002 before `murdoch`, `gcd` and `acd` in that company, and before `acd` in that of all. Rows that are there
are not made again.

Series are drawn from NestedGroups, half of them aligned; networks learn the log-odds that the law gives them (8,000
series), so that they know the law and not only the labels. Eight aligned series of the same places are explained. A
tree is cut at the first merge that leaves the cells of the truth in at most as many parts as there are boxes, or
pairs; ``box`` and ``pair`` are the adjusted Rand index of these cells. ``box_all`` and ``pair_all`` count all cells:
those that are not read are parts of their own in the truth, and the tree is cut at as many parts.
"""

import argparse
import json
import math
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse, stats
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.core.errors import RefusalError
from aition.core.model import Model
from aition.core.question import Question
from aition.core.tree import cut
from aition.data.simulate import NestedGroups, Simulated
from aition.methods import AgglomerativeHierarchy, IntegratedGradients
from aition.methods.cd.scorer import Relevance
from aition.methods.hierarchy.scorer import Removal, Scores
from aition.methods.hierarchy.units import neighbours, pairs_of
from aition.models import create, fit, register_builder

Row = dict[str, Any]
Whole = NDArray[np.int64]
Tree = tuple[Whole, Whole]
N_TRAIN, N_VALIDATION, N_EXPLAINED, N_TIME = 8000, 1000, 8, 12
NETWORKS: dict[str, dict[str, Any]] = {
    "law": {},
    "cnn": {"name": "cnn"},
    "lstm": {"name": "lstm-classifier", "n_hidden": 48},
    "mlp": {"name": "mlp-classifier", "n_time": N_TIME, "hidden": (128, 128)},
}
METHODS: dict[str, AgglomerativeHierarchy] = {
    "interaction, group alone": AgglomerativeHierarchy(Removal("group")),
    "interaction, group removed": AgglomerativeHierarchy(Removal("rest")),
    "interaction, CD": AgglomerativeHierarchy(Relevance(strict=True)),
    "interaction, CD by `acd`, all": AgglomerativeHierarchy(Relevance("acd", company="all", strict=True)),
    "interaction, CD by `shapley`, all": AgglomerativeHierarchy(Relevance("shapley", company="all", strict=True)),
    "gain, group alone": AgglomerativeHierarchy(Removal("group"), linkage="gain"),
    "gain, CD by `acd`": AgglomerativeHierarchy(Relevance("acd", strict=True), linkage="gain"),
}
CLUSTERED = {"integrated gradients, ward": "ward", "integrated gradients, average": "average"}
BLOCKS = "equal blocks of time"


@register_builder("cnn")
def cnn(n_feature: int, n_class: int) -> TorchModel:
    """Convolutions, then a layer that knows where what they saw stands; their mean over time would not."""
    seen = nn.Sequential(
        nn.Conv1d(n_feature, 48, 5, padding="same"),
        nn.ReLU(),
        nn.Conv1d(48, 48, 5, padding="same"),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(48 * N_TIME, n_class),
    )
    return TorchModel(seen, lambda module, batch: module(batch.x.transpose(1, 2)))


def log_odds(drawn: Simulated) -> torch.Tensor:
    outputs = drawn.white_box(drawn.batch)
    return outputs[:, 1] - outputs[:, 0]


def network(name: str, seed: int, explained: Simulated) -> tuple[TorchModel, Target, float]:
    """A model of the law, what to ask it, and how much of the log-odds' variance it knows in new series."""
    if name == "law":
        return explained.white_box, explained.target, 1.0
    drawn = NestedGroups(n_sample=N_TRAIN + N_VALIDATION, n_time=N_TIME, aligned=0.5)(seed=seed)
    odds = log_odds(drawn)
    batch = replace(drawn.batch, label=(odds / odds.std()).float())
    train, validation = batch.take(range(N_TRAIN)), batch.take(range(N_TRAIN, len(batch)))
    settings = dict(NETWORKS[name])
    model = create(settings.pop("name"), seed=seed, n_feature=batch.n_feature, n_class=1, **settings)
    for epochs, size, lr in ((25, 64, 3e-3), (6, 256, 5e-4)):
        done = fit(
            model, train, epochs=epochs, batch_size=size, lr=lr, seed=seed, validation=validation, progress="off"
        )
        model = done.model
    return model, Target.scalar(), 1 - done.history[-1].validation_loss / float(validation.label.var())


def trees(explainer: AgglomerativeHierarchy, model: TorchModel, drawn: Simulated, target: Target) -> Iterator[Tree]:
    answer = explain(explainer, model, drawn.batch, target, progress="off")
    for row in range(len(drawn)):
        made = ~np.isnan(answer["attribution_merge"].values[row])
        yield answer["group_joined"].values[row], answer["merge_joined"].values[row][made]


def clustered(attribution: NDArray[Any], linkage: str) -> Tree:
    """The tree of one series' attributions by their distance, of cells that touch."""
    n_time, n_feature = attribution.shape
    edges = neighbours(n_time, n_feature, pairs_of("all", n_feature))
    n_cell = attribution.size
    touching = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(n_cell, n_cell))
    clustering = AgglomerativeClustering(
        n_clusters=None, distance_threshold=0, linkage=linkage, connectivity=touching + touching.T
    ).fit(attribution.reshape(-1, 1))
    above = np.full(2 * n_cell - 1, -1)
    for merge, nodes in enumerate(clustering.children_):
        above[nodes] = merge
    return above[:n_cell], above[n_cell:]


def from_tree(tree: Tree) -> Callable[[int, NDArray[np.bool_]], Whole]:
    return lambda n_part, among: cut(*tree, n_part=n_part, among=among)


def blocks(n_time: int, n_feature: int) -> Callable[[int, NDArray[np.bool_]], Whole]:
    """As many equal blocks of steps as there are parts, at most one a step."""
    step = np.repeat(np.arange(n_time), n_feature)
    return lambda n_part, _: step * min(n_part, n_time) // n_time


def judged(parts: list[Callable[[int, NDArray[np.bool_]], Whole]], drawn: Simulated) -> Row:
    """Means over the series of how well parts agree with the truth."""
    found: dict[str, list[float]] = {}
    for level in ("box", "pair"):
        for row, part in enumerate(parts):
            truth = drawn.batch[level][row].flatten().numpy()
            read = truth > 0
            n_part = len(np.unique(truth[read]))
            apart = np.where(read, truth, truth.max() + 1 + np.arange(len(truth)))
            own = part(n_part, read)
            found.setdefault(level, []).append(adjusted_rand_score(truth[read], own[read]))
            own = part(n_part + int((~read).sum()), np.ones_like(read))
            found.setdefault(f"{level}_all", []).append(adjusted_rand_score(apart, own))
    return {name: float(np.mean(values)) for name, values in found.items()}


def rows_of(name: str, seed: int, lacking: Sequence[str]) -> Iterator[Row]:
    drawn = NestedGroups(n_sample=N_EXPLAINED, n_time=N_TIME)(seed=seed)
    model, target, known = network(name, seed, drawn)
    about = {"network": name, "seed": seed, "r2": known}
    for method in lacking:
        if method in METHODS:
            try:
                parts = [from_tree(tree) for tree in trees(METHODS[method], model, drawn, target)]
            except RefusalError as refusal:
                yield about | {"method": method, "refused": str(refusal)}
                continue
        elif method in CLUSTERED:
            answer = explain(IntegratedGradients(), model, drawn.batch, target, progress="off")
            parts = [from_tree(clustered(one, CLUSTERED[method])) for one in answer["attribution"].values]
        else:
            parts = [blocks(drawn.batch.n_time, drawn.batch.n_feature)] * len(drawn)
        yield about | {"method": method} | judged(parts, drawn)


def costs() -> Iterator[Row]:
    """Groups that a tree asks for, of networks with random weights and series of noise."""
    for seed in range(3):
        for n_time, n_feature in ((25, 1), (50, 1), (100, 1), (200, 1), (50, 6), (100, 6)):
            x = torch.randn(2, n_time, n_feature, generator=torch.Generator().manual_seed(90_000_000 + seed))
            for name in ("conv-classifier", "lstm-classifier"):
                asked: list[int] = []

                def counted(model: Model, batch: Batch, question: Question, asked: list[int] = asked) -> Scores:
                    scores = Removal()(model, batch, question)

                    def noted(rows: Tensor, cells: Tensor) -> Tensor:
                        asked.append(len(rows))
                        return scores(rows, cells)

                    return noted

                model = create(name, seed=seed, n_feature=n_feature, n_class=2)
                batch = from_tensors(x, layout="sample time feature")
                explain(AgglomerativeHierarchy(counted), model, batch, Target.of_class(1), progress="off")
                per_unit = sum(asked) / x.numel()
                yield {"task": "cost", "network": name, "seed": seed, "n_time": n_time, "n_feature": n_feature} | {
                    "per_unit": per_unit
                }


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def table(path: Path) -> None:
    rows = [row for row in read(path) if "box" in row]
    measures = ("box", "pair", "box_all", "pair_all")
    print("| network | method | " + " | ".join(measures) + " | seeds |\n|---|---|" + "---|" * (len(measures) + 1))
    for name in NETWORKS:
        for method in dict.fromkeys(row["method"] for row in rows if row["network"] == name):
            own = [row for row in rows if (row["network"], row["method"]) == (name, method)]
            cells = [spread([row[measure] for row in own]) for measure in measures]
            print(f"| {name} | {method} | {' | '.join(cells)} | {len(own)} |")
    for name in NETWORKS:
        known = {row["seed"]: row["r2"] for row in rows if row["network"] == name}
        if known:
            print(f"\n{name}: R² {min(known.values()):.3f} to {max(known.values()):.3f}")


def spread(values: list[float]) -> str:
    """Mean ± half of the 95 % interval of the mean; the mean alone of one or two."""
    if len(values) < 3:
        return f"{np.mean(values):.2f}"
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    return f"{np.mean(values):.2f} ± {half:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["run", "table", "cost"], default="run")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(10)))
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "aition-hierarchy.jsonl")
    asked = parser.parse_args()
    if asked.what == "table":
        table(asked.file or asked.out)
        return
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message=".*connectivity matrix.*")
    if asked.what == "cost":
        for row in costs():
            print(json.dumps(row), flush=True)
            with asked.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
        return
    there = set() if asked.quick else {(row["network"], row["seed"], row.get("method")) for row in read(asked.out)}
    for seed in asked.seeds[:1] if asked.quick else asked.seeds:
        for name in ["law"] if asked.quick else asked.networks:
            lacking = [one for one in (*METHODS, *CLUSTERED, BLOCKS) if (name, seed, one) not in there]
            if lacking:
                made = list(rows_of(name, seed, lacking))
                with asked.out.open("a") as file:
                    file.writelines(json.dumps(row) + "\n" for row in made)
                print(f"{name}, seed {seed}: {made[0]['r2']:.3f}", flush=True)
    table(asked.out)


if __name__ == "__main__":
    main()
