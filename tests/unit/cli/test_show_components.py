"""aition show of components: which bands count most, of a sample and in the mean, and their picture."""

import json

import numpy as np
import pytest

import aition.store
from aition.cli import main
from aition.cli.printing import print_lines
from aition.cli.show_components import lines_of_components
from aition.cli.show_pairs import lines_of_pairs

ASKED = ["explain", "model.safetensors", "data.safetensors", "--target", "class=1", "--explainer", "trim"]
INNER = ["--set", "explainer=occlusion", "--set", "together=true"]
PAIRS = ["--set", 'explainer={"name": "shapley-interactions", "groups": "each-step"}', "--set", "together=true"]


def trimmed(place, transform, settings=INNER):
    run = place / "bands"
    words = [*settings, "--set", f"transform={transform}", "--shard-size", "2", "--to", str(run)]
    assert main([*ASKED, *words]) == 0
    return run


@pytest.fixture
def bands(inside, tmp_path):
    return trimmed(tmp_path, '{"name": "fourier-bands", "edges": [0.2]}')


def shown(capsys, run, *words):
    capsys.readouterr()
    assert main(["show", str(run), *words]) == 0
    return capsys.readouterr().out


def test_components_are_ranked_by_the_mean_of_their_sizes(bands, capsys):
    told = json.loads(shown(capsys, bands, "--json"))["components"]
    value = aition.store.open(bands).explanation().attribution_component.values
    size = np.abs(value).mean(axis=0).ravel()
    assert told["samples"] == 5
    assert [one["size"] for one in told["components"]] == pytest.approx(sorted(size.tolist(), reverse=True), rel=1e-5)
    assert [one["share"] for one in told["components"]] == pytest.approx(sorted(size / size.sum(), reverse=True))
    assert {one["component"] for one in told["components"]} == {"0 to 0.2", "0.2 to 0.5"}


def test_the_components_of_a_sample_are_its_own(bands, capsys):
    told = json.loads(shown(capsys, bands, "--sample", "2", "--json"))["components"]
    value = aition.store.open(bands).explanation().attribution_component.values[2].ravel()
    found = [one["mean"] for one in told["components"]]
    assert found == pytest.approx(sorted(value.tolist(), key=abs, reverse=True), rel=1e-5)


def test_no_more_components_are_told_than_asked_for(bands, capsys):
    said = shown(capsys, bands, "--top", "2")
    assert (
        "Components (cycles per step) that counted most in 5 samples, with mean size, mean and share in the sum:"
        in said
    )
    assert said.count("0.2 of f") + said.count("0.5 of f") == 2


@pytest.mark.parametrize("transform", ["fourier-bands", '{"name": "short-time", "window": 4, "edges": [0.25]}'])
def test_the_picture_is_of_the_components(inside, capsys, tmp_path, transform):
    run = trimmed(tmp_path, transform)
    for words in ([], ["--sample", "1"]):
        file = tmp_path / f"picture{len(words)}.png"
        assert f"Wrote {file}" in shown(capsys, run, *words, "--plot", str(file))
        assert file.stat().st_size > 5000


def test_pairs_of_components_are_no_pairs_of_cells(inside, capsys, tmp_path):
    run = trimmed(tmp_path, '{"name": "fourier-bands", "edges": [0.2]}', PAIRS)
    said = shown(capsys, run)
    assert "Components" in said
    assert "acted together" not in said


def test_a_run_without_components_tells_of_none(inside, capsys):
    assert main(["show", "run"]) == 0
    assert "Components" not in capsys.readouterr().out


def test_no_name_reaches_the_terminal_as_a_command(capsys):
    one = {"component": "low", "feature": "\x1b]0;owned\x07", "size": 1.0, "mean": 1.0, "share": 1.0}
    pair = {"group": "\x1b[2J", "group_other": "b", "size": 1.0, "mean": 1.0}
    print_lines(lines_of_components({"samples": 1, "unit": "", "components": [one]}))
    print_lines(lines_of_pairs({"samples": 1, "pairs": [pair], "hit_rate": None}))
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "low of \\x1b]0;owned\\x07" in told
