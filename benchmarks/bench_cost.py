"""What explainers cost as series N, steps T and features D grow: CPU seconds on a ladder, and what follows for more.

A GRU with 32 units that answers once a series; one of N, T and D is varied at a time, the others being 8 series, 48
steps and 8 features, all in one process on one thread. A ladder ends at 100,000 series, 10,000 steps or 500 features,
or where the next rung would take more than some three CPU seconds; from there on seconds are extrapolated by the power
between the last two rungs, and told as such. ``table FILE`` prints rows; ``--quick`` takes the two smallest rungs.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import torch

from aition import Target, explain, from_tensors
from aition.methods import (
    ExtremalMask,
    FeatureAblation,
    GeodesicIntegratedGradients,
    IntegratedGradients,
    Occlusion,
    Saliency,
    SequentialIntegratedGradients,
    TemporalIntegratedGradients,
    Timing,
)
from aition.models import create

BASE = {"n": 8, "t": 48, "d": 8}
LADDERS = {"n": (16, 128, 1024, 8192, 100_000), "t": (48, 192, 768, 3072, 10_000), "d": (8, 64, 500)}
MOST = 3.0
"""CPU seconds that the next rung may take, if it grows in proportion."""
METHODS: dict[str, Any] = {
    "saliency": Saliency(),
    "integrated-gradients": IntegratedGradients(),
    "timing": Timing(),
    "temporal-integrated-gradients": TemporalIntegratedGradients(steps=4),
    "sequential-integrated-gradients": SequentialIntegratedGradients(steps=4),
    "geodesic-integrated-gradients": GeodesicIntegratedGradients(16, 8),
    "occlusion": Occlusion(),
    "feature-ablation": FeatureAblation(),
    "extremal-mask": ExtremalMask(),
}


def cost(how: Any, *, n: int, t: int, d: int) -> float:
    """CPU seconds of explaining noise."""
    batch = from_tensors(torch.randn(n, t, d, generator=torch.Generator().manual_seed(0)), layout="sample time feature")
    model = create("gru-classifier", n_feature=d, n_class=2, n_hidden=32)
    began = time.process_time()
    explain(how, model, batch, Target.of_class(1), progress="off")
    return time.process_time() - began


def climbed(how: Any, axis: str, *, most: int) -> dict[str, Any]:
    """Rungs of one ladder, the exponent at its end, and CPU seconds at its top, measured or extrapolated."""
    ladder = LADDERS[axis]
    sizes, seconds = [], []
    for place, size in enumerate(ladder[:most]):
        if place > 1 and seconds[-1] * size / sizes[-1] > MOST:
            break
        sizes.append(size)
        seconds.append(cost(how, **(BASE | {axis: size})))
    power = math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2])
    top = seconds[-1] * (ladder[-1] / sizes[-1]) ** power
    return {
        "sizes": sizes,
        "cpu_seconds": [round(one, 4) for one in seconds],
        "exponent": round(power, 2),
        "top": ladder[-1],
        "top_seconds": round(top, 3),
        "measured": sizes[-1] == ladder[-1],
    }


def table(path: str) -> None:
    """Rows as the table of docs/cost.md; what was extrapolated has a ~."""
    print("| explainer | 100,000 series | N | 10,000 steps | T | 500 features | D |\n|---|---|---|---|---|---|---|")
    for line in Path(path).read_text().splitlines():
        row = json.loads(line)
        cells = []
        for axis in LADDERS:
            one = row[axis]
            cells += [f"{'' if one['measured'] else '~'}{one['top_seconds']:,.3g}", f"{one['exponent']:.2f}"]
        print(f"| {row['method']} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("run", "table"), default="run")
    parser.add_argument("file", nargs="?", default=str(Path(__file__).parent / "results" / "cost.jsonl"))
    parser.add_argument("--quick", action="store_true", help="the two smallest rungs")
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "table":
        table(asked.file)
        return
    for name in asked.methods:
        how = METHODS[name]
        cost(how, n=2, t=8, d=2)
        row: dict[str, Any] = {"benchmark": "cost", "method": name, "torch": torch.__version__}
        row |= {axis: climbed(how, axis, most=2 if asked.quick else len(LADDERS[axis])) for axis in LADDERS}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
