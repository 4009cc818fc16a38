"""The specs of MIMIC's 34 features: what they hold, and what comes of files with a mess."""

from pathlib import Path
from typing import get_args

import pytest
import torch

from aition.cli.ingest import default_spec
from aition.core.errors import InputError
from aition.data import readers
from aition.data.readers.ingesting import ingest
from aition.data.readers.mimic_iii import MimicIII
from aition.data.readers.mimic_iv import MimicIV
from aition.data.readers.mimic_tables import Kind
from aition.data.readers.spec import Spec, Window
from aition.data.readers.toml import read_spec, spec_of
from aition.data.simulate.hospital.hospital import Hospital
from aition.data.simulate.hospital.writing import write
from stand_ins.mimic import III_STAYS, IV_STAYS, chart, write_iii, write_iv
from stand_ins.sql import answered

FOLDER = Path(readers.__file__).parent / "specs"
FOUR, THREE = SPECS = [FOLDER / "mimic-iv.toml", FOLDER / "mimic-iii.toml"]
LAB = {"subject_id": 10, "itemid": 50912, "charttime": "2153-01-01 12:00:00", "valueuom": "mg/dL"}


def of(path):
    spec, source = read_spec(path)
    assert source == {}
    return spec


def full(kind):
    return spec_of(default_spec(f"{kind}-full"))


@pytest.mark.parametrize("path", SPECS)
def test_there_are_34_features_of_48_hours(path):
    spec = of(path)
    assert len(spec.features) == 34
    assert (spec.window.hours, spec.window.every, spec.window.align, spec.window.shortest) == (48.0, 1.0, "start", 48.0)


def test_both_releases_have_the_same_features_in_the_same_units():
    one, other = (
        [(feature.name, feature.unit, feature.low, feature.high) for feature in of(path).features] for path in SPECS
    )
    assert one == other


@pytest.mark.parametrize("path", SPECS)
def test_codes_are_of_one_feature_and_of_the_kinds_that_are_read(path):
    codes = [code for feature in of(path).features for code in feature.codes]
    assert len(set(codes)) == len(codes)
    assert {code.split(":")[0] for code in codes} <= set(get_args(Kind))
    assert all(code.split(":")[1].isdigit() for code in codes)


def test_all_codes_of_mimic_iv_but_none_of_carevue_are_those_of_mimic_iii():
    four, three = ({feature.name: set(feature.codes) for feature in of(path).features} for path in SPECS)
    for name, codes in four.items():
        assert codes <= three[name]
        assert all(int(code.split(":")[1]) < 60_000 for code in three[name] - codes)


@pytest.mark.parametrize("path", SPECS)
def test_every_feature_has_bounds(path):
    assert all(0 <= feature.low < feature.high < 1e5 for feature in of(path).features)


@pytest.mark.parametrize("path", SPECS)
def test_a_full_spec_begins_with_the_34_features(path):
    spec, _ = full(path.stem)
    assert spec.features[:34] == of(path).features
    assert spec.window == of(path).window


def test_full_specs_have_the_same_features_and_static_columns():
    (one, source), (other, settings) = full("mimic-iv"), full("mimic-iii")
    assert source == settings == {"static": ["careunit", "admission"], "infusion_hours": 1.0}
    assert [(each.name, each.aggregate, each.unit, each.low, each.high) for each in one.features] == [
        (each.name, each.aggregate, each.unit, each.low, each.high) for each in other.features
    ]


def test_all_codes_of_a_full_mimic_iv_but_none_of_carevue_are_those_of_a_full_mimic_iii():
    four, three = (
        {feature.name: set(feature.codes) for feature in full(kind)[0].features} for kind in ("mimic-iv", "mimic-iii")
    )
    for name, codes in four.items():
        assert codes <= three[name]
        assert all(int(code.split(":")[1]) < 60_000 for code in three[name] - codes)


@pytest.mark.parametrize("kind", ["mimic-iv", "mimic-iii"])
def test_codes_of_a_full_spec_that_need_a_value_are_of_one_feature(kind):
    valued = [one for one in full(kind)[0].features if one.aggregate != "any"]
    codes = [code for feature in valued for code in feature.codes]
    assert len(set(codes)) == len(codes)


def test_files_of_mimic_iv_become_the_further_features(tmp_path):
    at = {"charttime": "2153-01-01 11:10:00", "valueuom": ""}
    charts = [
        chart(itemid=226531, value="176.4", valuenum=176.4, **at),
        chart(itemid=226707, value="70", valuenum=70, **at),
        chart(itemid=220339, value="5", valuenum=5, charttime=at["charttime"], valueuom="cmH2O"),
        chart(itemid=223849, value="CMV/ASSIST", valuenum="", charttime="2153-01-01 13:10:00", valueuom=""),
        chart(itemid=223848, value="Other", valuenum="", charttime="2153-01-01 14:10:00", valueuom=""),
        chart(itemid=223900, value="No Response-ETT", valuenum=1, **at),
    ]
    drip = {
        "subject_id": 10, "stay_id": 30, "starttime": "2153-01-01 11:30:00", "endtime": "2153-01-01 13:30:00",
        "itemid": 222315, "rate": 0.04, "rateuom": "units/min",
    }  # fmt: skip
    write_iv(tmp_path / "raw", {"icu/chartevents": charts, "icu/inputevents": [drip]})
    spec, settings = full("mimic-iv")
    folder = ingest(MimicIV(tmp_path / "raw", **settings), spec, tmp_path / "data", progress="off")
    batch, names = folder.batch(), list(folder.feature_names)
    assert value(batch, names, "weight", 1) == pytest.approx(80.0137, abs=1e-3)
    assert value(batch, names, "height", 1) == pytest.approx(177.8)
    assert value(batch, names, "peep", 1) == 5.0
    assert batch.x[0, :6, names.index("ventilated")].tolist() == [0, 1, 0, 1, 0, 0]
    assert batch.x[0, :3, names.index("tube")].tolist() == [0, 1, 0]
    assert not batch.observed[0, :, names.index("gcs_verbal")].any()
    assert [value(batch, names, "vasopressin", step) for step in (1, 2, 3)] == [pytest.approx(2.4)] * 3
    assert batch.static_names[2:4] == ("careunit_coronary", "careunit_cardiac_surgery")
    assert folder.manifest["records"]["bad"] == {}


def made(source, path, out):
    folder = ingest(source, of(path), out, progress="off")
    (batch,) = folder.batches()
    names = [feature.name for feature in of(path).features]
    return folder, batch, names


def value(batch, names, feature, step, sample=0):
    place = names.index(feature)
    assert batch.observed[sample, step, place]
    return float(batch.x[sample, step, place])


def test_files_of_mimic_iv_with_all_their_mess_become_a_batch(tmp_path):
    fahrenheit = chart(itemid=223761, value="98.6", valuenum=98.6, valueuom="°F", charttime="2153-01-01 12:10:00")
    charts = [
        chart(value="80", valuenum=80),
        chart(value="90", valuenum=90),
        chart(value="ERROR", valuenum=""),
        chart(value="999999", valuenum=999999),
        chart(charttime="2153-13-01 12:00:00"),
        chart(warning=1),
        chart(itemid=999001),
        chart(charttime="2152-12-31 11:00:00"),
        chart(stay_id=31),
        fahrenheit,
        fahrenheit | {"itemid": 223835, "value": "0.5", "valuenum": 0.5, "valueuom": ""},
    ]
    labs = [
        LAB | {"value": "88.42", "valuenum": 88.42, "valueuom": "umol/L", "hadm_id": ""},
        LAB | {"value": "1.4", "valuenum": 1.4, "valueuom": "mg/dL", "hadm_id": 20, "charttime": "2153-01-01 13:00:00"},
        LAB | {"value": ">10", "valuenum": ""},
        LAB | {"value": "1", "valuenum": 1, "valueuom": "stone"},
    ]
    write_iv(tmp_path / "raw", {"icu/chartevents": charts, "hosp/labevents": labs}, ".csv")
    with (tmp_path / "raw/icu/chartevents.csv").open("a") as stream:
        stream.write("10,20\n")
    folder, batch, names = made(MimicIV(tmp_path / "raw"), FOUR, tmp_path / "data")
    assert value(batch, names, "heart_rate", 1) == 85.0
    assert value(batch, names, "temperature", 2) == pytest.approx(37.0, abs=1e-4)
    assert value(batch, names, "fio2", 2) == 50.0
    assert value(batch, names, "creatinine", 2) == pytest.approx(1.0, abs=1e-3)
    assert value(batch, names, "creatinine", 3) == pytest.approx(1.4)
    assert int(batch.observed.sum()) == 5
    assert batch.static.tolist() == [[63.0, 0.0]]
    assert batch.label.tolist() == [0]
    assert folder.class_names == ("survived", "died")
    assert folder.manifest["records"]["read"] == len(charts) + len(labs) + 1
    told = dict(answered(f"SELECT fault, count(*) FROM '{tmp_path}/data/rejected.parquet' GROUP BY fault"))
    assert told == {
        "value is no number": 2,
        "value is above the largest plausible": 1,
        "time is no date": 1,
        "flagged by a warning": 1,
        "unit is not known": 1,
        "line has too few columns": 1,
    }


def test_every_line_is_counted_once(tmp_path):
    charts = [chart(), chart(itemid=999001), chart(value="ERROR", valuenum=""), chart(charttime="2150-01-01 11:00:00")]
    write_iv(tmp_path / "raw", {"icu/chartevents": charts})
    folder, _, _ = made(MimicIV(tmp_path / "raw"), FOUR, tmp_path / "data")
    assert folder.manifest["records"]["read"] == len(charts)


def test_carevue_and_metavision_fill_the_same_features(tmp_path):
    who = {"subject_id": 10, "hadm_id": 20, "icustay_id": 30, "charttime": "2160-01-01 10:30:00"}
    charts = [
        who | {"itemid": 678, "value": "98.6", "valuenum": 98.6, "valueuom": "Deg. F"},
        who | {"itemid": 190, "value": ".5", "valuenum": 0.5, "valueuom": "torr"},
        who | {"itemid": 211, "value": "80", "valuenum": 80, "valueuom": "BPM"},
        who | {"itemid": 220045, "value": "90", "valuenum": 90, "valueuom": "bpm", "charttime": "2160-01-01 11:30:00"},
    ]
    inputs = [
        who | {"itemid": 30120, "rate": 0.1, "rateuom": "mcgkgmin"},
        who | {"itemid": 30047, "rate": 8, "rateuom": "mcgmin"},
    ]
    write_iii(tmp_path / "raw", {"CHARTEVENTS": charts, "INPUTEVENTS_CV": inputs})
    folder, batch, names = made(MimicIII(tmp_path / "raw"), THREE, tmp_path / "data")
    assert value(batch, names, "temperature", 0) == pytest.approx(37.0, abs=1e-4)
    assert value(batch, names, "fio2", 0) == 50.0
    assert [value(batch, names, "heart_rate", step) for step in (0, 1)] == [80.0, 90.0]
    assert value(batch, names, "norepinephrine", 0) == pytest.approx(0.1)
    assert folder.manifest["records"]["bad"] == {"unit is not known": 1}


def test_a_record_of_overlapping_stays_that_names_none_is_in_both(tmp_path):
    later = IV_STAYS["icu/icustays"][0] | {"stay_id": 31, "intime": "2153-01-01 12:00:00"}
    lab = LAB | {"value": "1.4", "valuenum": 1.4, "charttime": "2153-01-01 13:30:00"}
    write_iv(tmp_path / "raw", {"icu/icustays": [IV_STAYS["icu/icustays"][0], later], "hosp/labevents": [lab]})
    _, batch, names = made(MimicIV(tmp_path / "raw"), FOUR, tmp_path / "data")
    assert [value(batch, names, "creatinine", step, sample) for sample, step in ((0, 3), (1, 1))] == [
        pytest.approx(1.4),
        pytest.approx(1.4),
    ]


def test_a_file_that_is_torn_is_named_and_nothing_is_left(tmp_path):
    write_iv(tmp_path / "raw", {"icu/chartevents": [chart()] * 5000})
    path = tmp_path / "raw/icu/chartevents.csv.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"chartevents\.csv\.gz is torn or damaged"):
        made(MimicIV(tmp_path / "raw"), FOUR, tmp_path / "data")
    assert [one.name for one in tmp_path.iterdir()] == ["raw"]


def test_a_stay_that_is_left_out_is_counted_by_its_reason(tmp_path):
    stays = [IV_STAYS["icu/icustays"][0], IV_STAYS["icu/icustays"][0] | {"stay_id": 31, "hadm_id": 21}]
    stays.append(IV_STAYS["icu/icustays"][0] | {"stay_id": 32, "outtime": "2153-01-02 10:00:00"})
    write_iv(tmp_path / "raw", {"icu/icustays": stays, "icu/chartevents": [chart()]})
    folder, _, _ = made(MimicIV(tmp_path / "raw"), FOUR, tmp_path / "data")
    assert folder.manifest["samples_left_out"] == {"outcome is not known": 1, "span is too short": 1}


def test_charts_in_words_are_events_of_a_list(tmp_path):
    words = chart(itemid=220048, value="SR (Sinus Rhythm)", valuenum="", valueuom="")
    write_iv(tmp_path / "raw", {"icu/chartevents": [words, chart()]})
    spec = Spec(form="events", window=Window(hours=48.0))
    folder = ingest(MimicIV(tmp_path / "raw"), spec, tmp_path / "data", progress="off")
    assert set(folder.feature_names) == {"chart:220045", "chart:220048"}
    assert folder.manifest["records"]["used"] == 2


def test_the_name_of_the_folder_may_hold_any_signs(tmp_path):
    root = tmp_path / "it's [raw] data"
    write_iv(root, {"icu/chartevents": [chart()]})
    folder, _, _ = made(MimicIV(root), FOUR, tmp_path / "data")
    assert folder.manifest["records"]["used"] == 1


@pytest.mark.parametrize(("form", "source", "path"), [("mimic-iv", MimicIV, FOUR), ("mimic-iii", MimicIII, THREE)])
def test_the_files_of_a_simulated_hospital_are_its_stays_again(tmp_path, form, source, path):
    hospital = Hospital(n_sample=10, standardised=False)
    write(hospital, tmp_path / "raw", seed=1000, form=form)
    _, batch, names = made(source(tmp_path / "raw"), path, tmp_path / "data")
    stays = answered(f"SELECT stay_id FROM '{tmp_path}/raw/truth/stays.parquet'")
    drawn = hospital(seed=1000).batch.take(torch.tensor([stays.index((int(one),)) for one in batch.ids]))
    assert names == list(drawn.feature_names)
    assert torch.equal(batch.observed, drawn.observed)
    torch.testing.assert_close(batch.x, drawn.x, rtol=1e-5, atol=1e-4)
    assert torch.equal(batch.static, drawn.static)
    assert torch.equal(batch.label, drawn.label)


def test_the_same_stays_are_the_same_batch_packed_or_not(tmp_path):
    batches = []
    for ending in (".csv", ".csv.gz"):
        write_iii(tmp_path / ending, III_STAYS | {"CHARTEVENTS": [chart_iii(hour) for hour in range(40)]}, ending)
        batches.append(made(MimicIII(tmp_path / ending), THREE, tmp_path / f"data{ending}")[1])
    assert torch.equal(batches[0].x, batches[1].x)
    assert int(batches[0].observed.sum()) == 40


def chart_iii(hour):
    moment = f"2160-01-{1 + (10 + hour) // 24:02d} {(10 + hour) % 24:02d}:30:00"
    return {"subject_id": 10, "icustay_id": 30, "itemid": 211, "charttime": moment, "valuenum": 60 + hour}
