"""Occlusion: windows that slide over steps and features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.signals import Signal, answered, sheet, signals, unfolded
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in, draws_of
from aition.methods.occlusion.falls import falls

Slide = tuple[int, int]
"""Width of a window and the stride from one to the next."""


@dataclass(frozen=True)
class Occlusion(ForSeveral):
    """Attribute by the fall of the target when a window is replaced: the mean over the windows that cover a cell.

    Windows begin at the first existing step of each sample and end at its last, so padding changes nothing and gets 0.
    Static columns, and all columns of further signals, are replaced one by one. A value that was not observed is its
    fill value; a baseline treats it as any other, an imputer leaves it. An imputer knows ``x`` alone: static columns
    and further signals keep their values, and there is nothing said of them.

    Args:
        window: Steps replaced at once.
        stride: Steps from one window to the next; at most ``window``.
        features: Features replaced at once; 0 for all.
        feature_stride: Features from one window to the next; at most ``features``, where that is not 0.
        baseline: What is put in their place; of an imputer the mean over draws given the other cells.
        n_draw: Draws of an imputer.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target, positive where a cell supports it;
        likewise ``attribution_static`` and ``attribution_<field>`` where there are such signals.

    References:
        Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(Occlusion(), model, from_tensors(torch.ones(1, 3, 2)), Target.scalar())
    >>> torch.allclose(torch.tensor(answer.attribution.values[0]), model.module.weight, atol=1e-6)
    True
    """

    window: int = 1
    stride: int = 1
    features: int = 1
    feature_stride: int = 1
    baseline: StandIn = field(default_factory=ConstantBaseline)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_slide("window", self.window, "stride", self.stride)
        if self.features:
            check_slide("features", self.features, "feature_stride", self.feature_stride)
        check_stand_in(self.baseline, self.n_draw)

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each window and draw."""
        return 1 + draws_of(self.baseline, self.n_draw) * sum(
            int(windows(torch.tensor(signal_steps(signal)), time)) * int(windows(torch.tensor(width), along))
            for name, signal in signals(batch).items()
            for width in (sheet(signal.value, signal.axes).shape[2],)
            for time, along in (self.slides(name, width),)
        )

    def slides(self, name: str, width: int) -> tuple[Slide, Slide]:
        """How windows slide over the steps and the columns of a signal."""
        if name != "x":
            return (self.window, self.stride), (1, 1)
        return (self.window, self.stride), (self.features, self.feature_stride) if self.features else (width, width)

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        filling = Filling.of(batch, self.baseline, n_draw=self.n_draw)
        attributions = {name: self.occluded(model, filling, questions, name=name) for name in filling.filled}
        return answered(batch, attributions, several=several)

    def occluded(self, model: Model, filling: Filling, questions: Sequence[Question], *, name: str) -> Tensor:
        """Attributions of one signal, ``[sample, question, …]``."""
        batch = filling.batch
        signal = signals(batch)[name]
        flat = sheet(signal.value, signal.axes)
        timed = "time" in signal.axes
        step = batch.step if timed else batch.step.new_zeros(len(batch), 1)
        lengths = batch.lengths if timed else torch.ones_like(batch.lengths)
        longest, width = int(lengths.max()), flat.shape[2]
        time, along = self.slides(name, width)
        time, along = (min(time[0], longest), time[1]), (min(along[0], width), along[1])
        column = torch.arange(width, device=step.device)
        count = windows(lengths, time)
        n_time, n_along = int(count.max()), int(windows(torch.tensor(width), along))
        there = torch.arange(n_time, device=step.device) < count[:, None]
        rows, places = there.nonzero(as_tuple=True)
        rows, places = rows.repeat_interleave(n_along), places.repeat_interleave(n_along)
        columns = torch.arange(n_along, device=step.device).repeat(len(rows) // n_along)

        def masks(trials: Tensor) -> Mapping[str, Tensor]:
            first, left = places[trials] * time[1], columns[trials] * along[1]
            steps = inside(step[rows[trials]], first, time[0])
            covered = steps[:, :, None] & inside(column[None], left, along[0])[:, None]
            return {name: unfolded(covered, signal.axes, (len(trials), *signal.value.shape[1:]))}

        found = falls(model, filling, questions, rows=rows, masks=masks)
        fall = found.new_zeros(len(batch), n_time, n_along, len(questions))
        fall[rows, places, columns] = found
        total = spread(spread(fall, time, longest, 1), along, width, 2)
        over = spread(there.to(fall), time, longest, 1)[:, :, None] * spread(fall.new_ones(n_along), along, width, 0)
        mean = total / over.clamp(min=1).unsqueeze(-1)
        placed = mean[torch.arange(len(batch), device=step.device)[:, None], step.clamp(0, longest - 1)]
        return torch.stack(
            [unfolded(placed[..., place], signal.axes, signal.value.shape) for place in range(len(questions))], dim=1
        )


def check_slide(width: str, steps: int, stride: str, by: int) -> None:
    """Raise unless a window has a width and windows leave no gap."""
    if steps < 1:
        raise InputError(f"{width} must be 1 or more, but is {steps}")
    if not 1 <= by <= steps:
        raise InputError(f"{stride} must be 1 to {width}={steps}, so that every cell is covered, but is {by}")


def signal_steps(signal: Signal) -> int:
    """Steps of a signal, padding and all; 1 where it has no axis ``time``."""
    return signal.value.shape[signal.axes.index("time")] if "time" in signal.axes else 1


def windows(lengths: Tensor, slide: Slide) -> Tensor:
    """How many windows cover so many places, the last of which may reach beyond them."""
    return 1 + (lengths - slide[0] + slide[1] - 1).clamp(min=0).div(slide[1], rounding_mode="floor")


def inside(place: Tensor, first: Tensor, width: int) -> Tensor:
    """Which places lie in a window, ``[window, place]``."""
    return (place >= first[:, None]) & (place < first[:, None] + width)


def spread(values: Tensor, slide: Slide, size: int, dim: int) -> Tensor:
    """Sum, at each of ``size`` places, of the values of the windows that cover it, along ``dim``."""
    width, stride = slide
    by_place = values.movedim(dim, 0)
    total = by_place.new_zeros(max(size, (len(by_place) - 1) * stride + width), *by_place.shape[1:])
    for offset in range(width):
        total[offset : offset + (len(by_place) - 1) * stride + 1 : stride] += by_place
    return total[:size].movedim(0, dim)
