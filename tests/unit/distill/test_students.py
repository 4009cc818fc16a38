"""Small models: equal to scikit-learn's and imodels', told in words."""

import numpy as np
import pytest
import torch
from imodels import FIGSClassifier, FIGSRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.linear_model import Ridge as TheirRidge

from aition.core.errors import InputError, ModelError
from aition.distill import Logistic, Ridge, Rules, TreeSum

DRAWN = np.random.default_rng(0)
TABLE = torch.from_numpy(DRAWN.standard_normal((80, 4)) * [1.0, 5.0, 0.1, 1.0] + 2)
VALUES = TABLE[:, 0] - TABLE[:, 1] / 3 + 0.3 * torch.from_numpy(DRAWN.standard_normal(80))
CLASSES = torch.bucketize(VALUES, torch.tensor([-0.5, 1.5], dtype=torch.float64))


def deviations() -> np.ndarray:
    return ((TABLE - TABLE.mean(dim=0)) / TABLE.std(dim=0, correction=0)).numpy()


def test_ridge_is_that_of_scikit_learn():
    theirs = TheirRidge(alpha=7.0).fit(deviations(), VALUES.numpy())
    assert np.allclose(Ridge(penalty=7.0)(TABLE, VALUES)(TABLE), theirs.predict(deviations()))


def test_the_penalty_is_the_one_with_the_least_error_left_out():
    penalties = np.logspace(-4, 4, 33) * 80
    theirs = RidgeCV(alphas=penalties).fit(deviations(), VALUES.numpy())
    assert np.allclose(Ridge()(TABLE, VALUES)(TABLE), theirs.predict(deviations()))


def test_logistic_regression_is_that_of_scikit_learn():
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=5000).fit(deviations(), CLASSES.numpy())
    ours = Logistic(penalty=2.0)(TABLE, CLASSES)(TABLE).softmax(dim=1)
    assert np.allclose(ours, theirs.predict_proba(deviations()), atol=1e-4)


def test_a_constant_column_does_no_harm():
    table = torch.cat([TABLE, torch.ones(80, 1, dtype=torch.float64)], dim=1)
    assert torch.allclose(Ridge(penalty=1.0)(table, VALUES)(table), Ridge(penalty=1.0)(TABLE, VALUES)(TABLE))


def test_rules_answer_values_as_imodels_does():
    ours = Rules(n_rule=5)(TABLE, VALUES)
    theirs = FIGSRegressor(max_rules=5, random_state=0).fit(TABLE.numpy(), VALUES.numpy())
    assert np.allclose(ours(TABLE), theirs.predict(TABLE.numpy()))


def test_rules_answer_classes_as_imodels_does():
    ours = Rules(n_rule=5)(TABLE, CLASSES)
    theirs = FIGSClassifier(max_rules=5, random_state=0).fit(TABLE.numpy(), CLASSES.numpy())
    assert (ours(TABLE).argmax(dim=1).numpy() == theirs.predict(TABLE.numpy())).all()


@pytest.mark.parametrize("shift", [0, 1])
def test_rules_answer_classes_of_which_one_is_missing(shift):
    classes = torch.where(VALUES > 0, 2, 0) + shift
    found = Rules(n_rule=20)(TABLE, classes)(TABLE)
    assert found.shape[1] == 3 + shift
    assert bool((found.argmax(dim=1) == classes).all())


def test_rules_of_nothing_answer_the_mean():
    assert torch.allclose(Rules()(torch.zeros(80, 2), VALUES)(torch.zeros(3, 2)), VALUES.mean())


def test_a_tree_that_can_not_be_told_is_refused():
    inner, leaf = torch.arange(0, 1202, 2), torch.arange(1, 1202, 2)
    way = torch.arange(1203)
    feature = torch.full((1203,), -1).index_fill(0, inner, 0)
    left, right = way.index_copy(0, inner, leaf), way.index_copy(0, inner, inner + 2)
    with pytest.raises(ModelError, match="500 questions at most"):
        TreeSum(torch.tensor([0]), feature, torch.zeros(1203), left, right, torch.zeros(1203, 1))


def test_rules_are_told_as_questions():
    step = (TABLE[:, 0] > 2).double()
    told = Rules(n_rule=1)(TABLE, step).describe(["a", "b", "c", "d"])
    assert [line.split(" <=")[0] for line in told.splitlines()] == ["tree 1", "  if a", "    +0", "  else", "    +1"]


def test_a_sum_is_told_with_its_largest_weight_first():
    told = Ridge(penalty=1e-6)(TABLE, 3 * TABLE[:, 1]).describe(["a", "b", "c", "d"]).splitlines()
    assert told[0] == f"answer = {3 * float(TABLE[:, 1].mean()):.4g}"
    assert "(b - " in told[1]


def test_ridge_refuses_classes():
    with pytest.raises(InputError, match="take Logistic"):
        Ridge()(TABLE, CLASSES)


def test_logistic_regression_refuses_values():
    with pytest.raises(InputError, match="take Ridge"):
        Logistic()(TABLE, VALUES)


def test_one_class_is_not_enough():
    with pytest.raises(InputError, match="two classes or more"):
        Logistic()(TABLE, torch.zeros(80, dtype=torch.int64))


def test_unknown_classes_are_refused():
    with pytest.raises(InputError, match="have none"):
        Logistic()(TABLE, CLASSES - 1)
