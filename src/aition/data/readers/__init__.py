"""Readers: from raw records, such as those of hospitals, to samples, out of core."""

from aition.data.readers.alike import asked_of
from aition.data.readers.ingesting import ingest
from aition.data.readers.meds import Meds
from aition.data.readers.source import Source
from aition.data.readers.spec import Conversion, Feature, Spec, Window
from aition.data.readers.table import Table
from aition.data.readers.toml import read_spec, spec_of, to_toml

__all__ = [
    "Conversion",
    "Feature",
    "Meds",
    "Source",
    "Spec",
    "Table",
    "Window",
    "asked_of",
    "ingest",
    "read_spec",
    "spec_of",
    "to_toml",
]
