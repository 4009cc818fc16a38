"""Gradient explainers against slow versions written from their papers, and against Captum."""

import numpy as np
import pytest
import torch
from captum import attr
from torch import Tensor, nn

from aition import Target, TorchModel, explain, from_tensors
from aition.impute.baseline import ConstantBaseline
from aition.methods import InputXGradient, IntegratedGradients, Saliency

CAPTUM = {
    "gauss-legendre": "gausslegendre",
    "midpoint": "riemann_middle",
    "left": "riemann_left",
    "right": "riemann_right",
}


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.out = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x)[0][:, -1])


class Convolving(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(2, 6, 3, padding=1), nn.BatchNorm1d(6), nn.ReLU(), nn.Conv1d(6, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.transpose(1, 2)).amax(dim=2)


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = nn.TransformerEncoderLayer(2, 1, 8, batch_first=True), nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.layer(x).mean(dim=1))


MODULES = [Recurrent, Convolving, Attending]


def attributed(explainer: object, module: nn.Module, x: Tensor) -> np.ndarray:
    batch = from_tensors(x, layout="sample time feature")
    return explain(explainer, TorchModel(module), batch, Target.of_class(1), progress="off")["attribution"].values


def made(kind: type[nn.Module]) -> tuple[nn.Module, Tensor]:
    return kind().eval(), torch.randn(5, 7, 2)


@pytest.mark.parametrize("kind", MODULES)
def test_integrated_gradients_are_the_sum_over_steps_of_each_sample(kind):
    """Sundararajan et al. 2017, equation 3: the right Riemann sum, sample by sample and step by step."""
    module, x = made(kind)
    baseline, steps = 0.5, 6
    expected = torch.zeros_like(x)
    for sample in range(len(x)):
        for step in range(1, steps + 1):
            point = (baseline + step / steps * (x[sample] - baseline))[None].requires_grad_()
            module(point)[0, 1].backward()
            expected[sample] += (x[sample] - baseline) * point.grad[0] / steps
    found = attributed(IntegratedGradients(steps, "right", ConstantBaseline(baseline)), module, x)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)


def test_saliency_is_the_slope_of_finite_differences():
    module, x = made(Recurrent)
    module, x, small = module.double(), x.double(), 1e-6
    expected = torch.zeros_like(x)
    with torch.no_grad():
        for place in np.ndindex(*x.shape):
            up, down = x.clone(), x.clone()
            up[place] += small
            down[place] -= small
            expected[place] = (module(up) - module(down))[place[0], 1] / (2 * small)
    np.testing.assert_allclose(attributed(Saliency(signed=True), module, x), expected.numpy(), atol=1e-7)


@pytest.mark.peers
@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.parametrize("rule", CAPTUM)
def test_integrated_gradients_are_those_of_captum(kind, rule):
    module, x = made(kind)
    peer = attr.IntegratedGradients(module).attribute(x, torch.full_like(x, 0.5), 1, n_steps=9, method=CAPTUM[rule])
    found = attributed(IntegratedGradients(9, rule, ConstantBaseline(0.5)), module, x)
    np.testing.assert_allclose(found, peer.numpy(), atol=1e-5)


@pytest.mark.peers
@pytest.mark.parametrize("kind", MODULES)
def test_trapezoids_are_those_of_captum_once_its_weights_sum_to_one(kind):
    """Captum 0.9 weighs n trapezoid nodes by 1/n, so its weights sum to (n - 1)/n."""
    module, x = made(kind)
    peer = attr.IntegratedGradients(module).attribute(x, 0, 1, n_steps=9, method="riemann_trapezoid")
    found = attributed(IntegratedGradients(9, "trapezoid"), module, x)
    np.testing.assert_allclose(found, 9 / 8 * peer.numpy(), atol=1e-5)


@pytest.mark.peers
@pytest.mark.parametrize("kind", MODULES)
@pytest.mark.parametrize("signed", [True, False])
def test_saliency_is_that_of_captum(kind, signed):
    module, x = made(kind)
    peer = attr.Saliency(module).attribute(x.requires_grad_(), 1, abs=not signed)
    np.testing.assert_allclose(attributed(Saliency(signed), module, x), peer.numpy(), atol=1e-5)


@pytest.mark.peers
@pytest.mark.parametrize("kind", MODULES)
def test_input_times_gradient_is_that_of_captum(kind):
    module, x = made(kind)
    peer = attr.InputXGradient(module).attribute(x.requires_grad_(), 1).detach()
    np.testing.assert_allclose(attributed(InputXGradient(), module, x), peer.numpy(), atol=1e-5)
