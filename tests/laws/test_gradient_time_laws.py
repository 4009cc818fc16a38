"""Laws of the gradient explainers for time: what adds up to what, and which settings make them integrated gradients."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from aition import Batch, Explanation, Target, TorchModel, explain, from_series
from aition.impute.baseline import FeatureBaseline
from aition.methods import (
    GeodesicIntegratedGradients,
    IntegratedGradients,
    SequentialIntegratedGradients,
    TemporalIntegratedGradients,
    Timing,
)
from aition.methods.gradient.runs import parts_of

SEEDS = st.integers(0, 2**31)
few = settings(max_examples=6)
"""Where little but a seed is drawn, further examples search nothing."""
BASELINE = FeatureBaseline((0.5, -1.0))
FAMILY = [
    TemporalIntegratedGradients(steps=2, baseline=BASELINE),
    SequentialIntegratedGradients(steps=2, window=2, baseline=BASELINE),
    Timing(steps=8, parts=4, baseline=BASELINE),
    GeodesicIntegratedGradients(3, 3, baseline=BASELINE),
]


class Net(nn.Module):
    """A smooth recurrent network that reads existing steps only, and of two features the first alone."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.out = nn.GRU(1, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, batch: Batch) -> Tensor:
        hidden = self.rnn(batch.x[:, :, :1])[0]
        return self.out(hidden[torch.arange(len(batch)), batch.lengths - 1])


def asked(explainer: object, module: nn.Module, batch: Batch) -> Explanation:
    model = TorchModel(module.double().eval(), lambda module, batch: module(batch), head="none")
    return explain(explainer, model, batch, Target.of_class(1), progress="off")


def drawn(seed: int) -> tuple[Net, Batch]:
    torch.manual_seed(seed)
    return Net(), from_series([torch.randn(size, 2, dtype=torch.float64) for size in (4, 6, 1)])


def score(module: nn.Module, batch: Batch, there: Tensor) -> Tensor:
    """What is said of series of which some steps, ``[sample, time]``, are there, and the others at 0."""
    return module(batch.with_x(batch.x * there[:, :, None]))[:, 1].detach()


@few
@given(seed=SEEDS)
def test_a_step_in_time_adds_up_to_what_it_changes_after_those_before_it(seed):
    module, batch = drawn(seed)
    answer = asked(TemporalIntegratedGradients(steps=32), module, batch)
    step = answer["attribution"].fillna(0).sum("feature").values
    for time in range(batch.n_time):
        before, after = (score(module, batch, batch.step < end) for end in (time, time + 1))
        np.testing.assert_allclose(step[:, time], after - before, atol=1e-6)
    np.testing.assert_allclose(answer["completeness"], 0, atol=1e-6)


@few
@given(seed=SEEDS)
def test_a_step_alone_adds_up_to_what_its_absence_changes(seed):
    module, batch = drawn(seed)
    answer = asked(SequentialIntegratedGradients(steps=32), module, batch)
    step = answer["attribution"].fillna(0).sum("feature").values
    whole = score(module, batch, batch.exists)
    for time in range(batch.n_time):
        np.testing.assert_allclose(step[:, time], whole - score(module, batch, batch.step != time), atol=1e-6)
    change = whole - score(module, batch, torch.zeros_like(batch.exists))
    np.testing.assert_allclose(answer["excess"], step.sum(axis=1) - change.numpy(), atol=1e-10)


@few
@given(seed=SEEDS)
def test_at_a_node_each_part_is_on_its_way_while_the_others_stay(seed):
    module, batch = drawn(seed)
    answer = asked(Timing(2, 2, 0.5, 0.5, seed=seed), module, batch)
    rows, draw = torch.arange(3), torch.zeros(3, dtype=torch.int64)
    parts = parts_of(batch, rows, draw, n_part=2, shortest=0.5, longest=0.5, seed=seed)["x"]
    expected = torch.zeros_like(batch.x)
    for part in range(2):
        there = torch.where(parts == part, batch.x / 2, batch.x).requires_grad_()
        (slope,) = torch.autograd.grad(module(batch.with_x(there))[:, 1].sum(), there)
        expected += slope * batch.x * (parts == part)
    found = answer["attribution"].fillna(0).values
    np.testing.assert_allclose(found, expected.numpy() * batch.cells.numpy(), atol=1e-10)


@pytest.mark.parametrize(
    ("explainer", "plain"),
    [
        (TemporalIntegratedGradients(steps=5, window=6), IntegratedGradients(steps=5)),
        (SequentialIntegratedGradients(steps=5, window=9), IntegratedGradients(steps=5)),
        (Timing(steps=5, parts=1), IntegratedGradients(steps=5)),
        (GeodesicIntegratedGradients(5, steepness=0.0), IntegratedGradients(5, "midpoint")),
        (GeodesicIntegratedGradients(5, iterations=0), IntegratedGradients(5, "midpoint")),
    ],
    ids=repr,
)
@few
@given(seed=SEEDS)
def test_a_setting_makes_them_integrated_gradients(explainer, plain, seed):
    module, batch = drawn(seed)
    one, other = (asked(how, module, batch)["attribution"].values for how in (explainer, plain))
    np.testing.assert_allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("explainer", FAMILY, ids=repr)
@few
@given(seed=SEEDS)
def test_a_linear_target_gets_weight_times_way(explainer, seed):
    _, batch = drawn(seed)
    module = nn.Linear(2, 3).double()
    model = TorchModel(module, lambda module, batch: (module(batch.x) * batch.exists[:, :, None]).sum(dim=1))
    answer = explain(explainer, model, batch, Target.of_class(1), progress="off")
    expected = module.weight[1].detach() * (batch.x - torch.tensor(BASELINE.x)) * batch.cells
    np.testing.assert_allclose(answer["attribution"].fillna(0).values, expected.numpy(), atol=1e-9)


@pytest.mark.parametrize("explainer", FAMILY, ids=repr)
@few
@given(seed=SEEDS)
def test_a_feature_that_is_not_read_gets_nothing(explainer, seed):
    module, batch = drawn(seed)
    attribution = asked(explainer, module, batch)["attribution"].fillna(0)
    assert float(abs(attribution[:, :, 1]).max()) == 0
    assert float(abs(attribution[:, :, 0]).max()) > 0


@given(seed=SEEDS, n_part=st.integers(1, 4), share=st.floats(0.01, 1))
def test_every_cell_is_in_one_part_and_parts_are_met_equally_often(seed, n_part, share):
    _, batch = drawn(seed)
    n_draw = 400
    at, draw = torch.zeros(n_draw, dtype=torch.int64), torch.arange(n_draw)
    parts = parts_of(batch, at, draw, n_part=n_part, shortest=share, longest=1.0, seed=seed)["x"][:, :4]
    for part in range(n_part):
        often = (parts == part).double().mean(dim=0)
        np.testing.assert_allclose(often, 1 / n_part, atol=0.03)


@few
@given(seed=SEEDS)
def test_a_geodesic_is_never_longer_than_the_straight_line_and_its_error_goes_with_its_parts(seed):
    module, batch = drawn(seed)
    batch = batch.with_x(3 * batch.x)
    coarse, fine = (asked(GeodesicIntegratedGradients(steps, 6), module, batch) for steps in (4, 64))
    for answer in (coarse, fine):
        assert float(answer["energy"].max()) <= 1
        assert float(answer["energy"].min()) > 0
    assert float(abs(fine["completeness"]).max()) <= float(abs(coarse["completeness"]).max()) / 10 + 1e-6


@few
@given(seed=SEEDS, factor=st.sampled_from([1e-3, 1e3]))
def test_units_of_the_target_change_no_geodesic(seed, factor):
    class Scaled(nn.Module):
        def __init__(self, module: nn.Module) -> None:
            super().__init__()
            self.module = module

        def forward(self, batch: Batch) -> Tensor:
            return factor * self.module(batch)

    module, batch = drawn(seed)
    one, other = (asked(GeodesicIntegratedGradients(4, 4), net, batch) for net in (module, Scaled(module)))
    np.testing.assert_allclose(other["attribution"] / factor, one["attribution"], atol=1e-8)
