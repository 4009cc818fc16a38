"""Components back in time: where they lie, how much there is of each, and what one of each is."""

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.variables import Variables
from aition.methods.trim.domain import Domain
from aition.transform import Components, Transform
from aition.transform.fourier import at_least_single
from aition.transform.parts import in_turn


def over_steps(transform: Transform, attribution: Tensor, batch: Batch, domain: Domain) -> Tensor:
    """Attributions of components spread over steps by the squares of their parts, ``[sample, time, feature]``.

    A component that is 0 everywhere is spread evenly.
    """
    by_feature = domain.components.by_feature
    axes = (1,) if by_feature else (1, 2)
    whole = torch.zeros_like(batch.x)
    steps = slice(domain.start, domain.start + domain.length)
    first = 0
    turns = in_turn(transform, domain.coefficients, domain.components, n_time=domain.length)
    for run in turns:
        energy = run.square()
        total = energy.sum(dim=tuple(axis + 1 for axis in axes), keepdim=True)
        even = torch.full_like(energy, 1 / (domain.length if by_feature else energy[0, 0].numel()))
        # Below this the squares of a part are rounding, or vanish.
        share = torch.where(total > torch.finfo(total.dtype).tiny * 1e6, energy / total.clamp(min=1e-37), even)
        value = attribution[:, first : first + len(run)].movedim(1, 0)[:, :, None]
        whole[:, steps] += (share * value).sum(dim=0)
        first += len(run)
    return whole


def strength(domain: Domain, *, fixed: bool) -> Tensor:
    """How much there is of each component, ``[sample, component, column]``.

    The norm of its coefficients; of series of a fixed length its only coefficient, or two as a complex number.
    """
    most, rank = ranks(domain.components)
    of, values = domain.of, at_least_single(domain.coefficients)
    free = of >= 0
    sums = values.new_zeros(len(values), len(domain.components), values.shape[2])
    if most > 2 or not fixed:
        return sums.index_add(1, of[free], values[:, free].square()).sqrt()
    rank = rank.to(of.device)
    real = sums.index_add(1, of[free & (rank == 0)], values[:, free & (rank == 0)])
    if most < 2:
        return real
    return torch.complex(real, sums.index_add(1, of[rank == 1], values[:, rank == 1]))


def ranks(components: Components) -> tuple[int, Tensor]:
    """Coefficients that a component has at most, and which of its component's each is; -1 of none."""
    of = components.of
    free = of >= 0
    count = of[free].bincount(minlength=len(components))
    order = torch.where(free, of, len(components)).argsort(stable=True)[: int(free.sum())]
    rank = torch.full_like(of, -1)
    rank[order] = torch.arange(len(order)) - (count.cumsum(dim=0) - count).repeat_interleave(count)
    return int(count.max()), rank


def coordinates(transform: Transform, components: Components, batch: Batch, *, n_time: int) -> Variables:
    """Frequencies and steps of the components; with a fixed length what one of each is in time."""
    found: Variables = {}
    device = batch.x.device
    for name, values in (("low", components.low), ("high", components.high)):
        if values:
            found[f"component_{name}"] = (("component",), torch.tensor(values, dtype=torch.float64, device=device))
    for name, places in (("first", components.first), ("last", components.last)):
        if places:
            found[f"component_{name}"] = (("component",), torch.tensor(places, device=device))
    most, rank = ranks(components)
    if n_time and most <= 2 and components.by_feature:
        free = components.of >= 0
        one = torch.eye(len(components.of), device=device).to(batch.x)[:, :, None]
        rows = at_least_single(transform.inverse(one, n_time=n_time)[:, :, 0])
        sums = rows.new_zeros(len(components), n_time)
        of = components.of.to(device)
        first = sums.index_add(0, of[free & (rank == 0)], rows[free & (rank == 0)])
        second = sums.index_add(0, of[rank == 1], rows[rank == 1])
        found["basis"] = (("component", "time"), torch.complex(first, -second) if most == 2 else first)
    return found
