"""Laws of occlusion and ablation: exact for linear models; passes, order and padding change nothing."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from aition import Batch, Explanation, FunctionModel, Target, explain, from_series
from aition.impute.baseline import ConstantBaseline, FeatureBaseline
from aition.impute.groups import EachFeature, Segments
from aition.methods import FeatureAblation, Occlusion

SEEDS = st.integers(0, 2**31)
OCCLUSIONS = st.integers(1, 4).flatmap(
    lambda window: st.builds(
        Occlusion, window=st.just(window), stride=st.integers(1, window), features=st.integers(0, 1)
    )
)
ABLATIONS = st.sampled_from([FeatureAblation(), FeatureAblation(EachFeature()), FeatureAblation(Segments(2))])
EXPLAINERS = OCCLUSIONS | ABLATIONS


def series(seed: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(size, 2, generator=generator, dtype=torch.float64) for size in (4, 6, 1, 3)]


def curved(batch: Batch) -> Tensor:
    """A function of existing steps with interactions between neighbours."""
    there = batch.cells.to(batch.x.dtype)
    x = batch.x * there
    near = (x[:, 1:] * x[:, :-1]).sum(dim=(1, 2))
    return near + ((1 + batch.step)[:, :, None] * x).sin().sum(dim=(1, 2))


def linear(batch: Batch) -> Tensor:
    return ((1 + batch.step)[:, :, None] * batch.x * batch.cells).sum(dim=(1, 2))


def asked(explainer: object, function: object, batch: Batch, rows: int = 1024) -> Explanation:
    model = FunctionModel(function, dtype=torch.float64, rows=rows)
    return explain(explainer, model, batch, Target.scalar(), progress="off")


@given(seed=SEEDS, explainer=st.sampled_from([Occlusion, FeatureAblation]))
def test_a_linear_model_gives_weight_times_the_way_from_the_baseline(seed, explainer):
    batch = from_series(series(seed))
    baseline = FeatureBaseline((0.5, -1.0))
    answer = asked(explainer(baseline=baseline), linear, batch)
    expected = (1 + batch.step)[:, :, None] * (batch.x - torch.tensor(baseline.x)) * batch.cells
    np.testing.assert_allclose(answer["attribution"].fillna(0).values, expected.numpy(), atol=1e-12)


@given(seed=SEEDS, window=st.integers(1, 7))
def test_windows_without_overlap_share_out_a_linear_model(seed, window):
    batch = from_series(series(seed))
    answer = asked(Occlusion(window=window, stride=window), linear, batch)["attribution"].fillna(0).values
    for row, length in enumerate((4, 6, 1, 3)):
        for first in range(0, length, window):
            steps = slice(first, min(first + window, length))
            whole = ((1 + batch.step)[row, steps, None] * batch.x[row, steps]).sum(dim=0).numpy()
            np.testing.assert_allclose(answer[row, steps], np.broadcast_to(whole, answer[row, steps].shape), atol=1e-12)


@given(seed=SEEDS, explainer=EXPLAINERS, extra=st.integers(0, 3), side=st.sampled_from(["left", "right"]))
def test_padding_on_either_side_changes_nothing(seed, explainer, extra, side):
    bare = [asked(explainer, curved, from_series([one]))["attribution"].values[0] for one in series(seed)]
    padded = asked(explainer, curved, from_series(series(seed), side=side, length=6 + extra))
    for one, attribution, exists in zip(bare, padded["attribution"].values, padded["exists"].values, strict=True):
        np.testing.assert_allclose(attribution[exists], one, atol=1e-10)


@given(seed=SEEDS, explainer=EXPLAINERS, order=st.permutations(range(4)), rows=st.integers(1, 40))
def test_order_and_passes_change_nothing(seed, explainer, order, rows):
    batch = from_series(series(seed))
    whole = asked(explainer, curved, batch)["attribution"].values
    turned = asked(explainer, curved, batch.take(order), rows)["attribution"].values
    np.testing.assert_allclose(turned, whole[list(order)], atol=1e-10)


@given(seed=SEEDS, explainer=EXPLAINERS)
def test_what_stands_in_the_padding_changes_nothing(seed, explainer):
    batch = from_series(series(seed))
    other = batch.with_x(torch.where(batch.cells, batch.x, 7.0))
    one, two = asked(explainer, curved, batch), asked(explainer, curved, other)
    np.testing.assert_allclose(one["attribution"].values, two["attribution"].values, atol=1e-12)


@given(seed=SEEDS, value=st.floats(-2, 2), explainer=st.sampled_from([Occlusion, FeatureAblation]))
def test_a_sample_that_is_its_baseline_gets_nothing(seed, value, explainer):
    batch = from_series(series(seed))
    batch = batch.with_x(torch.full_like(batch.x, value))
    answer = asked(explainer(baseline=ConstantBaseline(value)), curved, batch)
    assert float(abs(answer["attribution"].fillna(0)).max()) == 0


@given(seed=SEEDS)
def test_single_cells_occluded_are_single_cells_ablated(seed):
    batch = from_series(series(seed))
    one, other = asked(Occlusion(), curved, batch), asked(FeatureAblation(), curved, batch)
    np.testing.assert_allclose(one["attribution"].values, other["attribution"].values, atol=1e-12)
