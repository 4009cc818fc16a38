"""Dynamask: masks held to an area, smooth in time, in several sizes of which the best is taken."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, TorchModel, white_box
from aition.core.question import Question
from aition.core.variables import Variables
from aition.methods.masks.loop import Descent, Growing, learned_apart
from aition.methods.masks.objective import DRAWS, Loss, Objective
from aition.methods.masks.perturbation import Fade, Perturbation, Widen
from aition.methods.masks.replacement import Draws
from aition.methods.masks.start import Even

TIE = 1e-3
"""Values of a mask that differ by less share their place in the order, so that rounding decides nothing.

Their sharing fades with their difference: nothing jumps."""


@dataclass(frozen=True)
class Dynamask:
    """Attribute by a mask of a given area that keeps, or changes most, what the model says.

    For each share in ``keep`` a mask goes down ``distance + λ(step) · mean((sorted(m) - r)²) + smoothness ·
    mean|m[t+1] - m[t]|``, where ``r`` is 1 for that share of a series' cells and else 0, and λ grows, so that masks end
    near 0 and 1. Of each series' masks one is taken: the smallest that is good enough, else the best. Each series has
    its own mask, optimiser and choice, so chunks, order and padding change nothing beyond rounding, of which the order
    of nearly equal cells makes some 1e-3.

    Missing values stay missing: their attribution is 0, as is that of padding. Statics and further inputs stay as they
    are.

    Args:
        game: "preservation" finds cells that suffice to keep ``f(x)``; "deletion" finds those whose loss moves the
            outputs furthest from it.
        perturbation: How values are taken away.
        loss: "squared" is the weighted mean of squares over the selected outputs; "cross-entropy", against the class
            that is wanted most, needs a target that takes the classes whole.
        relative: Divide squared distances by the effect of losing everything, so that 0 is everything kept and 1
            nothing.
        keep: Shares of the cells that masks are held to, each in (0, 1).
        enough: A mask is good enough if it leaves at most this distance more than a mask of 1 does (in deletion: if it
            takes away all of the effect but this share); 0 takes the best. It is judged with the mask as it is, small
            values included.
        area_weight: λ at the first step.
        dilation: By how much λ grows until the last.
        smoothness: What changes from step to step cost.
        start: Value of all cells at first.
        rate: Length of the first step, in units of the mask.
        steps: Steps.
        cooled: Let steps shrink to 0 in a straight line.
        seed: Of random replacements.

    Returns:
        - ``attribution`` ``[sample, time, feature]``: the mask, in [0, 1].
        - ``kept`` ``[sample]``: the share that the chosen mask was held to, which is no proof that so few cells do.
        - ``fidelity`` ``[sample]``: the distance between the outputs with the mask and those of the series, in units of
          the outputs squared, or nats.
        - ``effect`` ``[sample]``: the squared distance between the outputs of the series and of an absent one.
        - ``size`` ``[sample]``: the mean of the mask over the observed cells, in [0, 1].

    References:
        Crabbé and van der Schaar, "Explaining time series predictions with dynamic masks", ICML 2021: equations 3 to 6.
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("paper",)
    rounding: ClassVar[float] = 1e-3

    game: Literal["preservation", "deletion"] = "preservation"
    perturbation: Perturbation = field(default_factory=Fade)
    loss: Loss = "squared"
    relative: bool = True
    keep: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
    enough: float = 0.1
    area_weight: float = 0.1
    dilation: float = 100.0
    smoothness: float = 0.1
    start: float = 0.5
    rate: float = 0.05
    steps: int = 100
    cooled: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.game not in ("preservation", "deletion"):
            raise InputError(f"game must be 'preservation' or 'deletion', but is {self.game!r}")
        if self.loss not in get_args(Loss):
            raise InputError(f"loss must be one of {', '.join(map(repr, get_args(Loss)))}, but is {self.loss!r}")
        if not self.keep or not all(0 < share < 1 for share in self.keep):
            raise InputError(f"keep must be shares above 0 and below 1, but is {list(self.keep)}")
        for name in ("area_weight", "enough", "smoothness"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} must be 0 or more, but is {getattr(self, name)}")
        if not self.dilation > 0:
            raise InputError(f"dilation must be above 0, but is {self.dilation}")
        if not 0 <= self.start <= 1:
            raise InputError(f"start must be in [0, 1], but is {self.start}")
        if self.enough and self.game == "deletion" and not (self.relative and self.loss == "squared"):
            raise InputError(
                "enough must be 0 in the deletion game unless distances are squared and relative, for only then a "
                f"share of the effect is known; but enough is {self.enough}, loss {self.loss!r} and relative "
                f"{self.relative}"
            )
        if self.perturbation.absence.needs_fit:
            raise InputError(
                "perturbation must have a replacement that needs no fit, such as SeriesMean() or "
                f"DonorStep.of(background), but has {type(self.perturbation.absence).__name__}"
            )
        Descent(self.rate, self.steps, self.cooled, projected=True, tolerance=0.0)

    @classmethod
    def paper(cls, **changes: Any) -> "Dynamask":
        """The setting that Enguehard (2023) publishes for hidden Markov models ("State").

        Ten shares from .25 to .34, a blur of width 1, λ from .1 to 10, smoothness 1, 1000 steps of .001, and the best
        of the ten. The published choice is one for all series; here it is each series' own.

        Args:
            changes: Fields that differ.
        """
        published = cls(
            perturbation=Widen(1.0),
            relative=False,
            keep=tuple(share / 100 for share in range(25, 35)),
            enough=0.0,
            smoothness=1.0,
            rate=0.001,
            steps=1000,
            cooled=False,
        )
        return replace(published, **changes)

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        """Masks of a batch; see the class.

        Raises:
            RefusalError: No gradients lead to the values, or cross-entropy does not fit the target.
        """
        inner = white_box(model, "Dynamask")
        row = torch.arange(len(batch) * len(self.keep))
        sample, share = row // len(self.keep), torch.tensor(self.keep, dtype=torch.float64)[row % len(self.keep)]
        parts = [
            self.held(inner, batch.take(sample[some]), question.take(sample[some]), share[some])
            for some in row.split(inner.rows)
        ]
        cells = ("sample", "time", "feature")
        mask, distance, excess, cost, effect = (
            torch.cat(part).unflatten(0, (len(batch), len(self.keep))) for part in zip(*parts, strict=True)
        )
        chosen = self.chosen(excess, cost)
        each = torch.arange(len(batch), device=mask.device)
        mask = mask[each, chosen]
        return {
            "attribution": (cells, mask),
            "kept": (("sample",), mask.new_tensor(self.keep)[chosen]),
            "fidelity": (("sample",), distance[each, chosen]),
            "effect": (("sample",), effect[:, 0]),
            "size": (("sample",), mask.flatten(1).sum(dim=1) / batch.observed.flatten(1).sum(dim=1).clamp(min=1)),
        }

    def held(self, model: TorchModel, batch: Batch, question: Question, share: Tensor) -> tuple[Tensor, ...]:
        """Masks of series, each held to its share, ``[row, time, feature]``.

        With them the distances they leave, what is beyond those of a mask of 1 in the objective's unit, their costs,
        and the effects of their series, ``[row]`` all.
        """
        objective = Objective.of(
            model,
            batch,
            question,
            game=self.game,
            loss=self.loss,
            relative=self.relative,
            absence=self.perturbation.absence,
            seed=self.seed,
            mix=self.perturbation,
        )
        if self.game == "deletion":
            objective = replace(objective, wanted=objective.wanted + objective.shift)
        absence = self.perturbation.absence
        with torch.no_grad():
            draws = absence(batch, seed=self.seed)
        cost = AreaCost(objective, self, draws, share.to(objective.count))
        descent = Descent(self.rate, self.steps, self.cooled, projected=True, tolerance=0.0)
        price = Growing(self.area_weight, self.dilation ** (1 / self.steps))
        mask, paid = learned_apart(cost, Even(self.start)(objective, batch.x), descent, price)
        mask = mask * objective.cells
        fresh = range(self.steps, self.steps + DRAWS) if absence.redrawn else range(1)
        with torch.no_grad():
            distance = torch.stack([objective.distance(mask, draws(draw)) for draw in fresh]).mean(dim=0)
            least = (
                objective.distance(torch.ones_like(mask), draws(0)) if self.loss == "cross-entropy" else 0 * distance
            )
            size, rest = cost(mask, self.steps)
        return mask, distance, (distance - least) / objective.unit, paid * size + rest, objective.effect

    def chosen(self, distances: Tensor, costs: Tensor) -> Tensor:
        """Which share each series' mask was held to, ``[sample]``, from ``[sample, share]``."""
        best = costs.argmin(dim=1)
        if not self.enough:
            return best
        good = distances <= self.enough if self.game == "preservation" else distances >= 1 - self.enough
        areas = distances.new_tensor(self.keep).where(good, torch.inf)
        return torch.where(good.any(dim=1), areas.argmin(dim=1), best)


@dataclass(frozen=True, eq=False)
class AreaCost:
    """How far masks are from an area, and the distance they leave with the changes they make from step to step.

    Args:
        objective: The series, and what their masks are held to.
        settings: Of the masks.
        draws: What stands where nothing is kept.
        share: Of each series' cells, to be kept, ``[sample]``.
    """

    objective: Objective
    settings: Dynamask
    draws: Draws
    share: Tensor

    def __call__(self, mask: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Mean squares to the area, and the rest, ``[sample]`` both."""
        one, sign = self.objective, 1 if self.settings.game == "preservation" else -1
        with torch.no_grad():
            value = self.draws(step)
        distance = sign * one.distance(mask, value) / one.unit
        return self.area(mask), distance + self.settings.smoothness * self.roughness(mask)

    def area(self, mask: Tensor) -> Tensor:
        """Mean over a series' cells of ``(sorted(m) - r)²``, where cells of one value share what they are held to."""
        with torch.no_grad():
            wanted = self.wanted(mask.detach())
        return (self.objective.cells * (mask - wanted) ** 2).flatten(1).sum(dim=1) / self.objective.count

    def wanted(self, mask: Tensor) -> Tensor:
        """What each cell is held to by its place among those of its series, ``[sample, time, feature]``, in [0, 1]."""
        count = (self.share * self.objective.count).round()[:, None]
        lines = torch.where(self.objective.cells.bool(), mask, -1).flatten(1).double()
        order = lines.sort(dim=1).values
        above = soft_count(order, lines + TIE / 2)
        with_it = soft_count(order, lines - 3 * TIE / 2)
        return ((count - above) / (with_it - above).clamp(min=1)).clamp(0, 1).to(mask.dtype).reshape(mask.shape)

    def roughness(self, mask: Tensor) -> Tensor:
        """Mean of ``|m[t+1] - m[t]|`` over pairs of cells that both can be masked, rounded off within ``TIE`` of 0."""
        cells = self.objective.cells
        pairs = cells[:, 1:] * cells[:, :-1]
        changes = functional.huber_loss(mask[:, 1:], mask[:, :-1], reduction="none", delta=TIE) / TIE
        return (changes * pairs).flatten(1).sum(dim=1) / pairs.flatten(1).sum(dim=1).clamp(min=1)

    def take(self, rows: Tensor) -> "AreaCost":
        """The cost of some of the series."""
        some = self.objective.take(rows)
        return replace(
            self, objective=some, draws=self.settings.perturbation.absence(some.batch, seed=self.settings.seed)
        )


def soft_count(order: Tensor, edge: Tensor) -> Tensor:
    """How many values lie above an edge, ``[sample, edge]``; one that lies less than ``TIE`` above counts in part.

    Args:
        order: Values in rising order, ``[sample, value]``, in double precision.
        edge: ``[sample, edge]``.

    >>> values = torch.tensor([[0.0, 0.5, 0.5 + TIE / 4]], dtype=torch.float64)
    >>> soft_count(values, torch.tensor([[-0.1, 0.5, 0.6]], dtype=torch.float64)).round(decimals=6).tolist()
    [[3.0, 0.25, 0.0]]
    """
    sums = functional.pad(order.cumsum(dim=1), (1, 0))
    low, high = torch.searchsorted(order, edge), torch.searchsorted(order, edge + TIE)
    part = sums.gather(1, high) - sums.gather(1, low) - (high - low) * edge
    return order.shape[1] - high + part / TIE
