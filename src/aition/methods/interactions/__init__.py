"""Explainers that say which groups of cells act together."""

from aition.methods.interactions.archipelago import Archipelago
from aition.methods.interactions.hessians import IntegratedHessians
from aition.methods.interactions.removal import RemovalPairs
from aition.methods.interactions.shapley import ShapleyInteractions

__all__ = ["Archipelago", "IntegratedHessians", "RemovalPairs", "ShapleyInteractions"]
