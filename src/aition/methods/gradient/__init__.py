"""Explainers that read gradients of the target with respect to the signals."""

from aition.methods.gradient.explainers import InputXGradient, IntegratedGradients, Saliency
from aition.methods.gradient.geodesic import GeodesicIntegratedGradients
from aition.methods.gradient.stepwise import SequentialIntegratedGradients, TemporalIntegratedGradients
from aition.methods.gradient.timing import Timing

__all__ = [
    "GeodesicIntegratedGradients",
    "InputXGradient",
    "IntegratedGradients",
    "Saliency",
    "SequentialIntegratedGradients",
    "TemporalIntegratedGradients",
    "Timing",
]
