"""Writing: simulated stays as a folder of raw files, with the truth beside them; any number, block by block."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aition.core.errors import InputError
from aition.data.simulate.hospital.hospital import Hospital, ids_of
from aition.data.simulate.hospital.measures import FEATURES, N_BIN, bins_of
from aition.data.simulate.hospital.meds import Meds
from aition.data.simulate.hospital.mimic import Mimic
from aition.data.simulate.hospital.persons import SPLITS, persons
from aition.data.simulate.hospital.records import recorded
from aition.data.simulate.hospital.shards import Shards
from aition.data.simulate.hospital.sheets import chosen, moments
from aition.data.simulate.hospital.stays import N_BLOCK, Stays
from aition.data.simulate.hospital.values import ValueTruth
from aition.data.simulate.hospital.wording import words

Form = Literal["meds", "mimic-iv", "mimic-iii"]
TRUTH = "truth"


@dataclass(frozen=True)
class Written:
    """What was written.

    Args:
        form: In which form.
        n_sample: Stays.
        rows: Rows of each table.
        mess: Rows of each kind: "clean" are the measurements of the stays; added rows carry one fault each; "second
            item", "other unit" and "no admission" count clean rows that are written in an unusual way.
        cut: Lines that break off, by table; no rows.
        n_record: What a reader of the form counts as records read: measurements, rows added, rows of other events, such
            as prescriptions and admissions, and lines that break off. The other rows say who was there.
    """

    form: Form | Literal["batch"]
    n_sample: int
    rows: Mapping[str, int]
    mess: Mapping[str, int]
    cut: Mapping[str, int]
    n_record: int


def write(
    hospital: Hospital, folder: str | Path, *, seed: int, form: Form, each: Callable[[int], None] = lambda done: None
) -> Written:
    """Write stays as raw files, wholly or not at all; memory holds one block.

    Beside the files, a folder ``truth`` holds ``stays.parquet`` (the id of each sample with its numbers in the files,
    label, log-odds, and when the label of MEDS is asked), ``contributions/`` (the true cells with value, bin and
    contribution), ``values.parquet`` (what each value adds on average), ``words.toml`` (what things are called, for the
    app) and ``written.json`` (what this function returns).

    Args:
        hospital: Which stays.
        folder: A folder that is not there yet, or empty.
        seed: Of the stays and of the mess.
        form: "meds", "mimic-iv" (``hosp`` and ``icu``) or "mimic-iii".
        each: Told after each block how many stays it held.

    Raises:
        InputError: The folder holds something, or the form is unknown.
    """
    if form not in get_args(Form):
        raise InputError(f"form must be one of {', '.join(get_args(Form))}, but is {form!r}")
    mess, cut = Counter[str](), Counter[str]()
    with filled(Path(folder)) as beside:
        with (
            truth_beside(beside, hospital, seed=seed) as known,
            Meds(beside) if form == "meds" else Mimic(beside, newer=form == "mimic-iv") as files,
        ):
            for stays in hospital.stays(seed=seed):
                records = files.taken(recorded(stays, seed=seed))
                cut.update(files.write(stays, records, seed=seed))
                mess.update(records.mess())
                known(stays)
                each(len(stays))
        written = Written(
            form, hospital.n_sample, dict(files.rows), dict(+mess), dict(cut), files.n_record + cut.total()
        )
        say(written, beside)
    return written


def write_batches(
    hospital: Hospital, folder: str | Path, *, seed: int, each: Callable[[int], None] = lambda done: None
) -> Written:
    """Write stays as a folder of samples, as :func:`aition.data.readers.ingesting` makes it of raw files.

    The split is that of the raw files; the fields hold the truth, which stands in the folder ``truth`` as well.

    Args:
        hospital: Which stays.
        folder: A folder that is not there yet, or empty.
        seed: Of the stays.
        each: Told after each block how many stays it held.

    Raises:
        InputError: The folder holds something.
    """
    with filled(Path(folder)) as beside, truth_beside(beside, hospital, seed=seed) as known:
        shards = Shards(beside)
        for stays in hospital.stays(seed=seed):
            shards.write(hospital.simulated(stays, seed=seed).batch, persons(stays, seed=seed).split)
            known(stays)
            each(len(stays))
        shards.close()
        written = Written(
            "batch", hospital.n_sample, dict(shards.n_sample), {"clean": shards.n_value}, {}, shards.n_value
        )
        say(written, beside)
    return written


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """A folder to fill that takes its place at the end; nothing is left where that is not reached.

    Raises:
        InputError: Something is there.
    """
    check_empty(folder)
    beside = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.absolute().parent))
    try:
        (beside / "data").mkdir()
        yield beside / "data"
        if folder.is_dir():
            folder.rmdir()
        (beside / "data").replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def truth_beside(root: Path, hospital: Hospital, *, seed: int) -> Iterator[Callable[[Stays], None]]:
    """A function that writes what is known of a block of stays."""
    folder = root / TRUTH
    (folder / "contributions").mkdir(parents=True)
    pq.write_table(values_table(hospital.value_truth()), folder / "values.parquet")
    (folder / "words.toml").write_text(words(), encoding="utf-8")
    with pq.ParquetWriter(folder / "stays.parquet", STAYS) as table:

        def known(stays: Stays) -> None:
            table.write_table(stays_table(stays, seed=seed))
            name = f"{stays.first // N_BLOCK:05}.parquet"
            pq.write_table(true_cells(stays, seed=seed), folder / "contributions" / name)

        yield known


def say(written: Written, root: Path) -> None:
    """Say in the folder what was written."""
    (root / TRUTH / "written.json").write_text(json.dumps(asdict(written), indent=1) + "\n", encoding="utf-8")


def check_empty(folder: Path) -> None:
    """Raise unless a folder can be made here, or is empty.

    Raises:
        InputError: It holds something, is a file, or the folder above it is missing.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} must be a new or empty folder, but holds something; name another")
    if not folder.absolute().parent.is_dir():
        raise InputError(f"{folder.parent} must be a folder, but is none; make it first")


STAYS = pa.schema([
    ("sample", pa.string()), ("subject_id", pa.int64()), ("hadm_id", pa.int64()), ("stay_id", pa.int64()),
    ("n_hour", pa.int64()), ("age", pa.int64()), ("male", pa.int64()), ("died", pa.int64()),
    ("log_odds", pa.float64()), ("split", pa.string()), ("asked_at", pa.string()),
])  # fmt: skip


def stays_table(stays: Stays, *, seed: int) -> pa.Table:
    """What is known of each stay."""
    people = persons(stays, seed=seed)
    return pa.table(
        [
            ids_of(stays, seed=seed), people.subject, people.admission, people.stay, stays.length, stays.age,
            stays.male, stays.died, stays.log_odds, chosen(list(SPLITS), people.split),
            pc.replace_substring(moments(people.came + 3600 * stays.length), " ", "T"),
        ],
        schema=STAYS,
    )  # fmt: skip


def true_cells(stays: Stays, *, seed: int) -> pa.Table:
    """The cells that add something, a row each."""
    sample, hour, feature = np.nonzero(stays.contribution)
    bins = bins_of(stays.value, stays.observed)[sample, hour, feature]
    return pa.table({
        "sample": chosen(ids_of(stays, seed=seed), sample), "stay_id": persons(stays, seed=seed).stay[sample],
        "time": hour, "feature": chosen(list(FEATURES), feature), "value": stays.value[sample, hour, feature],
        "bin": bins, "contribution": stays.contribution[sample, hour, feature],
    })  # fmt: skip


def values_table(truth: ValueTruth) -> pa.Table:
    """What each value adds on average, by feature, bin and hour."""
    feature, bin_, hour = np.indices(truth.contribution.shape).reshape(3, -1)
    names = [name for names in truth.bins for name in names]
    return pa.table({
        "feature": chosen(list(truth.features), feature), "bin": bin_,
        "name": chosen(names, (N_BIN + 1) * feature + bin_), "time": hour,
        "contribution": truth.contribution.ravel(), "share": truth.share.ravel(),
    })  # fmt: skip
