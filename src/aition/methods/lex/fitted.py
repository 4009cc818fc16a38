"""A selector that was learned, as an explainer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.events import is_events
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.question import Question
from aition.core.target import Target
from aition.impute.imputer import Imputer
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.likelihood import Likelihood, labelled_rows, wanted_by_labels
from aition.methods.lex.selector import logits_of
from aition.methods.lex.training import Data, Found, Law, bounds

if TYPE_CHECKING:
    from aition.methods.lex.lex import Lex

Answer = dict[str, tuple[tuple[str, ...], Tensor]]


@dataclass(frozen=True, eq=False)
class FittedLex:
    """A selector that was learned by :meth:`aition.methods.lex.Lex.fit`, as an explainer.

    What is selected explains the whole answer, whichever class is asked for.

    Args:
        settings: How it was learned.
        imputer: What draws the cells that are not selected.
        selector: The network that says the logits.
        spread: What the likelihood learned.
        likelihood: How answers are held to what is wanted.
        target: The question that it was learned for.
        own: The predictor, where it was trained; empty where the explained model is it.
        shift: What is added to all logits, so that the share selected is that of the budget.
        notes: What is known of the training: the bound of held-out series, the estimator that went on.

    Returns:
        - ``attribution`` ``[sample, time, feature]``: the probability that the cell's group is selected, in [0, 1]; 0
          where nothing was observed, and where nothing can be taken away.
        - ``selected`` ``[sample, time, feature]``: whether it is in the subset that is shown, bool.
        - ``log_likelihood`` ``[sample]``: the bound of the answer, of what is selected alone, in nats: of the label
          where labels were the guide and there is one, else of what the model says.
        - ``expected`` ``[sample, output]``: the mean answer over masks and imputations: chances of the classes, or
          values in the units of the model.

    References:
        Sénétaire, Garreau, Frellsen and Mattei, "Explainability as statistical inference", ICML 2023.
    """

    exempt: ClassVar[Mapping[str, str]] = {
        "every-class-can-be-asked": "what is selected explains all classes together",
        "an-inert-feature-gets-less-than-the-one-that-matters": "a selector belongs to the model that it was fitted to",
        "other-weights-give-another-answer": "a selector belongs to the weights that it was fitted to; fit it anew",
        "planted-cells-are-found": "a selector belongs to the model that it was fitted to; fit it anew",
    }

    settings: "Lex"
    imputer: Imputer
    selector: nn.Module
    spread: nn.Module
    likelihood: Likelihood
    target: Target
    own: tuple[TorchModel, ...] = ()
    shift: float = 0.0
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        return self.settings.seed

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each draw of each mask."""
        return self.settings.draws * self.settings.imputations

    def predictor(self, model: Model) -> Model:
        """What answers: the predictor that was trained, or the explained model."""
        return self.own[0] if self.own else model

    def logits(self, batch: Batch, candidates: Candidates) -> Tensor:
        """What the selector says of each group, ``[sample, group]``.

        Raises:
            RefusalError: Series have other features or static columns than those it was learned from.
        """
        return candidates.pooled(logits_of(self.selector, batch)) + self.shift

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """The selection of each series; see the class."""
        if is_events(batch):
            raise RefusalError("Lex selects cells of series, but the batch is a list of events; put them on a grid")
        candidates = Candidates.of(batch, self.settings.groups)
        logits = self.logits(batch, candidates)
        chosen = self.settings.selection.mode(logits, candidates)[:, None]
        chance = self.settings.selection.inclusion(logits, candidates)[:, None]
        can = (candidates.group >= 0) & candidates.known
        found = self.judged(model, batch, candidates)
        cells = ("sample", "time", "feature")
        return {
            "attribution": (cells, candidates.spread(chance)[:, 0] * can),
            "selected": (cells, candidates.spread(chosen)[:, 0] & can),
            "log_likelihood": (("sample",), found.bound),
            "expected": (("sample", "output"), found.expected),
        }

    def law(self) -> Law:
        """How is selected, imputed and judged."""
        mine = self.settings
        return Law(mine.selection, mine.budget, self.likelihood, self.imputer, mine.imputations, mine.seed)

    def asked(self, model: Model, batch: Batch, candidates: Candidates) -> Data:
        """A batch with what is asked of it, and what is wanted: labels where they are the guide, else the answer."""
        outputs = outputs_of(model, batch)
        question = self.target.resolve(outputs, batch, axes=model.axes)
        wanted = self.likelihood.wanted_of(question.select(outputs).to(batch.x))
        if not self.settings.guided and len(known := labelled_rows(self.likelihood, question, batch)):
            some = wanted_by_labels(self.likelihood, question.take(known), batch.take(known))
            wanted = wanted.index_copy(0, known, some)
        return Data(batch, candidates, question, wanted)

    def judged(self, model: Model, batch: Batch, candidates: Candidates) -> Found:
        """How the selection does on a batch, in the eyes of the predictor."""
        data, draws = self.asked(model, batch, candidates), self.settings.draws
        return bounds(
            self.law(), self.selector, self.predictor(model), self.spread, data, draws=draws, shift=self.shift
        )
