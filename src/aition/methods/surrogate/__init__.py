"""Surrogates: networks that learn to behave as a model does, on the part of a series that they are shown."""

from aition.methods.surrogate.fitted import FittedTimeX
from aition.methods.surrogate.time_x import TimeX

__all__ = ["FittedTimeX", "TimeX"]
