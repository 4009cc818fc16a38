"""Writes docs/support_matrix.txt, some minutes' work: ``python docs/_ext/support.py``."""

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import torch

from aition.testing import Report, support_matrix

ROOT = Path(__file__).parents[2]
MATRIX = ROOT / "docs" / "support_matrix.txt"


def main() -> None:
    """Ask what the conformance tests ask, and keep what came of it."""
    torch.set_num_threads(1)
    sys.path.insert(0, str(ROOT / "tests" / "conformance"))
    asked = import_module("test_conformance")
    reports = []
    for name in asked.EXPLAINERS:
        report = asked.report_of(name)
        reports.append(report)
        print(f"{name}: {report.seconds:.0f} s", file=sys.stderr)
    MATRIX.write_text(f"{support_matrix(reports)}\n\n{refusals(reports)}\n", encoding="utf-8")


def refusals(reports: Sequence[Report]) -> str:
    """Every reason for a refusal, with who gave it and on what."""
    said: dict[str, dict[str, list[str]]] = {}
    for report in reports:
        for outcome in report.of("refused"):
            cases = said.setdefault(general(outcome.reason), {}).setdefault(report.explainer, [])
            if outcome.case not in cases:
                cases.append(outcome.case)
    lines = ["| reason | explainers | on |", "|---|---|---|"]
    for reason, by in said.items():
        others = [report.explainer for report in reports if report.explainer not in by]
        who = ", ".join(by) if len(others) > 3 else f"all but {', '.join(others)}" if others else "all"
        on = list(dict.fromkeys(case for cases in by.values() for case in cases))
        lines.append(f"| {reason} | {who} | {', '.join(on)} |")
    return "\n".join(lines)


def general(reason: str) -> str:
    """A reason without the figures of one sample."""
    words = re.sub(r"-?\d+\.\d+(?:e-?\d+)?", "…", reason)
    return re.sub(r"sample '\w+'", "a sample", words).replace("|", " ")


if __name__ == "__main__":
    main()
