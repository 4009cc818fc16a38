"""How often a method has found a planted pair, by its settings and the kind of network: what answers say of it."""

import math

from aition.core.batch import Batch
from aition.core.model import Model
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import StandIn
from aition.impute.groups import Groups
from aition.impute.players import are_tried
from aition.models.kinds import lowest

HIT_RATES: dict[str, dict[str, float]] = {
    "ShapleyInteractions": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.99,
        "cnn": 0.93,
        "transformer": 0.975,
    },
    "ShapleyInteractions k-sii": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.99,
        "cnn": 0.93,
        "transformer": 0.9875,
    },
    "ShapleyInteractions stii": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.99,
        "cnn": 0.94,
        "transformer": 0.975,
    },
    "ShapleyInteractions 500": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.99,
        "cnn": 0.93,
        "transformer": 0.975,
    },
    "Archipelago": {"lstm": 1.0, "gru": 1.0, "mlp-tanh": 0.995, "mlp-relu": 0.975, "cnn": 0.935, "transformer": 0.975},
    "RemovalPairs": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.975,
        "cnn": 0.925,
        "transformer": 0.9875,
    },
    "RemovalPairs absent": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.985,
        "mlp-relu": 0.985,
        "cnn": 0.945,
        "transformer": 0.975,
    },
    "RemovalPairs present": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.955,
        "cnn": 0.91,
        "transformer": 0.9625,
    },
    "IntegratedHessians 12": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.99,
        "cnn": 0.875,
        "transformer": 0.975,
    },
    "IntegratedHessians 32": {
        "lstm": 1.0,
        "gru": 1.0,
        "mlp-tanh": 0.995,
        "mlp-relu": 0.99,
        "cnn": 0.89,
        "transformer": 0.975,
    },
}
"""By explainer and what sets it apart, and kind of network: the mean over networks, the lower of two tasks where both
were tried; made by ``benchmarks/bench_interactions.py``, tasks ``rates`` and ``time``."""


def hit_rate(method: str, model: Model, batch: Batch, *, groups: Groups, baseline: StandIn) -> float:
    """How often a method has ranked a planted pair first on networks of this kind.

    Args:
        method: One of ``HIT_RATES``, or another, which was not measured.
        model: What is explained.
        batch: Its samples.
        groups: Tried were ``Blocks`` of at most twelve groups.
        baseline: Tried was 0.

    Returns:
        NaN where nothing was measured with these settings, or on no such network.
    """
    if method not in HIT_RATES or not are_tried(groups, batch) or baseline != ConstantBaseline():
        return math.nan
    return lowest(HIT_RATES[method], model, batch)
