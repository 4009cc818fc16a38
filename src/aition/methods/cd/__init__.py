"""Contextual decomposition: what of an output is due to a group of cells, pushed forward through the network."""

from aition.methods.cd.decompose import Decomposition, decompose, decompose_signals
from aition.methods.cd.explainer import ContextualDecomposition
from aition.methods.cd.pairs import ContextualPairs
from aition.methods.cd.sets import SETS, RuleSet

__all__ = [
    "SETS",
    "ContextualDecomposition",
    "ContextualPairs",
    "Decomposition",
    "RuleSet",
    "decompose",
    "decompose_signals",
]
