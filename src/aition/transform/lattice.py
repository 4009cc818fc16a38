"""Orthonormal wavelet filters as lattices of rotations, so that any angles make a wavelet."""

import math

import torch
from torch import Tensor

from aition.core.errors import InputError

WHOLE = math.pi / 4
"""What the angles of a lattice add up to: then the low-pass filter adds up to the root of 2."""


def lattice_filter(angles: Tensor) -> Tensor:
    """The low-pass filter of a lattice; orthonormal to its even shifts whatever the angles are.

    The polyphase pair of the filter is the first row of ``R(t_m) D R(t_(m-1)) … D R(t_1)``: R rotates by an angle and D
    delays the second part by one. The last angle is what is missing of pi / 4. Every orthonormal filter of this length
    whose sum is the root of 2 has such angles.

    Args:
        angles: In radians, ``[…, n_angle]``; any real numbers.

    Returns:
        ``[…, 2 * (n_angle + 1)]``, as PyWavelets' ``rec_lo``; differentiable.

    References:
        Vaidyanathan and Hoang, "Lattice structures for optimal design and robust implementation of two-channel
        perfect-reconstruction QMF banks", IEEE Transactions on Acoustics, Speech and Signal Processing 36, 1988.

    >>> filter = lattice_filter(torch.tensor([0.4, -2.0, 1.0]))
    >>> products = [float(filter[: 8 - shift] @ filter[shift:]) for shift in (0, 2, 4, 6)]
    >>> [abs(round(product, 5)) for product in products], round(float(filter.sum()) ** 2, 5)
    ([1.0, 0.0, 0.0, 0.0], 2.0)
    """
    last = WHOLE - angles.sum(dim=-1, keepdim=True)
    cosine, sine = torch.cos(last), torch.sin(last)
    even, odd = cosine, sine
    for place in reversed(range(angles.shape[-1])):
        cosine, sine = torch.cos(angles[..., place, None]), torch.sin(angles[..., place, None])
        zero = torch.zeros_like(cosine)
        ahead, behind = torch.cat([even, zero], dim=-1), torch.cat([zero, odd], dim=-1)
        even, odd = ahead * cosine - behind * sine, ahead * sine + behind * cosine
    return torch.stack([even, odd], dim=-1).flatten(-2)


def lattice_angles(filter: Tensor) -> Tensor:
    """The angles of a low-pass filter, in radians, ``[n_angle]``: the inverse of :func:`lattice_filter`.

    Args:
        filter: An orthonormal filter of even length, ``[length]``.

    Raises:
        InputError: The filter is not orthonormal to its even shifts, or does not add up to the root of 2.

    >>> haar = torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64) / 2**0.5
    >>> torch.allclose(lattice_filter(lattice_angles(haar)), haar)
    True
    """
    check_filter(filter)
    even, odd = filter.double()[0::2], filter.double()[1::2]
    angles = []
    while len(even) > 1:
        front = even[0].abs() + odd[0].abs() >= even[-1].abs() + odd[-1].abs()
        angle = torch.atan2(odd[0], even[0]) if front else torch.atan2(-even[-1], odd[-1])
        angles.append(angle)
        cosine, sine = torch.cos(angle), torch.sin(angle)
        even, odd = (even * cosine + odd * sine)[:-1], (odd * cosine - even * sine)[1:]
    return torch.stack(angles).to(filter.dtype) if angles else filter.new_zeros(0)


def check_filter(filter: Tensor, *, tolerance: float = 1e-4) -> None:
    """Raise unless a low-pass filter makes an orthonormal wavelet.

    Raises:
        InputError: Saying what is amiss.
    """
    if filter.ndim != 1 or not filter.is_floating_point() or len(filter) < 2 or len(filter) % 2:
        raise InputError(
            f"filter must be [length] of even length, floating, but is {list(filter.shape)} {filter.dtype}"
        )
    size = len(filter)
    for shift in range(0, size, 2):
        product = float(filter[: size - shift].double() @ filter[shift:].double())
        if not abs(product - (shift == 0)) <= tolerance:
            raise InputError(
                f"filter must be orthonormal to its even shifts, but its product with itself {shift} steps later is "
                f"{product:.3g}; only orthogonal wavelets (db, sym, coif) have such filters"
            )
    if not abs(float(filter.double().sum()) - math.sqrt(2)) <= tolerance:
        raise InputError(f"filter must add up to the root of 2, but adds up to {float(filter.sum()):.3g}")


def highpass(lowpass: Tensor) -> Tensor:
    """The wavelet's own filter: the low-pass filter turned round, every second sign changed, ``[…, length]``.

    >>> highpass(torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist()
    [4.0, -3.0, 2.0, -1.0]
    """
    sign = torch.ones(lowpass.shape[-1], dtype=lowpass.dtype, device=lowpass.device)
    sign[1::2] = -1
    return lowpass.flip(-1) * sign


def filter_distance(one: Tensor, other: Tensor) -> float:
    """How far two low-pass filters are from one another, up to a shift, a sign and the direction of time.

    Both have norm 1, so the distance is that of points on a sphere: 0 where they are the same, 1.41 where they have
    nothing in common. The shorter is filled up with zeros.

    Args:
        one: ``[length]``.
        other: ``[length]``, of any length.

    >>> filter = lattice_filter(torch.tensor([0.4, -2.0, 1.0]))
    >>> filter_distance(filter, -filter.flip(0)) < 1e-5
    True
    """
    first, second = one.detach().double(), other.detach().double()
    size = len(first) + len(second)
    product = torch.fft.rfft(first, size) * torch.stack(
        [torch.fft.rfft(second, size).conj(), torch.fft.rfft(second.flip(0), size).conj()]
    )
    alike = torch.fft.irfft(product, size).abs().max()
    return float((first.square().sum() + second.square().sum() - 2 * alike).clamp(min=0).sqrt())
