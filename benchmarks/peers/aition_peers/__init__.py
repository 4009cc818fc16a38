"""Peers: other packages' methods as explainers, for the same tasks, models and metrics as Aition's own."""

from aition_peers.dynamask import TintDynamask
from aition_peers.extremal import TintExtremalMask

__all__ = ["TintDynamask", "TintExtremalMask"]
