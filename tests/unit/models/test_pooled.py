"""Pooling of states over steps: learned weights keep to the steps that exist, and networks with them to their laws."""

import math

import pytest
import torch

from aition import from_events, from_tensors
from aition.core.errors import InputError
from aition.models import AttentionPool, MeasuredGRU, create, fit, load_model, save_model
from aition.models.padding import last
from aition.models.pooled import LastState, pooling

THERE = torch.tensor([[True] * 5, [True, True, True, False, False], [True, False, False, False, False]])


def series(**changes):
    x = torch.randn(6, 5, 2, generator=torch.Generator().manual_seed(0))
    x[0, 1, 0] = x[3, :, 1] = torch.nan
    return from_tensors(x, layout="sample time feature", **({"lengths": [5, 5, 4, 3, 5, 1]} | changes))


def measured():
    return create("measured-attention", n_feature=2, n_class=3, n_hidden=8)


def test_the_pool_is_a_mean_weighed_by_a_softmax_of_additive_scores():
    pool, states = AttentionPool(4).requires_grad_(False), torch.randn(3, 5, 4)
    pooled = pool(states, THERE)
    for row in range(3):
        steps = [states[row, step] for step in range(5) if THERE[row, step]]
        scores = [
            sum(
                float(pool.score.weight[0, k]) * math.tanh(float(pool.project.weight[k] @ step + pool.project.bias[k]))
                for k in range(4)
            )
            for step in steps
        ]
        whole = sum(math.exp(score) for score in scores)
        mean = sum(math.exp(score) / whole * step for score, step in zip(scores, steps, strict=True))
        torch.testing.assert_close(pooled[row], mean)


def test_states_in_the_padding_are_not_pooled():
    pool, states = AttentionPool(4), torch.randn(3, 5, 4)
    other = torch.where(THERE[:, :, None], states, 7.0)
    assert torch.equal(pool(states, THERE), pool(other, THERE))


def test_equal_scores_pool_the_plain_mean():
    pool, states = AttentionPool(4), torch.randn(3, 5, 4)
    torch.nn.init.zeros_(pool.score.weight)
    torch.testing.assert_close(pool(states, THERE)[1], states[1, :3].mean(dim=0))


def test_the_last_state_is_that_of_the_last_existing_step():
    states = torch.randn(3, 5, 4)
    assert torch.equal(LastState()(states, THERE), last(states, THERE))


def test_an_unknown_pool_is_named():
    with pytest.raises(InputError, match="pool must be 'last' or 'attention', but is 'max'"):
        pooling("max", 4)  # type: ignore[arg-type]


def test_a_pool_of_the_last_state_adds_no_weights():
    assert set(MeasuredGRU(2, 3).state_dict()) == {
        "mean", "scale", "head.weight", "head.bias",
        *(f"recurrent.{name}_l0" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")),
    }  # fmt: skip


def test_the_side_of_the_padding_does_not_matter_to_measured_attention():
    right = series()
    left = torch.zeros_like(right.x)
    seen = torch.zeros_like(right.observed)
    for row, size in enumerate(right.lengths.tolist()):
        left[row, 5 - size :], seen[row, 5 - size :] = right.x[row, :size], right.observed[row, :size]
    other = from_tensors(left, layout="sample time feature", observed=seen, lengths=right.lengths, side="left")
    torch.testing.assert_close(measured()(right), measured()(other))


def test_measured_attention_learns_what_happened_early():
    x = torch.randn(120, 12, 2, generator=torch.Generator().manual_seed(1))
    label = (x[:, 1, 0] > 0).long()
    batch = from_tensors(x, layout="sample time feature", label=label)
    trained = fit(create("measured-attention", n_feature=2, n_class=2, n_hidden=8), batch, epochs=30, lr=0.02)
    assert float((trained.model(batch).argmax(dim=1) == label).float().mean()) > 0.9


def test_event_attention_reads_every_step():
    events = from_events([0, 0, 0], [0.5, 1.5, 2.5], ["a", "b", "a"], n_step=4)
    model = create("event-attention", n_code=2, n_class=2, n_hidden=6)
    x = events.x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(model(events.with_x(x))[:, 0].sum(), x)
    assert bool((slope != 0).all())


@pytest.mark.parametrize(
    ("name", "settings"),
    [("measured-attention", {"n_feature": 2, "n_class": 3}), ("event-attention", {"n_code": 4, "n_class": 3})],
)
def test_networks_with_attention_are_saved_and_loaded(name, settings, tmp_path):
    model = create(name, **settings)
    save_model(model, tmp_path / "m.safetensors", builder=name, settings=settings)
    again = load_model(tmp_path / "m.safetensors").module.state_dict()
    assert all(torch.equal(again[key], value) for key, value in model.module.state_dict().items())
