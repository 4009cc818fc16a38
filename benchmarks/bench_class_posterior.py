"""What speaks for a class, beside Bayes' rule over every subset; what it costs; and a picture.

bench_class_posterior.py classes --seeds 0-2    rows to benchmarks/results/class_posterior.jsonl
bench_class_posterior.py cost                   milliseconds of a series of 24 steps and 3 features
bench_class_posterior.py picture --out FILE     what speaks for a class against another, in one series
bench_class_posterior.py --quick                one small run, kept nowhere
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench_lex_presets import LAWS, asked_seeds, kept_row, lacks

from aition import Target, explain, from_tensors
from aition.core.freeze import frozen
from aition.data.simulate import SwitchingBlocks
from aition.impute.gaussian import GaussianImputer
from aition.impute.groups import EachCell
from aition.impute.rows import MarginalRows
from aition.methods.lex import Bernoulli, ClassPosterior, DenseSelector, ExactK, LeaveOneOut, Lex, Rate, WithReplacement
from aition.methods.lex.candidates import Candidates
from aition.models import MLPClassifier, as_model
from aition.view.plots import plot_class_against

ROWS = Path(__file__).parent / "results" / "class_posterior.jsonl"
TEST = 40


def classes(*, seed: int, n: int, epochs: int) -> list[dict[str, Any]]:
    """Inclusion by class of some series of S_3 beside Bayes' rule over all 2,048 subsets, with the exact law's chances.

    The law's own model is explained, and absent cells are independent of the others, so rows of other series are draws
    of their law. ``error`` is the root of the mean square; ``rough`` that of the inclusion without a class. ``sides``
    is the share of true cells, the switch apart, that speak for the class to which the law says that they add: by the
    chance of the class given the true cells with the cell and without it.
    """
    law = LAWS["s3"](n + TEST)
    drawn = law(seed=seed)
    train, test = drawn.take(range(n)), drawn.take(range(n, n + TEST))
    settings = {"selector": DenseSelector(), "estimators": (LeaveOneOut(),), "judged": False, "rivals": 0, "seed": seed}
    lex = Lex(Bernoulli(), Rate(5 / 11), epochs=epochs, **settings)
    fitted = lex.fit(drawn.white_box, train.batch, drawn.target, progress="off")
    candidates = Candidates.of(test.batch, EachCell())
    chance = torch.sigmoid(fitted.logits(test.batch, candidates)).double()
    every = Bernoulli().outcomes(candidates).bool()
    prior = torch.where(every[:, None], chance, 1 - chance).prod(dim=2).T
    noise = torch.randn(512, 11, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    said = [
        law.log_odds(torch.where(every[:, None], x.double(), noise)).sigmoid().mean(dim=1) for x in test.batch.x[:, 0]
    ]
    given = torch.stack([1 - torch.stack(said), torch.stack(said)], dim=2)
    joint = prior[:, :, None] * given
    exact = torch.einsum("skc,kg->scg", joint, every.double()) / joint.sum(dim=1)[:, :, None]
    block = test.truth.clone()
    block[:, :, 10] = False
    order = {tuple(one): place for place, one in enumerate(every.int().tolist())}
    adds = torch.zeros(block.shape, dtype=torch.float64)
    for sample, place, cell in block.nonzero().tolist():
        truth, less = (test.truth[sample, place].int().tolist() for _ in range(2))
        less[cell] = 0
        adds[sample, place, cell] = given[sample, order[tuple(truth)], 1] - given[sample, order[tuple(less)], 1]
    best, rows = (exact[:, 1] - exact[:, 0])[:, None], []
    for draws in (16, 64, 256, 1024):
        answer = explain(ClassPosterior(fitted, draws=draws), drawn.white_box, test.batch, drawn.target, progress="off")
        found = torch.tensor(answer.inclusion.values)[:, :, 0].double()
        lean = (found[:, 1] - found[:, 0])[:, None]
        rows.append(
            {
                "series": n,
                "epochs": epochs,
                "seed": seed,
                "draws": draws,
                "error": float((found - exact).square().mean().sqrt()),
                "rough": float((chance[:, None] - exact).square().mean().sqrt()),
                "sides": float((lean.sign() == adds.sign())[block].double().mean()),
                "exact_sides": float((best.sign() == adds.sign())[block].double().mean()),
                "effective": float(answer.effective_sample_size.values.mean()),
                "least": float(answer.effective_sample_size.values.min()),
            }
        )
    return rows


def cost() -> list[dict[str, Any]]:
    """Milliseconds of CPU of a series of 24 steps and 3 features, the least of twenty, by distribution and imputer."""
    x = torch.randn(256, 24, 3, generator=torch.Generator().manual_seed(0)).cumsum(dim=1)
    batch = from_tensors(x, label=(x[:, -1, 0] > 0).long())
    model = as_model(MLPClassifier(3, 2, n_time=24, hidden=(200, 200)))
    rows = []
    for selection in (ExactK(7), Bernoulli(), WithReplacement(7)):
        for imputer in (MarginalRows, GaussianImputer):
            budget = {"budget": Rate(0.1)} if isinstance(selection, Bernoulli) else {}
            lex = Lex(
                selection, imputer=imputer.fit, epochs=1, estimators=(LeaveOneOut(2),), judged=False, rivals=0, **budget
            )
            explainer = ClassPosterior(lex.fit(model, batch, progress="off"))
            one, question = batch.take([0]), Target.whole("class").resolve(model(batch.take([0])), batch.take([0]))
            times = []
            with frozen(model), torch.no_grad():
                for _ in range(20):
                    began = time.process_time()
                    explainer(model, one, question)
                    times.append(1000 * (time.process_time() - began))
            names = {"selection": type(selection).__name__, "imputer": imputer.__name__}
            rows.append({**names, "draws": explainer.draws, "ms": min(times)})
    return rows


def picture(path: Path) -> None:
    """The series of S_3 of whose classes the law's own model has the most different things to say."""
    drawn = SwitchingBlocks(n_sample=2200)(seed=1000)
    train, test = drawn.take(range(2000)), drawn.take(range(2000, 2200))
    lex = Lex(ExactK(5), selector=DenseSelector((64,)), estimators=(LeaveOneOut(),), epochs=12, rate=1e-2)
    fitted = lex.fit(drawn.white_box, train.batch, drawn.target, progress="off")
    answer = explain(ClassPosterior(fitted, draws=512), drawn.white_box, test.batch, drawn.target, progress="off")
    gap = (answer.inclusion.isel({"class": 1}) - answer.inclusion.isel({"class": 0})).values
    sample = str(answer["sample"].values[np.abs(gap).max(axis=(1, 2)).argmax()])
    plot_class_against(answer, sample, 1, 0).savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="classes", choices=["classes", "cost", "picture"])
    parser.add_argument("--seeds", default="0-2", help="such as 0-4 or 3")
    parser.add_argument("--series", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "picture":
        picture(asked.out)
        return
    if asked.quick:
        asked.series = 500
    if asked.what == "cost":
        rows = cost()
    else:
        size = {"series": asked.series, "epochs": asked.epochs}
        seeds = [seed for seed in asked_seeds(asked) if lacks(asked, {**size, "seed": seed})]
        rows = (row for seed in seeds for row in classes(seed=seed, n=asked.series, epochs=asked.epochs))
    for row in rows:
        kept_row(row, asked)


if __name__ == "__main__":
    main()
