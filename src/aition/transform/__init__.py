"""Invertible transforms of series and fields: frequencies, frames, wavelets, fitted components, trend and season."""

from aition.transform.components import Components, Transform
from aition.transform.fields import FieldBands
from aition.transform.fitted import NonNegative, Principal
from aition.transform.fourier import Fourier, FourierBands
from aition.transform.grouped import Grouped
from aition.transform.parts import Parts, parts, recovered
from aition.transform.seasonal import SeasonalTrend, Stl
from aition.transform.short_time import ShortTime
from aition.transform.wavelets import LearnedWavelets, Wavelets

__all__ = [
    "Components",
    "FieldBands",
    "Fourier",
    "FourierBands",
    "Grouped",
    "LearnedWavelets",
    "NonNegative",
    "Parts",
    "Principal",
    "SeasonalTrend",
    "ShortTime",
    "Stl",
    "Transform",
    "Wavelets",
    "parts",
    "recovered",
]
