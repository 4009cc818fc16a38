"""Explanations learned by maximum likelihood: a selector says which cells a prediction needs."""

from aition.methods.lex.budget import Free, Price, Rate
from aition.methods.lex.control import Rebar, Relax
from aition.methods.lex.estimators import Enumeration, LeaveOneOut, Pathwise, Reinforce, StraightThrough
from aition.methods.lex.lex import FittedLex, Lex, Ready
from aition.methods.lex.selection import Bernoulli, ExactK
from aition.methods.lex.selector import AttentionSelector, ConvolutionalSelector, DenseSelector, RecurrentSelector

__all__ = [
    "AttentionSelector",
    "Bernoulli",
    "ConvolutionalSelector",
    "DenseSelector",
    "Enumeration",
    "ExactK",
    "FittedLex",
    "Free",
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
    "StraightThrough",
]
