"""Checks that every explainer must pass: for authors of explainers, and for our own."""

from aition.testing.cases import cases
from aition.testing.check import CHECKS, check_explainer, conformance
from aition.testing.compare import Case
from aition.testing.outcome import CheckFailure, Outcome, Report, support_matrix

__all__ = [
    "CHECKS",
    "Case",
    "CheckFailure",
    "Outcome",
    "Report",
    "cases",
    "check_explainer",
    "conformance",
    "support_matrix",
]
