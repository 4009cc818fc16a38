"""How often pairs of each rule set have found a planted pair, by company and kind of network."""

HIT_RATES: dict[str, dict[str, dict[str, float]]] = {
    "all": {
        "acd": {"lstm": 0.0042, "gru": 0.025, "mlp-tanh": 0.4208, "mlp-relu": 0.99, "cnn": 0.935, "transformer": 0.35},
        "cdt": {
            "lstm": 0.0,
            "gru": 0.0208,
            "mlp-tanh": 0.9625,
            "mlp-relu": 0.8583,
            "cnn": 0.9792,
            "transformer": 0.9313,
        },
        "gcd": {
            "lstm": 0.4625,
            "gru": 0.3042,
            "mlp-tanh": 0.8875,
            "mlp-relu": 0.9375,
            "cnn": 0.9833,
            "transformer": 0.7125,
        },
        "murdoch": {
            "lstm": 0.975,
            "gru": 0.625,
            "mlp-tanh": 0.28,
            "mlp-relu": 0.3792,
            "cnn": 0.575,
            "transformer": 0.575,
        },
        "shapley": {
            "lstm": 0.2583,
            "gru": 0.2,
            "mlp-tanh": 0.28,
            "mlp-relu": 0.3792,
            "cnn": 0.575,
            "transformer": 0.35,
        },
    },
    "others": {
        "acd": {
            "lstm": 0.0042,
            "gru": 0.0125,
            "mlp-tanh": 0.2917,
            "mlp-relu": 1.0,
            "cnn": 0.9833,
            "transformer": 0.775,
        },
        "cdt": {
            "lstm": 0.0042,
            "gru": 0.0542,
            "mlp-tanh": 0.6667,
            "mlp-relu": 0.9542,
            "cnn": 0.9667,
            "transformer": 0.925,
        },
        "gcd": {"lstm": 0.1, "gru": 0.1042, "mlp-tanh": 0.9125, "mlp-relu": 1.0, "cnn": 1.0, "transformer": 1.0},
        "murdoch": {"lstm": 0.9875, "gru": 0.9667, "mlp-tanh": 1.0, "mlp-relu": 1.0, "cnn": 1.0, "transformer": 1.0},
        "shapley": {"lstm": 1.0, "gru": 0.95, "mlp-tanh": 0.995, "mlp-relu": 0.975, "cnn": 0.925, "transformer": 0.9},
    },
}
"""By company, rule set and kind of network: the mean over networks, the lower of two tasks where both were tried; made
by ``benchmarks/bench_cd_interactions.py``, tasks ``rates`` and ``time``."""
