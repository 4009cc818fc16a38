"""What masks cost as a function of series N, steps T and features D: CPU seconds and peak memory.

A GRU with 64 units that answers at every step, ExtremalMask with its 50 steps and Dynamask with its six areas; one of
N, T and D is varied at a time. Every figure is made by a process of its own, on one thread. The last line of a sweep is
the exponent by which CPU seconds grow. ``--quick`` takes the smallest two sizes.
"""

import argparse
import json
import math
import subprocess
import sys

BASE = {"n": 50, "t": 100, "d": 5}
SWEEPS = {"n": (25, 50, 100, 200, 400), "t": (50, 100, 200, 400, 800), "d": (5, 20, 80, 320)}
METHODS = ("extremal-mask", "dynamask")


def once(method: str, n: int, t: int, d: int) -> None:
    """Explain noise once, and print CPU seconds and the peak of memory, beyond what was there before, in MB."""
    import time

    import torch

    from aition import Target, explain, from_tensors
    from aition.bench.memory import forget_peak, peak_mb
    from aition.models import create
    from aition.registry import explainer

    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    batch = from_tensors(torch.randn(n, t, d, generator=random), layout="sample time feature")
    model = create("gru-classifier", n_feature=d, n_class=2, n_hidden=64, per_step=True)
    how, target = explainer(method), Target.whole("time", "class")
    explain(explainer(method, {"steps": "1"}), model, batch.take([0]), target, progress="off")
    before = forget_peak()
    began = time.process_time()
    explain(how, model, batch, target, progress="off")
    print(json.dumps([time.process_time() - began, peak_mb() - before]))


def measured(method: str, sizes: dict[str, int]) -> tuple[float, float]:
    words = [sys.executable, __file__, "--once", method, *(str(sizes[axis]) for axis in "ntd")]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest two sizes of each sweep")
    parser.add_argument("--once", nargs=4, metavar=("METHOD", "N", "T", "D"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        once(asked.once[0], *map(int, asked.once[1:]))
        return
    growth = {}
    for method in METHODS:
        for axis, sizes in SWEEPS.items():
            some = sizes[:2] if asked.quick else sizes
            rest = ", ".join(f"{name.upper()} {size}" for name, size in BASE.items() if name != axis)
            print(f"{method}, {axis.upper()} varied, else {rest}")
            seconds = []
            for size in some:
                cost, memory = measured(method, BASE | {axis: size})
                seconds.append(cost)
                print(f"  {axis.upper()} {size:4d}  {cost:7.2f} CPU s  {memory:7.0f} MB")
            power = math.log(seconds[-1] / seconds[-2]) / math.log(some[-1] / some[-2])
            growth[f"{method}, {axis.upper()}"] = round(power, 2)
            print(f"  grows as {axis.upper()}^{power:.2f} at the end")
    print(json.dumps({"benchmark": "mask_cost", "exponents": growth}))


if __name__ == "__main__":
    main()
