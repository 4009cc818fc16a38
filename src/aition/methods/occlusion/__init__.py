"""Explainers that take values away and see how far the target falls; they explain black boxes too."""

from aition.methods.occlusion.ablation import FeatureAblation
from aition.methods.occlusion.absence import Absence
from aition.methods.occlusion.windows import Occlusion

__all__ = ["Absence", "FeatureAblation", "Occlusion"]
