"""Simulators: laws whose truth is known, to hold explanations against."""

from aition.data.simulate.simulated import Simulated, Simulator

__all__ = ["Simulated", "Simulator"]
