"""Asking an explainer, and comparing what it says twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from aition.core.batch import Batch
from aition.core.explain import explain
from aition.core.explanation import Explanation
from aition.core.model import Model, TorchModel
from aition.core.protocol import Explainer
from aition.core.target import Target
from aition.testing.outcome import CheckFailure

GIVEN = {"value", "observed", "exists", "times", "label", "prediction", "static_value", "score"}
"""Variables that the driver adds, with the settled indices ``target_…``, which say nothing of the explainer."""


@dataclass(frozen=True)
class Case:
    """What a check is tried on.

    Args:
        name: Of the model, such as "gru".
        model: It reads existing steps only.
        batch: A few short samples without padding.
        target: A question that the model can be asked.

    ``answers`` keeps what :func:`plain` was answered.
    """

    name: str
    model: TorchModel
    batch: Batch
    target: Target
    answers: list[tuple[Any, Explanation]] = field(default_factory=list, init=False, repr=False, compare=False)

    def but(self, **changes: Any) -> "Case":
        """The same case with other parts."""
        return replace(self, **changes)


def ask(
    explainer: Explainer,
    case: Case,
    *,
    model: Model | None = None,
    batch: Batch | Iterable[Batch] | None = None,
    target: Target | Sequence[Target] | None = None,
    memory: int = 0,
) -> Explanation:
    """The explanation of a case, or of the same with another part."""
    return explain(
        explainer,
        case.model if model is None else model,
        case.batch if batch is None else batch,
        case.target if target is None else target,
        memory=memory,
        progress="off",
    )


def plain(explainer: Explainer, case: Case) -> Explanation:
    """The explanation of a case as it is: asked once, for all checks that only look at it or compare with it."""
    for asked, answer in case.answers:
        if asked is explainer:
            return answer
    case.answers.append((explainer, ask(explainer, case)))
    return case.answers[-1][1]


def own(answer: Explanation) -> dict[str, np.ndarray[Any, Any]]:
    """The explainer's own variables."""
    names = [str(name) for name in answer.data_vars if name not in GIVEN and not str(name).startswith("target_")]
    return {name: np.asarray(answer[name].values) for name in names}


def cells(answer: Explanation) -> dict[str, np.ndarray[Any, Any]]:
    """The explainer's variables that have an answer for every cell of the values."""
    return {name: array for name, array in own(answer).items() if answer[name].dims == ("sample", "time", "feature")}


def attribution(answer: Explanation) -> np.ndarray[Any, Any]:
    """The score of every cell, ``[sample, time, feature]``."""
    if "attribution" not in answer or answer["attribution"].dims != ("sample", "time", "feature"):
        raise CheckFailure("the answer has no attribution [sample time feature]")
    return np.asarray(answer["attribution"].values)


def must(holds: Any, words: str) -> None:
    """Fail with words unless something holds."""
    if not bool(holds):
        raise CheckFailure(words)


ROUNDING = 1e-6
"""How far two answers to the same question may lie apart, relative to the largest value."""


def must_agree(explainer: Any, one: Explanation, other: Explanation, words: str, *, exactly: bool = False) -> None:
    """Fail unless every variable of the explainer is equal to rounding, relative to its and the outputs' largest value.

    An explainer whose many steps amplify rounding says by ``rounding`` how far.
    """
    said = largest(one["prediction"].values)
    within = 0.0 if exactly else float(getattr(explainer, "rounding", ROUNDING))
    left, right = own(one), own(other)
    must(set(left) == set(right), f"{words}: variables {sorted(left)} became {sorted(right)}")
    for name, array in left.items():
        must(array.shape == right[name].shape, f"{words}: {name} {list(array.shape)} became {list(right[name].shape)}")
        if array.dtype.kind in "ib":
            must(np.array_equal(array, right[name]), f"{words}: {name} changed")
            continue
        must(np.array_equal(np.isnan(array), np.isnan(right[name])), f"{words}: other cells of {name} are NaN")
        scale = max(said, largest(array))
        gap = largest(array - right[name])
        must(gap <= within * scale, f"{words}: {name} changed by {gap:.2g}")


def largest(array: np.ndarray[Any, Any]) -> float:
    """The largest size of what is not NaN; 0 where there is nothing."""
    return float(np.abs(array[~np.isnan(array)]).max(initial=0.0))


def close(explainer: Any, answer: Explanation, one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Whether two parts of an answer are equal to rounding, as :func:`must_agree` has it."""
    scale = max(largest(answer["prediction"].values), largest(one))
    return np.allclose(one, other, rtol=0, atol=scale * float(getattr(explainer, "rounding", ROUNDING)), equal_nan=True)
