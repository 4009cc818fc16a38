"""Groups of cells between the places where series change."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.extras import optional
from aition.impute.groups import numbered


@dataclass(frozen=True)
class ChangePoints:
    """Each series cut where its mean changes: the cut into so many segments that leaves the least variance within.

    Every sample is cut by itself, over its existing steps; where a value was not observed, the last one that was stands
    in (before the first, the first), so fill values move no cut. Features are brought to a deviation of 1 in each
    sample. Steps count, not the times between them.

    Args:
        n_segment: Segments of a series, at most; there are fewer where it is too short for them.
        together: Whether a step's features are cut alike and taken away together, or each by itself.
        penalty: What a further cut must save, in variances of a step; 0: there are as many segments as can be.
        shortest: Steps of a segment, at least.

    Raises:
        InputError: A setting is out of range.
        RefusalError: The batch is a list of events.
        MissingExtraError: The package ruptures is not installed.

    References:
        Truong, Oudre and Vayatis, "Selective review of offline change point detection methods", Signal Processing 2020,
        sections 4.1.1 (the cost) and 5.1 (exact search); Sivill and Flach, "LIMESegment: meaningful, realistic time
        series explanations", AISTATS 2022, on segments as what is explained.

    >>> from aition.core.assemble import from_tensors
    >>> ChangePoints(2)(from_tensors(torch.tensor([[1.0, 1.1, 1.0, 4.0, 4.1]]), layout="sample time"))["x"].tolist()
    [[[0], [0], [0], [1], [1]]]
    """

    n_segment: int = 5
    together: bool = False
    penalty: float = 0.0
    shortest: int = 2

    def __post_init__(self) -> None:
        if self.n_segment < 1 or self.shortest < 1 or not self.penalty >= 0:
            raise InputError(
                "n_segment and shortest must be 1 or more and penalty 0 or more, but are "
                f"{self.n_segment}, {self.shortest} and {self.penalty}"
            )

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        if is_events(batch):
            raise RefusalError(
                "ChangePoints finds where values change, but the batch is a list of events; take EachStep()"
            )
        ruptures = optional("ruptures", user="ChangePoints", package="ruptures", extra="segments")
        width = 1 if self.together else batch.n_feature
        column = torch.arange(batch.n_feature) % width
        segment = torch.full(batch.x.shape, -1, dtype=torch.int64)
        value, seen = batch.x.detach().cpu().double().numpy(), batch.observed.cpu().numpy()
        for row, (start, length) in enumerate(zip(batch.start.tolist(), batch.lengths.tolist(), strict=True)):
            steps = slice(start, start + length)
            whole = scaled(carried(value[row, steps], seen[row, steps]))
            parts = [whole] if self.together else list(whole.T[:, :, None])
            cut = np.stack([self.cut(ruptures, part) for part in parts], axis=1)
            segment[row, steps] = torch.from_numpy(cut)[:, column] * width + column
        own = numbered(batch, lambda step, place, size: step * size + place)
        shift = self.n_segment * width
        others = {name: torch.where(group < 0, group, group + shift) for name, group in own.items() if name != "x"}
        return {"x": segment.to(batch.x.device)} | others

    def cut(self, ruptures: Any, series: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
        """The segment of each step of one series ``[time, feature]``, int64 from 0."""
        most = min(self.n_segment, len(series) // self.shortest) - 1
        segment = np.zeros(len(series), dtype=np.int64)
        if most < 1 or not series.any():
            return segment
        search = ruptures.KernelCPD(kernel="linear", min_size=self.shortest).fit(series)
        ends = search.predict(pen=self.penalty) if self.penalty else []
        if not ends or len(ends) - 1 > most:
            ends = search.predict(n_bkps=most)
        segment[ends[:-1]] = 1
        return segment.cumsum()


def carried(
    value: np.ndarray[Any, np.dtype[np.float64]], seen: np.ndarray[Any, np.dtype[np.bool_]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The last value that was observed, before the first one that one, 0 where there is none; ``[time, feature]``.

    >>> carried(np.array([[9.0], [1.0], [9.0], [2.0]]), np.array([[False], [True], [False], [True]])).ravel().tolist()
    [1.0, 1.0, 1.0, 2.0]
    """
    place = np.where(seen, np.arange(len(value))[:, None], -1)
    last = np.maximum.accumulate(place, axis=0)
    taken = np.take_along_axis(value, np.where(last < 0, seen.argmax(axis=0), last), axis=0)
    return np.where(seen.any(axis=0), taken, 0.0)


def scaled(value: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Features in deviations from their means; 0 where they do not vary beyond rounding."""
    mean = value.mean(axis=0)
    spread = value.std(axis=0)
    varies = spread > 1e-9 * np.abs(value).max(axis=0)
    return np.where(varies, (value - mean) / np.where(varies, spread, 1.0), 0.0)
