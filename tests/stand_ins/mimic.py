"""Small files of MIMIC-III and MIMIC-IV in the published schema, written line by line with their mess."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from aition.data.readers.mimic_schema import MIMIC_III, MIMIC_IV, Tables
from aition.data.readers.source import Source

Rows = Sequence[Mapping[str, Any]]

IV_STAYS: dict[str, Rows] = {
    "hosp/patients": [{"subject_id": 10, "gender": "F", "anchor_age": 60, "anchor_year": 2150}],
    "hosp/admissions": [{"subject_id": 10, "hadm_id": 20, "hospital_expire_flag": 0}],
    "icu/icustays": [
        {
            "subject_id": 10,
            "hadm_id": 20,
            "stay_id": 30,
            "intime": "2153-01-01 10:00:00",
            "outtime": "2153-01-04 10:00:00",
        }
    ],
}
III_STAYS: dict[str, Rows] = {
    "PATIENTS": [{"subject_id": 10, "gender": "M", "dob": "2100-01-01 00:00:00"}],
    "ADMISSIONS": [{"subject_id": 10, "hadm_id": 20, "hospital_expire_flag": 0}],
    "ICUSTAYS": [
        {
            "subject_id": 10, "hadm_id": 20, "icustay_id": 30, "intime": "2160-01-01 10:00:00",
            "outtime": "2160-01-04 10:00:00",
        }
    ],
}  # fmt: skip


def lines(rows: Rows, columns: Mapping[str, str]) -> str:
    """The text of a table: its header, and a line a row; words are quoted, and what a row does not name is empty."""
    told = [",".join(columns)]
    for row in rows:
        values = {name.lower(): value for name, value in row.items()}
        if unknown := set(values) - {name.lower() for name in columns}:
            raise KeyError(f"the published table has no columns {unknown}")
        cells = [(values.get(name.lower(), ""), kind) for name, kind in columns.items()]
        quoted = [
            '"' + str(one).replace('"', '""') + '"' if one != "" and kind == "VARCHAR" else str(one)
            for one, kind in cells
        ]
        told.append(",".join(quoted))
    return "\n".join(told) + "\n"


def put(path: Path, text: str) -> Path:
    """Write a text, packed if the name ends in ``.gz``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def write_iv(root: Path, tables: Mapping[str, Rows], ending: str = ".csv.gz") -> Path:
    """Write tables of MIMIC-IV below a folder; those that are not given are empty."""
    return write(root, MIMIC_IV, {**IV_STAYS, **tables}, ending)


def write_iii(root: Path, tables: Mapping[str, Rows], ending: str = ".csv") -> Path:
    """Write tables of MIMIC-III into a folder; those that are not given are empty."""
    return write(root, MIMIC_III, {**III_STAYS, **tables}, ending)


def write(root: Path, published: Tables, tables: Mapping[str, Rows], ending: str) -> Path:
    """Write each published table below a folder."""
    for table, columns in published.items():
        put(root / f"{table}{ending}", lines(tables.get(table, []), columns))
    return root


def chart(**values: Any) -> dict[str, Any]:
    """A line of a chart: a heart rate of 80 an hour after the stay begins, but for what is given."""
    heart = {
        "subject_id": 10, "hadm_id": 20, "stay_id": 30, "charttime": "2153-01-01 11:00:00", "itemid": 220045,
        "value": "80", "valuenum": 80, "valueuom": "bpm", "warning": 0,
    }  # fmt: skip
    return heart | values


def events(source: Source, *columns: str) -> list[tuple[Any, ...]]:
    """Columns of the events of a source, by line."""
    with duckdb.connect() as connection:
        chosen = ", ".join(f'"{one}"' for one in columns)
        sql = f"SELECT {chosen} FROM ({source.events(connection)}) ORDER BY file, line"
        return connection.execute(sql).fetchall()


def samples(source: Source, *columns: str) -> list[tuple[Any, ...]]:
    """Columns of the samples of a source, by id."""
    with duckdb.connect() as connection:
        chosen = ", ".join(f'"{one}"' for one in columns)
        return connection.execute(f"SELECT {chosen} FROM ({source.samples(connection)}) ORDER BY sample").fetchall()
