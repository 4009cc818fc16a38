"""What was explained, in figures: data, model, and what explainers say of their own answers."""

from collections.abc import Mapping

import numpy as np

from aition.checks.curve import interval_of, spread
from aition.core.explanation import Explanation
from aition.metrics.interval import Bootstrap
from aition.view.report.document import Table
from aition.view.report.numbers import plain

GIVEN = {"label", "prediction", "score", "exists", "observed", "times", "value", "static_value"}
"""Variables that say what was explained, not how."""


def fact_table(explanations: Mapping[str, Explanation], further: tuple[tuple[str, str], ...]) -> Table:
    """Size of the data, what is missing, and how often the model is right on it."""
    one = next(iter(explanations.values()))
    rows = [
        ("Samples explained", str(one.sizes["sample"])),
        *(cell_facts(one) if "exists" in one else ()),
        ("Model", str(one.attrs.get("model", ""))),
        *((("Right on the explained samples", right),) if (right := accuracy(one)) else ()),
        ("Explainers", ", ".join(explanations)),
        *further,
    ]
    return Table("What was explained", ("fact", "is"), tuple(rows))


def cell_facts(explanation: Explanation) -> tuple[tuple[str, str], ...]:
    """Steps and features of the samples, and how much was not measured."""
    lengths = explanation["exists"].values.sum(axis=1)
    steps = f"{lengths.min()} to {lengths.max()}" if lengths.min() < lengths.max() else str(lengths.max())
    cells = np.broadcast_to(explanation["exists"].values[:, :, None], explanation["observed"].shape)
    missing = 1 - explanation["observed"].values[cells].mean()
    return (
        ("Steps of a sample", steps),
        ("Features", str(explanation["value"].sizes["feature"])),
        ("Values that were not measured", f"{100 * missing:.3g} %"),
    )


def accuracy(explanation: Explanation) -> str:
    """Share of samples whose largest output is their label, with its interval; empty where there are no classes."""
    outputs, label = explanation["prediction"], explanation["label"].values
    if outputs.dims != ("sample", "class") or outputs.sizes["class"] < 2 or label.ndim != 1 or label.dtype.kind != "i":
        return ""
    known = label >= 0
    if not known.any():
        return ""
    right = (outputs.values.argmax(axis=1) == label)[known].astype(np.float64)
    count = f"{int(right.sum())} of {right.size}"
    return count if right.all() or not right.any() else f"{count}: {spread(interval_of(Bootstrap(), right))}"


def own_words_table(explanation: Explanation) -> Table:
    """Numbers that an explainer gives for each sample, such as completeness: median and range."""
    rows = []
    for name, array in explanation.data_vars.items():
        own = str(name) not in GIVEN and not str(name).startswith("target_")
        if own and array.dims == ("sample",) and array.dtype.kind == "f":
            values = array.values[np.isfinite(array.values)]
            if values.size:
                rows.append((str(name), plain(float(np.median(values))), plain(values.min()), plain(values.max())))
    return Table("One number a sample", ("variable", "median", "smallest", "largest"), tuple(rows))
