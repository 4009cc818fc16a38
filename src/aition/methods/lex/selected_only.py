"""A model that sees nothing of a series but the cells that were selected."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import FRESH
from aition.core.model import Model, outputs_of
from aition.core.numbers import check_whole
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.judge import Judge
from aition.methods.lex.likelihood import Classes


@dataclass(frozen=True, eq=False)
class SelectedOnly:
    """Predict from the one subset that is shown, ``selected``; all else is drawn anew, and the mean is taken.

    Whatever stands in cells that were not selected changes nothing unless it changes the selection, so that what
    :class:`FittedLex` shows is all that the values said. It is a black box to any other explainer.

    Args:
        fitted: What selects, imputes, and knows how answers are held to what is wanted.
        inner: What was explained; where a predictor was trained, that one answers in its place.
        draws: Imputations that the mean is taken of.
        rows: At most so many samples in one call.

    Returns:
        The logarithms of the mean chances of the classes, ``[sample, class]``, or mean values, ``[sample, output]``.
    """

    fitted: FittedLex
    inner: Model
    draws: int = 16
    rows: int = 64

    def __post_init__(self) -> None:
        check_whole(self, ("draws", "rows"))

    @property
    def axes(self) -> tuple[str, ...]:
        return ("class",) if isinstance(self.fitted.likelihood, Classes) else ("output",)

    @property
    def device(self) -> torch.device:
        return self.fitted.predictor(self.inner).device

    @property
    def dtype(self) -> torch.dtype:
        return self.fitted.predictor(self.inner).dtype

    def __call__(self, batch: Batch) -> Tensor:
        predictor, mine = self.fitted.predictor(self.inner), self.fitted.settings
        with torch.no_grad():
            candidates = Candidates.of(batch, mine.groups)
            chosen = mine.selection.mode(self.fitted.logits(batch, candidates), candidates)[:, None]
            question = self.fitted.target.resolve(outputs_of(predictor, batch), batch, axes=predictor.axes)
            judge = Judge(
                predictor,
                batch,
                candidates,
                question,
                batch.x.new_zeros(len(batch), 0),
                self.fitted.likelihood,
                self.fitted.spread,
                self.fitted.imputer,
                self.draws,
                FRESH,
            )
            each = self.fitted.likelihood.expected(judge.outputs(chosen.to(batch.x.dtype), chosen))
            mean = each.unflatten(0, (len(batch), self.draws)).mean(dim=1)
            said: Tensor = mean.clamp(min=torch.finfo(mean.dtype).tiny).log() if "class" in self.axes else mean
        return said
