"""Simulated: series whose law is known, and with it which cells matter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from aition.core.axes import check_axes
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target


@dataclass(frozen=True, eq=False)
class Simulated:
    """Series drawn from a known law, and the truth of what matters in them.

    Args:
        batch: The series with their labels. What the law hides of each (its state, where its pattern lies) stands in
            fields with the role "context", so it comes along wherever a series goes.
        truth: Which cells matter, ``[sample, time, feature]``, bool; False in the padding.
        sign: Which way a cell that matters pushes the answer to ``target`` when its value is put in place of absence:
            1 up, -1 down, 0 where it has no direction or does not matter; ``[sample, time, feature]``, int8.
        target: The question to which ``truth`` is the answer.
        white_box: The law as a model: it reads the cells of ``truth`` and no others, so for it the truth is exact.
    """

    batch: Batch
    truth: Tensor
    sign: Tensor
    target: Target
    white_box: TorchModel

    def __post_init__(self) -> None:
        cells = ("sample", "time", "feature")
        sizes = dict(zip(cells, self.batch.x.shape, strict=True))
        for name, value, dtype in (("truth", self.truth, torch.bool), ("sign", self.sign, torch.int8)):
            check_axes(name, value, cells, sizes)
            if value.dtype != dtype:
                raise InputError(f"{name} must be {dtype}, but is {value.dtype}")
        if bool((self.truth & ~self.batch.cells).any()):
            raise InputError("truth must be False in the padding, but is True there")
        if bool((self.sign.bool() & ~self.truth).any()):
            raise InputError("sign must be 0 where truth is False, but is not")

    def __len__(self) -> int:
        return len(self.batch)

    def take(self, rows: Sequence[int] | Tensor) -> "Simulated":
        """Pick or reorder series."""
        index = torch.as_tensor(rows, dtype=torch.int64)
        return replace(self, batch=self.batch.take(index), truth=self.truth[index], sign=self.sign[index])


class Simulator(Protocol):
    """A law with its settings: a frozen dataclass that draws all its series from a seed."""

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed: the same on every machine, others for every other seed."""
