"""Whether checks of selections tell honest masks from masks that hide the class, on laws that are known exactly.

    bench_selection_checks.py                   appends the rows that benchmarks/results/selection_checks.jsonl lacks
    bench_selection_checks.py --quick           one seed, fewer series
    bench_selection_checks.py table             the rows as the table of docs/selection_checks.md
    bench_selection_checks.py picture FILE      one seed as a figure
    bench_selection_checks.py lex               selectors of a Lex, judged by its own answers
    bench_selection_checks.py selected FILE     what a Lex selects of Switch-AR, with its verdicts
    bench_selection_checks.py lex-table         these rows as a table

Selections: ``true``, the true cells; ``telling``, one of two inert cells by the class that the law finds more likely;
``half``, the true cells, one of which is exchanged for one of two inert cells by that class; ``random``, as many cells
as are true, by chance; ``static``, one map for all. ``law`` is the negative log-likelihood of the labels by the exact
law of what is selected, ``values`` that of EVAL-X, ``choice`` that of who may learn from the choice as well.
"""

import argparse
import json
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from aition import explain
from aition.bench.student import interval_of
from aition.checks import SelectionVerdict, evidence, honesty, static_mask, told_by_choice
from aition.data.simulate import Simulated, SwitchAR, SwitchingBlocks
from aition.impute.constant import ConstantImputer
from aition.impute.rows import MarginalRows
from aition.methods.lex import DenseSelector, ExactK, LeaveOneOut, Lex, Ready, StraightThrough
from aition.models import MLPClassifier, as_model, fit
from aition.view.plots import plot_selected, plot_selections

ROWS = Path(__file__).parent / "results" / "selection_checks.jsonl"
LAWS: dict[str, Any] = {"s3": SwitchingBlocks, "switch-ar": SwitchAR}
INERT = {"s3": ((0, 0), (0, 1)), "switch-ar": ((1, 3), (18, 3))}
TRAIN, TEST = 5000, 2000


def likely(drawn: Simulated) -> Tensor:
    """The class that the law finds more likely."""
    return drawn.white_box(drawn.batch).argmax(dim=1) == 1


def telling(drawn: Simulated, law: str) -> Tensor:
    mask, up = torch.zeros_like(drawn.truth), likely(drawn)
    for (step, feature), on in zip(INERT[law], (up, ~up), strict=True):
        mask[:, step, feature] = on
    return mask


def half(drawn: Simulated, law: str) -> Tensor:
    mask = drawn.truth.clone().flatten(1)
    last = mask.shape[1] - 1 - mask.flip(1).int().argmax(dim=1)
    mask[torch.arange(len(mask)), torch.where(last == mask.shape[1] - 1, last - 1, last)] = False
    return mask.view(drawn.truth.shape) | telling(drawn, law)


def by_chance(drawn: Simulated, law: str) -> Tensor:
    height = torch.rand(drawn.truth.flatten(1).shape, generator=torch.Generator().manual_seed(len(drawn)))
    return (height.argsort(dim=1).argsort(dim=1) < int(drawn.truth[0].sum())).view(drawn.truth.shape)


SELECTIONS: dict[str, Callable[[Simulated, str], Tensor]] = {
    "true": lambda drawn, law: drawn.truth,
    "telling": telling,
    "half": half,
    "random": by_chance,
    "static": lambda drawn, law: drawn.truth[:1].expand(drawn.truth.shape),
}


def as_selected(mask: Tensor, drawn: Simulated) -> xr.DataArray:
    return xr.DataArray(mask.numpy(), dims=("sample", "time", "feature"), coords={"sample": drawn.batch.ids})


def verdicts(
    law: str, selection: str, seed: int, n_train: int, n_test: int
) -> tuple[dict[str, float], list[SelectionVerdict]]:
    """Figures and verdicts of one selection."""
    simulator = LAWS[law](n_sample=n_train + n_test)
    drawn = simulator(seed=seed)
    one = SELECTIONS[selection](drawn, law)
    train, test = drawn.take(range(n_train)), drawn.take(range(n_train, n_train + n_test))
    masks = as_selected(one[:n_train], train), as_selected(one[n_train:], test)
    began = time.process_time()
    found = evidence(train.batch, masks[0], test.batch, masks[1])
    seconds = time.process_time() - began
    exact = simulator.given(test.batch, one[n_train:]).gather(1, test.batch.label[:, None])[:, 0].log()
    said = [told_by_choice(found.values, found.chosen), static_mask(masks[1])]
    figures = {
        "law": -float(exact.mean()),
        "values": -float(found.values.mean()),
        "choice": -float(found.chosen.mean()),
        "told": said[0].figure.mean,
        "overlap": said[1].figure.mean,
        "cpu_seconds": seconds,
    }
    return figures, said


def of_lex(k: int, way: str, seed: int, n_train: int, n_test: int) -> dict[str, Any]:
    """One selector of S_3."""
    law = SwitchingBlocks(n_sample=n_train + n_test)
    drawn = law(seed=seed)
    train, test = drawn.take(range(n_train)), drawn.take(range(n_train, n_train + n_test))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = as_model(MLPClassifier(train.batch.n_feature, 2, n_time=1, hidden=(200, 200)))
    regime, imputer = way.split()
    if regime == "fixed":
        model = fit(model, train.batch, epochs=20, batch_size=128, lr=1e-3, weight_decay=1.0, seed=seed).model
    lex = Lex(
        ExactK(k),
        selector=DenseSelector(),
        imputer=MarginalRows.fit if imputer == "rows" else Ready(ConstantImputer()),
        estimators=(LeaveOneOut(),),
        predictor="joint" if regime == "joint" else "fixed",
        epochs=20,
        judged=False,
        rivals=0,
        seed=seed,
    )
    began = time.process_time()
    bare = lex.fit(model, train.batch, drawn.target, progress="off")
    fitted_at = time.process_time()
    judged = bare.with_judge(model, train.batch)
    judge_seconds = time.process_time() - fitted_at
    answer = explain(judged, judged.own[0] if judged.own else model, test.batch, drawn.target, progress="off")
    exact = law.given(test.batch, torch.tensor(answer.selected.values)).gather(1, test.batch.label[:, None])[:, 0].log()
    gap, of_masks, told, static, _ = honesty(answer)
    masks = float(answer.log_likelihood.mean())
    return {
        "law_of": "s3",
        "selection": f"lex, {k} of 11, {way}",
        "seed": seed,
        "law": -float(exact.mean()),
        "own": -float(answer.own_log_likelihood.mean()),
        "masks": -masks,
        "values": -float(answer.values_log_likelihood.mean()),
        "choice": -float(answer.chosen_log_likelihood.mean()),
        "gap": gap.figure.mean,
        "gap_low": gap.figure.low,
        "gap_high": gap.figure.high,
        "gap_masks": of_masks.figure.mean,
        "finding_masks": of_masks.finding,
        "told": told.figure.mean,
        "overlap": static.figure.mean,
        "finding_gap": gap.finding,
        "finding": told.finding,
        "hears_predictor": judged.witness.judge[0].listens,
        "cpu_seconds": fitted_at - began,
        "judge_seconds": judge_seconds,
    }


def picture_of_selected(path: str) -> None:
    """What is selected of Switch-AR by the law itself, held fixed."""
    drawn = SwitchAR(n_sample=TRAIN + 500)(seed=0)
    train, test = drawn.take(range(TRAIN)), drawn.take(range(TRAIN, TRAIN + 500))
    lex = Lex(ExactK(6), selector=DenseSelector(), estimators=(StraightThrough(),), epochs=15)
    fitted = lex.fit(drawn.white_box, train.batch, drawn.target, progress="off")
    answer = explain(fitted, drawn.white_box, test.batch, drawn.target, progress="off")
    plot_selected(answer).savefig(path, dpi=110)


def table_of_lex(rows: list[dict[str, Any]]) -> str:
    names = [
        "selected",
        "predictor, in place of the rest",
        "seeds",
        "by the law",
        "own",
        "EVAL-X",
        "gap",
        "gap of masks",
        "told",
    ]
    lines = [f"| {' | '.join(names)} | findings |", "|---" * (len(names) + 1) + "|"]
    for name in dict.fromkeys(row["selection"] for row in rows if "gap" in row):
        some = [row for row in rows if row["selection"] == name]
        _, size, way = name.split(", ")
        cells = [f"{mean(row[key] for row in some):.3f}" for key in ("law", "own", "values")]
        cells += [", ".join(f"{row[key]:.3f}" for row in some) for key in ("gap", "gap_masks", "told")]
        findings = [dict.fromkeys(row[key] for row in some) for key in ("finding_gap", "finding_masks", "finding")]
        cells.append("; ".join(" / ".join(each) for each in findings))
        lines.append(f"| {size} | {way} | {', '.join(str(row['seed']) for row in some)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def rows_of_lex(there: set[tuple[Any, ...]], n_seed: int, *, quick: bool) -> None:
    """Append the rows of a Lex that lack."""
    sizes = (600, 400) if quick else (TRAIN, TEST)
    for seed, way, k in product(range(n_seed), ("joint rows", "fixed rows", "joint zero"), (1, 3, 5)):
        if ("s3", f"lex, {k} of 11, {way}", seed) in there or (way == "joint zero" and seed):
            continue
        row = of_lex(k, way, seed, *sizes)
        print(json.dumps(row), flush=True)
        if not quick:
            with ROWS.open("a") as file:
                file.write(json.dumps(row) + "\n")


def table(rows: list[dict[str, Any]]) -> str:
    lines = ["| law | selection | by the law | EVAL-X | with the choice | told by the choice | finding | overlap |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for law in LAWS:
        for selection in SELECTIONS:
            some = [row for row in rows if (row["law_of"], row["selection"]) == (law, selection)]
            if not some:
                continue
            numbers = {name: [row[name] for row in some] for name in ("law", "values", "choice", "told", "overlap")}
            cells = [f"{mean(values):.3f}" for values in numbers.values()]
            if len(some) > 1:
                told = interval_of(numbers["told"])
                cells[3] += f" ± {told.high - told.mean:.3f}"
            findings = ", ".join(dict.fromkeys(row["finding"] for row in some))
            lines.append(f"| {law} | {selection} | {' | '.join(cells[:4])} | {findings} | {cells[4]} |")
    return "\n".join(lines)


TABLES: dict[str, Callable[[list[dict[str, Any]]], str]] = {"table": table, "lex-table": table_of_lex}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=[])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if (name := given.what[0] if given.what else "") in TABLES:
        print(TABLES[name]([json.loads(line) for line in ROWS.read_text().splitlines()]))
        return
    if given.what[:1] == ["picture"]:
        some = {name: verdicts("s3", name, 0, TRAIN, TEST)[1] for name in SELECTIONS}
        plot_selections(some).savefig(given.what[1])
        return
    if name == "selected":
        picture_of_selected(given.what[1])
        return
    sizes = (600, 400) if given.quick else (TRAIN, TEST)
    lines = ROWS.read_text().splitlines() if ROWS.is_file() and not given.quick else []
    there = {(row["law_of"], row["selection"], row["seed"]) for row in map(json.loads, lines)}
    if given.what[:1] == ["lex"]:
        rows_of_lex(there, 1 if given.quick else given.seeds, quick=given.quick)
        return
    for seed in range(1 if given.quick else given.seeds):
        for law in LAWS:
            for selection in SELECTIONS:
                if (law, selection, seed) in there:
                    continue
                figures, said = verdicts(law, selection, seed, *sizes)
                row = {"law_of": law, "selection": selection, "seed": seed, **figures, "finding": said[0].finding}
                print(json.dumps(row), flush=True)
                if not given.quick:
                    with ROWS.open("a") as file:
                        file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
