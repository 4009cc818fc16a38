"""ExtremalMask: the fewest cells that keep, or change, what a model says."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import frozen
from aition.core.model import Model, TorchModel, white_box
from aition.core.question import Question
from aition.core.target import Target
from aition.core.variables import Variables
from aition.methods.masks.background import drawn_series, question_of
from aition.methods.masks.contrast import check_contrast, contrasted
from aition.methods.masks.cost import JointCost, OwnCost
from aition.methods.masks.finished import finished
from aition.methods.masks.generator import Learned
from aition.methods.masks.loop import Aimed, Descent, learned_apart, learned_together, mini_batches
from aition.methods.masks.objective import DRAWS, Game, Loss, Objective
from aition.methods.masks.replacement import DonorStep, InTurn, Replacement
from aition.methods.masks.rescale import check_aim, rescaled
from aition.methods.masks.start import Even, Start


@dataclass(frozen=True)
class ExtremalMask:
    """Attribute by the smallest mask under which the model still says the same.

    A mask ``m`` in [0, 1] mixes every cell with a replacement, ``x·m + r·(1 - m)``, and goes down
    ``size_weight · mean(m) + distance`` by Adam, one forward and backward pass a step. Each series has its own mask,
    optimiser and draws, so chunks, order and padding change nothing beyond rounding; the one exception is ``together``.
    Its many steps amplify rounding: in float32 to some 1e-6, but in a model with kinks (ReLU) single series may settle
    on another mask that costs nearly the same. In double precision (``module.double()``) they do not.
    Missing values stay missing: their attribution is 0, as is that of padding. Statics and further inputs stay as they
    are.

    The default is not the published setting (:meth:`paper`): values are replaced by a baseline and by those of random
    steps in turn, so that a value does not pass for unimportant because it is near the baseline; the distance is
    relative, so that one ``size_weight`` serves any model; masks are projected and steps shrink, so that fifty of them
    are enough. It ranks cells best; masks nearer to 0 and 1 come from ``replacement=Fixed()`` and a ``contrast``.

    Args:
        game: "preservation" finds cells that suffice to keep ``f(x)``; "deletion" finds cells without which the model
            says what it says of an absent series; "deletion-as-published" has the penalty ``|1 - m|``, under which
            a fixed replacement makes every mask 1.
        replacement: What stands where the mask takes a value away.
        loss: "squared" is the weighted mean of squares over the selected outputs; "cross-entropy", against the class
            that is wanted most, needs a target that takes the classes whole.
        relative: Divide squared distances by ``effect``, so that 0 is everything kept and 1 nothing.
        size_weight: λ1, what the mean of a mask costs beside the distance; where there is a ``target_fidelity``, at the
            first step.
        target_fidelity: Distance that each mask shall leave: λ1 is found for each series on the way, and answered as
            ``price``, and what is still amiss at the end is made good by shrinking or raising the mask as a whole. It
            is met to rounding by a fixed replacement, on average by a random one. 0 lets λ1 stay.
        replacement_weight: λ2, what the mean size of a learned replacement costs, so that it does not play the model
            alone.
        start: First masks.
        rate: Length of the first step, in units of the mask.
        steps: Steps, or times that all series are seen where they are learned together.
        cooled: Let steps shrink to 0 in a straight line, so that random replacements leave no noise.
        projected: Bring masks back into [0, 1] after each step; without it a cell that left has no gradient.
        tolerance: A series is done when no cell of its mask moved further within ten steps; 0 goes on to the end.
        together: Series in a mini-batch of one optimiser that all series share, with a generator that is learned
            jointly; then a mask hangs on all series of its Batch. 0 gives each series its own.
        contrast: How far finished masks are pushed towards masks of 0 and 1, by the one of sixteen thresholds whose
            mask costs least; nearly equal ones share. 0 leaves masks as they are; below 1 the order of cells is kept.
        signed: Give each cell of the mask the sign of its push.
        seed: Of random replacements and of a generator's first weights.

    Returns:
        - ``attribution`` ``[sample, time, feature]``: the mask, in [0, 1]; signed, in [-1, 1].
        - ``perturbation`` ``[sample, time, feature]``: the replacement, in units of ``x``; one draw where it is random.
        - ``fidelity`` ``[sample]``: the distance that remains, 0 at best, in units of the outputs squared, or nats;
          where replacements are random, its mean over draws that the mask was not learned on.
        - ``effect`` ``[sample]``: the squared distance between the outputs of the series and of an absent one.
        - ``size`` ``[sample]``: the mean of the mask over the observed cells, in [0, 1].
        - ``price`` ``[sample]``: λ1 at the end, where there is a ``target_fidelity``.
        - ``push`` ``[sample, time, feature]``: what the cell adds to the mean of the selected outputs, or, where
          classes are taken whole, how far it carries them from those of an absent series to those of the series; in
          units of the outputs; only where ``signed``.

    References:
        Enguehard, "Learning perturbations to explain time series predictions", ICML 2023: the learned replacement.
        Fong, Patrick and Vedaldi, "Understanding deep networks via extremal perturbations and smooth masks", ICCV 2019:
        the games.
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("paper",)
    rounding: ClassVar[float] = 1e-4

    game: Game = "preservation"
    replacement: Replacement = field(default_factory=InTurn)
    loss: Loss = "squared"
    relative: bool = True
    size_weight: float = 0.2
    target_fidelity: float = 0.0
    replacement_weight: float = 0.1
    start: Start = field(default_factory=lambda: Even(1.0))
    rate: float = 0.05
    steps: int = 50
    cooled: bool = True
    projected: bool = True
    tolerance: float = 0.0
    together: int = 0
    contrast: float = 0.0
    signed: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (("game", self.game, get_args(Game)), ("loss", self.loss, get_args(Loss))):
            if value not in known:
                raise InputError(f"{name} must be one of {', '.join(map(repr, known))}, but is {value!r}")
        for name in ("size_weight", "target_fidelity", "replacement_weight", "together"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name} must be 0 or more and finite, but is {getattr(self, name)}")
        for name, such in (("replacement", "Fixed()"), ("start", "Even(1.0)")):
            value = getattr(self, name)
            if isinstance(value, type) or not callable(value):
                raise InputError(f"{name} must be one with its settings, such as {such}, but is {value!r}")
        if not isinstance(self.together, int):
            raise InputError(f"together must be a whole number of series, but is {self.together}")
        if self.together and self.tolerance:
            raise InputError(
                "tolerance ends each series by itself, but together learns them as one; leave one of them at 0, "
                f"but they are {self.tolerance} and {self.together}"
            )
        check_aim(self.target_fidelity, together=self.together, size_weight=self.size_weight)
        check_contrast(self.contrast, target_fidelity=self.target_fidelity)
        Descent(self.rate, self.steps, self.cooled, self.projected, self.tolerance)

    @classmethod
    def paper(cls, **changes: Any) -> "ExtremalMask":
        """The published setting of the experiment on hidden Markov models ("State").

        One bidirectional generator and all masks under one optimiser, in mini-batches of 100, 500 epochs; λ 1 and 1,
        Adam at .01, from .5, no projection. All masks hang together, so the Batch is learned as a whole. The variants:
        ``paper(replacement=Fixed(), steps=2000)`` for rare features and times (no generator, and then the cost of
        every mini-batch holds the mean of all masks) and ``paper(loss="cross-entropy")`` for MIMIC-III.

        Args:
            changes: Fields that differ.
        """
        published = cls(
            replacement=Learned(),
            relative=False,
            size_weight=1.0,
            replacement_weight=1.0,
            start=Even(0.5),
            rate=0.01,
            steps=500,
            cooled=False,
            projected=False,
            together=100,
        )
        return replace(published, **changes)

    @property
    def descent(self) -> Descent:
        """How masks move."""
        return Descent(self.rate, self.steps, self.cooled, self.projected, self.tolerance)

    @property
    def last_draws(self) -> range:
        """Draws by which finished masks are changed as a whole; neither those learned on nor those judged on."""
        first = self.steps + DRAWS
        return range(first, first + (DRAWS if self.replacement.redrawn else 1))

    @property
    def needs_fit(self) -> bool:
        """Whether :meth:`fit` must be called before series are explained."""
        return self.replacement.needs_fit and not self.together

    @property
    def one_chunk(self) -> bool:
        """Whether masks hang on all series of a Batch, so that it must not be cut."""
        return self.together > 0

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        """Masks of a batch; see the class.

        Raises:
            RefusalError: No gradients lead to the values, a replacement is still to be learned, or cross-entropy does
                not fit the target.
        """
        inner = white_box(model, "ExtremalMask")
        if self.together:
            done, objectives, masks = self.jointly(inner, batch, question)
            answers = [done.answer(one, mask) for one, mask in zip(objectives, masks, strict=True)]
        else:
            parts = (rows for some in mini_batches(len(batch), size=inner.rows, rows=inner.rows) for rows in some)
            answers = [self.alone(self.objective(inner, batch, question, rows)) for rows in parts]
        return {name: (axes, torch.cat([one[name][1] for one in answers])) for name, (axes, _) in answers[0].items()}

    def fit(
        self, model: Model, background: Batch, target: Target, *, most: int = 256, batch_size: int = 64
    ) -> "ExtremalMask":
        """The same explainer with its replacement made from a background, then frozen: each mask is its series' own.

        A generator is learned; donors are gathered.

        Args:
            model: What will be explained; left as it was found.
            background: Series to learn from; they need not be those explained.
            target: The question.
            most: Series used at most, drawn by their keys and the seed, so that their order does not matter.
            batch_size: Series in a mini-batch.

        Raises:
            InputError: There is nothing to learn; ``most`` or ``batch_size`` is below 1.
            TargetError: A series has not the step that is asked for.
            ModelError: What the model says of a series is not finite.
        """
        if not self.replacement.needs_fit:
            came = f"{type(self.replacement).__name__}, which needs no fit"
            raise InputError(f"replacement must be Learned() or DonorStep() to be fitted, but is {came}")
        if isinstance(self.replacement, InTurn):
            parts = [replace(self, replacement=part) for part in self.replacement.parts]
            fitted = [
                part.fit(model, background, target, most=most, batch_size=batch_size) if part.needs_fit else part
                for part in parts
            ]
            return replace(self, replacement=InTurn(tuple(part.replacement for part in fitted)))
        inner = white_box(model, "ExtremalMask")
        with frozen(inner):
            batch = drawn_series(inner, background, most=most, batch_size=batch_size, seed=self.seed)
            if isinstance(self.replacement, DonorStep):
                return replace(self, replacement=DonorStep.of(batch))
            done, _, _ = replace(self, together=batch_size).jointly(inner, batch, question_of(inner, batch, target))
        return replace(done, together=0)

    def objective(self, model: TorchModel, batch: Batch, question: Question, rows: range) -> Objective:
        """What the masks of some series are held to."""
        some = torch.tensor(rows)
        return Objective.of(
            model,
            batch.take(some),
            question.take(some),
            game=self.game,
            loss=self.loss,
            relative=self.relative,
            absence=self.replacement.absence,
            seed=self.seed,
        )

    def alone(self, objective: Objective) -> Variables:
        """The variables of some series whose masks are learned each by its own optimiser."""
        with torch.no_grad():
            draws = self.replacement(objective.batch, seed=self.seed)
            first = draws(0)
        cost = OwnCost(objective, self.replacement, draws, seed=self.seed)
        price = Aimed(self.size_weight, self.target_fidelity)
        mask, paid = learned_apart(cost, self.start(objective, first), self.descent, price)
        if not self.target_fidelity:
            return self.answer(objective, mask)
        with torch.no_grad():
            values = [draws(draw) for draw in self.last_draws]
        mask = rescaled(objective, mask.clamp(0, 1), values, aim=self.target_fidelity)
        return self.answer(objective, mask) | {"price": (("sample",), paid)}

    def jointly(
        self, model: TorchModel, batch: Batch, question: Question
    ) -> "tuple[ExtremalMask, list[Objective], list[Tensor]]":
        """One optimiser for all series: the explainer with what was learned, and objectives and masks part by part."""
        batches = mini_batches(len(batch), size=self.together, rows=model.rows)
        pieces = {rows: self.objective(model, batch, question, rows) for parts in batches for rows in parts}
        made, weights = self.replacement, tuple[Tensor, ...]()
        if isinstance(self.replacement, Learned):
            generated = self.replacement.fresh(batch, seed=self.seed)
            made, weights = generated, tuple(generated.module.parameters())
        draws = {rows: made(one.batch, seed=self.seed) for rows, one in pieces.items()}
        with torch.no_grad():
            start = torch.cat([self.start(one, draws[rows](0)) for rows, one in pieces.items()])
        cost = JointCost.of(
            pieces,
            draws,
            batches,
            learned=bool(weights),
            size_weight=self.size_weight,
            replacement_weight=self.replacement_weight,
        )
        mask = learned_together(cost, start, weights, self.descent, batches)
        for weight in weights:
            weight.requires_grad_(False)
        return replace(self, replacement=made), list(pieces.values()), [mask[rows.start : rows.stop] for rows in pieces]

    def answer(self, objective: Objective, mask: Tensor) -> Variables:
        """The variables of some series, from what was learned."""
        fresh = range(self.steps, self.steps + DRAWS) if self.replacement.redrawn else range(1)
        share = mask.clamp(0, 1) * objective.cells
        with torch.no_grad():
            draws = self.replacement(objective.batch, seed=self.seed)
            if self.contrast:
                last = [draws(draw) for draw in self.last_draws]
                share = contrasted(objective, share, last, price=self.size_weight, contrast=self.contrast)
            values = [draws(draw) for draw in fresh]
        return finished(objective, share, values, signed=self.signed)
