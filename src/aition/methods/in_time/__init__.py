"""Explainers that follow a prediction while it runs, step by step; they explain black boxes too."""

from aition.methods.in_time.fit import Fit
from aition.methods.in_time.win_it import WinIt

__all__ = ["Fit", "WinIt"]
