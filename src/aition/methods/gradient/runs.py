"""Runs: every feature of a series cut into stretches of time, which go to parts in turn."""

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.signals import signals, unfolded

LENGTH, PHASE = 0, 1
"""What a number is drawn for."""
TURNS = (0.7548776662466927, 0.5698402909980532)
"""Of the evenest sequence in the square known: the powers of the number p that solves p³ = p + 1, turned about."""


def parts_of(
    batch: Batch, at: Tensor, draw: Tensor, *, n_part: int, shortest: float, longest: float, seed: int
) -> dict[str, Tensor]:
    """Which part each cell belongs to, from 0, by signal, ``[row, …]``, whole numbers in float32.

    Each column of a signal is cut for each sample and draw: into runs of one length, any from ``shortest`` to
    ``longest`` as likely, from a place that is as likely any; runs go to the parts in turn. Lengths and places of a
    column's draws are spread as evenly as can be, from a first one by chance. What has no axis ``time`` goes to parts
    cell by cell.

    Args:
        batch: The samples.
        at: A sample for each row, ``[row]``.
        draw: Its number, ``[row]``: another partition.
        n_part: Parts.
        shortest: Length of a run, at least, as a share of the sample's existing steps; never below one step.
        longest: At most, likewise.
        seed: Of the draws.

    References:
        Cranley and Patterson, "Randomization of number theoretic methods for multiple integration", SIAM Journal on
        Numerical Analysis 13, 1976.

    >>> from aition.core.assemble import from_tensors
    >>> batch, row = from_tensors(torch.zeros(1, 8, 1)), torch.zeros(1, dtype=torch.int64)
    >>> parts_of(batch, row, row, n_part=2, shortest=0.25, longest=0.25, seed=0)["x"].flatten().tolist()
    [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]
    """
    found = {}
    n_step = batch.lengths[:, None]
    least, most = ((share * n_step).round().clamp(min=1) for share in (shortest, longest))
    for which, (name, signal) in enumerate(signals(batch).items()):
        timed = "time" in signal.axes
        n_column = signal.value.shape[1:].numel() // (batch.n_time if timed else 1)
        column = torch.arange(n_column, device=at.device)[None]
        number = torch.full_like(column, which)
        drawn = []
        for what, turn in zip((LENGTH, PHASE), TURNS, strict=True):
            first = uniform(batch.keys[:, None], seed, number, column, torch.full_like(column, what))
            drawn.append((first[at] + turn * draw[:, None]) % 1)
        length = least[at] + (drawn[0] * (most - least + 1)[at]).floor()
        phase = (drawn[1] * length * n_part).floor() + 0.5
        # The quickest way to divide whole numbers, and exact: with 0.5 added none is near a border.
        pace = (length * n_part).reciprocal().float()
        first = (phase / (length * n_part)).float()
        step = torch.where(batch.exists, batch.step, 0).float()[at] if timed else pace.new_zeros(len(at), 1)
        part = torch.addcmul(first[:, None], step[:, :, None], pace[:, None]).frac_().mul_(n_part).floor_()
        found[name] = unfolded(part, signal.axes, signal.value.shape)
    return found
