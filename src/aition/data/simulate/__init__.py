"""Simulators: laws whose truth is known, to hold explanations against."""

from aition.data.simulate.arma import Rare
from aition.data.simulate.bearing import Bearing, Geometry
from aition.data.simulate.coated_pits import CoatedPits
from aition.data.simulate.delayed_effect import DelayedEffect
from aition.data.simulate.freq_shapes import FreqShapes
from aition.data.simulate.gaussian_field import GaussianField
from aition.data.simulate.given import KnownInPart
from aition.data.simulate.hidden_markov import State
from aition.data.simulate.hospital import Hospital
from aition.data.simulate.latent_state import LatentState
from aition.data.simulate.low_var import LowVar
from aition.data.simulate.nested import NestedGroups
from aition.data.simulate.ordered import Ordered
from aition.data.simulate.panels import Panels
from aition.data.simulate.planted_frequency import PlantedFrequency
from aition.data.simulate.planted_motif import PlantedMotif
from aition.data.simulate.redundant import Redundant
from aition.data.simulate.seq_comb import SeqComb
from aition.data.simulate.shortcut import Shortcut
from aition.data.simulate.sign_flip import SignFlip
from aition.data.simulate.simulated import Simulated, Simulator
from aition.data.simulate.suppressor import Suppressor
from aition.data.simulate.switch_ar import Relay, SwitchAR
from aition.data.simulate.switching import SwitchFeature
from aition.data.simulate.switching_blocks import SwitchingBlocks
from aition.data.simulate.ward import Ward

__all__ = [
    "Bearing",
    "CoatedPits",
    "DelayedEffect",
    "FreqShapes",
    "GaussianField",
    "Geometry",
    "Hospital",
    "KnownInPart",
    "LatentState",
    "LowVar",
    "NestedGroups",
    "Ordered",
    "Panels",
    "PlantedFrequency",
    "PlantedMotif",
    "Rare",
    "Redundant",
    "Relay",
    "SeqComb",
    "Shortcut",
    "SignFlip",
    "Simulated",
    "Simulator",
    "State",
    "Suppressor",
    "SwitchAR",
    "SwitchFeature",
    "SwitchingBlocks",
    "Ward",
]
