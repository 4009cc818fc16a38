"""Explainers, each imported when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aition.methods.attention import Attention
    from aition.methods.captum import Captum
    from aition.methods.cd import ContextualDecomposition, ContextualPairs
    from aition.methods.gradient import InputXGradient, IntegratedGradients, Saliency
    from aition.methods.hierarchy import AgglomerativeHierarchy
    from aition.methods.interactions import Archipelago, IntegratedHessians, RemovalPairs, ShapleyInteractions
    from aition.methods.lex import FastShap, Lex
    from aition.methods.masks import Dynamask, ExtremalMask
    from aition.methods.occlusion import FeatureAblation, Occlusion
    from aition.methods.trim import Trim

FAMILY = {
    "AgglomerativeHierarchy": "hierarchy",
    "Archipelago": "interactions",
    "Attention": "attention",
    "Captum": "captum",
    "ContextualDecomposition": "cd",
    "ContextualPairs": "cd",
    "Dynamask": "masks",
    "ExtremalMask": "masks",
    "FastShap": "lex",
    "FeatureAblation": "occlusion",
    "InputXGradient": "gradient",
    "IntegratedGradients": "gradient",
    "IntegratedHessians": "interactions",
    "Lex": "lex",
    "Occlusion": "occlusion",
    "RemovalPairs": "interactions",
    "Saliency": "gradient",
    "ShapleyInteractions": "interactions",
    "Trim": "trim",
}
"""Every explainer and the family that has it."""

__all__ = [
    "AgglomerativeHierarchy",
    "Archipelago",
    "Attention",
    "Captum",
    "ContextualDecomposition",
    "ContextualPairs",
    "Dynamask",
    "ExtremalMask",
    "FastShap",
    "FeatureAblation",
    "InputXGradient",
    "IntegratedGradients",
    "IntegratedHessians",
    "Lex",
    "Occlusion",
    "RemovalPairs",
    "Saliency",
    "ShapleyInteractions",
    "Trim",
]


def __getattr__(name: str) -> Any:
    if name not in FAMILY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"aition.methods.{FAMILY[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
