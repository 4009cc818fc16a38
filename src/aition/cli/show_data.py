"""What aition show tells of a folder of samples: how many of which label, features, and the records behind them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aition.cli.printing import columns, counted, percent

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.data import Folder

GIVEN = (
    "form", "window", "n_step", "time_unit", "class_names", "static_names", "static_filled", "samples_left_out",
    "records",
)  # fmt: skip


def told_of_samples(words: str, sample: str, *, top: int) -> tuple[dict[str, Any], list[str]]:
    """What is told of a folder, for programs and for people; every shard is verified first.

    Args:
        words: The folder, or one of its splits, ``FOLDER:SPLIT``.
        sample: The id of one sample to tell of; empty for the folder.
        top: Features or measurements, at most.

    Raises:
        InputError: It was changed, or has no such split or sample.
    """
    from aition.cli.show_measured import lines_of_sample, measurements
    from aition.data import open_folder
    from aition.data.folder import is_folder

    place, _, split = words.rpartition(":")
    folder = open_folder(words) if is_folder(Path(words)) else open_folder(place).only(split)
    folder.verify()
    if sample:
        found = measurements(folder, sample, top=top)
        return {"data": words} | found, lines_of_sample(found, folder)
    found = {"data": words} | facts_of(folder, top=top)
    return found, lines_of(found)


def facts_of(folder: "Folder", *, top: int) -> dict[str, Any]:
    """What is in a folder, from its manifest and, shard by shard, its samples."""
    import numpy as np

    from aition.cli.show_measured import labels_of
    from aition.data.folder import REJECTED

    n_feature = len(folder.feature_names)
    known, samples_with, room = np.zeros(n_feature), np.zeros(n_feature), 0
    labels: dict[str, dict[str, int]] = {}
    first = ""
    for shard, batch in zip(folder.shards, folder.batches(), strict=True):
        first = first or str(batch.ids[0])
        count = measured(batch, n_feature)
        known, samples_with = known + count.sum(axis=0), samples_with + (count > 0).sum(axis=0)
        room += int(batch.exists.sum())
        of_split = labels.setdefault(shard.split, {"samples": 0})
        of_split["samples"] += len(batch)
        for name, number in labels_of(batch, folder).items():
            of_split[name] = of_split.get(name, 0) + number
    whole = max(1, room if folder.form == "grid" else len(folder))
    features = [
        {key: value for key, value in one.items() if key != "codes"}
        | {
            "observed": float((known if folder.form == "grid" else samples_with)[place] / whole),
            "n_event" if folder.form == "events" else "n_cell": int(known[place]),
        }
        for place, one in enumerate(folder.manifest["features"])
    ]
    order = sorted(range(n_feature), key=lambda place: -known[place]) if folder.form == "events" else range(n_feature)
    return {
        "verified": True,
        "shards": len(folder.shards),
        "n_sample": len(folder),
        **{key: folder.manifest[key] for key in GIVEN if key in folder.manifest},
        "label": folder.manifest["label"],
        "splits": dict(sorted(labels.items())),
        "n_feature": n_feature,
        "features": [features[place] for place in list(order)[:top]],
        "first_sample": first,
        "rejected": str(folder.path / REJECTED) if folder.manifest["records"]["bad"] else "",
    }


def measured(batch: "Batch", n_feature: int) -> Any:
    """How many measurements, or events, of each feature or code the samples have, ``[sample, feature]``."""
    import numpy as np

    if "code" not in batch.fields:
        return (batch.observed & batch.exists[:, :, None]).sum(dim=1).numpy().astype(np.int64)
    count = np.zeros((len(batch), n_feature), dtype=np.int64)
    sample, place = batch.exists.numpy().nonzero()
    np.add.at(count, (sample, batch["code"].numpy()[sample, place]), 1)
    return count


def lines_of(found: dict[str, Any]) -> list[str]:
    """What is in a folder, for people."""
    window, unit, events = found["window"], found["time_unit"], found["form"] == "events"
    what = "events of" if events else f"{found['n_step']} steps ×"
    names = "codes" if events else "features"
    n_name = counted(found["n_feature"], names[:-1])
    lines = [
        f"{found['data']}: {counted(found['n_sample'], 'sample')}, {what} {n_name}, "
        f"in {counted(found['shards'], 'file')}",
        f"  window    {'first' if window['align'] == 'start' else 'last'} {window['hours']:g} {unit}s in steps of "
        f"{window['every']:g}" + (f", of spans of {window['shortest']:g} or more" if window["shortest"] else ""),
        f"  static    {', '.join(static_in_words(found)) or 'none'}",
        "  verified  every file is as it was written",
    ]
    heads = list(dict.fromkeys(key for one in found["splits"].values() for key in one))
    rows = [[name or "no split", *(str(one.get(key, 0)) for key in heads)] for name, one in found["splits"].items()]
    lines += columns([["split", *heads], *rows], n_head=1)
    lines += [f"left out: {reason}, {number}" for reason, number in found["samples_left_out"].items()]
    head = [names[:-1], "unit", "events" if events else "from", "samples" if events else "observed", "mean", "scale"]
    rows = [
        [
            one["name"],
            one["unit"],
            str(one["n_event"]) if events else one["aggregate"],
            percent(one["observed"]),
            *((f"{one['mean']:.4g}", f"{one['scale']:.4g}") if one["n_value"] else ("", "")),
        ]
        for one in found["features"]
    ]
    lines += ["", *columns([head, *rows], n_head=1)]
    if (shown := len(rows)) < found["n_feature"]:
        lines += [f"{shown} of {found['n_feature']} {names}; all of them by --top {found['n_feature']}"]
    lines += ["Mean and scale are of the values in the training samples.", "", *lines_of_records(found)]
    lines += [f"Bad records are listed in {found['rejected']}"] if found["rejected"] else []
    return [*lines, f"Next: aition show {found['data']} --sample {found['first_sample']}"]


def static_in_words(found: dict[str, Any]) -> list[str]:
    """Static columns, with how many of their values are filled though they do not say so."""
    count = found.get("static_filled", {})
    return [
        f"{name} (filled in {counted(count[name], 'sample')})" if name in count else name
        for name in found["static_names"]
    ]


def lines_of_records(found: dict[str, Any]) -> list[str]:
    """Where the records went that were read."""
    rows = []
    for name, number in found["records"].items():
        if isinstance(number, dict):
            rows += [[f"  {name}: {reason}", str(one)] for reason, one in number.items()]
        elif number or name == "read":
            rows.append(["records read" if name == "read" else f"  {name}", str(number)])
    return columns(rows)
