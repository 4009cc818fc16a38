"""Which tenth of what was measured in intensive care is enough for a black box to answer as well as from all of it.

    bench_lex_icu.py run SEED...       appends the rows that benchmarks/results/lex_icu.jsonl lacks
    bench_lex_icu.py table             the rows as the tables of docs/lex_real.md
    bench_lex_icu.py picture FILE      what is selected and when, of the first seed that was run here
    bench_lex_icu.py --quick           one small run, kept nowhere

A seed draws other stays of the simulated hospital, and trains other networks: 6,000 stays to learn from, the first
3,000 of them for selectors and imputers, and 1,000 that nothing has seen. Black boxes are two GRUs: ``carried`` reads
the last value that was measured of each feature, and not when; ``measured`` also reads which cells were measured. What
is not selected is drawn anew 8 times by a copula given the cells that are kept (``rows``: from another stay), and the
chances are averaged. What was not measured is never selected nor conditioned on, and stays not measured: ``none``, with
every measurement drawn anew, is what may be said of that alone.

Masks have as many cells of every stay, a tenth of what is measured on average: ``lex``; ``random``; ``last``, the last
ones measured; ``gradients``, the largest integrated gradients; ``truth``, the largest contributions to the risk by the
simulator. ``share`` is the AUROC divided by that of the black box from whole stays, ``nats`` its mean divergence from
what that says of them; intervals by 500 resamples of the stays.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain
from aition.checks import EvalX, SelectionVerdict, encoding_gap, evidence, stability, static_mask, told_by_choice
from aition.data.simulate.hospital import Hospital
from aition.impute.copula import CopulaImputer
from aition.impute.imputer import Imputer, first_draws, imputed
from aition.impute.rows import MarginalRows
from aition.methods import IntegratedGradients
from aition.methods.lex import ConvolutionalSelector, ExactK, FittedLex, Lex, Ready, StraightThrough
from aition.methods.lex.candidates import Candidates
from aition.models import fit
from aition.models.measured import MeasuredGRU, measured_model, moments

ROWS = Path(__file__).parent / "results" / "lex_icu.jsonl"
STABLE_OF = 2
"""Of which seed a second selector is fitted."""
KEPT = Path(tempfile.gettempdir()) / "aition-lex-icu"
N_TRAIN, N_LEARN, N_TEST, N_HIDDEN, DRAWS = 6000, 3000, 1000, 32, 8
EPOCHS = {"carried": 6, "measured": 5}
"""After which the loss of held-out stays was lowest, seed 1000."""
MASKS = ("lex", "random", "last", "gradients", "truth", "none")
RISK = Target.of_class(1).against(**{"class": 0})
Values = NDArray[np.float64]


class CarriedGRU(nn.Module):
    """A GRU on the last value that was measured of each feature, in deviations; the mean before there is one.

    Args:
        mean: Of each feature.
        scale: What a deviation of 1 is, likewise.
    """

    def __init__(self, mean: list[float], scale: list[float]) -> None:
        super().__init__()
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("scale", torch.tensor(scale))
        self.recurrent = nn.GRU(len(mean), N_HIDDEN, batch_first=True)
        self.head = nn.Linear(N_HIDDEN, 2)

    def forward(self, x: Tensor, observed: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        step = torch.arange(x.shape[1], device=x.device)[:, None].expand(x.shape)
        last = torch.where(observed, step, -1).cummax(dim=1).values
        value = ((x - self.mean) / self.scale).gather(1, last.clamp(min=0))
        said: Tensor = self.head(self.recurrent(torch.where(last >= 0, value, 0.0))[0][:, -1])
        return said


def forward_carried(module: nn.Module, batch: Batch) -> Tensor:
    said: Tensor = module(batch.x, batch.observed)
    return said


@dataclass(frozen=True, eq=False)
class Case:
    """Stays, a black box, and what draws.

    Args:
        train: Stays that selectors and imputers learn from.
        test: Stays that nothing has seen.
        truth: Which of their cells add to the risk.
        model: The black box.
        copula: What draws given the cells that are kept.
        rows: What draws from another stay.
        k: Cells that are selected.
    """

    train: Batch
    test: Batch
    truth: Tensor
    model: TorchModel
    copula: Imputer
    rows: Imputer
    k: int

    def lex(self, *, seed: int) -> Lex:
        """The settings, chosen on seed 1000."""
        return Lex(
            ExactK(self.k, relaxation="threshold"),
            selector=ConvolutionalSelector(),
            imputer=Ready(self.copula),
            estimators=(StraightThrough(draws=1),),
            epochs=4,
            rate=3e-3,
            judged=False,
            rivals=0,
            seed=seed,
        )


def case(kind: str, seed: int, *, n_train: int = N_TRAIN, n_test: int = N_TEST) -> Case:
    """Stays and a trained black box."""
    drawn = Hospital(n_sample=n_train + n_test)(seed=seed)
    train, test = drawn.batch.take(range(n_train)), drawn.batch.take(range(n_train, n_train + n_test))
    mean, scale = moments(train)
    torch.manual_seed(seed)
    if kind == "carried":
        start = TorchModel(CarriedGRU(mean[: train.n_feature], scale[: train.n_feature]), forward_carried)
    else:
        start = measured_model(MeasuredGRU(train.n_feature, 2, n_static=2, mean=mean, scale=scale))
    model = fit(start, train, epochs=EPOCHS[kind], lr=2e-3, batch_size=64, seed=seed, progress="off").model
    learn = train.take(range(min(N_LEARN, n_train)))
    k = round(0.1 * float((learn.observed & learn.cells).sum()) / len(learn))
    return Case(learn, test, drawn.truth[n_train:], model, CopulaImputer.fit(learn), MarginalRows.fit(learn), k)


def selected(fitted: FittedLex, batch: Batch) -> Tensor:
    """The cells that are shown, ``[sample, time, feature]``, without the figures that go with them."""
    candidates = Candidates.of(batch, fitted.settings.groups)
    chosen = fitted.settings.selection.mode(fitted.logits(batch, candidates), candidates)
    return candidates.spread(chosen[:, None])[:, 0] & batch.observed & batch.cells


def largest(score: Tensor, batch: Batch, k: int) -> Tensor:
    """The measured cells of the largest scores, ``[sample, time, feature]``."""
    known = batch.observed & batch.cells
    flat = score.masked_fill(~known, -torch.inf).flatten(1)
    chosen = torch.zeros_like(flat, dtype=torch.bool).scatter(1, flat.topk(k, dim=1).indices, True)
    return chosen.view(score.shape) & known


def masks_of(one: Case, fitted: FittedLex) -> dict[str, Tensor]:
    """Every selection of the test stays."""
    batch, k = one.test, one.k
    chance = torch.rand(batch.x.shape, generator=torch.Generator().manual_seed(1))
    gradients = explain(IntegratedGradients(), one.model, batch, RISK)["attribution"].values
    return {
        "lex": selected(fitted, batch),
        "random": largest(chance, batch, k),
        "last": largest(torch.arange(batch.n_time)[:, None] + chance, batch, k),
        "gradients": largest(torch.from_numpy(np.nan_to_num(gradients)).abs(), batch, k),
        "truth": largest(batch["contribution"].abs() + 1e-6 * chance, batch, k),
        "none": torch.zeros_like(batch.observed),
    }


def risk(model: TorchModel, batch: Batch) -> Tensor:
    """The chance of death, ``[sample]``."""
    with torch.no_grad():
        return model(batch).softmax(dim=1)[:, 1]


def risk_from(one: Case, kept: Tensor, imputer: Imputer) -> Values:
    """The same from some cells alone, the mean over draws of all others, ``[sample]``."""
    said = []
    for rows in torch.arange(len(one.test)).split(64):
        some = one.test.take(rows)
        drawn = imputed(imputer, some, kept[rows], first_draws(some, DRAWS)).flatten(0, 1)
        several = some.take(torch.arange(len(some)).repeat_interleave(DRAWS)).with_x(drawn)
        said.append(risk(one.model, several).view(len(some), DRAWS).mean(dim=1))
    return torch.cat(said).double().numpy()


def area(said: Values, died: NDArray[np.bool_]) -> float:
    """Area under the ROC curve."""
    rank, n_died = rankdata(said), int(died.sum())
    return float((rank[died].sum() - n_died * (n_died + 1) / 2) / (n_died * (len(died) - n_died)))


def divergence(whole: Values, said: Values) -> Values:
    """From what is said of whole stays, ``[sample]``, in nats."""
    one, other = (np.clip(part, 1e-7, 1 - 1e-7) for part in (whole, said))
    return one * np.log(one / other) + (1 - one) * np.log((1 - one) / (1 - other))


def resampled(figure: Callable[[NDArray[np.int64]], float], died: NDArray[np.bool_]) -> tuple[float, float]:
    """The 95 % interval of a figure of stays, over resamples of them."""
    chance = np.random.default_rng(0)
    found = [figure(chance.integers(len(died), size=len(died))) for _ in range(500)]
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))


def measured(one: Case, kind: str, seed: int) -> list[dict[str, Any]]:
    """All rows of one black box and seed."""
    began = time.process_time()
    fitted = one.lex(seed=seed).fit(one.model, one.train, Target.whole("class"), progress="off")
    cpu = time.process_time() - began
    masks, died = masks_of(one, fitted), (one.test.label == 1).numpy()
    whole = risk(one.model, one.test).double().numpy()
    said = {name: risk_from(one, kept, one.copula) for name, kept in masks.items()}
    rows = []
    for name, kept in masks.items():

        def share(at: NDArray[np.int64], said: Values = said[name]) -> float:
            return area(said[at], died[at]) / area(whole[at], died[at])

        def over(at: NDArray[np.int64], said_of_it: Values = said[name]) -> float:
            return (area(said_of_it[at], died[at]) - area(said["random"][at], died[at])) / area(whole[at], died[at])

        everyone = np.arange(len(died))
        row = {"model": kind, "seed": seed, "mask": name, "k": one.k, "auroc_whole": area(whole, died)}
        row |= {"auroc": area(said[name], died), "share": share(everyone), "share_interval": resampled(share, died)}
        row |= {"over_random": over(everyone), "over_random_interval": resampled(over, died)}
        row |= {"nats": float(divergence(whole, said[name]).mean())}
        row |= {"share_rows": area(risk_from(one, kept, one.rows), died) / area(whole, died)}
        row |= {"true": float((kept & one.truth).sum() / kept.sum().clamp(min=1))}
        rows.append(row)
    rows[0] |= {"cpu": round(cpu, 1), "optimum": area(one.test["log_odds"].double().numpy(), died)}
    rows[0] |= {verdict.check: [verdict.finding, verdict.figure.mean] for verdict in verdicts(one, fitted, seed=seed)}
    if len(one.test) == N_TEST:
        KEPT.mkdir(parents=True, exist_ok=True)
        torch.save((one.test, masks, whole), KEPT / f"{kind}-{seed}.pt")
    return rows


def verdicts(one: Case, fitted: FittedLex, *, seed: int) -> list[SelectionVerdict]:
    """What the checks of selections find; stability by a second fit, of one seed alone."""
    told, shown = (as_selection(selected(fitted, batch), batch) for batch in (one.train, one.test))
    outcome = tuple(
        torch.stack([1 - said, said], dim=1) for said in (risk(one.model, one.train), risk(one.model, one.test))
    )
    found = evidence(one.train, told, one.test, shown, outcome=outcome, how=EvalX(hidden=(64,), epochs=8))
    said = torch.from_numpy(risk_from(one, torch.from_numpy(shown.values), one.copula)).clamp(1e-7, 1 - 1e-7)
    own = (outcome[1] * torch.stack([1 - said, said], dim=1).log()).sum(dim=1).numpy()
    given = [encoding_gap(own, found.values), told_by_choice(found.values, found.chosen), static_mask(shown)]
    if seed == STABLE_OF:
        again = one.lex(seed=seed + 100).fit(one.model, one.train, Target.whole("class"), progress="off")
        given.append(stability([shown, as_selection(selected(again, one.test), one.test)]))
    for verdict in given:
        print(verdict.words, flush=True)
    return given


def as_selection(kept: Tensor, batch: Batch) -> xr.DataArray:
    """A selection as explanations hold it."""
    return xr.DataArray(kept.numpy(), dims=("sample", "time", "feature"), coords={"sample": batch.ids})


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def run(kinds: list[str], seeds: list[int]) -> None:
    for kind in kinds:
        for seed in seeds:
            if not any(row["model"] == kind and row["seed"] == seed for row in rows()):
                found = measured(case(kind, seed), kind, seed)
                with ROWS.open("a") as file:
                    file.writelines(json.dumps(row) + "\n" for row in found)
                print(kind, seed, [(row["mask"], round(row["share"], 3)) for row in found], flush=True)


def table() -> None:
    """Means over seeds, and those of the single seeds that are the least and the most."""
    for kind in EPOCHS:
        some = [row for row in rows() if row["model"] == kind]
        seeds = sorted({row["seed"] for row in some})
        if not some:
            continue
        print(f"\n{kind}, seeds {seeds}: AUROC of whole stays {listed(some, 'lex', 'auroc_whole')}")
        print("| mask | AUROC | share | least lower end | over random | nats | share, rows | true cells |")
        print("|---|---|---|---|---|---|---|---|")
        for name in MASKS:
            mine = [row for row in some if row["mask"] == name]
            low = min(row["share_interval"][0] for row in mine)
            gain = min(row["over_random_interval"][0] for row in mine)
            means = {key: np.mean([row[key] for row in mine]) for key in ("auroc", "share", "over_random", "nats")}
            means |= {key: np.mean([row[key] for row in mine]) for key in ("share_rows", "true")}
            print(
                f"| {name} | {means['auroc']:.3f} | {means['share']:.3f} ({listed(mine, name, 'share')}) | {low:.3f} | "
                f"{means['over_random']:+.3f} (≥ {gain:+.3f}) | {means['nats']:.3f} | {means['share_rows']:.3f} | "
                f"{means['true']:.2f} |"
            )


def listed(some: list[dict[str, Any]], name: str, key: str) -> str:
    """A figure of every seed."""
    return ", ".join(f"{row[key]:.3f}" for row in some if row["mask"] == name)


def picture(path: Path) -> None:
    """Which share of what is measured is selected, by feature and hour, of those who die and those who do not."""
    found = sorted(KEPT.glob("carried-*.pt"))
    if not found:
        raise SystemExit(f"nothing was run here: {KEPT} has no stays; first bench_lex_icu.py run 0")
    batch, masks, whole = torch.load(found[0], weights_only=False)
    kept, known, died = masks["lex"], batch.observed & batch.cells, batch.label == 1
    share = kept.sum(dim=(0, 1)) / known.sum(dim=(0, 1)).clamp(min=1)
    order = share.argsort(descending=True)[:16]
    names = [batch.feature_names[place] for place in order]
    figure = plt.figure(figsize=(12, 8.4), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(1.15, 1))
    for column, (title, some) in enumerate((("who die", died), ("who do not", ~died))):
        axes = figure.add_subplot(grid[0, column])
        part = kept[some].sum(dim=0) / known[some].sum(dim=0).clamp(min=1)
        image = axes.imshow(part[:, order].T, aspect="auto", cmap="Purples", vmin=0, vmax=1, extent=(-48, 0, 16, 0))
        axes.set(title=f"{int(some.sum())} stays of those {title}", xlabel="hours to the end")
        axes.set_yticks(np.arange(16) + 0.5, names if column == 0 else [""] * 16)
    figure.colorbar(image, ax=figure.axes, label="share of the measurements selected")
    for column, place in enumerate((int(whole.argmax()), int(np.abs(whole - np.median(whole)).argmin()))):
        axes = figure.add_subplot(grid[1, column])
        for line, feature in enumerate(order[:8].tolist()):
            hours = known[place, :, feature].nonzero()[:, 0]
            values = batch.x[place, hours, feature].clamp(-4, 4) / 10
            chosen = kept[place, hours, feature]
            axes.axhline(line, color="0.9", linewidth=0.8, zorder=0)
            axes.plot(hours - 48, line - values, ".", color="0.7", markersize=4)
            axes.plot(hours[chosen] - 48, (line - values)[chosen], "o", color="#5e3c99", markersize=5)
        axes.set_yticks(np.arange(8), names[:8])
        axes.set(title=f"a stay of risk {whole[place]:.2f}", xlabel="hours to the end", xlim=(-49, 1))
        axes.invert_yaxis()
    figure.savefig(path, dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table", "picture"))
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--model", action="append", choices=tuple(EPOCHS), help="black boxes; carried alone if none")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.quick:
        print(measured(case("carried", 0, n_train=300, n_test=100), "carried", 0)[0])
    elif asked.what == "run":
        run(asked.model or ["carried"], [int(seed) for seed in asked.rest] or [0, 1, 2])
    elif asked.what == "picture":
        picture(Path(asked.rest[0]))
    else:
        table()


if __name__ == "__main__":
    main()
