"""Explainers by name; settings from words or JSON by what their fields are annotated with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from importlib.metadata import EntryPoint, EntryPoints
from typing import Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aition import registry
from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import AitionWarning, InputError
from aition.core.provenance import settings_of
from aition.impute.baseline import ConstantBaseline
from aition.impute.gaussian import GaussianImputer
from aition.impute.unfitted import Unfitted, fitted, needs_background
from aition.methods import Captum, ExtremalMask, IntegratedGradients, Saliency
from aition.methods.lex import Bernoulli, Rate, Rebar
from aition.methods.masks.replacement import Blur, Fixed, OwnStep, Replacement
from aition.methods.masks.start import Even
from aition.registry import known
from aition.registry.known import fits, fitting
from aition.registry.values import made, values_of


@dataclass(frozen=True)
class Plain:
    """One setting of each plain kind.

    Args:
        count: How many,
            on two lines.
        share: How much.
    """

    count: int = 1
    share: float = 0.5
    whether: bool = False
    word: str = "a"
    which: Literal["one", "two"] = "one"
    value: float | tuple[float, ...] = 0.0
    pair: tuple[int, str] = (1, "a")
    several: tuple[int, ...] = ()
    nothing: int | None = None
    table: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Needy:
    """It needs a setting."""

    count: int


def read(**words):
    return made(Plain, values_of(Plain, words))


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("count", "3", 3),
        ("count", 4, 4),
        ("share", "0.25", 0.25),
        ("share", 1, 1.0),
        ("share", "1e-3", 0.001),
        ("whether", "true", True),
        ("whether", "Off", False),
        ("whether", False, False),
        ("word", "3", "3"),
        ("which", "two", "two"),
        ("value", "1", 1.0),
        ("value", "1,2", (1.0, 2.0)),
        ("value", [1, 2], (1.0, 2.0)),
        ("value", "[1, 2.5]", (1.0, 2.5)),
        ("pair", "3,b", (3, "b")),
        ("several", "1, 2", (1, 2)),
        ("several", "7", (7,)),
        ("several", [], ()),
        ("nothing", "none", None),
        ("nothing", "4", 4),
        ("table", '{"a": 1}', {"a": 1}),
    ],
)
def test_a_word_becomes_what_its_field_asks_for(name, word, value):
    got = getattr(read(**{name: word}), name)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("name", "word", "named"),
    [
        ("count", "many", "whole number"),
        ("count", "1.5", "whole number"),
        ("count", True, "whole number"),
        ("share", "much", "number"),
        ("whether", "perhaps", "true or false"),
        ("word", 3, "word"),
        ("which", "three", "'one', 'two'"),
        ("value", "much", "number"),
        ("pair", "1", "2 values"),
        ("several", "[1, 2", "JSON"),
        ("nothing", "something", "none"),
        ("table", "a=1", "JSON"),
        ("table", "[1]", "JSON object"),
    ],
)
def test_a_word_that_does_not_fit_is_named_with_what_would(name, word, named):
    with pytest.raises(InputError, match=f"plain's {name} must be .*{named}"):
        read(**{name: word})


@given(st.integers(), st.floats(allow_nan=False), st.booleans(), st.lists(st.integers()).map(tuple))
def test_what_json_says_comes_back(count, share, whether, several):
    one = Plain(count=count, share=share, whether=whether, several=several)
    assert made(Plain, values_of(Plain, json.loads(json.dumps(settings_of(one))))) == one


def test_a_dash_in_a_setting_is_an_underscore():
    assert registry.explainer("extremal-mask", {"size-weight": "0.5"}).size_weight == 0.5


def test_an_unknown_setting_is_named_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'count'"):
        read(coun=1)


def test_a_missing_setting_is_named():
    with pytest.raises(InputError, match="needs the setting count"):
        made(Needy, {})


def test_an_unknown_explainer_is_named_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'integrated-gradients'"):
        registry.explainer("integrated-gradient")


NEEDS = {"trim": {"explainer": "saliency"}}
"""Settings that an explainer can't do without."""


def test_every_explainer_is_made_from_its_name_and_what_it_needs():
    made = [type(registry.explainer(name, NEEDS.get(name, {}))) for name in registry.explainers()]
    assert made == list(registry.explainers().values())


@pytest.mark.parametrize("name", sorted(registry.explainers()))
def test_a_card_has_every_setting_with_a_kind_and_what_it_is(name):
    card = registry.card(name)
    init = [part.name for part in fields(registry.explainers()[name]) if part.init]
    assert [setting.name for setting in card.settings] == init
    assert all(setting.kind and setting.about for setting in card.settings)
    assert card.about.endswith(".")
    json.dumps([setting.default for setting in card.settings])


def test_a_description_goes_on_over_lines():
    from aition.registry.cards import arguments_of

    assert arguments_of(Plain) == {"count": "How many, on two lines.", "share": "How much."}


def test_a_setting_that_is_an_object_is_given_by_name():
    assert registry.explainer("extremal-mask", {"replacement": "own-step"}).replacement == OwnStep()


def test_a_setting_that_is_an_object_is_given_with_its_own_settings():
    mask = registry.explainer(
        "extremal-mask", {"replacement": '{"name": "blur", "width": 3}', "start": {"name": "even"}}
    )
    assert (mask.replacement, mask.start) == (Blur(3.0), Even())


def test_an_object_of_another_kind_is_refused():
    assert (fits(Even, Even), fits(Even, Blur)) == (True, False)
    with pytest.raises(InputError, match=r"replacement must be one of .*blur.*, but is 'even'"):
        registry.explainer("extremal-mask", {"replacement": "even"})


def test_a_wrong_setting_of_an_object_is_named():
    with pytest.raises(InputError, match="blur's width must be a number, but is 'wide'"):
        registry.explainer("extremal-mask", {"replacement": '{"name": "blur", "width": "wide"}'})


def test_malformed_json_of_an_object_is_named():
    with pytest.raises(InputError, match="replacement must be JSON"):
        registry.explainer("extremal-mask", {"replacement": '{"name": "blur"'})


def test_what_words_cannot_say_is_told():
    @dataclass(frozen=True)
    class Holder:
        """It holds what only Python can make."""

        part: Fraction = Fraction(1, 2)

    with pytest.raises(InputError, match="holder's part can't be given in words"):
        values_of(Holder, {"part": "1/2"})


def test_parts_that_words_cannot_make_are_not_offered():
    assert {"blur", "own-step"} <= set(fitting(Replacement)).difference(["generated", "even"])
    assert "generated" not in fitting(Replacement)


def test_a_function_of_a_batch_is_given_by_the_name_of_one():
    one = registry.explainer("integrated-gradients", {"baseline": '{"name": "constant-baseline", "value": 2}'})
    assert one.baseline == ConstantBaseline(2.0)


def test_a_preset_is_the_published_setting():
    assert settings_of(registry.explainer("extremal-mask", preset="paper")) == settings_of(ExtremalMask.paper())


def test_settings_take_the_place_of_the_presets():
    mask = registry.explainer("extremal-mask", {"steps": "7", "replacement": "fixed"}, preset="paper")
    assert settings_of(mask) == settings_of(ExtremalMask.paper(steps=7, replacement=Fixed()))


@pytest.mark.parametrize(("name", "told"), [("extremal-mask", "one of paper"), ("integrated-gradients", "has none")])
def test_an_unknown_preset_is_named(name, told):
    with pytest.raises(InputError, match=told):
        registry.explainer(name, preset="papers")


def test_a_batch_is_given_as_the_path_of_its_file(tmp_path):
    import torch

    from aition import from_tensors
    from aition.data import write

    write(from_tensors(torch.zeros(2, 3, 1)), tmp_path / "two.safetensors")
    one = registry.explainer("captum", {"method": "GradientShap", "references": str(tmp_path / "two.safetensors")})
    assert isinstance(one, Captum)
    assert isinstance(one.references, Batch)
    assert len(one.references) == 2


def test_the_settings_of_captums_methods_are_json():
    one = registry.explainer("captum", {"method": "Occlusion", "settings": '{"window": 5}'})
    assert one.settings == {"window": 5}


def test_integrated_gradients_is_known():
    assert registry.explainers()["integrated-gradients"] is IntegratedGradients


def announce(monkeypatch, **points):
    """Entry points of another package, by name."""
    made_up = EntryPoints(EntryPoint(name=name, value=value, group=known.GROUP) for name, value in points.items())
    monkeypatch.setattr(known, "entry_points", lambda group: made_up.select(group=group))


def test_a_package_announces_an_explainer_by_an_entry_point(monkeypatch):
    announce(monkeypatch, theirs="aition.methods:Saliency")
    assert registry.explainer("theirs") == Saliency()
    assert "theirs" in registry.explainers()
    assert registry.card("theirs").about == registry.card("saliency").about


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("no_such_module:Mask", "no_such_module:Mask can't be imported: ModuleNotFoundError"),
        ("aition.methods:NoSuchMask", "can't be imported: AttributeError"),
        ("aition.core.batch:sample_keys", "must be a dataclass that is called"),
        ("aition.core.batch:Batch", "must be a dataclass that is called"),
    ],
)
def test_an_announced_explainer_that_is_broken_is_left_out_with_a_word(monkeypatch, value, named):
    announce(monkeypatch, broken=value, whole="aition.methods:Saliency")
    with pytest.warns(AitionWarning, match=f"explainer 'broken' is left out: .*{named}"):
        found = registry.explainers()
    assert "broken" not in found
    assert {"whole", "saliency"} <= set(found)


def test_asked_for_by_name_a_broken_explainer_is_an_error_that_says_why(monkeypatch):
    announce(monkeypatch, broken="no_such_module:Mask")
    with (
        pytest.warns(AitionWarning, match="left out"),
        pytest.raises(InputError, match=r"no_such_module:Mask can't be imported: ModuleNotFoundError"),
    ):
        registry.explainer("broken")


def test_an_announced_explainer_never_takes_the_name_of_one_of_ours(monkeypatch):
    announce(monkeypatch, saliency="aition.methods:Occlusion")
    with pytest.warns(AitionWarning, match="'saliency' is left out: there is another"):
        assert registry.explainers()["saliency"] is Saliency


def test_an_imputer_is_fitted_as_words_say():
    background = from_tensors(torch.rand(6, 4, 1))
    found = registry.imputer('{"name": "state-space-imputer", "causal": true, "lag": 2}', background)
    assert found.causal
    assert found.system.transition.shape == (2, 2)


def test_an_imputer_that_is_unknown_is_refused():
    with pytest.raises(InputError, match="did you mean 'gaussian-imputer'"):
        registry.imputer("gausian-imputer", from_tensors(torch.rand(6, 4, 1)))


def test_a_setting_that_no_fit_has_is_refused():
    with pytest.raises(InputError, match="did you mean 'mean'"):
        registry.imputer({"name": "gaussian-imputer", "men": True}, from_tensors(torch.rand(6, 4, 1)))


@pytest.mark.parametrize(
    ("name", "settings", "reach"),
    [
        ("occlusion", {"baseline": "gaussian-imputer"}, lambda how: how.baseline),
        (
            "agglomerative-hierarchy",
            {"scorer": '{"name": "removal", "baseline": "gaussian-imputer"}'},
            lambda how: how.scorer.baseline,
        ),
        (
            "extremal-mask",
            {"replacement": {"name": "in-turn", "parts": ["fixed", {"name": "drawn", "imputer": "gaussian-imputer"}]}},
            lambda how: how.replacement.parts[1].imputer,
        ),
    ],
)
def test_an_imputer_that_words_name_is_fitted_when_there_is_a_background(name, settings, reach):
    how, background = registry.explainer(name, settings), from_tensors(torch.rand(6, 4, 1))
    assert isinstance(reach(how), Unfitted)
    assert torch.equal(reach(fitted(how, background)).covariance, GaussianImputer.fit(background).covariance)


def test_a_setting_that_the_fit_of_an_imputer_lacks_is_named():
    with pytest.raises(InputError, match=r"fit of gaussian-imputer has the settings .*; did you mean 'mean'"):
        registry.explainer("occlusion", {"baseline": '{"name": "gaussian-imputer", "men": true}'})


def test_the_kinds_of_a_stand_in_name_the_imputers():
    kinds = {setting.name: setting.kind for setting in registry.card("occlusion").settings}
    assert "constant-baseline" in kinds["baseline"]
    assert "state-space-imputer" in kinds["baseline"]


def test_an_imputer_that_is_fitted_with_its_explainer_is_named():
    how = registry.explainer("lex", {"imputer": '{"name": "hot-deck", "nearest": 2}'})
    assert how.imputer(from_tensors(torch.rand(6, 4, 1))).nearest == 2
    assert not needs_background(registry.explainer("lex", {"imputer": "hot-deck"}))


def test_an_unknown_imputer_of_an_explainer_is_refused():
    with pytest.raises(InputError, match=r"lex's imputer must be one of .*; did you mean 'hot-deck'"):
        registry.explainer("lex", {"imputer": "hot-dek"})


def test_a_part_whose_protocol_names_a_setting_is_given_in_words():
    """``Budget`` asks for a rate; the class ``Rate`` has none, but each of its instances has."""
    settings = {"selection": "bernoulli", "budget": '{"name": "rate", "rate": 0.25}', "estimators": "rebar"}
    lex = registry.explainer("lex", settings)
    assert (lex.selection, lex.budget, lex.estimators) == (Bernoulli(), Rate(0.25), (Rebar(),))
