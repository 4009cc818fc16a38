"""Every attribution method of Captum on inputs, through one adapter."""

from aition.methods.captum.explainer import Captum

__all__ = ["Captum"]
