"""From raw records of intensive care to stored explanations, and how near they come to the planted truth.

The simulated hospital is written as MIMIC-IV, ingested, a network is trained on it, and every stay is explained: each
stage is a command of its own, of which wall time, CPU time and the peak of memory are told. Then attributions are
averaged by feature, value and hour, and held against the closed form of what was planted: Spearman's correlation over
(feature, value bin), and the share of the 20 largest that are among the 20 largest of the truth. Slow methods explain
the first ``--few`` held-out stays. The default, 25,000 stays, are 1.2 million events and 41 million rows; ``--quick``
takes 400 stays.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from aition.data.simulate.hospital import Hospital
from aition.data.simulate.hospital.values import ValueTruth, precision
from aition.store import StoredRun
from aition.store import open as open_store

AITION = str(Path(sys.executable).with_name("aition"))
SLOW = {
    "occlusion": ["--set", "baseline=background-mean", "--background", "data:train"],
    "extremal-mask": ["--set", "signed=true"],
}


def stage(name: str, words: list[str], work: Path) -> dict[str, float]:
    """Run a command; seconds, CPU seconds of it and its processes, and the peak of memory of the largest, in MB."""
    began = time.perf_counter()
    process = subprocess.Popen([AITION, *words], cwd=work, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"aition {' '.join(words)} failed")
    found = {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }
    print(
        f"{name:28s} {found['seconds']:8.1f} s  {found['cpu_seconds']:8.1f} CPU s  {found['peak_mb']:6d} MB", flush=True
    )
    return found


def by_value(run: StoredRun, truth: ValueTruth) -> np.ndarray:
    """Mean attribution of each value at each hour, ``[feature, bin, time]``; the last bin is "not measured"."""
    n_bin, n_time = truth.contribution.shape[1:]
    total, count = np.zeros(truth.contribution.shape), np.zeros(truth.contribution.shape)
    for part in run.parts():
        names = part["feature"].values.tolist()
        for place, name in enumerate(truth.features):
            column = names.index(name)
            there = part["exists"].values.astype(bool)
            value, seen = part["value"].values[:, :, column], part["observed"].values[:, :, column].astype(bool)
            bins = np.where(seen, np.searchsorted(truth.edges[place], value, side="right"), n_bin - 1)
            hour = np.broadcast_to(np.arange(there.shape[1]), there.shape)
            index = (bins * n_time + hour)[there]
            attribution = part["attribution"].values[:, :, column][there].astype(float)
            total[place] += np.bincount(index, attribution, n_bin * n_time).reshape(n_bin, n_time)
            count[place] += np.bincount(index, minlength=n_bin * n_time).reshape(n_bin, n_time)
    return total / np.maximum(count, 1)


def agreement(found: np.ndarray, truth: ValueTruth) -> dict[str, float]:
    """Rank correlation over (feature, bin), means over hours weighted by how often they occur, and precision@20."""

    def mean(cells: np.ndarray) -> np.ndarray:
        weight = truth.share
        return (cells * weight).sum(axis=2) / np.maximum(weight.sum(axis=2), 1e-12)

    told, planted = mean(found), mean(truth.contribution)
    there = truth.share.sum(axis=2) > 0
    there[:, -1] = False

    def ranks(values: np.ndarray) -> np.ndarray:
        _, place, count = np.unique(values, return_inverse=True, return_counts=True)
        return (count.cumsum() - (count - 1) / 2)[place]

    return {
        "spearman": round(float(np.corrcoef(ranks(told[there]), ranks(planted[there]))[0, 1]), 3),
        "precision_at_20": precision(np.abs(found).mean(axis=2) * there, truth),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="400 stays")
    parser.add_argument("--stays", type=int, default=25_000)
    parser.add_argument("--few", type=int, default=500, help="held-out stays for slow methods")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for all files; kept. A temporary one where none is named")
    asked = parser.parse_args()
    stays, few = (400, 40) if asked.quick else (asked.stays, asked.few)
    work = asked.work or Path(tempfile.mkdtemp(prefix="aition-icu-"))
    work.mkdir(parents=True, exist_ok=True)
    target = ["--target", "class=1", "--versus", "class=0"]
    mean = ["--set", "baseline=background-mean", "--background", "data:train"]
    try:
        words = ["simulate", "hospital", "--stays", str(stays), "--seed", str(asked.seed), "--as", "mimic-iv"]
        stages = {"simulate": stage("simulate", [*words, "--out", "raw"], work)}
        words = ["ingest", "mimic-iv", "raw", "--split", "80,10,10", "--out", "data"]
        stages["ingest"] = stage("ingest", words, work)
        words = ["train", "measured-gru", "data:train", "--test", "data:held_out", "--epochs", str(asked.epochs)]
        stages["train"] = stage("train", [*words, "--to", "icu.safetensors"], work)
        words = ["explain", "icu.safetensors", "data", *target, *mean, "--workers", str(asked.workers)]
        stages["explain"] = stage("explain (IG, every stay)", [*words, "--to", "runs/integrated-gradients"], work)
        for method, more in SLOW.items():
            words = ["explain", "icu.safetensors", "data:held_out", *target, *more, "--explainer", method]
            words += ["--workers", str(asked.workers), "--first", str(few)]
            stages[method] = stage(f"explain ({method}, {few})", [*words, "--to", f"runs/{method}"], work)
        truth = Hospital(n_sample=stays, standardised=False).value_truth()
        found = {}
        for method in ("integrated-gradients", *SLOW):
            found[method] = agreement(by_value(open_store(work / "runs" / method), truth), truth)
            print(f"{method:28s} {found[method]}", flush=True)
        print(json.dumps({"benchmark": "icu", "stays": stays, "stages": stages, "values": found}))
    finally:
        if not asked.work:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
