"""Raw files of the hospital: the same stays in every form, with a mess that is known to the row."""

import gzip
import json
import os
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from aition.core.errors import InputError
from aition.data.folder import open_folder
from aition.data.readers import asked_of, toml
from aition.data.readers.ingesting import ingest
from aition.data.readers.meds import Meds
from aition.data.readers.mimic_iii import MimicIII
from aition.data.readers.mimic_iv import MimicIV
from aition.data.readers.mimic_schema import MIMIC_III, MIMIC_IV
from aition.data.readers.toml import read_spec
from aition.data.simulate.hospital import Hospital, write, write_batches
from aition.data.simulate.hospital.items import CONCEPTS
from aition.data.simulate.hospital.law import BASE
from aition.data.simulate.hospital.persons import persons
from aition.data.simulate.hospital.records import ADDED, recorded
from aition.data.simulate.hospital.written import rows_of
from stand_ins.sql import answered

SPECS = Path(toml.__file__).parent / "specs"
SEED, N_SAMPLE = 1007, 60
HOSPITAL = Hospital(n_sample=N_SAMPLE, standardised=False)
FORMS = ("meds", "mimic-iv", "mimic-iii")


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """The folder of each form, and what was written."""
    root = tmp_path_factory.mktemp("raw")
    return {form: (root / form, write(HOSPITAL, root / form, seed=SEED, form=form)) for form in FORMS}


@pytest.fixture(scope="module")
def drawn():
    return HOSPITAL(seed=SEED)


@pytest.fixture(scope="module", params=["mimic-iv", "mimic-iii"])
def read(request, raw, tmp_path_factory):
    """What the reader of a form makes of its files by the spec that comes with it, and what was written."""
    folder, written = raw[request.param]
    source = {"mimic-iv": MimicIV, "mimic-iii": MimicIII}[request.param](root=folder)
    spec, _ = read_spec(SPECS / f"{request.param}.toml")
    return ingest(source, spec, tmp_path_factory.mktemp("read") / "data", memory_mb=256, progress="off"), written


def test_readers_find_the_values_of_the_stays_through_the_mess(read, drawn):
    found = read[0].batch()
    assert found.feature_names == drawn.batch.feature_names
    wanted = drawn.batch.take([int(name) - 30_000_000 for name in found.ids])
    assert len(found) == N_SAMPLE
    assert torch.equal(found.observed, wanted.observed)
    assert torch.equal(found.label, wanted.label)
    assert torch.equal(found.static[:, 1], wanted.static[:, 1])
    assert torch.allclose(found.x, wanted.x, rtol=1e-4, atol=1e-6)


def test_readers_count_the_mess_to_the_row(read):
    folder, written = read
    mess, counts = written.mess, folder.manifest["records"]
    assert counts["used"] == mess["clean"] + mess["repeated"]
    assert counts["outside"] == mess["outside the window"] + mess["no such stay"]
    assert counts["not asked for"] == mess["unknown item"] + mess["item of no feature"] + N_SAMPLE  # prescriptions
    assert sorted(counts["bad"].values()) == sorted(
        [mess["words for a number"], mess["no such date"], mess["beyond belief"], sum(written.cut.values())]
    )


def test_the_reader_of_meds_finds_the_values_of_the_stays(raw, drawn, tmp_path):
    folder, written = raw["meds"]
    spec, _ = read_spec(folder / "spec.toml")
    data = ingest(Meds(folder, labels=folder / "labels"), spec, tmp_path / "data", memory_mb=256, progress="off")
    found = data.batch()
    known = pq.read_table(folder / "truth" / "stays.parquet").to_pylist()
    places = {f"{one['subject_id']}@{one['asked_at']}": place for place, one in enumerate(known)}
    wanted = drawn.batch.take([places[name] for name in found.ids])
    assert len(found) == N_SAMPLE
    assert torch.equal(found.observed, wanted.observed)
    assert torch.equal(found.label, wanted.label)
    assert torch.equal(found.x, wanted.x)
    assert {split: len(data.only(split)) for split in data.splits} == {
        split: sum(one["split"] == split for one in known) for split in data.splits
    }
    bad = {"value is no number": "words for a number", "value is above the largest plausible": "beyond belief"}
    assert data.manifest["records"]["bad"] == {why: written.mess[kind] for why, kind in bad.items()}


def test_the_model_of_the_law_answers_for_what_a_reader_found(read, drawn):
    found = read[0].batch()
    wanted = drawn.batch.take([int(name) - 30_000_000 for name in found.ids])["log_odds"]
    logits = HOSPITAL.white_box()(found)
    assert torch.allclose(logits[:, 1] - logits[:, 0], wanted, atol=1e-4)


@pytest.mark.parametrize(("form", "published"), [("mimic-iv", MIMIC_IV), ("mimic-iii", MIMIC_III)])
def test_tables_have_the_published_columns_in_order(raw, form, published):
    for name, columns in published.items():
        with gzip.open(raw[form][0] / f"{name}.csv.gz", "rt") as file:
            assert file.readline().rstrip("\n").split(",") == list(columns), name


def test_what_is_counted_as_records_is_what_an_ingest_reads(read, raw, tmp_path):
    folder, written = read
    assert folder.manifest["records"]["read"] == written.n_record
    meds, written = raw["meds"]
    spec, _ = read_spec(meds / "spec.toml")
    data = ingest(Meds(meds, labels=meds / "labels"), spec, tmp_path / "data", memory_mb=256, progress="off")
    assert data.manifest["records"]["read"] == written.n_record


def test_every_kind_of_mess_is_there(raw):
    mess = raw["mimic-iv"][1].mess
    assert all(mess[kind] > 0 for kind in (*ADDED, "second item", "other unit", "no admission"))


def test_second_items_are_counted_to_the_row(raw):
    folder, written = raw["mimic-iv"]
    records = recorded(next(iter(HOSPITAL.stays(seed=SEED))), seed=SEED)
    second = {concept.items[1].id for concept in CONCEPTS if concept.items[0].id != concept.items[1].id}
    tables = ", ".join(
        f"'{folder}/{name}.csv.gz'" for name in ("icu/chartevents", "hosp/labevents", "icu/outputevents")
    )
    found = answered(
        f"SELECT count(*) FROM read_csv([{tables}], all_varchar=true, union_by_name=true, ignore_errors=true) "
        f"WHERE itemid IN ({', '.join(repr(str(one)) for one in sorted(second))})"
    )[0][0]
    hidden = records.is_kind("unknown item") | records.is_kind("item of no feature")
    assert found == int((records.second & ~hidden).sum())
    assert written.mess["second item"] == int((records.second & records.is_kind("clean")).sum())


@pytest.mark.parametrize("form", FORMS)
def test_every_measurement_and_every_added_row_is_written(raw, drawn, form):
    folder, written = raw[form]
    assert written.mess["clean"] == int(drawn.batch.observed.sum())
    added = sum(written.mess.get(kind, 0) for kind in ADDED)
    tables = {
        "meds": ("data/train", "data/tuning", "data/held_out"),
        "mimic-iv": ("icu/chartevents", "hosp/labevents", "icu/inputevents", "icu/outputevents"),
        "mimic-iii": ("CHARTEVENTS", "LABEVENTS", "INPUTEVENTS_CV", "INPUTEVENTS_MV", "OUTPUTEVENTS"),
    }[form]
    lives = 0
    if form == "meds":
        kinds = "code LIKE 'MEDS%' OR code LIKE 'GENDER%' OR code LIKE 'HOSPITAL%' OR code LIKE 'ICU%'"
        lives = answered(f"SELECT count(*) FROM '{folder}/data/*/*.parquet' WHERE {kinds}")[0][0]
    assert sum(written.rows[name] for name in tables) == written.mess["clean"] + added + lives


@pytest.mark.parametrize("n_sample", [1, 19, 59])
def test_patients_and_rows_of_a_stay_do_not_hang_on_how_many_are_drawn(n_sample):
    few, many = (next(Hospital(n_sample=size).stays(seed=SEED)) for size in (n_sample, 90))
    who, all_of_them = persons(few, seed=SEED), persons(many, seed=SEED)
    for one in fields(who):
        assert np.array_equal(getattr(who, one.name), getattr(all_of_them, one.name)[:n_sample]), one.name
    records, others = recorded(few, seed=SEED), recorded(many, seed=SEED)
    others = others.take(others.stay < n_sample)
    for one in fields(records):
        assert np.array_equal(getattr(records, one.name), getattr(others, one.name)), one.name
    rows, further = rows_of(records, who, older=True), rows_of(others, all_of_them, older=True)
    for one in fields(rows):
        assert pa.array(getattr(rows, one.name)).equals(pa.array(getattr(further, one.name))), one.name


def test_all_forms_hold_the_same_stays(raw, drawn):
    tables = [pq.read_table(raw[form][0] / "truth" / "stays.parquet").to_pydict() for form in FORMS]
    assert tables[0] == tables[1] == tables[2]
    assert tables[0]["sample"] == drawn.batch.ids.tolist()
    assert tables[0]["died"] == drawn.batch.label.tolist()


def test_a_second_stay_is_a_year_after_one_that_was_survived(raw):
    folder = raw["mimic-iv"][0]
    stays = answered(
        f"SELECT subject_id, intime, outtime FROM read_csv('{folder}/icu/icustays.csv.gz') "
        "QUALIFY count(*) OVER (PARTITION BY subject_id) = 2 ORDER BY subject_id, intime"
    )
    assert len(stays) >= 4
    for one, other in zip(stays[::2], stays[1::2], strict=True):
        assert other[1].year == one[1].year + 1
        assert other[1] > one[2]
    dead = answered(
        f"SELECT count(*) FROM read_csv('{folder}/hosp/admissions.csv.gz') one "
        f"JOIN read_csv('{folder}/hosp/admissions.csv.gz') other USING (subject_id) "
        "WHERE one.deathtime < other.admittime"
    )
    assert dead == [(0,)]


def test_contributions_beside_the_files_add_up_to_the_log_odds(raw):
    folder = raw["mimic-iv"][0]
    off = answered(
        f"SELECT max(abs(log_odds - {BASE} - added)) FROM '{folder}/truth/stays.parquet' JOIN (SELECT sample, "
        f"sum(contribution) AS added FROM '{folder}/truth/contributions/*.parquet' GROUP BY sample) USING (sample)"
    )
    assert off[0][0] < 1e-9


def test_what_each_value_adds_is_beside_the_files(raw):
    table = pq.read_table(raw["meds"][0] / "truth" / "values.parquet").to_pandas()
    truth = HOSPITAL.value_truth()
    some = table[(table.feature == "lactate") & (table.bin == 4)].sort_values("time")
    assert np.allclose(some.contribution, truth.contribution[truth.features.index("lactate"), 4])
    assert set(some.name) == {"> 4.15"}


def test_what_was_written_is_said_in_the_folder(raw):
    folder, written = raw["mimic-iii"]
    assert json.loads((folder / "truth" / "written.json").read_text()) == asdict(written)


def test_meds_has_each_patient_in_one_shard_in_order_of_time(raw):
    folder = raw["meds"][0]
    home = {}
    for path in sorted(folder.glob("data/*/*.parquet")):
        table = pq.read_table(path).to_pandas()
        for subject, events in table.groupby("subject_id", sort=False):
            assert home.setdefault(subject, path) == path
            assert events.time.dropna().is_monotonic_increasing
            assert events.index.is_monotonic_increasing
            assert events.index[-1] - events.index[0] == len(events) - 1
    splits = pq.read_table(folder / "metadata" / "subject_splits.parquet").to_pandas()
    assert {subject: path.parent.name for subject, path in home.items()} == dict(
        zip(splits.subject_id, splits.split, strict=True)
    )


def test_meds_describes_all_its_codes_and_labels_each_stay(raw, drawn):
    folder = raw["meds"][0]
    used = answered(f"SELECT DISTINCT code FROM '{folder}/data/*/*.parquet'")
    codes = pq.read_table(folder / "metadata" / "codes.parquet").column("code").to_pylist()
    assert sorted(code for (code,) in used) == codes
    labels = pq.read_table(folder / "labels" / "00000.parquet").to_pydict()
    assert sum(labels["boolean_value"]) == int(drawn.batch.label.sum())
    assert len(labels["subject_id"]) == N_SAMPLE


def test_meds_holds_the_values_of_the_stays(raw, drawn):
    folder = raw["meds"][0]
    found = answered(f"""
        SELECT stay_id - 30000000 AS place, CAST(floor(epoch(time - start) / 3600) AS BIGINT) AS hour, numeric_value
        FROM '{folder}/data/*/*.parquet' JOIN (
            SELECT stays.*, row_number() OVER (PARTITION BY subject_id ORDER BY stay_id) AS which
            FROM '{folder}/truth/stays.parquet' stays
        ) USING (subject_id) JOIN (
            SELECT subject_id, time AS start, row_number() OVER (PARTITION BY subject_id ORDER BY time) AS which
            FROM '{folder}/data/*/*.parquet' WHERE code LIKE 'ICU_ADMISSION//%'
        ) USING (subject_id, which)
        WHERE code = 'CHART//220045//bpm' AND numeric_value < 1000 AND time >= start AND hour < 48
    """)
    x, seen = drawn.batch.x[:, :, 0], drawn.batch.observed[:, :, 0]
    assert {(place, hour) for place, hour, _ in found} == set(map(tuple, seen.nonzero().tolist()))
    assert all(value == float(x[place, hour]) for place, hour, value in found)


def test_the_same_seed_writes_the_same_bytes(raw, tmp_path):
    again = tmp_path / "again"
    write(HOSPITAL, again, seed=SEED, form="mimic-iv")
    first = raw["mimic-iv"][0]
    for path in sorted(first.rglob("*.csv.gz")):
        assert path.read_bytes() == (again / path.relative_to(first)).read_bytes(), path.name


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def stop(_done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(Hospital(n_sample=5), tmp_path / "raw", seed=SEED, form="mimic-iii", each=stop)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_has_left_is_not_touched(tmp_path):
    left = tmp_path / f".raw.{os.getpid()}.part"
    left.mkdir()
    write(Hospital(n_sample=2), tmp_path / "raw", seed=SEED, form="meds")
    assert sorted(path.name for path in tmp_path.iterdir()) == [left.name, "raw"]


def test_more_than_a_block_is_written_block_by_block(tmp_path):
    told = []
    written = write(Hospital(n_sample=1003), tmp_path / "raw", seed=SEED, form="meds", each=told.append)
    assert told == [1000, 3]
    assert written.rows["labels"] == 1003
    assert sorted(path.name for path in (tmp_path / "raw" / "labels").iterdir()) == ["00000.parquet", "00001.parquet"]


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(InputError, match="new or empty folder"):
        write(Hospital(n_sample=5), tmp_path, seed=SEED, form="meds")
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_an_unknown_form_and_a_missing_parent_are_refused(tmp_path):
    with pytest.raises(InputError, match="form must be one of meds, mimic-iv, mimic-iii"):
        write(Hospital(n_sample=5), tmp_path / "raw", seed=SEED, form="fhir")
    with pytest.raises(InputError, match="make it first"):
        write(Hospital(n_sample=5), tmp_path / "no" / "raw", seed=SEED, form="meds")


def test_batches_are_the_stays_as_a_reader_finds_them(raw, drawn, tmp_path):
    written = write_batches(HOSPITAL, tmp_path / "data", seed=SEED)
    folder = open_folder(tmp_path / "data")
    folder.verify()
    known = pq.read_table(raw["meds"][0] / "truth" / "stays.parquet").to_pydict()
    assert pq.read_table(tmp_path / "data" / "truth" / "stays.parquet").to_pydict() == known
    for split in folder.splits:
        part = folder.only(split).batch()
        rows = [place for place, one in enumerate(known["split"]) if one == split]
        assert part.digest() == replace(drawn.batch.take(rows), **folder.words).digest()
        assert written.rows[split] == len(rows)
    heart = drawn.batch.take([place for place, one in enumerate(known["split"]) if one == "train"])
    values = heart.x[:, :, 0][heart.observed[:, :, 0]].double()
    assert folder.manifest["features"][0]["mean"] == pytest.approx(float(values.mean()), rel=1e-6)
    assert folder.manifest["features"][0]["scale"] == pytest.approx(float(values.std(correction=0)), rel=1e-6)


def test_batches_say_the_spec_by_which_a_reader_makes_them(read, tmp_path):
    write_batches(HOSPITAL, tmp_path / "data", seed=SEED)
    own, found = open_folder(tmp_path / "data"), read[0]
    assert own.inputs == found.inputs
    assert own.manifest.keys() == found.manifest.keys()
    assert asked_of(own)[1] == {}
    static = own.only("train").batch().static.numpy()
    medians = np.quantile(static, 0.5, axis=0, method="inverted_cdf")
    assert list(own.manifest["static_fill"].values()) == medians.tolist()
