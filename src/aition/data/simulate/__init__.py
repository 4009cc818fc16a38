"""Simulators: laws whose truth is known, to hold explanations against."""

from aition.data.simulate.arma import Rare
from aition.data.simulate.freq_shapes import FreqShapes
from aition.data.simulate.hidden_markov import State
from aition.data.simulate.low_var import LowVar
from aition.data.simulate.seq_comb import SeqComb
from aition.data.simulate.simulated import Simulated, Simulator
from aition.data.simulate.switching import SwitchFeature

__all__ = [
    "FreqShapes",
    "LowVar",
    "Rare",
    "SeqComb",
    "Simulated",
    "Simulator",
    "State",
    "SwitchFeature",
]
