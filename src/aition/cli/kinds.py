"""Kinds of raw records: which reader is for each, which specs come with it, and which kind a folder seems to hold."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

MODULES = {
    "meds": ("meds", "Meds"),
    "table": ("table", "Table"),
    "mimic-iv": ("mimic_iv", "MimicIV"),
    "mimic-iii": ("mimic_iii", "MimicIII"),
}
Spelled = Literal["meds", "meds-labels", "table", "mimic-iv", "mimic-iv-full", "mimic-iii", "mimic-iii-full"]
NAMES = {reader: kind for kind, (_, reader) in MODULES.items()}
SPECS = {f"{kind}-full": (kind, f"{kind}-further") for kind in ("mimic-iv", "mimic-iii")}
"""Specs that are made of two files."""


def default_spec(name: str) -> str:
    """The text of a spec that comes with Aition."""
    folder = files("aition.data.readers") / "specs"
    return "\n".join((folder / f"{one}.toml").read_text(encoding="utf-8") for one in SPECS.get(name, (name,)))


def seems(place: Path) -> str:
    """The kind of records that a folder seems to hold, by the names in it; empty where it seems none."""
    names = {one.name.lower() for one in place.iterdir()} if place.is_dir() else set()
    if {"hosp", "icu"} <= names:
        return "mimic-iv"
    if names & {"icustays.csv", "icustays.csv.gz"}:
        return "mimic-iii"
    return "meds" if next((place / "data").glob("**/*.parquet"), None) else ""
