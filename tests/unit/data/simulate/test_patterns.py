"""FreqShapes, SeqComb and LowVar: their patterns, places and classes."""

import numpy as np
import pytest
import torch

from aition import explain
from aition.data.simulate import FreqShapes, LowVar, SeqComb
from aition.data.simulate.narma import narma
from aition.methods import IntegratedGradients
from aition.models import accuracy_of

LAWS = {"freq": FreqShapes(), "uv": SeqComb(), "mv": SeqComb(n_feature=4), "low": LowVar()}


@pytest.fixture(scope="module", params=LAWS.values(), ids=LAWS)
def drawn(request):
    return request.param(seed=1000)


def test_classes_are_balanced(drawn):
    assert torch.bincount(drawn.batch.label).tolist() == [250] * 4


def test_the_white_box_meets_nearly_every_label(drawn):
    assert accuracy_of(drawn.white_box(drawn.batch), drawn.batch) >= 0.999


def test_integrated_gradients_of_the_white_box_find_truth_and_sign(drawn):
    few = drawn.take(range(8))
    found = explain(IntegratedGradients(steps=4), few.white_box, few.batch, few.target)["attribution"].values
    assert np.array_equal(np.sign(found), few.sign.numpy())


def test_spikes_stand_where_phase_period_and_direction_say():
    quiet = FreqShapes(n_sample=400, noise=1e-6)(seed=1001)
    for x, truth, phase, label in zip(
        quiet.batch.x, quiet.truth, quiet.batch["phase"].tolist(), quiet.batch.label.tolist(), strict=True
    ):
        period, up = (10, 10, 17, 17)[label], (-1, 1, -1, 1)[label]
        expected = torch.zeros(50)
        for begin in range(phase, 48, period):
            expected[begin : begin + 3] = up * torch.tensor([0.5, 1.0, 0.5])
        assert torch.allclose(x[:, 0], expected, atol=1e-4)
        assert torch.equal(truth[:, 0], expected != 0)


def test_a_first_spike_begins_anywhere_within_a_period():
    drawn = FreqShapes(n_sample=4000)(seed=1002)
    for period, label in ((10, 0), (17, 2)):
        phase = drawn.batch["phase"][drawn.batch.label == label]
        assert phase.unique().tolist() == list(range(period))


def test_noise_outside_the_spikes_has_its_deviation():
    drawn = FreqShapes()(seed=1003)
    assert float(drawn.batch.x[~drawn.truth].std()) == pytest.approx(0.25, rel=0.02)


@pytest.mark.parametrize("n_feature", [1, 4])
def test_series_of_class_0_have_no_true_cell_and_others_two_ramps(n_feature):
    drawn = SeqComb(n_feature=n_feature)(seed=1004)
    ramp = drawn.batch["filter"] != 0
    length = ramp.sum(dim=(2, 3))
    assert not bool(ramp[drawn.batch.label == 0].any())
    some = drawn.batch.label > 0
    assert length[some].unique().tolist() == list(range(15, 31))
    assert torch.equal(ramp.any(dim=1), drawn.truth)
    assert int(ramp.any(dim=3).sum(dim=1).max()) == 1
    assert int(ramp.any(dim=2).sum(dim=2).max()) == 1


def test_ramps_lie_on_all_pairs_of_features():
    drawn = SeqComb(n_feature=4)(seed=1005)
    place = (drawn.batch["filter"] != 0).any(dim=2)[drawn.batch.label > 0].int().argmax(dim=2)
    assert len(place.unique(dim=0)) == 16


def test_ramps_rise_and_fall_as_the_class_says():
    drawn = SeqComb(noise=1e-6)(seed=1006)
    ways = {one: set() for one in range(4)}
    for x, ramps, label in zip(drawn.batch.x, drawn.batch["filter"], drawn.batch.label.tolist(), strict=True):
        found = []
        for ramp in ramps:
            values = x[ramp != 0]
            if len(values):
                k = torch.arange(1, len(values) + 1)
                way = int(values[-1].sign())
                assert torch.allclose(values, way * (0.1 * k + torch.sin(0.1 * k)), atol=1e-4)
                found.append(way)
        ways[label].add(tuple(found))
    assert ways == {0: {()}, 1: {(1, 1)}, 2: {(-1, -1)}, 3: {(1, -1), (-1, 1)}}


def test_the_logits_of_ramps_are_those_of_their_directions():
    drawn = SeqComb(noise=1e-6)(seed=1007)
    expected = torch.tensor([[1.0, 0, 0, 0], [1, 2, -2, 0], [1, -2, 2, 0], [1, 0, 0, 2]])
    assert torch.allclose(drawn.white_box(drawn.batch), expected[drawn.batch.label], atol=1e-3)


def test_the_noise_beside_ramps_is_that_of_narma():
    drawn = SeqComb(n_sample=300)(seed=1008)
    x = drawn.batch.x[drawn.batch.label == 0][:, 20:]
    law = narma(np.random.default_rng(7).uniform(0, 0.5, (300, 201, 1)))[:, 20:]
    assert float(x.mean()) == pytest.approx(law.mean(), abs=0.01)
    assert float(x.std()) == pytest.approx(np.hypot(law.std(), 0.01), rel=0.03)


@pytest.mark.parametrize("order", [1, 2, 10])
def test_narma_follows_its_formula(order):
    u = np.random.default_rng(0).uniform(0, 0.5, (2, 30))
    found = narma(u[:, :, None], order=order)[:, :, 0]
    for series in range(2):
        y = {}
        for t in range(order - 1, 30):
            recent = [y.get(t - i, 0.0) for i in range(order)]
            y[t + 1] = (
                0.3 * recent[0] + 0.05 * recent[0] * sum(recent) + 1.5 * u[series, t - order + 1] * u[series, t] + 0.1
            )
        assert np.allclose(found[series], list(y.values()))


def test_a_quiet_window_lies_where_the_class_says():
    drawn = LowVar()(seed=1009)
    for label, (feature, level) in enumerate([(0, -1.5), (0, 1.5), (1, -1.5), (1, 1.5)]):
        rows = drawn.batch.label == label
        truth, x = drawn.truth[rows], drawn.batch.x[rows]
        assert not bool(truth[:, :, 1 - feature].any())
        assert truth.sum(dim=(1, 2)).unique().tolist() == list(range(10, 21))
        assert float(x[truth].mean()) == pytest.approx(level, abs=0.01)
        assert float(x[truth].std()) == pytest.approx(0.1, rel=0.05)


def test_a_quiet_window_is_unbroken_and_begins_anywhere():
    truth = LowVar(n_sample=3000)(seed=1010).truth.any(dim=2).int()
    edges = truth.diff(dim=1, prepend=torch.zeros(3000, 1), append=torch.zeros(3000, 1))
    assert bool(((edges == 1).sum(dim=1) == 1).all())
    assert bool(truth.any(dim=0).all())


def test_noise_outside_the_window_is_loud():
    drawn = LowVar()(seed=1011)
    assert float(drawn.batch.x[~drawn.truth].std()) == pytest.approx(1.0, rel=0.03)
