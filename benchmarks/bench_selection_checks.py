"""Whether checks of selections tell honest masks from masks that hide the class, on laws that are known exactly.

    bench_selection_checks.py                   appends the rows that benchmarks/results/selection_checks.jsonl lacks
    bench_selection_checks.py --quick           one seed, fewer series
    bench_selection_checks.py table             the rows as the table of docs/selection_checks.md
    bench_selection_checks.py picture FILE      one seed as a figure

Selections: ``true``, the true cells; ``telling``, one of two inert cells by the class that the law finds more likely;
``half``, the true cells, one of which is exchanged for one of two inert cells by that class; ``random``, as many cells
as are true, by chance; ``static``, one map for all. ``law`` is the negative log-likelihood of the labels by the exact
law of what is selected, ``values`` that of EVAL-X, ``choice`` that of who may learn from the choice as well.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from aition.bench.student import interval_of
from aition.checks import SelectionVerdict, evidence, static_mask, told_by_choice
from aition.data.simulate import Simulated, SwitchAR, SwitchingBlocks
from aition.view.plots import plot_selections

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=[])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.what[:1] == ["table"]:
        print(table([json.loads(line) for line in ROWS.read_text().splitlines()]))
        return
    if given.what[:1] == ["picture"]:
        some = {name: verdicts("s3", name, 0, TRAIN, TEST)[1] for name in SELECTIONS}
        plot_selections(some).savefig(given.what[1])
        return
    sizes = (600, 400) if given.quick else (TRAIN, TEST)
    lines = ROWS.read_text().splitlines() if ROWS.is_file() and not given.quick else []
    there = {(row["law_of"], row["selection"], row["seed"]) for row in map(json.loads, lines)}
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
