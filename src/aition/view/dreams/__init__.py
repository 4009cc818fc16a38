"""Dreams for readers: which pictures there are of them, and a report."""

from aition.view.dreams.pictures import KINDS, draw_dreams, fitting
from aition.view.dreams.report import dream_report

__all__ = ["KINDS", "draw_dreams", "dream_report", "fitting"]
