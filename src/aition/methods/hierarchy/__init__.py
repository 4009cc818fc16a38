"""Hierarchies: which cells the model reads together, from single ones to the whole series."""

from aition.methods.hierarchy.explainer import AgglomerativeHierarchy

__all__ = ["AgglomerativeHierarchy"]
