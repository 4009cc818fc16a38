import importlib
import sys
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from aition.checks import honesty
from aition.core.errors import AitionWarning, InputError, MissingExtraError
from aition.impute.groups import EachCell, EachFeature
from aition.impute.rows import MarginalRows
from aition.methods.lex import Choice, ConvolutionalSelector, DenseSelector
from aition.sklearn import LexClassifier

SMALL = {"predictor_epochs": 2, "epochs": 2, "draws": 2, "judged": False, "rivals": 0}


def series_and_labels(n_sample=60, n_feature=3, n_time=8, *, seed=0):
    chance = np.random.default_rng(seed)
    label = chance.integers(0, 2, n_sample)
    x = chance.normal(size=(n_sample, n_feature, n_time))
    x[:, 1] += np.where(label, 1.5, -1.5)[:, None]
    return x, np.array(["down", "up"])[label]


@pytest.fixture(scope="module")
def fitted():
    x, y = series_and_labels()
    return LexClassifier(k=1, groups=EachFeature(), predictor_epochs=10, epochs=6, draws=4).fit(x, y)


@pytest.fixture(scope="module")
def by_cell():
    x, y = series_and_labels()
    return LexClassifier(k=4, groups=EachCell(), **SMALL).fit(x, y)


def test_with_labels_an_explanation_is_judged_and_without_them_it_says_that_it_is_not(fitted):
    x, y = series_and_labels(30, seed=7)
    told = {one.check: one.finding for one in honesty(fitted.explain(x, y))}
    bare = {one.check: one.finding for one in honesty(fitted.explain(x))}
    assert "not measured" not in told.values()
    assert bare["encoding gap"] == bare["told by the choice"] == "not measured"
    assert bare["stability over seeds"] == told["stability over seeds"]
    x, y = series_and_labels()
    assert 0 < int(fitted.explain(x, y)["judged"].sum()) < 10


def test_labels_of_other_series_or_of_other_classes_are_refused(fitted):
    x, y = series_and_labels(5)
    with pytest.raises(InputError, match="one label for each of 5 series"):
        fitted.explain(x, y[:3])
    with pytest.raises(InputError, match="holds 'other'"):
        fitted.explain(x, ["other", *y[1:]])


@pytest.mark.peers
def test_what_aeon_asks_of_a_classifier_holds():
    from aeon.testing.estimator_checking import check_estimator

    found = check_estimator(LexClassifier, raise_exceptions=True)
    assert len(found) > 20
    assert {answer for answer in found.values() if answer != "PASSED"} == set()


def test_the_feature_that_tells_is_selected_and_new_series_are_told_by_it(fitted):
    x, y = series_and_labels(seed=1)
    answer = fitted.explain(x)
    assert bool(answer["selected"].sel(feature="f1").all())
    assert not bool(answer["selected"].sel(feature=["f0", "f2"]).any())
    assert fitted.score(x, y) > 0.95


def test_cells_that_are_not_selected_change_no_prediction(by_cell):
    x, _ = series_and_labels(5, seed=1)
    selected = by_cell.explain(x)["selected"].values.transpose(0, 2, 1)
    other = np.where(selected, x, x + 1e-3)
    assert np.array_equal(by_cell.explain(other)["selected"].values.transpose(0, 2, 1), selected)
    assert np.array_equal(by_cell.predict_proba(other), by_cell.predict_proba(x))
    moved = np.where(selected, x + 1e-3, x)
    assert not np.array_equal(by_cell.predict_proba(moved), by_cell.predict_proba(x))


def test_a_prediction_is_the_mean_over_series_with_the_selected_cells_and_donors_for_the_rest(fitted):
    x, _ = series_and_labels(6, seed=2)
    kept = fitted.explain(x)["selected"].values
    new = np.unique(fitted.read(x).keys.numpy())
    assert len(new) == 1
    donors = fitted.lex_.imputer.donors
    own = torch.as_tensor(x.transpose(0, 2, 1), dtype=torch.float32)
    batch = fitted.read(x)
    chances = []
    for row in range(len(x)):
        mask = torch.as_tensor(kept[row])
        distance = torch.where(mask, (donors - own[row]) / fitted.lex_.imputer.deviation, 0).square().sum(dim=(1, 2))
        near = distance.argsort()[: fitted.lex_.imputer.nearest]
        mixed = torch.where(mask, own[row], donors[near]).float()
        said = fitted.lex_.own[0](batch.take([row] * len(near)).with_x(mixed)).softmax(dim=1)
        chances.append((said.amin(dim=0), said.amax(dim=0)))
    low, high = (torch.stack(part).numpy() for part in zip(*chances, strict=True))
    said = fitted.predict_proba(x)
    assert np.all((low - 1e-5 <= said) & (said <= high + 1e-5))


def test_the_explanation_holds_the_prediction_that_was_made(fitted):
    x, _ = series_and_labels(6, seed=2)
    answer = fitted.explain(x)
    np.testing.assert_allclose(np.exp(answer["prediction"].values), fitted.predict_proba(x), atol=1e-6)
    assert answer["class"].values.tolist() == ["down", "up"]


def test_every_prediction_sees_as_many_cells(by_cell):
    x, _ = series_and_labels(20, seed=3)
    assert set(by_cell.explain(x)["selected"].sum(("time", "feature")).values.tolist()) == {4}


def test_a_series_is_told_alike_whatever_it_stands_beside(by_cell):
    x, _ = series_and_labels(12, seed=4)
    order = np.random.default_rng(0).permutation(12)
    np.testing.assert_allclose(by_cell.predict_proba(x[order][:5]), by_cell.predict_proba(x)[order][:5], atol=1e-6)


def test_units_change_nothing():
    x, y = series_and_labels(20)
    other = x * np.array([4.0, 0.5, 1024.0])[:, None]
    one, two = (LexClassifier(rate=0.2, **SMALL).fit(part, y) for part in (x, other))
    np.testing.assert_allclose(one.predict_proba(x), two.predict_proba(other), atol=1e-5)


def test_missing_values_are_never_selected():
    x, y = series_and_labels(20)
    x[:, :, 2:5] = np.where(np.random.default_rng(0).random((20, 3, 3)) < 0.5, np.nan, x[:, :, 2:5])
    answer = LexClassifier(k=12, groups=EachCell(), imputer=MarginalRows.fit, **SMALL).fit(x, y).explain(x)
    assert not bool((answer["selected"].values & np.isnan(x.transpose(0, 2, 1))).any())


def test_steps_beyond_the_longest_training_series_are_not_read(by_cell):
    x, _ = series_and_labels(5, seed=5)
    longer = np.concatenate([x, np.full((5, 3, 2), 9.0)], axis=2)
    with pytest.warns(AitionWarning, match="up to 10 steps, but those of the training at most 8"):
        said = by_cell.predict_proba(longer)
    np.testing.assert_allclose(said, by_cell.predict_proba(x), atol=1e-6)


def test_a_dense_selector_that_decays_selects_the_same_of_all_series_of_any_length():
    x, y = series_and_labels(24)
    several = [one[:, : 8 - row % 3] for row, one in enumerate(x)]
    settings = {"k": 3, "groups": EachCell(), **SMALL}
    loose, tight = (
        LexClassifier(selectors=(Choice(DenseSelector((8,)), decay),), **settings).fit(several, y)
        for decay in (0.0, 190.0)
    )
    for found, alike in ((loose, False), (tight, True)):
        selected = found.explain([one[:, :6] for one in x])["selected"].values
        assert bool((selected == selected[:1]).all()) is alike


def test_of_two_selectors_that_one_is_taken_which_does_better_on_held_out_series_and_it_is_as_if_alone():
    x, y = series_and_labels(24)
    choices = (Choice(ConvolutionalSelector((4,))), Choice(DenseSelector((8,)), 10.0))
    settings = {"k": 1, "groups": EachFeature(), **SMALL, "epochs": 1}
    each = [LexClassifier(selectors=(one,), **settings).fit(x, y) for one in choices]
    bounds = [one.lex_.notes["held_out_bound"] for one in each]
    assert bounds[0] != bounds[1]
    best = each[bounds.index(max(bounds))]
    for order in (choices, choices[::-1]):
        found = LexClassifier(selectors=order, **settings).fit(x, y)
        assert found.lex_.settings == best.lex_.settings
        np.testing.assert_array_equal(found.predict_proba(x), best.predict_proba(x))


def test_what_was_chosen_has_the_rivals_that_were_asked_for():
    x, y = series_and_labels(12)
    choices = (Choice(DenseSelector((4,))), Choice(DenseSelector((8,))))
    settings = {"k": 1, "groups": EachFeature(), **SMALL, "epochs": 1, "rivals": 1}
    assert len(LexClassifier(selectors=choices, **settings).fit(x, y).lex_.witness.rivals) == 1


def test_a_module_of_ones_own_predicts_in_a_pipeline_under_a_grid_search():
    from aeon.transformations.collection import Normalizer

    x, y = series_and_labels(24)
    flat = partial(plain, n_time=8)
    pipeline = make_pipeline(Normalizer(), LexClassifier(network=flat, **SMALL))
    search = GridSearchCV(pipeline, {"lexclassifier__predictor": ["joint", "surrogate"]}, cv=2).fit(x, y)
    assert search.predict(x).shape == (24,)
    assert search.best_estimator_[-1].lex_.settings.predictor == search.best_params_["lexclassifier__predictor"]


def plain(n_feature, n_class, *, n_time):
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(n_feature * n_time, n_class))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"k": -1}, "k must be 1 or more"),
        ({"rate": 0.0}, "rate in"),
        ({"predictor": "fixed"}, "'joint' or 'surrogate'"),
        ({"selectors": ()}, "selectors must be one or more"),
        ({"selectors": (Choice(DenseSelector(), -1.0),)}, "decay must be 0 or more"),
        ({"predictor_epochs": -1}, "predictor_epochs must be a whole number"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    x, y = series_and_labels(20)
    with pytest.raises(InputError, match=words):
        LexClassifier(**settings).fit(x, y)


def test_without_aeon_the_extra_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "aition.sklearn")
    monkeypatch.setitem(sys.modules, "aeon.classification.base", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'aition\[sklearn\]'"):
        importlib.import_module("aition.sklearn")
