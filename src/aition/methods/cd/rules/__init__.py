"""Rules by function: how each operation of torch splits what it answers."""

from aition.methods.cd.rules import (
    attention,
    derived,
    elementwise,
    layers,
    linear,
    norms,
    pools,
    products,
    recurrent_calls,
    untouched,
)
from aition.methods.cd.rules.dispatch import dispatched

__all__ = [
    "attention",
    "derived",
    "dispatched",
    "elementwise",
    "layers",
    "linear",
    "norms",
    "pools",
    "products",
    "recurrent_calls",
    "untouched",
]
