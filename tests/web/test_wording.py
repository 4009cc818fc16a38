"""What things are called: read from a file, and told to the page."""

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.data.simulate.hospital.measures import FEATURES
from aition.data.simulate.hospital.wording import words
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.wording import USUAL, Called, read_wording
from stand_ins.web import NAMES, made, serving, written

SAID = """
sequence = "stay"
sequences = "stays"
outcomes = ["survival", "the risk of death"]
time = "day"
classes = ["alive", "dead"]

[columns]
age = { name = "Age", unit = "years" }

[features]
"heart rate" = { name = "pulse", unit = "beats/min" }
"""


def reading(tmp_path, said):
    path = tmp_path / "words.toml"
    path.write_text(said, encoding="utf-8")
    return read_wording(path)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    here = tmp_path_factory.mktemp("wording")
    runs = Runs.at([written(here / "run", made())])
    runs.prepare(progress="off")
    with serving(Served(runs, wording=reading(here, SAID))) as client:
        yield client.begin()


@pytest.fixture(scope="module")
def opened(asked):
    return asked.ask("open", {}).json()


def columns(opened):
    return {one["name"]: one for one in opened["columns"]}


def test_an_empty_file_keeps_the_words_of_the_run(tmp_path):
    assert reading(tmp_path, "") == USUAL


def test_a_name_may_stand_alone(tmp_path):
    assert reading(tmp_path, '[features]\nlactate = "lactic acid"').features == {"lactate": Called("lactic acid")}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('sequnce = "stay"', "none but the keys sequence, sequences, .* has 'sequnce'"),
        ("sequence = 3", "sequence in .* must be a text"),
        ('scale = "odds"', "must be one of log-odds, probability, score, but is 'odds'"),
        ('classes = "a"', "classes in .* must be a list of texts"),
        ('features = "x"', "must be a table"),
        ("features = { a = 3 }", "features.a in .* must be a table"),
        ('features = { a = { title = "x" } }', "none but the keys name, unit, values, but has 'title'"),
        ("columns = { a = { values = { 0 = 1 } } }", "values.0 of columns.a"),
        (f'sequence = "{"x" * 201}"', "at most 200 letters"),
        ("= 3", "must be a file of TOML"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(tmp_path, said, words):
    with pytest.raises(InputError, match=words):
        reading(tmp_path, said)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        read_wording(tmp_path / "words.toml")


def test_the_simulated_hospital_has_words_for_all_that_it_measures(tmp_path):
    wording = reading(tmp_path, words())
    assert set(wording.features) == set(FEATURES)
    assert (wording.outcome(1), wording.words["sequences"]) == ("the risk of death", "stays")


def test_the_page_is_told_what_things_are_called(opened):
    assert opened["words"]["sequences"] == "stays"
    assert opened["spec"]["class_names"] == ["alive", "dead"]
    assert opened["spec"]["time_unit"] == "day"


def test_features_keep_their_names_beside_what_they_are_called(opened):
    first, second = opened["spec"]["features"]
    assert (first["name"], first["title"], first["unit"]) == (NAMES[0], "pulse", "beats/min")
    assert "title" not in second


def test_columns_are_called_with_units(opened):
    said = columns(opened)
    assert (said["age"]["title"], said["age"]["unit"]) == ("Age", "years")
    assert (said["length"]["title"], said["length"]["unit"]) == ("Length of stay", "days")
    assert said["predicted"]["labels"] == ["alive", "dead"]


def test_predictions_are_told_by_how_they_came_out(opened):
    said = columns(opened)["outcome"]
    labels = dict(zip(said["values"], said["labels"], strict=True))
    assert labels == {"TP": "dead, foreseen", "FN": "dead, missed", "FP": "false alarm", "TN": "alive, foreseen"}


def test_a_cohort_is_made_of_how_predictions_came_out(asked):
    meta, _ = asked.ask("cube", {"cohort": {"column": "outcome", "in": ["FN"]}}).frame()
    samples = asked.what.runs.cube("", lambda: None).samples
    assert meta["n_sample"] == np.sum((samples["predicted"] == 0) & (samples["label"] == 1))


def test_what_is_technical_comes_last_and_says_so(opened):
    flags = [one["technical"] for one in opened["columns"]]
    assert flags == sorted(flags)
    assert [one["name"] for one in opened["columns"]][:4] == ["predicted", "label", "outcome", "probability"]


def test_an_explained_class_that_differs_has_no_outcome_of_its_own(opened):
    assert "outcome" not in opened["words"]
    assert columns(opened)["probability"]["title"] == "Probability"
