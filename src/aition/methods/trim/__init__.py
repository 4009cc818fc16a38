"""Explanations in the components of a transform, such as frequencies, by any explainer."""

from aition.methods.trim.explainer import Trim

__all__ = ["Trim"]
