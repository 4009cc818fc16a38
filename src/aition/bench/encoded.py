"""Whether the selections of a method hide the answer in themselves: judged on series that it was not fitted on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.checks.encoding import evidence
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.explain import explain
from aition.core.explanation import Explanation
from aition.core.model import TorchModel
from aition.data.simulate.simulated import Simulated
from aition.methods.lex import FittedLex

MOST = 10_000
"""Series of the training part that networks learn from, at most."""


def figures_of_hiding(
    fitted: Any, model: TorchModel, train: Simulated, shown: Simulated, explanation: Explanation
) -> dict[str, float]:
    """What the choice of the cells tells, and the encoding gap where the method has a predictor of its own.

    The masks are those that the method says are ``selected``. A fitted Lex is judged as it judges itself, by its own
    predictor and the judge at the same mask, on what was wanted of it. Of any other method the own predictor is what it
    answers as ``expected``, chances of the classes, and labels are wanted. Where labels are no classes of whole series,
    there are no such figures, nor where there are too few series for a judge of a fitted Lex, or they are too long.

    Args:
        fitted: The explainer, fitted.
        model: What is explained.
        train: The series that it was fitted on, from which the networks that judge it learn.
        shown: The series that were explained.
        explanation: Of these.
    """
    if not (labelled(train.batch) and labelled(shown.batch)):
        return {}
    told = train.take(range(min(MOST, len(train)))).batch
    if isinstance(fitted, FittedLex):
        return by_itself(fitted, model, told, shown, explanation)
    masks = explain(fitted, model, told, train.target, progress="off")["selected"]
    found = evidence(told, masks, shown.batch, explanation["selected"])
    figures = {"told_by_choice": float((found.chosen - found.values).mean())}
    own = own_predictor(explanation, shown.batch)
    return figures | ({"encoding_gap": float((own - found.values).mean())} if len(own) else {})


def by_itself(
    fitted: FittedLex, model: TorchModel, told: Batch, shown: Simulated, explanation: Explanation
) -> dict[str, float]:
    """What a fitted Lex says of itself, with a judge that learns from some series where it was told to keep none.

    Args:
        fitted: The explainer.
        model: What is explained.
        told: The series that it was fitted on.
        shown: The series that were explained.
        explanation: Of these.
    """
    answer = explanation
    if not fitted.witness.judge:
        try:
            judged = fitted.with_judge(model, told)
        except InputError:
            return {}
        answer = explain(judged, model, shown.batch, shown.target, progress="off")
    good = answer["judged"].values
    own, values, chosen = (answer[f"{name}_log_likelihood"].values[good] for name in ("own", "values", "chosen"))
    return {"told_by_choice": float((chosen - values).mean()), "encoding_gap": float((own - values).mean())}


def labelled(batch: Batch) -> bool:
    """Whether every series has a class."""
    label = batch.label
    return not label.is_floating_point() and label.ndim == 1 and bool((label >= 0).all())


def own_predictor(explanation: Explanation, batch: Batch) -> NDArray[np.float64]:
    """Log-likelihood of the labels by the method's own predictor, ``[sample]``; empty where it has none.

    Args:
        explanation: With ``expected``, chances of the classes, ``[sample, output]``.
        batch: The series, in the same order.
    """
    label = batch.label.cpu().numpy()
    if "expected" not in explanation or explanation["expected"].dims != ("sample", "output"):
        return np.empty(0)
    chance = np.asarray(explanation["expected"].values, dtype=np.float64)
    if chance.shape[1] <= label.max() or not np.allclose(chance.sum(axis=1), 1, atol=1e-3) or (chance < 0).any():
        return np.empty(0)
    return np.asarray(np.log(np.maximum(chance[np.arange(len(label)), label], 1e-300)))
