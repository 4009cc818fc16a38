"""How a recurrent layer's activations, products and biases are shared out, by rule set."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.methods.cd.sets import RuleSet


@dataclass(frozen=True, eq=False)
class Share:
    """A value, and who owns which part of it; what neither a group nor the constants own is irrelevant.

    Args:
        total: The value, ``[…]``.
        relevant: What the groups own, ``[group, …]``.
        constant: What biases and first states own, ``[group or 1, …]``.
        within: Of each group the place of the one that it lies in, whose rest is absent for it; empty: in none.
    """

    total: Tensor
    relevant: Tensor
    constant: Tensor
    within: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))

    def __add__(self, other: "Share") -> "Share":
        return self.of(self.total + other.total, self.relevant + other.relevant, self.constant + other.constant)

    def of(self, total: Tensor, relevant: Tensor, constant: Tensor) -> "Share":
        """Another value of the same groups."""
        return Share(total, relevant, constant, self.within)

    def faced(self) -> Tensor:
        """The total that each group is split off from, ``[…]`` or ``[group, …]``."""
        return self.total - self.relevant[self.within] + self.relevant if len(self.within) else self.total

    def each(self, function: Callable[[Tensor], Tensor]) -> "Share":
        """The same linear function of every part; it must leave leading axes alone."""
        return self.of(function(self.total), function(self.relevant), function(self.constant))

    def at(self, place: int) -> "Share":
        """One step or layer: one place of the third axis from the last."""
        return self.each(lambda part: part.select(-3, place))


Curve = Callable[[Tensor], Tensor]
Activation = Callable[[Curve, Share], Share]
Multiply = Callable[[Share, Share], Share]


def both_ends(function: Curve, value: Share) -> Share:
    """What the relevant part adds, the mean of with and without the irrelevant part; the constants are always there.

    References:
        Murdoch, Liu and Yu 2018, on linearising activation functions, with the bias in every term.
    """
    constant = function(value.constant)
    own = function(value.relevant + value.constant) - constant
    total = function(value.total)
    last = of_faced(function, value, total) - function(value.faced() - value.relevant)
    return value.of(total, (own + last) / 2, constant)


def of_faced(function: Curve, value: Share, total: Tensor) -> Tensor:
    """A function of what each group is split off from; ``total`` is that of the total."""
    return function(value.faced()) if len(value.within) else total


def foremost(function: Curve, value: Share) -> Share:
    """What the relevant part does with the constants alone, before the irrelevant part comes (ACD's order for ReLU)."""
    constant = function(value.constant)
    return value.of(function(value.total), function(value.relevant + value.constant) - constant, constant)


def hindmost(function: Curve, value: Share) -> Share:
    """What the relevant part adds to all the rest (the order of CD-T)."""
    total = function(value.total)
    after = function(value.faced() - value.relevant)
    return value.of(total, of_faced(function, value, total) - after, function(value.constant))


def thirds(function: Curve, value: Share) -> Share:
    """The Shapley value among relevant, irrelevant and constant; the value at zero goes to the constants."""
    irrelevant = value.faced() - value.relevant - value.constant
    nothing = function(torch.zeros_like(value.total[..., :1]))
    total = function(value.total)
    everybody = of_faced(function, value, total)
    alone, apart = function(value.relevant), function(irrelevant)
    bare = function(value.constant)
    without_constant = function(value.relevant + irrelevant)
    without_irrelevant = function(value.relevant + value.constant)
    without_relevant = function(irrelevant + value.constant)
    relevant = (
        (alone - nothing + everybody - without_relevant) / 3
        + (without_constant - apart + without_irrelevant - bare) / 6
    )  # fmt: skip
    constant = (
        (bare - nothing + everybody - without_constant) / 3
        + (without_irrelevant - alone + without_relevant - apart) / 6
        + nothing
    )  # fmt: skip
    return value.of(total, relevant, constant)


def by_both(gate: Share, value: Share) -> Share:
    """Who owns both factors, or one while the other is constant, owns the product; what is mixed is irrelevant."""
    constant = gate.constant * value.constant
    both = (gate.relevant + gate.constant) * (value.relevant + value.constant)
    return value.of(gate.total * value.total, both - constant, constant)


def by_either(gate: Share, value: Share) -> Share:
    """Who owns either factor owns the product, but for what is constant; the mirror image of :func:`by_both`."""
    constant = gate.constant * value.constant
    without = (gate.faced() - gate.relevant) * (value.faced() - value.relevant)
    total = gate.total * value.total
    together = gate.faced() * value.faced() if len(value.within) else total
    return value.of(total, together - without, constant)


def gated(gate: Share, value: Share) -> Share:
    """The gate lets pass what it does in this sample; who owns the value owns the product."""
    return value.each(lambda part: gate.total * part)


def evenly(gate: Share, value: Share) -> Share:
    """The Shapley value of relevant and irrelevant on top of the constants: half of each mixed product to either."""
    by_gate = gate.relevant * (value.faced() + value.constant)
    by_value = value.relevant * (gate.faced() + gate.constant)
    return value.of(gate.total * value.total, (by_gate + by_value) / 2, gate.constant * value.constant)


def apart(linear: Share, bias: Tensor) -> Share:
    """A bias is the constants'."""
    return linear.of(linear.total + bias, linear.relevant, linear.constant + bias)


def by_size(linear: Share, bias: Tensor) -> Share:
    """A bias is shared out as |relevant| : |irrelevant| : |constant|; the constants' where all are 0.

    A share divides by what may be small, and steps feed it back: rounding would grow to figures. So what is below 16
    roundings of the largest total counts as 0.

    References:
        Singh, Murdoch and Yu 2019, on biases of convolutions and linear layers.
    """
    floor = 16 * torch.finfo(linear.total.dtype).eps * linear.total.detach().abs().amax(dim=-1, keepdim=True)
    own, kept, others = (
        torch.where(part.abs() > floor, part.abs(), 0.0)
        for part in (linear.relevant, linear.constant, linear.faced() - linear.relevant - linear.constant)
    )
    sizes = own + kept + others
    none = sizes == 0
    rate = bias / sizes.masked_fill(none, 1)
    constant = linear.constant
    if bool(kept.any()) or bool(none.any()):
        constant = constant + torch.where(none, bias, rate * kept)
    return linear.of(linear.total + bias, linear.relevant + rate * own, constant)


@dataclass(frozen=True)
class Algebra:
    """How the parts of recurrent cells are computed.

    Args:
        bias: How the bias of a linear map is shared out.
        smooth: How sigmoid and tanh are shared out.
        kinked: How ReLU is.
        write: How products with gates that write or keep are (LSTM i and f, GRU z).
        read: How products with gates that read are (LSTM o, GRU r).
    """

    bias: Callable[[Share, Tensor], Share]
    smooth: Activation
    kinked: Activation
    write: Multiply
    read: Multiply

    def n_split(self, n_before_read: int) -> int:
        """How many gates of a cell are shared out: candidates, then those that write, then the one that reads.

        Args:
            n_before_read: Gates before the one that reads, candidates among them.
        """
        if self.read is not gated:
            return n_before_read + 1
        return 1 if self.write is gated else n_before_read


BIASES = {"kept": apart, "shared": by_size}
ORDERS = {"alone": foremost, "even": both_ends, "last": hindmost, "three": thirds}
PRODUCTS = {
    "alone": (by_both, gated),
    "last": (by_either, gated),
    "even": (evenly, evenly),
    "gated": (gated, gated),
    "gated-even": (gated, gated),
}


def algebra_of(rules: RuleSet) -> Algebra:
    """How a rule set shares out recurrent cells.

    "alone" keeps what is written and reads by the total, as LSTMs were first decomposed.
    """
    write, read = PRODUCTS[rules.product]
    return Algebra(
        bias=BIASES[rules.bias], smooth=ORDERS[rules.smooth], kinked=ORDERS[rules.kinked], write=write, read=read
    )
