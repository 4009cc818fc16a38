"""Contrast: what it must keep, and what it must find."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError
from aition.core.model import outputs_of
from aition.methods.masks import ExtremalMask, Fixed, OwnStep
from aition.methods.masks.contrast import THRESHOLDS, TIE, contrasted, ramp


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


def test_full_contrast_leaves_little_between_0_and_1() -> None:
    plain, mask = answer(contrast=0.0), answer(contrast=1.0)
    there = mask >= 0
    assert (mask * (1 - mask))[there].mean() < 0.3 * (plain * (1 - plain))[there].mean()


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


@pytest.mark.parametrize("game", ["preservation", "deletion"])
def test_what_is_mixed_in_costs_as_little_as_the_cheapest_threshold(game: str) -> None:
    x = torch.randn(4, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    model = TorchModel(nn.Linear(2, 1).double(), lambda module, batch: module(batch.x).sum(dim=1), head="none")
    batch = from_tensors(x)
    question = Target.scalar().resolve(outputs_of(model, batch), batch)
    explainer = ExtremalMask(replacement=Fixed(), game=game)
    objective = explainer.objective(model, batch, question, range(4))
    mask = torch.rand(4, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    away = torch.zeros_like(mask)

    def cost(one: torch.Tensor) -> torch.Tensor:
        return 0.3 * objective.size(one) + objective.distance(one, away) / objective.unit

    with torch.no_grad():
        found = contrasted(objective, mask, [away], price=0.3, contrast=1.0)
        for row in range(4):
            each = [cost(ramp(mask, place))[row] for place in range(THRESHOLDS)]
            near = [ramp(mask, place)[row] for place in range(THRESHOLDS) if each[place] < min(each) + 10 * TIE]
            low, high = torch.stack(near).amin(dim=0), torch.stack(near).amax(dim=0)
            assert bool(((found[row] >= low - 1e-3) & (found[row] <= high + 1e-3)).all())


@pytest.mark.parametrize("factor", [0.03, 10.0])
def test_the_units_of_the_outputs_do_not_matter(factor: float) -> None:
    x = torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(5))
    masks = []
    for scale in (1.0, factor):
        model = TorchModel(nn.Identity(), lambda _, batch, scale=scale: scale * batch.x.square().sum(dim=2)[:, :2])
        explainer = ExtremalMask(replacement=Fixed(), relative=False, size_weight=0.1 * scale**2, contrast=0.9)
        found = explain(explainer, model, from_tensors(x), Target.whole("class"), progress="off")
        masks.append(found["attribution"].values)
    assert abs(masks[0] - masks[1]).max() < 1e-3


@pytest.mark.parametrize(
    "settings", [{"signed": True}, {"together": 2}, {"loss": "cross-entropy"}, {"relative": False}]
)
def test_contrast_goes_with_every_other_setting(settings: dict[str, object]) -> None:
    x = torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(6))
    x[1, 2, 0] = torch.nan
    model = TorchModel(nn.Linear(2, 3), lambda module, batch: module(batch.x).sum(dim=1), head="none")
    explainer = ExtremalMask(replacement=Fixed(), contrast=0.8, **settings)
    found = explain(explainer, model, from_tensors(x), Target.whole("class"), progress="off")
    mask = found["attribution"].values
    assert mask[1, 2, 0] == 0
    assert abs(mask).max() <= 1
    assert found["size"].values[1] == pytest.approx(abs(mask[1]).sum() / 9, abs=1e-6)


def test_contrasted_masks_do_not_hang_on_chunks() -> None:
    x = torch.randn(12, 8, 3, generator=torch.Generator().manual_seed(7))
    layer = nn.GRU(3, 8, batch_first=True)
    model = TorchModel(layer, lambda module, batch: module(batch.x)[0][:, -1])
    explainer = ExtremalMask(replacement=Fixed(), contrast=0.98)
    whole, *parts = (
        explain(explainer, replace(model, rows=rows), from_tensors(x), Target.whole("class"), progress="off")
        for rows in (12, 5, 1)
    )
    for part in parts:
        assert abs(part["attribution"].values - whole["attribution"].values).max() < 1e-3
