"""Specs in TOML."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.core.errors import InputError
from aition.data.readers import Conversion, Feature, Spec, Window, read_spec, spec_of, to_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=1, max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
FEATURES = st.builds(
    Feature,
    st.text(string.ascii_lowercase, min_size=1),
    st.lists(TEXT | TEXT.map("{}*".format), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["last", "mean", "any"]),
    TEXT,
    st.dictionaries(TEXT, st.builds(Conversion, NUMBER.filter(bool), NUMBER), max_size=2),
    st.just(float("-inf")) | st.floats(-10, 0),
    st.just(float("inf")) | st.floats(1, 10),
)
PARTS = (
    st.builds(Window, st.sampled_from([1.0, 48.0]), st.just(0.5), st.sampled_from(["start", "stop"]), st.floats(0, 9)),
    st.lists(FEATURES, min_size=1, max_size=3, unique_by=lambda one: one.name).map(tuple),
)
SPECS = st.builds(Spec, *PARTS) | st.builds(Spec, *PARTS, st.just("events"), st.integers(1, 99))


@given(SPECS)
def test_a_spec_is_read_as_it_was_written(spec):
    assert spec_of(to_toml(spec)) == (spec, {})


def test_settings_of_a_source_are_read_as_they_were_written():
    settings = {"anchor": 'a "b"\\', "horizon": 2.5, "static": ["*"], "deep": True}
    assert spec_of(to_toml(Spec(form="events"), settings))[1] == settings


def test_whole_numbers_are_numbers():
    assert spec_of('form="events"\n[window]\nhours=24')[0].window.hours == 24.0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("form = ", "must be TOML"),
        ('forms = "grid"', "not 'forms'"),
        ('form = "list"', "form must be one of grid, events, but is 'list'"),
        ("fewest = 1.5", "fewest must be a whole number, but is 1.5"),
        ("fewest = true", "fewest must be a whole number, but is True"),
        ("window = 3", "window must be a table, but is 3"),
        ('[window]\nhours = "48"', "window.hours must be a number, but is '48'"),
        ("[window]\nhours = nan", "window.hours must be a number, but is nan"),
        ("[window]\nlength = 48", "window has the keys hours, every, align, shortest, but not 'length'"),
        ("[features]\nname = 'a'", "write two brackets"),
        ("[[features]]\nname = 'a'", r"features\[0\] \(a\) must have the key 'codes'"),
        ("[[features]]\nname = 'a'\ncodes = [1]", r"features\[0\] \(a\).codes must be a list of texts"),
        ("[[features]]\nname = 'a'\ncodes = ['b']\naggregate = 'max'", "aggregate must be one of last, first"),
        ("[[features]]\nname='a'\ncodes=['b']\nunits={F=2}", r"\(a\).units.F must be a table, but is 2"),
        ("[[features]]\nname='a'\ncodes=['b']\nunits={F={times=2}}", "has the keys factor, offset, but not 'times'"),
        ("form = 'grid'", "a grid needs features"),
        ("fewest = 0\nform = 'events'", "fewest must be at least 1, but is 0"),
        ("fewest = 2\n[[features]]\nname='a'\ncodes=['b']", "fewest is for form='events', but the form is a grid"),
        ("[window]\nhours = inf", "hours must be from 1e-09 to 1e.09 hours, but is inf"),
        ("[window]\nevery = 0", "every must be from 1e-09 to 1e.09 hours, but is 0.0"),
        ("[window]\nevery = 1e-12", "every must be from 1e-09"),
        ("[window]\nshortest = -1", "shortest must be from 0 to 1e.09 hours, but is -1.0"),
        ("[[features]]\nname = ''\ncodes = ['b']", "name of a feature must be lower case, digits and underscores"),
        ("[[features]]\nname = 'H R; \"x'\ncodes = ['b']", "name of a feature must be lower case"),
        ("[[features]]\nname = 'a'\ncodes = ['b', '']", r"a \* at the end only, but one is ''"),
        ("[[features]]\nname = 'a'\ncodes = ['H*R']", r"a \* at the end only, but one is 'H\*R'"),
        ("[[features]]\nname = 'a'\ncodes = ['b']\nlow = inf", "low must not be above high, and a number be between"),
        ("[[features]]\nname='a'\ncodes=['b']\nunits={F={factor=0}}", "factor must be finite and not 0"),
        ("[[features]]\nname='a'\ncodes=['b']\nunits={F={offset=inf}}", "offset finite, but are 1.0 and inf"),
        ("[window]\nhours=1e6\nevery=1e-3\n[[features]]\nname='a'\ncodes=['b']", "a sample may have 33554432 values"),
        ("form = 'events'\n[window]\nhours=1e6\nevery=1e-3", "1000000000 steps × 1 features are more"),
    ],
)
def test_what_is_wrong_is_named(text, why):
    with pytest.raises(InputError, match=why):
        spec_of(text)


def test_an_error_names_the_file(tmp_path):
    (tmp_path / "spec.toml").write_text("fewest = 1.5")
    with pytest.raises(InputError, match=r"spec.toml: fewest must be"):
        read_spec(tmp_path / "spec.toml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none.toml must be a spec in TOML, but can't be read"):
        read_spec(tmp_path / "none.toml")
