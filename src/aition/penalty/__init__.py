"""Penalties: what a model pays in training for an explanation that contradicts what is known."""

from aition.penalty.claims import Claim, MustMatter, MustNotMatter
from aition.penalty.contextual import RelevancePenalty, RemovalPenalty, SharePenalty
from aition.penalty.domains import Band, Component
from aition.penalty.gradients import ExpectedGradientsPenalty, RightReasonsPenalty
from aition.penalty.loader import loader_batch
from aition.penalty.occlusion import OcclusionPenalty
from aition.penalty.parts import AllBut, Cells, Features, MarkedCells, Part
from aition.penalty.weighted import Penalty, Weighted

__all__ = [
    "AllBut",
    "Band",
    "Cells",
    "Claim",
    "Component",
    "ExpectedGradientsPenalty",
    "Features",
    "MarkedCells",
    "MustMatter",
    "MustNotMatter",
    "OcclusionPenalty",
    "Part",
    "Penalty",
    "RelevancePenalty",
    "RemovalPenalty",
    "RightReasonsPenalty",
    "SharePenalty",
    "Weighted",
    "loader_batch",
]
