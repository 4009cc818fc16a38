"""Attention against slow versions written from the papers, and torch's own attention."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from aition import Target, TorchModel, explain, from_tensors
from aition.methods import Attention
from aition.methods.attention.flow import Layer, mean_weights, relevance, rollout, shift
from aition.methods.attention.watch import softmax_of, watching

N_SAMPLE, N_TIME = 3, 5


class SelfAttention(nn.Module):
    """One head or several, written out, with a change of its weights that is 0 but for finite differences."""

    def __init__(self, size: int, n_head: int) -> None:
        super().__init__()
        self.n_head = n_head
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.change: Tensor = torch.zeros(1, 1, N_TIME, N_TIME)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (
            part(x).unflatten(2, (self.n_head, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])
        weights = nn.functional.softmax(scores, dim=-1) + self.change.to(x)
        return x + (weights @ value).transpose(1, 2).flatten(2)


class Layered(nn.Module):
    def __init__(self, n_head: int = 2, n_layer: int = 2) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(SelfAttention(4, n_head) for _ in range(n_layer)))
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.layers(x)).mean(dim=1))


def asked(explainer: Attention, module: nn.Module, x: Tensor, target: Target) -> np.ndarray:
    batch = from_tensors(x, layout="sample time feature")
    return explain(explainer, TorchModel(module), batch, target, progress="off")["attention"].values


def weights_by_hand(layer: SelfAttention, x: Tensor) -> Tensor:
    """The softmax of one layer, ``[sample, head, query, token]``, number by number."""
    query, key = (part(x).unflatten(2, (layer.n_head, -1)).detach() for part in (layer.query, layer.key))
    whole = torch.zeros(len(x), layer.n_head, N_TIME, N_TIME, dtype=x.dtype)
    for sample, head, step in itertools.product(range(len(x)), range(layer.n_head), range(N_TIME)):
        scores = [
            sum(float(q) * float(k) for q, k in zip(query[sample, step, head], key[sample, other, head], strict=True))
            / math.sqrt(query.shape[3])
            for other in range(N_TIME)
        ]
        total = sum(math.exp(score) for score in scores)
        whole[sample, head, step] = torch.tensor([math.exp(score) / total for score in scores])
    return whole


def slope_by_hand(module: Layered, which: int, x: Tensor, target: int, place: tuple[int, int, int]) -> Tensor:
    """What a small change of one attention weight does to the asked output of each sample, ``[sample]``."""
    layer, head, query, token = module.layers[which], *place
    moved = []
    for size in (1e-4, -1e-4):
        layer.change = torch.zeros(1, layer.n_head, N_TIME, N_TIME, dtype=x.dtype)
        layer.change[0, head, query, token] = size
        moved.append(module(x)[:, target].detach())
    layer.change = torch.zeros(1, 1, N_TIME, N_TIME)
    return (moved[0] - moved[1]) / 2e-4


def made(n_head: int = 2, n_layer: int = 2) -> tuple[Layered, Tensor]:
    return Layered(n_head, n_layer).double(), torch.randn(N_SAMPLE, N_TIME, 4, dtype=torch.float64)


def test_weights_of_one_layer_are_those_computed_by_hand():
    module, x = made(n_layer=1)
    by_hand = weights_by_hand(module.layers[0], x).mean(dim=(1, 2))
    np.testing.assert_allclose(asked(Attention("weights"), module, x, Target.predicted()), by_hand, atol=1e-6)


def test_one_head_without_projections_has_the_softmax_of_the_values():
    module, x = made(n_head=1, n_layer=1)
    for part in (module.layers[0].query, module.layers[0].key, module.layers[0].value):
        nn.init.eye_(part.weight)
        nn.init.zeros_(part.bias)
    known = (x @ x.transpose(1, 2) / 2).softmax(dim=2)
    read = asked(Attention("weights", readout="last"), module, x, Target.predicted())
    np.testing.assert_allclose(read, known[:, -1], atol=1e-6)


def test_rollout_is_the_product_of_its_layers_number_by_number():
    module, x = made(n_layer=3)
    found = asked(Attention("rollout"), module, x, Target.predicted())
    state = x
    flows = [[[float(i == j) for j in range(N_TIME)] for i in range(N_TIME)] for _ in range(N_SAMPLE)]
    for layer in module.layers:
        weights = weights_by_hand(layer, state).mean(dim=1)
        state = layer(state)
        for sample in range(N_SAMPLE):
            half = [[0.5 * float(weights[sample, i, j]) + 0.5 * (i == j) for j in range(N_TIME)] for i in range(N_TIME)]
            flows[sample] = [
                [sum(half[i][k] * flows[sample][k][j] for k in range(N_TIME)) for j in range(N_TIME)]
                for i in range(N_TIME)
            ]
    np.testing.assert_allclose(found, np.array(flows).mean(axis=1), atol=1e-6)


def test_relevance_is_weights_times_slopes_by_finite_differences():
    module, x = made()
    found = asked(Attention("gradient"), module, x, Target.of_class(1))
    state = x
    flows = torch.eye(N_TIME, dtype=x.dtype).repeat(N_SAMPLE, 1, 1)
    for which, layer in enumerate(module.layers):
        weights = weights_by_hand(layer, state)
        state = layer(state)
        slopes = torch.zeros_like(weights)
        for head, query, token in itertools.product(range(2), range(N_TIME), range(N_TIME)):
            slopes[:, head, query, token] = slope_by_hand(module, which, x, 1, (head, query, token))
        moved = torch.zeros_like(flows)
        for sample, i, j in itertools.product(range(N_SAMPLE), range(N_TIME), range(N_TIME)):
            for k in range(N_TIME):
                share = sum(max(float(weights[sample, h, i, k] * slopes[sample, h, i, k]), 0) for h in range(2)) / 2
                moved[sample, i, j] += share * flows[sample, k, j]
        flows = flows + moved
    by_hand = (flows - torch.eye(N_TIME)).mean(dim=1)
    np.testing.assert_allclose(found, by_hand, atol=1e-6)


def test_a_shift_is_the_slope_of_what_goes_into_the_softmax():
    scores, states = torch.randn(2, 1, 1, 5, requires_grad=True), torch.randn(5)
    weight = scores.softmax(dim=3)
    (slope,) = torch.autograd.grad(torch.sin(weight @ states).sum(), weight, retain_graph=True)
    (before,) = torch.autograd.grad(torch.sin(weight @ states).sum(), scores)
    found = shift([Layer(weight.detach(), slope, pools=True)], torch.ones(2, 5))
    torch.testing.assert_close(found, before[:, 0, 0].clamp(min=0))


def test_what_all_slopes_have_in_common_shifts_nothing():
    weight, read = torch.rand(2, 3, 4, 4).softmax(dim=3), torch.full((2, 4), 0.25)
    slope = torch.randn(2, 3, 4, 4)
    one, other = (shift([Layer(weight, slope + more, pools=False)], read) for more in (0.0, -5.0))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_a_pool_reads_off_what_layers_before_it_mixed():
    weight, pool = torch.rand(2, 1, 4, 4).softmax(dim=3), torch.rand(2, 1, 1, 4).softmax(dim=3)
    layers = [Layer(weight, torch.ones_like(weight), pools=False), Layer(pool, torch.ones_like(pool), pools=True)]
    read = torch.full((2, 4), torch.nan)
    torch.testing.assert_close(rollout(layers, read), (pool[:, 0] @ (weight[:, 0] + torch.eye(4)))[:, 0] / 2)
    torch.testing.assert_close(relevance(layers, read), (pool[:, 0] @ (weight[:, 0] + torch.eye(4)))[:, 0])
    torch.testing.assert_close(mean_weights(layers, read), pool[:, 0, 0])


ANY = torch.tensor([True, False, True, True, False])
MASKS = {
    "none": {},
    "causal": {"is_causal": True},
    "kept keys": {"attn_mask": ANY[None, None, None]},
    "added": {"attn_mask": torch.linspace(-2, 2, 25).reshape(5, 5)},
    "a query without keys": {"attn_mask": torch.eye(5)[None, None].roll(1, 2).bool() & ANY},
    "scale": {"scale": 0.3},
}


@pytest.mark.parametrize("name", MASKS)
def test_attention_that_is_watched_answers_as_torch_does(name: str):
    query, key, value = (torch.randn(2, 3, 5, 4) for _ in range(3))

    class Calls(nn.Module):
        def forward(self) -> Tensor:
            return functional.scaled_dot_product_attention(query, key, value, **MASKS[name])

    plain = Calls()()
    with watching(Calls(), ()) as watch:
        torch.testing.assert_close(functional.scaled_dot_product_attention(query, key, value, **MASKS[name]), plain)
    torch.testing.assert_close(watch.found[0].value @ value, plain)


def test_grouped_queries_answer_as_torch_does():
    query, key, value = torch.randn(2, 4, 5, 4), torch.randn(2, 2, 5, 4), torch.randn(2, 2, 5, 4)
    plain = functional.scaled_dot_product_attention(query, key, value, enable_gqa=True)
    with watching(nn.Identity(), ()):
        found = functional.scaled_dot_product_attention(query, key, value, enable_gqa=True)
    torch.testing.assert_close(found, plain)


def test_a_query_without_keys_attends_to_nothing_and_has_finite_slopes():
    scores = torch.randn(2, 3, requires_grad=True)
    weights = softmax_of(scores, torch.tensor([[True, True, True], [False, False, False]]), causal=False)
    (slope,) = torch.autograd.grad(weights[:, 0].sum(), scores)
    assert weights[1].tolist() == [0, 0, 0]
    assert bool(torch.isfinite(slope).all())


@pytest.mark.parametrize("further", [{}, {"need_weights": False}, {"average_attn_weights": False}])
def test_weights_of_torchs_own_layer_are_those_that_it_answers(further: dict[str, bool]):
    layer, x = nn.MultiheadAttention(8, 2, batch_first=True).eval(), torch.randn(3, 5, 8)
    padded = torch.tensor([[False] * 5, [False] * 3 + [True] * 2, [True, False, False, False, False]])
    with torch.no_grad():
        outputs, weights = layer(x, x, x, key_padding_mask=padded, average_attn_weights=False)
        with watching(layer, ()) as watch:
            seen, _ = layer(x, x, x, key_padding_mask=padded, **further)
    torch.testing.assert_close(seen, outputs)
    torch.testing.assert_close(watch.found[0].value.reshape(weights.shape), weights)
