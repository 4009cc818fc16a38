"""Checks: whether an explanation can be believed; they need the model, or several explanations."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aition.checks.curve import RemovalCurve, Verdict, verdict
    from aition.checks.encoding import Evidence, evidence, most_important
    from aition.checks.evaluator import EvalX, FittedEvalX, outcome_of
    from aition.checks.ranks import agreement
    from aition.checks.removing import removal
    from aition.checks.selection import (
        SelectionVerdict,
        encoding_gap,
        stability,
        static_mask,
        told_by_choice,
    )

HOME = {
    "EvalX": "evaluator",
    "Evidence": "encoding",
    "FittedEvalX": "evaluator",
    "RemovalCurve": "curve",
    "SelectionVerdict": "selection",
    "Verdict": "curve",
    "agreement": "ranks",
    "encoding_gap": "selection",
    "evidence": "encoding",
    "most_important": "encoding",
    "outcome_of": "evaluator",
    "removal": "removing",
    "stability": "selection",
    "static_mask": "selection",
    "told_by_choice": "selection",
    "verdict": "curve",
}
"""Public names and the modules that hold them; torch is imported only for what calls the model."""

__all__ = [
    "EvalX",
    "Evidence",
    "FittedEvalX",
    "RemovalCurve",
    "SelectionVerdict",
    "Verdict",
    "agreement",
    "encoding_gap",
    "evidence",
    "most_important",
    "outcome_of",
    "removal",
    "stability",
    "static_mask",
    "told_by_choice",
    "verdict",
]


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"aition.checks.{HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
