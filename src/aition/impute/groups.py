"""Groups of cells that are taken away together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch, Role
from aition.core.errors import InputError
from aition.core.events import is_events
from aition.core.signals import sheet, signals, unfolded

Groups = Callable[[Batch], dict[str, Tensor]]
"""From samples to the group of each cell of each signal, int64 from 0, in the signal's shape; -1: never taken away."""


@dataclass(frozen=True)
class EachCell:
    """Every cell by itself.

    >>> from aition.core.assemble import from_tensors
    >>> EachCell()(from_tensors(torch.zeros(1, 2, 3)))["x"].tolist()
    [[[0, 1, 2], [3, 4, 5]]]
    """

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        return numbered(batch, lambda step, column, width: step * width + column)


@dataclass(frozen=True)
class EachFeature:
    """All steps of a feature together; of a batch of events, all of one code.

    Events are numbered anew in each sample, so that there are no more groups than events.

    >>> from aition.core.assemble import from_tensors
    >>> EachFeature()(from_tensors(torch.zeros(1, 2, 3)))["x"].tolist()
    [[[0, 1, 2], [0, 1, 2]]]
    """

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        if is_events(batch):
            return alike(batch, "code")
        return numbered(batch, lambda _step, column, _width: column)


@dataclass(frozen=True)
class EachStep:
    """All features of a step together; of a batch of events, all that happened in a step.

    >>> from aition import from_events, from_tensors
    >>> EachStep()(from_tensors(torch.zeros(1, 2, 3)))["x"].tolist()
    [[[0, 0, 0], [1, 1, 1]]]
    >>> EachStep()(from_events([0, 0, 0], [0.1, 0.9, 7.5], ["a", "b", "a"]))["x"].flatten().tolist()
    [0, 0, 1]
    """

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        if is_events(batch):
            return alike(batch, "step")
        return numbered(batch, lambda step, _column, _width: step)


@dataclass(frozen=True)
class Segments:
    """So many steps of a feature together, counted from the first that exists.

    Args:
        length: Steps in a segment; the last may be shorter.

    >>> from aition.core.assemble import from_tensors
    >>> Segments(2)(from_tensors(torch.zeros(1, 3, 1)))["x"].flatten().tolist()
    [0, 0, 1]
    """

    length: int

    def __post_init__(self) -> None:
        if self.length < 1:
            raise InputError(f"length must be 1 step or more, but is {self.length}")

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        return numbered(
            batch,
            lambda step, column, width: step.div(self.length, rounding_mode="floor") * width + column,
        )


@dataclass(frozen=True)
class Blocks:
    """Each series cut into segments of nearly equal length, each segment with all features or one group each.

    Segments are counted over the existing steps of each sample, so padding changes nothing. A sample of fewer steps
    than segments has one for each step, and lacks the others.

    Args:
        n_segment: Segments of a series; 0: as many as ``most`` leaves room for.
        together: Whether all features of a segment are one group, or one each.
        most: Groups that are aimed at where ``n_segment`` is 0; there is at least a segment for each feature.

    >>> from aition.core.assemble import from_tensors
    >>> Blocks(2)(from_tensors(torch.zeros(1, 4, 2)))["x"].tolist()
    [[[0, 1], [0, 1], [2, 3], [2, 3]]]
    >>> Blocks(2, together=True)(from_tensors(torch.zeros(1, 4, 2)))["x"].tolist()
    [[[0, 0], [0, 0], [1, 1], [1, 1]]]
    """

    n_segment: int = 0
    together: bool = False
    most: int = 12

    def __post_init__(self) -> None:
        if self.n_segment < 0 or self.most < 1:
            raise InputError(
                f"n_segment must be 1 or more (0: by most) and most 1 or more, but are {self.n_segment} and {self.most}"
            )

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        wanted = self.segments(batch.n_feature)
        length = batch.lengths[:, None, None]

        def within(step: Tensor, column: Tensor, width: int) -> Tensor:
            segment = (step * length.clamp(max=wanted)).div(length.clamp(min=1), rounding_mode="floor")
            return segment if self.together else segment * width + column

        return numbered(batch, within)

    def segments(self, n_feature: int) -> int:
        """Segments of a series that is long enough."""
        return self.n_segment or max(1, self.most // (1 if self.together else n_feature))

    def count(self, n_feature: int) -> int:
        """Groups of a series that is long enough."""
        return self.segments(n_feature) * (1 if self.together else n_feature)


@dataclass(frozen=True)
class GivenGroups:
    """The same groups for every sample; static columns and further signals by their cells.

    Args:
        x: For each step, counted from the first that exists, the groups of the features; one row alone holds for all
            steps. From 0; -1 is never taken away.

    >>> from aition.core.assemble import from_tensors
    >>> GivenGroups(((0, 0, -1),))(from_tensors(torch.zeros(1, 2, 3)))["x"].tolist()
    [[[0, 0, -1], [0, 0, -1]]]
    """

    x: tuple[tuple[int, ...], ...]

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        longest = int(batch.lengths.max())
        if any(len(row) != batch.n_feature for row in self.x) or not (len(self.x) == 1 or len(self.x) >= longest):
            raise InputError(
                f"groups of x must be [time={longest} feature={batch.n_feature}], or one row of {batch.n_feature} "
                f"features, but are {len(self.x)} rows of {sorted({len(row) for row in self.x})}"
            )
        table = torch.tensor(self.x, dtype=torch.int64, device=batch.x.device)
        given = table[batch.step.clamp(0, len(table) - 1)]
        own = numbered(batch, lambda step, column, width: step * width + column)
        shift = int(table.max()) + 1
        return {
            name: given if name == "x" else torch.where(group < 0, group, group + shift) for name, group in own.items()
        }


def alike(batch: Batch, role: Role) -> dict[str, Tensor]:
    """Events that have the same code or lie in the same step together, with their values; the rest by their cells.

    Args:
        batch: The events.
        role: Of the field that they share: "code" or "step".
    """
    shared = next(part.value for part in batch.fields.values() if part.role == role)
    behind = torch.where(batch.exists, shared, torch.iinfo(shared.dtype).max)
    ascending, place = behind.sort(dim=1)
    rank = (ascending.diff(dim=1) != 0).cumsum(dim=1)
    group = torch.zeros_like(shared).scatter(1, place, torch.cat([torch.zeros_like(shared[:, :1]), rank], dim=1))
    found = {}
    for name, own in numbered(batch, lambda step, column, width: step * width + column).items():
        if signals(batch)[name].axes[:2] == ("sample", "time"):
            lined = group.reshape(*group.shape, *(1,) * (own.ndim - 2)).expand(own.shape)
            found[name] = torch.where(own < 0, own, lined)
        else:
            found[name] = torch.where(own < 0, own, own + batch.n_time)
    return found


def numbered(batch: Batch, within: Callable[[Tensor, Tensor, int], Tensor]) -> dict[str, Tensor]:
    """Groups that do not cross signals, numbered on from one signal to the next; -1 in the padding.

    Args:
        batch: The samples.
        within: From the step (from the first that exists), the column and the number of columns to the group.
    """
    found: dict[str, Tensor] = {}
    first = 0
    for name, signal in signals(batch).items():
        shape = signal.value.shape
        width = sheet(signal.value, signal.axes).shape[2]
        column = torch.arange(width, device=batch.x.device)
        step = batch.step[:, :, None] if "time" in signal.axes else batch.step.new_zeros(len(batch), 1, 1)
        group = unfolded(within(step, column, width).expand(*step.shape[:2], width), signal.axes, shape)
        found[name] = torch.where(signal.exists, group + first, -1)
        first = max(first, int(found[name].max()) + 1)
    return found


def checked(groups: Mapping[str, Tensor], batch: Batch) -> dict[str, Tensor]:
    """The groups of every signal, with -1 in the padding; raises where they do not fit the batch."""
    found = {}
    for name, signal in signals(batch).items():
        if name not in groups or groups[name].shape != signal.value.shape or groups[name].dtype != torch.int64:
            came = f"{groups[name].dtype} {list(groups[name].shape)}" if name in groups else "missing"
            raise InputError(f"groups of {name} must be int64 {list(signal.value.shape)}, but are {came}")
        if bool((groups[name] < -1).any()):
            raise InputError(f"groups of {name} must be -1 or more, but are {int(groups[name].min())} at least")
        found[name] = torch.where(signal.exists, groups[name], -1)
    return found


def count_of(groups: Mapping[str, Tensor]) -> int:
    """One more than the largest group."""
    return max(int(group.max()) for group in groups.values()) + 1
