"""What the manifest of a folder says of its samples and of the records that they are made of."""

import math
from dataclasses import asdict
from typing import Any

from aition._version import __version__
from aition.data.readers.alike import Earlier, asked, filled
from aition.data.readers.buckets import Counts
from aition.data.readers.moments import moments_of, taken
from aition.data.readers.shards import Writer
from aition.data.readers.source import Source


def described(source: Source, counts: Counts, writer: Writer, earlier: Earlier) -> dict[str, Any]:
    """Everything but the shards."""
    spec, samples = writer.spec, writer.samples
    return {
        "aition": __version__,
        "reader": type(source).__name__,
        "spec": asked(spec, source),
        "like": earlier.sha256,
        "form": spec.form,
        "window": asdict(spec.window),
        "n_step": spec.window.n_step,
        "time_unit": "hour",
        "features": features_of(writer, earlier),
        "label": "class" if samples.classed else "value",
        "class_names": list(samples.class_names),
        "static_names": list(samples.static_names),
        "static_fill": samples.static_fill,
        "static_filled": filled(writer.connection, samples),
        "n_sample": samples.n_kept,
        "n_unlabelled": samples.n_unlabelled,
        "samples_left_out": samples.left_out,
        "records": {
            "read": counts.read,
            "used": counts.used,
            "not asked for": counts.not_asked_for,
            "outside": counts.outside,
            "static": counts.static,
            "rare": 0 if earlier else counts.rare,
            "not in the vocabulary": counts.rare if earlier else 0,
            "bad": counts.bad,
        },
        "fewest": spec.fewest,
    }


def features_of(writer: Writer, earlier: Earlier) -> list[dict[str, Any]]:
    """Name, unit, and how the values lie, of each feature of a grid or code of the vocabulary."""
    spec = writer.spec
    if spec.form == "events":
        by_name = {one.name: one for one in spec.features}
        words = writer.vocabulary
        return [
            {
                "name": name,
                "unit": by_name[name].unit if name in by_name else "",
                "n_record": count,
                **asdict(how),
            }
            for name, how, count in zip(words.names, words.moments, words.n_record, strict=True)
        ]
    made = []
    for place, one in enumerate(spec.features):
        n_value, mean, squares = writer.sums.get(place, (0, 0.0, 0.0))
        own = moments_of(n_value, mean, math.sqrt(squares / n_value) if n_value else 0.0)
        how = taken(earlier.moments.get(one.name, own), own)
        made.append(
            {"name": one.name, "unit": one.unit, "aggregate": one.aggregate, "codes": list(one.codes), **asdict(how)}
        )
    return made
