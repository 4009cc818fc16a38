"""Explainers, each imported when it is first asked for."""

from typing import TYPE_CHECKING

from aition._lazy import lazy

if TYPE_CHECKING:
    from aition.methods.attention import Attention
    from aition.methods.captum import Captum
    from aition.methods.cd import ContextualDecomposition, ContextualPairs
    from aition.methods.gradient import (
        GeodesicIntegratedGradients,
        InputXGradient,
        IntegratedGradients,
        Saliency,
        SequentialIntegratedGradients,
        TemporalIntegratedGradients,
        Timing,
    )
    from aition.methods.hierarchy import AgglomerativeHierarchy
    from aition.methods.in_time import Fit, WinIt
    from aition.methods.interactions import Archipelago, IntegratedHessians, RemovalPairs, ShapleyInteractions
    from aition.methods.lex import FastShap, Lex
    from aition.methods.masks import ContrastiveMask, Dynamask, ExtremalMask
    from aition.methods.occlusion import Absence, FeatureAblation, Occlusion
    from aition.methods.segments import SegmentLime, SegmentShap, TimeShap
    from aition.methods.surrogate import TimeX
    from aition.methods.trim import Trim

FAMILY = {
    "Absence": "occlusion",
    "AgglomerativeHierarchy": "hierarchy",
    "Archipelago": "interactions",
    "Attention": "attention",
    "Captum": "captum",
    "ContextualDecomposition": "cd",
    "ContextualPairs": "cd",
    "ContrastiveMask": "masks",
    "Dynamask": "masks",
    "ExtremalMask": "masks",
    "FastShap": "lex",
    "FeatureAblation": "occlusion",
    "Fit": "in_time",
    "GeodesicIntegratedGradients": "gradient",
    "InputXGradient": "gradient",
    "IntegratedGradients": "gradient",
    "IntegratedHessians": "interactions",
    "Lex": "lex",
    "Occlusion": "occlusion",
    "RemovalPairs": "interactions",
    "Saliency": "gradient",
    "SegmentLime": "segments",
    "SegmentShap": "segments",
    "SequentialIntegratedGradients": "gradient",
    "ShapleyInteractions": "interactions",
    "TemporalIntegratedGradients": "gradient",
    "TimeShap": "segments",
    "Timing": "gradient",
    "TimeX": "surrogate",
    "Trim": "trim",
    "WinIt": "in_time",
}
"""Every explainer and the family that has it."""

__all__ = [
    "Absence",
    "AgglomerativeHierarchy",
    "Archipelago",
    "Attention",
    "Captum",
    "ContextualDecomposition",
    "ContextualPairs",
    "ContrastiveMask",
    "Dynamask",
    "ExtremalMask",
    "FastShap",
    "FeatureAblation",
    "Fit",
    "GeodesicIntegratedGradients",
    "InputXGradient",
    "IntegratedGradients",
    "IntegratedHessians",
    "Lex",
    "Occlusion",
    "RemovalPairs",
    "Saliency",
    "SegmentLime",
    "SegmentShap",
    "SequentialIntegratedGradients",
    "ShapleyInteractions",
    "TemporalIntegratedGradients",
    "TimeShap",
    "TimeX",
    "Timing",
    "Trim",
    "WinIt",
]

__getattr__, __dir__ = lazy(__name__, FAMILY)
