"""LEX: a selector that says which cells a prediction needs, learned by maximum likelihood."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import frozen, random_state_kept
from aition.core.model import Model, TorchModel
from aition.core.numbers import check_above_zero, check_price, check_share, check_whole
from aition.core.progress import Progress, progress_bar
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.core.unlearned import Unlearned
from aition.impute.groups import EachCell, Groups
from aition.impute.imputer import Imputer
from aition.impute.rows import MarginalRows
from aition.methods.lex import presets
from aition.methods.lex.agreement import check_agreement
from aition.methods.lex.budget import Budget, Free
from aition.methods.lex.estimators import Estimator, LeaveOneOut, StraightThrough
from aition.methods.lex.evaluator import EvalX
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.learning import check, copied, learned, prepared, self_guided, witnessed
from aition.methods.lex.selection import ExactK, Selection
from aition.methods.lex.stages import settled
from aition.methods.lex.training import Law, bounds, parted
from aition.models.selector import Body, DenseSelector

Answer = dict[str, tuple[tuple[str, ...], Tensor]]
Regime = Literal["fixed", "joint", "surrogate", "self"]
Guide = Literal["auto", "model", "labels"]


@dataclass(frozen=True)
class Lex(Unlearned):
    """Explain by a selection of cells with which alone, the others drawn anew, the answer is still the likely one.

    A selector ``p(z | x)`` is learned that maximises ``Σ log E_z E_x' Φ(y; f(x̃))`` with ``x̃ = z·x + (1 - z)·x'``,
    where ``x'`` is drawn by an imputer. :meth:`fit` learns it, once for all series; explaining is then one pass of a
    small network. A budget says how many groups are selected.

    Args:
        selection: The distribution over subsets: ``ExactK(k)``, ``AtMostK(k, among=n)``, ``Contiguous()`` for runs
            along time, or ``Bernoulli()``.
        budget: What selecting costs; ``Free()`` goes with the first two only, and ``ExactK`` with nothing else;
            the others take ``Rate(share)``.
        selector: The network that says the logits, reading series in deviations from the training data.
        groups: Which cells are selected together.
        imputer: From the background to what draws the cells that are not selected, such as ``MarginalRows.fit``, which
            any classmethod ``fit`` of an imputer is, or ``Ready(ConstantImputer())``.
        imputations: Draws of each mask in the bound.
        estimators: Ways to a gradient; of several, the one goes on whose bound on held-out series is highest after a
            short run.
        race: Share of the epochs that this run takes.
        predictor: "fixed" explains the model as it is; "joint" trains a copy of it together with the selector, so that
            the prediction itself is made from the selected cells; "surrogate" first trains a copy on series with random
            subsets left, of the sizes used, and then holds it fixed; "self" first trains a copy by the labels of whole
            series, and then holds it fixed.
        guide: What is wanted: "model" is what the model says of the whole series; "labels" the labels, or, of values,
            what a field ``future`` of the batch holds, in the shape of the model's outputs; "auto" labels where a
            predictor is trained jointly, and else the model. With "self" it is what that predictor says of the whole
            series, and this stays "auto".
        epochs: Passes over the background.
        predictor_epochs: Passes in which a predictor that is trained learns by itself, before the selector begins: a
            surrogate from random subsets, the others from whole series, for what one that is trained jointly has not
            learned then the selector may never find. 0 takes a model that is trained already.
        batch_size: Series a step.
        rate: Step of Adam for the selector; it falls to 0.
        decay: Decoupled decay of the selector's weights a step, in units of ``rate``. Its last biases are left, so that
            a selector that can't tell series apart tends to the subset that serves most of them; with some hundred
            series or fewer, 10.
        warmth: What being undecided is worth at the start, in nats a nat of the entropy of each group's chance; it
            falls to 0 in two fifths of the epochs. Groups that tell something only together, or only of some series,
            are then met before the selector makes up its mind. 0.01 is good with ``Rate``; with ``ExactK``, 0.
        predictor_rate: The same for a predictor.
        held_out: Share of the background that is not learned from, by which the best weights are chosen; with ``Rate``,
            under which the price moves as it learns, it is the last ones.
        draws: Masks by which an explanation's likelihood is found, and imputations of the subset that is shown.
        judged: Whether a judge learns, from the series of the background that are learned from, what the values of
            selected cells say; without one, no answer shows whether its selection hides something.
        evaluator: The judge's settings.
        rivals: Further selectors with other seeds, with whose selections those that are shown are compared; each is
            learned as this one is. 0: none, and no answer shows whether it is stable.
        seed: Of weights, masks and order.

    Returns:
        Explainers answer through what :meth:`fit` returns; see :class:`FittedLex`.

    References:
        Sénétaire, Garreau, Frellsen and Mattei, "Explainability as statistical inference", ICML 2023.
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("l2x", "invase", "realx", "rationale")
    needs_fit: ClassVar[bool] = True

    selection: Selection = field(default_factory=lambda: ExactK(5))
    budget: Budget = field(default_factory=Free)
    selector: Body = field(default_factory=DenseSelector)
    groups: Groups = field(default_factory=EachCell)
    imputer: Callable[[Batch], Imputer] = MarginalRows.fit
    imputations: int = 1
    estimators: tuple[Estimator, ...] = (LeaveOneOut(), StraightThrough())
    race: float = 0.2
    predictor: Regime = "fixed"
    guide: Guide = "auto"
    epochs: int = 30
    predictor_epochs: int = 10
    batch_size: int = 100
    rate: float = 2e-3
    decay: float = 0.0
    warmth: float = 0.0
    predictor_rate: float = 1e-3
    held_out: float = 0.1
    draws: int = 16
    judged: bool = True
    evaluator: EvalX = field(default_factory=EvalX)
    rivals: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.predictor not in ("fixed", "joint", "surrogate", "self"):
            raise InputError(f"predictor must be 'fixed', 'joint', 'surrogate' or 'self', but is {self.predictor!r}")
        if self.guide not in ("auto", "model", "labels"):
            raise InputError(f"guide must be 'auto', 'model' or 'labels', but is {self.guide!r}")
        if self.predictor == "self" and self.guide != "auto":
            raise InputError(f"guide must be 'auto' where predictor='self' is its own guide, but is {self.guide!r}")
        check_agreement(self.selection, self.budget, self.selector, self.warmth)
        if not self.estimators:
            raise InputError("estimators must be one or more, such as (LeaveOneOut(),), but there is none")
        check_whole(self, ("imputations", "epochs", "batch_size", "draws"))
        check_whole(self, ("rivals",), least=0)
        check_whole(self, ("predictor_epochs",), least=int(self.predictor in ("surrogate", "self")))
        check_above_zero(self, ("rate", "predictor_rate"))
        check_share(self, ("race", "held_out"))
        check_price(self, ("warmth",))
        if not 0 <= self.decay * self.rate < 1:
            raise InputError(f"decay must be 0 or more, and below 1 / rate, but is {self.decay}")

    @classmethod
    def l2x(cls, *, k: int = 5, **changes: Any) -> "Lex":
        """L2X: ``k`` relaxed draws with replacement, 0 elsewhere, a predictor of what the model says, trained jointly.

        Distribution, imputation, estimator, its temperature, and what is wanted are as published; networks, epochs and
        rates are those of LEX, here and in the other presets.

        Args:
            k: Draws, and groups that are shown.
            changes: Fields that differ.

        References:
            Chen, Song, Wainwright and Jordan, "Learning to explain: an information-theoretic perspective on model
            interpretation", ICML 2018.
        """
        return cls(**{**presets.l2x(k), **changes})

    @classmethod
    def invase(cls, *, price: float = 0.1, **changes: Any) -> "Lex":
        """INVASE: Bernoulli masks at a price, 0 elsewhere, a predictor of the labels trained jointly.

        The baseline of the score function is what that predictor says of the whole series, and not a third network;
        the mean of the gradient is the same.

        Args:
            price: Nats for selecting everything.
            changes: Fields that differ.

        References:
            Yoon, Jordon and van der Schaar, "INVASE: Instance-wise variable selection using neural networks", ICLR
            2019.
        """
        return cls(**{**presets.invase(price), **changes})

    @classmethod
    def realx(cls, *, price: float = 0.1, **changes: Any) -> "Lex":
        """REAL-X: Bernoulli masks at a price, 0 elsewhere, a predictor that masks of even chance taught, then frozen.

        The published code applies a sigmoid twice to its scores; here a logit has one.

        Args:
            price: Nats for selecting everything.
            changes: Fields that differ.

        References:
            Jethani, Sudarshan, Aphinyanaphongs and Ranganath, "Have we learned to explain?: How interpretability
            methods can learn to encode predictions in their interpretations", AISTATS 2021.
        """
        return cls(**{**presets.realx(price), **changes})

    @classmethod
    def rationale(cls, *, length: float = 0.1, breaks: float = 0.1, **changes: Any) -> "Lex":
        """Rationales: whole steps at a price of their number and of their breaks, a predictor trained jointly.

        The gradient is that of Gumbel-softmax samples of each step, as in the reparameterised form of later code, in
        place of the score function of the paper; the predictor sees masks of 0 and 1. Prices are of the expected mask,
        means over steps and not sums, so that the length of a series changes nothing.

        Args:
            length: Nats for selecting everything.
            breaks: Nats for a change between all neighbouring steps.
            changes: Fields that differ.

        References:
            Lei, Barzilay and Jaakkola, "Rationalizing neural predictions", EMNLP 2016.
        """
        return cls(**{**presets.rationale(length, breaks), **changes})

    @property
    def guided(self) -> bool:
        """Whether what is wanted is what the model, or a predictor that learned by itself, says of whole series."""
        return self.guide == "model" or (self.guide == "auto" and self.predictor != "joint")

    def fit(
        self,
        model: Model,
        background: Batch,
        target: Target = Target.predicted(),  # noqa: B008 - frozen
        *,
        progress: Progress = "auto",
    ) -> FittedLex:
        """Learn a selector; the model is left as it was found.

        The same seed and background give the same weights, bit by bit on one device.

        Args:
            model: What is explained; where a predictor is trained, where that starts.
            background: Series to learn from, with labels where they are the guide.
            target: The question; where it asks for one class, the classes are taken whole.
            progress: "auto" shows a bar on a terminal.

        Raises:
            InputError: Settings do not fit the data.
            TargetError: The question does not fit the outputs or the labels.
            RefusalError: An estimator, or training, needs more than a black box gives.
        """
        check(self, model, background)
        start = model
        if self.predictor != "fixed" and isinstance(model, TorchModel):
            start = copied(model)
        with frozen(model), random_state_kept():
            torch.manual_seed(self.seed)
            data, likelihood, asked = prepared(self, model, background, target)
            inner = with_head_settled(start, data.batch.take([0]))
            imputer = self.imputer(data.batch)
            law = Law(self.selection, self.budget, likelihood, imputer, self.imputations, self.seed)
            trained = {"fixed": 0, "self": 1}.get(self.predictor, 1 + self.rivals)
            total = self.epochs * (1 + self.rivals) + self.predictor_epochs * trained
            with progress_bar("lex", total, progress=progress) as tick:
                if self.predictor == "self":
                    inner, data = self_guided(self, law, inner, data, tick=tick)
                learn, held = parted(data, self.held_out, self.seed)
                spread = likelihood.spread(data.wanted)
                best = learned(self, law, inner, spread, learn, held, tick=tick)
                shift = settled(law, best.selector, learn)
                done = bounds(law, best.selector, best.predictor, best.spread, held, draws=16, shift=shift)
                witness, reasons = witnessed(self, best, shift, law, inner, spread, learn, held, tick=tick)
        own = (best.predictor,) if self.predictor != "fixed" and isinstance(best.predictor, TorchModel) else ()
        for part in (best.selector, best.spread, *(one.module for one in own)):
            part.eval().requires_grad_(False)
        return FittedLex(
            self,
            imputer,
            best.selector,
            best.spread,
            likelihood,
            asked,
            own,
            shift,
            {"held_out_bound": float(done.bound.mean()), "estimator": type(best.estimator).__name__, **reasons},
            witness,
        )
