"""Presets: settings with which LEX is a method that was published under another name."""

from typing import Any

from aition.impute.constant import ConstantImputer
from aition.impute.groups import EachStep
from aition.methods.lex.budget import Coherence, Price
from aition.methods.lex.control import Rebar
from aition.methods.lex.estimators import Pathwise, Reinforce, StraightThrough
from aition.methods.lex.imputing import Ready
from aition.methods.lex.selection import Bernoulli
from aition.methods.lex.with_replacement import WithReplacement


def l2x(k: int) -> dict[str, Any]:
    """Settings of L2X: what the model says, from the masks of ``k`` relaxed draws with 0 elsewhere."""
    return {
        "selection": WithReplacement(k),
        "imputer": Ready(ConstantImputer()),
        "estimators": (Pathwise(draws=1, temperature=0.1),),
        "predictor": "joint",
        "predictor_epochs": 0,
        "guide": "model",
    }


def invase(price: float) -> dict[str, Any]:
    """Settings of INVASE: labels, from Bernoulli masks with a price and 0 elsewhere, by the score function."""
    return {
        "selection": Bernoulli(),
        "budget": Price(price),
        "imputer": Ready(ConstantImputer()),
        "estimators": (Reinforce(draws=1),),
        "predictor": "joint",
        "predictor_epochs": 0,
        "guide": "labels",
    }


def realx(price: float) -> dict[str, Any]:
    """Settings of REAL-X: as INVASE, but with a predictor that random masks taught before."""
    return {
        "selection": Bernoulli(),
        "budget": Price(price),
        "imputer": Ready(ConstantImputer()),
        "estimators": (Rebar(draws=1, temperature=0.1),),
        "predictor": "surrogate",
        "guide": "labels",
    }


def rationale(length: float, breaks: float) -> dict[str, Any]:
    """Settings of rationales: labels, from whole steps, at a price of steps and of beginnings and ends of runs."""
    return {
        "selection": Bernoulli(),
        "budget": Coherence(length, breaks),
        "groups": EachStep(),
        "imputer": Ready(ConstantImputer()),
        "estimators": (StraightThrough(draws=1, through="all"),),
        "predictor": "joint",
        "predictor_epochs": 0,
        "guide": "labels",
    }
