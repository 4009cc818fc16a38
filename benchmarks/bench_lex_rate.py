"""How near LEX keeps the share of cells that was asked for, with no price from the user, and how long explaining takes.

    bench_lex_rate.py rate          the mean probability of selection less the rate, on series learned from and others
    bench_lex_rate.py time          CPU time of a selector, of inclusion and of a posterior by class, one thread
    bench_lex_rate.py table         both as the tables of docs/lex.md
    bench_lex_rate.py --quick       one small fit, kept nowhere

``learned`` and ``others`` are means over series of the mean probability over their cells, less the rate. Rows go to
benchmarks/results/lex_rate.jsonl.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from aeon.datasets import load_classification
from torch import Tensor

from aition import Target, from_tensors
from aition.core.batch import Batch
from aition.core.freeze import frozen
from aition.core.model import TorchModel
from aition.data.simulate import Relay, SwitchAR, SwitchingBlocks
from aition.methods.lex import (
    AttentionSelector,
    Bernoulli,
    ClassPosterior,
    ConvolutionalSelector,
    DenseSelector,
    ExactK,
    LeaveOneOut,
    Lex,
    Rate,
    RecurrentSelector,
)
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.fitted import FittedLex
from aition.models import MLPClassifier, as_model, create, fit
from aition.models.deviations import in_deviations
from aition.models.selector import Body, logits_of
from aition.sklearn import batch_of

ROWS = Path(__file__).parent / "results" / "lex_rate.jsonl"
BODIES: dict[str, Callable[[], Body]] = {
    "dense": DenseSelector,
    "convolutions": ConvolutionalSelector,
    "recurrent": RecurrentSelector,
    "attention": AttentionSelector,
}
ASKED = (
    ("s3", 0.45, "dense"),
    ("s3", 0.2, "convolutions"),
    ("switch-ar", 0.075, "dense"),
    ("switch-ar", 0.15, "attention"),
    ("relay", 0.04, "dense"),
    ("relay", 0.1, "recurrent"),
    ("ItalyPowerDemand", 0.1, "dense"),
    ("ItalyPowerDemand", 0.3, "convolutions"),
    ("JapaneseVowels", 0.1, "recurrent"),
    ("JapaneseVowels", 0.1, "dense"),
)
"""Data, rate and selector."""


def data_of(name: str, *, seed: int) -> tuple[TorchModel, Batch, Batch]:
    """A model, series to learn from, and others."""
    laws = {"s3": SwitchingBlocks, "switch-ar": SwitchAR, "relay": Relay}
    if name in laws:
        drawn = laws[name](n_sample=4000)(seed=seed)
        return drawn.white_box, drawn.batch.take(torch.arange(2000)), drawn.batch.take(torch.arange(2000, 4000))
    (x, y), (others, _) = (load_classification(name, split=part) for part in ("train", "test"))
    number = np.unique(y, return_inverse=True)[1]
    longest = max(one.shape[1] for one in x)
    learn = batch_of(x, label=number).to(device="cpu", dtype=torch.float32)
    judge = batch_of([one[:, :longest] for one in others]).to(device="cpu", dtype=torch.float32)
    made = create("conv-classifier", n_feature=learn.n_feature, n_class=1 + int(number.max()), seed=seed)
    return fit(in_deviations(made, learn), learn, epochs=20, seed=seed, progress="off").model, learn, judge


def mean_chance(fitted: FittedLex, batch: Batch) -> float:
    """The mean over series of the mean probability of selection of their cells."""
    shares = []
    for rows in torch.arange(len(batch)).split(1024):
        some = batch.take(rows)
        candidates = Candidates.of(some, fitted.settings.groups)
        chance = fitted.settings.selection.inclusion(fitted.logits(some, candidates), candidates)
        shares.append(chance.sum(dim=1) / candidates.there.sum(dim=1))
    return float(torch.cat(shares).double().mean())


def kept(name: str, rate: float, body: str, *, seed: int, epochs: int = 10) -> dict[str, Any]:
    """A row: one fit."""
    model, learn, judge = data_of(name, seed=seed)
    quiet = {"judged": False, "rivals": 0}
    lex = Lex(Bernoulli(), budget=Rate(rate), selector=BODIES[body](), epochs=epochs, batch_size=50, seed=seed, **quiet)
    fitted = lex.fit(model, replace(learn, label=torch.full((len(learn),), -1)), Target.whole("class"), progress="off")
    found = {"learned": mean_chance(fitted, learn) - rate, "others": mean_chance(fitted, judge) - rate}
    return {"what": "rate", "data": name, "rate": rate, "selector": body, "seed": seed, "n": len(learn), **found}


def least(call: Callable[[], Any], *, times: int = 20) -> float:
    """The shortest of so many calls, in milliseconds of CPU time."""
    call()
    spent = []
    for _ in range(times):
        began = time.process_time()
        call()
        spent.append(1000 * (time.process_time() - began))
    return min(spent)


def timed() -> list[dict[str, Any]]:
    """Rows: 24 steps, 3 features, 7 of 72 cells; of one series by itself, and a series of 200 together."""
    random = torch.Generator().manual_seed(0)
    batch = from_tensors(torch.randn(200, 24, 3, generator=random), label=torch.randint(2, (200,), generator=random))
    model = as_model(MLPClassifier(3, 2, n_time=24, hidden=(200, 200)))
    rows = []
    for name, body in BODIES.items():
        lex = Lex(ExactK(7), selector=body(), epochs=1, estimators=(LeaveOneOut(2),), judged=False, rivals=0)
        fitted = lex.fit(model, batch, progress="off")
        for some in (batch.take([0]), batch):
            with frozen(model), torch.no_grad():
                each = spent(fitted, model, some)
            rows.append({"what": "time", "selector": name, "together": len(some), **each})
    return rows


def spent(fitted: FittedLex, model: TorchModel, batch: Batch) -> dict[str, float]:
    """Milliseconds a series."""
    candidates = Candidates.of(batch, fitted.settings.groups)
    logits: Tensor = fitted.logits(batch, candidates)
    explainer, question = ClassPosterior(fitted), Target.whole("class").resolve(model(batch), batch)
    each = {
        "pass": least(lambda: logits_of(fitted.selector, batch)),
        "inclusion": least(lambda: fitted.settings.selection.inclusion(logits, candidates)),
        "posterior": least(lambda: explainer(model, batch, question), times=5),
    }
    return {key: value / len(batch) for key, value in each.items()}


def is_kept(**wanted: Any) -> bool:
    """Whether there is such a row."""
    lines = ROWS.read_text(encoding="utf-8").splitlines() if ROWS.exists() else []
    return any(wanted.items() <= json.loads(line).items() for line in lines)


def write(row: dict[str, Any]) -> None:
    print(row, flush=True)
    with ROWS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def table() -> None:
    found = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    print("| data | series learned from | selector | rate | seeds | on these, worst | on others, worst |")
    print("|---|---|---|---|---|---|---|")
    for name, rate, body in ASKED:
        mine = [row for row in found if (row.get("data"), row.get("rate"), row["selector"]) == (name, rate, body)]
        if mine:
            worst = [max((row[part] for row in mine), key=abs) for part in ("learned", "others")]
            print(f"| {name} | {mine[0]['n']} | {body} | {rate} | {len(mine)} | {worst[0]:+.4f} | {worst[1]:+.4f} |")
    print("\n| selector | series together | its pass, ms a series | inclusion | posterior by class |")
    print("|---|---|---|---|---|")
    for row in found:
        if row["what"] == "time":
            cells = (f"{row[key]:.3f}" for key in ("pass", "inclusion", "posterior"))
            print(f"| {row['selector']} | {row['together']} | {' | '.join(cells)} |")


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="rate", choices=("rate", "time", "table"))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        print(kept("s3", 0.45, "dense", seed=0, epochs=1))
    elif asked.what == "table":
        table()
    elif asked.what == "time":
        for row in timed():
            write(row)
    else:
        for seed in asked.seeds:
            for name, rate, body in ASKED:
                if not is_kept(what="rate", data=name, rate=rate, selector=body, seed=seed):
                    write(kept(name, rate, body, seed=seed))


if __name__ == "__main__":
    main()
