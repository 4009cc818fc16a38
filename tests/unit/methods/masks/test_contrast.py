"""Contrast: what it must keep, and what it must find."""

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError
from aition.methods.masks import ExtremalMask, Fixed, OwnStep


def answer(**settings: object) -> torch.Tensor:
    """Masks of a model that reads feature 0 strongly, feature 1 weakly, and feature 2 not at all."""
    x = torch.randn(6, 5, 3, generator=torch.Generator().manual_seed(0))

    class Sum(nn.Module):
        def forward(self, given: torch.Tensor) -> torch.Tensor:
            return (given @ torch.tensor([1.0, 0.1, 0.0])).cumsum(dim=1)

    model = TorchModel(Sum(), axes=("time",), head="none")
    batch = from_tensors(x, lengths=[5, 5, 5, 5, 3, 1])
    explainer = ExtremalMask(**{"replacement": Fixed(), **settings})
    found = explain(explainer, model, batch, Target.whole("time"), progress="off")
    return torch.from_numpy(found["attribution"].fillna(-1).values)


def test_no_contrast_leaves_masks_as_they_are() -> None:
    assert torch.equal(answer(contrast=0.0), answer())


def test_the_order_of_a_series_cells_is_kept() -> None:
    plain, changed = (answer(contrast=share).flatten(1) for share in (0.0, 0.7))
    larger = plain[:, :, None] > plain[:, None, :] + 1e-6
    assert larger.any()
    assert bool((changed[:, :, None] > changed[:, None, :])[larger].all())


def test_full_contrast_leaves_masks_that_are_nearly_all_0_or_1() -> None:
    mask = answer(contrast=1.0)
    there = mask >= 0
    assert bool(((mask < 1e-3) | (mask > 1 - 1e-3))[there].float().mean() > 0.9)


def test_contrast_moves_masks_towards_0_and_1() -> None:
    plain, changed = answer(), answer(contrast=0.9)
    there = plain >= 0
    assert (changed * (1 - changed))[there].mean() < 0.5 * (plain * (1 - plain))[there].mean()


def test_what_is_kept_is_what_the_model_reads() -> None:
    mask = answer(contrast=1.0)[:4]
    assert mask[:, :, 0].mean() > 0.6
    assert mask[:, :, 2].max() == 0


def test_random_replacements_can_be_contrasted() -> None:
    mask = answer(contrast=0.9, replacement=OwnStep(), size_weight=0.05)
    assert bool((mask <= 1).all())
    assert mask[:4, :, 0].mean() > mask[:4, :, 2].mean()


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_contrast_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(InputError, match=r"contrast must be in \[0, 1\]"):
        ExtremalMask(contrast=share)


def test_contrast_with_a_target_fidelity_is_refused() -> None:
    with pytest.raises(InputError, match="contrast moves masks away"):
        ExtremalMask(contrast=0.5, target_fidelity=0.1)
