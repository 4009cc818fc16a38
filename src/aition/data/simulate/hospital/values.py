"""What each value adds to the risk on average: the planted truth by feature, bin and hour, in closed form."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from aition.data.simulate.drawing import Reals, Whole
from aition.data.simulate.hospital.law import MOTIF, TOGETHER, Together, additive
from aition.data.simulate.hospital.measures import (
    COURSE_MEMORY,
    FEATURES,
    LASTING,
    MEASURES,
    N_BIN,
    N_HOUR,
    OWN_MEMORY,
    PANELS,
    PLACE,
    load_of,
)

NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(32)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()
"""Gauss-Hermite nodes of the standard normal distribution."""
BOX_NODES, BOX_WEIGHTS = np.polynomial.legendre.leggauss(32)
FARTHEST = 7.0
"""Levels further out than this many deviations count for nothing."""
NOT_MEASURED = N_BIN
HOUR: Whole = np.arange(N_HOUR)


@dataclass(frozen=True)
class Ranked:
    """One value of one feature, and how much it adds on average over the hours, either way."""

    feature: str
    bin: int
    size: float


@dataclass(frozen=True, eq=False)
class ValueTruth:
    """What is planted, value by value.

    Args:
        features: Their names.
        bins: Names of the bins, the last of them "not measured", by feature; empty where the bin can't occur.
        edges: What parts the bins of values, in the feature's unit, ``[feature, edge]``.
        contribution: Mean log-odds that a measurement in this bin at this hour adds against absence,
            ``[feature, bin, time]``; exactly 0 where nothing is planted and for what is not measured.
        share: Of the stays that reach this hour, those whose value lies in this bin, likewise; adds up to 1 over bins.
    """

    features: tuple[str, ...]
    bins: tuple[tuple[str, ...], ...]
    edges: Reals
    contribution: Reals
    share: Reals

    @property
    def size(self) -> Reals:
        """Mean over the hours of what a value adds, either way, ``[feature, bin]``."""
        return np.asarray(np.abs(self.contribution).mean(axis=2))

    @property
    def ranking(self) -> tuple[Ranked, ...]:
        """The values with a planted effect, the largest first."""
        size = self.size
        order = np.argsort(-size, axis=None, kind="stable")[: int((size > 0).sum())]
        places = zip(*np.unravel_index(order, size.shape), strict=True)
        return tuple(
            Ranked(self.features[feature], int(place), float(size[feature, place])) for feature, place in places
        )


def precision(size: Reals, truth: ValueTruth, *, among: int = 20) -> float:
    """Share of the values that are largest in an explanation that are among as many largest in truth.

    Args:
        size: How much each value matters by the explanation, ``[feature, bin]``; NaN where the bin never occurred.
        truth: What is planted.
        among: How many.
    """
    order = np.argsort(-np.nan_to_num(size, nan=-np.inf), axis=None, kind="stable")[:among]
    found = {(truth.features[place // size.shape[1]], int(place % size.shape[1])) for place in order}
    return sum((one.feature, one.bin) in found for one in truth.ranking[:among]) / among


def value_truth(*, shortest: int) -> ValueTruth:
    """The planted truth where stays are at least so long, uniformly up to 48 hours."""
    reach = np.minimum(1, (N_HOUR - HOUR) / (N_HOUR - shortest + 1))
    inside = np.stack([occurring(place) for place in range(len(FEATURES))])
    added = np.zeros((len(FEATURES), N_BIN + 1, N_HOUR))
    added[:, :N_BIN] = additive() * (inside > 0)
    for pair in TOGETHER:
        for own in (0, 1):
            place = PLACE[pair.features[own]]
            shared = met(pair, own, reach) / inside[place][list(pair.bins[own])]
            added[place, list(pair.bins[own])] += pair.weight / 2 * shared
    place = PLACE[MOTIF.feature]
    added[place, :N_BIN] += np.divide(
        dips(reach) * MOTIF.weight / len(MOTIF.bins), inside[place], out=np.zeros_like(inside[place]),
        where=inside[place] > 0,
    )  # fmt: skip
    share = np.concatenate([inside, 1 - inside.sum(axis=1, keepdims=True)], axis=1)
    return ValueTruth(
        features=FEATURES,
        bins=tuple(bin_names(place) for place in range(len(FEATURES))),
        edges=np.array([one.edges for one in MEASURES]),
        contribution=added,
        share=share,
    )


def bin_names(place: int) -> tuple[str, ...]:
    """How the bins of a feature are named, with its edges."""
    edges, levels = MEASURES[place].edges, MEASURES[place].level_edges
    ends = [f"< {edges[0]:g}", *(f"{low:g} to {high:g}" for low, high in pairwise(edges))]
    names = [name if levels[bin_] < levels[bin_ + 1] else "" for bin_, name in enumerate([*ends, f"> {edges[-1]:g}"])]
    return (*names, "not measured")


def chances(place: int, severity: Reals) -> Reals:
    """The chance of each bin at a severity, ``[bin, …]``."""
    load = load_of(MEASURES[place])
    edges = np.array(MEASURES[place].level_edges).reshape(-1, *[1] * severity.ndim)
    below = torch.special.ndtr(torch.from_numpy((edges - load * severity) / np.sqrt(1 - load**2))).numpy()
    return np.asarray(np.diff(below, axis=0))


def often(place: int, severity: Reals, hour: Whole) -> Reals:
    """The chance of being measured at a severity and hour."""
    return PANELS[MEASURES[place].panel].often(severity, hour)


def occurring(place: int) -> Reals:
    """The chance that a feature is measured and lies in each bin, ``[bin, time]``."""
    seen = often(place, NODES, HOUR[:, None])
    return np.asarray(np.einsum("bn,tn,n->bt", chances(place, NODES), seen, NODE_WEIGHTS))


def met(pair: Together, own: int, reach: Reals) -> Reals:
    """Expected number of partners times whether the cell itself is measured in a counting bin, ``[bin, time]``.

    Given severity the two are independent, and severities of two hours are jointly normal.
    """
    place, partner = PLACE[pair.features[own]], PLACE[pair.features[1 - own]]
    expected = np.zeros((len(pair.bins[own]), N_HOUR))
    for hour in range(pair.first, N_HOUR):
        for other in [hour] if pair.same_hour else range(pair.first, N_HOUR):
            alike = LASTING + (1 - LASTING) * COURSE_MEMORY ** abs(hour - other)
            there = alike * NODES[:, None] + np.sqrt(max(1 - alike**2, 0)) * NODES
            counts = chances(partner, there)[list(pair.bins[1 - own])].sum(axis=0)
            counts = (counts * often(partner, there, np.array(other))) @ NODE_WEIGHTS
            itself = chances(place, NODES)[list(pair.bins[own])] * often(place, NODES, np.array(hour))
            both_exist = reach[max(hour, other)] / reach[hour]
            expected[:, hour] += both_exist * (itself * counts) @ NODE_WEIGHTS
    return expected


def dips(reach: Reals) -> Reals:
    """Expected number of motifs that a measured cell of each bin is part of, ``[bin, time]``."""
    place, n_step = PLACE[MOTIF.feature], len(MOTIF.bins)
    seen = PANELS[MEASURES[place].panel].chance ** n_step
    expected = np.zeros((N_BIN, N_HOUR))
    for step, (least, most) in enumerate(MOTIF.bins):
        for own in range(least, most + 1):
            bins = [(own, own) if other == step else span for other, span in enumerate(MOTIF.bins)]
            chance = seen * box(place, bins)
            for start in range(N_HOUR - n_step + 1):
                expected[own, start + step] += chance * reach[start + n_step - 1] / reach[start + step]
    return expected


def box(place: int, bins: list[tuple[int, int]]) -> float:
    """The chance that a feature's levels in successive hours lie in these bins, whether measured or not."""
    measure, lag = MEASURES[place], np.arange(len(bins))
    lag = np.abs(lag[:, None] - lag)
    load = load_of(measure)
    severity = LASTING + (1 - LASTING) * COURSE_MEMORY**lag
    covariance = load**2 * severity + (1 - load**2) * OWN_MEMORY**lag
    edges = np.clip(measure.level_edges, -FARTHEST, FARTHEST)
    levels, weights = [], []
    for least, most in bins:
        half = (edges[most + 1] - edges[least]) / 2
        levels.append(edges[least] + half * (1 + BOX_NODES))
        weights.append(half * BOX_WEIGHTS)
    grid = np.stack(np.meshgrid(*levels, indexing="ij"), axis=-1)
    weight = np.prod(np.stack(np.meshgrid(*weights, indexing="ij"), axis=-1), axis=-1)
    exponent = -0.5 * np.einsum("...i,ij,...j->...", grid, np.linalg.inv(covariance), grid)
    scale = np.sqrt((2 * np.pi) ** len(bins) * np.linalg.det(covariance))
    return float((weight * np.exp(exponent)).sum() / scale)
