"""Series with some of their cells taken away, and a baseline or the draws of an imputer in their place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.signals import signals, with_signals
from aition.impute.baseline import Baseline, absence, check_baseline
from aition.impute.imputer import Imputer, first_draws, imputed

StandIn = Baseline | Imputer
"""What stands in place of what is taken away: values that are always the same, or draws given what is kept."""
DRAWS = 8
"""Draws of an imputer over which explainers take the mean, unless they are told otherwise."""


@dataclass(frozen=True, eq=False)
class Filling:
    """What stands in place of any cells of some samples.

    An imputer knows ``x`` alone: static columns and further signals keep their values, and so do cells that were not
    observed, which hold their fill value.

    Args:
        batch: The samples.
        stand_in: A baseline, which is called once, or an imputer.
        n_draw: Series that are made of one mask: 1 of a baseline.
        absent: Of a baseline, each signal where it is absent; of an imputer, nothing.

    >>> from aition.core.assemble import from_tensors
    >>> from aition.impute.baseline import ConstantBaseline
    >>> batch = from_tensors(torch.tensor([[[1.0], [2.0]]]))
    >>> filling = Filling.of(batch, ConstantBaseline(), n_draw=8)
    >>> filling(torch.tensor([0]), {"x": torch.tensor([[[False], [True]]])}).x.flatten().tolist()
    [1.0, 0.0]
    """

    batch: Batch
    stand_in: StandIn
    n_draw: int
    absent: Mapping[str, Tensor]

    @classmethod
    def of(cls, batch: Batch, stand_in: StandIn, *, n_draw: int) -> "Filling":
        """Of some samples.

        Raises:
            InputError: The baseline does not answer what it must.
            RefusalError: An imputer is to fill a list of events.
        """
        if not isinstance(stand_in, Imputer):
            return cls(batch, stand_in, 1, absence(batch, stand_in))
        if is_events(batch):
            raise RefusalError("an imputer draws values at steps, but was given events; put them on a grid")
        return cls(batch, stand_in, n_draw, {})

    @property
    def filled(self) -> tuple[str, ...]:
        """The signals that can be taken away."""
        return tuple(self.absent) or ("x",)

    def take(self, rows: Tensor) -> "Filling":
        """The same for some of the samples."""
        return replace(
            self, batch=self.batch.take(rows), absent={name: value[rows] for name, value in self.absent.items()}
        )

    def __call__(self, rows: Tensor, removed: Mapping[str, Tensor]) -> Batch:
        """Samples without some of their cells, each ``n_draw`` times in succession.

        Args:
            rows: Places of the samples, ``[row]``.
            removed: The cells that are taken away, by signal, bool, ``[row, …]``.
        """
        chosen = self.batch.take(rows)
        if isinstance(self.stand_in, Imputer):
            drawn = imputed(self.stand_in, chosen, ~removed["x"], first_draws(chosen, self.n_draw))
            return chosen.repeat(self.n_draw).with_x(drawn.flatten(0, 1))
        parts = signals(chosen)
        values = {name: torch.where(mask, self.absent[name][rows], parts[name].value) for name, mask in removed.items()}
        return chosen.with_x(values["x"]) if set(values) == {"x"} else with_signals(chosen, values)

    def averaged(self, scores: Tensor) -> Tensor:
        """The mean over the draws of each row, ``[row, …]``, of the scores of what was answered."""
        return scores if self.n_draw == 1 else scores.unflatten(0, (-1, self.n_draw)).mean(dim=1)


def draws_of(stand_in: StandIn, n_draw: int) -> int:
    """Series that are made of one mask."""
    return n_draw if isinstance(stand_in, Imputer) else 1


def check_stand_in(stand_in: StandIn, n_draw: int) -> None:
    """Raise unless a setting can stand in, and is drawn once or more."""
    if not isinstance(stand_in, Imputer):
        check_baseline(stand_in)
    elif isinstance(stand_in, type):
        raise InputError(
            f"an imputer must be fitted, but is the class {stand_in.__name__}; take {stand_in.__name__}.fit(background)"
        )
    if n_draw < 1:
        raise InputError(f"n_draw must be 1 or more, but is {n_draw}")
