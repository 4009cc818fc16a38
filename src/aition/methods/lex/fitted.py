"""A selector that was learned, as an explainer."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.freeze import frozen, random_state_kept
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.parts import axis_of, check_part
from aition.core.question import Question
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.impute.imputer import Imputer
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.evaluator import EvalX
from aition.methods.lex.fitted_evaluator import nobody
from aition.methods.lex.likelihood import Classes, Likelihood, labelled_rows, wanted_by_labels
from aition.methods.lex.outcomes import edges_of
from aition.methods.lex.saying import Saying
from aition.methods.lex.training import Data, Law, bounds, parted
from aition.methods.lex.witness import (
    HEARD,
    MASKS,
    Witness,
    cells_of,
    drawn_in,
    judgeable,
    judges_of,
    of_masks,
    overlap_of,
    shown,
    unfit,
)
from aition.models.selector import logits_of

if TYPE_CHECKING:
    from aition.methods.lex.lex import Lex

Answer = dict[str, tuple[tuple[str, ...], Tensor]]


@dataclass(frozen=True, eq=False)
class FittedLex:
    """A selector that was learned by :meth:`aition.methods.Lex.fit`, as an explainer.

    What is selected explains the whole answer that it was learned for, whichever class or horizon of it is asked for;
    several targets have the same selection.

    Args:
        settings: How it was learned.
        imputer: What draws the cells that are not selected.
        selector: The network that says the logits.
        spread: What the likelihood learned.
        likelihood: How answers are held to what is wanted.
        target: The question that it was learned for.
        own: The predictor, where it was trained; empty where the explained model is it.
        shift: What is added to all logits, so that the share selected is that of the budget.
        notes: What is known of the training: the bound of held-out series, the estimator that went on, and why there is
            no judge or no rival, where there is none.
        witness: The judge of what selected values say, and rivals of other seeds.

    Returns:
        - ``attribution`` ``[sample, time, feature]``: the probability that the cell's group is selected, in [0, 1]; 0
          where nothing was observed, and where nothing can be taken away.
        - ``selected`` ``[sample, time, feature]``: whether it is in the subset that is shown, bool.
        - ``log_likelihood`` ``[sample]``: the bound of the answer, of what is selected alone, in nats: of the label
          where labels were the guide and there is one, else of what the model says.
        - ``expected`` ``[sample, output]``: the mean answer over masks and imputations: chances of the classes, or
          values in the units of the model. The axis is ``outcome`` where the model has an axis ``output`` itself.
        - ``expected_of_selected`` ``[sample, output]``: the same of the one subset that is shown.
        - ``own_log_likelihood`` ``[sample]``: of the answer by that, in nats.
        - ``values_log_likelihood`` ``[sample]``: of the answer by the judge, from the values of ``selected`` alone.
        - ``chosen_log_likelihood`` ``[sample]``: by the judge, who is told that just these cells were chosen.
        - ``own_likelihood_of_masks`` and ``values_likelihood_of_masks`` ``[sample]``: of the answer by the mean chance
          over 4 masks that are drawn, by the predictor, and by a judge of such masks in its place, in nats. Where it
          tells the answer which masks are drawn, the former is more, and so are ``log_likelihood`` and ``expected``.
        - ``judged`` ``[sample]``: whether nothing has been learned from the series, and it has the answer that the
          judge learned, bool; where not, what judges say means nothing.
        - ``stability`` ``[sample]``: mean overlap (Jaccard) of ``selected`` with what rivals select, in [0, 1].

        Of values, the last likelihoods are of the interval that the answer lies in, of the ``bins`` of
        :class:`aition.checks.EvalX` that each hold an equal share of the background, the mean over outputs. What was
        not measured is left out; :func:`aition.checks.honesty` reads all of it.

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
    witness: Witness = field(default_factory=Witness)

    @property
    def seed(self) -> int:
        return self.settings.seed

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each draw of each mask."""
        return self.settings.draws * self.settings.imputations

    def predictor(self, model: Model) -> Model:
        """What answers: the predictor that was trained, in the precision of the explained model, or that model."""
        if not self.own:
            return model
        (own,) = self.own
        if (own.device, own.dtype) == (model.device, model.dtype):
            return own
        return replace(own, module=copy.deepcopy(own.module).to(device=model.device, dtype=model.dtype))

    def logits(self, batch: Batch, candidates: Candidates) -> Tensor:
        """What the selector says of each group, ``[sample, group]``.

        Raises:
            RefusalError: Series have other features or static columns than those it was learned from.
        """
        return candidates.pooled(logits_of(self.selector, batch)) + self.shift

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """The selection of each series; see the class.

        Raises:
            RefusalError: What is asked is no part of what it was learned for.
        """
        return self.answered(model, batch, [question])

    def many(self, model: Model, batch: Batch, questions: Sequence[Question]) -> Answer:
        """The same for every target, with the axis ``target`` behind ``sample``: what is selected explains them all."""
        return {
            name: ((axes[0], "target", *axes[1:]), value[:, None].expand(-1, len(questions), *value.shape[1:]))
            for name, (axes, value) in self.answered(model, batch, questions).items()
        }

    def answered(self, model: Model, batch: Batch, questions: Sequence[Question]) -> Answer:
        """The selection of each series, which is that of every question."""
        if is_events(batch):
            raise RefusalError("Lex selects cells of series, but the batch is a list of events; put them on a grid")
        data = self.asked(model, batch)
        candidates = data.candidates
        for question in questions:
            check_part(question, data.question, self.target)
        logits = self.logits(batch, candidates)
        chosen = self.settings.selection.mode(logits, candidates)
        chance = self.settings.selection.inclusion(logits, candidates)[:, None]
        can, selected = (candidates.group >= 0) & candidates.known, shown(chosen, candidates)
        found = bounds(
            self.law(),
            partial(logits_of, self.selector),
            self.predictor(model),
            self.spread,
            data,
            draws=self.settings.draws,
            shift=self.shift,
        )
        edges, draws = self.witness.edges.to(batch.x), self.settings.draws
        saying = Saying(self.law(), self.predictor(model), self.spread, data, edges, draws)
        cells, outputs = ("sample", "time", "feature"), saying.outputs(selected)
        return {
            "attribution": (cells, candidates.spread(chance)[:, 0] * can),
            "selected": (cells, selected),
            "log_likelihood": (("sample",), found.bound),
            "expected": (("sample", axis_of(data.question)), found.expected),
            **self.of_selected(saying, outputs),
            **self.testimony(saying, selected, outputs),
        }

    def of_selected(self, saying: Saying, outputs: Tensor) -> Answer:
        """What the predictor says of the one subset that is shown, from its outputs for every imputation."""
        each = self.likelihood.expected(outputs).unflatten(0, (len(saying.data), saying.draws))
        found: Answer = {"expected_of_selected": (("sample", axis_of(saying.data.question)), each.mean(dim=1))}
        if saying.edges.shape[1] or isinstance(self.likelihood, Classes):
            found["own_log_likelihood"] = ("sample",), saying.likelihood(saying.chances(outputs)).to(outputs)
        return found

    def testimony(self, saying: Saying, selected: Tensor, outputs: Tensor) -> Answer:
        """What the judge and the rivals say of the selected cells, of which the predictor says these outputs."""
        mine, data, batch = self.witness, saying.data, saying.data.batch
        found: Answer = {}
        for judge in mine.judge:
            heard = saying.chances(outputs) if judge.listens else nobody(selected)
            good = judgeable(mine, batch, data.question, self.likelihood, labelled=not self.settings.guided)
            found["judged"] = ("sample",), good
            for name, told in (("values", False), ("chosen", True)):
                said = judge.log_chances(batch, selected, heard, chosen=told)
                found[f"{name}_log_likelihood"] = ("sample",), saying.likelihood(said).to(batch.x)
        for judge in mine.drawn:
            cells = drawn_in(saying.law, self.selector, self.shift, data, MASKS)
            own, values = of_masks(judge, replace(saying, draws=HEARD), cells)
            found["own_likelihood_of_masks"] = ("sample",), own.to(batch.x)
            found["values_likelihood_of_masks"] = ("sample",), values.to(batch.x)
        if mine.rivals:
            law = self.settings.selection
            others = [cells_of(law, one.selector, one.shift, batch, data.candidates) for one in mine.rivals]
            found["stability"] = ("sample",), overlap_of(selected, others).to(batch.x)
        return found

    def with_judge(self, model: Model, background: Batch, how: EvalX = EvalX()) -> "FittedLex":  # noqa: B008 - frozen
        """The same selector with a judge, such as of a fit that was told to keep none.

        Args:
            model: What is explained.
            background: Series that the judge learns from, and will not judge, nor those that the selector learned from;
                a share of them, that of the settings, is held out, as in the fit: best give it the same series.
            how: The judge's settings.

        Raises:
            InputError: There are fewer than 20 series without those held out, or they are too large for a dense judge.
        """
        with frozen(model), random_state_kept():
            batch = background.to(device=model.device, dtype=model.dtype)
            batch = model.embedded(batch) if isinstance(model, TorchModel) else batch
            inner = with_head_settled(model, batch.take([0]))
            data = self.asked(inner, batch)
            learn, held = parted(data, self.settings.held_out, self.settings.seed)
            if why := unfit(learn.batch):
                raise InputError(why)
            edges = edges_of(self.likelihood, learn.wanted, how.bins)

            def says(some: Data) -> Saying:
                return Saying(self.law(), self.predictor(inner), self.spread, some, edges, HEARD)

            found = judges_of(how, self.law(), self.selector, self.shift, says, learn, held)
        notes = {name: note for name, note in self.notes.items() if name != "not_judged"}
        learned = torch.cat([self.witness.learned.to(found.learned), found.learned]).unique()
        return replace(self, notes=notes, witness=replace(found, rivals=self.witness.rivals, learned=learned))

    def law(self) -> Law:
        """How is selected, imputed and judged."""
        mine = self.settings
        return Law(mine.selection, mine.budget, self.likelihood, self.imputer, mine.imputations, mine.seed)

    def asked(self, model: Model, batch: Batch) -> Data:
        """A batch with what is asked of it, and what is wanted: labels where they are the guide, else the answer."""
        said = self.predictor(model) if self.settings.predictor == "self" else model
        outputs = outputs_of(said, batch)
        question = self.target.resolve(outputs, batch, axes=said.axes)
        wanted = self.likelihood.wanted_of(question.select(outputs).to(batch.x))
        if not self.settings.guided and len(known := labelled_rows(self.likelihood, question, batch)):
            some = wanted_by_labels(self.likelihood, question.take(known), batch.take(known))
            wanted = wanted.index_copy(0, known, some)
        return Data(batch, Candidates.of(batch, self.settings.groups), question, wanted)
