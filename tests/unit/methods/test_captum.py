"""Captum through the adapter: exact where it can be, equal to Captum where that is right, refused where it is not."""

import sys
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import torch
from captum import attr
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.draws import normal_like, words
from aition.core.errors import InputError, MissingExtraError, RefusalError, TargetError
from aition.core.explain import explain
from aition.core.freeze import frozen
from aition.core.model import FunctionModel, Model, TorchModel
from aition.core.target import Target
from aition.impute.baseline import ConstantBaseline, FeatureBaseline
from aition.methods.captum import Captum
from aition.methods.captum.settings import BASED, METHODS, PERTURBING, REFERENCED, SINGLE

EVERY = sorted(METHODS)
RANDOM = ("GradientShap", "KernelShap", "Lime", "NoiseTunnel", "ShapleyValueSampling")
QUICK: dict[str, dict[str, Any]] = {
    "KernelShap": {"segments": 3, "n_samples": 30},
    "Lime": {"segments": 3, "n_samples": 30},
    "GradientShap": {"n_samples": 3, "stdevs": 0.2},
    "NoiseTunnel": {"nt_samples": 3, "of": "InputXGradient"},
    "ShapleyValues": {"segments": 3},
    "ShapleyValueSampling": {"segments": 3, "n_samples": 3},
    "IntegratedGradients": {"n_steps": 8},
}
"""Settings that keep the tests quick."""


class Convolving(nn.Module):
    """A small network of the layers that every method of Captum can explain."""

    def __init__(self, n_feature: int = 2, n_class: int = 3) -> None:
        super().__init__()
        self.first = nn.Conv1d(n_feature, 6, 11, padding=5)
        self.bend = nn.ReLU()
        self.second = nn.Conv1d(6, 6, 1)
        self.bow = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.last = nn.Linear(6, n_class)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.bow(self.second(self.bend(self.first(x.transpose(1, 2)))))
        return self.last(self.pool(hidden).flatten(1))


def convolving() -> Convolving:
    torch.manual_seed(3)
    net = Convolving()
    for weight in net.parameters():
        nn.init.normal_(weight, std=0.5)
    return net


def series(*lengths: int, n_time: int = 6, n_feature: int = 2, seed: int = 0) -> Batch:
    x = torch.randn(len(lengths), n_time, n_feature, generator=torch.Generator().manual_seed(seed))
    ids = [f"{seed}-{place}" for place in range(len(lengths))]
    return from_tensors(x, layout="sample time feature", lengths=list(lengths), ids=ids)


def whole(n_sample: int = 3, **rest: int) -> Batch:
    return series(*[rest.get("n_time", 6)] * n_sample, **rest)


def explainer(method: str, **rest: Any) -> Captum:
    if method in REFERENCED:
        rest.setdefault("references", whole(2, seed=7))
    rest.setdefault("settings", QUICK.get(method, {}))
    return Captum(method, **rest)


def attribution(one: Captum, model: Model, batch: Batch, target: Target = Target.of_class(0)) -> Tensor:  # noqa: B008
    with frozen(model):
        asked = target.resolve(model(batch), batch, axes=model.axes)
        return one(model, batch, asked)["attribution"][1]


class Weighing(nn.Module):
    """A linear function of all cells, without a bias, behind a convolution that does nothing but be there."""

    def __init__(self, n_time: int = 4, n_feature: int = 2) -> None:
        super().__init__()
        self.last = nn.Linear(n_time * n_feature, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(x.flatten(1))


def slope(module: Weighing, batch: Batch) -> Tensor:
    return module.last.weight[0].detach().reshape(1, batch.n_time, batch.n_feature).expand(batch.x.shape)


# Exact on a linear model


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("IntegratedGradients", {}),
        ("DeepLift", {}),
        ("FeatureAblation", {}),
        ("Occlusion", {"window": 1}),
        ("ShapleyValueSampling", {"segments": 0, "n_samples": 2}),
        ("KernelShap", {"segments": 0}),
        ("Lime", {"segments": 0, "surrogate": "linear"}),
    ],
)
def test_a_linear_model_is_explained_by_weight_times_distance(method: str, settings: dict[str, Any]) -> None:
    module, batch = Weighing(), whole(n_time=4)
    one = Captum(method, settings, baseline=FeatureBaseline((0.5, -1.0)))
    expected = slope(module, batch) * (batch.x - torch.tensor([0.5, -1.0]))
    assert torch.allclose(attribution(one, TorchModel(module), batch), expected, atol=2e-5)


@pytest.mark.parametrize("method", ["DeepLiftShap", "FeaturePermutation"])
def test_references_count_equally_on_a_linear_model(method: str) -> None:
    module, batch, references = Weighing(), whole(n_time=4), whole(3, n_time=4, seed=5)
    expected = slope(module, batch) * (batch.x - references.x.mean(dim=0))
    assert torch.allclose(
        attribution(Captum(method, references=references), TorchModel(module), batch), expected, atol=1e-5
    )


def test_gradient_shap_with_one_reference_is_exact_on_a_linear_model() -> None:
    module, batch, references = Weighing(), whole(n_time=4), whole(1, n_time=4, seed=5)
    one = Captum("GradientShap", {"n_samples": 2}, references=references)
    expected = slope(module, batch) * (batch.x - references.x)
    assert torch.allclose(attribution(one, TorchModel(module), batch), expected, atol=1e-5)


def test_exact_shapley_values_of_parts_are_shared_equally_by_their_cells() -> None:
    module, batch = Weighing(), whole(n_time=4)
    total = (slope(module, batch) * batch.x).reshape(3, 2, 4).sum(dim=2)
    answer = attribution(Captum("ShapleyValues", {"segments": 2}), TorchModel(module), batch)
    assert torch.allclose(answer, (total / 4).repeat_interleave(2, dim=1)[..., None].expand(answer.shape), atol=1e-6)


@pytest.mark.parametrize("method", ["InputXGradient", "LRP"])
def test_a_linear_model_is_explained_by_weight_times_value(method: str) -> None:
    module, batch = Weighing(), whole(n_time=4)
    expected = slope(module, batch) * batch.x
    assert torch.allclose(attribution(Captum(method), TorchModel(module), batch), expected, atol=1e-6)


@pytest.mark.parametrize("method", ["GuidedBackprop", "Deconvolution"])
def test_a_rectified_model_hides_what_falls(method: str) -> None:
    module = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(8, 2))
    batch = whole(n_time=4)
    rising = module[2].weight[0].detach().clamp(min=0).reshape(1, 4, 2).expand(batch.x.shape)
    expected = rising * (batch.x > 0) if method == "GuidedBackprop" else rising
    assert torch.allclose(attribution(Captum(method), TorchModel(module), batch), expected)


# Equal to Captum


def by_hand(method: str, net: nn.Module, x: Tensor, references: Tensor) -> Tensor:
    """Captum called as its own documentation calls it."""
    calls: dict[str, Callable[[], Tensor]] = {
        "Saliency": lambda: attr.Saliency(net).attribute(x, target=0),
        "InputXGradient": lambda: attr.InputXGradient(net).attribute(x, target=0),
        "IntegratedGradients": lambda: attr.IntegratedGradients(net).attribute(x, target=0, n_steps=8),
        "DeepLift": lambda: attr.DeepLift(net).attribute(x, target=0),
        "DeepLiftShap": lambda: attr.DeepLiftShap(net).attribute(x, references, target=0),
        "GuidedBackprop": lambda: attr.GuidedBackprop(net).attribute(x, target=0),
        "Deconvolution": lambda: attr.Deconvolution(net).attribute(x, target=0),
        "FeatureAblation": lambda: attr.FeatureAblation(net).attribute(x, target=0),
        "Occlusion": lambda: attr.Occlusion(net).attribute(x, sliding_window_shapes=(3, 1), target=0),
    }
    return calls[method]()


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore:\\s*Setting:UserWarning", "ignore:Input Tensor 0 did not:UserWarning")
@pytest.mark.parametrize("method", ["Deconvolution", "DeepLift", "DeepLiftShap", "FeatureAblation", "GuidedBackprop"])
def test_plain_case_equals_captum(method: str) -> None:
    compare_with_captum(method)


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore:Input Tensor 0 did not:UserWarning")
@pytest.mark.parametrize("method", ["InputXGradient", "IntegratedGradients", "Occlusion", "Saliency"])
def test_unhooked_plain_case_equals_captum(method: str) -> None:
    compare_with_captum(method)


def compare_with_captum(method: str) -> None:
    net, batch, references = convolving().eval(), whole(5), whole(2, seed=7)
    expected = by_hand(method, net, batch.x.clone(), references.x).detach()
    assert torch.allclose(attribution(explainer(method), TorchModel(net), batch), expected, atol=2e-6)


@pytest.mark.peers
@pytest.mark.parametrize("rule", ["epsilon", "gamma", "alpha1-beta0"])
def test_relevance_equals_captum_with_its_rules_set_by_hand(rule: str) -> None:
    from captum.attr._utils import lrp_rules

    make = {"epsilon": lrp_rules.EpsilonRule, "gamma": lrp_rules.GammaRule, "alpha1-beta0": lrp_rules.Alpha1_Beta0_Rule}
    net, batch = convolving().eval(), whole()
    answer = attribution(Captum("LRP", {"rule": rule}), TorchModel(net), batch)
    for layer in (net.first, net.second, net.last):
        layer.rule = make[rule]()
    net.pool.rule = lrp_rules.EpsilonRule()
    expected = attr.LRP(net).attribute(batch.x.clone().requires_grad_(), target=0).detach()
    assert torch.allclose(answer, expected, atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("method", ["KernelShap", "Lime", "ShapleyValueSampling"])
def test_drawing_methods_equal_captum_from_the_same_seed(method: str) -> None:
    from captum._utils.models.linear_model import SkLearnRidge

    net, batch = convolving().eval(), whole(2)
    answer = attribution(Captum(method, QUICK[method], seed=11), TorchModel(net), batch)
    part = (torch.arange(6) // 2)[:, None] * 2 + torch.arange(2)
    expected = []
    for row, state in enumerate(words(batch.keys, 11).tolist()):
        torch.default_generator.manual_seed(state)
        one = attr.Lime(net, SkLearnRidge(alpha=0.01)) if method == "Lime" else getattr(attr, method)(net)
        count = {"n_samples": QUICK[method]["n_samples"]}
        expected.append(one.attribute(batch.x[row : row + 1], target=0, feature_mask=part[None], **count) / 2)
    assert torch.allclose(answer, torch.cat(expected), atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["smoothgrad", "smoothgrad_sq", "vargrad"])
def test_noise_tunnel_averages_captums_answers_to_noisy_values(kind: str) -> None:
    net, batch = convolving().eval(), whole()
    one = Captum("NoiseTunnel", {"nt_type": kind, "nt_samples": 4, "of": "InputXGradient", "stdevs": 0.3}, seed=2)
    answers = torch.stack(
        [
            attr.InputXGradient(net).attribute(noisy.requires_grad_(), target=0).detach()
            for noisy in (batch.x + 0.3 * normal_like(batch, seed=2, draw=draw) for draw in range(4))
        ]
    )
    expected = {
        "smoothgrad": answers.mean(dim=0),
        "smoothgrad_sq": (answers**2).mean(dim=0),
        "vargrad": answers.var(dim=0, unbiased=False),
    }
    assert torch.allclose(attribution(one, TorchModel(net), batch), expected[kind], atol=1e-6)


@pytest.mark.peers
def test_gradient_shap_tends_to_what_captums_tends_to() -> None:
    net, one, references = convolving().eval(), whole(1), whole(3, seed=7)
    theirs = attr.GradientShap(net).attribute(one.x, references.x, n_samples=4000, stdevs=0.2, target=0)
    many = from_tensors(one.x.expand(1000, -1, -1), layout="sample time feature")
    shap = Captum("GradientShap", {"n_samples": 4, "stdevs": 0.2}, references=references)
    ours = attribution(shap, TorchModel(net), many).mean(dim=0)
    assert (ours - theirs).norm() < 0.05 * theirs.norm()


# Laws


def last_step(module: nn.Module, batch: Batch) -> Tensor:
    """Scores of the last existing step, blind to padding on either side."""
    x = torch.where(batch.cells, batch.x, torch.zeros_like(batch.x)).transpose(1, 2)
    hidden = module.bow(module.second(module.bend(module.first(x))))
    last = batch.start + batch.lengths - 1
    return module.last(hidden[torch.arange(len(batch)), :, last])


@pytest.mark.parametrize("method", EVERY)
def test_padding_gets_nothing_and_changes_nothing(method: str) -> None:
    model, short = TorchModel(convolving(), last_step), series(6, 4, 5)
    padding = torch.full((3, 3, 2), 9.0)
    none = torch.zeros(3, 3, dtype=torch.bool)
    long = from_tensors(
        torch.cat([padding, short.x, padding], dim=1),
        layout="sample time feature",
        exists=torch.cat([none, short.exists, none], dim=1),
        ids=list(short.ids),
    )
    before, after = attribution(explainer(method), model, short), attribution(explainer(method), model, long)
    assert not bool(after[~long.cells].any())
    assert torch.allclose(after[long.cells], before[short.cells], atol=1e-6)


@pytest.mark.parametrize("method", sorted({*EVERY} - {"LRP"}))
def test_a_model_that_reads_padding_gives_it_nothing_even_with_another_baseline(method: str) -> None:
    rest = (
        {"baseline": ConstantBaseline(2.0)}
        if method in ("DeepLift", "FeatureAblation", "IntegratedGradients", "KernelShap")
        else {}
    )
    batch = series(6, 3)
    answer = attribution(explainer(method, **rest), TorchModel(convolving()), batch)
    assert not bool(answer[~batch.cells].any())


@pytest.mark.parametrize("method", EVERY)
def test_what_stands_in_the_padding_is_never_changed(method: str) -> None:
    batch = series(6, 3)
    padding = batch.x.clone().normal_()
    kept = batch.with_x(torch.where(batch.cells, batch.x, padding))
    seen: list[bool] = []

    def watched(module: nn.Module, given: Batch) -> Tensor:
        there = (kept.ids[:, None] == given.ids[None]).argmax(axis=0)
        expected = torch.where(given.cells, given.x, padding[there])
        seen.append(torch.allclose(given.x, expected, atol=1e-6))
        return last_step(module, given)

    rest = {} if method not in BASED else {"baseline": ConstantBaseline(2.0)}
    attribution(explainer(method, **rest), TorchModel(convolving(), watched), kept)
    assert all(seen)


@pytest.mark.parametrize("method", EVERY)
def test_neither_order_nor_chunks_nor_rows_change_an_answer(method: str) -> None:
    net, batch, one = convolving(), series(6, 4, 5, 6), explainer(method)
    together = attribution(one, TorchModel(net, last_step), batch)
    turned = attribution(one, TorchModel(net, last_step, rows=3), batch.take([3, 1, 0, 2]))[[2, 1, 3, 0]]
    alone = torch.cat([attribution(one, TorchModel(net, last_step), batch.take([row])) for row in range(4)])
    assert torch.allclose(turned, together, atol=1e-6)
    assert torch.allclose(alone, together, atol=1e-6)


@pytest.mark.parametrize("method", EVERY)
def test_the_model_is_never_called_with_more_rows_than_allowed(method: str) -> None:
    seen: list[int] = []

    def counted(module: nn.Module, batch: Batch) -> Tensor:
        seen.append(len(batch))
        return last_step(module, batch)

    batch = series(6, 4, 5, 6, 6, 6, 6)
    asked = Target.of_class(0).resolve(torch.zeros(7, 3), batch)
    with frozen(model := TorchModel(convolving(), counted, rows=3)):
        explainer(method)(model, batch, asked)
    assert max(seen) <= 3


@pytest.mark.parametrize("method", RANDOM)
def test_another_seed_gives_another_answer(method: str) -> None:
    model, batch = TorchModel(convolving()), whole()
    assert not torch.equal(
        attribution(explainer(method, seed=1), model, batch), attribution(explainer(method, seed=2), model, batch)
    )


@pytest.mark.parametrize("method", EVERY)
def test_the_model_and_all_random_state_are_left_as_found(method: str) -> None:
    net = convolving().train()
    net.last.rule = "mine"
    net.bend.register_forward_hook(lambda *_: None)
    hooks = dict(net.bend._forward_hooks)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    keys = [set(part.__dict__) for part in net.modules()]
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    explain(explainer(method), TorchModel(net), whole(), Target.of_class(0), progress="off")
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    assert [set(part.__dict__) for part in net.modules()] == keys
    assert net.last.rule == "mine"
    assert dict(net.bend._forward_hooks) == hooks
    assert all(part.training for part in net.modules())
    assert all(weight.requires_grad and weight.grad is None for weight in net.parameters())
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


@pytest.mark.parametrize("method", ["DeepLift", "DeepLiftShap", "KernelShap", "ShapleyValueSampling", "ShapleyValues"])
def test_completeness_is_the_sum_less_the_change_and_is_nothing_but_rounding(method: str) -> None:
    model, batch = TorchModel(convolving(), last_step), series(6, 4, 5)
    answer = explain(explainer(method), model, batch, Target.of_class(0), progress="off")
    assert np.abs(answer.completeness.values).max() < 1e-4
    assert np.nanmax(np.abs(answer.attribution.values), axis=(1, 2)).min() > 0.05


def test_integrated_gradients_come_closer_to_completeness_with_more_steps() -> None:
    model, batch = TorchModel(convolving(), last_step), whole(8)
    errors = [
        np.abs(
            explain(
                Captum("IntegratedGradients", {"n_steps": steps}), model, batch, Target.of_class(0), progress="off"
            ).completeness.values
        ).sum()
        for steps in (4, 64)
    ]
    assert errors[1] < errors[0] / 4


def test_relevance_without_biases_adds_up_to_the_target() -> None:
    net = convolving()
    for layer in (net.first, net.second, net.last):
        layer.bias.data.zero_()
    answer = explain(Captum("LRP"), TorchModel(net), whole(), Target.of_class(0), progress="off")
    assert np.abs(answer.completeness.values).max() < 1e-5


def test_relevance_of_a_contrast_is_the_difference_of_relevances() -> None:
    model, batch = TorchModel(convolving()), whole()
    one, other = (attribution(Captum("LRP"), model, batch, Target.of_class(index)) for index in (0, 2))
    contrast = attribution(Captum("LRP"), model, batch, Target.of_class(0).against(**{"class": 2}))
    assert torch.allclose(contrast, one - other, atol=1e-6)


@pytest.mark.parametrize("method", ["DeepLift", "Deconvolution", "GuidedBackprop", "LRP"])
def test_a_softmax_that_is_taken_off_does_not_disturb_hooks(method: str) -> None:
    net, batch = convolving(), whole()
    ended = nn.Sequential(net, nn.Softmax(dim=-1))
    assert torch.allclose(
        attribution(Captum(method), TorchModel(ended), batch),
        attribution(Captum(method), TorchModel(net), batch),
        atol=1e-6,
    )


def test_relevance_is_blind_to_a_function_that_is_taken_off() -> None:
    net, batch = convolving(), whole()
    ended = TorchModel(net, lambda module, given: module(given.x).softmax(dim=-1))
    assert torch.allclose(
        attribution(Captum("LRP"), ended, batch), attribution(Captum("LRP"), TorchModel(net), batch), atol=1e-6
    )


def test_static_values_are_held_fixed_behind_their_own_layers() -> None:
    net = nn.ModuleDict({"x": convolving(), "static": nn.Sequential(nn.Linear(2, 3), nn.ReLU()), "sum": nn.ReLU()})
    model = TorchModel(net, lambda parts, batch: parts["sum"](parts["x"](batch.x) + parts["static"](batch.static) + 1))
    plain = whole()
    batch = from_tensors(plain.x, layout="sample time feature", static=torch.randn(3, 2))
    answer = explain(
        Captum("DeepLift", baseline=ConstantBaseline(0.5)), model, batch, Target.of_class(0), progress="off"
    )
    assert np.abs(answer.completeness.values).max() < 1e-6


# Slow and literal


def test_relevance_is_the_epsilon_rule_written_out() -> None:
    torch.manual_seed(0)
    net, batch = nn.Sequential(nn.Flatten(), nn.Linear(8, 5), nn.Tanh(), nn.Linear(5, 2)), whole(n_time=4)
    answer = attribution(Captum("LRP"), TorchModel(net), batch)
    first, last = net[1].requires_grad_(False), net[3].requires_grad_(False)
    for row in range(3):
        x = batch.x[row].flatten()
        below = first.weight @ x + first.bias
        hidden = torch.tanh(below)
        score = last.weight[0] @ hidden + last.bias[0]
        relevance = [float(score * hidden[j] * last.weight[0, j] / score) for j in range(5)]
        expected = [sum(float(x[i] * first.weight[j, i] / below[j]) * relevance[j] for j in range(5)) for i in range(8)]
        assert torch.allclose(answer[row].flatten(), torch.tensor(expected), atol=1e-5)


def test_deep_lift_is_the_rescale_rule_written_out() -> None:
    torch.manual_seed(0)
    net, batch = nn.Sequential(nn.Flatten(), nn.Linear(8, 5), nn.Tanh(), nn.Linear(5, 2)), whole(n_time=4)
    answer = attribution(Captum("DeepLift", baseline=ConstantBaseline(0.3)), TorchModel(net), batch)
    for row in range(3):
        x, other = batch.x[row].flatten(), torch.full((8,), 0.3)
        before, after = net[1](other), net[1](x)
        slope = (torch.tanh(after) - torch.tanh(before)) / (after - before)
        expected = (net[3].weight[0] * slope) @ net[1].weight * (x - other)
        assert torch.allclose(answer[row].flatten(), expected, atol=1e-5)


@pytest.mark.parametrize(("method", "n_sample"), [("KernelShap", 1000), ("ShapleyValueSampling", 200)])
def test_drawn_shapley_values_tend_to_the_exact_ones(method: str, n_sample: int) -> None:
    model, batch = TorchModel(convolving(), last_step), series(6)
    exact = attribution(Captum("ShapleyValues", {"segments": 4}), model, batch)
    drawn = attribution(Captum(method, {"segments": 4, "by_feature": False, "n_samples": n_sample}), model, batch)
    assert (drawn - exact).norm() < 0.1 * exact.norm()


def test_exact_shapley_values_are_means_over_orders_written_out() -> None:
    net, batch = convolving(), whole(1, n_time=3)
    answer = attribution(
        Captum("ShapleyValues", {"segments": 3}, baseline=ConstantBaseline(0.5)), TorchModel(net), batch
    )
    expected = torch.zeros(3)
    for order in permutations(range(3)):
        x = torch.full_like(batch.x, 0.5)
        for step in order:
            before = net(x)[0, 0]
            x[:, step] = batch.x[:, step]
            expected[step] += (net(x)[0, 0] - before).detach() / 6
    assert torch.allclose(answer[0].sum(dim=1), expected, atol=1e-5)


# Captum's faults


class Differencing(nn.Module):
    """A max-pool over differences, which vanish where a series is flat."""

    def __init__(self) -> None:
        super().__init__()
        self.difference = nn.Conv1d(1, 1, 2, bias=False)
        self.difference.weight.data[:] = torch.tensor([[[1.0, -1.0]]])
        self.pool = nn.MaxPool1d(3)
        self.last = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.pool(self.difference(x.transpose(1, 2))).flatten(1))


def flat_among_others() -> Batch:
    batch = whole(3, n_time=10, n_feature=1)
    return batch.with_x(torch.where(torch.tensor([False, True, False])[:, None, None], 1.5, batch.x))


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore:\\s*Setting:UserWarning", "ignore:Input Tensor 0 did not:UserWarning")
def test_captums_max_pool_rule_lets_the_first_sample_sway_the_others() -> None:
    net, x = Differencing().eval(), flat_among_others().x
    together = attr.DeepLift(net).attribute(x.clone())
    alone = torch.cat([attr.DeepLift(net).attribute(x[row : row + 1].clone()) for row in range(3)])
    assert (together - alone).abs().max() > 0.1


def test_max_pools_are_explained_the_same_alone_and_together() -> None:
    model, batch = TorchModel(Differencing()), flat_among_others()
    together = attribution(Captum("DeepLift"), model, batch, Target.scalar())
    alone = torch.cat([attribution(Captum("DeepLift"), model, batch.take([row]), Target.scalar()) for row in range(3)])
    assert torch.equal(together, alone)


class Calling(nn.Module):
    """One hidden layer, bent by a function or by layers that may be used twice."""

    def __init__(self, bend: Callable[[nn.Module, Tensor], Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self.inner, self.last = nn.Linear(12, 8), nn.Linear(8, 3)
        self.bend = bend
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.bend(self, self.inner(x.flatten(1))))


class Recurring(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.bow, self.last = layer, nn.ReLU(), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        said = self.layer(x) if isinstance(self.layer, nn.RNNBase) else self.layer(x[:, 0])
        hidden = said[0] if isinstance(said, tuple) else said
        return self.last(self.bow(hidden[:, -1] if hidden.ndim == 3 else hidden))


@pytest.mark.parametrize("method", ["DeepLift", "Deconvolution", "GuidedBackprop", "LRP"])
@pytest.mark.parametrize(
    "layer", [nn.GRU(2, 4, batch_first=True), nn.LSTM(2, 4, batch_first=True), nn.RNN(2, 4), nn.GRUCell(2, 4)]
)
def test_built_in_recurrent_layers_are_refused(method: str, layer: nn.Module) -> None:
    with pytest.raises(RefusalError, match=f"{method} can't explain {type(layer).__name__} .*IntegratedGradients"):
        attribution(Captum(method), TorchModel(Recurring(layer)), whole())


@pytest.mark.parametrize(
    ("method", "net", "reason"),
    [
        ("DeepLift", Calling(lambda net, h: torch.relu(h)), "must add up to the change"),
        ("DeepLift", Calling(lambda net, h: net.norm(h), norm=nn.LayerNorm(8)), r"do not cover \(LayerNorm\)"),
        ("DeepLift", Calling(lambda net, h: h * h), "functions in its forward"),
        ("DeepLift", Calling(lambda net, h: net.bow(net.bow(h) - 1), bow=nn.ReLU()), "calls the layer 'bow' 2 times"),
        ("DeepLift", Calling(lambda net, h: net.soft(h), soft=nn.Softmax(dim=-1)), "mixes the samples of a batch"),
        ("DeepLiftShap", Calling(lambda net, h: torch.relu(h)), "must add up to the change"),
        ("GuidedBackprop", Calling(lambda net, h: torch.relu(h)), "uses none"),
        ("GuidedBackprop", Calling(lambda net, h: net.bow(h).relu(), bow=nn.ReLU()), "calls a ReLU as a function"),
        ("Deconvolution", Calling(lambda net, h: net.bow(h).clamp(min=0), bow=nn.ReLU()), "calls a ReLU as a function"),
        ("Deconvolution", Calling(lambda net, h: net.bow(h) + net.bow(-h), bow=nn.ReLU()), "'bow' 2 times"),
        ("LRP", Calling(lambda net, h: net.bow(h), bow=nn.GELU()), "no rule for GELU"),
        ("LRP", Calling(lambda net, h: h + torch.sigmoid(h)), "calls the function '(add|sigmoid)'"),
        ("LRP", Calling(lambda net, h: net.bow(net.bow(h) - 1), bow=nn.ReLU()), "calls the layer 'bow' 2 times"),
        ("NoiseTunnel", Calling(lambda net, h: torch.relu(h)), "must add up to the change"),
    ],
)
def test_what_captum_gets_wrong_without_a_word_is_refused(method: str, net: nn.Module, reason: str) -> None:
    settings = {"of": "DeepLift"} if method == "NoiseTunnel" else {}
    with pytest.raises(RefusalError, match=reason):
        attribution(explainer(method, settings=settings), TorchModel(net), whole())


def test_rectified_layers_inside_a_transformer_are_reached() -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(4, 2, 8, activation=nn.ReLU(), batch_first=True)
    net = nn.Sequential(nn.Linear(2, 4), nn.TransformerEncoder(layer, 1), nn.Flatten(), nn.Linear(24, 3))
    model, batch = TorchModel(net), whole()
    guided = attribution(Captum("GuidedBackprop"), model, batch)
    plain = attribution(Captum("Saliency", {"abs": False}), model, batch)
    assert (guided - plain).abs().max() > 1e-3


def test_a_model_that_detaches_its_values_is_refused() -> None:
    model = TorchModel(convolving(), lambda net, batch: net(batch.x.detach()))
    with pytest.raises(RefusalError, match="needs gradients, but none lead"):
        attribution(Captum("Saliency"), model, whole())


# Black boxes, several targets, settings


@pytest.mark.parametrize("method", sorted(PERTURBING))
def test_black_boxes_are_explained_by_perturbing(method: str) -> None:
    net, batch = convolving().eval(), whole()

    def box(given: Batch) -> np.ndarray[Any, Any]:
        with torch.no_grad():
            return net(given.x).numpy()

    boxed, open_ = (attribution(explainer(method), model, batch) for model in (FunctionModel(box), TorchModel(net)))
    assert torch.allclose(boxed, open_, atol=1e-6)


@pytest.mark.parametrize("method", sorted({*EVERY} - {*PERTURBING}))
def test_black_boxes_are_refused_by_methods_of_gradients(method: str) -> None:
    with pytest.raises(RefusalError, match=f"{method} needs gradients, but FunctionModel is a black box"):
        attribution(explainer(method), FunctionModel(lambda batch: batch.x.sum(dim=1)), whole())


def test_a_whole_output_is_refused_as_a_target() -> None:
    with pytest.raises(TargetError, match="one number a sample"):
        attribution(Captum("Saliency"), TorchModel(convolving()), whole(), Target.whole("class"))


def test_each_sample_is_asked_its_own_class() -> None:
    plain, model = whole(), TorchModel(convolving())
    batch = from_tensors(plain.x, layout="sample time feature", label=[2, 0, 1])
    one = explainer("ShapleyValueSampling")
    answer = attribution(one, model, batch, Target.true())
    for row, index in enumerate([2, 0, 1]):
        assert torch.allclose(answer[row], attribution(one, model, batch, Target.of_class(index))[row], atol=1e-6)


@pytest.mark.parametrize("method", ["DeepLift", "IntegratedGradients", "KernelShap", "LRP"])
def test_double_precision_stays_double(method: str) -> None:
    batch = whole().to(device="cpu", dtype=torch.float64)
    answer = attribution(explainer(method), TorchModel(convolving().double()), batch)
    assert answer.dtype == torch.float64


def test_a_series_of_one_step_and_one_feature_is_explained_by_its_fall() -> None:
    net, batch = nn.Sequential(nn.Flatten(), nn.Linear(1, 2)), whole(2, n_time=1, n_feature=1)
    expected = net(batch.x)[:, 0] - net(torch.zeros_like(batch.x))[:, 0]
    for method in ("KernelShap", "ShapleyValues", "ShapleyValueSampling", "Occlusion", "FeatureAblation"):
        assert torch.allclose(
            attribution(Captum(method), TorchModel(net), batch).flatten(), expected.detach(), atol=1e-6
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "Deeplift"}, "method must be one of Saliency, .* but is 'Deeplift'"),
        ({"method": "DeepLift", "settings": {"n_steps": 3}}, "DeepLift has no setting 'n_steps'; it has eps"),
        ({"method": "InputXGradient", "settings": {"abs": True}}, "it has none"),
        ({"method": "IntegratedGradients", "settings": {"n_steps": 2.5}}, "n_steps must be of type int, such as 50"),
        ({"method": "IntegratedGradients", "settings": {"n_steps": 0}}, "n_steps must be at least 2, but is 0"),
        ({"method": "IntegratedGradients", "settings": {"method": "euler"}}, "method must be one of riemann_left"),
        ({"method": "Saliency", "settings": {"abs": 1}}, "abs must be of type bool"),
        ({"method": "NoiseTunnel", "settings": {"of": "Lime"}}, "of must be one of Saliency"),
        ({"method": "Saliency", "baseline": ConstantBaseline(1.0)}, "Saliency takes no baseline"),
        ({"method": "DeepLift", "baseline": 1.0}, "baseline must be a function"),
        ({"method": "DeepLift", "references": whole()}, "DeepLift takes no references"),
    ],
)
def test_unknown_names_and_unfit_values_are_told_with_the_choices(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Captum(**arguments)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (Captum("GradientShap"), "references must be a Batch of them"),
        (
            Captum("DeepLiftShap", references=series(6, 2)),
            "at least the 6 steps of the longest sample, but '0-1' has 2",
        ),
        (
            Captum("FeaturePermutation", references=whole(n_feature=3)),
            r"references must be \[reference time feature=2\]",
        ),
        (Captum("DeepLift", baseline=FeatureBaseline((0.0, 1.0, 2.0))), "the baseline of x must be 2 values"),
        (Captum("ShapleyValues", {"by_feature": True}), "at most 7 groups, but there are 10"),
        (Captum("KernelShap", {"n_samples": 5}), "n_samples must be at least 14 for KernelShap's 12 groups"),
        (Captum("Occlusion", {"stride": 4}), "stride must be at most the window, 3, but is 4"),
    ],
)
def test_what_does_not_fit_the_data_is_told_with_sizes(one: Captum, message: str) -> None:
    with pytest.raises(InputError, match=message):
        attribution(one, TorchModel(convolving()), whole())


@pytest.mark.parametrize(("package", "method"), [("captum", "Saliency"), ("sklearn", "KernelShap")])
def test_a_missing_package_is_named_with_its_command(
    package: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"needs {package}, .* pip install 'aition\[captum\]'"):
        attribution(Captum(method), TorchModel(convolving()), whole())


def test_every_method_of_captum_on_inputs_is_offered() -> None:
    on_inputs = {
        name
        for name in attr.__all__
        if isinstance(value := getattr(attr, name), type)
        and issubclass(value, attr.Attribution)
        and not name.startswith(("Layer", "Neuron", "Internal", "LLM", "RemoteLLM"))
    }
    framework = {"Attribution", "GradientAttribution", "PerturbationAttribution", "DataLoaderAttribution", "LimeBase"}
    assert on_inputs - framework - {"GuidedGradCam"} == {*METHODS}


def test_what_noise_tunnel_may_lie_over_needs_one_pass() -> None:
    assert all(Captum("NoiseTunnel", {"of": method}).settings["of"] == method for method in SINGLE)
