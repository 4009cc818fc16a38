"""Dynamask: masks held to an area, smooth in time, in several sizes of which the best is taken."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model, TorchModel, white_box
from aition.core.question import Question
from aition.methods.masks.loop import Descent, Growing, learned_apart, mini_batches
from aition.methods.masks.objective import DRAWS, Loss, Objective
from aition.methods.masks.perturbation import Fade, Perturbation, Widen
from aition.methods.masks.replacement import Draws

Answer = dict[str, tuple[tuple[str, ...], Tensor]]
TIE = 1e-3
"""Values of a mask that differ by less share their place in the order, so that rounding decides nothing."""


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
        enough: A mask is good enough if it leaves at most this distance (in deletion: takes away all but this); 0
            takes the best.
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
        - ``kept`` ``[sample]``: the share that the chosen mask was held to.
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

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """Masks of a batch; see the class.

        Raises:
            RefusalError: No gradients lead to the values, or cross-entropy does not fit the target.
        """
        inner = white_box(model, "Dynamask")
        parts = (rows for some in mini_batches(len(batch), size=inner.rows, rows=inner.rows) for rows in some)
        answers = [self.some(inner, batch, question, torch.tensor(rows)) for rows in parts]
        return {name: (axes, torch.cat([one[name][1] for one in answers])) for name, (axes, _) in answers[0].items()}

    def some(self, model: TorchModel, batch: Batch, question: Question, rows: Tensor) -> Answer:
        """The variables of some series."""
        objective = Objective.of(
            model,
            batch.take(rows),
            question.take(rows),
            game=self.game,
            loss=self.loss,
            relative=self.relative,
            absence=self.perturbation.absence,
            seed=self.seed,
            mix=self.perturbation,
        )
        if self.game == "deletion":
            objective = replace(objective, wanted=objective.wanted + objective.shift)
        held = [self.held(objective, share) for share in self.keep]
        masks, distances, costs = (torch.stack(part) for part in zip(*held, strict=True))
        chosen, row = self.chosen(distances / objective.unit, costs), torch.arange(len(rows), device=masks.device)
        mask = masks[chosen, row]
        return {
            "attribution": (("sample", "time", "feature"), mask),
            "kept": (("sample",), mask.new_tensor(self.keep)[chosen]),
            "fidelity": (("sample",), distances[chosen, row]),
            "effect": (("sample",), objective.effect),
            "size": (("sample",), mask.flatten(1).sum(dim=1) / objective.count),
        }

    def held(self, objective: Objective, share: float) -> tuple[Tensor, Tensor, Tensor]:
        """Masks held to a share: themselves, the distances they leave, and their costs, ``[sample]`` both."""
        absence = self.perturbation.absence
        with torch.no_grad():
            draws = absence(objective.batch, seed=self.seed)
        cost = AreaCost(objective, self, draws, share)
        descent = Descent(self.rate, self.steps, self.cooled, projected=True, tolerance=0.0)
        price = Growing(self.area_weight, self.dilation ** (1 / self.steps))
        start = torch.full_like(
            objective.batch.x, self.start, dtype=torch.promote_types(objective.batch.x.dtype, torch.float32)
        )
        mask, paid = learned_apart(cost, start, descent, price)
        mask = mask * objective.cells
        fresh = range(self.steps, self.steps + DRAWS) if absence.redrawn else range(1)
        with torch.no_grad():
            distance = torch.stack([objective.distance(mask, draws(draw)) for draw in fresh]).mean(dim=0)
            size, rest = cost(mask, self.steps)
        return mask, distance, paid * size + rest

    def chosen(self, distances: Tensor, costs: Tensor) -> Tensor:
        """Which share each series' mask was held to, ``[sample]``, from ``[share, sample]``."""
        best = costs.argmin(dim=0)
        if not self.enough:
            return best
        good = distances <= self.enough if self.game == "preservation" else distances >= 1 - self.enough
        areas = distances.new_tensor(self.keep)[:, None].where(good, torch.inf)
        return torch.where(good.any(dim=0), areas.argmin(dim=0), best)


@dataclass(frozen=True, eq=False)
class AreaCost:
    """How far masks are from an area, and the distance they leave with the changes they make from step to step.

    Args:
        objective: The series, and what their masks are held to.
        settings: Of the masks.
        draws: What stands where nothing is kept.
        share: Of a series' cells, to be kept.
    """

    objective: Objective
    settings: Dynamask
    draws: Draws
    share: float

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
        count = self.objective.count[:, None]
        lines = torch.where(self.objective.cells.bool(), mask, torch.inf).flatten(1)
        order = lines.sort(dim=1).values
        first = torch.searchsorted(order, lines - TIE)
        after = torch.searchsorted(order, lines + TIE, side="right").minimum(count.long())
        least = count - (self.share * count).round()
        return ((after - first.maximum(least)).clamp(min=0) / (after - first).clamp(min=1)).reshape(mask.shape)

    def roughness(self, mask: Tensor) -> Tensor:
        """Mean of ``|m[t+1] - m[t]|`` over pairs of cells that both can be masked."""
        cells = self.objective.cells
        pairs = cells[:, 1:] * cells[:, :-1]
        return ((mask[:, 1:] - mask[:, :-1]).abs() * pairs).flatten(1).sum(dim=1) / pairs.flatten(1).sum(dim=1).clamp(
            min=1
        )

    def take(self, rows: Tensor) -> "AreaCost":
        """The cost of some of the series."""
        some = self.objective.take(rows)
        return replace(
            self, objective=some, draws=self.settings.perturbation.absence(some.batch, seed=self.settings.seed)
        )
