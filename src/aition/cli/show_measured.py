"""What aition show tells of one sample of a folder: its label, static columns, and measurements or events."""

from typing import TYPE_CHECKING, Any

from aition.cli.printing import columns, counted
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.data import Folder


def measurements(folder: "Folder", sample: str, *, top: int) -> dict[str, Any]:
    """What one sample holds: its label, static columns, and first measurements or events in order of time."""
    for shard, batch in zip(folder.shards, folder.batches(), strict=True):
        places = (batch.ids == sample).nonzero()[0]
        if len(places):
            one = batch.take([int(places[0])])
            rows = events_of(one, folder) if folder.form == "events" else cells_of(one, folder)
            return {
                "sample": sample,
                "split": shard.split,
                "label": label_of(one, folder),
                "static": dict(zip(one.static_names, one.static[0].tolist(), strict=True)),
                "time_unit": one.time_unit,
                "n_measured": len(rows),
                "measured": rows[:top],
            }
    raise InputError(f"{folder.path} has no sample {sample!r}; aition show {folder.path} tells of one that it has")


def cells_of(one: "Batch", folder: "Folder") -> list[dict[str, Any]]:
    """Measurements of a sample on a grid, in order of time."""
    units = [feature["unit"] for feature in folder.manifest["features"]]
    there = (one.observed & one.exists[:, :, None])[0].nonzero().tolist()
    return [
        {
            "time": time,
            "times": float(one.times[0, time]),
            "feature": one.feature_names[feature],
            "value": float(one.x[0, time, feature]),
            "unit": units[feature],
        }
        for time, feature in there
    ]


def events_of(one: "Batch", folder: "Folder") -> list[dict[str, Any]]:
    """Events of a sample in order of time, with values in the units of the records."""
    rows = []
    for place in one.exists[0].nonzero()[:, 0].tolist():
        code = folder.manifest["features"][int(one["code"][0, place])]
        has = bool(one["has_value"][0, place])
        rows.append(
            {
                "time": int(one["step"][0, place]),
                "times": float(one.times[0, place]),
                "feature": code["name"],
                "value": code["mean"] + code["scale"] * float(one["event_value"][0, place]) if has else None,
                "unit": code["unit"] if has else "",
            }
        )
    return rows


def labels_of(batch: "Batch", folder: "Folder") -> dict[str, int]:
    """How many samples have each label; of values, how many are known."""
    if batch.label.is_floating_point():
        return {"with a value": int(batch.label.isfinite().sum())}
    names = folder.class_names
    found = {name: int((batch.label == index).sum()) for index, name in enumerate(names)}
    return found | ({"unknown": int((batch.label < 0).sum())} if bool((batch.label < 0).any()) else {})


def label_of(one: "Batch", folder: "Folder") -> str | float:
    """The label of one sample: a class by its name, or a value."""
    if one.label.is_floating_point():
        return float(one.label.flatten()[0])
    return next((name for name, number in labels_of(one, folder).items() if number), "unknown")


def lines_of_sample(found: dict[str, Any], folder: "Folder") -> list[str]:
    """What one sample holds, for people."""
    static = "".join(f", {name} {value:g}" for name, value in found["static"].items())
    what = "event" if folder.form == "events" else "measurement"
    rows = [["step", found["time_unit"], "code" if what == "event" else "feature", "value", "unit"]]
    for one in found["measured"]:
        value = "" if one["value"] is None else f"{one['value']:.4g}"
        rows.append([str(one["time"]), f"{one['times']:.2f}", one["feature"], value, one["unit"]])
    return [
        f"Sample {found['sample']} of {found['split'] or 'no split'}: {found['label']}{static}",
        f"The first {len(found['measured'])} of {counted(found['n_measured'], what)}:",
        *columns(rows, indent="  ", n_head=1),
    ]
