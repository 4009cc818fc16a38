"""Do contrasts help gates? ContrastiveMask with and without them, at the same budget, beside other masks.

    bench_contrastive.py run --seeds 10-14      rows to benchmarks/results/contrastive.jsonl
    bench_contrastive.py table                  the rows as a table, with paired differences
    bench_contrastive.py --quick                one seed of Switch-Feature, kept nowhere

``light`` lets replacements be large, so that a generator can give the answer away; ``heavy`` hardly lets them. The
primary comparison is the AUPRC of "heavy" less that of "heavy, no contrasts", task by task; the others are descriptive.
"""

import argparse
from pathlib import Path

from tried import Methods, main

ROWS = Path(__file__).parent / "results" / "contrastive.jsonl"
HEAVY = {"replacement_weight": "1", "contrast_weight": "1", "trend": "local-trend", "epochs": "20"}
LIGHT = HEAVY | {"replacement_weight": "0.1", "trend": "flat"}
NONE = {"contrast_weight": "0"}


def variants(size_weight: str, steps: str) -> Methods:
    """The ablation, at one price of open gates."""
    price = {"size_weight": size_weight, "steps": steps}
    settings = {
        "heavy": HEAVY,
        "heavy, no contrasts": HEAVY | NONE,
        "heavy, no trend": HEAVY | {"trend": "flat"},
        "light, no trend": LIGHT,
        "light, no trend, no contrasts": LIGHT | NONE,
        "zero, no trend": {"replacement": "fixed", "trend": "flat"},
    }
    return {label: ("contrastive-mask", price | given) for label, given in settings.items()}


SMALL = ("heavy", "heavy, no contrasts", "zero, no trend")
RARE = {label: one for label, one in variants("0.001", "100").items() if label in SMALL}
WANTED: dict[str, Methods] = {
    "switch-feature": variants("1", "50"),
    "state": variants("1", "50"),
    "rare-time": RARE,
    "rare-time-groups": RARE,
    "rare-feature": RARE,
    "rare-feature-groups": RARE,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    main(parser, ROWS, WANTED, against="heavy, no contrasts")
