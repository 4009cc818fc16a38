"""Checks: whether an explanation can be believed; they need the model, or several explanations."""

from typing import TYPE_CHECKING

from aition._lazy import lazy

if TYPE_CHECKING:
    from aition.checks.curve import RemovalCurve, Verdict, verdict
    from aition.checks.encoding import Evidence, evidence, most_important
    from aition.checks.finding import CheckVerdict, as_json
    from aition.checks.honest import honesty
    from aition.checks.ranks import agreement
    from aition.checks.removing import removal
    from aition.checks.selection import (
        SelectionVerdict,
        encoding_gap,
        stability,
        static_mask,
        told_by_choice,
    )
    from aition.methods.lex.evaluator import EvalX, outcome_of
    from aition.methods.lex.fitted_evaluator import FittedEvalX

HOME = {
    "CheckVerdict": "checks.finding",
    "EvalX": "methods.lex.evaluator",
    "Evidence": "checks.encoding",
    "FittedEvalX": "methods.lex.fitted_evaluator",
    "RemovalCurve": "checks.curve",
    "SelectionVerdict": "checks.selection",
    "Verdict": "checks.curve",
    "agreement": "checks.ranks",
    "as_json": "checks.finding",
    "encoding_gap": "checks.selection",
    "evidence": "checks.encoding",
    "honesty": "checks.honest",
    "most_important": "checks.encoding",
    "outcome_of": "methods.lex.evaluator",
    "removal": "checks.removing",
    "stability": "checks.selection",
    "static_mask": "checks.selection",
    "told_by_choice": "checks.selection",
    "verdict": "checks.curve",
}
"""Public names and the modules below aition that hold them; torch is imported only for what calls the model."""

__all__ = [
    "CheckVerdict",
    "EvalX",
    "Evidence",
    "FittedEvalX",
    "RemovalCurve",
    "SelectionVerdict",
    "Verdict",
    "agreement",
    "as_json",
    "encoding_gap",
    "evidence",
    "honesty",
    "most_important",
    "outcome_of",
    "removal",
    "stability",
    "static_mask",
    "told_by_choice",
    "verdict",
]

__getattr__, __dir__ = lazy(__name__, HOME, below="aition")
