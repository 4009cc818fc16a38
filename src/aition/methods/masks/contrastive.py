"""ContrastiveMask: sparse gates, before a replacement that resembles series which the model answers otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.freeze import frozen
from aition.core.model import Model, TorchModel, white_box
from aition.core.numbers import check_above_zero, check_price, check_seed, check_whole
from aition.core.precision import varies
from aition.core.question import Question
from aition.core.target import Target
from aition.core.variables import Variables
from aition.methods.masks.background import drawn_series, question_of
from aition.methods.masks.finished import finished
from aition.methods.masks.gate import Flat, Gates, LocalTrend, Trend
from aition.methods.masks.gated_cost import JointGates, OwnGates
from aition.methods.masks.generator import Learned
from aition.methods.masks.loop import Aimed, Descent, learned_apart, learned_together, mini_batches
from aition.methods.masks.objective import DRAWS, Loss, Objective
from aition.methods.masks.replacement import Replacement
from aition.methods.masks.start import Even
from aition.methods.masks.triplet import Company, answered_alike, contrast


@dataclass(frozen=True)
class ContrastiveMask:
    """Attribute by sparse gates that keep what the model says, before a replacement learned from contrasts.

    A gate is a mask with noise, ``clamp(μ' + ε, 0, 1)``, whose expected openness has a price; ``μ' = 2 m σ(τ m)``
    takes a trend τ of its feature into account. What stands where a gate closes is written by a generator, which
    :meth:`fit` learns on a background, together with trends where there are any: each replacement is drawn towards
    those of series that the model answers otherwise, and away from those of its own group. Then both are frozen, and
    each series' gates are learned by themselves, so chunks, order and company change nothing beyond rounding.

    It is not the ``contrast`` of :class:`ExtremalMask`, which pushes finished masks towards 0 and 1 and looks at no
    other series.

    Missing values stay missing: their attribution is 0, as is that of padding. Statics and further inputs stay as they
    are.

    Args:
        replacement: What stands where a gate takes a value away. Only one that is still ``Learned()`` is drawn by
            contrasts; any other serves as it is.
        trend: What makes gates of a feature steeper or flatter along its steps: nothing, or, as published,
            ``LocalTrend()``, which is learned in the fit.
        loss: "squared" is the weighted mean of squares over the selected outputs; "cross-entropy", against the class
            that is wanted most, needs a target that takes the classes whole.
        size_weight: α, what the expected share of open gates costs beside the distance, which is 0 with everything kept
            and 1 with nothing (of squares; in nats for the cross-entropy).
        contrast_weight: β, what the contrasts cost in the fit; 0 leaves them out.
        replacement_weight: What the mean size of a replacement costs in the fit, in deviations of its feature, counted
            from 0 as published, so that series should be standardised; where it is small, the generator gives the
            answer away, and gates close on what matters.
        margin: By how much a replacement should be nearer to those of the other groups than to its own, in deviations.
        company: Whether a replacement is held against the "replacements" of the others, as published, or against the
            "series" themselves.
        others: Series of each kind that one is held against at most.
        noise: Deviation of ε, in units of the mask.
        rate: Length of the first step of a mask.
        steps: Steps of a mask.
        cooled: Let steps shrink to 0 in a straight line, so that the noise leaves none.
        epochs: Times that the fit sees its background.
        fit_rate: Length of the first step of its weights, and of the masks beside them.
        seed: Of noise, first weights and draws.

    Returns:
        - ``attribution`` ``[sample, time, feature]``: the gate without noise, in [0, 1].
        - ``perturbation`` ``[sample, time, feature]``: the replacement, in units of ``x``.
        - ``fidelity`` ``[sample]``: the distance that remains behind these gates, 0 at best, in units of the outputs
          squared, or nats.
        - ``effect`` ``[sample]``: the squared distance between the outputs of the series and of an absent one.
        - ``size`` ``[sample]``: the mean of the gates over the observed cells, in [0, 1].

    References:
        Liu et al., "Explaining time series via contrastive and locally sparse perturbations", ICLR 2024 (ContraLSP).
        There masks and generator are learned together on the series that are explained, and groups are clusters of
        replacements; here they are what the model says.
    """

    rounding: ClassVar[float] = 1e-4

    replacement: Replacement = field(default_factory=Learned)
    trend: Trend = field(default_factory=Flat)
    loss: Loss = "squared"
    size_weight: float = 1.0
    contrast_weight: float = 1.0
    replacement_weight: float = 1.0
    margin: float = 1.0
    company: Company = "replacements"
    others: int = 8
    noise: float = 0.5
    rate: float = 0.1
    steps: int = 50
    cooled: bool = True
    epochs: int = 40
    fit_rate: float = 0.03
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (("loss", self.loss, get_args(Loss)), ("company", self.company, get_args(Company))):
            if value not in known:
                raise InputError(f"{name} must be one of {', '.join(map(repr, known))}, but is {value!r}")
        for name, such in (("replacement", "Learned()"), ("trend", "Flat()")):
            value = getattr(self, name)
            if isinstance(value, type) or not callable(value):
                raise InputError(f"{name} must be one with its settings, such as {such}, but is {value!r}")
        check_seed(self)
        check_price(self, ("size_weight", "contrast_weight", "replacement_weight", "margin"))
        check_above_zero(self, ("noise", "rate", "fit_rate"))
        check_whole(self, ("others", "steps", "epochs"))

    @property
    def needs_fit(self) -> bool:
        """Whether :meth:`fit` must be called before series are explained."""
        return self.replacement.needs_fit or self.trend.needs_fit

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        """Gates of a batch; see the class.

        Raises:
            RefusalError: Nothing was fitted, no gradients lead to the values, or cross-entropy does not fit the target.
        """
        inner = white_box(model, "ContrastiveMask")
        if self.needs_fit:
            raise RefusalError(
                "ContrastiveMask is still to be fitted; call fit(model, background, target) and explain with what it "
                "returns, or take replacement=Fixed() and trend=Flat()"
            )
        parts = (rows for some in mini_batches(len(batch), size=inner.rows, rows=inner.rows) for rows in some)
        answers = [self.alone(self.objective(inner, batch, question, rows)) for rows in parts]
        return {name: (axes, torch.cat([one[name][1] for one in answers])) for name, (axes, _) in answers[0].items()}

    def fit(
        self, model: Model, background: Batch, target: Target, *, most: int = 128, batch_size: int = 32
    ) -> "ContrastiveMask":
        """The same explainer with a generator and trends that were learned on a background, and are frozen from now on.

        What is learned hangs on all series of a mini-batch together, by the contrasts; what is explained afterwards
        does not.

        Args:
            model: What will be explained; left as it was found.
            background: Series to learn from; they need not be those explained.
            target: The question.
            most: Series used at most, drawn by their keys and the seed, so that their order does not matter.
            batch_size: Series in a mini-batch.

        Raises:
            InputError: There is nothing to learn, or a replacement that ExtremalMask fits; ``most`` or ``batch_size``
                is below 1.
            TargetError: A series has not the step that is asked for.
            ModelError: What the model says of a series is not finite.
            RefusalError: No gradients lead to the values.
        """
        if not self.needs_fit:
            raise InputError("replacement must be Learned() or trend LocalTrend() to be fitted, but neither is")
        if self.replacement.needs_fit and not isinstance(self.replacement, Learned):
            came = type(self.replacement).__name__
            raise InputError(f"replacement must be Learned() or need no fit, but is {came}(); gather it beforehand")
        inner = white_box(model, "ContrastiveMask")
        with frozen(inner):
            batch = drawn_series(inner, background, most=most, batch_size=batch_size, seed=self.seed)
            return self.learned(inner, batch, question_of(inner, batch, target), batch_size=batch_size)

    def learned(self, model: TorchModel, batch: Batch, question: Question, *, batch_size: int) -> "ContrastiveMask":
        """The explainer with what is learned from a batch as a whole."""
        batches = mini_batches(len(batch), size=batch_size, rows=model.rows)
        pieces = {rows: self.objective(model, batch, question, rows) for parts in batches for rows in parts}
        made, trend, weights = self.replacement, self.trend, list[Tensor]()
        if isinstance(made, Learned):
            made = made.fresh(batch, seed=self.seed)
            weights += made.module.parameters()
        if isinstance(trend, LocalTrend):
            trend = trend.fresh(batch, seed=self.seed)
            weights += trend.module.parameters()
        done = replace(self, replacement=made, trend=trend)
        together = isinstance(self.replacement, Learned)
        groups = {
            parts[0]: answered_alike(
                question.take(torch.arange(parts[0].start, parts[-1].stop)),
                torch.cat([pieces[rows].wanted for rows in parts]),
            )
            for parts in batches
        }
        cost = JointGates(
            pieces,
            lambda rows: done.gates(pieces[rows].batch),
            {rows: made(one.batch, seed=self.seed) for rows, one in pieces.items()},
            partial(self.contrasts, batch, deviations(batch), groups) if together else nothing,
            self.size_weight,
        )
        with torch.no_grad():
            start = torch.cat([Even(1.0)(one, one.batch.x) for one in pieces.values()])
        learned_together(cost, start, weights, replace(self.descent, rate=self.fit_rate, steps=self.epochs), batches)
        for weight in weights:
            weight.requires_grad_(False)
        return done

    def contrasts(
        self,
        batch: Batch,
        scale: Tensor,
        groups: Mapping[range, Tensor],
        parts: Sequence[range],
        values: Sequence[Tensor],
    ) -> Tensor:
        """What the replacements of a mini-batch cost, one number: their contrasts and their size."""
        some = batch.take(torch.arange(parts[0].start, parts[-1].stop))
        value = torch.cat(list(values)) / scale
        size = (value.abs() * some.observed).flatten(1).sum(dim=1) / some.observed.flatten(1).sum(dim=1).clamp(min=1)
        cost = self.replacement_weight * size.mean()
        if not self.contrast_weight:
            return cost
        other = value if self.company == "replacements" else some.x / scale
        terms = contrast(value, other, some, groups[parts[0]], margin=self.margin, company=self.others, seed=self.seed)
        return cost + self.contrast_weight * terms.mean()

    @property
    def descent(self) -> Descent:
        """How masks move."""
        return Descent(self.rate, self.steps, self.cooled, projected=True, tolerance=0)

    def objective(self, model: TorchModel, batch: Batch, question: Question, rows: range) -> Objective:
        """What the gates of some series are held to."""
        some = torch.tensor(rows)
        return Objective.of(
            model,
            batch.take(some),
            question.take(some),
            game="preservation",
            loss=self.loss,
            relative=True,
            absence=self.replacement.absence,
            seed=self.seed,
        )

    def gates(self, batch: Batch) -> Gates:
        """The gates of some series."""
        return Gates(batch, self.trend(batch), self.noise, self.seed)

    def alone(self, objective: Objective) -> Variables:
        """The variables of some series, whose gates are learned each by its own optimiser."""
        with torch.no_grad():
            draws, gates = self.replacement(objective.batch, seed=self.seed), self.gates(objective.batch)
            start = Even(1.0)(objective, draws(0))
        mask, _ = learned_apart(
            OwnGates(objective, gates, self.replacement, draws), start, self.descent, Aimed(self.size_weight)
        )
        fresh = range(self.steps, self.steps + DRAWS) if self.replacement.redrawn else range(1)
        with torch.no_grad():
            share, values = gates.still(mask) * objective.cells, [draws(draw) for draw in fresh]
        return finished(objective, share, values, signed=False)


def nothing(_parts: Sequence[range], values: Sequence[Tensor]) -> Tensor:
    """What replacements cost that are not learned."""
    return values[0].new_zeros(())


def deviations(batch: Batch) -> Tensor:
    """Deviation of what was observed of each feature, ``[feature]``, in units of ``x``; 1 where it never varies."""
    seen = batch.observed.to(batch.x.dtype)
    count = seen.sum(dim=(0, 1)).clamp(min=1)
    mean = (batch.x * seen).sum(dim=(0, 1)) / count
    spread = (((batch.x - mean) * seen).square().sum(dim=(0, 1)) / count).sqrt()
    return torch.where(varies(spread, mean), spread, 1)
