"""Relevance: what contextual decomposition says of any group of cells, as a scorer of groups."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, white_box
from aition.core.question import Question
from aition.impute.baseline import Baseline, ConstantBaseline, check_baseline
from aition.methods.cd.decompose import ROWS, decompose
from aition.methods.cd.sets import SETS


@dataclass(frozen=True)
class Relevance:
    """What of the target is due to a group of cells, by contextual decomposition.

    The scorer of the published hierarchies; :class:`~aition.methods.AgglomerativeHierarchy` takes it as ``scorer``. It
    needs one pass a group, of about three times a forward pass, and never shows the network a series that it was not
    given.

    Args:
        rules: Of which rule set; see :func:`~aition.methods.cd.decompose.decompose`.
        baseline: What stands for absence.
        strict: Raise where an operation has no rule.

    Returns:
        From (model, batch, question) a function of places of samples, ``[row]``, and the cells of a group of each,
        ``[row, time, feature]``, to the relevance of each, ``[row]``, in units of the target. Of no cell it is 0; of
        everything f(x) less the constants: the baseline, biases where the rule set keeps them apart, and what a gate
        makes of no input.

    Raises:
        InputError: There is no such rule set.

    References:
        Singh, Murdoch and Yu, "Hierarchical interpretations for neural network predictions", ICLR 2019, section 3.1.
    """

    rules: str = "acd"
    baseline: Baseline = field(default_factory=ConstantBaseline)
    strict: bool = False

    def __post_init__(self) -> None:
        if self.rules not in SETS:
            raise InputError(f"rules must be one of {', '.join(SETS)}, but is {self.rules!r}")
        check_baseline(self.baseline)

    def __call__(self, model: Model, batch: Batch, question: Question) -> Callable[[Tensor, Tensor], Tensor]:
        network = white_box(model, "Relevance")
        size = max(1, model.rows // ROWS)

        def relevance(rows: Tensor, cells: Tensor) -> Tensor:
            parts = decompose(
                network, batch.take(rows), cells[None], rules=self.rules, baseline=self.baseline, strict=self.strict
            )
            return question.take(rows).score(parts.relevant[0])

        def scores(rows: Tensor, cells: Tensor) -> Tensor:
            with torch.no_grad():
                pieces = zip(rows.split(size), cells.split(size), strict=True)
                return torch.cat([relevance(*piece) for piece in pieces])

        return scores
