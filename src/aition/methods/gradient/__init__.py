"""Explainers that read gradients of the target with respect to the signals."""

from aition.methods.gradient.explainers import InputXGradient, IntegratedGradients, Saliency

__all__ = ["InputXGradient", "IntegratedGradients", "Saliency"]
