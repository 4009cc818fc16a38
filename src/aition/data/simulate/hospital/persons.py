"""Persons: who the patients of simulated stays are, and when they come and go."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aition.data.simulate.drawing import Whole
from aition.data.simulate.hospital.measures import N_HOUR
from aition.data.simulate.hospital.stays import Stays

SUBJECT, ADMISSION, STAY = 10_000_000, 20_000_000, 30_000_000
"""What numbers of patients, admissions and stays begin at."""
NOBODY = 5_000_000
"""Added to the numbers of rows that belong to no stay."""
PERSON_STREAM = 1 << 30
N_STREAM = 9
DAY, MINUTE = 86_400, 60
YEAR = 365.2425 * DAY
UNITS = (
    "Medical Intensive Care Unit (MICU)", "Surgical Intensive Care Unit (SICU)",
    "Cardiac Vascular Intensive Care Unit (CVICU)", "Trauma SICU (TSICU)",
)  # fmt: skip
SPLITS = ("train", "tuning", "held_out")


@dataclass(frozen=True, eq=False)
class Persons:
    """One row a stay; times are seconds since 1970.

    Args:
        subject: Number of the patient, ``[sample]``.
        admission: Number of the admission, ``[sample]``.
        stay: Number of the stay, ``[sample]``.
        admitted: When the admission began, ``[sample]``.
        came: When the stay began, ``[sample]``.
        left: When it ended, ``[sample]``.
        discharged: When the admission ended, ``[sample]``; of those who died, the time of death.
        unit: Place in ``UNITS``, ``[sample]``.
        split: Place in ``SPLITS``, ``[sample]``; the same for all stays of a patient.
        older: Whether the hospital's older system recorded the stay, ``[sample]``.
    """

    subject: Whole
    admission: Whole
    stay: Whole
    admitted: Whole
    came: Whole
    left: Whole
    discharged: Whole
    unit: Whole
    split: Whole
    older: NDArray[np.bool_]


def persons(stays: Stays, *, seed: int) -> Persons:
    """Who the patients of a block are: the same for a stay, however many of the block come with it."""
    streams = np.random.default_rng([seed, PERSON_STREAM + stays.first]).spawn(N_STREAM)
    years, days, gaps, further, lots, after_stay, before_stay, wards, systems = streams
    n_sample = len(stays)
    number = stays.first + np.arange(n_sample)
    year = (years.integers(2110, 2190, size=n_sample) - 1970).astype("datetime64[Y]")
    start = year.astype("datetime64[s]").astype(np.int64)
    came = start + days.integers(2 * DAY, 150 * DAY, size=n_sample)
    after = np.where(stays.length >= N_HOUR, further.integers(2 * 3600, 200 * 3600, size=n_sample), 0)
    split = np.searchsorted([0.7, 0.8], lots.random(n_sample))
    again = np.flatnonzero(stays.again)
    came[again] = came[again - 1] + 365 * DAY + gaps.integers(0, 20 * DAY, size=n_sample)[again]
    split[again] = split[again - 1]
    left = came + 3600 * stays.length + after
    subject = number.copy()
    subject[again] -= 1
    stayed = np.where(stays.died == 1, 0, after_stay.integers(MINUTE, 5 * DAY, size=n_sample))
    return Persons(
        subject=SUBJECT + subject,
        admission=ADMISSION + number,
        stay=STAY + number,
        admitted=came - before_stay.integers(3 * 3600, 30 * 3600, size=n_sample),
        came=came,
        left=left,
        discharged=left + stayed,
        unit=wards.integers(0, len(UNITS), size=n_sample),
        split=split,
        older=systems.random(n_sample) < 0.5,
    )
