"""Whether the app's summary names the values that were planted: with true attributions, and with explained networks.

    bench_planted.py                  true attributions of ten hospitals, and three explainers of three networks
    bench_planted.py --quick          one of each, small
    bench_planted.py table FILE       rows that were kept, as a table

*True attributions.* The contributions of a simulated hospital, in closed form for each measurement, are written as a
run would be, and served with the planted truth. Nothing is left to be wrong but the sample: what the summary shows of
so many stays, in the cells of a cube. *Explained networks.* Stays are simulated, a network is trained on most of them,
and explained on those held out.

Planted are a feature's bins of values; of 168 that occur 41 add something. What a run says of each is what the server
answers. ``precision_at_20`` is that of ``trust``: of the 20 values with the largest mean attribution at an hour, either
way, the share that is among the 20 largest of the truth by the same; hours are weighted by the run's rows, those with
fewer than 20 of a value are taken together, and values with fewer in all are left out. ``averages`` is that of the
averages beside the summary's rows, which are over all measurements, however often an hour has one. ``cells`` is that of
the summary's cells, value and hour, of at least 20 rows; cells of the truth are tied (a value may add the same at every
hour), so one is right that adds something and than which no more than 19 add more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from serving import CODE, Serving, served

from aition.core.explanation import ATTRIBUTES, SCHEMA, explanation
from aition.data.simulate.hospital import Hospital
from aition.data.simulate.hospital.measures import FEATURES
from aition.data.simulate.hospital.writing import values_table
from aition.store import create
from aition.store.summary.intervals import deviations
from aition.view.web.frames import read_frame, spread

Found = dict[str, Any]
Reals = NDArray[np.float64]
AMONG, LEAST = 20, 20
ALL: Found = {"all": []}
MEANS = "--set baseline=background-mean --background data:train"
EXPLAINERS = {
    "integrated-gradients": f"integrated-gradients {MEANS}",
    "occlusion": f"occlusion {MEANS}",
    "extremal-mask": "extremal-mask --set signed=true",
}
MEASURES = ("precision_at_20", "averages", "cells", "spearman", "ceiling")


def write_true(folder: Path, n_stay: int, seed: int) -> None:
    """A run whose attributions are what was planted, and the truth beside it."""
    hospital = Hospital(n_sample=n_stay, standardised=False)
    attrs = dict.fromkeys(ATTRIBUTES, "") | {"schema": SCHEMA, "seconds": 0.0, "settings": "{}", "device": "cpu"}
    sink = create(folder / "run", shard_size=1000)
    sink.begin(attrs | {"seed": 0, "explainer": "truth"})
    n_block = 0
    for block, drawn in enumerate(hospital.blocks(seed=seed)):
        batch, cells = drawn.batch, ("sample", "time", "feature")
        odds = batch["log_odds"].numpy()
        variables = {
            "value": (cells, batch.x.numpy()),
            "observed": (cells, batch.observed.numpy()),
            "exists": (("sample", "time"), batch.exists.numpy()),
            "times": (("sample", "time"), batch.times.numpy()),
            "static_value": (("sample", "static"), batch.static.numpy()),
            "label": (("sample",), batch.label.numpy()),
            "prediction": (("sample", "class"), np.stack([-odds / 2, odds / 2], axis=1)),
            "score": (("sample",), odds),
            "attribution": (cells, batch["contribution"].numpy()),
        }
        coords = {
            "sample": batch.ids.tolist(), "time": np.arange(batch.x.shape[1]), "feature": list(FEATURES),
            "static": ["age", "male"],
        }  # fmt: skip
        sink.commit(block, f"block {block}", explanation(variables, coords=coords, attrs=attrs))
        n_block = block + 1
    sink.finish(n_block, {"created_at": "", "seconds": 0.0, "data_sha256": ""})
    sink.close()
    (folder / "truth").mkdir()
    pq.write_table(values_table(hospital.value_truth()), folder / "truth" / "values.parquet")


def seen(server: Serving, run: str) -> Found:
    """What the server's answers say of the planted values."""
    truth = json.loads(server.ask("trust", {"run": run}))["truth"]
    spec = json.loads(server.ask("open", {"run": run}))["spec"]
    meta, frame = read_frame(server.ask("cube", {"run": run, "cohort": ALL}))
    frame = spread(frame, meta["shape"])
    _, planted = read_frame(server.ask("planted", {"run": run}))
    n, total = (frame[name].astype(np.float64).sum(axis=(0, 3)) for name in ("n", "total"))
    true, often = (planted[name].astype(np.float64) for name in ("contribution", "share"))
    measured = np.ones(len(n), dtype=np.bool_)
    measured[np.cumsum([0, *(len(one["labels"]) + 1 for one in spec["features"][:-1])])] = False
    average, effect = np.abs(mean(total, n)), np.abs(mean(true * often, often))
    enough = (n >= LEAST) & measured[:, None]
    return {
        "precision_at_20": truth["precision_at_20"], "spearman": truth["spearman"], "ceiling": truth["ceiling"],
        "averages": right(average * measured, effect * measured),
        "cells": right((np.abs(total / np.maximum(n, 1)) * enough).ravel(), (np.abs(true) * enough).ravel()),
    }  # fmt: skip


def mean(total: Reals, n: Reals) -> Reals:
    """Over all times, ``[value]``."""
    return np.asarray(total.sum(axis=1) / np.maximum(n.sum(axis=1), 1e-12))


def right(said: Reals, true: Reals) -> float:
    """Of the 20 that are said to be largest, the share that is not 0 and than which fewer than 20 are truly larger.

    >>> right(np.arange(40.0), np.arange(40.0)), right(np.arange(40.0), np.arange(40.0)[::-1])
    (1.0, 0.0)
    """
    named = np.argsort(-said, kind="stable")[:AMONG]
    larger = (true[None, :] > true[named][:, None] * (1 + 1e-9)).sum(axis=1)
    return float(((larger < AMONG) & (true[named] > 0)).mean())


def command(words: str, folder: Path) -> None:
    """Run ``aition`` in a folder."""
    subprocess.run([sys.executable, "-c", CODE, *words.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def explained(folder: Path, *, n_stay: int, few: int, epochs: int, seed: int) -> list[Found]:
    """Of a trained network by each explainer."""
    command(f"simulate hospital --stays {n_stay} --seed {seed} --as mimic-iv --out raw", folder)
    command("ingest mimic-iv raw --split 80,10,10 --out data", folder)
    command(f"train measured-gru data:train --epochs {epochs} --to gru.safetensors", folder)
    for name, words in EXPLAINERS.items():
        of = f"data:held_out --first {few} --target class=1 --versus class=0 --explainer {words} --to {name}"
        command(f"explain gru.safetensors {of}", folder)
    with served([*(f"{folder}/{name}" for name in EXPLAINERS), "--truth", f"{folder}/raw/truth"]) as server:
        return [{"explainer": name, "stays": few, "seed": seed, **seen(server, name)} for name in EXPLAINERS]


def table(rows: list[Found]) -> str:
    """Means over seeds, and half of their 95 % interval."""
    heads = ("precision at 20", "of averages", "of cells", "Spearman", "of true attributions")
    lines = [f"| attributions | stays | seeds | {' | '.join(heads)} |", "|---" * (3 + len(heads)) + "|"]
    for name, stays in dict.fromkeys((row["explainer"], row["stays"]) for row in rows):
        own = [row for row in rows if (row["explainer"], row["stays"]) == (name, stays)]
        cells = []
        for measure in MEASURES:
            values = np.array([row[measure] for row in own if row[measure] is not None], dtype=np.float64)
            half = ""
            if len(values) > 1:
                width = float(deviations(np.array(len(values) - 1))) * values.std(ddof=1) / len(values) ** 0.5
                half = f" ± {width:.2f}"
            cells.append(f"{values.mean():.2f}{half}" if len(values) else "")
        lines.append(f"| {name} | {stays:,} | {len(own)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("run", "table"), default="run")
    parser.add_argument("file", nargs="?", type=Path, help="of a table: rows that were kept")
    parser.add_argument("--quick", action="store_true", help="one seed of 500 stays; a network of 600, 40 explained")
    parser.add_argument("--stays", type=int, default=2000, help="with true attributions")
    parser.add_argument("--seeds", type=int, default=10, help="of true attributions")
    parser.add_argument("--networks", type=int, default=3, help="that are trained and explained, a seed each")
    parser.add_argument("--simulated", type=int, default=5000, help="stays of which each network is trained on 80 %%")
    parser.add_argument("--few", type=int, default=500, help="held-out stays that are explained")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rows", type=Path, default=Path(os.devnull), help="a file to which rows are added, in JSON")
    parser.add_argument("--work", type=Path, help="folder for temporary files")
    asked = parser.parse_args()
    if (asked.what == "table") != bool(asked.file):
        parser.error("'table' names the file of rows, and nothing else does")
    if asked.file:
        print(table([json.loads(line) for line in asked.file.read_text().splitlines()]))
        return
    if asked.quick:
        asked.stays, asked.seeds, asked.networks, asked.simulated, asked.few, asked.epochs = 500, 1, 1, 600, 40, 3
    rows: list[Found] = []

    def keep(found: list[Found]) -> None:
        rows.extend({"benchmark": "planted", **one} for one in found)
        with asked.rows.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(one)}\n" for one in rows[-len(found) :])
        print(json.dumps(rows[-len(found) :]), flush=True)

    for seed in range(asked.seeds):
        with tempfile.TemporaryDirectory(prefix="aition-planted-", dir=asked.work) as folder:
            write_true(Path(folder), asked.stays, seed)
            with served([f"{folder}/run", "--truth", f"{folder}/truth"]) as server:
                keep([{"explainer": "truth", "stays": asked.stays, "seed": seed, **seen(server, "run")}])
    for seed in range(asked.networks):
        with tempfile.TemporaryDirectory(prefix="aition-planted-", dir=asked.work) as folder:
            keep(explained(Path(folder), n_stay=asked.simulated, few=asked.few, epochs=asked.epochs, seed=seed))
    print(f"\n{table(rows)}\n")


if __name__ == "__main__":
    main()
