"""MIMIC: what its releases share, from the settings to the SELECTs of stays and of events."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from duckdb import DuckDBPyConnection

from aition.core.errors import InputError
from aition.data.readers.delimited import check_rows
from aition.data.readers.mimic_categories import CATEGORIES, Static, check_static
from aition.data.readers.mimic_schema import Tables, check_files
from aition.data.readers.mimic_stays import Outcome, Question, stays_of
from aition.data.readers.mimic_tables import Kind, Recorded, check_kinds, events_of
from aition.data.readers.spec import Spec, check_foretold


@dataclass(frozen=True)
class Release:
    """What differs between releases.

    Args:
        published: The columns of the tables.
        stays: The columns that are read of the tables of stays, admissions and patients, in this order; the stay first.
        age: Years at the start of the stay in SQL, of ``person`` and ``began``.
        recorded: How each kind of event is read.
    """

    published: Tables
    stays: Mapping[str, tuple[str, ...]]
    age: str
    recorded: Mapping[Kind, tuple[Recorded, ...]]


@dataclass(frozen=True)
class Mimic(ABC):
    """MIMIC as published; what a sample and a code is, its releases say.

    Args:
        root: Folder of the tables.
        outcome: "death-in-hospital", "death-in-stay", or "long-stay".
        long_hours: A long stay is longer than this.
        known_after: Stays whose outcome shows before so many hours are left out, and counted; give the hours of the
            window.
        kinds: Events that are read; each needs its tables.
        static: Categories that become static columns of zeros and ones, the same in all releases: "careunit", in which
            the stay began, and "admission", its type.
        infusion_hours: An infusion that runs is an event again after so many hours, and at its end, so that every step
            of a grid that is no shorter sees its rate; 0: only where it starts or its rate changes.
    """

    root: Path
    outcome: Outcome = "death-in-hospital"
    long_hours: float = 168.0
    known_after: float = 48.0
    kinds: tuple[Kind, ...] = get_args(Kind)
    static: tuple[Static, ...] = ()
    infusion_hours: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root))
        check_kinds(self.kinds)
        check_static(self.static)
        if self.infusion_hours and not 1 / 60 <= self.infusion_hours < math.inf:
            raise InputError(f"infusion_hours must be 0, or hours from a minute on, but is {self.infusion_hours}")
        _ = self.question

    @property
    @abstractmethod
    def release(self) -> Release:
        """What is special about the release."""

    @property
    def question(self) -> Question:
        """What is asked of a stay; raises where it can't be."""
        return Question(self.outcome, self.long_hours, self.known_after)

    @property
    def recorded(self) -> list[Recorded]:
        """How the tables of events are read."""
        return [one for kind in self.kinds for one in self.release.recorded[kind]]

    @property
    def stays(self) -> dict[str, tuple[str, ...]]:
        """Columns that are read of the tables of stays, admissions and patients."""
        categories = [CATEGORIES[name] for name in self.static]
        stays, admissions, patients = self.release.stays.items()
        return {
            stays[0]: (*stays[1], *(one.column for one in categories if one.of_stay)),
            admissions[0]: (*admissions[1], *(one.column for one in categories if not one.of_stay)),
            patients[0]: patients[1],
        }

    def files(self) -> dict[str, Path]:
        """The file of each table that is read; raises where one, or a column of it, is missing."""
        recorded = {one.table: one.reads for one in self.recorded}
        return check_files(self.root, self.stays | recorded, self.release.published)

    def check_spec(self, spec: Spec) -> None:
        """See :class:`aition.data.readers.source.Source`."""
        check_foretold(spec, "known_after", self.known_after)
        if self.infusion_hours > spec.window.every:
            raise InputError(
                f"infusion_hours must be at most window.every, {spec.window.every}, or steps would miss an infusion "
                f"that runs in them, but is {self.infusion_hours}"
            )

    def samples(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of the stays; raises where a line of a table of stays, admissions or patients is no row."""
        found = self.files()
        files = {table: found[table] for table in self.stays}
        check_rows(connection, files.values())
        return stays_of(
            files,
            self.release.published,
            self.stays,
            question=self.question,
            age=self.release.age,
            categories={name: CATEGORIES[name] for name in self.static},
        )

    def events(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of every line of the tables of events."""
        files, published = self.files(), self.release.published
        return " UNION ALL ".join(
            events_of(files[one.table], one, published[one.table], every=self.infusion_hours) for one in self.recorded
        )
