"""aition show: what a store holds, and what counted most."""

import json

import numpy as np
import pytest

import aition.store
from aition.cli import main
from aition.cli.show import target_in_words


def shown(capsys, *words):
    assert main(["show", "run", *words]) == 0
    return capsys.readouterr().out


def as_json(capsys, *words):
    return json.loads(shown(capsys, *words, "--json"))


def test_what_was_asked_of_what_is_told(inside, capsys):
    said = shown(capsys)
    assert said.startswith("run: saliency of GRUClassifier, asked for class=predicted\n")
    assert "5 sample × 6 time × 2 feature × 3 class; 3 shards" in said
    assert "verified  every file is as it was written" in said


def test_features_are_ranked_by_their_share(inside, capsys):
    size = np.abs(aition.store.open("run").explanation()["attribution"])
    ranked = as_json(capsys)["all"]["feature"]
    expected = size.sum(("sample", "time")) / size.sum()
    assert [one["share"] for one in ranked] == pytest.approx(sorted(expected.values.tolist(), reverse=True))


def test_classes_are_ranked_by_themselves(inside, capsys):
    index = aition.store.open("run").explanation()["target_class"].values
    classes = as_json(capsys)["classes"]
    assert {int(name): one["samples"] for name, one in classes.items()} == {
        int(one): int((index == one).sum()) for one in np.unique(index)
    }


def test_no_more_is_listed_than_asked_for(inside, capsys):
    whole = as_json(capsys, "--top", "1")["all"]
    assert (len(whole["feature"]), len(whole["time"])) == (1, 1)


def test_the_cells_of_a_sample_come_with_their_values(inside, capsys):
    one = aition.store.open("run").explanation_of(["3"])
    cells = as_json(capsys, "--sample", "3", "--top", "2")["cells"]
    size = np.abs(one["attribution"].values[0])
    assert [abs(cell["attribution"]) for cell in cells] == pytest.approx(sorted(size[size >= 0].tolist())[:-3:-1])
    for cell in cells:
        value = one["value"].sel(feature=cell["feature"]).values[0, cell["time"]]
        assert cell["value"] == pytest.approx(float(value))


def test_the_prediction_of_a_sample_is_told(inside, capsys):
    assert "Sample 3: predicted class" in shown(capsys, "--sample", "3")


def test_a_picture_is_drawn(inside, capsys, tmp_path):
    file = tmp_path / "all.png"
    assert f"Wrote {file}" in shown(capsys, "--plot", str(file))
    assert file.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_a_sample_is_drawn(inside, capsys, tmp_path):
    shown(capsys, "--sample", "3", "--plot", str(tmp_path / "three.svg"))
    assert "<svg" in (tmp_path / "three.svg").read_text()


def test_a_report_is_one_file(inside, capsys, tmp_path):
    shown(capsys, "--sample", "3", "--report", str(tmp_path / "report.html"))
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert "As asked for: 3" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"at": {"class": "predicted"}, "versus": {}}, "class=predicted"),
        ({"at": {}, "versus": {}}, "scalar"),
        ({"at": {"class": 1}, "versus": {"class": "runner-up"}}, "class=1 versus class=runner-up"),
    ],
)
def test_a_target_is_told_as_it_was_asked(target, words):
    assert target_in_words(target) == words
