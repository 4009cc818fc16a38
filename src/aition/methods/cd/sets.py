"""Rule sets: named, complete and never mixed."""

from dataclasses import dataclass
from typing import Literal

Bias = Literal["kept", "shared"]
Order = Literal["alone", "even", "last", "three", "frozen"]
Product = Literal["alone", "last", "even", "gated", "gated-even"]
Name = Literal["acd", "cdt", "gcd", "murdoch", "shapley"]


@dataclass(frozen=True)
class RuleSet:
    """How what an operation answers is divided between a group, the other cells, and constants.

    A function ``f`` of the total T = relevant β + irrelevant γ + constant κ is split in one of these orders; κ' = f(κ)
    in all but "three":

    - "alone": β' = f(κ + β) − f(κ), the group before the others;
    - "last": β' = f(T) − f(T − β), the group after the others;
    - "even": the mean of these two, Shapley's value of two players on top of the constants;
    - "three": Shapley's value of three players β, γ and κ on top of f(0), which goes to κ;
    - "frozen": the output belongs to nobody; it scales, at its total, what it is multiplied with.

    Args:
        name: What it is called.
        bias: What is added to a linear map or a tensor: "kept" with the constants, or "shared" as ``|β| : |γ| : |κ|``.
        kinked: Order for activations of straight pieces (ReLU, LeakyReLU, hardtanh, …).
        smooth: Order for all other functions of each value (tanh, sigmoid, GELU, …).
        softmax: Order for softmax.
        product: Of two parts: "alone" (products with the others' parts are irrelevant), "last" (they are relevant),
            "even" (they are halved), "gated" and "gated-even" (one that came out of a sigmoid or softmax scales the
            other at its total; two of a kind are split evenly between three or two players).
    """

    name: Name
    bias: Bias
    kinked: Order
    smooth: Order
    softmax: Order
    product: Product


MURDOCH = RuleSet("murdoch", bias="kept", kinked="even", smooth="even", softmax="even", product="alone")
ACD = RuleSet("acd", bias="shared", kinked="alone", smooth="even", softmax="alone", product="alone")
GCD = RuleSet("gcd", bias="kept", kinked="three", smooth="three", softmax="even", product="gated")
SHAPLEY = RuleSet("shapley", bias="kept", kinked="even", smooth="even", softmax="even", product="even")
CDT = RuleSet("cdt", bias="shared", kinked="last", smooth="last", softmax="frozen", product="gated-even")

SETS: dict[str, RuleSet] = {rules.name: rules for rules in (ACD, CDT, GCD, MURDOCH, SHAPLEY)}
"""Every rule set by its name."""
