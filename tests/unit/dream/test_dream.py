"""dream(): laws of the driver, on models whose best series is known."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from aition import FunctionModel, Target, TorchModel
from aition.core.assemble import from_tensors
from aition.core.errors import AitionWarning, InputError, ModelError, RefusalError
from aition.dream import (
    Border,
    Change,
    Channel,
    Joint,
    Level,
    Margin,
    Most,
    Neighbours,
    Output,
    PrincipalComponents,
    Recipe,
    Spectra,
    Squares,
    Time,
    Value,
    dream,
    preset,
)
from aition.dream.climb import Multipliers
from aition.dream.frame import Frame
from stand_ins.dreams import PATTERN, Matched, dreamed, matched, waves

SHORT = Recipe(PrincipalComponents(), steps=60, rate=0.2, variations=())


def test_the_best_series_of_a_linear_model_under_a_price_of_squares_is_its_weights():
    batch = waves()
    found = dream(
        matched(), batch, Margin(1), recipe=Recipe(Time(), Most(), penalties=(Squares(5.0),), variations=(), steps=150)
    )
    made = (found.value.values[:, :, 0] - batch.x.mean().item()) / batch.x.std().item()
    likeness = [np.corrcoef(one, PATTERN.numpy())[0, 1] for one in made]
    assert min(likeness) > 0.99


def test_a_level_is_hit_from_both_sides():
    recipe = replace(SHORT, parameterisation=PrincipalComponents(most=1.0), steps=100)
    found = dream(matched(), waves(), [Margin(0), Margin(1)], recipe=recipe, draws=4)
    assert np.abs(found.margin.values / found.wanted.values - 1).max() < 0.05
    real = found.real_margin.values[found.real_label.values == 1]
    assert found.wanted.values[4:] == pytest.approx(np.quantile(real, 0.95), rel=1e-4)


def test_a_value_of_ones_own_is_hit():
    found = dream(matched(), waves(), Output(Target.of_class(1)), recipe=Recipe(Time(), Value(1.5), variations=()))
    assert found.margin.values == pytest.approx(1.5, abs=0.02)


def test_a_border_has_equal_logits_above_the_others():
    batch = waves()
    found = dream(
        matched(3), batch, Border((0, 1), slack=0.5), recipe=Recipe(Time(), variations=(), steps=200), draws=4
    )
    logits = found.prediction.values
    assert np.abs(logits[:, 0] - logits[:, 1]).max() < 0.02
    assert found.gap.values.max() < 0.02
    assert (logits[:, :2].min(axis=1) - logits[:, 2]).min() > 0.45


def test_multipliers_find_a_constrained_optimum():
    # The least of x² + y² where x + y = 2 and x >= 1.5 lies at (1.5, .5).
    bounds, point = Multipliers(1, torch.zeros(1, 2)), torch.zeros(1, 2, requires_grad=True)
    for _ in range(30):
        for _ in range(40):
            amiss = torch.stack([point.sum(dim=1) - 2, 1.5 - point[:, 0]], dim=1)
            loss = point.square().sum() + bounds.charge(amiss).sum()
            (slope,) = torch.autograd.grad(loss, point)
            point = (point - slope / (2 + 4 * bounds.stiffness)).detach().requires_grad_()
        bounds.moved(torch.stack([point.sum(dim=1) - 2, 1.5 - point[:, 0]], dim=1).detach())
    assert torch.allclose(point, torch.tensor([[1.5, 0.5]]), atol=1e-3)


def test_the_same_seed_gives_the_same_dreams_bit_for_bit_and_another_seed_others():
    one, two = (dream(matched(), waves(), Margin(1), recipe=SHORT, draws=3) for _ in range(2))
    assert np.array_equal(one.value.values, two.value.values)
    other = dream(matched(), waves(), Margin(1), recipe=replace(SHORT, seed=1), draws=3)
    assert not np.allclose(one.value.values, other.value.values)


def test_a_dream_does_not_hang_on_others_beside_it():
    alone = dream(matched(), waves(), Margin(1), recipe=preset("calibrated", steps=20), draws=2)
    beside = dream(matched(), waves(), [Margin(0), Margin(1)], recipe=preset("calibrated", steps=20), draws=2)
    assert np.allclose(beside.value.values[2:], alone.value.values, atol=1e-5)


def test_dreams_that_do_not_fit_memory_together_are_made_in_parts_of_one_canvas():
    fits = []

    @dataclass(frozen=True)
    class Counted:
        def fit(self, frame, seed):
            fits.append(len(frame.places))
            return PrincipalComponents().fit(frame, seed)

    recipe = replace(preset("calibrated", steps=20), parameterisation=Counted())
    whole, parts = (
        dream(matched(), waves(), [Margin(0), Margin(1)], recipe=recipe, draws=5, judges=(), memory=bytes)
        for bytes in (0, 4000)
    )
    assert fits == [5, 5, 5, 5]
    assert np.allclose(parts.value.values, whole.value.values, atol=1e-4)
    assert np.allclose(parts.objective.values, whole.objective.values, atol=1e-4)


def test_a_change_begins_at_a_series_of_another_class_and_is_sparse():
    batch = waves()
    found = dream(matched(), batch, Margin(1), recipe=Recipe(Change(), Level(0.5, share=0.0), variations=()), draws=6)
    assert np.abs(found.margin.values - found.wanted.values).max() < 0.3
    same = np.isclose(found.value.values[:, None], batch.x.numpy()[None], atol=1e-5).mean(axis=(2, 3))
    lender = same.argmax(axis=1)
    assert set(batch.label[lender].tolist()) == {0}


def test_dreams_from_given_series_are_named_after_them():
    batch = waves()
    found = dream(matched(), batch, Margin(1), recipe=preset("delta", steps=5), places=batch.take([4, 6]))
    assert found.draw.values.tolist() == ["class 1 from 4", "class 1 from 6"]


def test_dreams_begin_at_series_of_other_lengths_than_those_of_the_background():
    def level(_module, some):
        return (some.x * some.exists[:, :, None]).sum(dim=1) / some.lengths[:, None]

    random = torch.Generator().manual_seed(0)
    model, real = TorchModel(nn.Identity(), level), from_tensors(torch.randn(30, 12, 2, generator=random))
    for n_time in (7, 20):
        mine = from_tensors(torch.randn(2, n_time, 2, generator=random), lengths=[n_time, 5])
        found = dream(model, real, Margin(1), recipe=preset("delta", steps=40), places=mine)
        assert found.value.shape == (2, max(12, n_time), 2)
        assert found.exists.values.sum(axis=1).tolist() == [n_time, 5]
        assert found.margin.values == pytest.approx(found.wanted.values, abs=0.01)
    with pytest.raises(InputError, match="feature_names of background"):
        dream(model, real, Margin(1), places=from_tensors(torch.zeros(2, 12, 3)))


def test_other_models_are_asked_for_their_margin():
    found = dream(matched(), waves(), [Margin(0), Margin(1)], recipe=SHORT, draws=2, others=(matched(), matched(3)))
    assert found.agreed_margin.values[:, 0] == pytest.approx(found.margin.values, abs=1e-4)
    assert np.array_equal(found.agreed.values[:, 0], found.agreed_margin.values[:, 0] > 0)


def test_the_model_is_left_as_it_was():
    one = matched()
    before = {name: value.clone() for name, value in one.module.state_dict().items()}
    one.module.train()
    dream(one, waves(), [Margin(1), Channel("linear", 0)], recipe=SHORT, draws=1)
    assert one.module.training
    assert all(part.requires_grad for part in one.module.parameters())
    assert all(part.grad is None for part in one.module.parameters())
    assert all(torch.equal(before[name], value) for name, value in one.module.state_dict().items())
    assert not one.module.linear._forward_hooks


class Weary(nn.Module):
    """A recurrent network in training mode, part of it fixed, that raises at its last call."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls
        self.gru, self.drop, self.head = nn.GRU(1, 4, batch_first=True), nn.Dropout(), nn.Linear(4, 2)
        self.gru.bias_hh_l0.requires_grad_(False)
        self.drop.eval()

    def forward(self, x):
        self.left -= 1
        if not self.left:
            raise RuntimeError("worn out")
        return self.head(self.drop(self.gru(x)[0][:, -1]))


@pytest.mark.parametrize("calls", [1, 2, 9, 30], ids=lambda calls: f"call {calls}")
def test_a_model_that_raises_on_the_way_is_left_as_it_was(calls):
    module = Weary(calls)
    heard = []
    module.gru.register_forward_hook(lambda *_: heard.append(1))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state = torch.get_rng_state()
    with pytest.raises(ModelError, match="worn out"):
        dream(TorchModel(module), waves(), [Margin(1), Channel("gru", 2, axis=-1)], recipe=SHORT, draws=1)
    assert (module.training, module.gru.training, module.drop.training) == (True, True, False)
    assert [name for name, part in module.named_parameters() if not part.requires_grad] == ["gru.bias_hh_l0"]
    assert all(part.grad is None for part in module.parameters())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert (len(module.gru._forward_hooks), len(module._forward_hooks), len(module.head._forward_hooks)) == (1, 0, 0)
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda module: nn.Sequential(module, nn.Softmax(dim=1)),
        lambda module: nn.Sequential(module, nn.LogSoftmax(dim=1)),
        lambda module: nn.Sequential(module, nn.Sequential(nn.Identity(), nn.Softmax(dim=-1))),
    ],
    ids=["softmax", "log-softmax", "nested"],
)
def test_a_softmax_at_the_end_is_taken_off(wrapped):
    plain, soft = matched(), TorchModel(wrapped(matched().module))
    one, two = (dream(some, waves(), Margin(1), recipe=SHORT, draws=2) for some in (plain, soft))
    assert np.allclose(one.value.values, two.value.values, atol=1e-4)
    assert np.allclose(one.margin.values, two.margin.values, atol=1e-4)


def test_a_sigmoid_at_the_end_is_taken_off_and_the_head_is_named():
    def alone(*, last):
        linear = nn.Linear(24, 1)
        with torch.no_grad():
            linear.weight.copy_(matched().module.linear.weight[1:])
            linear.bias.zero_()
        return TorchModel(nn.Sequential(nn.Flatten(), linear, last))

    plain, soft = alone(last=nn.Identity()), alone(last=nn.Sigmoid())
    one, two = (dream(some, waves(), [Margin(0), Margin(1)], recipe=SHORT, draws=2) for some in (plain, soft))
    assert np.allclose(one.value.values, two.value.values, atol=1e-4)
    assert (one.attrs["head"], two.attrs["head"]) == ("none", "sigmoid taken off")


def test_series_of_unequal_lengths_are_dreamed_at_their_own():
    random = torch.Generator().manual_seed(0)
    batch = from_tensors(
        torch.randn(30, 12, 2, generator=random),
        layout="sample time feature",
        lengths=[12, 7, 9] * 10,
        label=[0, 1] * 15,
    )

    def mean(_module, some):
        size = some.lengths[:, None].to(some.x)
        level = (some.x * some.exists[:, :, None]).sum(dim=1) / size
        return torch.stack([level[:, 0], level[:, 1]], dim=1)

    found = dream(TorchModel(nn.Identity(), mean), batch, Margin(1), recipe=SHORT, draws=5)
    assert set(found.exists.values.sum(axis=1).tolist()) <= {7, 9, 12}
    assert bool(np.isnan(found.value.values[~found.exists.values]).all())
    assert np.abs(found.margin.values - found.wanted.values).max() < 0.05


def test_what_can_not_be_dreamed_is_refused():
    with pytest.raises(RefusalError, match="black box"):
        dream(FunctionModel(lambda batch: batch.x.sum(dim=1)), waves(), Margin(0))
    with pytest.raises(InputError, match="draws must be"):
        dream(matched(), waves(), Margin(0), draws=0)
    with pytest.raises(InputError, match="objective must be one or several"):
        dream(matched(), waves(), [])
    with pytest.raises(InputError, match="different names"):
        dream(matched(), waves(), [Margin(0), Margin(0)], recipe=SHORT)


def test_few_series_of_a_class_are_warned_of():
    with pytest.warns(AitionWarning, match="series of class 1"):
        dream(matched(), waves(12), Margin(1), recipe=SHORT, draws=1)


def test_what_the_model_says_of_real_series_and_how_strange_these_are_is_kept():
    found, real = dreamed(), waves()
    with torch.no_grad():
        assert np.allclose(found.real_prediction.values, Matched()(real.x), atol=1e-5)
    named = [str(name) for name in found.data_vars if str(name).startswith("percentile_")]
    assert named
    for name in named:
        assert float(found[f"real_{name}"].mean()) == pytest.approx(50, abs=1)
    assert found.projection.shape == (9, 2)
    assert found.real_projection.shape == (80, 2)


def test_beside_a_border_stands_the_real_series_that_is_nearest_to_it():
    found = dream(matched(3), waves(), (Margin(1), Border((0, 1))), recipe=replace(SHORT, steps=1), draws=1, judges=())
    said = found.real_prediction.values
    gap = np.abs(said[:, 1] - said[:, 0])
    assert np.allclose(found.real_gap.values[:, 1], gap, atol=1e-5)
    assert np.isnan(found.real_gap.values[:, 0]).all()
    assert int(found.top[1]) == gap.argmin()
    assert int(found.top[0]) == np.where(found.real_label == 1, found.real_reached.values[:, 0], -np.inf).argmax()


@pytest.mark.parametrize("name", ["plain", "lucid", "maco", "calibrated", "autoencoder", "delta"])
def test_models_of_double_precision_dream_in_it(name):
    model, batch = TorchModel(Matched(3).double()), waves()
    wishes = [Margin(1), Border((0, 1))]
    found = dream(model, batch, wishes, recipe=preset(name, steps=2), draws=2, judges=())
    assert found.value.dtype == np.float64
    with torch.no_grad():
        said = model.module(torch.from_numpy(found.value.values)).numpy()
    assert np.allclose(found.prediction.values, said, rtol=1e-12)


def test_a_model_that_answers_nan_to_dreams_or_has_no_slope_there_is_named():
    def near_nothing(module, batch):
        said = module(batch.x)
        return torch.where(batch.x.abs().amax(dim=(1, 2))[:, None] < 0.6, torch.nan, said)

    def rooted(module, batch):
        return module(batch.x) + (0 * batch.x).sum(dim=(1, 2)).sqrt()[:, None]

    recipe = preset("plain", steps=3)
    with pytest.raises(ModelError, match="NaN or Inf for 2 of 2 dreams"):
        dream(TorchModel(Matched(), near_nothing), waves(), Margin(1), recipe=recipe, draws=2, judges=())
    with pytest.raises(ModelError, match="square root of 0"):
        dream(TorchModel(Matched(), rooted), waves(), Margin(1), recipe=recipe, draws=2, judges=())


def test_other_models_are_asked_for_the_class_of_outputs_and_of_several_at_once():
    wishes = [
        Margin(1),
        Output(Target.of_class(1)),
        Joint((Margin(1), Channel("linear", 1))),
        Output(Target.of_class(1), downward=True),
    ]
    found = dream(matched(3), waves(), wishes, recipe=SHORT, draws=2, others=[matched(3)], judges=())
    said = found.prediction.values.argmax(axis=1) == 1
    assert said[:6].any()
    assert found.agreed.values[:6, 0].tolist() == said[:6].tolist()
    assert np.isnan(found.agreed_margin.values[2:]).all()
    assert found.target_class.values[6:].tolist() == [-1, -1]


def test_other_models_take_no_more_dreams_at_once_than_fit_memory():
    taken = []

    def counted(module, batch):
        taken.append(len(batch))
        return module(batch.x)

    asked = {"recipe": replace(SHORT, steps=1), "draws": 9, "judges": ()}
    one = dream(matched(), waves(), Margin(1), others=[matched()], **asked)
    two = dream(matched(), waves(), Margin(1), others=[TorchModel(Matched(), counted)], memory=3000, **asked)
    assert 1 < max(taken) < 9
    assert np.array_equal(one.agreed.values, two.agreed.values)
    assert np.allclose(one.agreed_margin.values, two.agreed_margin.values, atol=1e-5)


def test_all_classes_of_an_objective_are_told():
    batch = replace(waves(), label=torch.arange(80) % 3)
    wishes = [Margin(1), Border((0, 1, 2))]
    found = dream(matched(3), batch, wishes, recipe=replace(SHORT, steps=1), draws=1, judges=())
    assert found.wish_classes.values.tolist() == [[1, -1, -1], [0, 1, 2]]
    assert (found.target_class.values.tolist(), found.target_class_other.values.tolist()) == ([1, 0], [-1, 1])


def test_another_model_that_can_not_read_the_dreams_is_named():
    other = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(20, 2)))
    with pytest.raises(ModelError, match=r"the model 1 of others, on dreams: .* given x \[2, 24, 1\]"):
        dream(matched(), waves(), Margin(1), recipe=replace(SHORT, steps=1), draws=2, others=(matched(), other))


def test_series_that_are_not_like_the_background_are_refused():
    other = from_tensors(torch.zeros(30, 24, 2))
    for name in ("places", "unseen"):
        with pytest.raises(InputError, match=f"{name} must have the feature_names of background"):
            dream(matched(), waves(), Margin(1), **{name: other})
        with pytest.raises(InputError, match=f"{name} must be a Batch of real series, but is Tensor"):
            dream(matched(), waves(), Margin(1), **{name: other.x})
    with pytest.raises(InputError, match="background must be two real series or more"):
        dream(matched(), waves().take([]), Margin(1))
    with pytest.raises(InputError, match="2 are called 'neighbours'"):
        dream(matched(), waves(), Margin(1), judges=(Neighbours(3), Neighbours(5)))


def test_borders_that_differ_by_their_slack_can_be_had_together():
    wishes = [Border((0, 1)), Border((0, 1), slack=0.25)]
    found = dream(matched(3), waves(), wishes, recipe=replace(SHORT, steps=1), draws=1, judges=())
    assert found.wish.values.tolist() == ["border 0|1", "border 0|1 slack 0.25"]


def test_what_was_not_measured_in_a_real_series_is_shown_as_the_mean_that_it_counts_as():
    batch = waves()
    x, gap = batch.x.clone(), 7
    x[3, gap] = torch.nan
    found = dream(matched(), from_tensors(x, label=batch.label), Margin(1), recipe=SHORT, draws=1, judges=())
    assert found.real_value.values[3, gap, 0] == pytest.approx(float(x[~x.isnan()].mean()), abs=1e-4)


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_a_feature_that_never_varies_does_not_in_dreams_and_no_judge_minds_it(value):
    batch = waves()
    wide = from_tensors(torch.cat([batch.x, torch.full_like(batch.x, value)], dim=2), label=batch.label)
    recipe = preset("calibrated", steps=2)
    found = dream(matched(), wide, Margin(1), recipe=recipe, draws=2, judges=(Spectra(),))
    assert np.allclose(found.value.values[:, :, 1], value, atol=1e-6)
    assert np.isfinite(found.percentile_spectrum.values).all()
    assert Frame.of(wide, wide.take([0])).deviation[1] == 1
