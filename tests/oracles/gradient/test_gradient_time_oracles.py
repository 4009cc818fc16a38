"""Gradient explainers for time against slow versions written from their papers, and against Captum."""

import numpy as np
import pytest
import torch
from captum import attr
from scipy.optimize import minimize
from torch import Tensor, nn

from aition import Target, TorchModel, explain, from_tensors
from aition.impute.baseline import ConstantBaseline
from aition.methods import (
    GeodesicIntegratedGradients,
    SequentialIntegratedGradients,
    TemporalIntegratedGradients,
    Timing,
)

BASE = 0.5


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.out = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x)[0][:, -1])


def made() -> tuple[nn.Module, Tensor]:
    return Recurrent().double().eval(), torch.randn(3, 5, 2, dtype=torch.float64)


def attributed(explainer: object, module: nn.Module, x: Tensor) -> np.ndarray:
    batch = from_tensors(x, layout="sample time feature")
    return explain(explainer, TorchModel(module), batch, Target.of_class(1), progress="off")["attribution"].values


def slope(module: nn.Module, point: Tensor) -> Tensor:
    leaf = point[None].clone().requires_grad_()
    module(leaf)[0, 1].backward()
    return leaf.grad[0]


@pytest.mark.parametrize(
    ("explainer", "company"), [(TemporalIntegratedGradients, "before"), (SequentialIntegratedGradients, "all")]
)
@pytest.mark.parametrize("window", [1, 2])
def test_one_window_moves_after_another_sample_by_sample(explainer, company, window):
    """Enguehard 2023, equation 2 for steps in place of words; or with the steps to come at the baseline."""
    module, x = made()
    steps, expected = 3, torch.zeros_like(x)
    for sample in range(len(x)):
        for first in range(0, x.shape[1], window):
            for node in range(steps):
                point = x[sample].clone()
                if company == "before":
                    point[first + window :] = BASE
                moving = slice(first, first + window)
                point[moving] = BASE + (node + 0.5) / steps * (x[sample, moving] - BASE)
                found = slope(module, point)[moving]
                expected[sample, moving] += found * (x[sample, moving] - BASE) / steps
    how = explainer(steps, "midpoint", window, ConstantBaseline(BASE))
    np.testing.assert_allclose(attributed(how, module, x), expected.numpy(), atol=1e-10)


@pytest.mark.peers
@pytest.mark.parametrize(
    "explainer",
    [TemporalIntegratedGradients(9, "midpoint", 5), SequentialIntegratedGradients(9, "midpoint", 5), Timing(9, 1)],
    ids=repr,
)
def test_as_integrated_gradients_they_are_those_of_captum(explainer):
    module, x = made()
    rule = {"midpoint": "riemann_middle", "gauss-legendre": "gausslegendre"}[explainer.rule]
    peer = attr.IntegratedGradients(module).attribute(x, 0, 1, n_steps=9, method=rule)
    np.testing.assert_allclose(attributed(explainer, module, x), peer.numpy(), atol=1e-8)


@pytest.mark.parametrize("places", [(1, 2), (0, 4), (3, 7)])
@pytest.mark.parametrize("parts", [2, 3])
def test_a_product_counts_by_how_often_its_cells_are_free_together(places, parts):
    """Jang et al. 2025: the mean over masks of the integral where a cell is free; half a product, if both are."""
    one, other = places
    together = np.mean(
        [
            ((one + phase) // length) % parts == ((other + phase) // length) % parts
            for length in (2, 3, 4)
            for phase in np.tile(range(length * parts), 12 // length)
        ]
    )
    model = TorchModel(nn.Identity(), lambda module, batch: batch.x[:, one, 0] * batch.x[:, other, 0], head="none")
    x = torch.ones(2, 8, 1, dtype=torch.float64)
    x[1] = 2
    how = Timing(steps=600 * parts, parts=parts, rule="midpoint")
    answer = explain(how, model, from_tensors(x, layout="sample time feature"), Target.scalar(), progress="off")
    expected = (1 - together / 2) * np.array([1, 4])
    for place in places:
        np.testing.assert_allclose(answer["attribution"][:, place, 0], expected, rtol=0.01)
    np.testing.assert_allclose(answer["excess"], 2 * expected - [1, 4], atol=0.05)


def test_a_geodesic_is_the_least_of_its_energy():
    """Found by a general minimiser over all inner points, with the energy written out and differences for slopes."""
    steps, x = 5, torch.tensor([[[1.5], [1.0]]], dtype=torch.float64)

    def height(point: np.ndarray) -> float:
        return float(np.tanh(4 * point[0] - 2) + 0.5 * np.tanh(3 * point[1] - 1) + point[0] * point[1])

    def law(_: nn.Module, batch: object) -> Tensor:
        one, other = batch.x[:, 0, 0], batch.x[:, 1, 0]
        return torch.tanh(4 * one - 2) + 0.5 * torch.tanh(3 * other - 1) + one * other

    end = x[0, :, 0].numpy()
    straight = np.linspace(0, 1, steps + 1)[:, None] * end
    travelled = sum(abs(height(straight[k + 1]) - height(straight[k])) for k in range(steps))

    def energy(flat: np.ndarray) -> float:
        way = np.concatenate([np.zeros((1, 2)), flat.reshape(-1, 2), end[None]])
        total = 0.0
        for k in range(steps):
            total += ((way[k + 1] - way[k]) ** 2).sum() / (end**2).sum()
            total += 2.0 * (height(way[k + 1]) - height(way[k])) ** 2 / travelled**2
        return steps * total

    least = minimize(energy, straight[1:-1].ravel(), method="BFGS", options={"gtol": 1e-9})
    way = np.concatenate([np.zeros((1, 2)), least.x.reshape(-1, 2), end[None]])
    expected = np.zeros(2)
    for k in range(steps):
        middle, step = (way[k] + way[k + 1]) / 2, way[k + 1] - way[k]
        for cell in range(2):
            small = np.eye(2)[cell] * 1e-6
            expected[cell] += (height(middle + small) - height(middle - small)) / 2e-6 * step[cell]
    how = GeodesicIntegratedGradients(steps, 300, steepness=2.0)
    batch = from_tensors(x, layout="sample time feature")
    answer = explain(how, TorchModel(nn.Identity(), law, head="none"), batch, Target.scalar(), progress="off")
    np.testing.assert_allclose(answer["attribution"][0, :, 0], expected, atol=2e-4)
    np.testing.assert_allclose(answer["energy"][0], least.fun / energy(straight[1:-1].ravel()), rtol=1e-5)
    assert float(answer["energy"][0]) < 0.99
