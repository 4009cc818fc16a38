"""Dreams: series that drive a model to what is asked, and how real they look."""

from aition.dream.aims import Level, Most, Value
from aition.dream.dream import dream
from aition.dream.figures import DreamFigures, figures_of
from aition.dream.inside import Channel, Direction, Layer, Neuron
from aition.dream.judges import JUDGES, Isolation, LocalOutliers, Neighbours, Spectra, Timing
from aition.dream.objectives import Border, Joint, Margin, Objective, Output
from aition.dream.parameterisations import (
    Change,
    Coefficients,
    Frequencies,
    Latent,
    Mixture,
    Phases,
    PrincipalComponents,
    Time,
    Unchanged,
    Words,
)
from aition.dream.recipe import PRESETS, Recipe, preset
from aition.dream.regularisers import (
    Amounts,
    Clamping,
    ExponentialSmoothing,
    GaussianSmoothing,
    MovingAverage,
    Squares,
    TotalVariation,
)
from aition.dream.rivals import rivals
from aition.dream.variations import Jitter, Noise, Scaling, Warp
from aition.dream.verdict import DreamVerdict, verdicts_of
from aition.dream.vocabulary import sentences_of
from aition.models.fresh import untrained

__all__ = [
    "JUDGES", "PRESETS", "Amounts", "Border", "Change", "Channel", "Clamping", "Coefficients", "Direction",
    "DreamFigures", "DreamVerdict", "ExponentialSmoothing", "Frequencies",
    "GaussianSmoothing", "Isolation", "Jitter", "Joint",
    "Latent", "Layer", "Level", "LocalOutliers", "Margin", "Mixture", "Most", "MovingAverage", "Neighbours", "Neuron",
    "Noise", "Objective", "Output", "Phases", "PrincipalComponents", "Recipe", "Scaling", "Spectra", "Squares",
    "Time", "Timing", "TotalVariation", "Unchanged", "Value", "Warp", "Words", "dream", "figures_of", "preset",
    "rivals", "sentences_of", "untrained", "verdicts_of",
]  # fmt: skip
