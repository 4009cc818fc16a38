"""What is written on the command line, as values."""

import pytest

from aition.cli.words import bytes_of, settings_of, targets_of
from aition.core.errors import InputError, TargetError
from aition.core.target import Target


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("predicted", Target.predicted()),
        ("true", Target.true()),
        ("scalar", Target.scalar()),
        ("class=2", Target.of_class(2)),
        ("class=predicted,time=last", Target((("class", "predicted"), ("time", "last")))),
        ("predicted, last", Target((("class", "predicted"), ("time", "last")))),
        ("whole:class", Target.whole("class")),
        ("whole:class,time=3", Target((("class", "whole"), ("time", 3)))),
    ],
)
def test_a_word_is_a_target(words, target):
    assert targets_of([words], "") == (target,)


def test_a_range_is_a_target_for_each_place():
    assert targets_of(["horizon=0..23"], "") == Target.each("horizon", range(24))


def test_two_ranges_are_a_target_for_each_pair():
    asked = [dict(target.at) for target in targets_of(["horizon=0..1,quantile=2..3"], "")]
    assert asked == [{"horizon": h, "quantile": q} for h in (0, 1) for q in (2, 3)]


def test_several_words_are_several_targets():
    assert targets_of(["class=0", "class=1"], "") == (Target.of_class(0), Target.of_class(1))


def test_versus_goes_with_every_target():
    asked = targets_of(["class=0", "predicted"], "class=runner-up")
    assert {target.versus for target in asked} == {(("class", "runner-up"),)}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("", "''"),
        ("predicted,", "''"),
        ("clas", "'clas'"),
        ("class=", "'class='"),
        ("whole:", "'whole:'"),
        ("class=0,class=1", "class once"),
        ("horizon=5..2", "5..2"),
        ("class=-1", "-1"),
        ("class=best", "'best'"),
        ("scalar,time=last", "'scalar'"),
    ],
)
def test_what_is_no_target_is_named(words, named):
    with pytest.raises(TargetError, match=named):
        targets_of([words], "")


@pytest.mark.parametrize("words", ["class=0..3", "scalar"])
def test_versus_names_one_output(words):
    with pytest.raises(TargetError, match="one output"):
        targets_of(["predicted"], words)


def test_a_setting_may_hold_equals_signs():
    assert settings_of(['settings={"a": "b=c"}']) == {"settings": '{"a": "b=c"}'}


@pytest.mark.parametrize("words", [["steps"], ["=3"], ["steps=1", "steps=2"]])
def test_what_is_no_setting_is_named(words):
    with pytest.raises(InputError, match="--set"):
        settings_of(words)


@pytest.mark.parametrize("words", ["", "much", "-1GB", "2 parsecs", "1e9", "nan"])
def test_what_is_no_size_is_named(words):
    with pytest.raises(InputError, match="--memory"):
        bytes_of(words)
