"""Records: the measurements of stays as rows, with the mess that real hospitals make, every bit of it known."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from aition.data.simulate.drawing import Reals, Whole
from aition.data.simulate.hospital.items import CONCEPTS
from aition.data.simulate.hospital.measures import MEASURES, N_HOUR, PANELS, PLACE
from aition.data.simulate.hospital.stays import Stays

MESS_STREAM = 1 << 20
"""Keeps what is drawn for records apart from what is drawn for stays."""
CLEAN = "clean"
ADDED = {
    "repeated": 0.01,
    "words for a number": 0.004,
    "no such date": 0.002,
    "no such stay": 0.004,
    "unknown item": 0.004,
    "item of no feature": 0.01,
    "beyond belief": 0.002,
    "outside the window": 0.01,
}
"""Rows that are added to those of the samples, by kind, with their number for each that is there."""
KINDS = (CLEAN, *ADDED)
N_STREAM = 5
SECOND_STAY = 0.3
"""Share of stays with an arterial line, whose pressures come under second items; and of those charted in Celsius."""
SECOND_ROW = 0.15
"""Share of other rows that come under the second item, where there is one."""
OTHER_UNIT = 0.03
"""Share of laboratory rows in another unit, where there is one."""
NO_ADMISSION = 0.1
"""Share of laboratory rows that do not name the admission."""
BY_STAY = ("sysbp", "diabp", "meanbp", "temperature")
TABLE = np.array([one.table for one in CONCEPTS])
SCORED = np.array([bool(one.score) for one in MEASURES])


@dataclass(frozen=True, eq=False)
class Records:
    """Rows of some stays, in the order of the stays and of time but for those that were added.

    Args:
        stay: Place of the stay, ``[row]``.
        feature: Place of the feature, ``[row]``.
        at: Seconds since the stay began, ``[row]``.
        value: In the unit of the feature, ``[row]``.
        kind: Place in ``KINDS``, ``[row]``.
        second: Whether it comes under the second item, ``[row]``.
        other: Whether it comes in another unit, ``[row]``.
        named: Whether it names the admission, ``[row]``.
    """

    stay: Whole
    feature: Whole
    at: Whole
    value: Reals
    kind: Whole
    second: NDArray[np.bool_]
    other: NDArray[np.bool_]
    named: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.stay)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Records":
        """Some rows."""
        return Records(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    def of(self, table: str) -> "Records":
        """The rows of one table: "chart", "lab", "input" or "output"."""
        return self.take(TABLE[self.feature] == table)

    def is_kind(self, kind: str) -> NDArray[np.bool_]:
        """Which rows were added for a reason."""
        return np.asarray(self.kind == KINDS.index(kind))

    def harmonised(self) -> "Records":
        """The rows in the usual units, naming no admission; those without a date are left out."""
        degrees = self.feature == PLACE["temperature"]
        usual = replace(
            self,
            second=self.second & ~degrees,
            other=np.zeros_like(self.other),
            named=np.ones_like(self.named),
        )
        return usual.take(~self.is_kind("no such date"))

    def mess(self) -> Mapping[str, int]:
        """How many rows there are of each kind, and how many of the clean ones are written in an unusual way."""
        clean = self.is_kind(CLEAN)
        added = {kind: int(self.is_kind(kind).sum()) for kind in KINDS}
        return added | {
            "second item": int((clean & self.second).sum()),
            "other unit": int((clean & self.other).sum()),
            "no admission": int((clean & ~self.named).sum()),
        }


def recorded(stays: Stays, *, seed: int) -> Records:
    """The rows of a block of stays; those that are added come last.

    Every clean row is a measurement of a stay, in its hour, and every measurement is a clean row. Added rows carry one
    fault each; a reader that heeds it finds the values of the stays, and nothing else. The rows of a stay are the same,
    however many of the block come with it.
    """
    streams = np.random.default_rng([seed, MESS_STREAM + stays.first]).spawn(N_STREAM + len(ADDED))
    minutes, lines, seconds, units, links = streams[:N_STREAM]
    stay, hour, feature = (one.astype(np.int64) for one in np.nonzero(stays.observed))
    names = list(PANELS)
    panel = np.array([names.index(one.panel) for one in MEASURES])[feature]
    minute = minutes.integers(1, 60, size=(len(stays), N_HOUR, len(names)))[stay, hour, panel]
    lab = TABLE[feature] == "lab"
    has_second = np.array([one.items[0] != one.items[1] for one in CONCEPTS])
    has_other = np.array([one.other.unit != one.items[0].unit for one in CONCEPTS])
    by_stay = np.array([one.feature in BY_STAY for one in CONCEPTS])
    chosen = np.where(
        by_stay[feature], (lines.random(len(stays)) < SECOND_STAY)[stay], seconds.random(len(stay)) < SECOND_ROW
    )
    second = chosen & has_second[feature]
    clean = Records(
        stay=stay,
        feature=feature,
        at=hour * 3600 + minute * 60,
        value=stays.value[stay, hour, feature],
        kind=np.zeros(len(stay), dtype=np.int64),
        second=second,
        other=has_other[feature] & ~second & (units.random(len(stay)) < OTHER_UNIT),
        named=~lab | (links.random(len(stay)) >= NO_ADMISSION),
    )
    hosts = np.flatnonzero(lab | ((TABLE[feature] == "chart") & ~SCORED[feature]))
    added = [
        faulty(kind, share, clean.take(hosts), rng, stays)
        for (kind, share), rng in zip(ADDED.items(), streams[N_STREAM:], strict=True)
    ]
    return Records(
        **{one.name: np.concatenate([getattr(part, one.name) for part in (clean, *added)]) for one in fields(Records)}
    )


def faulty(kind: str, share: float, hosts: Records, rng: np.random.Generator, stays: Stays) -> Records:
    """Copies of some rows with one fault."""
    if kind == "outside the window":
        hosts = hosts.take(stays.length[hosts.stay] == N_HOUR)
    which, whether, when = rng.spawn(3)
    rows = hosts.take(np.flatnonzero(which.random(len(hosts)) < share))
    at, value = rows.at, rows.value
    if kind == "outside the window":
        early = (TABLE[rows.feature] == "lab") & (whether.random(len(rows)) < 0.5)
        at = np.where(early, -60 * when.integers(1, 120, size=len(rows)), 3600 * N_HOUR + at % 3600)
    if kind == "beyond belief":
        value = np.full(len(rows), 999_999.0)
    return Records(
        stay=rows.stay,
        feature=rows.feature,
        at=at,
        value=value,
        kind=np.full(len(rows), KINDS.index(kind)),
        second=rows.second,
        other=rows.other,
        named=rows.named,
    )
