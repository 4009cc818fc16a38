"""What was asked of a model and what it said, in words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.explanation import Explanation
from aition.view.plots.reading import asked, row_of


@dataclass(frozen=True)
class Said:
    """One sample's prediction and what of it was explained; an empty text where there is nothing to say.

    Args:
        predicted: The class and its probability, or the value.
        label: The true class or value.
        right: Whether the two agree; True where that can't be said.
        question: The output that was explained.
        score: What the model said of it, in units of the model.
    """

    predicted: str
    label: str
    right: bool
    question: str
    score: str


def said_of(explanation: Explanation, sample: str, *, class_names: Sequence[str] = (), target: int = 0) -> Said:
    """Prediction, label and question of a sample, in words."""
    class_names = class_names or class_names_of(explanation)
    row = row_of(explanation, sample)
    outputs, is_class = asked_outputs(explanation, row, target)
    label = label_of(explanation, row, target)
    predicted, right = "", True
    if is_class and outputs.size > 1:
        index = int(outputs.argmax())
        predicted = f"{class_name(index, class_names)} ({percent(probabilities(outputs, explanation)[index])})"
        right = not isinstance(label, int) or label < 0 or index == label
    elif outputs.size == 1 and "sigmoid" in str(explanation.attrs.get("head", "")):
        predicted = percent(probabilities(outputs, explanation)[0])
    elif outputs.size == 1:
        predicted = f"{outputs[0]:.4g}"
    true = "" if label is None else f"{label:.4g}"
    if is_class and outputs.size > 1 and isinstance(label, int):
        true = class_name(label, class_names)
    return Said(
        predicted=predicted,
        label="" if isinstance(label, int) and label < 0 else true,
        right=right,
        question=question_of(explanation, row, class_names=class_names, target=target),
        score=f"{float(asked(explanation, 'score', target).values[row]):.3g}" if "score" in explanation else "",
    )


def title_of(sample: str, said: Said) -> str:
    """The sample, what was predicted and what is true."""
    words = f"Sample {shortened(sample)}"
    if said.predicted:
        words += f": predicted {said.predicted}"
    if said.label:
        words += f", true: {said.label}" if said.right else f", but true: {said.label}"
    return words


def method_of(explanation: Explanation) -> str:
    """The explainer with its baseline, where it has one."""
    settings = json.loads(str(explanation.attrs.get("settings", "")) or "{}")
    words = str(explanation.attrs.get("explainer", "")) or "explainer unknown"
    if isinstance(settings, dict) and "baseline" in settings:
        words += f", baseline {described(settings['baseline'])}"
    return words


def described(setting: Any) -> str:
    """A setting in words: its name and fields.

    >>> described({"name": "constant-baseline", "value": 0.0})
    'constant (value 0.0)'
    """
    if not isinstance(setting, dict):
        return shortened(str(setting))
    name = setting.get("name", setting.get("function", ""))
    rest = ", ".join(f"{key} {described(value)}" for key, value in setting.items() if key not in ("name", "function"))
    short = str(name).rpartition(".")[2].removesuffix("-baseline").replace("_", " ")
    return shortened(f"{short} ({rest})" if short and rest else short or rest)


def question_of(explanation: Explanation, row: int, *, class_names: Sequence[str], target: int) -> str:
    """The output that was explained, by the settled indices and what was subtracted."""
    parts = []
    for name in explanation.data_vars:
        axis = str(name).removeprefix("target_")
        if axis == str(name):
            continue
        index = int(asked(explanation, str(name), target).values[row])
        if index >= 0 and not (axis == "class" and explanation.sizes.get("class", 1) == 1):
            parts.append(f"{axis} {index}" if axis != "class" else class_name(index, class_names))
        elif index < 0:
            parts.append("all classes" if axis == "class" else f"all along {axis}")
    targets = json.loads(str(explanation.attrs.get("target", "")) or "[]")
    versus = targets[target].get("versus", {}) if target < len(targets) else {}
    minus = ", ".join(other(axis, choice, class_names) for axis, choice in versus.items())
    words = ", ".join(parts) or "the output"
    return f"{words} minus {minus}" if minus else words


def other(axis: str, choice: Any, class_names: Sequence[str]) -> str:
    """What was subtracted."""
    if axis == "class" and isinstance(choice, int):
        return class_name(choice, class_names)
    return str(choice) if isinstance(choice, str) else f"{axis} {choice}"


def asked_outputs(explanation: Explanation, row: int, target: int) -> tuple[NDArray[np.float64], bool]:
    """The outputs beside the asked one: all classes at the asked place, or one number; empty if a whole axis was asked.

    Returns:
        The outputs, and whether they are classes.
    """
    if "sample" not in explanation["prediction"].dims:
        return np.zeros(0), False
    outputs = explanation["prediction"].isel(sample=row)
    for axis in [str(name) for name in outputs.dims]:
        if axis == "class":
            continue
        name = f"target_{axis}"
        index = int(asked(explanation, name, target).values[row]) if name in explanation else -1
        if index < 0:
            return np.zeros(0), False
        outputs = outputs.isel({axis: index})
    return np.atleast_1d(np.asarray(outputs.values, dtype=np.float64)), outputs.dims == ("class",)


def probabilities(outputs: NDArray[np.float64], explanation: Explanation) -> NDArray[np.float64]:
    """Outputs as probabilities along their last axis.

    By sigmoid if one was taken off; unchanged if all outputs of the explanation sum to 1; else by softmax.
    """
    if "sigmoid" in str(explanation.attrs.get("head", "")):
        return np.asarray(1 / (1 + np.exp(-np.clip(outputs, -500, 500))))
    every = explanation["prediction"]
    if "class" in every.dims:
        rows = every.transpose(..., "class").values.reshape(-1, every.sizes["class"])
        rows = rows[~np.isnan(rows).any(axis=1)]
        if (rows >= 0).all() and np.allclose(rows.sum(axis=1), 1, atol=1e-4):
            return outputs
    above = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    return np.asarray(above / above.sum(axis=-1, keepdims=True))


def label_of(explanation: Explanation, row: int, target: int) -> int | float | None:
    """The label at the asked step: a class (-1: unknown), a value, or None where it is of other steps or events."""
    if "label" not in explanation:
        return None
    label = explanation["label"].isel(sample=row)
    if "time" in label.dims:
        if "target_time" not in explanation:
            return None
        label = label.isel(time=int(asked(explanation, "target_time", target).values[row]))
    value = label.values.item()
    return int(value) if label.dtype.kind in "iu" else float(value)


def class_names_of(explanation: Explanation) -> tuple[str, ...]:
    """Names of the classes that the explanation itself knows; empty where it knows none."""
    labels = explanation.coords["class"].values if "class" in explanation.coords else np.zeros(0)
    return tuple(map(str, labels.tolist())) if labels.dtype.kind == "U" else ()


def units_of(attrs: Mapping[str, Any]) -> dict[str, str]:
    """Units of the values that an explanation tells, by feature or code.

    >>> units_of({"units": '{"pulse": "bpm"}'})
    {'pulse': 'bpm'}
    """
    return dict(json.loads(str(attrs.get("units", "")) or "{}"))


def class_name(index: int, class_names: Sequence[str]) -> str:
    """The name of a class, its number where it has none."""
    return shortened(class_names[index]) if 0 <= index < len(class_names) else f"class {index}"


def percent(probability: float) -> str:
    """A probability as ``p = 0.98``; never 0 or 1 unless it is.

    >>> percent(.9999), percent(.25)
    ('p > 0.99', 'p = 0.25')
    """
    if 0.995 <= probability < 1:
        return "p > 0.99"
    return "p < 0.01" if 0 < probability < 0.005 else f"p = {probability:.2f}"


def shortened(text: str, length: int = 48) -> str:
    """A text on one line of at most so many characters, without control characters."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    return line if len(line) <= length else line[: length - 1] + "…"
