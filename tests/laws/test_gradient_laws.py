"""Laws of the gradient explainers: completeness, sensitivity, invariance; chunks, order and padding change nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from aition import Batch, Explanation, Target, TorchModel, explain, from_series
from aition.impute.baseline import ConstantBaseline, FeatureBaseline
from aition.methods import (
    GeodesicIntegratedGradients,
    InputXGradient,
    IntegratedGradients,
    Saliency,
    SequentialIntegratedGradients,
    TemporalIntegratedGradients,
    Timing,
)
from aition.methods.gradient.quadrature import RULES

ALONG_TIME = [
    TemporalIntegratedGradients(steps=2),
    SequentialIntegratedGradients(steps=2),
    Timing(steps=4),
    GeodesicIntegratedGradients(3, 2),
]
EXPLAINERS = [Saliency(signed=True), InputXGradient(), IntegratedGradients(steps=4), *ALONG_TIME]
SEEDS = st.integers(0, 2**31)
few = settings(max_examples=8)
"""Where little but a seed is drawn, further examples search nothing."""
N_FEATURE, N_CLASS = 2, 3


class Net(nn.Module):
    """A smooth recurrent network that reads existing steps only."""

    def __init__(self, kind: type[nn.GRU] | type[nn.LSTM] = nn.GRU) -> None:
        super().__init__()
        self.rnn, self.out = kind(N_FEATURE, 4, batch_first=True), nn.Linear(4, N_CLASS)

    def forward(self, batch: Batch) -> Tensor:
        step = torch.arange(batch.n_time) + batch.start[:, None]
        rolled = batch.x.gather(1, step.clamp(max=batch.n_time - 1)[:, :, None].expand(batch.x.shape))
        hidden = self.rnn(rolled)[0]
        return self.out(hidden[torch.arange(len(batch)), batch.lengths - 1])


class Linear(nn.Module):
    """The weighted sum of existing steps, weights growing with the step."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(N_FEATURE, N_CLASS))

    def forward(self, batch: Batch) -> Tensor:
        counted = (1 + batch.step) * batch.exists
        return ((batch.x @ self.weight) * counted[:, :, None]).sum(dim=1)


def model_of(module: nn.Module) -> TorchModel:
    return TorchModel(module.double().eval(), lambda module, batch: module(batch))


def asked(explainer: object, module: nn.Module, batch: Batch, target: Target | None = None) -> Explanation:
    return explain(explainer, model_of(module), batch, target or Target.of_class(1), progress="off")


def series(seed: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(size, N_FEATURE, generator=generator, dtype=torch.float64) for size in (4, 6, 1, 3)]


@given(seed=SEEDS, kind=st.sampled_from([nn.GRU, nn.LSTM]), start=st.floats(-2, 2))
def test_integrated_gradients_add_up_to_the_change_of_the_target(seed, kind, start):
    torch.manual_seed(seed)
    module, batch = Net(kind), from_series(series(seed))
    answer = asked(IntegratedGradients(steps=64, baseline=ConstantBaseline(start)), module, batch)
    empty = batch.with_x(torch.where(batch.cells, start, batch.x))
    change = (module(batch) - module(empty))[:, 1].detach().numpy()
    np.testing.assert_allclose(answer["attribution"].sum(("time", "feature")).values, change, atol=1e-6)
    np.testing.assert_allclose(answer["completeness"].values, 0, atol=1e-6)


@given(seed=SEEDS, rule=st.sampled_from(RULES))
def test_completeness_is_the_error_of_the_quadrature(seed, rule):
    torch.manual_seed(seed)
    module, batch = Net(), from_series(series(seed))
    answer = asked(IntegratedGradients(steps=3, rule=rule), module, batch)
    change = (module(batch) - module(batch.with_x(0 * batch.x)))[:, 1].detach().numpy()
    total = answer["attribution"].sum(("time", "feature")).values
    np.testing.assert_allclose(answer["completeness"].values, total - change, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_more_steps_make_the_error_smaller(rule):
    module, batch = Net(), from_series(series(0))
    batch = batch.with_x(3 * batch.x)
    few, many = (
        abs(asked(IntegratedGradients(steps=steps, rule=rule), module, batch)["completeness"].values).max()
        for steps in (2, 40)
    )
    assert many < few / 5


@given(seed=SEEDS, rule=st.sampled_from(RULES), steps=st.integers(2, 5))
def test_integrated_gradients_are_exact_for_a_linear_model_by_any_rule(seed, rule, steps):
    torch.manual_seed(seed)
    module, batch = Linear(), from_series(series(seed))
    baseline = FeatureBaseline((0.5, -1.0))
    answer = asked(IntegratedGradients(steps=steps, rule=rule, baseline=baseline), module, batch)
    weight = module.weight[:, 1].detach() * (1 + batch.step)[:, :, None]
    expected = weight * (batch.x - torch.tensor(baseline.x)) * batch.cells
    np.testing.assert_allclose(answer["attribution"].fillna(0).values, expected.numpy(), atol=1e-12)


@few
@given(seed=SEEDS)
def test_input_times_gradient_of_a_linear_model_adds_up_to_the_target(seed):
    torch.manual_seed(seed)
    answer = asked(InputXGradient(), Linear(), from_series(series(seed)))
    np.testing.assert_allclose(answer["attribution"].sum(("time", "feature")), answer["score"], atol=1e-12)


@few
@given(seed=SEEDS)
def test_a_value_that_is_its_baseline_gets_nothing(seed):
    torch.manual_seed(seed)
    batch = from_series(series(seed))
    batch = batch.with_x(torch.where(batch.step[:, :, None] == 1, 0.0, batch.x))
    answer = asked(IntegratedGradients(steps=4), Net(), batch)
    assert float(abs(answer["attribution"][:, 1].fillna(0)).max()) == 0


@few
@given(seed=SEEDS)
def test_a_sample_that_is_not_its_baseline_gets_something(seed):
    torch.manual_seed(seed)
    answer = asked(IntegratedGradients(steps=4), Net(), from_series(series(seed)))
    assert bool((abs(answer["attribution"]).sum(("time", "feature")) > 0).all())


class Split(nn.Module):
    """The same function as another module, computed otherwise."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, batch: Batch) -> Tensor:
        third = self.module(batch.with_x(batch.x * 1.0)) / 3
        return third + 2 * self.module(batch.with_x(batch.x.neg().neg())) / 3


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
@few
@given(seed=SEEDS)
def test_two_networks_of_the_same_function_are_explained_alike(explainer, seed):
    torch.manual_seed(seed)
    module, batch = Net(), from_series(series(seed))
    one, other = asked(explainer, module, batch), asked(explainer, Split(module), batch)
    np.testing.assert_allclose(one["attribution"].values, other["attribution"].values, atol=1e-10)


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
@few
@given(seed=SEEDS, extra=st.integers(0, 3), shorter=st.sampled_from(["left", "right"]))
def test_padding_on_either_side_changes_nothing(explainer, seed, extra, shorter):
    torch.manual_seed(seed)
    module, given_series = Net(), series(seed)
    alone = [from_series([one], ids=[str(i)]) for i, one in enumerate(given_series)]
    bare = [asked(explainer, module, batch)["attribution"].values[0] for batch in alone]
    padded = asked(explainer, module, from_series(given_series, side=shorter, length=6 + extra))
    for one, attribution, exists in zip(bare, padded["attribution"].values, padded["exists"].values, strict=True):
        np.testing.assert_allclose(attribution[exists], one, atol=1e-10)


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
@few
@given(seed=SEEDS, order=st.permutations(range(4)), rows=st.integers(1, 40))
def test_order_and_passes_change_nothing(explainer, seed, order, rows):
    torch.manual_seed(seed)
    module, batch = Net(), from_series(series(seed))
    whole = asked(explainer, module, batch)["attribution"].values
    model = TorchModel(module.double(), lambda module, batch: module(batch), rows=rows)
    turned = explain(explainer, model, batch.take(order), Target.of_class(1), progress="off")["attribution"].values
    np.testing.assert_allclose(turned, whole[list(order)], atol=1e-10)
