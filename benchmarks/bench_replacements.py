"""Does LEARNING what stands for a lost value help a mask? Replacements at the same budget, on three networks.

ExtremalMask with each replacement, all else equal (λ 1 = λ 2 = .1, relative distance, 50 steps, masks from 1), on the
same trained networks and series: State, Switch-Feature and Ward, a simulated intensive-care unit. Paired differences to
the fixed zero, with Student's intervals over the seeds. Rows go to a file and are not made again; ``--quick`` takes one
seed of one task. A learned replacement also has a fit on 256 other series, whose time is told apart.

The learned generator here is the fitted, frozen one: it is fitted before, and the mask is learned against it. The one
that is learned jointly with the mask is compared by the rows of the presets.

The primary comparison is AUPRC of "learned, both directions" minus "zero", task by task: three intervals. All others
are descriptive. Refused rows and figures that are missing are left out and counted; ends of an interval that there are
not, as of one seed, are null in the JSON.
"""

import argparse
import json
import math
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

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
COSTS = ("cpu_seconds", "fit_cpu_seconds")
PRIMARY = ("learned, both directions", "auprc")


def jobs(tasks: tuple[str, ...], seeds: range) -> list[Job]:
    return [
        Job(f"replacements:{task}", "extremal-mask", "", {"size_weight": "0.1", "replacement": words}, seed)
        for seed in seeds
        for task in tasks
        for words in REPLACEMENTS.values()
    ]


def show(rows: list[dict[str, Any]]) -> dict[str, list[float | None]]:
    """Print means and paired differences; return the differences, each with the ends of its interval."""
    names = {json.dumps(job.begun()["settings"]["replacement"]): words for job, words in known()}
    found: dict[str, dict[str, dict[int, dict[str, float]]]] = defaultdict(lambda: defaultdict(dict))
    without: Counter[tuple[str, str]] = Counter()
    for row in rows:
        task, kind = row["task"], names[json.dumps(row["settings"]["replacement"])]
        if row.get("metrics"):
            found[task][kind][row["seed"]] = row["metrics"] | {name: row[name] for name in COSTS}
        else:
            without[task, kind] += 1
    answer: dict[str, list[float | None]] = {}
    for task, kinds in found.items():
        print(f"{task}: mean over seeds, and the difference to zero on the same seeds with its 95 % interval")
        print(f"  (primary: {PRIMARY[1]} of {PRIMARY[0]!r}; the others are descriptive)")
        for kind, by_seed in kinds.items():
            words = []
            for figure in FIGURES:
                values = {seed: one[figure] for seed, one in by_seed.items() if figure in one}
                zeros = {seed: one[figure] for seed, one in kinds.get("zero", {}).items() if figure in one}
                gaps = [value - zeros[seed] for seed, value in values.items() if seed in zeros]
                words.append(f"{figure} {in_words(list(values.values()), gaps)}")
                if gaps:
                    answer[f"{task}, {kind}, {figure}"] = ends_of(gaps)
            seconds, fitted = (fmean(one[name] for one in by_seed.values()) for name in COSTS)
            print(f"  {kind:28s} {'  '.join(words)}  {seconds:.1f} CPU s, fit {fitted:.1f}  {len(by_seed)} seeds")
    for (task, kind), count in without.items():
        print(f"{task}, {kind}: {count} rows without figures, refused or empty, are left out")
    return answer


def in_words(values: list[float], gaps: list[float]) -> str:
    """A mean, and the differences to zero with their interval where there are several."""
    if not values:
        return "-"
    if not gaps:
        return f"{fmean(values):.3f}"
    gap = interval_of(gaps)
    ends = f", {gap.low:+.3f} to {gap.high:+.3f}, n={len(gaps)}" if len(gaps) > 1 else ", one seed"
    return f"{fmean(values):.3f} ({gap.mean:+.3f}{ends})"


def ends_of(gaps: list[float]) -> list[float | None]:
    """The mean difference and the ends of its interval; None for ends that there are not."""
    gap = interval_of(gaps)
    return [round(value, 4) if math.isfinite(value) else None for value in (gap.mean, gap.low, gap.high)]


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
