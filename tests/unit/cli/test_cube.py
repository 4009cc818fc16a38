"""aition cube: the rows of a run, counted."""

import json

import pytest

import aition.store
from aition.cli import main
from aition.store.cube.opened import open_cube


def cubed(capsys, *words):
    assert main(["cube", "run", *words]) == 0
    return capsys.readouterr().out


def test_what_was_counted_is_told(inside, capsys):
    said = cubed(capsys)
    assert said.startswith("run: 48 rows of 5 samples in ")
    assert "steps counted from the start" in said


def test_the_cube_can_be_opened(inside, capsys):
    told = json.loads(cubed(capsys, "--json"))
    cube = open_cube(aition.store.open("run"))
    assert (told["rows"], told["samples"]) == (cube.n_row, len(cube)) == (48, 5)
    assert told["spec"] == json.loads(json.dumps(cube.spec.to_json()))


def test_cuts_and_units_are_taken(inside, capsys):
    name = json.loads(cubed(capsys, "--json"))["spec"]["features"][0]["name"]
    told = json.loads(cubed(capsys, "--cuts", f"{name}=-0.5,0.5", "--unit", f"{name}=mmol/l", "--json"))
    feature = told["spec"]["features"][0]
    assert (feature["edges"], feature["unit"]) == ([-0.5, 0.5], "mmol/l")


def test_steps_can_be_counted_from_the_end(inside, capsys):
    assert json.loads(cubed(capsys, "--align", "end", "--json"))["spec"]["align"] == "end"


def test_a_map_can_be_arranged(inside, capsys):
    folder = json.loads(cubed(capsys, "--map", "--json"))["folder"]
    assert (inside / folder / "t-sne.f4").stat().st_size == 8 * 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cuts", "nothing=1"], "'nothing' is none of"),
        (["--cuts", "f0"], "--cuts must be FEATURE=…"),
        (["--cuts", "f0=1,x"], "must be numbers with commas"),
        (["--cuts", "f0=nan"], "must be numbers with commas"),
        (["--cuts", "f0=1", "--cuts", "f0=2"], "once for each feature"),
        (["--align", "middle"], "--align must be start or end"),
        (["--target", "9"], "target must be 0 to 0"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(inside, capsys, words, said):
    assert main(["cube", "run", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_what_is_no_store_is_refused(inside, capsys):
    assert main(["cube", "folder"]) == 5
    assert "aition: " in capsys.readouterr().err
