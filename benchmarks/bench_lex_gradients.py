"""How far the mean gradient of each estimator of LEX is from that of the bound, found by going through all subsets.

    bench_lex_gradients.py --out FILE       one row an estimator and a distribution over subsets
    bench_lex_gradients.py --quick          fewer estimates, kept nowhere

Four groups whose effects do not add up, two masks in the bound.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aition.core.batch import sample_keys
from aition.methods.lex import LeaveOneOut, Pathwise, Rebar, Reinforce, Relax, StraightThrough
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.estimators import Trial
from aition.methods.lex.selection import Bernoulli, ExactK, Selection


def gradients(n_sample: int = 160_000) -> list[dict[str, Any]]:
    """How far the mean gradient of each estimator is from that of the bound, found by going through all subsets."""
    rows = []
    for selection in (Bernoulli(), ExactK(2)):
        for estimator in (Reinforce(2), LeaveOneOut(2), Rebar(2), Relax(2), StraightThrough(2), Pathwise(2)):
            exact = literal(selection)
            total, square = torch.zeros(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
            with torch.random.fork_rng():
                torch.manual_seed(0)
                learned = estimator.weights(4).double()
            for part in torch.arange(n_sample).split(20_000):
                trial = trial_of(selection, [str(int(one)) for one in part])
                (slope,) = torch.autograd.grad(estimator(trial, learned).surrogate.sum(), trial.logits)
                total, square = total + slope.sum(dim=0), square + slope.square().sum(dim=0)
            mean = total / n_sample
            rows.append(
                {
                    "task": "gradients",
                    "selection": type(selection).__name__,
                    "estimator": type(estimator).__name__,
                    "unbiased": estimator.unbiased,
                    "cosine": float(torch.cosine_similarity(mean, exact, dim=0)),
                    "error": float((mean - exact).norm() / exact.norm()),
                    "standard_error": float(((square / n_sample - mean**2) / n_sample).sum().sqrt() / exact.norm()),
                }
            )
    return rows


def trial_of(selection: Selection, names: Sequence[str]) -> Trial:
    """Four groups, and a bounded answer that no group's effect adds up to."""
    random = torch.Generator().manual_seed(3)
    slope, bend = torch.randn(4, 8, generator=random).double(), torch.randn(8, generator=random).double()

    def score(mask: Tensor, _subset: Tensor, *, lost: bool = True) -> Tensor:
        odds = torch.tanh(1.5 * mask.double() @ slope) @ bend
        return torch.stack([torch.nn.functional.logsigmoid(odds), torch.nn.functional.logsigmoid(-odds)], dim=-1)

    n = len(names)
    logits = torch.tensor([[0.4, -0.6, 0.9, -0.2]], dtype=torch.float64).expand(n, -1).clone().requires_grad_()
    ones = torch.ones(n, 1, 1, dtype=torch.bool)
    candidates = Candidates(ones.long(), ones, torch.ones(n, 4, dtype=torch.bool))
    weight = torch.tensor([[0.7, 0.3]], dtype=torch.float64).expand(n, -1)
    return Trial(selection, logits, candidates, score, weight, sample_keys(names), seed=5)


def literal(selection: Selection) -> Tensor:
    """The gradient of the expected bound of two masks, term by term."""
    trial = trial_of(selection, ["0"])
    turns = selection.outcomes(trial.candidates)[None]
    chance = selection.log_prob(trial.logits, trial.candidates, turns)[0]
    said = trial.score(turns > 0, turns > 0)[0]
    pairs = torch.cartesian_prod(torch.arange(len(chance)), torch.arange(len(chance)))
    bound = (said[pairs].exp().mean(dim=1)).log() @ trial.weight[0]
    return torch.autograd.grad((chance[pairs].sum(dim=1).exp() * bound).sum(), trial.logits)[0][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for row in gradients(20_000 if asked.quick else 160_000):
        print(json.dumps(row), flush=True)
        if asked.out and not asked.quick:
            with asked.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
