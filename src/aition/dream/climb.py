"""The climb: parameters of many dreams at once, driven by Adam; levels and borders by an augmented Lagrangian."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import ModelError
from aition.core.model import TorchModel
from aition.core.question import Question
from aition.core.target import Target
from aition.dream.frame import Frame
from aition.dream.landing import landed
from aition.dream.objectives import Constrained, layers_of
from aition.dream.parameterisations import Canvas
from aition.dream.parameterisations.words import Spelled
from aition.dream.recipe import Recipe
from aition.dream.seen import Seen, look
from aition.dream.spelling import respelled
from aition.dream.wishes import Wish

ROUND = 20
"""Steps between two changes of the multipliers."""


@dataclass(eq=False)
class Multipliers:
    """Of constraints of some dreams, equalities and inequalities behind one another, ``[draw, constraint]``.

    References:
        Bertsekas, "Constrained optimization and Lagrange multiplier methods", 1982, chapters 2 and 3.
    """

    n_equal: int
    value: Tensor
    stiffness: float = 2.0

    def charge(self, amiss: Tensor) -> Tensor:
        """The augmented Lagrangian's part of the constraints, ``[draw]``."""
        equal, below = amiss[:, : self.n_equal], amiss[:, self.n_equal :]
        first, second = self.value[:, : self.n_equal], self.value[:, self.n_equal :]
        of_equal = first * equal + 0.5 * self.stiffness * equal.square()
        of_below = (torch.relu(second + self.stiffness * below).square() - second.square()) / (2 * self.stiffness)
        return of_equal.sum(dim=1) + of_below.sum(dim=1)

    def moved(self, amiss: Tensor) -> None:
        """Change the multipliers by what is amiss, and charge more from now on."""
        after = self.value + self.stiffness * amiss
        after[:, self.n_equal :] = torch.relu(after[:, self.n_equal :])
        self.value = after
        self.stiffness = min(1.5 * self.stiffness, 100.0)


@dataclass(frozen=True, eq=False)
class Climb:
    """How some dreams came about.

    Args:
        x: The dreams, ``[draw, time, feature]``, in units of the model.
        course: What was reached at each step, ``[draw, iteration]``.
    """

    x: Tensor
    course: Tensor


@dataclass(frozen=True, eq=False)
class Easel:
    """The canvases of several wishes as one, whose dreams go through the model together.

    Args:
        canvases: One a wish.
        order: Where each dream stands among those of the wishes in turn, ``[draw]``.
    """

    canvases: Sequence[Canvas]
    order: Tensor

    @property
    def stretches(self) -> bool:
        return self.canvases[0].stretches

    def series(self, parameters: Sequence[Tensor]) -> Tensor:
        """Series of all dreams, ``[draw, …]``."""
        made = [one.series(some) for one, some in zip(self.canvases, parameters, strict=True)]
        return torch.cat(made)[self.order]

    def held(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Parameters put back to where they may be."""
        return [one.held(some) for one, some in zip(self.canvases, parameters, strict=True)]

    def price(self, parameters: Sequence[Tensor]) -> Tensor:
        """What the parameters cost, ``[draw]``."""
        cost = [one.price(some) for one, some in zip(self.canvases, parameters, strict=True)]
        return torch.cat(cost)[self.order]


@dataclass(eq=False)
class Climber:
    """Dreams on their way.

    Args:
        model: What dreams; frozen.
        frame: Where.
        recipe: How.
        wishes: What is to be reached, each by its own dreams.
    """

    model: TorchModel
    frame: Frame
    recipe: Recipe
    wishes: Sequence[Wish]
    settled: dict[int, dict[Target, Question]] = field(default_factory=dict)
    bounds: dict[int, Multipliers] = field(default_factory=dict)
    places: list[Batch] = field(init=False)

    def __post_init__(self) -> None:
        self.places = [self.frame.places.take(wish.rows) for wish in self.wishes]

    def run(self, tick: Callable[[int], None]) -> Climb:
        """Take all the steps, and tell each."""
        recipe = self.recipe
        easel = self.easel()
        parameters = [canvas.first.detach().clone().requires_grad_() for canvas in easel.canvases]
        optimizer = torch.optim.Adam(parameters, lr=recipe.rate)
        course = []
        for step in range(recipe.steps):
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
            with torch.enable_grad():
                reached, loss = self.judged(easel, parameters, step)
                slopes = slopes_of(loss, parameters)
            for parameter, slope in zip(parameters, slopes, strict=True):
                parameter.grad = slope
            optimizer.step()
            with torch.no_grad():
                for canvas, parameter in zip(easel.canvases, parameters, strict=True):
                    parameter.copy_(canvas.held(parameter))
            course.append(reached.detach())
            tick(1)
        with torch.no_grad():
            done: Sequence[Tensor] = [
                canvas.finished(some) for canvas, some in zip(easel.canvases, parameters, strict=True)
            ]
            if any(bounds.value.shape[1] for bounds in self.bounds.values()):
                done = landed(done, lambda some: self.amiss(easel, some), easel.held)
                done = landed(done, lambda some: self.amiss(easel, some, equal_alone=True), easel.held)
                spelled = [one for one in easel.canvases if isinstance(one, Spelled)]
                if len(spelled) == len(done):
                    done = respelled(done, lambda some: self.amiss(easel, some), spelled)
            x = self.placed(easel, self.smoothed(easel.series(done)))
        return Climb(x, torch.stack(course, dim=1))

    def easel(self) -> Easel:
        """Canvases for all dreams."""
        return Easel([one.canvas for one in self.wishes], torch.cat([one.rows for one in self.wishes]).argsort())

    def judged(self, easel: Easel, parameters: Sequence[Tensor], step: int) -> tuple[Tensor, Tensor]:
        """What the dreams reach, and what is to become small, ``[draw]`` each."""
        recipe = self.recipe
        series = self.smoothed(easel.series(parameters))
        varied = series
        if recipe.variations and step < (1 - recipe.plain) * recipe.steps:
            for place, change in enumerate(recipe.variations):
                seed = recipe.seed * 1_000_003 + 101 * step + place
                varied = change(varied, self.frame.places.keys, seed)
        seen = self.seen(easel, series)
        other = seen if varied is series else self.seen(easel, varied)
        reached, loss = series.new_zeros(len(series)), easel.price(parameters)
        for penalty in recipe.penalties:
            loss = loss + penalty(series)
        for number, wish in enumerate(self.wishes):
            one = self.part(number, seen)
            two = one if other is seen else self.part(number, other)
            told = wish.objective.measured(one)
            reached = reached.index_copy(0, wish.rows, told)
            loss = loss.index_add(0, wish.rows, self.price_of(number, wish, one, two, told, step))
        return reached, loss

    def price_of(self, number: int, wish: Wish, one: Seen, two: Seen, told: Tensor, step: int) -> Tensor:
        """What is to become small for the dreams of one wish, ``[draw]``, in deviations of what real series reach."""
        scale, loss = wish.scale, torch.zeros_like(told)
        equal, below = self.bound(wish, one, told)
        if not isinstance(wish.objective, Constrained):
            reached = told / scale
            varied = reached if two is one else wish.objective.measured(two) / scale
            loss = self.recipe.aim.loss(reached, varied, wish.wanted / scale)
        amiss = torch.cat([equal, below], dim=1)
        if number not in self.bounds:
            self.bounds[number] = Multipliers(equal.shape[1], torch.zeros_like(amiss.detach()))
        loss = loss + self.bounds[number].charge(amiss)
        if step % ROUND == ROUND - 1:
            self.bounds[number].moved(amiss.detach())
        return loss

    def bound(self, wish: Wish, one: Seen, told: Tensor) -> tuple[Tensor, Tensor]:
        """What is to become 0, and what is not to be above 0, ``[draw, constraint]`` each, in the same deviations."""
        objective, scale = wish.objective, wish.scale
        if isinstance(objective, Constrained):
            return objective.equal(one) / scale, objective.below(one) / scale
        return self.recipe.aim.equal(told / scale, wish.wanted / scale), told[:, None][:, :0]

    def amiss(self, easel: Easel, parameters: Sequence[Tensor], *, equal_alone: bool = False) -> list[Tensor]:
        """What is amiss with the dreams of each wish, ``[draw, constraint]``; or of equalities alone.

        These go first where all can not be had together: a border is where classes are equal.
        """
        seen = self.seen(easel, self.smoothed(easel.series(parameters)))
        found = []
        for number, wish in enumerate(self.wishes):
            one = self.part(number, seen)
            equal, below = self.bound(wish, one, wish.objective.measured(one))
            found.append(equal if equal_alone else torch.cat([equal, torch.relu(below)], dim=1))
        return found

    def part(self, number: int, seen: Seen) -> Seen:
        """What the model says of the dreams of one wish, whose batch has the places' values: questions read none."""
        rows = self.wishes[number].rows
        layers = {name: said[rows] for name, said in seen.layers.items()}
        return Seen(seen.outputs[rows], seen.axes, self.places[number], layers, self.settled.setdefault(number, {}))

    def smoothed(self, series: Tensor) -> Tensor:
        """Series through the recipe's filters."""
        for one in self.recipe.filters:
            series = one(series, self.frame.real)
        return series

    def placed(self, easel: Easel, series: Tensor) -> Tensor:
        """Series as the model takes them."""
        return self.frame.placed(series, stretches=easel.stretches)

    def seen(self, easel: Easel, series: Tensor) -> Seen:
        """What the model says of series."""
        names = layers_of([wish.objective for wish in self.wishes])
        return look(self.model, self.frame.places.with_x(self.placed(easel, series)), names, {})


def slopes_of(loss: Tensor, parameters: Sequence[Tensor]) -> Sequence[Tensor]:
    """The gradient of a loss by each of several parameters.

    Raises:
        ModelError: None flows from the series to what is driven, or one is NaN or Inf.
    """
    if not bool(torch.isfinite(loss).all()):
        raise ModelError(
            f"what is driven must be finite, but is NaN or Inf for {int((~torch.isfinite(loss)).sum())} of {len(loss)} "
            "dreams: the model answers so to series between or beyond the real ones; give it another recipe, such as "
            "preset('calibrated'), or mend it"
        )
    found = torch.autograd.grad(loss.sum(), parameters, allow_unused=True) if loss.requires_grad else (None,)
    slopes = [one for one in found if one is not None]
    if len(slopes) < len(parameters):
        raise ModelError(
            "no gradient flows from x to what is driven: the forward function cuts it (detach, no_grad, rounding), or "
            "the model reads ids only; name its embedding"
        )
    if not all(bool(torch.isfinite(one).all()) for one in slopes):
        raise ModelError(
            "the gradient from x to what is driven must be finite, but is NaN or Inf: the forward function has a step "
            "without one, such as the square root of 0; add a small number there"
        )
    return slopes
