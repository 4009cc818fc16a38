"""Checks: whether an explanation can be believed; they need the model, or several explanations."""

from typing import TYPE_CHECKING

from aition._lazy import lazy

if TYPE_CHECKING:
    from aition.checks.anew import like_model
    from aition.checks.candidates import candidates_for
    from aition.checks.concordance import Concord, concord, concordant
    from aition.checks.curve import RemovalCurve, Verdict, verdict
    from aition.checks.encoding import Evidence, evidence, most_important
    from aition.checks.finding import CheckVerdict, as_json
    from aition.checks.honest import honesty
    from aition.checks.infidelity import Sums, adds_up, summed, untold
    from aition.checks.knowing import knows
    from aition.checks.leaning import leaning_on
    from aition.checks.leant import Leaning, Place
    from aition.checks.likeness import Likeness, bound_of, like_unlearned
    from aition.checks.movement import Movement, amplified, steady, steady_over_seeds, worst
    from aition.checks.parts import Effort
    from aition.checks.places import Region, Shares, by_feature, by_stretch, dense_regions
    from aition.checks.randomising import against_truth, randomised_labels, randomised_weights
    from aition.checks.ranks import agreement
    from aition.checks.recommendation import Candidate, Recommendation, recommendation_json
    from aition.checks.recommending import recommend
    from aition.checks.relearning import retraining
    from aition.checks.removing import removal, removals
    from aition.checks.replaced import Replaced, across
    from aition.checks.retrained import Retrained, missed
    from aition.checks.selection import SelectionVerdict, encoding_gap, stability, static_mask, told_by_choice
    from aition.checks.shaking import seeds_compared, shaken
    from aition.checks.stranger import strangers
    from aition.checks.table import Checked, quick_checks, run_checks
    from aition.methods.lex.evaluator import EvalX, outcome_of
    from aition.methods.lex.fitted_evaluator import FittedEvalX

HOME = {
    "Candidate": "checks.recommendation",
    "CheckVerdict": "checks.finding",
    "Checked": "checks.table",
    "Concord": "checks.concordance",
    "Effort": "checks.parts",
    "EvalX": "methods.lex.evaluator",
    "Evidence": "checks.encoding",
    "FittedEvalX": "methods.lex.fitted_evaluator",
    "Leaning": "checks.leant",
    "Likeness": "checks.likeness",
    "Movement": "checks.movement",
    "Place": "checks.leant",
    "Recommendation": "checks.recommendation",
    "Region": "checks.places",
    "RemovalCurve": "checks.curve",
    "Replaced": "checks.replaced",
    "Retrained": "checks.retrained",
    "SelectionVerdict": "checks.selection",
    "Shares": "checks.places",
    "Sums": "checks.infidelity",
    "Verdict": "checks.curve",
    "across": "checks.replaced",
    "adds_up": "checks.infidelity",
    "against_truth": "checks.randomising",
    "agreement": "checks.ranks",
    "amplified": "checks.movement",
    "as_json": "checks.finding",
    "bound_of": "checks.likeness",
    "by_feature": "checks.places",
    "by_stretch": "checks.places",
    "candidates_for": "checks.candidates",
    "concord": "checks.concordance",
    "concordant": "checks.concordance",
    "dense_regions": "checks.places",
    "encoding_gap": "checks.selection",
    "evidence": "checks.encoding",
    "honesty": "checks.honest",
    "knows": "checks.knowing",
    "leaning_on": "checks.leaning",
    "like_model": "checks.anew",
    "like_unlearned": "checks.likeness",
    "missed": "checks.retrained",
    "most_important": "checks.encoding",
    "outcome_of": "methods.lex.evaluator",
    "quick_checks": "checks.table",
    "randomised_labels": "checks.randomising",
    "randomised_weights": "checks.randomising",
    "recommend": "checks.recommending",
    "recommendation_json": "checks.recommendation",
    "removal": "checks.removing",
    "removals": "checks.removing",
    "retraining": "checks.relearning",
    "run_checks": "checks.table",
    "seeds_compared": "checks.shaking",
    "shaken": "checks.shaking",
    "stability": "checks.selection",
    "static_mask": "checks.selection",
    "steady": "checks.movement",
    "steady_over_seeds": "checks.movement",
    "strangers": "checks.stranger",
    "summed": "checks.infidelity",
    "told_by_choice": "checks.selection",
    "untold": "checks.infidelity",
    "verdict": "checks.curve",
    "worst": "checks.movement",
}
"""Public names and the modules below aition that hold them; torch is imported only for what calls the model."""

__all__ = [
    "Candidate",
    "CheckVerdict",
    "Checked",
    "Concord",
    "Effort",
    "EvalX",
    "Evidence",
    "FittedEvalX",
    "Leaning",
    "Likeness",
    "Movement",
    "Place",
    "Recommendation",
    "Region",
    "RemovalCurve",
    "Replaced",
    "Retrained",
    "SelectionVerdict",
    "Shares",
    "Sums",
    "Verdict",
    "across",
    "adds_up",
    "against_truth",
    "agreement",
    "amplified",
    "as_json",
    "bound_of",
    "by_feature",
    "by_stretch",
    "candidates_for",
    "concord",
    "concordant",
    "dense_regions",
    "encoding_gap",
    "evidence",
    "honesty",
    "knows",
    "leaning_on",
    "like_model",
    "like_unlearned",
    "missed",
    "most_important",
    "outcome_of",
    "quick_checks",
    "randomised_labels",
    "randomised_weights",
    "recommend",
    "recommendation_json",
    "removal",
    "removals",
    "retraining",
    "run_checks",
    "seeds_compared",
    "shaken",
    "stability",
    "static_mask",
    "steady",
    "steady_over_seeds",
    "strangers",
    "summed",
    "told_by_choice",
    "untold",
    "verdict",
    "worst",
]

__getattr__, __dir__ = lazy(__name__, HOME, below="aition")
