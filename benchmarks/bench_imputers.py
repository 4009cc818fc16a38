"""Imputers beside each other: coverage, energy score, discriminability, and microseconds a draw.

Four kinds of series: autoregressive ones of 24 steps and 3 features (.9 from step to step, .5 between features) of
which 30 % are missing, in the background too, beside draws of their true law; SwitchAR, 20 steps and 4 features; State,
24 steps and 3 features whose means jump with a hidden state; and humps, levels of 24 steps and 3 features that change
sign together. A thousand series of background, 256 judged, of whose values 30 % are hidden, 99 draws. Rows go to a file
and are not made again.

    python benchmarks/bench_imputers.py run [--quick] [--seeds N] [--out FILE]
    python benchmarks/bench_imputers.py table FILE
    python benchmarks/bench_imputers.py shapiq        the same game by the imputers of shapiq
    python benchmarks/bench_imputers.py picture FILE [--series KIND]    a figure of one kind, seed 0
"""

import argparse
import json
import math
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition import from_tensors
from aition.bench.student import interval_of
from aition.core.batch import Batch
from aition.data.simulate import State, SwitchAR
from aition.impute.autoencoder import AutoencoderImputer
from aition.impute.constant import ConstantImputer
from aition.impute.copula import CopulaImputer
from aition.impute.filling import Filling
from aition.impute.flow import FlowImputer
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import Imputer, first_draws, imputed
from aition.impute.mixture import MixtureImputer
from aition.impute.quality import quality
from aition.impute.rows import HotDeck, MarginalRows
from aition.impute.state_space import StateSpaceImputer

STEPS, FEATURES, MEMORY, BETWEEN, MISSING = 24, 3, 0.9, 0.5, 0.3
FITS: dict[str, Callable[[Batch], Imputer]] = {
    "means": ConstantImputer.fit,
    "marginal rows": MarginalRows.fit,
    "hot deck": HotDeck.fit,
    "gaussian": GaussianImputer.fit,
    "gaussian mean": lambda background: GaussianImputer.fit(background, mean=True),
    "copula": CopulaImputer.fit,
    "mixture": MixtureImputer.fit,
    "state space": StateSpaceImputer.fit,
    "causal state space": lambda background: StateSpaceImputer.fit(background, causal=True),
    "autoencoder": AutoencoderImputer.fit,
    "flow": FlowImputer.fit,
}
FIGURES = ("coverage_90", "energy", "error", "spread", "discriminability")
TIMES = ((1, 0.7), (16, 0.7), (1, 0.1))
"""Draws of a mask, and the share of the cells that it keeps."""


def covariance() -> Tensor:
    """Of the autoregressive series, cells ordered by steps."""
    steps = torch.arange(STEPS, dtype=torch.float64)
    along = MEMORY ** (steps[:, None] - steps).abs()
    across = torch.full((FEATURES, FEATURES), BETWEEN, dtype=torch.float64).fill_diagonal_(1.0)
    return torch.kron(along, across)


def autoregressive(n_sample: int, seed: int) -> Batch:
    """Series of the law of :func:`covariance`, with gaps."""
    numbers = torch.Generator().manual_seed(seed)
    root = torch.linalg.cholesky(covariance())
    x = torch.randn(n_sample, STEPS * FEATURES, generator=numbers, dtype=torch.float64) @ root.T
    x = x.masked_fill(torch.rand(x.shape, generator=numbers) < MISSING, torch.nan)
    return from_tensors(x.reshape(n_sample, STEPS, FEATURES), ids=[f"{seed}-{place}" for place in range(n_sample)])


def humps(n_sample: int, seed: int) -> Batch:
    """Two features about levels ±1.5 and ±1 that change sign together at one step in ten; a third is noise alone."""
    numbers = torch.Generator().manual_seed(seed)
    sign = torch.where(torch.rand(n_sample, 1, generator=numbers) < 0.5, 1.0, -1.0)
    turns = torch.where(torch.rand(n_sample, STEPS, generator=numbers) < 0.1, -1.0, 1.0).cumprod(dim=1)
    x = (sign * turns)[:, :, None] * torch.tensor([1.5, 1.0, 0.0])
    x = x + 0.5 * torch.randn(x.shape, generator=numbers)
    return from_tensors(x, ids=[f"{seed}-{place}" for place in range(n_sample)])


KINDS: dict[str, Callable[[int, int], Batch]] = {
    "autoregressive": autoregressive,
    "humps": humps,
    "switch-ar": lambda n_sample, seed: SwitchAR(n_sample=n_sample)(seed=seed).batch,
    "state": lambda n_sample, seed: State(n_sample=n_sample, n_time=STEPS)(seed=seed).batch,
}


def fits_of(kind: str) -> dict[str, Callable[[Batch], Imputer]]:
    """The imputers, and for series of a known law the law itself."""
    true = GaussianImputer(torch.zeros(STEPS, FEATURES), covariance())
    return {"true law": lambda _background: true, **FITS} if kind == "autoregressive" else FITS


def row_of(kind: str, name: str, seed: int, *, n_background: int, n_judged: int) -> dict[str, Any]:
    """One imputer on one kind of series."""
    background, judged = KINDS[kind](n_background, 2 * seed), KINDS[kind](n_judged, 2 * seed + 1)
    start = time.process_time()
    imputer = fits_of(kind)[name](background)
    fit_seconds = time.process_time() - start
    found = quality(imputer, judged, seed=seed)
    row = {
        "benchmark": "imputers",
        "series": kind,
        "imputer": name,
        "seed": seed,
        "n_background": n_background,
        "n_judged": n_judged,
        "coverage_90": found.covered(0.9),
        "coverage": found.coverage.round(4).tolist(),
        "energy": found.energy,
        "error": found.error,
        "spread": found.spread,
        "discriminability": found.discriminability,
        "fit_seconds": fit_seconds,
    }
    for n_draw, share in TIMES:
        row[f"microseconds_{n_draw}_{share:g}"] = microseconds(imputer, judged, n_draw, share)
    return {key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()} | {
        "torch": torch.__version__,
        "machine": platform.machine(),
    }


def microseconds(imputer: Imputer, batch: Batch, n_draw: int, share: float) -> float:
    """CPU time of one draw of one series, each with a mask of its own; the least of five."""
    kept = torch.rand(batch.x.shape, generator=torch.Generator().manual_seed(0)) < share
    numbers, spent = first_draws(batch, n_draw), math.inf
    for _ in range(5):
        start = time.process_time()
        imputed(imputer, batch, kept, numbers)
        spent = min(spent, time.process_time() - start)
    return 1e6 * spent / len(batch) / n_draw


def run(out: Path, *, seeds: int, quick: bool) -> None:
    """Make the rows that are missing; those of a quick run are kept nowhere."""
    sizes = {"n_background": 200, "n_judged": 64} if quick else {"n_background": 1000, "n_judged": 256}
    rows = read(out) if out.exists() and not quick else []
    known = {(row["series"], row["imputer"], row["seed"]) for row in rows}
    out.parent.mkdir(parents=True, exist_ok=True)
    for seed in range(1 if quick else seeds):
        for kind in KINDS:
            for name in fits_of(kind):
                if (kind, name, seed) in known:
                    continue
                row = row_of(kind, name, seed, **sizes)
                rows.append(row)
                if not quick:
                    with out.open("a") as file:
                        file.write(json.dumps(row) + "\n")
                print(kind, name, seed, {figure: row[figure] for figure in FIGURES}, flush=True)
    table(rows)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file."""
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def table(rows: list[dict[str, Any]]) -> None:
    """Means over the seeds with half of their 95 % intervals, as Markdown."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["series"]][row["imputer"]].append(row)
    times = tuple(f"microseconds_{n_draw}_{share:g}" for n_draw, share in TIMES)
    for kind, by_name in found.items():
        heads = (*FIGURES, "fit, s", *(f"µs, {n} of {share:.0%}" for n, share in TIMES))
        print(f"\n{kind}\n\n| imputer | {' | '.join(heads)} |")
        print("|---" * (len(heads) + 1) + "|")
        for name, mine in by_name.items():
            cells = [in_words([row[figure] for row in mine]) for figure in FIGURES]
            cells.append(f"{fmean(row['fit_seconds'] for row in mine):.2f}")
            cells += [f"{fmean(row[one] for row in mine):.1f}" for one in times]
            print(f"| {name} | {' | '.join(cells)} |")


def in_words(values: list[float]) -> str:
    """A mean and half its interval."""
    if len(values) < 2 or stdev(values) == 0:
        return f"{fmean(values):.3f}"
    found = interval_of(values)
    return f"{found.mean:.3f} ± {(found.high - found.low) / 2:.3f}"


def beside_shapiq() -> None:
    """What a coalition of cells is worth by the imputers of shapiq and by ours, of a curved function of six cells.

    Both Gaussian laws have the same moments. The copulas have not: ours shrinks its correlations.
    """
    from shapiq.imputer import GaussianCopulaImputer as TheirCopula
    from shapiq.imputer import GaussianImputer as TheirGaussian
    from shapiq.imputer import MarginalImputer as TheirMarginal

    numbers = torch.Generator().manual_seed(0)
    series = torch.randn(400, 3, 2, generator=numbers, dtype=torch.float64).cumsum(dim=1).exp()
    weight = torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0, 1.0], dtype=torch.float64)

    def curved(rows: Any) -> Any:
        return np.tanh(np.asarray(rows) @ weight.numpy() / 5) + 0.1 * np.abs(np.asarray(rows)[:, 0])

    rows, one, n_draw = series.flatten(1).numpy(), series[0].flatten().numpy(), 4000
    batch = from_tensors(series)
    covariance = torch.from_numpy(np.cov(rows.T))
    same = GaussianImputer(series.mean(dim=0), (covariance + covariance.T) / 2)
    pairs = {
        "marginal rows": (
            TheirMarginal(curved, rows, x=one[None], sample_size=400, random_state=0),
            MarginalRows.fit(batch),
        ),
        "gaussian": (TheirGaussian(curved, rows, x=one[None], sample_size=n_draw, random_state=0), same),
        "copula": (
            TheirCopula(curved, rows, x=one[None], sample_size=n_draw, random_state=0),
            CopulaImputer.fit(batch),
        ),
    }
    coalitions = torch.rand(8, 6, generator=numbers) < 0.5
    for name, (theirs, ours) in pairs.items():
        filling = Filling.of(batch.take([0]), ours, n_draw=n_draw)
        gaps = []
        for coalition in coalitions:
            drawn = filling(torch.tensor([0]), {"x": ~coalition.reshape(1, 3, 2)}).x.flatten(1).numpy()
            value = curved(drawn)
            other = float(np.ravel(theirs.value_function(coalition.numpy()[None]))[0])
            gaps.append((abs(value.mean() - other), value.std() * (2 / n_draw) ** 0.5))
        gap, error = max(gaps)
        print(f"{name}: largest gap {gap:.3f} over {len(gaps)} coalitions, where the standard error is {error:.3f}")


def picture(to: Path, kind: str) -> None:
    """A figure of one kind of series, seed 0."""
    from aition.view.plots import plot_imputers

    background, judged = KINDS[kind](1000, 0), KINDS[kind](256, 1)
    found = {name: quality(fit(background), judged) for name, fit in fits_of(kind).items()}
    plot_imputers(found).savefig(to)


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["run", "table", "shapiq", "picture"], default="run")
    parser.add_argument("file", nargs="?", type=Path, default=Path("benchmarks/results/imputers.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("imputers.jsonl"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--series", choices=tuple(KINDS), default="autoregressive")
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    if asked.what == "run":
        run(asked.out, seeds=asked.seeds, quick=asked.quick)
    elif asked.what == "table":
        table(read(asked.file))
    elif asked.what == "shapiq":
        beside_shapiq()
    else:
        picture(asked.file, asked.series)


if __name__ == "__main__":
    main(sys.argv[1:])
