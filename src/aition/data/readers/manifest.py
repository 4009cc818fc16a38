"""What the manifest of a folder says of its samples and of the records that they are made of."""

import math
from dataclasses import asdict
from typing import Any

from aition._version import __version__
from aition.data.readers.buckets import Counts
from aition.data.readers.moments import moments_of
from aition.data.readers.shards import Writer
from aition.data.readers.spans import Samples
from aition.data.readers.spec import Spec


def described(spec: Spec, samples: Samples, counts: Counts, writer: Writer) -> dict[str, Any]:
    """Everything but the shards."""
    return {
        "aition": __version__,
        "form": spec.form,
        "window": asdict(spec.window),
        "n_step": spec.window.n_step,
        "time_unit": "hour",
        "features": features_of(spec, writer),
        "label": "class" if samples.classed else "value",
        "class_names": list(samples.class_names),
        "static_names": list(samples.static_names),
        "n_sample": samples.n_kept,
        "n_unlabelled": samples.n_unlabelled,
        "samples_left_out": samples.left_out,
        "records": {
            "read": counts.read,
            "used": counts.used,
            "not asked for": counts.not_asked_for,
            "outside": counts.outside,
            "static": counts.static,
            "rare": counts.rare,
            "bad": counts.bad,
        },
        "fewest": spec.fewest,
    }


def features_of(spec: Spec, writer: Writer) -> list[dict[str, Any]]:
    """Name, unit, and how the values lie, of each feature of a grid or code of the vocabulary."""
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
        how = moments_of(n_value, mean, math.sqrt(squares / n_value) if n_value else 0.0)
        made.append(
            {"name": one.name, "unit": one.unit, "aggregate": one.aggregate, "codes": list(one.codes), **asdict(how)}
        )
    return made
