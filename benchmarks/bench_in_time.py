"""FIT and WinIT of running predictions, beside integrated gradients and occlusion of the same networks.

    python benchmarks/bench_in_time.py run 0 1 2
    python benchmarks/bench_in_time.py table
    python benchmarks/bench_in_time.py order 0 1 2

Rows of the bench go to ``results/in_time.jsonl``. Tasks are those of the bench, of whose test series sixteen are
explained. Between FIT and its published form stand the two choices in which they differ, one at a time. Draws are four
for each step; all other settings are the defaults, so nothing was tuned. Imputers are fitted on the series that the
network was trained on. CPU seconds are those of ``explain()``. The networks of State and Switch-Feature are explained
for the first seed alone. The bench judges sizes; ``order`` judges the published form by its scores as they are, largest
first, on the law of Switch-Feature.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from aition.bench import Job, boards, read_rows, run
from aition.bench.asked import answered
from aition.bench.cache import default_networks
from aition.bench.held import attribution_of
from aition.bench.tasks import TASKS
from aition.methods import Fit
from aition.metrics import auprc, auroc

HERE = Path(__file__).parent
ROWS = HERE / "results" / "in_time.jsonl"
MOST = 16
FEW = {
    name: replace(TASKS[name], name=f"{name}-few", most=MOST)
    for name in (
        "delayed-effect",
        "sign-flip",
        "state",
        "switch-feature",
        "state-white-box",
        "switch-feature-white-box",
    )
}
DELAYED_EFFECT, SIGN_FLIP, STATE, SWITCH_FEATURE, STATE_LAW, SWITCH_FEATURE_LAW = FEW.values()
ONCE = ("SWITCH_FEATURE", "STATE")
EVERY_SEED = ("DELAYED_EFFECT", "SWITCH_FEATURE_LAW", "SIGN_FLIP")
LAST = ("STATE_LAW",)
DRAWS = {"n_draw": "4"}
METHODS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("integrated-gradients", "", {}),
    ("occlusion", "", {}),
    ("fit", "", DRAWS),
    ("fit", "paper", DRAWS),
    ("win-it", "", DRAWS),
)
FURTHER: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("fit", "", DRAWS | {"before": "said"}),
    ("fit", "", DRAWS | {"told": "true"}),
    ("win-it", "", DRAWS | {"window": "1"}),
    ("win-it", "", DRAWS | {"total": "absmax"}),
)
WHOLE = ("win-it", "", DRAWS | {"running": "false", "window": "40"})
FIGURES = ("auprc", "auroc", "aup", "aur", "cpd")


def jobs_of(name: str, seed: int, *, further: bool) -> list[Job]:
    """Every method on one task and seed."""
    methods = METHODS + FURTHER * further + (WHOLE,) * (name == "SIGN_FLIP")
    return [Job(f"bench_in_time:{name}", method, preset, given, seed) for method, preset, given in methods]


def ran(seeds: list[int], out: Path, cache: Path, *, quick: bool) -> None:
    jobs = [
        job for seed in seeds for name in EVERY_SEED[: 1 if quick else 3] for job in jobs_of(name, seed, further=True)
    ]
    if not quick:
        jobs += [job for name in (*ONCE, *LAST) for job in jobs_of(name, seeds[0], further=False)]
    run(jobs, out, cache=cache, tell=lambda ended: print(ended.how, ended.job, ended.error or "", flush=True))


def order(seeds: list[int]) -> None:
    for name, how in {"fit": Fit(n_draw=4), "fit (paper)": replace(Fit.paper(), n_draw=4)}.items():
        found = []
        for seed in seeds:
            train, shown = SWITCH_FEATURE_LAW.parts(SWITCH_FEATURE_LAW.simulator(seed=seed), seed=seed, fold=0)
            score = attribution_of(answered(how, train.white_box, train, shown).explanation, shown)
            truth, exists = shown.truth.numpy(), shown.batch.exists.numpy()
            found.append([curve(score, truth, exists=exists, pool=True).item() for curve in (auprc, auroc)])
        print(
            name,
            *(f"{label} {value:.3f}" for label, value in zip(("auprc", "auroc"), np.mean(found, axis=0), strict=True)),
        )


def table(rows: Path) -> None:
    for board in boards(read_rows(rows)):
        print(f"\n{board.task}\n\n| method | {' | '.join(FIGURES)} | CPU s |\n|---|{'---|' * len(FIGURES)}---|")
        for one in board.standings:
            found = [f"{one.figures[name].mean:.3f}" if name in one.figures else "" for name in FIGURES]
            print(f"| {one.label} | {' | '.join(found)} | {one.costs['cpu_seconds'].mean:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=["run", "table", "order"])
    parser.add_argument("seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--cache", type=Path, default=default_networks())
    parser.add_argument("--quick", action="store_true", help="one seed of the cheapest task")
    asked = parser.parse_args()
    if asked.what == "run":
        ran(asked.seeds[:1] if asked.quick else asked.seeds, asked.out, asked.cache, quick=asked.quick)
    elif asked.what == "order":
        order(asked.seeds[:1] if asked.quick else asked.seeds)
    else:
        table(asked.out)


if __name__ == "__main__":
    main()
