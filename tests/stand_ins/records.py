"""Records of nothing in particular, as a Source; and what is to be made of them, slowly."""

import math
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from aition.data.readers.sql import files_of, listed

ZERO = datetime(2150, 1, 1)  # noqa: DTZ001 (records have no zone)
TYPES = {
    "sample": pa.string(), "subject": pa.string(), "start": pa.timestamp("us"), "stop": pa.timestamp("us"),
    "label": pa.float64(), "split": pa.string(), "age": pa.float64(), "time": pa.timestamp("us"), "code": pa.string(),
    "value": pa.float64(), "unit": pa.string(), "file": pa.string(), "line": pa.int64(), "raw": pa.string(),
    "fault": pa.string(), "left_out": pa.string(),
}  # fmt: skip
SAMPLE = ("sample", "subject", "start", "stop", "label", "split")
EVENT = ("sample", "subject", "time", "code", "value", "unit", "file", "line", "raw", "fault")


@dataclass(frozen=True)
class Records:
    """A folder with ``samples.parquet`` and ``events/N.parquet``."""

    root: Path

    def check_spec(self, spec):
        """Any window will do."""

    def samples(self, connection):
        return f"SELECT * FROM read_parquet({listed([self.root / 'samples.parquet'])})"

    def events(self, connection):
        return f"SELECT * FROM read_parquet({listed(files_of(self.root / 'events', ['.parquet']))})"


def hours(number):
    """A moment so many hours after the zero of all records."""
    return None if number is None else ZERO + timedelta(hours=number)


def sample(name, *, subject="p", start=0.0, stop=48.0, label=0.0, split="train", **more):
    return {
        "sample": name, "subject": subject, "start": hours(start), "stop": hours(stop), "label": label, "split": split,
        **more,
    }  # fmt: skip


def event(time, value=1.0, *, code="HR", subject="p", sample=None, unit=None, fault=None):
    return {
        "sample": sample, "subject": subject, "time": hours(time), "code": code, "value": value, "unit": unit,
        "file": "file", "line": 1, "raw": str(value), "fault": fault,
    }  # fmt: skip


def records(root, samples, events, *, n_file=1):
    """Write records to a folder, the events in several files."""
    (root / "events").mkdir(parents=True)
    written(root / "samples.parquet", samples, SAMPLE)
    for number in range(n_file):
        written(root / "events" / f"{number}.parquet", events[number::n_file], EVENT)
    return Records(root)


def written(path, rows, names):
    names = list(rows[0]) if rows else names
    columns = {name: pa.array([row[name] for row in rows], TYPES[name]) for name in names}
    parquet.write_table(pa.table(columns), path)


def micro(moment):
    return round((moment - ZERO) / timedelta(microseconds=1))


def means(feature, code):
    return any(code.startswith(one[:-1]) if one.endswith("*") else code == one for one in feature.codes)


def fitted(feature, row):
    """The value of a record in a feature's unit, or why there is none."""
    valueless = feature.aggregate in ("count", "any")
    if row["fault"] and not (valueless and row["fault"] == "value is no number"):
        return None, row["fault"]
    if row["value"] is None:
        return None, None if valueless else "value is missing"
    value, unit = row["value"], (row["unit"] or "").strip().lower()
    own = feature.unit.lower()
    units = {name.lower(): how for name, how in feature.units.items()}
    if not math.isfinite(value):
        return None, "value is not finite"
    if unit and (own or units):
        if unit != own and unit not in units:
            return None, "unit is not known"
        if unit in units:
            value = value * units[unit].factor + units[unit].offset
    if value < feature.low:
        return None, "value is below the least plausible"
    if value > feature.high:
        return None, "value is above the largest plausible"
    return value, None


def window_of(one, window):
    """First and last microsecond that is seen, where step 0 begins, and how many steps there are."""
    every, length = (round(size * 3_600_000_000) for size in (window.every, window.hours))
    start, stop = micro(one["start"]), micro(one["stop"])
    steps = min(window.n_step, max(1, math.ceil((stop - start) / every)))
    if window.align == "start":
        return start, min(stop, start + length - 1), start, steps
    return max(start, stop - length), stop, stop - steps * every, steps


AGGREGATES = {
    "last": lambda rows: max(rows)[1],
    "first": lambda rows: min(rows)[1],
    "mean": lambda rows: statistics.fmean(value for _, value in rows),
    "median": lambda rows: statistics.median(value for _, value in rows),
    "least": lambda rows: min(value for _, value in rows),
    "most": lambda rows: max(value for _, value in rows),
    "sum": lambda rows: math.fsum(value for _, value in rows),
    "count": len,
    "any": lambda rows: 1.0,
}


def slowly(samples, events, spec):
    """Cells by (sample, step, feature), and what became of the records; of features that share no code."""
    kept = {one["sample"]: (one, window_of(one, spec.window)) for one in samples}
    every = round(spec.window.every * 3_600_000_000)
    cells, fates = {}, Counter()
    for row in events:
        features = [one for one in spec.features if means(one, row["code"] or "")]
        if row["code"] is None:
            fates["code is missing" if row["fault"] in (None, "value is no number") else row["fault"]] += 1
        elif row["time"] is None and row["fault"] in (None, "value is no number"):
            fates["static"] += 1
        elif not features:
            fates["not asked for"] += 1
        else:
            value, fault = fitted(features[0], row)
            if fault:
                fates[fault] += 1
                continue
            seen = False
            for name, (one, (low, high, begin, steps)) in kept.items():
                mine = row["sample"] == name if row["sample"] is not None else row["subject"] == one["subject"]
                moment = micro(row["time"])
                if mine and low <= moment <= high:
                    seen = True
                    step = min(steps - 1, max(0, (moment - begin) // every))
                    cells.setdefault((name, step, features[0].name), []).append((moment, value))
            fates["used" if seen else "outside"] += 1
    by_name = {one.name: one for one in spec.features}
    return {key: AGGREGATES[by_name[key[2]].aggregate](rows) for key, rows in cells.items()}, fates
