"""Distillation into wavelets: is a planted wavelet found, and what does a small model on a fitted one meet.

    bench_awd.py recovery --seeds 5 --out FILE    wavelets that were planted in a law, and in a network that learned it
    bench_awd.py traces --seeds 5 --out FILE      traces like those of clathrin, and an LSTM
    bench_awd.py fields --seeds 5 --out FILE      random fields of a known spectrum, and a convolutional network
    bench_awd.py --quick                          a small one of each part
    bench_awd.py table FILE                       rows that were kept, as tables

*Recovery.* Series are white noise; a law adds up eight positive coefficients, drawn by the seed, of a planted wavelet.
The teacher is the law, or a network of two hidden layers that was trained on it. The start is chosen by the loss, which
does not know the planted wavelet. ``distance`` is that of the low-pass filters up to a shift, a sign and the direction
of time; ``as_planted`` is up to a sign only. ``loss`` beside ``planted_loss`` says whether a failure is one of the
search (it ends higher than the planted wavelet) or of the loss (it ends lower).

*Traces* and *fields.* A teacher is trained on the labels; small models are ridge regressions, on the same readings of
each wavelet, fitted to the same labels; R² is that of samples which nobody has seen. "loss" takes the wavelet with the
least loss, "held-out" that of the finalists whose small model did best in five folds of the training samples; "no
teacher" is the same with nothing but sparsity in the loss, and "random" takes by the same folds from as many random
filters of the lattice. "plain" reads the largest size of each band, without signs and shifts.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pywt
import torch
from scipy.stats import t
from torch import Tensor, nn

from aition import Target, TorchModel, from_tensors
from aition.data.simulate import CoatedPits, GaussianField, Simulated
from aition.distill import AdaptiveWavelet, Bands, Distilled, FixedWavelet, Ridge, distill
from aition.distill.bands import settled
from aition.distill.chosen import Candidate, held_out_scores
from aition.distill.distilled import asked, met
from aition.distill.wavelet import losses
from aition.models.train import fit
from aition.transform.lattice import filter_distance, lattice_angles, lattice_filter
from aition.transform.periodic import analysed

Found = dict[str, Any]
SCALAR = Target.scalar()
LEVELS, N_TIME, N_READ = 4, 64, 8
PLANTED = {"db5": 10, "db3": 10, "sym5": 10, "coif2": 12}
"""Wavelets that are planted, and the length of the filter that looks for them."""
WAYS = (("times-input", "law"), ("gradient", "law"), ("times-input", "network"))


class Law(nn.Module):
    """Adds up positive coefficients of a wavelet, ``[sample, 1]``."""

    def __init__(self, name: str, draws: torch.Generator) -> None:
        super().__init__()
        self.lowpass = torch.tensor([pywt.Wavelet(name).rec_lo])
        self.place = torch.randperm(N_TIME - (N_TIME >> LEVELS), generator=draws)[:N_READ]
        self.weight = torch.randn(N_READ, generator=draws)

    def forward(self, x: Tensor) -> Tensor:
        details = torch.cat([part[0] for part in analysed(x[None, :, :, 0], self.lowpass, levels=LEVELS)[1:]], dim=1)
        return (details[:, self.place].relu() * self.weight).sum(dim=1, keepdim=True)


def noise(n_sample: int, draws: torch.Generator) -> Tensor:
    """White noise, ``[sample, time, feature]``."""
    return torch.randn(n_sample, N_TIME, 1, generator=draws)


def learned(law: Law, *, seed: int, n_sample: int, epochs: int) -> tuple[TorchModel, float]:
    """A network that was trained on a law, and its R² on others of its series."""
    draws = torch.Generator().manual_seed(10_000 + seed)
    series, held_out = noise(n_sample, draws), noise(1000, draws)
    network = TorchModel(
        nn.Sequential(nn.Flatten(), nn.Linear(N_TIME, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1))
    )
    batch = from_tensors(series, label=law(series)[:, 0].detach())
    model = fit(network, batch, epochs=epochs, seed=seed, lr=2e-3, batch_size=128, progress="off").model
    return model, met(model(from_tensors(held_out))[:, 0].detach(), law(held_out)[:, 0].detach())


def recovered(planted: str, kind: str, teacher: str, *, seed: int, quick: bool) -> Found:
    """One wavelet that was planted, and what was found."""
    draws = torch.Generator().manual_seed(seed)
    law = Law(planted, draws)
    batch = from_tensors(noise(256, draws))
    model, fidelity = TorchModel(law), 1.0
    if teacher == "network":
        model, fidelity = learned(law, seed=seed, n_sample=1000 if quick else 10_000, epochs=3 if quick else 20)
    settings = AdaptiveWavelet(length=PLANTED[planted], kind=kind, seed=seed)
    if quick:
        settings = replace(settings, starts=8, steps=5, polish=5)
    began = time.process_time()
    found = distill(
        model, batch, SCALAR, wavelet=settings, bands=Bands(levels=LEVELS), answer="teacher", progress="off"
    )
    seconds = time.process_time() - began
    true = torch.tensor(pywt.Wavelet(planted).rec_lo, dtype=torch.float64)
    wide = nn.functional.pad(true, ((settings.length - len(true)) // 2,) * 2)
    values = found.grid.values(batch)
    again = found.grid.restored(found.grid.coefficients(values, found.lowpass[None]), found.lowpass[None])
    at = torch.stack([lattice_angles(one.double()) for one in (found.lowpass, wide)]).float()
    slopes = found.grid.placed(asked(model, batch, SCALAR, progress="off")[0], batch)
    reached = losses(settings, found.grid, at, values, slopes)
    return {
        "part": "recovery", "planted": planted, "kind": kind, "teacher": teacher, "seed": seed, "teacher_r2": fidelity,
        "distance": filter_distance(found.lowpass, true), "as_planted": as_planted(found.lowpass, wide),
        "loss": float(reached[0]), "planted_loss": float(reached[1]),
        "finalists_there": int((found.losses < found.losses.min() * 1.01).sum()),
        "reconstruction": float((again[0] - values).abs().max()), "cpu_seconds": seconds,
    }  # fmt: skip


def as_planted(lowpass: Tensor, wide: Tensor) -> float:
    """How far two filters of one length are from one another, up to a sign."""
    return min(float((lowpass.double() - sign * wide).norm()) for sign in (1, -1))


def recovery(seeds: list[int], *, quick: bool) -> Iterator[Found]:
    """Every wavelet by the settings as they are, and the first in every way."""
    ways = [("db5", *way) for way in WAYS] + [(name, *WAYS[0]) for name in PLANTED if name != "db5"]
    for planted, kind, teacher in ways:
        for seed in seeds:
            yield recovered(planted, kind, teacher, seed=seed, quick=quick)


class Recurrent(nn.Module):
    """An LSTM both ways, the largest of each state over time, and a linear layer."""

    def __init__(self, *, n_hidden: int = 24) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, n_hidden, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * n_hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        said: Tensor = self.head(self.lstm((x - 2) / 1.7)[0].amax(dim=1))
        return said


class Convolutional(nn.Module):
    """Two periodic convolutions of a field, the mean over it, and two dense layers."""

    def __init__(self, *, channels: int = 16) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, channels, 5, padding=2, padding_mode="circular")
        self.second = nn.Conv2d(channels, channels, 5, padding=2, padding_mode="circular")
        self.head = nn.Sequential(nn.Linear(channels, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x: Tensor) -> Tensor:
        said: Tensor = self.head(self.second(self.first(x[:, None]).relu()).relu().mean(dim=(2, 3)))
        return said


@dataclass(frozen=True)
class Setting:
    """What a teacher is trained on, and how it is distilled."""

    simulator: type[CoatedPits] | type[GaussianField]
    shape: Found
    network: Callable[[], nn.Module]
    bands: Bands
    plain: Bands
    epochs: tuple[tuple[int, float], ...]
    n_train: int
    candidates: tuple[AdaptiveWavelet, ...]
    thorough: bool = True


FIT = AdaptiveWavelet(starts=32, steps=15, finalists=8, polish=30)
FITS = (FIT, replace(FIT, length=6), replace(FIT, sparsity=1.0, kind="gradient"))
SETTINGS = {
    "traces": Setting(
        CoatedPits, {}, Recurrent, Bands(levels=3, quantiles=(0.0, 1.0), signed=True, shifts=8), Bands(levels=3),
        ((5, 1e-2), (5, 5e-3), (8, 3e-3)), 1500, FITS,
    ),
    "fields": Setting(
        GaussianField, {"size": 32, "low": 4.0, "high": 8.0}, Convolutional,
        Bands(levels=2, fields=True, quantiles=(0.5, 0.9, 1.0)), Bands(levels=2, fields=True),
        ((6, 5e-3), (4, 1e-3)), 600, tuple(replace(one, sample=16, finalists=3, polish=20) for one in FITS[:2]),
        thorough=False,
    ),
}  # fmt: skip


def taught(setting: Setting, train: Simulated, *, seed: int, quick: bool) -> TorchModel:
    """The teacher."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = TorchModel(setting.network())
    for part, (epochs, lr) in enumerate(setting.epochs):
        n_epoch = 1 if quick else epochs
        how: Found = {"epochs": n_epoch, "lr": lr, "batch_size": 50, "seed": 100 * seed + part, "progress": "off"}
        model = fit(model, train.batch, **how).model
    return model


def compared(part: str, *, seed: int, quick: bool, models: str) -> Iterator[Found]:
    """The teacher, the law, and small models on several wavelets, of which those whose names hold ``models``."""
    setting = SETTINGS[part]
    n_train, n_test = (200, 200) if quick else (setting.n_train, 1000)
    drawn = setting.simulator(n_sample=n_train + n_test, **setting.shape)(seed=seed)
    train, test = drawn.take(range(n_train)), drawn.take(range(n_train, n_train + n_test))
    began = time.process_time()
    teacher = taught(setting, train, seed=seed, quick=quick)
    base = {"part": part, "seed": seed}
    yield base | {
        "model": "teacher", "r2": met(answered(teacher, test), test.batch.label),
        "seconds": time.process_time() - began, "microseconds": cost(lambda: teacher(test.batch), n_test),
    }  # fmt: skip
    law = Ridge(penalty=1e-9)(answered(drawn.white_box, train)[:, None], train.batch.label)
    yield base | {"model": "law", "r2": met(law(answered(drawn.white_box, test)[:, None]), test.batch.label)}
    fits = tuple(replace(one, seed=seed) for one in setting.candidates)
    fits = tuple(replace(one, starts=8, steps=3, polish=3) for one in fits) if quick else fits
    blind = tuple(replace(one, sparsity=1.0, attribution=0.0, seed=seed + 50 * place) for place, one in enumerate(fits))
    ways: dict[str, tuple[Any, Bands, str]] = {
        "db5": (FixedWavelet("db5"), setting.bands, "loss"),
        "haar": (FixedWavelet("haar"), setting.bands, "loss"),
        "sym5": (FixedWavelet("sym5"), setting.bands, "loss"),
        "adaptive, loss": (fits[0], setting.bands, "loss"),
        "adaptive, held-out": (fits, setting.bands, "held-out"),
        "no teacher, loss": (blind[0], setting.bands, "loss"),
    }
    if setting.thorough:
        ways["no teacher, held-out"] = blind, setting.bands, "held-out"
        ways["db5, plain"] = FixedWavelet("db5"), setting.plain, "loss"
        ways["adaptive, plain"] = fits[0], setting.plain, "loss"
    for name, (wavelet, bands, choice) in ways.items():
        if models not in name:
            continue
        began = time.process_time()
        how: Found = {"wavelet": wavelet, "bands": bands, "choice": choice, "progress": "off"}
        found = distill(teacher, train.batch, SCALAR, **how)
        seconds = time.process_time() - began
        yield base | {"model": name, "seconds": seconds, **told(found, teacher, test)}
    if models in "random, held-out":
        n = sum(1 + one.finalists for one in fits)
        yield base | {"model": "random, held-out", "r2": by_chance(setting, train, test, seed=seed, n=n)}


def answered(model: TorchModel, drawn: Simulated) -> Tensor:
    """What a model says, ``[sample]``."""
    with torch.no_grad():
        return model(drawn.batch)[:, 0]


def told(found: Distilled, teacher: TorchModel, test: Simulated) -> Found:
    """What is measured of a small model and its wavelet."""
    few = test.batch.take(range(100))
    own, read = found.coefficients(few), found.attributions(teacher, few, SCALAR, progress="off")
    return {
        "r2": found.score(test.batch), "wavelet": found.attrs["wavelet"],
        "lowpass": [round(value, 5) for value in found.lowpass.tolist()],
        "of_energy": held_by(own, power=2, share=0.99), "of_attribution": held_by(read, power=1, share=0.9),
        "microseconds": cost(lambda: found.predict(test.batch), len(test)),
    }  # fmt: skip


def held_by(parts: dict[str, Tensor], *, power: int, share: float) -> float:
    """The share of the coefficients, the largest first, that hold so much of a sum; the mean over samples."""
    sizes = torch.cat([part.flatten(1) for part in parts.values()], dim=1).abs().double() ** power
    sums = sizes.sort(dim=1, descending=True).values.cumsum(dim=1)
    return float(((sums < share * sums[:, -1:]).sum(dim=1) + 1).double().mean() / sizes.shape[1])


def by_chance(setting: Setting, train: Simulated, test: Simulated, *, seed: int, n: int) -> float:
    """R² of the small model of the random filter that does best in the folds of the training samples."""
    draws = torch.Generator().manual_seed(20_000 + seed)
    filters = lattice_filter(2 * torch.pi * torch.rand(n, FIT.length // 2 - 1, generator=draws))
    grid = settled(setting.bands, train.batch, FIT.length)
    values, label = grid.values(train.batch), train.batch.label
    found = [Candidate("random", one, torch.zeros(0)) for one in filters]
    best = found[int(held_out_scores(grid, values, label, found=found, student=Ridge()).argmax())].lowpass
    return met(Ridge()(grid.read(values, best), label)(grid.read(grid.values(test.batch), best)), test.batch.label)


def cost(call: Callable[[], object], n_sample: int) -> float:
    """CPU microseconds a sample, the least of three."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        with torch.no_grad():
            call()
        seconds.append(time.process_time() - began)
    return 1e6 * min(seconds) / n_sample


def table(rows: list[Found]) -> str:
    """Means over seeds, and half of their 95 % interval."""
    lines: list[str] = []
    of = [row for row in rows if row["part"] == "recovery"]
    if of:
        lines += [
            "| planted | teacher | made sparse | seeds | distance, each seed | within .05 | CPU s | reconstruction |"
        ]
        lines += ["|---" * 8 + "|"]
    for key in dict.fromkeys((row["planted"], row["teacher"], row["kind"]) for row in of):
        own = [row for row in of if (row["planted"], row["teacher"], row["kind"]) == key]
        each = ", ".join(f"{row['distance']:.4f}" for row in own)
        near = f"{sum(row['distance'] <= 0.05 for row in own)} of {len(own)}"
        seconds, worst = max(row["cpu_seconds"] for row in own), max(row["reconstruction"] for row in own)
        lines.append(f"| {' | '.join(key)} | {len(own)} | {each} | {near} | {seconds:.1f} | {worst:.1e} |")
    for part in ("traces", "fields"):
        of = [row for row in rows if row["part"] == part]
        if of:
            lines += [
                "",
                f"| {part} | seeds | R² | of energy | of attribution | µs a sample | s to fit |",
                "|---" * 7 + "|",
            ]
        for model in dict.fromkeys(row["model"] for row in of):
            own = [row for row in of if row["model"] == model]
            names = ("r2", "of_energy", "of_attribution", "microseconds", "seconds")
            cells = [spread([row[name] for row in own if name in row]) for name in names]
            lines.append(f"| {model} | {len(own)} | {' | '.join(cells)} |")
        lines += beside(of, model="adaptive, held-out") if of else []
    return "\n".join(lines)


def spread(values: list[float]) -> str:
    """The mean, and half of its 95 % interval by Student's t; below 10 in three decimals."""
    if not values:
        return ""
    mean, n = float(np.mean(values)), len(values)
    if n == 1:
        return f"{mean:.3f}" if mean < 10 else f"{mean:.0f}"
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / n**0.5)
    return f"{mean:.3f} ± {half:.3f}" if mean < 10 else f"{mean:.0f} ± {half:.0f}"


def beside(rows: list[Found], *, model: str) -> list[str]:
    """How much more R² a model has than each other one, seed by seed."""
    r2 = {(row["model"], row["seed"]): row["r2"] for row in rows}
    seeds = [seed for name, seed in r2 if name == model]
    lines = ["", f"| {model}, less | R², paired by seed |", "|---|---|"]
    for other in dict.fromkeys(row["model"] for row in rows):
        if other != model:
            lines.append(f"| {other} | {spread([r2[model, seed] - r2[other, seed] for seed in seeds])} |")
    return lines


def rows_of(part: str, seeds: list[int], *, quick: bool, models: str) -> Iterator[Found]:
    """All rows of a part."""
    if part == "recovery":
        yield from recovery(seeds, quick=quick)
        return
    for seed in seeds:
        yield from compared(part, seed=seed, quick=quick, models=models)


def stamped(row: Found) -> Found:
    """A row with what it was made by."""
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    return row | {"versions": versions, "threads": torch.get_num_threads(), "machine": platform.machine()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="all", choices=["all", "recovery", *SETTINGS, "table"])
    parser.add_argument("rows", nargs="?", type=Path, help="of 'table': rows that were kept")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--models", default="", help='only those whose names hold this, such as "held-out"')
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.part == "table":
        print(table([json.loads(line) for line in given.rows.read_text().splitlines()]))
        return
    torch.set_num_threads(1)
    seeds = [1000] if given.quick else list(range(given.first, given.first + given.seeds))
    for part in ("recovery", *SETTINGS) if given.part == "all" else (given.part,):
        for row in rows_of(part, seeds, quick=given.quick, models=given.models):
            line = json.dumps(stamped(row))
            print(line, flush=True)
            if given.out:
                with given.out.open("a") as file:
                    file.write(line + "\n")


if __name__ == "__main__":
    main()
