"""How often pairs of each rule set have found a planted pair, by company and kind of network."""

HIT_RATES: dict[str, dict[str, dict[str, float]]] = {
    "all": {
        "acd": {
            "lstm": 0.0042,
            "gru": 0.0375,
            "mlp-tanh": 0.425,
            "mlp-relu": 1.0,
            "cnn": 0.975,
            "transformer": 0.6937,
        },
        "cdt": {
            "lstm": 0.0,
            "gru": 0.0208,
            "mlp-tanh": 0.9563,
            "mlp-relu": 0.8625,
            "cnn": 0.9688,
            "transformer": 0.9313,
        },
        "gcd": {
            "lstm": 0.4625,
            "gru": 0.3042,
            "mlp-tanh": 0.85,
            "mlp-relu": 0.9187,
            "cnn": 0.975,
            "transformer": 0.7125,
        },
        "murdoch": {
            "lstm": 0.975,
            "gru": 0.9792,
            "mlp-tanh": 0.7688,
            "mlp-relu": 0.3625,
            "cnn": 0.5938,
            "transformer": 1.0,
        },
        "shapley": {
            "lstm": 0.2583,
            "gru": 0.3542,
            "mlp-tanh": 0.7688,
            "mlp-relu": 0.3625,
            "cnn": 0.5938,
            "transformer": 0.3812,
        },
    },
    "others": {
        "acd": {
            "lstm": 0.0042,
            "gru": 0.0125,
            "mlp-tanh": 0.2875,
            "mlp-relu": 1.0,
            "cnn": 0.975,
            "transformer": 0.775,
        },
        "cdt": {
            "lstm": 0.0042,
            "gru": 0.0542,
            "mlp-tanh": 0.6438,
            "mlp-relu": 0.9313,
            "cnn": 0.95,
            "transformer": 0.925,
        },
        "gcd": {
            "lstm": 0.1,
            "gru": 0.1042,
            "mlp-tanh": 0.875,
            "mlp-relu": 1.0,
            "cnn": 1.0,
            "transformer": 1.0,
        },
        "murdoch": {
            "lstm": 0.9875,
            "gru": 0.9667,
            "mlp-tanh": 1.0,
            "mlp-relu": 1.0,
            "cnn": 1.0,
            "transformer": 1.0,
        },
        "shapley": {
            "lstm": 1.0,
            "gru": 1.0,
            "mlp-tanh": 1.0,
            "mlp-relu": 1.0,
            "cnn": 1.0,
            "transformer": 1.0,
        },
    },
}
"""By company, rule set and kind of network; made by ``benchmarks/bench_cd_interactions.py rates``."""
