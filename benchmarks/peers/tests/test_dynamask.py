"""TintDynamask gives tint's masks, with its faults or without."""

from typing import Any

import pytest
import torch
from aition_peers import TintDynamask
from aition_peers.training import silent_trainer
from tint.attr import DynaMask
from tint.attr.models import MaskNet
from torch import Tensor

from aition.core.errors import InputError
from aition.testing import check_explainer

X = torch.randn(3, 9, 2, generator=torch.Generator().manual_seed(1))
FEW: dict[str, Any] = {"epochs": 40, "rate": 0.05, "width": 2.0, "size_weight": 1.0, "time_weight": 0.5}


def weighed(x: Tensor) -> Tensor:
    """A model of two outputs that reads the first feature only."""
    return torch.stack([x[:, :4, 0].square().sum(dim=1), x[:, 4:, 0].sum(dim=1)], dim=1)


def masks(**settings: Any) -> Tensor:
    explainer = TintDynamask(**{**FEW, **settings})
    return explainer.learned(weighed, X, trainer=silent_trainer(explainer.epochs))


def by_hand(*, sign: float) -> Tensor:
    """What a plain loop keeps or takes away under the fade to the mean and the regulariser over time, from the paper.

    The size regulariser is left out: its order of equal cells hangs on rounding.
    """
    mask = torch.full_like(X, 0.5).requires_grad_()
    adam = torch.optim.Adam([mask], lr=FEW["rate"])
    for _ in range(FEW["epochs"]):
        mask.data.clamp_(0, 1)
        kept = mask if sign > 0 else 1 - mask
        error = ((weighed(kept * X + (1 - kept) * X.mean(dim=1, keepdim=True)) - weighed(X)) ** 2).mean()
        # The last difference of each series is not among those that tint averages.
        change = (mask[:, 1:-1] - mask[:, :-2]).abs().mean()
        adam.zero_grad()
        (sign * error + FEW["time_weight"] * change).backward()
        adam.step()
    return mask.detach().clamp(0, 1)


@pytest.mark.parametrize(("game", "sign"), [("preservation", 1.0), ("deletion", -1.0)])
def test_repaired_masks_are_those_of_a_plain_loop(game: str, sign: float) -> None:
    mask = masks(game=game, perturbation="fade_moving_average", keep=(0.3,), size_weight=0.0)
    assert float(mask.std()) > 0.1
    torch.testing.assert_close(mask, by_hand(sign=sign), rtol=0, atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_masks_that_are_not_repaired_are_those_of_a_direct_use() -> None:
    net = MaskNet(
        weighed, perturbation="gaussian_blur", sigma_max=2.0, keep_ratio=[0.2, 0.6], size_reg_factor_init=1.0,
        size_reg_factor_dilation=100.0, time_reg_factor=0.5, lr=0.05,
    )  # fmt: skip
    with silent_trainer(40) as trainer:
        mask = DynaMask(weighed).attribute(X, trainer=trainer, mask_net=net, batch_size=2)
    assert torch.equal(masks(repaired=False, keep=(0.2, 0.6), batch_size=2), mask)


def test_without_repair_the_regulariser_weighs_nothing() -> None:
    one, other = (masks(repaired=False, keep=(0.3,), size_weight=weight) for weight in (0.0, 100.0))
    assert torch.equal(one, other)


def test_with_repair_the_regulariser_draws_the_mask_to_its_share() -> None:
    mask = masks(keep=(0.3,), size_weight=100.0, time_weight=0.0, epochs=200)
    assert float((mask > 0.5).float().mean()) == pytest.approx(6 / 18)
    assert float(torch.minimum(mask, 1 - mask).max()) < 0.05


def test_without_repair_the_deletion_game_is_played_as_preservation() -> None:
    one, other = (masks(repaired=False, game=game, keep=(0.3,)) for game in ("preservation", "deletion"))
    torch.testing.assert_close(one, other, rtol=0, atol=0.01)


def test_with_repair_the_largest_cells_of_the_deletion_game_change_most() -> None:
    mask = masks(game="deletion", perturbation="fade_moving_average", keep=(0.5,))

    def change(share: Tensor) -> float:
        faded = X + share * (X.mean(dim=1, keepdim=True) - X)
        return float(((weighed(faded) - weighed(X)) ** 2).mean())

    assert 0 <= float(mask.min()) <= float(mask.max()) <= 1
    assert change(mask) > 2 * change(1 - mask)


def test_without_repair_series_of_the_second_mini_batch_get_masks_of_the_first() -> None:
    mask = masks(repaired=False, keep=(0.2, 0.6), batch_size=1)
    assert torch.equal(mask[0], mask[1])


def test_with_repair_each_series_gets_its_own_mask() -> None:
    together = masks(keep=(0.5,), batch_size=1)
    alone = TintDynamask(**FEW, keep=(0.5,)).learned(weighed, X[1:2], trainer=silent_trainer(40))
    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=0.05)


@pytest.mark.parametrize("keep", [(), (0.0,), (0.5, 1.5)])
def test_shares_must_be_shares(keep: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="shares in"):
        TintDynamask(keep=keep)


@pytest.mark.parametrize(
    "settings",
    [
        {"keep": (0.3, 0.5)},
        {"keep": (0.5,), "game": "deletion", "perturbation": "fade_moving_average"},
        {"keep": (0.5,), "perturbation": "fade_moving_average_window", "repaired": False},
    ],
)
def test_it_passes_every_check_that_it_does_not_refuse(settings: dict[str, Any]) -> None:
    report = check_explainer(TintDynamask(epochs=4, **settings))
    assert not report.of("failed"), str(report)
    assert len(report.of("passed")) >= 60, str(report)
