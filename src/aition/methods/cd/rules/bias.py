"""What becomes of a constant that is added to parts."""

from typing import Any

import torch
from torch import Tensor

from aition.methods.cd.parts import Lanes, Parts, faced, made

MASK = -1e3
"""What is added and is no larger is a mask: its exponential is 0, also in double precision."""


def with_bias(parts: Parts, bias: Any) -> Parts:
    """Parts plus a constant.

    "kept": it joins the constants. "shared": it is divided as |β| : |γ| : |κ| (Singh, Murdoch and Yu 2019, equation 6);
    where all three are 0, or the constant is a mask (−1000 or less) or not finite, it joins the constants. One that is
    0 stays in its way where gradients are asked of it, as in training, which begins with biases of 0.
    """
    dtype = torch.result_type(parts.total, bias) if isinstance(bias, int | float | complex) else None
    constant = torch.as_tensor(bias, dtype=dtype, device=parts.total.device)
    total = parts.total + constant
    asked = constant.requires_grad and torch.is_grad_enabled()
    if not asked and not bool(constant.any()):
        return same_values(parts, total)
    shape = total.shape
    relevant = spread(parts.relevant, shape)
    kappa = spread(parts.constant, shape)
    known = (1, *shape)
    if parts.course.rules.bias == "kept":
        kept = (kappa if len(kappa) else total.new_zeros(known)) + constant
        return made(total, relevant, kept, parts.course, gate=parts.gate)
    before = parts.total.expand(shape)
    return divided(made(before, relevant, kappa, parts.course, gate=parts.gate), constant, total)


def same_values(parts: Parts, total: Tensor) -> Parts:
    """Parts in the shape of a total that has the same values."""
    lanes = (spread(parts.relevant, total.shape), spread(parts.constant, total.shape))
    return made(total, lanes[0].to(total.dtype), lanes[1].to(total.dtype), parts.course, gate=parts.gate)


def spread(lanes: Lanes, shape: torch.Size) -> Lanes:
    """Lanes of a tensor that is broadcast to a larger shape."""
    missing = len(shape) + 1 - lanes.ndim
    return lanes.reshape(len(lanes), *(1,) * missing, *lanes.shape[1:]).expand(len(lanes), *shape)


def divided(parts: Parts, bias: Tensor, total: Tensor) -> Parts:
    """Parts plus a constant that is divided in proportion to their sizes.

    A size below the least normal number counts as that, so that 0 is divided by it and not by 0, also in gradients.
    """
    constant = parts.constant
    own = parts.relevant.abs()
    others = faced(parts) - parts.relevant
    if not len(constant):
        whole = own + others.abs()
        least, most = torch.aminmax(whole.detach())
        if bool(most.isfinite()) and bool(shareable(bias).all()):
            tiny = torch.finfo(whole.dtype).tiny
            size = whole if bool(least >= tiny) else whole.clamp_min(tiny)
            kept = constant if size is whole else bias * (1 - whole / size)
            return made(total, torch.addcmul(parts.relevant, own / size, bias), kept, parts.course, gate=parts.gate)
    kept = constant.abs()
    whole = own + (others - constant if len(constant) else others).abs() + (kept if len(constant) else 0)
    good = (whole > 0) & whole.isfinite() & shareable(bias)
    safe = torch.where(good, whole, torch.ones_like(whole))
    rate = torch.where(good, bias, bias.new_zeros(())) / safe
    relevant = parts.relevant + rate * own
    if len(constant):
        return made(total, relevant, constant + torch.where(good, rate * kept, bias), parts.course, gate=parts.gate)
    return made(total, relevant, torch.where(good, bias.new_zeros(()), bias), parts.course, gate=parts.gate)


def shareable(bias: Tensor) -> Tensor:
    """Where a constant is no mask."""
    return bias.isfinite() if bias.is_complex() else bias.isfinite() & (bias > MASK)
