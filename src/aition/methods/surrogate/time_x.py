"""TimeX: masks that show a surrogate just enough of a series for it to behave as the model does."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.background import check_enough, check_steps
from aition.core.batch import Batch
from aition.core.draws import words
from aition.core.errors import InputError, TargetError
from aition.core.events import is_events
from aition.core.freeze import frozen
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.numbers import check_above_zero, check_fraction, check_price, check_seed, check_share, check_whole
from aition.core.parts import whole_question
from aition.core.progress import Progress, progress_bar
from aition.core.question import Question
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.core.unlearned import Unlearned
from aition.methods.surrogate.behaviour import Behaviour, consistency
from aition.methods.surrogate.drawing import change_cost, drawn_mask, size_cost
from aition.methods.surrogate.fitted import FittedTimeX
from aition.methods.surrogate.reader import reader_of
from aition.models.descent import Pace, descended
from aition.models.selector import Body, ConvolutionalSelector, selector_of

OPEN = 4.0
"""What is added to the log-odds of all cells at first, so that the surrogate learns to read before little is shown."""


@dataclass(frozen=True)
class TimeX(Unlearned):
    """Attribute by the chance that a cell is shown to a surrogate, which :meth:`fit` learns once for all series.

    Two networks learn together. An extractor says of every cell with what chance it is shown; a mask of 0 and 1 is
    drawn from these, with a straight-through gradient, and what is not shown is noise by the feature's mean and
    deviation. A surrogate reads the rest. It is to say what the model says, and to put series where the model puts
    them: the distances between its latents are held to those between the model's outputs ("behaviour consistency").
    That few cells are shown, and neighbours alike, has a price. Where cells are shown by chance alone, each with the
    chance ``share``, the surrogate is to say what is said on average: else it would know one class by being shown
    nothing, and that class would have no explanation.

    The model is asked once for its outputs, so black boxes are explained too, and no gradient of it is needed. The
    published method holds latents to those of a layer of the model; here its outputs stand for them. What is explained
    is therefore which cells suffice to tell what the model says, which is not always what the model itself looks at.
    Statics are read by both networks, always shown, and get no chance; times between steps are not read.

    Args:
        extractor: The network that says the chances, reading series in deviations from the background.
        reader: The layers of the surrogate.
        width: States of each step of the surrogate.
        n_latent: Components of its latent.
        share: The prior r: the chance that a cell is shown where nothing speaks for it, in (0, 1).
        size_weight: What the divergence of the chances from ``share`` costs, a nat a cell.
        change_weight: What changes of the chance from step to step cost.
        consistency_weight: What behaviour consistency weighs beside saying what the model says.
        chance_weight: What it weighs that nothing is told by cells that are shown by chance; 0, as published, leaves it
            out.
        warmth: How soft the draws are through which gradients come.
        growing: Share of the epochs, in [0, 1], over which ``size_weight`` and ``change_weight`` grow from 0, and in
            which nearly all is shown at first: a surrogate that is shown little before it can read never learns to.
        epochs: Passes over the background.
        batch_size: Series a step, which are held against each other.
        rate: Step of Adam; it falls to 0.
        held_out: Share of the background that is not learned from, by which the best weights are chosen; one series at
            least, and all but two at most.
        seed: Of weights, draws and order.

    Returns:
        Explainers answer through what :meth:`fit` returns; see :class:`FittedTimeX`.

    References:
        Queen, Hartvigsen, Koker, He, Tsiligkaridis and Zitnik, "Encoding time-series explanations through
        self-supervised model behavior consistency", NeurIPS 2023.
    """

    needs_fit: ClassVar[bool] = True

    extractor: Body = field(default_factory=lambda: ConvolutionalSelector((32, 32, 32, 32)))
    reader: Body = field(default_factory=lambda: ConvolutionalSelector((32, 32, 32)))
    width: int = 32
    n_latent: int = 16
    share: float = 0.1
    size_weight: float = 1.0
    change_weight: float = 1.0
    consistency_weight: float = 0.5
    chance_weight: float = 0.2
    warmth: float = 1.0
    growing: float = 0.5
    epochs: int = 20
    batch_size: int = 32
    rate: float = 3e-3
    held_out: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        check_seed(self)
        check_whole(self, ("width", "n_latent", "epochs"))
        check_whole(self, ("batch_size",), least=2)
        check_above_zero(self, ("warmth", "rate"))
        check_price(self, ("size_weight", "change_weight", "consistency_weight", "chance_weight"))
        check_share(self, ("share", "held_out"))
        check_fraction(self, ("growing",))

    def fit(
        self,
        model: Model,
        background: Batch,
        target: Target = Target.predicted(),  # noqa: B008 - frozen
        *,
        progress: Progress = "auto",
    ) -> FittedTimeX:
        """Learn extractor and surrogate; the model is left as it was found, and asked for its outputs alone.

        The same seed and background give the same weights, bit by bit on one device.

        Args:
            model: What is explained.
            background: Series to learn from; labels are not read.
            target: The question; where it asks for one class, all classes are learned.
            progress: "auto" shows a bar on a terminal.

        Raises:
            InputError: The background is a list of events, or of fewer than 4 series.
            TargetError: The target takes steps whole, or asks for a step that a series has not.
            ModelError: Values are not finite.
        """
        if is_events(background):
            raise InputError(f"TimeX learns from series, but {background!r} is a list of events; put it on a grid")
        check_enough(background)
        asked = whole_question(target)
        with frozen(model):
            batch = background.to(device=model.device, dtype=model.dtype)
            batch = model.embedded(batch) if isinstance(model, TorchModel) else batch
            inner = with_head_settled(model, batch.take([0]))
            outputs = outputs_of(inner, batch)
            question = asked.resolve(outputs, batch, axes=model.axes)
            check_one_place(question)
            said = question.select(outputs).to(batch.x).detach()
            return self.learned(batch, said, asked, classes=question.whole == ("class",), progress=progress)

    def learned(
        self, batch: Batch, outputs: Tensor, target: Target, *, classes: bool, progress: Progress
    ) -> FittedTimeX:
        """What is learned from series and what the model says of them, ``[sample, output]``."""
        behaviour = Behaviour.of(outputs, classes=classes and outputs.shape[1] > 1)
        order = words(batch.keys, self.seed).argsort().cpu()
        n_held = min(max(1, round(self.held_out * len(order))), len(order) - 2)
        told = Told(batch, outputs)
        learn, held = told.take(order[n_held:].sort().values), told.take(order[:n_held].sort().values)
        longest = int(batch.lengths.max())
        extractor = selector_of(self.extractor, learn.batch, seed=self.seed, longest=longest)
        reader = reader_of(
            self.reader,
            learn.batch,
            width=self.width,
            n_latent=self.n_latent,
            n_output=outputs.shape[1],
            longest=longest,
            seed=self.seed + 1,
        )
        fitted = FittedTimeX(self, extractor, reader, behaviour, target, longest)
        pace = Pace(self.epochs, self.batch_size, self.rate, self.seed)
        grown = max(1.0, self.growing * self.epochs * math.ceil(len(learn) / self.batch_size))
        with progress_bar("time-x", self.epochs, progress=progress) as tick:
            descended(
                (extractor, reader),
                lambda some, step: self.cost(fitted, some, draw=step, price=min(1.0, step / grown)),
                learn=learn,
                held=held,
                pace=pace,
                tick=tick,
            )
        for network in (extractor, reader):
            network.eval().requires_grad_(False)
        return fitted

    def cost(self, fitted: FittedTimeX, some: "Told", *, draw: int, price: float = 1.0) -> Tensor:
        """What a draw of the masks of some series costs, one number, with a share of the price of masks."""
        batch, behaviour = some.batch, fitted.behaviour
        logits, cells = fitted.extractor(batch), (batch.observed & batch.cells).to(batch.x.dtype)
        mask = drawn_mask(logits + OPEN * (1 - price), batch, warmth=self.warmth, seed=self.seed, draw=draw)
        latent, said = fitted.reader(fitted.shown(batch, mask, draw=draw))
        likeness = consistency(behaviour.place(some.outputs), latent)
        masks = self.size_weight * size_cost(logits, cells, self.share) + self.change_weight * change_cost(
            logits, cells
        )
        cost = (behaviour.distance(some.outputs, said) + price * masks).mean()
        if self.chance_weight:
            cost = cost + self.chance_weight * self.by_chance(fitted, batch, draw=draw)
        return cost + self.consistency_weight * likeness

    def by_chance(self, fitted: FittedTimeX, batch: Batch, *, draw: int) -> Tensor:
        """How far the surrogate is from the average where cells are shown by chance, over a quarter of the series."""
        some = batch.take(torch.arange((len(batch) + 3) // 4))
        even = torch.full_like(some.x, math.log(self.share / (1 - self.share)))
        mask = drawn_mask(even, some, warmth=self.warmth, seed=self.seed + 1, draw=draw)
        _, said = fitted.reader(fitted.shown(some, mask, draw=draw))
        return fitted.behaviour.distance(fitted.behaviour.usual.expand(len(some), -1), said).mean()


@dataclass(frozen=True, eq=False)
class Told:
    """Series, and what the model says of them, ``[sample, output]``."""

    batch: Batch
    outputs: Tensor

    def __len__(self) -> int:
        return len(self.batch)

    def take(self, rows: Tensor) -> "Told":
        """Pick samples."""
        return Told(self.batch.take(rows), self.outputs[rows.to(self.outputs.device)])


def check_one_place(question: Question) -> None:
    """Raise unless every series has the one place that is asked about.

    Raises:
        TargetError: Steps are taken whole, or a series has not the step.
    """
    if "time" in question.whole:
        raise TargetError(
            "TimeX relates one answer of each series to those of the others, but the target takes all steps; ask for "
            "one step, such as Target.whole('class', time='last')"
        )
    check_steps(question)
