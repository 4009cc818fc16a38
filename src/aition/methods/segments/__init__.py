"""Explainers that ask what the target is where only some segments, steps or groups of cells are present."""

from aition.methods.segments.lime import SegmentLime
from aition.methods.segments.shap import SegmentShap
from aition.methods.segments.time_shap import TimeShap

__all__ = ["SegmentLime", "SegmentShap", "TimeShap"]
