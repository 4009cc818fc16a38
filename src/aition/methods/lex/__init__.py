"""Explanations learned by maximum likelihood: a selector says which cells a prediction needs."""

from aition.methods.lex.at_most import AtMostK
from aition.methods.lex.budget import Coherence, Free, Price, Rate
from aition.methods.lex.choice import Choice
from aition.methods.lex.constant import LearnedConstant
from aition.methods.lex.contiguous import Contiguous
from aition.methods.lex.control import Rebar, Relax
from aition.methods.lex.estimators import Enumeration, LeaveOneOut, Pathwise, Reinforce, StraightThrough
from aition.methods.lex.evaluator import EvalX
from aition.methods.lex.fast_shap import FastShap
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.fitted_shap import FittedFastShap
from aition.methods.lex.imputing import Ready
from aition.methods.lex.lex import Lex
from aition.methods.lex.posterior import ClassPosterior
from aition.methods.lex.selected_only import SelectedOnly
from aition.methods.lex.selection import Bernoulli, ExactK
from aition.methods.lex.with_replacement import WithReplacement
from aition.models.selector import AttentionSelector, ConvolutionalSelector, DenseSelector, RecurrentSelector

__all__ = [
    "AtMostK",
    "AttentionSelector",
    "Bernoulli",
    "Choice",
    "ClassPosterior",
    "Coherence",
    "Contiguous",
    "ConvolutionalSelector",
    "DenseSelector",
    "Enumeration",
    "EvalX",
    "ExactK",
    "FastShap",
    "FittedFastShap",
    "FittedLex",
    "Free",
    "LearnedConstant",
    "LeaveOneOut",
    "Lex",
    "Pathwise",
    "Price",
    "Rate",
    "Ready",
    "Rebar",
    "RecurrentSelector",
    "Reinforce",
    "Relax",
    "SelectedOnly",
    "StraightThrough",
    "WithReplacement",
]
