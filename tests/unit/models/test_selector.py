"""Selectors: padding, units and what comes later change nothing where they must not."""

import pytest
import torch

from aition import Batch, from_tensors
from aition.core.errors import InputError
from aition.models.selector import (
    AttentionSelector,
    ConvolutionalSelector,
    DenseSelector,
    RecurrentSelector,
    selector_of,
)

BODIES = [DenseSelector((8,)), ConvolutionalSelector((6, 6)), RecurrentSelector(6), AttentionSelector(8, 2, 1)]
CAUSAL = [
    ConvolutionalSelector((6, 6), 4, causal=True),
    RecurrentSelector(6, causal=True),
    AttentionSelector(8, 2, 1, causal=True),
]


def series(n_time: int = 7, *, side: str = "right", fill: float = 0.0) -> Batch:
    random = torch.Generator().manual_seed(2)
    x = torch.randn(5, n_time, 3, generator=random, dtype=torch.float64) * 4 + 10
    static = torch.randn(5, 2, generator=random, dtype=torch.float64)
    return from_tensors(x, layout="sample time feature", static=static)


def padded(batch: Batch, before: int, after: int) -> Batch:
    x = torch.nn.functional.pad(batch.x, (0, 0, before, after), value=99.0)
    exists = torch.nn.functional.pad(batch.exists, (before, after))
    return from_tensors(x, layout="sample time feature", exists=exists, static=batch.static)


def changed(batch: Batch, x: torch.Tensor) -> Batch:
    return from_tensors(x, layout="sample time feature", static=batch.static)


@pytest.mark.parametrize("body", BODIES + CAUSAL, ids=str)
def test_padding_on_either_side_changes_no_logit(body):
    batch = series()
    selector = selector_of(body, batch, seed=0)
    torch.testing.assert_close(selector(padded(batch, 2, 3))[:, 2:-3], selector(batch))


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_other_units_change_no_logit(body):
    batch = series()
    other = changed(batch, batch.x * torch.tensor([-3.0, 0.01, 40.0]) + torch.tensor([5.0, -2.0, 1e3]))
    signs = torch.tensor([-1.0, 1.0, 1.0])
    plain = changed(batch, (batch.x - batch.x.mean((0, 1))) * signs)
    torch.testing.assert_close(selector_of(body, other, seed=0)(other), selector_of(body, plain, seed=0)(plain))


@pytest.mark.parametrize("body", CAUSAL, ids=str)
def test_a_causal_selector_does_not_know_the_future(body):
    batch = series()
    later = batch.x.clone()
    later[:, 4:] = 0
    selector = selector_of(body, batch, seed=0)
    before, after = selector(batch), selector(changed(batch, later))
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_the_values_of_unobserved_cells_are_not_read(body):
    batch = series()
    x = batch.x.clone()
    x[0, 1, 2] = float("nan")
    one, other = (from_tensors(x, layout="sample time feature", static=batch.static, fill=fill) for fill in (0.0, 50.0))
    selector = selector_of(body, one, seed=0)
    torch.testing.assert_close(selector(one), selector(other))


def test_weights_hang_on_the_seed_alone():
    batch = series()
    torch.manual_seed(0)
    first = selector_of(RecurrentSelector(6), batch, seed=3)(batch)
    torch.manual_seed(1)
    assert torch.equal(first, selector_of(RecurrentSelector(6), batch, seed=3)(batch))


def test_a_dense_selector_refuses_series_longer_than_those_of_training():
    selector = selector_of(DenseSelector((8,)), series(5), seed=0)
    with pytest.raises(InputError, match="at most the 5 steps"):
        selector(series(6))


def test_a_kernel_that_looks_both_ways_is_odd():
    with pytest.raises(InputError, match="odd unless causal"):
        ConvolutionalSelector(kernel=4)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: AttentionSelector(n_hidden=50), "n_hidden must be even and a multiple of n_head=4, but is 50"),
        (lambda: AttentionSelector(n_hidden=9, n_head=3), "n_hidden must be even and a multiple of n_head=3, but is 9"),
        (lambda: RecurrentSelector(0), "n_hidden must be a whole number, 1 or more, but is 0"),
        (lambda: DenseSelector((8, 0)), "hidden must be whole numbers, 1 or more, but holds 0"),
        (lambda: ConvolutionalSelector((-1,)), "channels must be whole numbers, 1 or more, but holds -1"),
        (lambda: ConvolutionalSelector(8), r"channels must be whole numbers, one for each layer, such as \(8,\)"),
        (lambda: ConvolutionalSelector(kernel=5.0), "kernel must be a whole number, 1 or more, but is 5.0"),
    ],
)
def test_sizes_that_no_layer_can_have_are_refused(made, words):
    with pytest.raises(InputError, match=words):
        made()
