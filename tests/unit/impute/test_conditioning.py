"""Conditioning: masks of every size side by side are answered as each alone by the textbook."""

import pytest
import torch

from aition.impute import conditioning
from aition.impute.conditioning import Law, log_density, told


def law() -> Law:
    root = torch.randn(7, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    covariance = root @ root.T + torch.eye(7)
    scale = covariance.diagonal().sqrt()
    return Law.of(covariance / scale / scale[:, None])


@pytest.mark.parametrize("at_once", [2, 2**16])
def test_masks_of_every_size_are_each_answered_by_the_textbook(at_once, monkeypatch):
    monkeypatch.setattr(conditioning, "BLOCK", at_once)
    numbers, of = torch.Generator().manual_seed(1), law()
    kept = torch.rand(40, 7, generator=numbers) < torch.rand(40, 1, generator=numbers)
    gap = torch.randn(40, 2, 7, generator=numbers, dtype=torch.float64)
    found, density = told(of, gap, kept), log_density(of, gap[:, 0], kept)
    for row, mask in enumerate(kept):
        among = of.covariance[mask][:, mask]
        mean = gap[row][:, mask] @ torch.linalg.solve(among, of.covariance[mask])
        assert torch.allclose(found[row], torch.where(mask, gap[row], mean))
        value = gap[row, 0, mask]
        expected = value @ torch.linalg.solve(among, value) + torch.logdet(2 * torch.pi * among)
        assert float(density[row]) == pytest.approx(-0.5 * float(expected))
