"""Does LEARNING what stands for a lost value help a mask? Replacements at the same budget, on three networks.

ExtremalMask with each replacement, all else equal (λ 1 = λ 2 = .1, relative distance, 50 steps, masks from 1), on the
same trained networks and series: State, Switch-Feature and Ward, a simulated intensive-care unit. Paired differences to
the fixed zero, with Student's intervals over the seeds. Rows go to a file and are not made again; ``--quick`` takes one
seed of one task. A learned replacement also has a fit on 256 other series, whose time is told apart.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from aition.bench import Job, default_networks, read_rows, run
from aition.bench.student import interval_of

REPLACEMENTS = {
    "zero": "fixed",
    "series mean": "series-mean",
    "blur": "blur",
    "random own steps": "own-step",
    "zero and own steps in turn": "in-turn",
    "learned, both directions": "learned",
    "learned, causal": '{"name": "learned", "causal": true}',
}
TASKS = ("STATE", "SWITCH_FEATURE", "WARD")
FIGURES = ("auroc", "auprc", "aup", "aur")


def jobs(tasks: tuple[str, ...], seeds: range) -> list[Job]:
    return [
        Job(f"replacements:{task}", "extremal-mask", "", {"size_weight": "0.1", "replacement": words}, seed)
        for seed in seeds
        for task in tasks
        for words in REPLACEMENTS.values()
    ]


def show(rows: list[dict[str, object]]) -> dict[str, object]:
    """Print means and paired differences; return them."""
    names = {json.dumps(job.begun()["settings"]["replacement"]): words for job, words in known()}
    found: dict[str, dict[str, dict[int, dict[str, float]]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        kind = names[json.dumps(row["settings"]["replacement"])]  # type: ignore[index]
        found[str(row["task"])][kind][int(str(row["seed"]))] = row["metrics"] | {  # type: ignore[operator]
            "cpu_seconds": row["cpu_seconds"],
            "fit_cpu_seconds": row["fit_cpu_seconds"],
        }
    answer: dict[str, object] = {}
    for task, kinds in found.items():
        print(f"{task}: mean over seeds, and the difference to zero on the same seeds with its 95 % interval")
        for kind, by_seed in kinds.items():
            words = []
            for figure in FIGURES:
                both = [seed for seed in by_seed if seed in kinds["zero"]]
                gaps = [by_seed[seed][figure] - kinds["zero"][seed][figure] for seed in both]
                gap = interval_of(gaps)
                words.append(
                    f"{figure} {fmean(one[figure] for one in by_seed.values()):.3f} "
                    f"({gap.mean:+.3f}, {gap.low:+.3f} to {gap.high:+.3f})"
                )
                answer[f"{task}, {kind}, {figure}"] = [round(gap.mean, 4), round(gap.low, 4), round(gap.high, 4)]
            seconds = fmean(one["cpu_seconds"] for one in by_seed.values())
            fitted = fmean(one["fit_cpu_seconds"] for one in by_seed.values())
            print(f"  {kind:28s} {'  '.join(words)}  {seconds:.1f} CPU s, fit {fitted:.1f}  {len(by_seed)} seeds")
    return answer


def known() -> list[tuple[Job, str]]:
    """A job with each replacement, and the replacement's name."""
    return [(jobs(("WARD",), range(1))[place], words) for place, words in enumerate(REPLACEMENTS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed of the smallest task")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "aition-replacements.jsonl")
    asked = parser.parse_args()
    wanted = jobs(TASKS[2:] if asked.quick else TASKS, range(1 if asked.quick else asked.seeds))
    ended = run(
        wanted, asked.out, cache=default_networks(), workers=asked.workers, tell=lambda one: print(one.job, one.how)
    )
    if failed := [one for one in ended if one.how == "failed"]:
        raise SystemExit(f"{len(failed)} rows failed, the first: {failed[0].job}: {failed[0].error}")
    print(json.dumps({"benchmark": "replacements", "differences": show(read_rows(asked.out))}))


if __name__ == "__main__":
    main()
