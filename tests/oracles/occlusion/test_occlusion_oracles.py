"""Occlusion and ablation against slow versions written from their papers, and against Captum."""

import numpy as np
import pytest
import torch
from captum import attr
from torch import Tensor, nn

from aition import Target, TorchModel, explain, from_series, from_tensors
from aition.impute.baseline import ConstantBaseline
from aition.impute.groups import EachCell, EachFeature, GivenGroups, Segments
from aition.methods import FeatureAblation, Occlusion

GROUPS = ((0, 0, 1), (0, 2, 1), (3, 2, 1), (3, 3, 4), (4, 4, 4), (5, 4, 4))
SLIDES = [(1, 1, 1, 1), (2, 1, 1, 1), (3, 2, 2, 1), (4, 3, 3, 1), (2, 2, 2, 2)]


class Convolving(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(3, 6, 3, padding=1), nn.Tanh(), nn.Conv1d(6, 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.transpose(1, 2)).amax(dim=2)


def made() -> tuple[nn.Module, Tensor]:
    return Convolving().eval(), torch.randn(4, 6, 3)


def attributed(explainer: object, module: nn.Module, x: Tensor) -> np.ndarray:
    batch = from_tensors(x, layout="sample time feature")
    return explain(explainer, TorchModel(module), batch, Target.of_class(1), progress="off")["attribution"].values


@pytest.mark.parametrize("slide", SLIDES, ids=str)
def test_occlusion_is_the_mean_fall_over_windows_of_each_sample(slide):
    """Zeiler and Fergus 2014, section 4.2, with unequal lengths: sample by sample, window by window."""
    window, stride, features, feature_stride = slide
    series = [torch.randn(length, 3, dtype=torch.float64) for length in (6, 3, 1, 5)]

    def read(x: Tensor) -> Tensor:
        return (x.cumsum(dim=0).sin() * torch.tensor([1.0, 2.0, -1.0])).sum()

    expected = np.full((4, 6, 3), np.nan)
    for sample, x in enumerate(series):
        fall, count = torch.zeros_like(x), torch.zeros_like(x)
        first = 0
        while True:
            left = 0
            while True:
                cells = (slice(first, first + window), slice(left, left + features))
                without = x.clone()
                without[cells] = 0.5
                fall[cells] += read(x) - read(without)
                count[cells] += 1
                if left + features >= 3:
                    break
                left += feature_stride
            if first + window >= len(x):
                break
            first += stride
        expected[sample, : len(x)] = (fall / count).numpy()

    def forward(module: nn.Module, batch: object) -> Tensor:
        return torch.stack([read(x[there]) for x, there in zip(batch.x, batch.exists, strict=True)])

    explainer = Occlusion(window, stride, features, feature_stride, ConstantBaseline(0.5))
    answer = explain(
        explainer, TorchModel(nn.Identity(), forward), from_series(series), Target.scalar(), progress="off"
    )
    np.testing.assert_allclose(answer["attribution"].values, expected, atol=1e-12)


def test_ablation_is_the_fall_of_each_group_of_each_sample():
    """Li et al. 2016, section 3, with differences of scores."""
    module, x = made()
    expected = torch.zeros_like(x)
    table = torch.tensor(GROUPS)
    with torch.no_grad():
        for sample in range(len(x)):
            for group in range(6):
                without = x[sample].masked_fill(table == group, 0.5)
                expected[sample][table == group] = module(x[sample][None])[0, 1] - module(without[None])[0, 1]
    found = attributed(FeatureAblation(GivenGroups(GROUPS), ConstantBaseline(0.5)), module, x)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("slide", SLIDES, ids=str)
def test_occlusion_is_that_of_captum(slide):
    module, x = made()
    window, stride, features, feature_stride = slide
    peer = attr.Occlusion(module).attribute(
        x, (window, features), strides=(stride, feature_stride), baselines=0.5, target=1
    )
    found = attributed(Occlusion(window, stride, features, feature_stride, ConstantBaseline(0.5)), module, x)
    np.testing.assert_allclose(found, peer.detach().numpy(), atol=1e-5)


@pytest.mark.peers
@pytest.mark.parametrize("groups", [EachCell(), EachFeature(), Segments(4), GivenGroups(GROUPS)], ids=str)
def test_ablation_is_that_of_captum(groups):
    module, x = made()
    mask = groups(from_tensors(x))["x"][:1]
    peer = attr.FeatureAblation(module).attribute(x, 0.5, target=1, feature_mask=mask)
    found = attributed(FeatureAblation(groups, ConstantBaseline(0.5)), module, x)
    np.testing.assert_allclose(found, peer.detach().numpy(), atol=1e-5)
