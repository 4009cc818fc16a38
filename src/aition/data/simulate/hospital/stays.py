"""Stays: what is drawn of the simulated hospital, block by block, before it takes any form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.data.simulate.drawing import Reals, Whole
from aition.data.simulate.hospital.law import BASE, contributions
from aition.data.simulate.hospital.measures import (
    ALIKE,
    COURSE_MEMORY,
    FEATURES,
    LASTING,
    MEASURES,
    N_HOUR,
    OWN_MEMORY,
    PANELS,
    PLACE,
    bins_of,
)
from aition.data.simulate.law import noise, tossed

N_BLOCK = 1000
"""Stays of a block; each block has a seed of its own."""
EVERY = 10
"""One stay of so many is the second of a patient who survived the one before."""
N_STREAM = 7


@dataclass(frozen=True, eq=False)
class Stays:
    """Some stays with everything that is known of them.

    Args:
        first: Number of the first.
        length: Hours, ``[sample]``.
        severity: Hidden, ``[sample, time]``.
        value: In the units of ``MEASURES``, with their decimals, ``[sample, time, feature]``; NaN where not measured.
        contribution: Log-odds that each measurement adds, likewise; 0 where not measured.
        log_odds: Of death, ``[sample]``.
        died: ``[sample]``, 0 or 1.
        again: Whether it is a second stay of the patient of the stay before, a year later, ``[sample]``.
        age: Years, ``[sample]``.
        male: ``[sample]``, 0 or 1.
    """

    first: int
    length: Whole
    severity: Reals
    value: Reals
    contribution: Reals
    log_odds: Reals
    died: Whole
    again: NDArray[np.bool_]
    age: Whole
    male: Whole

    def __len__(self) -> int:
        return len(self.length)

    @property
    def observed(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.value)


def draw(seed: int, block: int, *, n_sample: int, shortest: int) -> Stays:
    """The stays of one block: the same whether others are drawn or not, and however many of it are.

    Raises:
        InputError: The seed is negative.
    """
    if seed < 0:
        raise InputError(f"seed must be 0 or more, but is {seed}")
    streams = np.random.default_rng([seed, block]).spawn(N_STREAM)
    lengths, lasting, course, own, measuring, chance, persons = streams
    length = lengths.integers(shortest, N_HOUR + 1, size=n_sample)
    exists = np.arange(N_HOUR) < length[:, None]
    fixed = lasting.standard_normal((n_sample, 1))
    moving = noise(course, (n_sample, N_HOUR, 1), memory=COURSE_MEMORY)[:, :, 0]
    severity = np.sqrt(LASTING) * fixed + np.sqrt(1 - LASTING) * moving
    seen = measured(measuring, severity) & exists[:, :, None]
    value = values(levels(own, severity))
    added = contributions(bins_of(value, seen))
    log_odds = BASE + added.sum(axis=(1, 2))
    died = tossed(chance, log_odds)
    person = persons.random((n_sample, 2))
    age = np.floor(18 + 70 * person[:, 0] ** 0.6).astype(np.int64)
    male = (person[:, 1] < 0.56).astype(np.int64)
    again = (np.arange(n_sample) % EVERY == EVERY - 1) & (np.roll(died, 1) == 0)
    age[again] = age[np.roll(again, -1)] + 1
    male[again] = male[np.roll(again, -1)]
    return Stays(
        first=block * N_BLOCK,
        length=length,
        severity=severity * exists,
        value=np.where(seen, value, np.nan),
        contribution=added,
        log_odds=log_odds,
        died=died,
        again=again,
        age=age,
        male=male,
    )


def levels(rng: np.random.Generator, severity: Reals) -> Reals:
    """Standard normal levels, ``[sample, time, feature]``."""
    own = noise(rng, (*severity.shape, len(FEATURES)), memory=OWN_MEMORY)
    load = np.array([one.load for one in MEASURES])
    level = load * severity[:, :, None] + np.sqrt(1 - load**2) * own
    for place, one in enumerate(MEASURES):
        if one.follows:
            level[:, :, place] = ALIKE * level[:, :, PLACE[one.follows]] + np.sqrt(1 - ALIKE**2) * own[:, :, place]
    return np.asarray(level)


def values(level: Reals) -> Reals:
    """What is recorded at these levels, ``[sample, time, feature]``."""
    return np.stack([one.value(level[:, :, place]) for place, one in enumerate(MEASURES)], axis=2)


def measured(rng: np.random.Generator, severity: Reals) -> NDArray[np.bool_]:
    """What is measured, ``[sample, time, feature]``; a panel with all its features."""
    drawn = rng.random((*severity.shape, len(PANELS)))
    often = np.stack([one.often(severity, np.arange(N_HOUR)) for one in PANELS.values()], axis=2)
    names = list(PANELS)
    return np.asarray((drawn < often)[:, :, [names.index(one.panel) for one in MEASURES]])
