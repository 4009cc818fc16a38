"""Laws of FIT and WinIT on a model that answers at every step."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_series
from aition.impute import GaussianImputer, MarginalRows
from aition.impute.groups import EachStep
from aition.methods import Fit, WinIt

SERIES = torch.randn(20, 6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64).cumsum(dim=1)
ROWS = MarginalRows.fit(from_series(list(SERIES)))
GAUSS = GaussianImputer.fit(from_series(list(SERIES)))
WEIGHT = torch.tensor([[1.0, -0.7, 0.0], [-0.4, 1.2, 0.0], [0.3, 0.2, 0.0]], dtype=torch.float64)
EVERY = Target.whole("time", "class")
LENGTHS = (6, 4, 1)


def causal(module: nn.Module, batch: Batch) -> Tensor:
    """Three classes at every step, of running means of squashed values; the last feature is never read."""
    there = batch.cells.to(batch.x.dtype)
    mean = (batch.x.tanh() * there).cumsum(dim=1) / there.cumsum(dim=1).clamp(min=1)
    return 3 * mean @ WEIGHT.T


MODEL = TorchModel(nn.Identity(), causal, head="none")
EXPLAINERS = (
    Fit(ROWS, n_draw=2),
    Fit(GAUSS, n_draw=2, before="said", told=True),
    WinIt(ROWS, n_draw=2, window=2),
    WinIt(GAUSS, n_draw=2, window=9, distance="js"),
)
ours = pytest.mark.parametrize("how", EXPLAINERS, ids=["fit", "fit as published", "win-it", "win-it js"])


def series_of(rows: tuple[int, ...] = (0, 1, 2), **rest) -> Batch:
    parts = [SERIES[row, :size] for row, size in zip(rows, LENGTHS, strict=False)]
    return from_series(parts, ids=[f"s{row}" for row in rows], **rest)


def attributed(how, batch: Batch, *, target: Target = EVERY, model: TorchModel = MODEL, **rest) -> np.ndarray:
    return explain(how, model, batch, target, progress="off", **rest)["attribution"].values


@ours
@pytest.mark.parametrize(("side", "length"), [("right", 8), ("left", 6)])
def test_chunks_order_and_padding_change_nothing(how, side, length):
    plain = attributed(how, series_of())
    turned = attributed(how, series_of(side=side, length=length).take([2, 0, 1]), memory=1)
    for row, size in enumerate(LENGTHS):
        first = length - size if side == "left" else 0
        np.testing.assert_allclose(
            turned[[2, 0, 1].index(row), first : first + size], plain[row, :size], atol=1e-9, rtol=0
        )


@ours
@pytest.mark.parametrize("step", [2, 4])
def test_what_comes_later_counts_for_nothing(how, step):
    window = getattr(how, "window", 1)
    batch = series_of()
    other = batch.with_x(torch.where(batch.step[:, :, None] >= step, batch.x * -2 + 1, batch.x))
    end = max(0, step - window + 1)
    before, after = (attributed(how, one)[:, :end] for one in (batch, other))
    np.testing.assert_allclose(after, before, atol=1e-9, rtol=0, equal_nan=True)


@pytest.mark.parametrize("place", [0, 2, 3])
def test_a_feature_that_is_never_read_gets_nothing(place):
    assert (attributed(EXPLAINERS[place], series_of())[0, :, 2] == 0).all()


@ours
def test_a_model_that_answers_once_is_explained_by_its_running_predictions(how):
    def once(module: nn.Module, batch: Batch) -> Tensor:
        last = batch.start + batch.lengths - 1
        return causal(module, batch)[torch.arange(len(batch)), last]

    model = TorchModel(nn.Identity(), once, head="none")
    running = attributed(how, series_of())
    np.testing.assert_allclose(
        attributed(how, series_of(), model=model, target=Target.whole("class")), running, atol=1e-9, rtol=0
    )


@pytest.mark.parametrize(
    ("before", "told", "distance"),
    [("drawn", False, "kl"), ("drawn", True, "js"), ("said", True, "kl"), ("said", False, "difference")],
)
def test_no_cell_gets_more_than_the_shift_and_all_of_a_step_get_it(before, told, distance):
    how = Fit(GAUSS, before=before, told=told, distance=distance, n_draw=2)
    answer = explain(how, MODEL, series_of(), EVERY, progress="off")
    shift = answer["shift"].values
    there = np.isfinite(shift)
    assert (shift[there] >= 0).all()
    assert (answer["attribution"].values[there] <= shift[there][:, None] + 1e-9).all()
    whole = Fit(GAUSS, before=before, told=told, distance=distance, n_draw=2, groups=EachStep())
    together = attributed(whole, series_of())
    np.testing.assert_allclose(together[there], shift[there][:, None].repeat(3, axis=1), atol=1e-9)


@pytest.mark.parametrize("feature", [0, 2])
def test_counts_for_one_prediction_add_up_to_what_is_lost_with_all_of_the_feature(feature):
    batch = series_of()
    last = attributed(WinIt(ROWS, n_draw=3, window=6), batch, target=Target.whole("class", time="last"))
    drawn = ROWS.draw(batch, torch.zeros_like(batch.observed), torch.arange(3).expand(3, 3))
    for row, size in enumerate(LENGTHS):
        apart = []
        for draw in range(3):
            x = batch.x.clone()
            x[row, :, feature] = drawn[row, draw, :, feature]
            said, then = (causal(nn.Identity(), one)[row, size - 1].softmax(dim=0) for one in (batch, batch.with_x(x)))
            apart.append(float((said - then).abs().sum()) / 2)
        np.testing.assert_allclose(last[row, :size, feature].sum(), np.mean(apart), atol=1e-9)


@ours
@pytest.mark.parametrize(("step", "feature"), [(0, 1), (3, 0)])
def test_a_value_that_was_not_observed_gets_nothing(how, step, feature):
    x = SERIES[:1].clone()
    x[0, step, feature] = torch.nan
    found = attributed(how, from_series([x[0]]))
    assert found[0, step, feature] == 0
    assert np.isfinite(found).all()


@ours
def test_several_targets_are_answered_as_alone(how):
    targets = Target.each("class", range(2), time="last")
    both = attributed(how, series_of(), target=targets)
    for place, target in enumerate(targets):
        np.testing.assert_allclose(both[:, place], attributed(how, series_of(), target=target), atol=1e-12)
