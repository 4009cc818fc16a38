"""TimeX on the four tasks that were published for it, beside integrated gradients on the same networks.

    bench_surrogate.py run --seeds 0-2      rows to benchmarks/results/surrogate.jsonl
    bench_surrogate.py table                the rows as a table, with paired differences
    bench_surrogate.py --quick              one seed of FreqShapes, kept nowhere

Cells of each series are judged by themselves and figures averaged, as published. Settings were chosen on seed 1000.
"""

import argparse
from pathlib import Path

from tried import Methods, main

ROWS = Path(__file__).parent / "results" / "surrogate.jsonl"
METHODS: Methods = {
    "TimeX": ("time-x", {}),
    "TimeX, no consistency": ("time-x", {"consistency_weight": "0"}),
    "integrated gradients": ("integrated-gradients", {}),
}
ONE: Methods = {label: one for label, one in METHODS.items() if "no consistency" not in label}
WANTED: dict[str, Methods] = {"freq-shapes": METHODS, "low-var": ONE, "seq-comb-mv": ONE, "seq-comb-uv": ONE}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    main(parser, ROWS, WANTED, against="integrated gradients")
