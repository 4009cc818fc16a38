"""What was made of raw records, as lines: what became of each, what is missing, and what to do with the samples."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from aition.cli.printing import columns, counted, explaining

if TYPE_CHECKING:
    from aition.data import Folder
    from aition.data.readers import Spec

TRAIN, HELD_OUT = "train", "held_out"
MODEL = "model.safetensors"


def said(folder: "Folder", out: Path, spec: "Spec") -> list[str]:
    """What was made, and what became of every record, as lines."""
    known, records = folder.manifest, folder.manifest["records"]
    shape = f"{known['n_step']} steps × {len(known['features'])} features"
    if known["form"] == "events":
        shape = f"events of {counted(len(known['features']), 'code')}"
    rows = [["records read", str(records["read"])]]
    rows += [[f"  {name}", str(count)] for name, count in records.items() if name not in ("read", "bad") and count]
    rows += [[f"  bad: {why}", str(count)] for why, count in records["bad"].items()]
    rows.append(["samples", str(len(folder))])
    rows += [[f"  {split or 'of no split'}", str(len(folder.only(split)))] for split in folder.splits]
    rows += [["  of an unknown label", str(known["n_unlabelled"])]] if known["n_unlabelled"] else []
    rows += [[f"  left out: {why}", str(count)] for why, count in known["samples_left_out"].items()]
    empty = empty_features(folder, spec)
    where = " of train" if TRAIN in folder.splits and folder.form == "grid" else ""
    return [
        f"{out}: {counted(len(folder), 'sample')}, {shape}, in {counted(len(folder.shards), 'file')}",
        *columns(rows),
        *filled(folder),
        *([f"Features without a record in the windows{where}: {', '.join(empty)}"] if empty else []),
        *([f"Bad records are listed in {out / 'rejected.parquet'}"] if records["bad"] else []),
        *following(folder, out),
    ]


def filled(folder: "Folder") -> list[str]:
    """Which static values are missing though they were always known in the earlier folder, in a line."""
    known = folder.manifest
    told = [
        f"{name} of {counted(count, 'sample')}, {known['static_fill'][name]:g}"
        for name, count in known["static_filled"].items()
    ]
    return [f"Missing, though always known in the earlier folder; filled as there: {'; '.join(told)}"] if told else []


def empty_features(folder: "Folder", spec: "Spec") -> list[str]:
    """Features of a spec that no record was found of: of a grid, in the samples that its means are of."""
    if folder.form == "events":
        return [one.name for one in spec.features if one.name not in folder.feature_names]
    return [
        one["name"]
        for one in folder.manifest["features"]
        if not (one["mean"] if one["aggregate"] in ("count", "any") else one["n_value"])
    ]


def following(folder: "Folder", out: Path) -> list[str]:
    """What to do next: train a network where samples are of known classes, and explain it."""
    there = quote(str(out))
    splits = folder.splits
    held = f"{there}:{HELD_OUT}" if HELD_OUT in splits else there
    learnt = f"{there}:{TRAIN}" if TRAIN in splits else there
    in_units = folder.form == "grid"
    if folder.manifest.get("like"):
        command = explaining("MODEL", there, background="DATA:train" if in_units else "")
        return [f"Next: {command}", "where MODEL was trained on DATA, the folder of --like"]
    if len(folder.class_names) < 2 or folder.manifest["n_unlabelled"] == len(folder):
        return [f"Next: {explaining('MODEL', there, background=learnt if in_units else '')}"]
    network = "event-lstm" if folder.form == "events" else "measured-gru"
    test = f" --test {held}" if TRAIN in splits and HELD_OUT in splits else ""
    return [
        f"Next: aition train {network} {learnt}{test} --to {MODEL}",
        f"then: {explaining(MODEL, held, background=learnt if in_units else '')}",
    ]
