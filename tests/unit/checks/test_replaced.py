"""Removal with several replacements: what is believed has to be believed by every one of them."""

import numpy as np
import pytest

from aition import Target, explain
from aition.checks import RemovalCurve, across, removal, removals
from aition.core.errors import InputError
from aition.impute import ConstantBaseline, FeatureBaseline, MarginalRows
from aition.methods import InputXGradient
from stand_ins.explainers import Chance

ASKED = {"progress": "off", "fractions": (0.2,)}


def curve(gain, *, n=40, noise=0.01, measure="probability"):
    """A curve whose most important values count for so much more than random ones."""
    generator = np.random.default_rng(0)
    start = generator.uniform(0.7, 0.9, (n, 1))
    fallen = start - [[0, gain]] - generator.normal(0, noise, (n, 1)) * [[0, 1]]
    return RemovalCurve(np.array([0, 0.2]), fallen, start - [[0, 0]], (start - [[0, 0]])[None], measure)


@pytest.mark.parametrize("seed", [0, 1])
def test_an_honest_explainer_is_believed_whatever_stands_in(trained, seed):
    model, train, test = trained(seed)
    said = explain(InputXGradient(), model, test.batch, Target.predicted(), progress="off")["attribution"]
    put_in = {"means": FeatureBaseline.mean_of(train.batch), "other series": MarginalRows.fit(train.batch)}
    curves = removals(model, test.batch, Target.predicted(), said, put_in, n_draw=3, **ASKED)
    found = across(curves)
    assert found.verdict.finding == "passed", found.verdict.words
    assert [name for name, _ in found.each] == list(put_in)
    assert found.verdict.figure == min((one.gain for _, one in found.each), key=lambda gain: gain.low)


def test_a_random_explainer_does_not_pass(trained):
    model, train, test = trained(0)
    said = explain(Chance(), model, test.batch, Target.predicted(), progress="off")["attribution"]
    put_in = {"means": FeatureBaseline.mean_of(train.batch), "zero": ConstantBaseline()}
    found = across(removals(model, test.batch, Target.predicted(), said, put_in, **ASKED))
    assert found.verdict.finding in {"not decided", "alarm"}


def test_each_curve_is_that_of_removal_alone(trained):
    model, _, test = trained(0)
    few = test.batch.take(range(5))
    said = explain(Chance(), model, few, Target.predicted(), progress="off")["attribution"]
    one = removals(model, few, Target.predicted(), said, {"zero": ConstantBaseline()}, **ASKED)["zero"]
    other = removal(model, few, Target.predicted(), said, baseline=ConstantBaseline(), **ASKED)
    np.testing.assert_array_equal(one.most, other.most)
    np.testing.assert_array_equal(one.random, other.random)


@pytest.mark.parametrize(
    ("gains", "finding", "said"),
    [
        ((0.3, 0.2), "passed", "whatever stands in its place"),
        ((0.3, 0.0), "not decided", "the verdict hangs on what stands in place"),
        ((0.3, -0.2), "alarm", "the verdict hangs on what stands in place"),
        ((0.0, 0.0), "not decided", "can't be told from random values"),
        ((-0.1, -0.2), "alarm", "less than random values"),
    ],
)
def test_the_replacement_that_speaks_least_decides(gains, finding, said):
    found = across({f"r{place}": curve(gain) for place, gain in enumerate(gains)})
    assert found.verdict.finding == finding
    assert said in found.verdict.words
    assert found.verdict.figure.mean == pytest.approx(min(gains), abs=0.01)


def test_the_share_of_samples_on_which_all_are_of_one_mind():
    up, down = curve(0.3), curve(-0.3)
    mixed = RemovalCurve(
        up.fraction, np.where(np.arange(40)[:, None] < 10, down.most, up.most), up.least, up.random, "score"
    )
    other = RemovalCurve(up.fraction, up.most, up.least, up.random, "score")
    assert across({"one": other, "two": mixed}).same_side.mean == 0.75


def test_curves_that_can_not_be_compared_are_refused(trained):
    with pytest.raises(InputError, match="at least one curve"):
        across({})
    with pytest.raises(InputError, match="one measure and the same samples"):
        across({"one": curve(0.1), "two": curve(0.1, measure="score")})
    assert across({"one": curve(0.1, n=1)}).verdict.finding == "too few samples"
    model, _, test = trained(0)
    with pytest.raises(InputError, match="at least one replacement"):
        removals(model, test.batch, Target.predicted(), None, {})
