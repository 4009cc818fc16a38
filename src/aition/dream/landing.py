"""The landing: dreams that a price or a rounding off holds away from what they were to reach are put there."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

TOLERANCE = 1e-4
"""Of what is amiss, in deviations of what real series reach, below which a dream is left as it is."""
ROUNDS = 15
"""Corrections at most, twice: at first parameters that are 0 are left alone, and then steep ones are moved too."""
LEAST = 2**-6
"""Share of a correction, below which no smaller one is tried."""
STEEP = 0.5
"""Share of the steepest slope, from which on a parameter that is 0 is moved too."""

Parameters = Sequence[Tensor]
"""Of dreams, ``[draw, …]``, one tensor a wish."""


def landed(
    parameters: Parameters, amiss: Callable[[Parameters], Sequence[Tensor]], held: Callable[[Parameters], Parameters]
) -> Parameters:
    """Parameters with which nothing is amiss any more, or else less than before.

    A correction is the shortest one that would put everything right if slopes stayed (Gauss and Newton); one that makes
    a dream worse is taken back, and half of it is tried. Prices have no say, so that what can be reached is reached
    whatever they are. Parameters that are exactly 0 stay so as long as others are enough: a sparse change stays sparse.

    Args:
        parameters: Of all dreams.
        amiss: What is to become 0, ``[draw, constraint]`` for each wish, from parameters.
        held: Parameters put back to where they may be.
    """
    found = corrected(parameters, amiss, held, loose=False)
    if any(bool((one == 0).any()) for one in found):
        found = corrected(found, amiss, held, loose=True)
    return found


def corrected(
    parameters: Parameters,
    amiss: Callable[[Parameters], Sequence[Tensor]],
    held: Callable[[Parameters], Parameters],
    *,
    loose: bool,
) -> Parameters:
    """Parameters after some corrections; where it is loose, steep parameters that are 0 may be moved."""
    best = list(parameters)
    error, step = seen(best, amiss, loose=loose)
    share = [torch.ones_like(one) for one in error]
    # A dream without such parameters has had its rounds: how many it gets must not hang on others.
    more = [(one == 0).flatten(1).any(dim=1) | (not loose) for one in best]
    for _ in range(ROUNDS):
        off = [(one > TOLERANCE) & (part >= LEAST) & open_ for one, part, open_ in zip(error, share, more, strict=True)]
        if not any(bool(one.any()) for one in off):
            break
        tried = held([one + wide(part, one) * way for one, part, way in zip(best, share, step, strict=True)])
        left, further = seen(tried, amiss, loose=loose)
        for place, far in enumerate(off):
            better = far & (left[place] < error[place])
            better_wide = wide(better, best[place])
            best[place] = torch.where(better_wide, tried[place], best[place])
            step[place] = torch.where(better_wide, further[place], step[place])
            error[place] = torch.where(better, left[place], error[place])
            share[place] = torch.where(better, (2 * share[place]).clamp(max=1), share[place] / 2)
    return best


def with_slopes(
    parameters: Parameters, amiss: Callable[[Parameters], Sequence[Tensor]]
) -> tuple[Sequence[Tensor], Mapping[int, Sequence[Tensor]]]:
    """What is amiss, ``[draw, constraint]`` of each wish, and its slopes by constraint, like the parameters.

    Only constraints of which something is amiss have slopes.
    """
    with torch.enable_grad():
        free = [one.detach().requires_grad_() for one in parameters]
        off = amiss(free)
        broken = [
            place
            for place in range(max(one.shape[1] for one in off))
            if any(bool(one[:, place].any()) for one in off if place < one.shape[1])
        ]
        slopes: dict[int, Sequence[Tensor]] = {
            place: torch.autograd.grad(
                torch.stack([one[:, place].sum() for one in off if place < one.shape[1]]).sum(),
                free,
                retain_graph=True,
                materialize_grads=True,
            )
            for place in broken
        }
    return off, slopes


def seen(
    parameters: Parameters, amiss: Callable[[Parameters], Sequence[Tensor]], *, loose: bool
) -> tuple[list[Tensor], list[Tensor]]:
    """The most that is amiss with each dream, ``[draw]``, and the correction, like the parameters; of each wish."""
    off, slopes = with_slopes(parameters, amiss)
    found = []
    for wish, (one, gap) in enumerate(zip(parameters, off, strict=True)):
        mine = [place for place in slopes if place < gap.shape[1]]
        step = torch.zeros_like(one)
        if mine:
            slope = torch.stack([slopes[place][wish] for place in mine], dim=1)
            step = correction(one, slope, gap.detach()[:, mine], loose=loose)
        found.append(step)
    return [most(gap.detach()) for gap in off], found


def correction(parameter: Tensor, slope: Tensor, gap: Tensor, *, loose: bool) -> Tensor:
    """The shortest change that would put right what is amiss, like the parameters.

    Args:
        parameter: ``[draw, …]``.
        slope: Of each constraint by it, ``[draw, constraint, …]``.
        gap: What is amiss, ``[draw, constraint]``.
        loose: Whether steep parameters that are 0 are moved too.
    """
    flat = slope.flatten(2)
    moves = parameter.flatten(1)[:, None] != 0
    if loose:
        moves = moves | (flat.abs() >= STEEP * flat.abs().amax(dim=2, keepdim=True))
    flat = flat * moves
    # Bounds that are no tensors become doubles, which not every device has.
    bounds = {"atol": flat.new_zeros(()), "rtol": flat.new_full((), 1e-6)}
    size = torch.linalg.pinv(flat @ flat.mT, **bounds, hermitian=True) @ gap[:, :, None]
    shortest: Tensor = -(flat.mT @ size).reshape(parameter.shape)
    return shortest


def most(gap: Tensor) -> Tensor:
    """The largest of each draw's numbers, ``[draw]``; 0 where there is none."""
    return gap.abs().amax(dim=1) if gap.shape[1] else gap.new_zeros(len(gap))


def wide(row: Tensor, like: Tensor) -> Tensor:
    """A number for each draw, over all its parameters."""
    return row.reshape(-1, *(1,) * (like.ndim - 1))
