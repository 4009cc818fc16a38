from dataclasses import dataclass

import numpy as np
import pytest
import torch
import xarray as xr
from torch import Tensor, nn

from aition import from_series, from_tensors
from aition.checks.curve import fall, mean_fall, verdict
from aition.checks.removing import feature_means, removal
from aition.core.batch import Batch, Field
from aition.core.errors import InputError, ModelError, TargetError
from aition.core.explain import explain
from aition.core.explanation import Explanation
from aition.core.model import FunctionModel, TorchModel
from aition.core.question import Question
from aition.core.target import Target
from aition.impute.baseline import ConstantBaseline

N_TIME, N_FEATURE = 6, 3


class Linear(nn.Module):
    """Two classes whose logits are ± a weighted sum of the existing values."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.weight = nn.Parameter(torch.randn(N_TIME, N_FEATURE, generator=generator))

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        score = (x * self.weight * exists[:, :, None]).sum(dim=(1, 2))
        return torch.stack([score, -score], dim=1)


@dataclass(frozen=True)
class Exact:
    """The exact attribution of the linear model against some means of the features."""

    means: Tensor

    def __call__(
        self, model: TorchModel, batch: Batch, question: Question
    ) -> dict[str, tuple[tuple[str, ...], Tensor]]:
        sign = 1 - 2 * question.index[:, 0]
        change = (batch.x - self.means) * model.module.weight
        return {"attribution": (("sample", "time", "feature"), sign[:, None, None] * change * batch.cells)}


def linear_model() -> TorchModel:
    return TorchModel(Linear(), lambda module, batch: module(batch.x, batch.exists))


def series(n_sample: int = 40) -> Batch:
    generator = torch.Generator().manual_seed(0)
    lengths = [N_TIME - place % 3 for place in range(n_sample)]
    return from_series([torch.randn(length, N_FEATURE, generator=generator) for length in lengths])


@pytest.fixture(scope="module")
def model() -> TorchModel:
    return linear_model()


@pytest.fixture(scope="module")
def batch() -> Batch:
    return series()


@pytest.fixture(scope="module")
def exact(model: TorchModel, batch: Batch) -> Explanation:
    return explain(Exact(feature_means(batch).x[:1]), model, batch, progress="off")


def random_like(exact: Explanation):
    noise = np.random.default_rng(3).normal(size=exact["attribution"].shape)
    return exact["attribution"].copy(data=np.where(np.isnan(exact["attribution"].values), np.nan, noise))


def test_the_exact_attribution_of_a_linear_model_is_believable(model, batch, exact):
    curve = removal(model, batch, Target.predicted(), exact["attribution"])
    assert curve.measure == "probability"
    found = verdict(curve)
    assert found.finding == "believable"
    assert found.gain.low > 0.1
    assert found.area_gain.low > 0.1


def test_random_attributions_are_not_distinguishable_from_random(model, batch, exact):
    curve = removal(model, batch, Target.predicted(), random_like(exact))
    assert verdict(curve).finding == "not distinguishable from random"


def test_attributions_of_the_wrong_sign_are_worse_than_random(model, batch, exact):
    curve = removal(model, batch, Target.predicted(), -exact["attribution"])
    assert verdict(curve).finding == "worse than random"


def test_no_order_lowers_a_linear_score_faster_than_the_exact_one(model, batch, exact):
    target = Target.of_class(0).against(**{"class": 1})
    right = explain(Exact(feature_means(batch).x[:1]), model, batch, Target.of_class(0), progress="off")
    curve = removal(model, batch, target, right["attribution"], fractions=(0.1, 0.25, 0.5, 1.0))
    assert curve.measure == "score"
    assert (fall(curve, "most") >= fall(curve, "least") - 1e-5).all()
    assert (fall(curve, "most")[None] >= curve.random[:, :, :1] - curve.random - 1e-5).all()


def test_every_order_ends_with_all_values_removed(model, batch, exact):
    curve = removal(model, batch, Target.predicted(), exact["attribution"])
    np.testing.assert_allclose(curve.most[:, -1], curve.least[:, -1])
    np.testing.assert_allclose(curve.random[:, :, -1], np.broadcast_to(curve.most[:, -1], curve.random.shape[:2]))


def test_every_order_starts_from_the_untouched_probability(model, batch, exact):
    curve = removal(model, batch, Target.predicted(), exact["attribution"], fractions=(0.5,))
    expected = model(batch).softmax(dim=1).max(dim=1).values.detach().numpy()
    for path in (curve.most, curve.least, *curve.random):
        np.testing.assert_allclose(path[:, 0], expected, rtol=1e-6)


def watching(removed: list[Tensor]) -> TorchModel:
    """The linear model, which notes the cells of each call that hold the baseline 77."""

    def forward(module: nn.Module, given: Batch) -> Tensor:
        removed.append(given.x == 77)
        return module(torch.where(removed[-1], 0.0, given.x), given.exists)

    return TorchModel(Linear(), forward, head="none")


def test_a_sample_is_removed_from_its_largest_attribution_on(batch, exact):
    removed: list[Tensor] = []
    attribution, baseline = exact["attribution"], ConstantBaseline(77.0)
    removal(watching(removed), batch, Target.predicted(), attribution, fractions=(0.2,), baseline=baseline, n_random=1)
    scores = attribution.values[0, : batch.lengths[0]].ravel()
    first = np.zeros(scores.size, dtype=bool)
    first[np.argsort(-scores)[: int(0.2 * scores.size)]] = True
    np.testing.assert_array_equal(removed[1][0, : batch.lengths[0]].numpy().ravel(), first)


def test_padded_cells_are_never_removed(batch, exact):
    removed: list[Tensor] = []
    removal(watching(removed), batch, Target.predicted(), exact["attribution"], baseline=ConstantBaseline(77.0))
    assert any(bool(cells.any()) for cells in removed)
    assert not any(bool((cells & ~batch.cells).any()) for cells in removed)


def test_values_that_were_not_measured_are_never_removed(model):
    x = torch.randn(4, N_TIME, N_FEATURE)
    x[:, ::2] = torch.nan
    batch = from_tensors(x, layout="sample time feature")
    exact = explain(Exact(feature_means(batch).x[:1]), model, batch, progress="off")
    removed: list[Tensor] = []
    removal(watching(removed), batch, Target.predicted(), exact["attribution"], baseline=ConstantBaseline(77.0))
    assert bool(torch.equal(removed[-1], batch.observed))
    assert not any(bool((cells & ~batch.observed).any()) for cells in removed)


class Words(nn.Module):
    """Token ids, embedded, weighed and summed."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.linear = nn.Embedding(5, 4), nn.Linear(4, 2)

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(self.embedding(ids).sum(dim=1))


def test_what_an_embedding_says_is_removed_where_that_was_explained():
    ids = torch.randint(0, 5, (6, 7), generator=torch.Generator().manual_seed(0))
    batch = from_tensors(
        torch.zeros(6, 7, 1), fields={"ids": Field(ids, "ids", ("sample", "time"))}, layout="sample time feature"
    )
    model = TorchModel(Words(), lambda module, piece: module(piece["ids"]), embedding="embedding", rows=4)
    attribution = xr.DataArray(
        np.random.default_rng(0).normal(size=(6, 7, 4)),
        dims=("sample", "time", "feature"),
        coords={"sample": batch.ids},
    )
    curve = removal(model, batch, Target.of_class(0), attribution, fractions=(0.5, 1.0), baseline=ConstantBaseline(0.0))
    bare = model.module.linear.bias.softmax(dim=0)[0].item()
    np.testing.assert_allclose(curve.most[:, -1], bare, rtol=1e-5)
    assert not np.allclose(curve.most[:, 0], bare)


def test_chunks_and_the_order_of_samples_change_nothing(batch, exact):
    whole = removal(linear_model(), batch, Target.predicted(), exact["attribution"])
    small = TorchModel(Linear(), lambda module, batch: module(batch.x, batch.exists), rows=7)
    turned = removal(small, batch.take(range(39, -1, -1)), Target.predicted(), exact["attribution"])
    np.testing.assert_allclose(turned.most[::-1], whole.most, atol=1e-6)
    np.testing.assert_allclose(turned.random[:, ::-1], whole.random, atol=1e-6)


def test_samples_of_equal_length_can_go_together_without_padding(batch, exact):
    kept = removal(linear_model(), batch, Target.predicted(), exact["attribution"])
    seen = []

    def forward(module: nn.Module, piece: Batch) -> Tensor:
        seen.append(bool(piece.exists.all()))
        return torch.stack([(s := (piece.x * module.weight[: piece.n_time]).sum(dim=(1, 2))), -s], dim=1)

    removed = removal(TorchModel(Linear(), forward), batch, Target.predicted(), exact["attribution"], padding="remove")
    assert all(seen)
    np.testing.assert_allclose(removed.most, kept.most, atol=1e-6)


def test_the_model_is_left_as_it_was_found(model, batch, exact):
    model.module.train()
    removal(model, batch, Target.predicted(), exact["attribution"], fractions=(0.5,))
    assert model.module.training
    assert model.module.weight.requires_grad


def test_a_softmax_that_stays_in_a_black_box_is_not_taken_twice(model, batch, exact):
    box = FunctionModel(lambda given: model(given).softmax(dim=1).detach().numpy())
    shut, opened = (removal(one, batch, Target.predicted(), exact["attribution"]) for one in (box, model))
    np.testing.assert_allclose(shut.most, opened.most, atol=1e-5)


def test_a_sigmoid_that_was_taken_off_gives_probabilities(batch, exact):
    def forward(module: nn.Module, piece: Batch) -> Tensor:
        return torch.sigmoid(module(piece.x, piece.exists)[:, 0])

    curve = removal(TorchModel(Linear(), forward), batch, Target.scalar(), exact["attribution"], fractions=(0.5,))
    assert curve.measure == "probability"
    expected = torch.sigmoid(linear_model()(batch)[:, 0]).detach().numpy()
    np.testing.assert_allclose(curve.most[:, 0], expected, atol=1e-6)


def test_a_scalar_without_a_head_is_followed_in_its_own_units(batch, exact):
    model = TorchModel(Linear(), lambda module, piece: 10 * module(piece.x, piece.exists)[:, 0])
    curve = removal(model, batch, Target.scalar(), exact["attribution"], fractions=(0.5,))
    assert curve.measure == "score"
    np.testing.assert_allclose(curve.most[:, 0], model(batch).detach().numpy(), rtol=1e-5)


def test_a_step_that_does_not_exist_has_no_curve(batch, exact):
    def forward(module: nn.Module, piece: Batch) -> Tensor:
        return torch.stack([piece.x.cumsum(dim=1)[:, :, 0], piece.x.sum(dim=2)], dim=2)

    target = Target.of_class(0, time=N_TIME - 1)
    curve = removal(TorchModel(Linear(), forward), batch, target, exact["attribution"], fractions=(0.5,))
    np.testing.assert_array_equal(np.isnan(curve.most).all(axis=1), (batch.lengths < N_TIME).numpy())
    assert verdict(curve, fraction=0.5).gain.n_missing == int((batch.lengths < N_TIME).sum())


def test_magnitude_ranks_against_as_much_as_for(model, batch, exact):
    for sign in (1, -1):
        curve = removal(model, batch, Target.predicted(), sign * exact["attribution"], by="magnitude")
        assert mean_fall(curve, "most").mean() > mean_fall(curve, "least").mean()


def test_samples_are_found_by_their_ids(model, batch, exact):
    turned = exact["attribution"].isel(sample=slice(None, None, -1))
    one, other = (removal(model, batch, Target.predicted(), part) for part in (exact["attribution"], turned))
    np.testing.assert_array_equal(one.most, other.most)


def test_a_missing_sample_is_named(model, batch, exact):
    with pytest.raises(InputError, match="1 lack, first '39'"):
        removal(model, batch, Target.predicted(), exact["attribution"].isel(sample=slice(0, 39)))


def test_an_attribution_of_other_axes_is_refused(model, batch, exact):
    with pytest.raises(InputError, match="must have the axes sample, time and feature"):
        removal(model, batch, Target.predicted(), exact["attribution"].sum("feature"))


@pytest.mark.parametrize("fractions", [(), (0.0, 0.5), (0.5, 0.2), (0.5, 1.2)])
def test_fractions_that_do_not_rise_within_bounds_are_refused(model, batch, exact, fractions):
    with pytest.raises(InputError, match="fractions must rise"):
        removal(model, batch, Target.predicted(), exact["attribution"], fractions=fractions)


def test_a_whole_output_is_refused(model, batch, exact):
    with pytest.raises(TargetError, match="one number a sample"):
        removal(model, batch, Target.whole("class"), exact["attribution"])


def test_a_model_that_breaks_down_under_removal_is_named(batch, exact):
    model = TorchModel(Linear(), lambda module, piece: 1 / (piece.x - 5).abs().sum(dim=(1, 2)))
    with pytest.raises(ModelError, match="choose another baseline"):
        removal(
            model,
            from_tensors(torch.randn(40, N_TIME, N_FEATURE)),
            Target.scalar(),
            exact["attribution"].fillna(0.0),
            baseline=ConstantBaseline(5.0),
        )


def test_the_mean_of_a_feature_counts_measured_values_alone():
    x = torch.tensor([[[1.0], [float("nan")], [9.0]], [[3.0], [0.0], [0.0]]])
    batch = from_tensors(x, layout="sample time feature", lengths=[3, 1])
    assert feature_means(batch).x.unique().item() == pytest.approx(13 / 3)
