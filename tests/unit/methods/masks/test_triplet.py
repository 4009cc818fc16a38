"""The contrastive term is its definition, and its gradient is real."""

import pytest
import torch
from torch import Tensor

from aition import Batch, Target, from_series, from_tensors
from aition.core.model import FunctionModel
from aition.methods.masks.triplet import answered_alike, contrast, two_means

GROUP = torch.tensor([0, 0, 1, 1, 0])


def series(side: str = "right") -> Batch:
    random = torch.Generator().manual_seed(2)
    values = [torch.randn(size, 2, generator=random, dtype=torch.float64) for size in (4, 3, 4, 2, 4)]
    values[0][1, 1] = torch.nan
    return from_series(values, side=side, length=5)  # type: ignore[arg-type]


def values_of(batch: Batch, seed: int) -> Tensor:
    """Values that hang on the series and the step, wherever padding is."""
    random = torch.Generator().manual_seed(seed)
    drawn = torch.randn(len(batch), 5, 2, generator=random, dtype=torch.float64)
    return drawn.gather(1, batch.step.clamp(min=0)[:, :, None].expand(-1, -1, 2))


def term(batch: Batch, value: Tensor, group: Tensor = GROUP, margin: float = 0.7, company: int = 8) -> Tensor:
    return contrast(value, value, batch, group, margin=margin, company=company, seed=0)


def literal(batch: Batch, value: Tensor, i: int, margin: float) -> float:
    """One series against each other, cell by cell."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for j in range(len(batch)):
        if j == i:
            continue
        gaps = [
            abs(float(value[i, t, d] - value[j, t, d]))
            for t in range(batch.n_time)
            for d in range(2)
            if batch.observed[i, t, d] and batch.observed[j, t, d]
        ]
        found[bool(GROUP[i] == GROUP[j])].append(sum(gaps) / len(gaps))
    near, far = (sum(found[own]) / len(found[own]) for own in (False, True))
    return max(0.0, near - far + margin)


def test_it_is_its_definition_series_by_series() -> None:
    batch = series()
    value = values_of(batch, 3)
    expected = [literal(batch, value, i, 0.7) for i in range(len(batch))]
    assert term(batch, value).tolist() == pytest.approx(expected, abs=1e-12)
    assert min(expected) > 0


def test_its_gradient_is_that_of_finite_differences() -> None:
    batch = series()
    value = values_of(batch, 3).requires_grad_()
    (gradient,) = torch.autograd.grad(term(batch, value).sum(), value)
    move = 1e-6
    for place in ((0, 0, 0), (2, 1, 1), (4, 3, 0), (3, 0, 1)):
        up, down = value.detach().clone(), value.detach().clone()
        up[place] += move
        down[place] -= move
        slope = float(term(batch, up).sum() - term(batch, down).sum()) / (2 * move)
        assert float(gradient[place]) == pytest.approx(slope, abs=1e-7)
        assert abs(slope) > 0.01
    assert not gradient[~batch.observed].any()


def test_a_replacement_like_the_others_and_unlike_its_own_costs_nothing() -> None:
    batch = from_tensors(torch.zeros(4, 3, 1))
    group, value = torch.tensor([0, 0, 1, 1]), torch.zeros(4, 3, 1)
    value[1], value[3] = 2.0, 2.0
    assert (term(batch, value, group, margin=0.5) == 0).all()
    assert (term(batch, value[[0, 2, 1, 3]], group, margin=0.5) > 2).all()


@pytest.mark.parametrize("group", [[0, 0, 0, 0, 0], [0, 1, 2, 3, 4]])
def test_who_has_no_own_or_no_others_has_no_term(group: list[int]) -> None:
    batch = series()
    assert (term(batch, values_of(batch, 3), torch.tensor(group)) == 0).all()


def test_series_that_share_no_cell_are_not_near() -> None:
    x = torch.tensor([[1.0, 2.0], [1.0, torch.nan], [torch.nan, 4.0], [5.0, torch.nan], [9.0, 9.0]])[:, :, None]
    value, group = torch.arange(10.0).reshape(5, 2, 1), torch.tensor([0, 0, 0, 1, 1])
    found = term(from_tensors(x), value, group, margin=20.0)
    # Series 0 is 2 from its like 1 and 4 from 2; 6 from 3 and 8 from 4, which are answered otherwise.
    assert float(found[0]) == 20 + 7 - 3
    # Series 3 shares its cell with 0, 1 and 4, and none with 2, which does not bring the mean of 6 and 4 down.
    assert float(found[3]) == 20 + 5 - 2
    lonely = from_tensors(
        torch.tensor([[1.0, torch.nan], [2.0, torch.nan], [torch.nan, 3.0], [torch.nan, 4.0]])[:, :, None]
    )
    assert not term(lonely, torch.arange(8.0).reshape(4, 2, 1), torch.tensor([0, 0, 1, 1])).any()


@pytest.mark.parametrize("company", [1, 8])
def test_order_and_the_side_of_padding_change_nothing(company: int) -> None:
    batch, order = series(), torch.tensor([3, 0, 4, 2, 1])
    plain = term(batch, values_of(batch, 3), company=company)
    turned = term(batch.take(order), values_of(batch, 3)[order], GROUP[order], company=company)
    left = term(series("left"), values_of(series("left"), 3), company=company)
    assert torch.allclose(turned, plain[order], atol=1e-12)
    assert torch.allclose(left, plain, atol=1e-12)


def test_clusters_do_not_hang_on_the_order() -> None:
    value = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    value[:5] += 4
    order = torch.randperm(12, generator=torch.Generator().manual_seed(1))
    one, other = two_means(value), two_means(value[order])
    assert torch.equal(one[order] == one[order][0], other == other[0])
    assert torch.equal(one == one[0], torch.arange(12) < 5)


def test_series_that_say_all_the_same_are_one_group() -> None:
    assert len(two_means(torch.ones(4, 2)).unique()) == 1


@pytest.mark.parametrize("target", [Target.predicted(), Target.whole("class")])
def test_of_classes_the_groups_are_what_is_predicted(target: Target) -> None:
    batch = from_tensors(torch.eye(3)[[0, 1, 2, 1, 0]][:, None])
    outputs = FunctionModel(lambda one: one.x[:, 0], axes=("class",))(batch)
    question = target.resolve(outputs, batch, axes=("class",))
    assert answered_alike(question, question.select(outputs)).tolist() == [0, 1, 2, 1, 0]


def test_of_one_number_the_groups_are_high_and_low() -> None:
    batch = from_tensors(torch.zeros(4, 1, 1))
    outputs = torch.tensor([[0.0], [9.0], [0.5], [8.0]])
    question = Target.scalar().resolve(outputs, batch)
    group = answered_alike(question, question.select(outputs))
    assert (group == group[0]).tolist() == [True, False, True, False]
