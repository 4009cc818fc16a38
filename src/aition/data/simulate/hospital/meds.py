"""MEDS: simulated stays in the Medical Event Data Standard, as Parquet shards of patients."""

import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aition._version import __version__
from aition.data.readers.spec import Spec
from aition.data.readers.toml import spec_of, to_toml
from aition.data.simulate.drawing import Whole
from aition.data.simulate.hospital.items import CONCEPTS
from aition.data.simulate.hospital.persons import SPLITS, UNITS, YEAR, Persons, persons
from aition.data.simulate.hospital.records import Records
from aition.data.simulate.hospital.sheets import chosen
from aition.data.simulate.hospital.stays import N_BLOCK, Stays
from aition.data.simulate.hospital.written import Rows, rows_of

SCHEMA = pa.schema([
    pa.field("subject_id", pa.int64(), nullable=False),
    pa.field("time", pa.timestamp("us")),
    pa.field("code", pa.string(), nullable=False),
    pa.field("numeric_value", pa.float32()),
    pa.field("text_value", pa.large_string()),
    pa.field("unit", pa.string()),
])  # fmt: skip
LABELS = pa.schema([
    pa.field("subject_id", pa.int64(), nullable=False),
    pa.field("prediction_time", pa.timestamp("us"), nullable=False),
    pa.field("boolean_value", pa.bool_(), nullable=False),
])  # fmt: skip
SPEC = "spec.toml"
PREFIX = {"chart": "CHART", "lab": "LAB", "input": "INPUT", "output": "OUTPUT"}


class Meds:
    """A data set in the standard, being written block by block, each with a shard of every split.

    Codes are ``TABLE//item//unit``, such as ``LAB//50912//mg/dL``, or ``TABLE//item`` where there is no unit; the unit
    stands in a column of its own as well. Values are in the usual units, and no date is broken. One label a stay: death
    in hospital, asked when the hours that are seen end. ``spec.toml`` reads the 34 features.

    Args:
        folder: Where it goes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows_written: dict[str, int] = {}
        self.codes: set[str] = set()
        self.splits: list[pa.Table] = []

    def __enter__(self) -> "Meds":
        for part in (*(f"data/{split}" for split in SPLITS), "metadata", "labels"):
            (self.folder / part).mkdir(parents=True)
        return self

    def __exit__(self, *raised: object) -> None:
        described = {f"{PREFIX[one.table]}//{item.id}": item.label for one in CONCEPTS for item in one.items}
        codes = sorted(self.codes)
        words = [described.get("//".join(code.split("//")[:2])) for code in codes]
        none = pa.array([[]] * len(codes), pa.list_(pa.string()))
        pq.write_table(
            pa.table({"code": codes, "description": pa.array(words, pa.string()), "parent_codes": none}),
            self.folder / "metadata" / "codes.parquet",
        )
        if self.splits:
            pq.write_table(pa.concat_tables(self.splits), self.folder / "metadata" / "subject_splits.parquet")
        about = {
            "dataset_name": "simulated hospital", "dataset_version": __version__, "etl_name": "aition",
            "etl_version": __version__, "meds_version": "0.4.1", "code_modifier_columns": ["unit"],
        }  # fmt: skip
        (self.folder / SPEC).write_text(to_toml(meds_spec()), encoding="utf-8")
        (self.folder / "metadata" / "dataset.json").write_text(json.dumps(about), encoding="utf-8")

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows written, by kind of file."""
        return self.rows_written

    @property
    def n_record(self) -> int:
        """Rows that a reader takes for records, births and admissions among them."""
        return sum(size for name, size in self.rows_written.items() if name.startswith("data/"))

    def taken(self, records: Records) -> Records:
        """The records as they can stand here."""
        return records.harmonised()

    def write(self, stays: Stays, records: Records, *, seed: int) -> Mapping[str, int]:
        """Add a block of stays; no line breaks off here."""
        people = persons(stays, seed=seed)
        rows = rows_of(records, people, older=False)
        events = pa.concat_tables([measurements(rows, records), lives(stays, people)])
        events = events.append_column("split", self.split_of(events["subject_id"], people))
        events = events.sort_by([("subject_id", "ascending"), ("order", "ascending")]).drop_columns(["order"])
        self.codes |= set(pc.unique(events["code"]).to_pylist())
        name = f"{stays.first // N_BLOCK:05}.parquet"
        for place, split in enumerate(SPLITS):
            part = events.filter(pc.equal(events["split"], place)).drop_columns(["split"])
            pq.write_table(part.cast(SCHEMA), self.folder / "data" / split / name)
            self.count(f"data/{split}", part.num_rows)
        asked = people.came + 3600 * stays.length
        order = np.lexsort((asked, people.subject))
        labels = pa.table(
            [people.subject[order], moment(asked[order]), pa.array(stays.died[order] == 1)], schema=LABELS
        )
        pq.write_table(labels, self.folder / "labels" / name)
        self.count("labels", labels.num_rows)
        return {}

    def split_of(self, subject: Any, people: Persons) -> Any:
        """The split of each row, those of nobody among them, which go where their neighbours are."""
        numbers = np.asarray(subject)
        known = dict(zip(people.subject.tolist(), people.split.tolist(), strict=True))
        odd = np.unique(numbers[~np.isin(numbers, people.subject)])
        known |= dict.fromkeys(odd.tolist(), 0)
        names = np.array(sorted(known))
        places = np.array([known[one] for one in names.tolist()])
        self.splits.append(pa.table({"subject_id": names, "split": chosen(list(SPLITS), places)}))
        return pa.array(places[np.searchsorted(names, numbers)])

    def count(self, name: str, n_row: int) -> None:
        self.rows_written[name] = self.rows_written.get(name, 0) + n_row


def meds_spec() -> Spec:
    """The spec of MIMIC-IV for these codes, of the hours before the time at which the label is asked."""
    spec, _ = spec_of((files("aition.data.readers") / "specs" / "mimic-iv.toml").read_text(encoding="utf-8"))
    features = []
    for one in spec.features:
        parts = [code.split(":") for code in one.codes]
        codes = [f"{PREFIX[table]}//{item}{ending}" for table, item in parts for ending in ("", "//*")]
        features.append(replace(one, codes=tuple(codes), units={}))
    return replace(spec, features=tuple(features), window=replace(spec.window, align="stop"))


def moment(seconds: Whole) -> Any:
    """Seconds since 1970 as times of the standard."""
    return pa.array(seconds.astype("datetime64[s]").astype("datetime64[us]"))


def measurements(rows: Rows, records: Records) -> pa.Table:
    """What was charted, measured, given and passed."""
    tables = chosen([PREFIX[one.table] for one in CONCEPTS], records.feature)
    parts = [tables, pc.cast(pa.array(rows.item), pa.string())]
    with_unit = pc.binary_join_element_wise(*parts, rows.unit, "//")
    words = pc.if_else(pc.is_null(rows.number), rows.text, pa.scalar(None, pa.string()))
    return table_of(
        subject=rows.subject,
        time=moment(rows.seconds),
        code=pc.coalesce(with_unit, pc.binary_join_element_wise(*parts, "//")),
        value=pc.cast(rows.number, pa.float32()),
        text=words,
        unit=rows.unit,
        order=rows.seconds,
    )


def lives(stays: Stays, people: Persons) -> pa.Table:
    """Birth and sex, admissions, stays and death."""
    first = np.flatnonzero(~stays.again)
    died = np.flatnonzero(stays.died == 1)
    born = people.came[first] - np.rint((stays.age[first] + 0.5) * YEAR).astype(np.int64)
    sexless = pa.nulls(len(first), pa.timestamp("us"))
    units = chosen([f"ICU_ADMISSION//{one}" for one in UNITS], people.unit)
    parts = [
        (people.subject[first], sexless, np.where(stays.male[first] == 1, "GENDER//M", "GENDER//F"), born - 1),
        (people.subject[first], moment(born), "MEDS_BIRTH", born),
        (people.subject, moment(people.admitted), "HOSPITAL_ADMISSION", people.admitted),
        (people.subject, moment(people.came), units, people.came),
        (people.subject, moment(people.left), "ICU_DISCHARGE", people.left),
        (people.subject, moment(people.discharged), "HOSPITAL_DISCHARGE", people.discharged),
        (people.subject[died], moment(people.discharged[died]), "MEDS_DEATH", people.discharged[died]),
    ]  # fmt: skip
    return pa.concat_tables(
        [
            table_of(
                subject=subject,
                time=time,
                code=pa.repeat(code, len(subject)) if isinstance(code, str) else pa.array(code),
                value=pa.nulls(len(subject), pa.float32()),
                text=pa.nulls(len(subject), pa.string()),
                unit=pa.nulls(len(subject), pa.string()),
                order=order,
            )
            for subject, time, code, order in parts
        ]
    )


def table_of(*, subject: Whole, time: Any, code: Any, value: Any, text: Any, unit: Any, order: Whole) -> pa.Table:
    """Rows in the standard's columns, with that by which they are sorted."""
    return pa.table({
        "subject_id": subject, "time": time, "code": pc.cast(code, pa.string()), "numeric_value": value,
        "text_value": pc.cast(text, pa.large_string()), "unit": unit, "order": order,
    })  # fmt: skip
