"""What the model would say of a sequence, were some of its values others."""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import numpy as np

from aition.core.errors import InputError
from aition.store.cube.bins import FeatureBins
from aition.store.cube.rows import EVENTS
from aition.store.cube.settle import feature_names, shared_labels
from aition.store.cube.stopping import Check
from aition.store.summary.words import known_keys
from aition.view.web.asked import text, whole_number
from aition.view.web.frames import frame
from aition.view.web.given import given, given_events
from aition.view.web.refusing import Refused
from aition.view.web.served import Answer, Body, Served

MOST_EDITS = 200
KEYS = ("feature", "first", "last", "value")
PRESENT = "present"
"""The value of an edit by which an event happens without one."""
ATTRS = ("explainer", "settings", "target", "padding", "time_unit")


def what_if(of: Served, body: Body, check: Check) -> Answer:
    """The attribution and the prediction of a sequence after edits."""
    cube = of.cube(body, check)
    attrs = cube.run.attrs
    models = [model for model in of.models if model.explains(attrs)]
    if not models:
        raise Refused(HTTPStatus.CONFLICT, "there is no model of this run to ask; start the server with --model")
    position = cube.position(text(body, "id"))
    names = feature_names(cube.run)
    if EVENTS in cube.run.tables:
        arrays = given_events(cube.run, position)
        n_step = int(arrays["step"].max(initial=0)) + 1
        edits = checked(body["edits"], n_feature=cube.run.sizes["feature"], n_step=n_step, events=cube.spec.features)
    else:
        arrays = given(cube.run, position)
        edits = checked(body["edits"], n_feature=arrays["x"].shape[1], n_step=arrays["x"].shape[0])
        check_told(edits, arrays, names)
    score = float(cube.samples["score"][position])
    meta = {
        "run": cube.run.digest(),
        "id": str(cube.samples["id"][position]),
        "attrs": {name: attrs[name] for name in ATTRS if name in attrs},
        "nth": cube.spec.target,
        "explained": int(cube.samples["target_class"][position]),
        "probabilities": bool(np.allclose(cube.samples["score"], cube.samples["probability"], equal_nan=True)),
        "score": score if math.isfinite(score) else None,
        "feature_names": names,
        "static_names": shared_labels(cube.run, "static") or [f"s{place}" for place in range(len(arrays["static"]))],
        "edits": edits,
        "values_explained": "attribution_event_value" in cube.run.variables,
    }
    return models[0].ask(frame(meta, arrays), check)


def checked(edits: Any, *, n_feature: int, n_step: int, events: Sequence[FeatureBins] = ()) -> list[dict[str, Any]]:
    """Edits as they were agreed.

    Args:
        edits: What came.
        n_feature: Features, or codes of events.
        n_step: Steps of the sequence, up to its last event.
        events: What is known of the values of each code; empty of series.

    Raises:
        InputError: One has another form, or is of a feature or a step that there is not.
    """
    if not isinstance(edits, list) or len(edits) > MOST_EDITS:
        raise InputError(f"edits must be a list of at most {MOST_EDITS}, but are {str(edits)[:80]}")
    for edit in edits:
        known_keys("an edit", edit, KEYS)
        if missing := [name for name in KEYS if name not in edit]:
            raise InputError(f"an edit must say {missing[0]}, but does not")
        whole_number(edit, "feature", most=n_feature - 1)
        last = whole_number(edit, "last", most=n_step - 1)
        whole_number(edit, "first", most=last)
        check_value(edit, events)
    return edits


def check_told(edits: Sequence[Mapping[str, Any]], arrays: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raise where a value is taken away and the run does not tell what the model is given then.

    Args:
        edits: As they were agreed.
        arrays: ``carried`` and ``stand_in``, ``[feature]``.
        names: Of features.

    Raises:
        InputError: Naming the feature.
    """
    for edit in edits:
        feature = edit["feature"]
        follows = arrays["carried"][feature] and edit["first"] > 0
        if edit["value"] is None and not follows and math.isnan(arrays["stand_in"][feature]):
            raise InputError(
                f"a value of {names[feature]} can't be taken away: no sequence stored beside this one tells what the "
                "model is given where it was not measured; change it to another value instead"
            )


def check_value(edit: dict[str, Any], events: Sequence[FeatureBins]) -> None:
    """Raise unless the value of an edit is one that its feature, or its code, may have."""
    value = edit["value"]
    if value is None or (events and value == PRESENT):
        return
    words = f", {PRESENT!r}, or null" if events else ", or null"
    if type(value) not in (int, float) or abs(value) > 1e30:
        raise InputError(f"value of an edit must be a number{words}, but is {str(value)[:80]}")
    if events and events[edit["feature"]].kind == "presence":
        name = events[edit["feature"]].name
        raise InputError(f"value of an edit of {name!r}, which has no values in this run, must be {PRESENT!r} or null")
