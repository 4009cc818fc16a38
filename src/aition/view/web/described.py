"""Described: the cells and the columns of a run in the words of those who look at them."""

import json
from typing import Any

import numpy as np

from aition.store.cube.opened import OpenCube
from aition.store.cube.samples import OUTCOME
from aition.store.summary.columns import LENGTH, PROBABILITY, Column, static_columns, technical
from aition.view.web.wording import Called, Wording

CLOSE = 1e-3
"""How far scores may lie from what they are taken for, as float32 rounds probabilities near 0 and 1."""
NO_YES = {"0": "no", "1": "yes"}
TITLES = {
    "predicted": "Predicted", "label": "In fact", "target_class": "Explained class", OUTCOME: "Prediction",
    "score": "Score", "total": "Attributions added up", "n_row": "Rows", "completeness": "Error of the sum",
}  # fmt: skip
NOT_CALLED = Called()


def spec_of(cube: OpenCube, wording: Wording) -> dict[str, Any]:
    """What the cells of a cube mean; a feature with other words has a ``title``."""
    spec = cube.spec.to_json()
    for one in spec["features"]:
        called = wording.features.get(one["name"], NOT_CALLED)
        one |= {"title": called.name} if called.name else {}
        one["unit"] = called.unit or one["unit"]
    return spec | {
        "class_names": list(wording.classes) or spec["class_names"],
        "time_unit": wording.words.get("time", "") or spec["time_unit"],
    }


def words_of(cube: OpenCube, wording: Wording) -> dict[str, str]:
    """What sequences are called, and what attributions are of.

    Where the wording does not say it, the scores tell, beside the probabilities of the explained class; nothing is said
    where the score is neither a probability nor the log-odds of one.
    """
    explained = explained_class(cube)
    words = from_scores(cube, class_name(cube, wording, explained)) if explained >= 0 else {}
    words |= {key: one for key, one in wording.words.items() if key not in ("time", "outcome")}
    outcome = wording.outcome(explained)
    return words | ({"outcome": outcome} if outcome else {})


def explained_class(cube: OpenCube) -> int:
    """The class that is explained in all sequences; -1 where they differ, or it is not known."""
    classes = np.unique(cube.samples["target_class"])
    return int(classes[0]) if len(classes) == 1 else -1


def class_name(cube: OpenCube, wording: Wording, place: int) -> str:
    """The name of a class; empty where it has none."""
    names = wording.classes or cube.spec.class_names
    return names[place] if 0 <= place < len(names) else ""


def from_scores(cube: OpenCube, name: str) -> dict[str, str]:
    """What attributions are of, as scores beside probabilities tell; nothing where they do not."""
    score, probability = cube.samples["score"], cube.samples["probability"]
    known = np.isfinite(score) & np.isfinite(probability) & (probability > 0) & (probability < 1)
    score, probability = score[known], probability[known]
    of = f" of {name}" if name else ""
    if not len(score):
        return {}
    if np.allclose(score, probability, atol=CLOSE):
        return {"unit": "probability", "scale": "probability", "outcome": f"the probability{of}"}
    if np.allclose(score, np.log(probability / (1 - probability)), rtol=CLOSE, atol=CLOSE):
        return {"unit": "log-odds", "scale": "log-odds", "outcome": f"the odds{of}"}
    return {}


def column_of(cube: OpenCube, column: Column, wording: Wording) -> dict[str, Any]:
    """A column: of classes and categories the values that a cohort names, of numbers the edges of bins."""
    called = wording.columns.get(static_columns(cube).get(column.name, column.name), NOT_CALLED)
    told: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "title": called.name or title(cube, column, wording),
        "unit": called.unit or unit(cube, column, wording),
        "technical": technical(cube, column),
        "n_missing": column.n_missing,
    }
    if column.kind == "number":
        return told | {"bins": list(column.edges), "min": column.least, "max": column.most}
    return told | {"values": list(column.values), "labels": labels(cube, column, wording, called)}


def targets_of(cube: OpenCube, wording: Wording) -> list[str]:
    """What is explained, of each of a run's targets, in words."""
    asked = json.loads(cube.run.attrs.get("target") or "[]")
    return [target_words(cube, one, wording) for one in asked]


def target_words(cube: OpenCube, target: dict[str, Any], wording: Wording) -> str:
    """What is explained: an outcome where the wording has one, a class by its name, other outputs by their axes."""

    def said(axis: str, choice: int | str) -> str:
        if axis == "class" and isinstance(choice, int):
            return class_name(cube, wording, choice) or f"class {choice}"
        return f"the {choice} {axis}" if isinstance(choice, str) else f"{axis} {choice}"

    at, versus = target["at"], target["versus"]
    whole = ", ".join(said(axis, choice) for axis, choice in at.items()) or "the output"
    if isinstance(at.get("class"), int) and len(at) == 1 and not versus:
        whole = wording.outcome(at["class"]).removeprefix("the ") or whole
    return f"{whole} rather than {', '.join(said(*one) for one in versus.items())}" if versus else whole


def title(cube: OpenCube, column: Column, wording: Wording) -> str:
    """What a column is called where the wording does not say."""
    if column.name == PROBABILITY:
        outcome = words_of(cube, wording).get("outcome", "")
        return capital(outcome.removeprefix("the ")) if wording.outcome(explained_class(cube)) else "Probability"
    if column.name == LENGTH:
        return f"Length of {wording.words['sequence']}" if "sequence" in wording.words else "Length"
    return TITLES.get(column.name, capital(static_columns(cube).get(column.name, column.name).replace("_", " ")))


def capital(text: str) -> str:
    """Its first letter large."""
    return text[:1].upper() + text[1:]


def unit(cube: OpenCube, column: Column, wording: Wording) -> str:
    """The unit of a column where the wording does not say."""
    step = wording.words.get("time", "") or cube.spec.time_unit or "step"
    return f"{step}s" if column.name == LENGTH else ""


def labels(cube: OpenCube, column: Column, wording: Wording, called: Called) -> list[str]:
    """Words for the values of a column."""
    words = dict(zip(column.labels, column.labels, strict=True))
    if column.kind == "class":
        places = zip(column.values, column.labels, strict=True)
        words = {label: class_name(cube, wording, int(value)) or label for value, label in places}
    elif column.name == OUTCOME:
        words |= outcome_words(cube, wording)
    elif set(column.labels) <= set(NO_YES):
        words |= NO_YES
    words |= called.values
    return [words[label] for label in column.labels]


def outcome_words(cube: OpenCube, wording: Wording) -> dict[str, str]:
    """How predictions came out, in words."""
    no, yes = (class_name(cube, wording, place) or str(place) for place in (0, 1))
    return {"TP": f"{yes}, foreseen", "FN": f"{yes}, missed", "FP": "false alarm", "TN": f"{no}, foreseen"}
