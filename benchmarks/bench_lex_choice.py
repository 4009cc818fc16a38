"""What the choice of measurements in intensive care tells of the risk, and by what: values, or what was measured.

    bench_lex_choice.py run SEED...    appends to benchmarks/results/lex_choice.jsonl
    bench_lex_choice.py table          the rows as a table
    bench_lex_choice.py --quick        one small run, kept nowhere

Stays, networks and LEX are those of ``bench_lex_icu.py``, the black box ``carried``. ``lex`` selects 49 measurements of
each stay; ``list`` the 49 of the highest mean logit of their cell over all stays that LEX learned from, so that nothing
but *what was measured* decides which; ``random`` takes 49 at random. ``told`` is by how many nats EVAL-X says more of
the network's chances where it is told that these cells were chosen. With what is known both of its sides read, as
further values that are always selected, how often each feature was measured (``features``) or all of them (``number``).
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from bench_lex_icu import Case, area, as_selection, case, divergence, largest, risk, risk_from, selected
from scipy.stats import spearmanr
from torch import Tensor

from aition import Batch, Target
from aition.checks import EvalX, SelectionVerdict, evidence, told_by_choice
from aition.methods.lex import FittedLex

ROWS = Path(__file__).parent / "results" / "lex_choice.jsonl"
KNOWN = {"lex": ("", "number", "features"), "list": ("", "features"), "random": ("",)}
Masks = tuple[Tensor, Tensor]
"""Of the stays that LEX learned from, and of the others."""


def numbers(batch: Batch, known: str) -> Tensor:
    """How often was measured, ``[sample, number]``; none where nothing is to be known."""
    count = (batch.observed & batch.cells).sum(dim=1).to(batch.x.dtype)
    return {"features": count, "number": count.sum(dim=1, keepdim=True), "": count[:, :0]}[known]


def knowing(batch: Batch, mask: Tensor, known: str) -> tuple[Batch, Tensor]:
    """The same stays and masks with numbers as further features, which are measured and selected at the last hour."""
    count = numbers(batch, known)
    x = batch.x.new_zeros(len(batch), batch.n_time, count.shape[1])
    x[:, -1] = count
    last = torch.zeros_like(x, dtype=torch.bool)
    last[:, -1] = True
    wider = replace(
        batch,
        x=torch.cat([batch.x, x], dim=2),
        observed=torch.cat([batch.observed, last], dim=2),
        feature_names=(*batch.feature_names, *(f"number {place}" for place in range(count.shape[1]))),
        fields={},
    )
    return wider, torch.cat([mask, last], dim=2)


def told(one: Case, masks: Masks, known: str) -> SelectionVerdict:
    """What the choice tells of the network's chances, in nats."""
    (train, seen), (test, shown) = (
        knowing(batch, mask, known) for batch, mask in zip((one.train, one.test), masks, strict=True)
    )
    said = (risk(one.model, batch) for batch in (one.train, one.test))
    outcome = tuple(torch.stack([1 - chance, chance], dim=1) for chance in said)
    how = EvalX(hidden=(64,), epochs=8)
    found = evidence(train, as_selection(seen, train), test, as_selection(shown, test), outcome=outcome, how=how)
    return told_by_choice(found.values, found.chosen)


def listed(one: Case, fitted: FittedLex) -> Masks:
    """The masks that the mean logits of the cells give."""
    known = one.train.observed & one.train.cells
    with torch.no_grad():
        logits = fitted.selector(one.train)
    mean = (logits * known).sum(dim=(0, 1)) / known.sum(dim=(0, 1)).clamp(min=1)
    chance = torch.rand(one.train.x.shape[1:], generator=torch.Generator().manual_seed(2))
    score = mean + 1e-3 * chance
    return largest(score.expand(one.train.x.shape), one.train, one.k), largest(
        score.expand(one.test.x.shape), one.test, one.k
    )


def by_chance(one: Case) -> Masks:
    """Masks of cells at random."""
    chance = torch.Generator().manual_seed(1)
    first, second = (
        largest(torch.rand(batch.x.shape, generator=chance), batch, one.k) for batch in (one.train, one.test)
    )
    return first, second


def measured(one: Case, seed: int) -> list[dict[str, Any]]:
    """All rows of one seed."""
    target = Target.whole("class")
    lex = one.lex(seed=seed).fit(one.model, one.train, target, progress="off")
    own = selected(lex, one.train), selected(lex, one.test)
    masks: dict[str, Masks] = {"lex": own, "list": listed(one, lex), "random": by_chance(one)}
    whole, died = risk(one.model, one.test).double().numpy(), (one.test.label == 1).numpy()
    number = numbers(one.test, "number")[:, 0].double().numpy()
    rows = []
    for name, ways in KNOWN.items():
        said = risk_from(one, masks[name][1], one.copula)
        row: dict[str, Any] = {"seed": seed, "mask": name}
        row |= {"share": area(said, died) / area(whole, died), "nats": float(divergence(whole, said).mean())}
        row |= {"number_and_risk": float(spearmanr(number, whole).statistic)}
        for known in ways:
            verdict = told(one, masks[name], known)
            row[f"told {known}".strip()] = [verdict.figure.mean, verdict.figure.low, verdict.figure.high]
        print(row, flush=True)
        rows.append(row)
    return rows


def table() -> None:
    """A row a seed and mask."""
    print("| seed | mask | share | nats | told | number known | features known |")
    print("|---|---|---|---|---|---|---|")
    for row in [json.loads(line) for line in ROWS.read_text().splitlines()]:
        found = (row.get(name) for name in ("told", "told number", "told features"))
        cells = [f"{one[0]:.3f} [{one[1]:.3f}, {one[2]:.3f}]" if one else "" for one in found]
        first = f"| {row['seed']} | {row['mask']} | {row['share']:.3f} | {row['nats']:.3f} |"
        print(f"{first} {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table"))
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.quick:
        measured(case("carried", 0, n_train=300, n_test=100), 0)
        return
    if asked.what == "table":
        table()
        return
    for seed in asked.seeds or [2]:
        found = measured(case("carried", seed), seed)
        with ROWS.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in found)


if __name__ == "__main__":
    main()
