"""aition recommend: the verdict first, the code of none, the report, and what is asked wrongly."""

import json

import pytest

from aition.cli import main

LINE = ["recommend", "model.safetensors", "data.safetensors", "--minutes", "0.5"]
QUICK = ["--explainer", "input-x-gradient", "--explainer", "saliency"]


def test_where_none_deserves_trust_the_code_says_so_and_words_say_why(inside, capsys):
    assert main([*LINE, *QUICK, "--report", "rec.html", "--plot", "rec.png"]) == 7
    said = capsys.readouterr().out
    assert said.splitlines()[0].startswith(("Trust none", "There is nothing to explain"))
    assert "Why not the others:" in said
    assert "Which features and times count is not told" in said
    assert "Next: aition check model.safetensors data.safetensors --explainer" in said
    page = (inside / "rec.html").read_text()
    assert "Which explainer to trust for model.safetensors" in page
    assert "input-x-gradient" in page
    assert (inside / "rec.png").stat().st_size > 5000


def test_programs_read_the_same(inside, capsys):
    assert main([*LINE, *QUICK, "--json"]) == 7
    told = json.loads(capsys.readouterr().out)
    assert told["chosen"] == ""
    assert told["samples"] == {"choosing": 2, "final": 3}
    assert {one["explainer"] for one in told["candidates"]} == {"input-x-gradient", "saliency"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--suspect", "f0@9..x"], "--suspect must be FEATURE or FEATURE@STEPS"),
        (["--suspect", "hope"], "a suspect must be a feature"),
        (["--minutes", "0"], "--minutes must be above 0"),
        (["--set", "steps=3"], "--set is for candidates that are named"),
        (["--target", "class=0..1"], "--target must ask one question"),
        (["--report", "rec.txt"], "--report"),
        (["--first", "2"], "4 or more"),
        (["--explainer", "magic"], "explainer must be one of"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_one_line(inside, capsys, words, said):
    assert main([*LINE, *words]) == 2
    answer = capsys.readouterr()
    assert said in answer.err
    assert answer.err.count("\n") == 1
