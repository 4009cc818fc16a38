"""What stands where a mask takes a value away hangs on its own series alone."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from aition import from_series, from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.impute.baseline import ConstantBaseline, FeatureBaseline
from aition.impute.gaussian import GaussianImputer
from aition.methods.masks import Blur, DonorStep, Drawn, Fixed, Learned, OwnStep, SeriesMean
from aition.methods.masks.replacement import Replacement

NAN = float("nan")


def series(side: str = "right", length: int = 0) -> Batch:
    torch.manual_seed(1)
    values = [torch.randn(size, 2) for size in (3, 6, 1)]
    values[1][2, 0] = NAN
    return from_series(values, side=side, length=length)  # type: ignore[arg-type]


KINDS: dict[str, Callable[[], Replacement]] = {
    "fixed": lambda: Fixed(FeatureBaseline((1.0, 2.0))),
    "mean": SeriesMean,
    "blur": lambda: Blur(1.5),
    "own step": OwnStep,
    "donor step": lambda: DonorStep.of(from_tensors(torch.arange(12.0).reshape(2, 3, 2))),
    "drawn": lambda: Drawn(GaussianImputer.fit(from_tensors(torch.randn(9, 6, 2, generator=torch.Generator())))),
    "learned": lambda: Learned().fresh(series(), seed=0),
    "learned, causal": lambda: Learned(causal=True).fresh(series(), seed=0),
}


def drawn(kind: str, batch: Batch, draw: int = 0) -> Tensor:
    return KINDS[kind]()(batch, seed=3)(draw).detach()


@pytest.mark.parametrize("kind", KINDS)
def test_longer_padding_on_either_side_changes_nothing(kind: str) -> None:
    short = series()
    for long in (series("right", 9), series("left", 9)):
        assert torch.allclose(drawn(kind, long)[long.cells], drawn(kind, short)[short.cells], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_neighbours_change_nothing(kind: str) -> None:
    batch = series()
    assert torch.allclose(drawn(kind, batch.take([2, 0])), drawn(kind, batch)[[2, 0]], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_the_padding_or_at_a_missing_value_does_not_matter(kind: str) -> None:
    batch = series()
    if kind.startswith("learned"):
        other = batch.with_x(torch.where(batch.cells, batch.x, 9))
    else:
        other = batch.with_x(torch.where(batch.observed, batch.x, 9))
    assert torch.equal(drawn(kind, other)[batch.cells], drawn(kind, batch)[batch.cells])


@pytest.mark.parametrize("kind", KINDS)
def test_another_draw_differs_exactly_where_replacements_are_random(kind: str) -> None:
    one, other = (drawn(kind, series(), draw) for draw in (0, 1))
    assert torch.equal(one, other) is not KINDS[kind]().redrawn


def test_a_mean_leaves_out_what_is_missing() -> None:
    batch = from_tensors(torch.tensor([[1.0, 3.0, NAN]]), layout="sample time")
    assert SeriesMean()(batch, seed=0)(0).flatten().tolist() == [2, 2, 2]


def test_a_feature_without_any_value_keeps_its_fill_value() -> None:
    batch = from_tensors(torch.tensor([[NAN, NAN]]), layout="sample time", fill=4.0)
    for kind in (SeriesMean(), Blur(), OwnStep()):
        assert kind(batch, seed=0)(0).flatten().tolist() == [4, 4]


def test_a_blur_is_the_weighted_mean_of_its_equation() -> None:
    batch = series().take([1])
    weight = [
        [math.exp(-0.5 * ((t - s) / 1.5) ** 2) * float(batch.observed[0, s, 0]) for s in range(6)] for t in range(6)
    ]
    expected = [sum(w * float(batch.x[0, s, 0]) for s, w in enumerate(row)) / sum(row) for row in weight]
    assert drawn("blur", batch)[0, :, 0].tolist() == pytest.approx(expected, abs=1e-6)


def test_own_steps_are_drawn_evenly() -> None:
    batch = from_tensors(torch.arange(5.0).expand(200, 5), layout="sample time")
    counts = torch.bincount(OwnStep()(batch, seed=0)(0).long().flatten(), minlength=5)
    assert bool(((counts - 200).abs() < 5 * (1000 * 0.2 * 0.8) ** 0.5).all())


def test_donors_lend_whole_steps_without_padding_and_missing_values() -> None:
    background = from_series([torch.tensor([[1.0, 10.0], [2.0, NAN]]), torch.tensor([[4.0, 40.0]])])
    assert sorted(DonorStep.of(background).pool.tolist()) == [[1, 10], [2, 25], [4, 40]]
    values = DonorStep.of(background)(series(), seed=0)(0)
    assert {tuple(step) for step in values.flatten(0, 1).tolist()} == {(1, 10), (2, 25), (4, 40)}


def test_a_pool_of_other_features_is_refused() -> None:
    with pytest.raises(InputError, match=r"pool must be \[step feature=2\], but is \[4, 3\]"):
        DonorStep(torch.zeros(4, 3))(series(), seed=0)


def test_a_replacement_still_to_be_learned_says_how() -> None:
    with pytest.raises(RefusalError, match=r"call fit\(model, background, target\)"):
        Learned()(series(), seed=0)


def test_a_generator_reads_values_less_the_baseline() -> None:
    batch = series()
    plain, shifted = (
        Learned(baseline=ConstantBaseline(value)).fresh(batch, seed=0)(one, seed=0)(0)
        for value, one in ((0.0, batch), (5.0, batch.with_x(batch.x + 5)))
    )
    assert torch.allclose(plain, shifted, atol=1e-5)


@pytest.mark.parametrize("width", [0.0, -1.0, NAN])
def test_a_blur_without_width_is_refused(width: float) -> None:
    with pytest.raises(InputError, match=r"^width must be above 0 steps"):
        Blur(width)
