"""What dreams cost: 24 dreams of 200 steps, of 500 time steps, of a residual network of 10, 20 and 20 channels.

    bench_dreams_cost.py            every preset, each in a process of its own, on one thread
    bench_dreams_cost.py table      the rows as the table of docs/dream_planted.md
    bench_dreams_cost.py --quick    calibrated alone, kept nowhere

CPU seconds of dreaming, of judging apart, and the peak of memory beyond what was there before. ``bare`` is what as many
forward and backward passes of the network over 24 such series cost by themselves, in the same process, a round of these
before each run and one behind; ``times bare`` is dreaming over that. Presets with variations make two passes in three
of four steps. Rows go to benchmarks/results/dreams_cost.jsonl.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROWS = Path(__file__).parent / "results" / "dreams_cost.jsonl"
DRAWS, STEPS, LENGTH, REAL = 24, 200, 500, 400
PRESETS = (
    "plain", "sequence-dreaming-style", "sequence-dreaming-style-ema", "lucid", "maco", "maco-mean", "calibrated",
    "autoencoder", "delta",
)  # fmt: skip
BORDER = "calibrated, border"


def once(name: str, *, times: int) -> None:
    """Dream so many times, and print seconds and megabytes."""
    import torch

    from aition.bench.memory import forget_peak, peak_mb
    from aition.core.freeze import frozen
    from aition.data.simulate import PlantedMotif
    from aition.dream import JUDGES, Border, Margin, dream, preset
    from aition.models import create

    torch.set_num_threads(1)
    real = PlantedMotif(n_sample=REAL, n_time=LENGTH)(seed=0).batch
    model = create("resnet-classifier", n_feature=1, n_class=2, channels=(10, 20, 20), kernels=(5, 3, 1))
    recipe = preset(name.partition(",")[0], steps=STEPS)
    objectives = [Border((0, 1))] if name == BORDER else [Margin(0), Margin(1)]
    draws = DRAWS // len(objectives)
    n_pass = STEPS + (round((1 - recipe.plain) * STEPS) if recipe.variations else 0)
    some = real.take(range(DRAWS))

    def passes(count: int) -> float:
        began = time.process_time()
        with frozen(model):
            for _ in range(count):
                x = some.x.clone().requires_grad_()
                with torch.enable_grad():
                    said = model(some.with_x(x))
                    torch.autograd.grad((said[:, 0] - said[:, 1]).sum(), x)
        return time.process_time() - began

    passes(10)
    before, found, bare = forget_peak(), [], []
    for _ in range(times):
        first = passes(n_pass // 2)
        began = time.process_time()
        dream(model, real, objectives, recipe=recipe, draws=draws, judges=(), progress="off")
        found.append(time.process_time() - began)
        bare.append(first + passes(n_pass - n_pass // 2))
    memory = peak_mb() - before
    began = time.process_time()
    dream(model, real, objectives, recipe=preset("plain", steps=1), draws=draws, judges=JUDGES, progress="off")
    judging = time.process_time() - began
    began = time.process_time()
    dream(model, real, objectives, recipe=preset("plain", steps=1), draws=draws, judges=(), progress="off")
    judging -= time.process_time() - began
    said = {"seconds": min(found), "bare": min(bare), "judging": judging, "megabytes": memory, "passes": n_pass}
    print(json.dumps({"preset": name, **said}))


def measured(name: str, *, times: int) -> dict[str, Any]:
    words = [sys.executable, __file__, "--once", name, str(times)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def table() -> None:
    print("| preset | dreaming, CPU s | bare passes, CPU s | times bare | judging, CPU s | peak, MB |")
    print("|---|---|---|---|---|---|")
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        seconds = " | ".join(f"{row[one]:.2f}" for one in ("seconds", "bare"))
        ratio = row["seconds"] / row["bare"]
        print(f"| {row['preset']} | {seconds} | {ratio:.2f} | {row['judging']:.2f} | {row['megabytes']:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table"))
    parser.add_argument("--once", nargs=2, metavar=("PRESET", "TIMES"), help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.once:
        once(asked.once[0], times=int(asked.once[1]))
    elif asked.quick:
        print(measured("calibrated", times=1))
    elif asked.what == "table":
        table()
    else:
        rows = [measured(name, times=1) for name in (*PRESETS, BORDER)]
        ROWS.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        table()


if __name__ == "__main__":
    main()
