"""Rules of single operations: bounds, powers, masks, gates as they are written, choices, and what has no rule."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aition import Batch, TorchModel, from_tensors
from aition.core.errors import AitionWarning, RefusalError
from aition.methods.cd import SETS, Decomposition, decompose

N_SAMPLE, N_TIME, N_FEATURE, N_UNIT = 3, 5, 2, 4


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(41)


def series() -> Batch:
    return from_tensors(torch.randn(N_SAMPLE, N_TIME, N_FEATURE, dtype=torch.float64))


def groups(n_group: int = 2) -> Tensor:
    return torch.rand(n_group, N_TIME, N_FEATURE) > 0.5


def split(
    forward: Callable[[Tensor], Tensor], batch: Batch, own: Tensor, rules: str = "shapley", *, strict: bool = True
) -> Decomposition:
    """Parts of what a function without weights answers."""
    model = TorchModel(nn.Identity(), lambda module, b: forward(module(b.x)))
    return decompose(model, batch, own, rules=rules, strict=strict)


def even(function: Callable[[Tensor], Tensor], x: Tensor, own: Tensor) -> Tensor:
    """The mean of what cells add to nothing and to all others."""
    zero = torch.zeros_like(x)
    return (function(x * own) - function(zero) + function(x) - function(x * ~own)) / 2


LEAST, MOST = torch.tensor([-0.4, 0.2], dtype=torch.float64), torch.tensor([0.3, 0.9], dtype=torch.float64)
OF_ONE_VALUE: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "bounds for each feature": (
        lambda x: x.clamp(LEAST, MOST),
        lambda x: torch.maximum(torch.minimum(x, MOST), LEAST),
    ),
    "bounds by name": (lambda x: torch.clip(x, max=MOST), lambda x: torch.minimum(x, MOST)),
    "bounds that widen": (
        lambda x: x[:, :1].clamp_min(LEAST * torch.ones(N_TIME, 1, dtype=torch.float64)),
        lambda x: torch.maximum(x[:, :1], LEAST).expand(-1, N_TIME, -1),
    ),
    "a tensor as exponent": (lambda x: x ** torch.tensor(2), lambda x: x * x),
    "a number to a power": (lambda x: 2**x, lambda x: torch.exp(x * math.log(2))),
    "a tensor to a power": (lambda x: torch.pow(MOST, x), lambda x: torch.exp(x * MOST.log())),
}


@pytest.mark.parametrize("name", OF_ONE_VALUE)
def test_a_function_of_each_value_is_split_as_its_formula(name: str) -> None:
    given, formula = OF_ONE_VALUE[name]
    batch, own = series(), groups(1)
    found = split(given, batch, own)
    torch.testing.assert_close(found.total, formula(batch.x))
    torch.testing.assert_close(found.relevant[0], even(formula, batch.x, own[0]))
    torch.testing.assert_close(found.constants[0], formula(torch.zeros_like(batch.x)))


@pytest.mark.parametrize("rules", SETS)
def test_bounds_made_of_the_sample_keep_their_parts_where_they_hold(rules: str) -> None:
    batch, own = series(), groups(3)
    found = split(lambda x: x.clamp(min=x[:, :1], max=x.new_tensor(0.8)), batch, own, rules)
    part = batch.x * own[:, None]
    least = batch.x[:, :1].expand_as(batch.x)
    wanted = torch.where(batch.x >= least, part, part[:, :, :1].expand_as(part)) * (least.maximum(batch.x) <= 0.8)
    torch.testing.assert_close(found.relevant, wanted)


@pytest.mark.parametrize("way", ["median", "nanmedian"])
def test_a_median_of_all_values_is_relevant_to_whose_it_is(way: str) -> None:
    batch = series().take([0])
    own = torch.stack([batch.x[0] == batch.x.median(), batch.x[0] > batch.x.median()])
    found = split(lambda x: getattr(x, way)().reshape(1), batch, own)
    assert found.relevant[:, 0].tolist() == [float(batch.x.median()), 0.0]


@pytest.mark.parametrize(
    ("forward", "name"),
    [
        (lambda x: torch.div(x, 2, rounding_mode="floor"), "div"),
        (lambda x: (x.abs() + 1) ** x, "pow"),
        (lambda x: x // 2, "floordiv"),
        (lambda x: F.prelu(x, x[0, 0, :1]), "prelu"),
        (lambda x: torch.stft(x[:, :, 0], 4, window=x[0, :4, 1], return_complex=True).abs(), "stft"),
    ],
)
def test_what_is_not_split_by_a_rule_is_named(forward: Callable[[Tensor], Tensor], name: str) -> None:
    with pytest.raises(RefusalError, match=f"no rule for .*{name}"):
        split(forward, series(), groups())
    with pytest.warns(AitionWarning, match=f"{name}.*: an even split"):
        split(forward, series(), groups(), strict=False)


def test_what_acd_says_of_three_factors_is_what_it_says_of_two_and_one() -> None:
    batch, own = series(), groups(4)
    whole = split(lambda x: torch.einsum("bi,bi,bi->b", x[:, 0] + 1, x[:, 1], x[:, 2]), batch, own, "acd")
    pairs = split(lambda x: ((x[:, 0] + 1) * x[:, 1] * x[:, 2]).sum(dim=1), batch, own, "acd")
    torch.testing.assert_close(whole.relevant, pairs.relevant)


def test_masks_of_one_sample_leave_how_others_are_split() -> None:
    batch, own = series(), groups()
    masked = torch.zeros(N_SAMPLE, N_TIME, N_FEATURE, dtype=torch.bool)
    masked[0, 1:3] = True
    found = split(lambda x: (x + 0.7).masked_fill(masked, -math.inf).tanh(), batch, own, "gcd")
    free = split(lambda x: (x + 0.7).tanh(), batch, own, "gcd")
    torch.testing.assert_close(found.relevant[:, ~masked], free.relevant[:, ~masked])
    torch.testing.assert_close(found.constants[:, ~masked], free.constants[:, ~masked])
    assert not found.relevant[:, masked].any()


KEYS = torch.randn(1, N_TIME, N_FEATURE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_a_mask_of_numbers_that_the_sample_makes_has_parts_in_attention() -> None:
    batch, own = series(), groups(1)
    keys = KEYS.expand(N_SAMPLE, -1, -1)
    found = split(
        lambda x: F.scaled_dot_product_attention(keys, keys, keys, attn_mask=x @ x.new_ones(2, 5)), batch, own
    )
    scores = keys @ keys.mT / math.sqrt(N_FEATURE)
    wanted = even(lambda x: torch.softmax(scores + x.sum(dim=2, keepdim=True), dim=-1) @ keys, batch.x, own[0])
    torch.testing.assert_close(found.relevant[0], wanted)


def by_hand(x: Tensor, mask: Tensor) -> Tensor:
    return torch.softmax(x @ x.mT / math.sqrt(N_FEATURE) + mask, dim=-1) @ x


def by_torch(x: Tensor, mask: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(x, x, x, attn_mask=mask)


@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("attention", [by_hand, by_torch])
def test_masks_of_large_numbers_are_masks_of_infinity(attention: Callable[..., Tensor], rules: str) -> None:
    batch, own = series(), groups(3)
    later = torch.ones(N_TIME, N_TIME).triu(1).double()
    found = split(lambda x: attention(x, later * -1e9), batch, own, rules)
    wanted = split(lambda x: attention(x, torch.zeros_like(later).masked_fill(later > 0, -math.inf)), batch, own, rules)
    torch.testing.assert_close(found.relevant, wanted.relevant, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.constants, wanted.constants, atol=1e-6, rtol=0)


def test_masks_of_multi_head_attention_that_the_sample_makes_are_refused() -> None:
    layer = nn.MultiheadAttention(N_FEATURE, 1, batch_first=True).double()
    model = TorchModel(layer, lambda m, b: m(b.x, b.x, b.x, attn_mask=b.x[0] @ b.x[0].mT)[0])
    with pytest.raises(RefusalError, match="attn_mask made of numbers that depend on the sample"):
        decompose(model, series(), groups())


WRITINGS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "the rest first": lambda z, n, h: (1 - z) * n + z * h,
    "kept first": lambda z, n, h: h * z + n * (1.0 - z),
    "from the candidate": lambda z, n, h: n + z * (h - n),
    "from the state": lambda z, n, h: h + (-z + 1) * (n - h),
    "side by side": lambda z, n, h: (torch.stack([z, torch.ones_like(z) - z]) * torch.stack([h, n])).sum(dim=0),
    "written into": lambda z, n, h: h * z + n * written_rest(z),
}


def written_rest(z: Tensor) -> Tensor:
    rest = z.new_ones(z.shape)
    rest -= z
    return rest


def gru_by_formulas(cell: nn.GRUCell, writing: str) -> Callable[[nn.Module, Batch], Tensor]:
    """A GRU in a loop, its next state in one of several writings; its first state is a value, which gates scale."""
    by_input, by_state, one, two = (weight.detach() for weight in cell.parameters())

    def forward(_module: nn.Module, batch: Batch) -> Tensor:
        hidden = 0 * batch.x[:, 0, :1].expand(-1, N_UNIT)
        for step in range(N_TIME):
            new, old = batch.x[:, step] @ by_input.T, hidden @ by_state.T
            r, z = (new[:, : 2 * N_UNIT] + old[:, : 2 * N_UNIT] + (one + two)[: 2 * N_UNIT]).sigmoid().chunk(2, dim=1)
            n = (new[:, 2 * N_UNIT :] + one[2 * N_UNIT :] + (old[:, 2 * N_UNIT :] + two[2 * N_UNIT :]) * r).tanh()
            hidden = WRITINGS[writing](z, n, hidden)
        return hidden

    return forward


def gru(module: nn.Module, batch: Batch) -> Tensor:
    hidden = None
    for step in range(N_TIME):
        hidden = module(batch.x[:, step], hidden)
    assert hidden is not None
    return hidden


@pytest.mark.parametrize("rules", ["gcd", "cdt", "shapley"])
@pytest.mark.parametrize("writing", WRITINGS)
def test_a_gru_written_out_is_decomposed_as_torchs_own(writing: str, rules: str) -> None:
    cell, batch, own = nn.GRUCell(N_FEATURE, N_UNIT).double(), series(), groups(3)
    found = decompose(TorchModel(cell, gru_by_formulas(cell, writing)), batch, own, rules=rules, strict=True)
    wanted = decompose(TorchModel(cell, gru), batch, own, rules=rules, strict=True)
    torch.testing.assert_close(found.relevant, wanted.relevant, atol=1e-9, rtol=0)
    torch.testing.assert_close(found.constants, wanted.constants, atol=1e-9, rtol=0)


def test_writings_of_a_gru_agree_by_murdoch() -> None:
    cell, batch, own = nn.GRUCell(N_FEATURE, N_UNIT).double(), series(), groups(3)
    found = [
        decompose(TorchModel(cell, gru_by_formulas(cell, writing)), batch, own, rules="murdoch", strict=True).relevant
        for writing in WRITINGS
    ]
    for one in found[1:]:
        torch.testing.assert_close(one, found[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    "value",
    [
        lambda x: x.sigmoid() @ x.new_ones(2, 2),
        lambda x: x + x.sigmoid(),
        lambda x: x.sigmoid() + x,
        lambda x: torch.cat([x.sigmoid()[:, :3], x[:, 3:]], dim=1),
        lambda x: F.layer_norm(x.sigmoid(), (2,)),
    ],
    ids=["weighed", "gate behind", "gate before", "joined", "normed"],
)
def test_what_is_made_of_gates_and_values_scales_nothing(value: Callable[[Tensor], Tensor]) -> None:
    batch, own = series(), groups(3)
    found = split(lambda x: value(x) * x, batch, own, "gcd")
    made_of, x = split(value, batch, own, "gcd"), batch.x
    torch.testing.assert_close(found.relevant, (made_of.relevant * x + made_of.total * x * own[:, None]) / 2)


def test_norms_whose_weights_the_sample_makes_are_products() -> None:
    batch, own = series(), groups(3)
    found = split(lambda x: F.layer_norm(x, (2,), weight=x[0, 0]), batch, own)
    wanted = split(lambda x: F.layer_norm(x, (2,)) * x[0, 0], batch, own)
    torch.testing.assert_close(found.relevant, wanted.relevant)


def test_choices_are_held_which_is_said_once_a_run() -> None:
    batch, own = series(), groups(4)

    def chosen(x: Tensor) -> Tensor:
        return (x > 0).double() * x + F.one_hot(x.argmax(dim=2), N_FEATURE)

    model = TorchModel(nn.Identity(), lambda module, b: chosen(module(b.x)), rows=3)
    with pytest.warns(AitionWarning, match=r"chooses by .*gt: such choices are held") as told:
        found = decompose(model, batch, own, rules="shapley", strict=True)
    assert len(told) == 1
    torch.testing.assert_close(found.relevant, batch.x.relu() * own[:, None])
