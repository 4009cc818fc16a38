"""The loops: steps that cool, bounds, series that are done, mini-batches in parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch
from torch import Tensor

from aition.core.errors import InputError
from aition.methods.masks.loop import Aimed, Descent, Growing, learned_apart, learned_together, mini_batches

PLAIN = Descent(rate=0.1, steps=40, cooled=False, projected=True, tolerance=0.0)

FREE = Aimed(0.0)


@dataclass(frozen=True, eq=False)
class Wish:
    """Squared distance of a mask from what is wished for, noting how many series were asked about."""

    wished: Tensor
    asked: list[int] = field(default_factory=list)

    def __call__(self, mask: Tensor, step: int) -> tuple[Tensor, Tensor]:
        self.asked.append(len(mask))
        return mask.flatten(1).mean(dim=1), ((mask - self.wished) ** 2).flatten(1).sum(dim=1)

    def take(self, rows: Tensor) -> "Wish":
        return replace(self, wished=self.wished[rows])


def test_masks_reach_what_costs_least() -> None:
    wished = torch.rand(3, 4, 2)
    cooled = replace(PLAIN, steps=200, cooled=True)
    assert torch.allclose(learned_apart(Wish(wished), torch.full((3, 4, 2), 0.5), cooled, FREE)[0], wished, atol=1e-3)


def test_a_projected_mask_stays_within_0_and_1() -> None:
    mask = learned_apart(Wish(torch.tensor([[[-3.0, 4.0]]])), torch.full((1, 1, 2), 0.5), PLAIN, FREE)[0]
    assert mask.flatten().tolist() == [0, 1]


def test_a_free_mask_leaves_0_and_1() -> None:
    wish = Wish(torch.tensor([[[-3.0, 4.0]]]))
    mask = learned_apart(wish, torch.full((1, 1, 2), 0.5), replace(PLAIN, projected=False), FREE)[0]
    assert float(mask[0, 0, 0]) < -1
    assert float(mask[0, 0, 1]) > 2


def test_cooled_steps_fall_in_a_straight_line() -> None:
    cooled = replace(PLAIN, steps=4, cooled=True)
    assert [cooled.rate_at(step) for step in range(4)] == pytest.approx([0.1, 0.075, 0.05, 0.025])


def test_a_series_that_is_done_is_asked_no_more() -> None:
    wish = Wish(torch.stack([torch.full((2, 1), 0.5), torch.full((2, 1), 0.0)]))
    mask = learned_apart(wish, torch.full((2, 2, 1), 0.5), replace(PLAIN, rate=0.01, tolerance=1e-6), FREE)[0]
    assert wish.asked == [2] * 10 + [1] * 30
    assert mask[0].flatten().tolist() == [0.5, 0.5]


def test_a_series_stops_where_it_would_stop_alone() -> None:
    wished, start = torch.rand(6, 3, 2), torch.rand(6, 3, 2)
    some = replace(PLAIN, cooled=True, tolerance=0.02, steps=60)
    whole = learned_apart(Wish(wished), start, some, FREE)[0]
    alone = [learned_apart(Wish(wished[[i]]), start[[i]], some, FREE)[0] for i in range(6)]
    assert torch.equal(whole, torch.cat(alone))


def test_when_all_are_done_nothing_more_is_asked() -> None:
    wish = Wish(torch.full((2, 2, 1), 0.5))
    learned_apart(wish, torch.full((2, 2, 1), 0.5), replace(PLAIN, tolerance=1e-6), FREE)[0]
    assert len(wish.asked) == 10


def test_a_mini_batch_in_parts_is_the_same_mini_batch() -> None:
    wished, start = torch.rand(5, 3, 2), torch.rand(5, 3, 2)

    def cost(mask: Tensor, rows: range, *, batch: Sequence[range], epoch: int) -> Tensor:
        part = slice(rows.start, rows.stop)
        return ((mask[part] - wished[part]) ** 2).sum() / sum(map(len, batch))

    whole = learned_together(cost, start, (), PLAIN, mini_batches(5, size=3, rows=100))
    parts = learned_together(cost, start, (), PLAIN, mini_batches(5, size=3, rows=2))
    assert torch.allclose(whole, parts, atol=1e-6)


def test_weights_are_learned_with_the_masks() -> None:
    weight = torch.zeros(2, requires_grad=True)

    def cost(mask: Tensor, rows: range, *, batch: Sequence[range], epoch: int) -> Tensor:
        return ((weight - 0.7) ** 2).sum() + mask.mean()

    learned_together(
        cost, torch.ones(1, 2, 2), (weight,), replace(PLAIN, steps=300, cooled=True), mini_batches(1, size=1, rows=1)
    )
    assert torch.allclose(weight.detach(), torch.full((2,), 0.7), atol=1e-3)


@pytest.mark.parametrize("wrong", [{"rate": 0.0}, {"steps": 0}, {"tolerance": -1.0}])
def test_a_setting_out_of_range_is_named(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(wrong))} must be"):
        replace(PLAIN, **wrong)  # type: ignore[arg-type]


def test_a_growing_price_is_multiplied_at_every_step() -> None:
    _, price = learned_apart(
        Wish(torch.zeros(2, 1, 1)), torch.ones(2, 1, 1), replace(PLAIN, steps=3), Growing(2.0, 5.0)
    )
    assert price.tolist() == [250, 250]


def test_a_price_falls_while_more_is_left_than_aimed_at_and_rises_while_less_is() -> None:
    aimed = Aimed(1.0, fidelity=0.5)
    price = aimed.after(torch.ones(3), torch.tensor([9.0, 0.5, 0.0]))
    assert price.log().tolist() == pytest.approx([-0.2, 0, 0.2])


def test_a_price_without_an_aim_stays() -> None:
    assert Aimed(3.0).after(torch.full((2,), 3.0), torch.tensor([0.0, 9.0])).tolist() == [3, 3]
