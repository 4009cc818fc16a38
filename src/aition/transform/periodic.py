"""Orthonormal wavelet transforms of periodic series and fields, with one filter or many at once.

The transform of each length is a rotation, so its inverse is its transpose, energy is kept, and gradients with respect
to coefficients are the transform of gradients with respect to values. Coefficients are those of PyWavelets' mode
"periodization".
"""

import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.transform.lattice import highpass


def most_levels(size: int, length: int) -> int:
    """How often a length can be halved while it is even and the filter fits.

    >>> most_levels(96, 10), most_levels(96, 2), most_levels(7, 2)
    (4, 5, 0)
    """
    levels = 0
    while size % 2 == 0 and size >= length and size > 1:
        size, levels = size // 2, levels + 1
    return levels


def analysed(x: Tensor, lowpass: Tensor, *, levels: int) -> list[Tensor]:
    """Wavelet coefficients along the last axis.

    Args:
        x: Series, ``[filter, row, time]``, or ``[1, row, time]`` where all filters read the same.
        lowpass: Low-pass filters, ``[filter, length]``.
        levels: How often the time is halved.

    Returns:
        The approximation, then details from the coarsest to the finest, ``[filter, row, place]`` each.

    Raises:
        InputError: The time can't be halved so often.

    >>> haar = torch.full((1, 2), 2**-0.5)
    >>> [part.tolist() for part in analysed(torch.tensor([[[1.0, 3.0]]]), haar, levels=1)]
    [[[[2.828...]]], [[[-1.414...]]]]
    """
    check_halves(x.shape[-1], levels)
    details, value = [], x
    for _ in range(levels):
        value, detail = halves(value, lowpass)
        details.append(detail)
    return [value, *details[::-1]]


def synthesised(coefficients: list[Tensor], lowpass: Tensor) -> Tensor:
    """Series from their coefficients, ``[filter, row, time]``: the inverse of :func:`analysed`.

    Args:
        coefficients: As they came.
        lowpass: Those of the analysis.
    """
    value = coefficients[0]
    for detail in coefficients[1:]:
        value = joined(value, detail, lowpass)
    return value


def analysed_fields(x: Tensor, lowpass: Tensor, *, levels: int) -> list[Tensor]:
    """Wavelet coefficients of fields: one filter along both axes, level by level.

    Args:
        x: ``[filter or 1, row, height, width]``.
        lowpass: ``[filter, length]``.
        levels: How often both axes are halved.

    Returns:
        The approximation ``[filter, row, 1, place, place]``, then details from the coarsest to the finest,
        ``[filter, row, 3, place, place]``: low along height and high along width, high and low, high and high.

    Raises:
        InputError: An axis can't be halved so often.
    """
    for size in x.shape[-2:]:
        check_halves(size, levels)
    details, value = [], x
    for _ in range(levels):
        parts = [turned(half) for part in along_last(value, lowpass) for half in along_last(turned(part), lowpass)]
        value = parts[0]
        details.append(torch.stack([parts[2], parts[1], parts[3]], dim=2))
    return [value.unsqueeze(2), *details[::-1]]


def synthesised_fields(coefficients: list[Tensor], lowpass: Tensor) -> Tensor:
    """Fields from their coefficients, ``[filter, row, height, width]``: the inverse of :func:`analysed_fields`."""
    value = coefficients[0][:, :, 0]
    for detail in coefficients[1:]:
        wide, tall, both = detail.unbind(dim=2)
        low = turned(from_last(turned(value), turned(tall), lowpass))
        high = turned(from_last(turned(wide), turned(both), lowpass))
        value = from_last(low, high, lowpass)
    return value


def halves(x: Tensor, lowpass: Tensor) -> tuple[Tensor, Tensor]:
    """Low and high half of one level, ``[filter, row, time / 2]`` each."""
    n_filter, length = lowpass.shape
    series = around(x.expand(n_filter, *x.shape[1:]), length).transpose(0, 1)
    bank = torch.stack([lowpass, highpass(lowpass)], dim=1).reshape(2 * n_filter, 1, length)
    both = torch.nn.functional.conv1d(series, bank, stride=2, groups=n_filter)
    low, high = both.reshape(len(both), n_filter, 2, -1).transpose(0, 1).unbind(dim=2)
    return low, high


def joined(low: Tensor, high: Tensor, lowpass: Tensor) -> Tensor:
    """Both halves of one level put together, ``[filter, row, time]``: the transpose of :func:`halves`."""
    n_filter, length = lowpass.shape
    size = 2 * low.shape[-1]
    both = torch.stack([low, high], dim=2).transpose(0, 1).flatten(1, 2)
    bank = torch.stack([lowpass, highpass(lowpass)], dim=1).reshape(2 * n_filter, 1, length)
    spread = torch.nn.functional.conv_transpose1d(both, bank, stride=2, groups=n_filter).transpose(0, 1)
    place = reading(size, length, spread.device)
    whole = spread.new_zeros(*spread.shape[:-1], size)
    return torch.index_add(whole, -1, place, spread)


def along_last(x: Tensor, lowpass: Tensor) -> tuple[Tensor, Tensor]:
    """:func:`halves` of fields along their width."""
    low, high = halves(x.flatten(1, 2), lowpass)
    n_filter, size = low.shape[0], low.shape[-1]
    return low.reshape(n_filter, *x.shape[1:3], size), high.reshape(n_filter, *x.shape[1:3], size)


def from_last(low: Tensor, high: Tensor, lowpass: Tensor) -> Tensor:
    """:func:`joined` of fields along their width."""
    whole = joined(low.flatten(1, 2), high.flatten(1, 2), lowpass)
    return whole.reshape(*low.shape[:-1], whole.shape[-1])


def turned(x: Tensor) -> Tensor:
    """Height and width exchanged."""
    return x.transpose(-1, -2)


def around(x: Tensor, length: int) -> Tensor:
    """Periodic series with what a filter reads beyond their ends."""
    return x[..., reading(x.shape[-1], length, x.device)]


def reading(size: int, length: int, device: torch.device) -> Tensor:
    """Which step each place of a filter's way reads, ``[size + length - 2]``; begins as PyWavelets does."""
    return (torch.arange(size + length - 2, device=device) - (length // 2 - 1)) % size


def check_halves(size: int, levels: int) -> None:
    """Raise unless a length can be halved so often.

    Raises:
        InputError: Saying to what it should be filled up.
    """
    if levels < 1 or size % 2**levels:
        whole = -(-size // 2 ** max(1, levels)) * 2 ** max(1, levels)
        raise InputError(
            f"a length of {size} can't be halved {levels} times; take 1 or more levels, and fill it up to {whole}"
        )
