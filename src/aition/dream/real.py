"""What real series reach of an objective, and which of them a dream is made beside."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from aition.core.batch import Batch, sample_keys
from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.precision import doubled
from aition.dream.objectives import Objective, layers_of, put_into
from aition.dream.seen import Seen, look


def reached(model: TorchModel, batch: Batch, objectives: Sequence[Objective]) -> tuple[Tensor, Tensor]:
    """What real series reach, ``[real, objective]``, and what the model says of them, ``[real, …]``."""
    names = layers_of(objectives)
    told, said = [], []
    with torch.no_grad():
        for piece in batch.split(model.rows):
            seen = look(model, piece, names, {})
            told.append(torch.stack([measured(one, seen) for one in objectives], dim=1))
            said.append(seen.outputs)
    return torch.cat(told), torch.cat(said)


def measured(objective: Objective, seen: Seen) -> Tensor:
    """What an objective measures, in a pass of its own questions."""
    return objective.measured(replace(seen, settled={}))


def classes_of(batch: Batch) -> Tensor:
    """The class of each real series, ``[real]``; -1 where it is not known."""
    if batch.label.ndim != 1 or batch.label.is_floating_point():
        return torch.full((len(batch),), -1, device=batch.x.device)
    return batch.label


def peers(objective: Objective, batch: Batch) -> Tensor:
    """Real series that an objective is about: those of its class, or of its classes; all where there is none."""
    known, wanted = classes_of(batch), [one for one in objective.classes if one >= 0]
    mine = torch.isin(known, torch.tensor(wanted, device=known.device, dtype=known.dtype)).nonzero()[:, 0]
    return mine if wanted and len(mine) else torch.arange(len(batch), device=known.device)


def believed(objective: Objective, seen: Seen) -> Tensor:
    """Real series that the model itself puts into an objective's classes; all where it puts none there."""
    mine = put_into(objective, replace(seen, settled={})).nonzero()[:, 0]
    return mine if len(mine) else torch.arange(len(seen.outputs), device=mine.device)


def others(objective: Objective, batch: Batch) -> Tensor:
    """Real series of which none is of the objective's classes; all where there is none."""
    known = classes_of(batch)
    wanted = torch.tensor([one for one in objective.classes if one >= 0], device=known.device, dtype=known.dtype)
    rest = ((known >= 0) & ~torch.isin(known, wanted)).nonzero()[:, 0]
    return rest if len(wanted) and len(rest) else torch.arange(len(batch), device=known.device)


def beside(
    objectives: Sequence[Objective],
    background: Batch,
    weights: Tensor,
    *,
    among: Sequence[Tensor],
    draws: int,
    seed: int,
    ranked: bool,
) -> tuple[Batch, Tensor]:
    """A real series for each dream, from which it has its length, static columns and further inputs.

    Args:
        objectives: What is dreamed of, ``draws`` times each.
        background: Real series.
        weights: How readily each of them is taken, ``[real, objective]``: logarithms.
        among: Rows of those that may be taken, for each objective.
        draws: Dreams of each.
        seed: Of the choice.
        ranked: Whether they are taken in the order of their weights, and not by chance.

    Returns:
        A row for each dream, with an id of its own, and the objective of each, ``[draw]``.
    """
    rows, ids, drawn = [], [], []
    for number, (one, some) in enumerate(zip(objectives, among, strict=True)):
        keys = sample_keys([f"{one.name} {number}" for number in range(draws)]).to(some.device)
        order = weights[some, number].argsort(descending=True, stable=True)
        turn = torch.arange(draws, device=some.device) % len(some)
        rows.append(some[order[turn]] if ranked else chosen(some, weights[some, number].exp(), uniform(keys, seed)))
        ids += [f"{one.name}, dream {number}" for number in range(draws)]
        drawn.append(keys)
    which = torch.arange(len(objectives), device=rows[0].device).repeat_interleave(draws)
    return replace(named(background.take(torch.cat(rows)), ids), keys=torch.cat(drawn)), which


def from_each(objectives: Sequence[Objective], places: Batch) -> tuple[Batch, Tensor]:
    """A dream of every objective from each of the given series."""
    rows = torch.arange(len(places), device=places.x.device).repeat(len(objectives))
    ids = [f"{one.name} from {name}" for one in objectives for name in places.ids]
    which = torch.arange(len(objectives), device=places.x.device).repeat_interleave(len(places))
    return named(places.take(rows), ids), which


def named(batch: Batch, ids: Sequence[str]) -> Batch:
    """The same series under other ids.

    Raises:
        InputError: Two are the same, such as of two equal objectives.
    """
    if len(set(ids)) != len(ids):
        twice = next(one for one in ids if list(ids).count(one) > 1)
        raise InputError(f"dreams must have different names, but two are {twice!r}: is an objective there twice?")
    return replace(batch, ids=np.asarray(ids, dtype=np.str_), keys=sample_keys(ids).to(batch.keys.device))


def chosen(rows: Tensor, weights: Tensor, at: Tensor) -> Tensor:
    """One of some rows for each of several numbers in [0, 1), in proportion to weights.

    >>> chosen(torch.tensor([5, 7]), torch.tensor([1.0, 3.0]), torch.tensor([0.2, 0.3, 0.9])).tolist()
    [5, 7, 7]
    """
    heights = doubled(weights).cumsum(dim=0)
    place = torch.searchsorted(heights, doubled(at) * heights[-1], right=True)
    return rows[place.clamp(max=len(rows) - 1).to(rows.device)]
