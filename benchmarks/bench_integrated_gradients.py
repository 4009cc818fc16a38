"""Integrated gradients with 32 steps on a GRU: sequences per CPU second beside Captum's, and 24 horizons beside a loop.

Everything runs in one process with one thread, the contestants in turn in every round, so that a busy machine slows all
of them alike; the ratio of each round is taken, and the median over rounds is shown. ``--quick`` runs one short round.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_tensors
from aition.methods import IntegratedGradients

STEPS, HORIZONS = 32, 24
INTERNAL = (256, 512, 1024, 2048, 4096)
"""Rows of Captum's ``internal_batch_size``; none below the number of sequences, which it would not take."""


class Forecaster(nn.Module):
    """A GRU from 32 features to 64 units, and a linear layer on its last state."""

    def __init__(self, n_output: int) -> None:
        super().__init__()
        self.gru = nn.GRU(32, 64, batch_first=True)
        self.head = nn.Linear(64, n_output)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(x)[0][:, -1])


def ours(module: nn.Module, batch: Batch, targets: tuple[Target, ...]) -> Tensor:
    answer = explain(IntegratedGradients(steps=STEPS), TorchModel(module), batch, targets, progress="off")
    return torch.from_numpy(answer["attribution"].values)


def captum(module: nn.Module, x: Tensor, target: int, *, rows: int = 0, samples: int = 0) -> Tensor:
    """Captum with ``internal_batch_size=rows``, called with so many samples at once (0: with all)."""
    method = CaptumIntegratedGradients(module)
    parts = x.split(samples or len(x))
    return torch.cat(
        [method.attribute(x, target=target, n_steps=STEPS, internal_batch_size=rows or None) for x in parts]
    )


def rounds(contestants: dict[str, Callable[[], Tensor]], *, times: int) -> dict[str, list[float]]:
    """CPU seconds of each contestant in each round."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(times):
        for name, contestant in contestants.items():
            began = time.process_time()
            contestant()
            seconds[name].append(time.process_time() - began)
    return seconds


def ratio(slow: list[float], fast: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(slow, fast, strict=True)), 2)


def show(title: str, seconds: dict[str, list[float]], n_sample: int, first: str) -> None:
    print(f"\n{title}\n{'':34}{'sequences / CPU s':>18}{'times as fast':>15}")
    for name, taken in seconds.items():
        print(f"{name:34}{n_sample / statistics.median(taken):18.1f}{ratio(taken, seconds[first]):15.2f}")


def one_target(times: int, n_sample: int) -> dict[str, float]:
    torch.manual_seed(0)
    module = Forecaster(2).eval().requires_grad_(requires_grad=False)
    x = torch.randn(n_sample, 48, 32)
    batch = from_tensors(x, layout="sample time feature")
    contestants: dict[str, Callable[[], Tensor]] = {
        "ours": lambda: ours(module, batch, (Target.of_class(0),)),
        "Captum, default": lambda: captum(module, x, 0),
    }
    for rows in INTERNAL:
        contestants[f"Captum, internal_batch_size {rows}"] = lambda rows=rows: captum(module, x, 0, rows=rows)
    contestants["Captum, 32 sequences a call"] = lambda: captum(module, x, 0, samples=32)
    gap = float((contestants["ours"]() - contestants["Captum, default"]()).abs().max())
    seconds = rounds(contestants, times=times)
    show(f"One target, {n_sample} sequences of 48 steps and 32 features, {STEPS} steps", seconds, n_sample, "ours")
    settings = {name: taken for name, taken in seconds.items() if "internal" in name}
    best = min(settings, key=lambda name: statistics.median(settings[name]))
    return {
        "sequences_per_cpu_second": round(n_sample / statistics.median(seconds["ours"]), 1),
        "over_captum_default": ratio(seconds["Captum, default"], seconds["ours"]),
        "over_captum_best_internal_batch_size": ratio(seconds[best], seconds["ours"]),
        "over_captum_32_a_call": ratio(seconds["Captum, 32 sequences a call"], seconds["ours"]),
        "largest_difference": gap,
    }


def horizons(times: int, n_sample: int) -> dict[str, float]:
    torch.manual_seed(0)
    module = Forecaster(HORIZONS).eval().requires_grad_(requires_grad=False)
    x = torch.randn(n_sample, 48, 32)
    batch = from_tensors(x, layout="sample time feature")
    targets = Target.each("class", range(HORIZONS))
    contestants: dict[str, Callable[[], Tensor]] = {
        "ours, all horizons at once": lambda: ours(module, batch, targets),
        "ours, horizon by horizon": lambda: torch.stack([ours(module, batch, (one,)) for one in targets], dim=1),
        "Captum, horizon by horizon": lambda: torch.stack(
            [captum(module, x, place, rows=1024) for place in range(HORIZONS)], dim=1
        ),
    }
    gap = float((contestants["ours, all horizons at once"]() - contestants["Captum, horizon by horizon"]()).abs().max())
    seconds = rounds(contestants, times=times)
    together = seconds["ours, all horizons at once"]
    show(f"{HORIZONS} horizons, {n_sample} sequences", seconds, n_sample, "ours, all horizons at once")
    return {
        "horizons_over_own_loop": ratio(seconds["ours, horizon by horizon"], together),
        "horizons_over_captum_loop": ratio(seconds["Captum, horizon by horizon"], together),
        "horizons_largest_difference": gap,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    figures = one_target(1 if quick else 5, 64 if quick else 256) | horizons(1 if quick else 3, 8 if quick else 32)
    print(json.dumps({"benchmark": "integrated_gradients", "torch": torch.__version__, **figures}))


if __name__ == "__main__":
    main()
