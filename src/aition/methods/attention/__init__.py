"""Explainers that read the attention weights of a network."""

from aition.methods.attention.explainer import Attention

__all__ = ["Attention"]
