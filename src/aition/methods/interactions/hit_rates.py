"""How often a method has found a planted pair, by the kind of network: what an answer says of itself."""

EVERYWHERE = dict.fromkeys(("lstm", "gru", "mlp-tanh", "mlp-relu", "cnn", "transformer"), 1.0)
HIT_RATES: dict[str, dict[str, float]] = {
    "Archipelago": EVERYWHERE,
    "IntegratedHessians": EVERYWHERE,
    "RemovalPairs": EVERYWHERE,
    "ShapleyInteractions": EVERYWHERE,
}
"""By explainer, with its defaults (integrated Hessians: 12 nodes), and kind of network; made by
``benchmarks/bench_interactions.py rates``."""
