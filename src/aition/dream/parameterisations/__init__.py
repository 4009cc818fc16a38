"""Parameterisations: which numbers are optimised, and the series that they make."""

from aition.dream.parameterisations.change import Change
from aition.dream.parameterisations.frequency import Frequencies, Phases
from aition.dream.parameterisations.latent import Latent
from aition.dream.parameterisations.parameterisation import Canvas, Parameterisation
from aition.dream.parameterisations.principal import PrincipalComponents
from aition.dream.parameterisations.real import Mixture, Unchanged
from aition.dream.parameterisations.time import Time
from aition.dream.parameterisations.transformed import Coefficients
from aition.dream.parameterisations.words import Words

__all__ = [
    "Canvas",
    "Change",
    "Coefficients",
    "Frequencies",
    "Latent",
    "Mixture",
    "Parameterisation",
    "Phases",
    "PrincipalComponents",
    "Time",
    "Unchanged",
    "Words",
]
