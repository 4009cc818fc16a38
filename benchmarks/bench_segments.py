"""Segments beside cells: SegmentShap, SegmentLime and TimeShap, occlusion and Captum's KernelShap on the same series.

    python benchmarks/bench_segments.py run 20 21 22
    python benchmarks/bench_segments.py table

Rows of the bench go to ``results/segments.jsonl``. Tasks are those of the bench, Switch-Feature by its law, of whose
test series sixteen are explained where there are more. SegmentShap, SegmentLime and KernelShap have the same groups,
ten segments a feature, and as many coalitions; all settings are the defaults, so nothing was tuned. CPU seconds are
those of ``explain()``.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from aition.bench import Job, boards, read_rows, run
from aition.bench.tasks import TASKS

HERE = Path(__file__).parent
ROWS = HERE / "results" / "segments.jsonl"
MOST = 16
RARE_TIME = TASKS["rare-time-shared"]
SWITCH_FEATURE, LOW_VAR, DELAYED_EFFECT = (
    replace(TASKS[name], name=f"{name}-few", most=MOST)
    for name in ("switch-feature-white-box", "low-var", "delayed-effect")
)
NAMES = ("DELAYED_EFFECT", "RARE_TIME", "SWITCH_FEATURE", "LOW_VAR")
KERNEL_SHAP, CHANGE_POINTS = {"method": "KernelShap"}, {"groups": '{"name": "change-points", "n_segment": 10}'}
METHODS: tuple[tuple[str, dict[str, str]], ...] = (
    ("occlusion", {}),
    ("captum", KERNEL_SHAP),
    ("segment-shap", {}),
    ("segment-shap", CHANGE_POINTS),
    ("segment-lime", {}),
    ("time-shap", {}),
)
FIGURES = ("auprc", "auroc", "aup", "aur", "cpd")


def ran(seeds: list[int], names: tuple[str, ...], out: Path, cache: Path) -> None:
    jobs = [
        Job(f"bench_segments:{name}", method, given=given, seed=seed)
        for name in names
        for seed in seeds
        for method, given in METHODS
    ]
    run(jobs, out, cache=cache, tell=lambda ended: print(ended.how, ended.job, ended.error or "", flush=True))


def table(rows: Path) -> None:
    for board in boards(read_rows(rows)):
        print(
            f"\n{board.task}\n\n| method | {' | '.join(FIGURES)} | CPU s a series |\n|---|{'---|' * len(FIGURES)}---|"
        )
        for one in board.standings:
            found = [f"{one.figures[name].mean:.3f}" if name in one.figures else "" for name in FIGURES]
            print(f"| {one.label} | {' | '.join(found)} | {one.costs['cpu_seconds'].mean:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=["run", "table"])
    parser.add_argument("seeds", type=int, nargs="*", default=[20, 21, 22])
    parser.add_argument("--out", type=Path, default=ROWS)
    parser.add_argument("--cache", type=Path, default=Path("networks"))
    parser.add_argument("--quick", action="store_true", help="one seed of the cheapest task")
    asked = parser.parse_args()
    if asked.what == "run":
        seeds, names = (asked.seeds[:1], NAMES[:1]) if asked.quick else (asked.seeds, NAMES)
        ran(seeds, names, asked.out, asked.cache)
    else:
        table(asked.out)


if __name__ == "__main__":
    main()
