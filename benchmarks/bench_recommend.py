"""Whether a recommendation is near the best candidate, never blind, and names the planted shortcut and no other.

    python benchmarks/bench_recommend.py choice --seeds 30,31,32 --out benchmarks/results/recommend.jsonl
    python benchmarks/bench_recommend.py shortcuts --seeds 30,31,32,33 --out benchmarks/results/recommend.jsonl
    python benchmarks/bench_recommend.py unlearned --seeds 30,31,32 --out benchmarks/results/recommend.jsonl
    python benchmarks/bench_recommend.py table --out benchmarks/results/recommend.jsonl

*choice*: networks on simulated series whose truth is known; among the candidates are some that ignore the model. A row
has the AUROC of every candidate's magnitudes against the truth, of samples that had no part in the choice, and the
regret: how far the chosen one's is below the best. *shortcuts*: a marker is tied to the class (or to the value that is
to be told) in training and test, or it is tossed without regard to it; a row has the places that were raised.
*unlearned*: networks trained on labels that were permuted, judged on the true ones. Bounds and the rule were set on
seeds 7, 1000 and 1001, the least that a model must know on 30 and 31 of *unlearned*.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench_checks import Chance

from aition import Batch, Target
from aition.bench.blind import Magnitude
from aition.checks import candidates_for, recommend
from aition.checks.asking import explanation_of
from aition.checks.halves import halves
from aition.core.model import TorchModel
from aition.data.simulate import CoatedPits, FreqShapes, PlantedMotif, Shortcut, Suppressor
from aition.metrics.truth import auroc
from aition.models import create, evaluate, fit

Row = dict[str, Any]


BLIND = {"sizes": Magnitude(), "chance": Chance()}
QUICK = ("input-x-gradient", "saliency", "integrated-gradients", "timing", "occlusion")
N_TRAIN, N_TEST = 480, 160
TASKS: dict[str, tuple[Any, str, int]] = {
    "freq-shapes, conv": (FreqShapes(n_sample=N_TRAIN + N_TEST), "conv-classifier", 15),
    "planted-motif, conv": (PlantedMotif(n_sample=N_TRAIN + N_TEST, n_time=80, length=24), "conv-classifier", 12),
    "suppressor, gru": (Suppressor(n_sample=N_TRAIN + N_TEST, n_time=30), "gru-classifier", 12),
    "shortcut without leak, conv": (Shortcut(n_sample=N_TRAIN + N_TEST, leak=0.0), "conv-classifier", 15),
}


def trained(batch: Batch, kind: str, epochs: int, seed: int) -> tuple[TorchModel, Batch]:
    """A network trained on the first samples, and the rest."""
    train, values = batch.take(range(N_TRAIN)), batch.label.is_floating_point()
    n_class = 1 if values else int(batch.label.max()) + 1
    begun = create(kind, n_feature=batch.n_feature, n_class=n_class, seed=seed)
    model = fit(begun, train, epochs=epochs, lr=5e-3, seed=seed, progress="off").model
    return model, batch.take(range(N_TRAIN, len(batch)))


def choice(seed: int) -> list[Row]:
    """The regret of each task, and what blind candidates came to."""
    rows = []
    for task, (simulator, kind, epochs) in TASKS.items():
        drawn, began = simulator(seed=seed), time.process_time()
        model, test = trained(drawn.batch, kind, epochs, seed)
        train, ready = drawn.batch.take(range(N_TRAIN)), time.process_time()
        honest = {name: one for name, one in candidates_for(model, train).items() if name in QUICK}
        target, look = Target.predicted(), {"background": train, "seconds": 1e6, "progress": "off"}
        found = recommend(model, test, target, explainers={**honest, **BLIND}, **look)
        took = time.process_time() - ready
        final = halves(test, seed=0)[1]
        truth = drawn.truth[[drawn.batch.ids.tolist().index(one) for one in final.ids.tolist()]].numpy()
        areas = {}
        for name, how in {**honest, **BLIND}.items():
            said = explanation_of(how, model, final, target, padding="keep")["attribution"].values
            areas[name] = float(np.nanmean(auroc(np.abs(said), truth, final.exists.numpy())))
        best = max(areas[name] for name in honest)
        rows.append(
            {
                "part": "choice", "task": task, "seed": seed, "accuracy": evaluate(model, test)[1],
                "ending": found.ending, "chosen": found.chosen, "auroc": areas,
                "regret": best - areas[found.chosen] if found.chosen else None,
                "standing": {one.explainer: one.standing for one in found.candidates},
                "gain": {one.explainer: one.gain for one in found.candidates if np.isfinite(one.gain)},
                "raised": [str(one.region) for one in found.leaning.places if one.leans],
                "blind_alone": recommend(model, test, target, explainers=BLIND, **look).chosen,
                "cpu_seconds": {"fit": ready - began, "recommend": took},
            }
        )  # fmt: skip
    return rows


def marked_corner(seed: int, leak: float) -> tuple[Batch, Target]:
    """The simulator's own marker: the last feature's first four steps."""
    return Shortcut(n_sample=N_TRAIN + N_TEST, leak=0.9 * leak)(seed=seed).batch, Target.predicted()


def marked_end(seed: int, leak: float) -> tuple[Batch, Target]:
    """A motif at any place of one noisy feature, and a level that is raised in the three last steps but two."""
    batch = PlantedMotif(n_sample=N_TRAIN + N_TEST, n_time=80, length=24, height=0.8)(seed=seed).batch
    toss = torch.rand(len(batch), generator=torch.Generator().manual_seed(seed))
    on = toss < torch.where(batch.label == 1, 0.5 + 0.45 * leak, 0.5 - 0.45 * leak)
    x = batch.x.clone()
    x[on, 75:78, 0] += 3.0
    return batch.with_x(x), Target.predicted()


def marked_value(seed: int, leak: float) -> tuple[Batch, Target]:
    """Traces whose two first steps tell the size of the burst that is asked for, or that of another trace."""
    batch = CoatedPits(n_sample=N_TRAIN + N_TEST)(seed=seed).batch
    order = torch.randperm(len(batch), generator=torch.Generator().manual_seed(seed))
    told = batch.label if leak else batch.label[order]
    x = batch.x.clone()
    x[:, :2, 0] += 0.7 * told[:, None].to(x.dtype)
    return batch.with_x(x), Target.scalar()


CASES: dict[str, tuple[Callable[[int, float], tuple[Batch, Target]], str, int, tuple[str, int, int]]] = {
    "corner, conv": (marked_corner, "conv-classifier", 12, ("marker", 0, 3)),
    "end, conv": (marked_end, "conv-classifier", 12, ("f0", 75, 77)),
    "value, conv": (marked_value, "conv-classifier", 20, ("clathrin", 0, 1)),
}


def shortcuts(seed: int) -> list[Row]:
    """What is raised with a marker that tells, and with one that does not."""
    rows = []
    for case, (make, kind, epochs, place) in CASES.items():
        for leak in (1.0, 0.0):
            batch, target = make(seed, leak)
            began = time.process_time()
            model, test = trained(batch, kind, epochs, seed)
            train = batch.take(range(N_TRAIN))
            several = {name: one for name, one in candidates_for(model, train).items() if name in QUICK[::2]}
            found = recommend(model, test, target, background=train, explainers=several, seconds=1e6, progress="off")
            places = [one for one in found.leaning.places if one.leans]
            rows.append(
                {
                    "part": "shortcuts", "case": case, "leak": leak, "seed": seed, "planted": place,
                    "ending": found.ending, "chosen": found.chosen,
                    "raised": [
                        {
                            "place": [one.region.feature, one.region.first, one.region.last],
                            "size": one.part.size, "share": one.part.share.mean, "low": one.part.share.low,
                            "costs": {name: cost.low for name, cost in one.costs},
                        }
                        for one in places
                    ],
                    "cpu_seconds": time.process_time() - began,
                }
            )  # fmt: skip
    return rows


def unlearned(seed: int) -> list[Row]:
    """What is said of networks that were trained on permuted labels."""
    rows = []
    for task in ("freq-shapes, conv", "planted-motif, conv"):
        simulator, kind, epochs = TASKS[task]
        batch = simulator(seed=seed).batch
        order = torch.randperm(N_TRAIN, generator=torch.Generator().manual_seed(seed))
        label = batch.label.clone()
        label[:N_TRAIN] = batch.label[:N_TRAIN][order]
        model, test = trained(replace(batch, label=label), kind, epochs, seed)
        train = batch.take(range(N_TRAIN))
        several = {name: one for name, one in candidates_for(model, train).items() if name in QUICK[::2]}
        found = recommend(model, test, Target.predicted(), background=train, explainers=several, seconds=1e6)
        rows.append(
            {"part": "unlearned", "task": task, "seed": seed, "ending": found.ending, "knows": found.model.words}
        )
    return rows


def overlaps(raised: Row, planted: tuple[str, int, int]) -> bool:
    """Whether a place that was raised shares a step with the planted one."""
    feature, first, last = raised["place"]
    return bool(feature == planted[0] and first <= planted[2] and last >= planted[1])


def tell(rows: list[Row]) -> None:
    """Print what came out."""
    own = [one for one in rows if one["part"] == "choice"]
    for task in dict.fromkeys(one["task"] for one in own):
        mine = [one for one in own if one["task"] == task]
        regrets = [one["regret"] for one in mine if one["regret"] is not None]
        chosen = ", ".join(one["chosen"] or one["ending"] for one in mine)
        print(f"{task:30} regret {np.mean(regrets) if regrets else np.nan:.3f} of {len(regrets)}  chosen {chosen}")
    if own:
        regrets = [one["regret"] for one in own if one["regret"] is not None]
        print(
            f"regret in the mean {np.mean(regrets):.3f}, largest {max(regrets):.3f}, over {len(regrets)} of {len(own)}"
        )
        print("places raised, none planted:", sum(len(one["raised"]) for one in own), "in", len(own), "networks")
        print("blind ones chosen:", sum(one["chosen"] in BLIND or one["blind_alone"] != "" for one in own))
    own = [one for one in rows if one["part"] == "shortcuts"]
    for case, leak in dict.fromkeys((one["case"], one["leak"]) for one in own):
        mine = [one for one in own if (one["case"], one["leak"]) == (case, leak)]
        named = sum(any(overlaps(place, one["planted"]) for place in one["raised"]) for one in mine)
        other = sum(not overlaps(place, one["planted"]) for one in mine for place in one["raised"])
        chosen = sum(one["chosen"] != "" for one in mine)
        print(
            f"{case:14} leak {leak:g}: planted place named in {named} of {len(mine)}, others {other}; chosen {chosen}"
        )
    for one in (one for one in rows if one["part"] == "unlearned"):
        print(f"permuted labels, {one['task']:22} seed {one['seed']}: {one['ending']}")


def main() -> int:
    """Measure and append the rows to a file, or print what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="all", choices=("choice", "shortcuts", "unlearned", "table", "all"))
    parser.add_argument("--seeds", default="30", help="of series, networks and halves")
    parser.add_argument("--out", default="", help="a file to which rows are appended, one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="permuted labels of one seed; nothing is kept")
    given = parser.parse_args()
    if given.quick:
        tell(unlearned(30))
        return 0
    parts = {"choice": choice, "shortcuts": shortcuts, "unlearned": unlearned}
    if given.part == "table":
        tell([json.loads(line) for line in Path(given.out).read_text(encoding="utf-8").splitlines()])
        return 0
    found = []
    for seed in map(int, given.seeds.split(",")):
        for name, make in parts.items():
            if given.part not in (name, "all"):
                continue
            rows = make(seed)
            found += rows
            if given.out:
                with Path(given.out).open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(row) + "\n" for row in rows)
    tell(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
