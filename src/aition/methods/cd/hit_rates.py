"""How often pairs of each rule set have found a planted pair, by company and kind of network."""

HIT_RATES: dict[str, dict[str, dict[str, float]]] = {
    "all": {"acd": {}, "cdt": {}, "gcd": {}, "murdoch": {}, "shapley": {}},
    "others": {"acd": {}, "cdt": {}, "gcd": {}, "murdoch": {}, "shapley": {}},
}
"""By company, rule set and kind of network; made by ``benchmarks/bench_cd_interactions.py rates``."""
