"""A trained network held fixed, on real series: how often it is right by a tenth of the cells, chosen in several ways.

    bench_lex_fixed.py run SEED...       appends the rows that benchmarks/results/lex_fixed.jsonl lacks
    bench_lex_fixed.py table             the rows as the table of docs/lex_classifier.md
    bench_lex_fixed.py --quick           one small run, kept nowhere

The network is trained on the training part, and LEX learns from the same series, without their labels, a tenth of the
segments (ten of each feature), with rows of other series in place of the rest. Test series are given to the network
with ``lex``, the cells selected; ``blocks``, as many segments by chance; ``cells``, as many cells by chance; ``last``,
the last cells; ``gradients``, the cells with the largest integrated gradients of the predicted class. What is not kept
is drawn: ``rows``, of another series, or ``gaussian``, given what is kept; the mean chance of 16 draws is taken.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from aeon.datasets import load_classification
from alone import alone, by_chance, highest, last_cells, whole
from torch import Tensor

from aition import Target, explain
from aition.bench.student import interval_of
from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.model import TorchModel
from aition.impute.gaussian import GaussianImputer
from aition.impute.groups import Blocks
from aition.impute.rows import MarginalRows
from aition.methods import IntegratedGradients
from aition.methods.lex import ExactK, FittedLex, Lex
from aition.methods.lex.candidates import Candidates
from aition.models import create, fit
from aition.models.deviations import in_deviations
from aition.sklearn import batch_of

ROWS = Path(__file__).parent / "results" / "lex_fixed.jsonl"
SETS = {"BasicMotions": 60, "JapaneseVowels": 30}
"""Data, and the epochs of LEX."""
NETWORKS = ("conv-classifier", "gru-classifier")
IMPUTERS = {"rows": MarginalRows.fit, "gaussian": GaussianImputer.fit}
WAYS = ("lex", "blocks", "cells", "last", "gradients")


def parts(name: str) -> tuple[Batch, Batch]:
    """The training part, and the test part cut to the same steps."""
    (x, y), (others, wanted) = (load_classification(name, split=part) for part in ("train", "test"))
    names, longest = np.unique(y), max(one.shape[1] for one in x)
    learn = batch_of(x, label=np.searchsorted(names, y))
    judge = batch_of([one[:, :longest] for one in others], label=np.searchsorted(names, wanted))
    return learn.to(device="cpu", dtype=torch.float32), judge.to(device="cpu", dtype=torch.float32)


def learned(model: TorchModel, batch: Batch, *, epochs: int, seed: int) -> FittedLex:
    """A selector of a tenth of the segments."""
    groups = Blocks(10)
    there = Candidates.of(batch, groups).there.sum(dim=1).double()
    settings = {"batch_size": 16, "rate": 5e-3, "decay": 10.0, "judged": False, "rivals": 0}
    lex = Lex(ExactK(max(1, round(0.1 * float(there.median())))), groups=groups, epochs=epochs, seed=seed, **settings)
    unlabelled = replace(batch, label=torch.full((len(batch),), -1))
    return lex.fit(model, unlabelled, Target.whole("class"), progress="off")


def chosen(fitted: FittedLex, model: TorchModel, batch: Batch, *, seed: int) -> dict[str, Tensor]:
    """The cells that are kept, ``[sample, time, feature]``, by how they are chosen."""
    candidates = Candidates.of(batch, fitted.settings.groups)
    logits = fitted.logits(batch, candidates)
    group = torch.arange(candidates.n_group)
    noise = uniform(batch.keys[:, None], seed, group[None]).to(logits)
    kept = {}
    for way, score in (("lex", logits), ("blocks", noise)):
        mode = fitted.settings.selection.mode(score, candidates)
        kept[way] = candidates.spread(mode[:, None])[:, 0] & candidates.known
    count = kept["lex"].sum(dim=(1, 2))
    slopes = explain(IntegratedGradients(), model, batch, Target.predicted(), progress="off")
    size = torch.tensor(slopes["attribution"].values).abs().nan_to_num()
    kept["cells"] = by_chance(batch, count, seed=seed)
    kept["last"] = last_cells(batch, count)
    kept["gradients"] = highest(size, batch, count)
    return kept


def measured(name: str, network: str, seed: int, *, epochs: int, training: int = 60) -> dict[str, Any]:
    """A row: one network."""
    learn, judge = parts(name)
    made = create(network, n_feature=learn.n_feature, n_class=1 + int(learn.label.max()), seed=seed)
    start = in_deviations(made, learn)
    model = fit(start, learn, epochs=training, batch_size=16, seed=seed, progress="off").model
    began = time.process_time()
    fitted = learned(model, learn, epochs=epochs, seed=seed)
    spent = time.process_time() - began
    kept = chosen(fitted, model, judge, seed=seed)
    answer = whole(model, judge, classes=True)
    row: dict[str, Any] = {
        "data": name,
        "network": network,
        "seed": seed,
        "whole": answer.met(judge.label),
        "share": float(kept["lex"].sum()) / float((judge.observed & judge.cells).sum()),
        "estimator": fitted.notes["estimator"],
        "cpu": round(spent, 1),
    }
    for kind, way in IMPUTERS.items():
        imputer = way(learn)
        said = {who: alone(model, judge, kept[who], imputer, classes=True) for who in WAYS}
        row[kind] = {who: one.met(judge.label) for who, one in said.items()}
        row[f"{kind} nats"] = {who: float(one.loss(answer.mean).mean()) for who, one in said.items()}
    return row


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def run(seeds: list[int]) -> None:
    for seed in seeds:
        for name, epochs in SETS.items():
            for network in NETWORKS:
                mine = {"data": name, "network": network, "seed": seed}
                if not any(mine.items() <= row.items() for row in rows()):
                    found = measured(name, network, seed, epochs=epochs)
                    print(found, flush=True)
                    with ROWS.open("a") as file:
                        file.write(json.dumps(found) + "\n")


def table() -> None:
    """Means over seeds, and half of Student's 95 % interval."""
    print(f"| data | network (seeds) | drawn | whole | {' | '.join(WAYS)} |\n|{'---|' * (len(WAYS) + 4)}")
    for name in SETS:
        for network in NETWORKS:
            mine = [row for row in rows() if row["data"] == name and row["network"] == network]
            for kind in IMPUTERS if mine else ():
                cells = [summed([row["whole"] for row in mine])]
                cells += [summed([row[kind][who] for row in mine]) for who in WAYS]
                print(f"| {name} | {network} ({len(mine)}) | {kind} | {' | '.join(cells)} |")


def summed(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.2f}"
    spread = interval_of(values)
    return f"{spread.mean:.2f} ± {(spread.high - spread.low) / 2:.2f}"


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table"))
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        print(measured("BasicMotions", "conv-classifier", 0, epochs=2, training=5))
    elif asked.what == "table":
        table()
    else:
        run(asked.seeds or [0, 1, 2])


if __name__ == "__main__":
    main()
