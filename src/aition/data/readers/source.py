"""Source: what a reader knows of one kind of raw records, as two SELECTs over its files."""

from typing import TYPE_CHECKING, Protocol

from duckdb import DuckDBPyConnection

if TYPE_CHECKING:
    from aition.data.readers.spec import Spec

SAMPLES = {
    "sample": "VARCHAR", "subject": "VARCHAR", "start": "TIMESTAMP", "stop": "TIMESTAMP", "label": "DOUBLE",
    "split": "VARCHAR",
}  # fmt: skip
"""Columns of samples, with their types; those of static values follow, each DOUBLE.

``label`` may also be BOOLEAN, VARCHAR or an ENUM: names of classes, an ENUM's in its order; FLOAT says that labels are
values, while whole numbers from 0 in any other type of number are classes. A column ``left_out`` may say why a sample
is not to be made (NULL: it is); it is counted."""
EVENTS = {
    "sample": "VARCHAR", "subject": "VARCHAR", "time": "TIMESTAMP", "code": "VARCHAR", "value": "DOUBLE",
    "unit": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "raw": "VARCHAR", "fault": "VARCHAR",
}  # fmt: skip
"""Columns of events, with their types."""


class Source(Protocol):
    """Raw records of one kind: a frozen dataclass whose fields name folders, files and columns."""

    def check_spec(self, spec: "Spec") -> None:
        """Raise where the window of a spec would show what is to be foretold, or not what labels are about."""

    def samples(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of what is to be explained, a row a sample, with the columns of ``SAMPLES``, then the static ones.

        ``sample`` is its id, ``start`` and ``stop`` its span, ``label`` a class number or a value (NULL: unknown),
        ``split`` "train", "tuning", "held_out" or "" where nothing is said.
        """

    def events(self, connection: DuckDBPyConnection) -> str:
        """A SELECT of what was recorded, a row a record, with the columns of ``EVENTS``.

        ``sample`` is NULL where the record does not name it: then it belongs to the subject's sample whose span holds
        ``time``. ``value`` is NULL where the record only says that something happened. ``raw`` is the value as it
        stands in the file. ``time`` is NULL, without a fault of its own, where a record says what does not change.
        ``fault`` is why the record can't be used, NULL where it can: "time is no date", "value is no number". A file's
        row that is no record at all must be here too, with its fault; the lines that
        :func:`aition.data.readers.delimited.delimited` refuses are counted without that.
        """
