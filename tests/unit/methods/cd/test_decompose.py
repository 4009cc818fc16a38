"""decompose(): what it takes, what it leaves as it was, operations without a rule, writes in place, and refusals."""

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Field, TorchModel, from_series, from_tensors
from aition.core.errors import AitionWarning, InputError, RefusalError
from aition.impute.baseline import ConstantBaseline
from aition.methods.cd import SETS, decompose, decompose_signals

N_TIME, N_FEATURE = 5, 2


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(31)


def series() -> Batch:
    return from_tensors(torch.randn(3, N_TIME, N_FEATURE, dtype=torch.float64))


def groups(n_group: int = 2) -> Tensor:
    return torch.rand(n_group, N_TIME, N_FEATURE) > 0.5


def function(forward: Callable[[Tensor], Tensor]) -> TorchModel:
    """A model without weights."""
    return TorchModel(nn.Identity(), lambda module, batch: forward(module(batch.x)))


def network() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(N_TIME * N_FEATURE, 6), nn.GELU(), nn.Linear(6, 2)).double()


@pytest.mark.parametrize("rules", SETS)
def test_groups_and_samples_in_pieces_are_as_all_at_once(rules: str) -> None:
    module, batch = network(), series()
    own = torch.rand(7, 3, N_TIME, N_FEATURE) > 0.5

    def halved(batch: Batch) -> Batch:
        return batch.with_x(batch.x / 2)

    whole = decompose(TorchModel(module), batch, own, rules=rules, baseline=halved)
    for rows in (1, 9, 24):
        pieces = decompose(TorchModel(module, rows=rows), batch, own, rules=rules, baseline=halved)
        torch.testing.assert_close(pieces.total, whole.total)
        torch.testing.assert_close(pieces.relevant, whole.relevant)
        torch.testing.assert_close(pieces.constants, whole.constants)


@pytest.mark.parametrize(("rules", "copies"), [("acd", 3), ("gcd", 6)])
def test_no_more_rows_go_through_at_once_than_the_model_takes(rules: str, copies: int) -> None:
    seen = []

    def counted(x: Tensor) -> Tensor:
        seen.append(x.relevant.shape[:2].numel())  # type: ignore[attr-defined]
        return x.tanh().sum(dim=(1, 2))

    batch = from_tensors(torch.randn(10, N_TIME, N_FEATURE))
    model = TorchModel(nn.Identity(), lambda module, b: counted(module(b.x)), rows=24)
    decompose(model, batch, groups(7), rules=rules)
    assert max(seen) * copies <= 24
    assert sum(seen) == 70


def test_samples_have_groups_of_their_own() -> None:
    model, batch = TorchModel(network()), series()
    own = torch.rand(2, 3, N_TIME, N_FEATURE) > 0.5
    found = decompose(model, batch, own)
    for sample in range(3):
        alone = decompose(model, batch.take([sample]), own[:, sample])
        torch.testing.assert_close(alone.relevant[:, 0], found.relevant[:, sample])


def test_padding_belongs_to_no_group() -> None:
    batch = from_series([torch.randn(4, 2), torch.randn(2, 2)])
    model = TorchModel(nn.Identity(), lambda m, b: (m(b.x) + 1).sum(dim=(1, 2)))
    found = decompose(model, batch, torch.ones(1, 4, 2, dtype=torch.bool), rules="gcd")
    torch.testing.assert_close(found.relevant[0], (batch.x * batch.exists[:, :, None]).sum(dim=(1, 2)))


def test_constants_under_a_baseline_are_what_the_network_says_of_it() -> None:
    module, batch = network(), series()
    found = decompose(TorchModel(module), batch, groups(), rules="shapley", baseline=ConstantBaseline(0.7))
    said = module(torch.full_like(batch.x, 0.7))
    torch.testing.assert_close(found.constants, said.expand_as(found.constants))


def test_a_cell_at_its_baseline_is_not_relevant() -> None:
    batch = from_tensors(torch.full((1, N_TIME, N_FEATURE), 0.7, dtype=torch.float64))
    found = decompose(TorchModel(network()), batch, groups(), baseline=ConstantBaseline(0.7))
    assert float(found.relevant.abs().max().detach()) == 0


def test_of_signals_that_are_not_named_the_cells_are_constants() -> None:
    batch = from_tensors(
        torch.randn(3, N_TIME, N_FEATURE),
        layout="sample time feature",
        fields={"level": Field(torch.randn(3, N_TIME), "signal", ("sample", "time"))},
    )
    model = TorchModel(nn.Identity(), lambda m, b: m(b.x).sum(dim=(1, 2)) + 3 * b["level"].sum(dim=1))
    everything = torch.ones(1, N_TIME, N_FEATURE, dtype=torch.bool)
    found = decompose_signals(model, batch, {"x": everything}, rules="gcd")
    torch.testing.assert_close(found.relevant[0], batch.x.sum(dim=(1, 2)))
    torch.testing.assert_close(found.constants[0], 3 * batch["level"].sum(dim=1))
    of_level = decompose_signals(model, batch, {"level": everything[:, :, 0]}, rules="gcd")
    torch.testing.assert_close(of_level.relevant[0], 3 * batch["level"].sum(dim=1))


def test_the_model_is_left_as_it_was_found() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(10, 6), nn.BatchNorm1d(6), nn.Linear(6, 2)).double()
    module[3].eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    batch, own = series(), groups()
    modes, state = [part.training for part in module.modules()], torch.get_rng_state()
    decompose(TorchModel(module), batch, own)
    assert [part.training for part in module.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in module.parameters())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


def test_modes_are_put_back_when_the_model_fails() -> None:
    def broken(module: nn.Module, batch: Batch) -> Tensor:
        raise ValueError("broken")

    module = network().train()
    with pytest.raises(ValueError, match="broken"):
        decompose(TorchModel(module, broken), series(), groups())
    assert all(part.training for part in module.modules())


def test_gradients_flow_to_the_series() -> None:
    batch = series()
    x = batch.x.requires_grad_()
    model = function(lambda value: (value**2).sum(dim=(1, 2)))
    own = groups(1)
    decompose(model, batch, own, rules="murdoch").relevant.sum().backward()
    torch.testing.assert_close(x.grad, 2 * x.detach() * own)


def test_an_operation_without_a_rule_is_named_once_and_split_evenly() -> None:
    batch, own, f = series(), groups(3), torch.special.bessel_j0
    with pytest.warns(AitionWarning, match="special_bessel_j0: an even split") as told:
        found = decompose(function(lambda x: f(f(x)).sum(dim=(1, 2))), batch, own)
    assert len(told) == 1
    part, rest = batch.x * own[:, None], batch.x * ~own[:, None]
    one = f(torch.zeros((), dtype=torch.float64))
    first = (f(part) - one + f(batch.x) - f(rest)) / 2
    second = (f(one + first) - f(one) + f(f(batch.x)) - f(f(batch.x) - first)) / 2
    torch.testing.assert_close(found.relevant, second.sum(dim=(2, 3)))
    torch.testing.assert_close(found.constants, (f(one) * N_TIME * N_FEATURE).expand(3, 3))


def test_an_operation_without_a_rule_is_refused_if_asked_strictly() -> None:
    model = function(lambda x: torch.special.bessel_j0(x).sum(dim=(1, 2)))
    with pytest.raises(RefusalError, match=r"no rule for .*bessel_j0"):
        decompose(model, series(), groups(), strict=True)


def test_numbers_that_leave_the_decomposition_are_named() -> None:
    model = function(lambda x: x.sum(dim=(1, 2)) * float(x.abs().max()))
    with pytest.warns(AitionWarning, match="counts as a constant"):
        decompose(model, series(), groups())
    with pytest.raises(RefusalError, match="no rule for"):
        decompose(model, series(), groups(), strict=True)


WINDOW = torch.hann_window(4, dtype=torch.float64)
ONES = torch.ones(3, 2, 2, dtype=torch.float64)
OPERATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "some steps": lambda x: x[:, torch.tensor([True, False, True, True, False])],
    "picked by a mask": lambda x: torch.masked_select(x, torch.ones_like(x).bool()).reshape(x.shape),
    "there and back": lambda x: torch.istft(
        torch.stft(x[:, :, 0], 4, window=WINDOW, return_complex=True), 4, window=WINDOW, length=N_TIME
    ),
    "magnitudes": lambda x: torch.stft(x[:, :, 0], 4, window=WINDOW, return_complex=True).abs(),
    "finer": lambda x: nn.functional.interpolate(x.mT, scale_factor=2, mode="linear"),
    "transposed": lambda x: nn.functional.conv_transpose1d(x.mT, ONES[:2], torch.ones(2, dtype=x.dtype)),
    "bilinear": lambda x: nn.functional.bilinear(x[:, 0], x[:, 1], ONES, torch.ones(3, dtype=x.dtype)),
    "running products": lambda x: x.cumprod(dim=1),
    "prelu": lambda x: nn.functional.prelu(x, torch.tensor([0.2], dtype=x.dtype)),
    "deviation": lambda x: x.std(dim=1),
    "root mean square": lambda x: nn.functional.rms_norm(x, (2,)),
    "largest": lambda x: x.topk(2, dim=1).values,
    "log of sums": lambda x: torch.logsumexp(x, dim=1),
    "by letters": lambda x: torch.einsum("bti,btj->bij", x, x),
    "between": lambda x: torch.lerp(x[:, 0], x[:, 1], x[:, 2]),
    "root": lambda x: (x.abs() + 1).pow(0.5),
    "quotient": lambda x: 3 / (x.square() + 1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_group_all_others_and_constants_add_up_behind_any_operation(name: str) -> None:
    model = function(lambda x: OPERATIONS[name](x).flatten(1).sum(dim=1))
    batch, own = series(), groups()
    found, others = (decompose(model, batch, some, rules="shapley", strict=True) for some in (own, ~own))
    torch.testing.assert_close(found.total, model(batch))
    torch.testing.assert_close(found.relevant + others.relevant + found.constants, found.total.expand(2, 3))
    assert float(found.relevant.abs().max()) > 1e-3


def written_by_slices(x: Tensor) -> Tensor:
    out = x.new_zeros(x.shape)
    out[:, 0] = x[:, 0]
    for step in range(1, N_TIME):
        out[:, step] = 0.5 * out[:, step - 1] + x[:, step]
    return out.sum(dim=(1, 2))


def read_by_views(x: Tensor) -> Tensor:
    copy = x.clone()
    view = copy.transpose(1, 2)[:, 0]
    copy *= 3
    view.add_(x[:, :1, 0])
    return copy.sum(dim=(1, 2)) + view.sum(dim=1)


def added_at_places(x: Tensor) -> Tensor:
    at = torch.arange(N_TIME) % 2
    return torch.zeros(3, 2, N_FEATURE, dtype=x.dtype).index_add(1, at, x)[:, 1].sum(dim=1)


@pytest.mark.parametrize("forward", [written_by_slices, read_by_views, added_at_places])
def test_of_linear_writes_a_group_has_what_they_make_of_its_cells(forward: Callable[[Tensor], Tensor]) -> None:
    batch, own = series(), groups(4)
    found = decompose(function(forward), batch, own, strict=True)
    torch.testing.assert_close(found.total, forward(batch.x))
    for row, group in enumerate(own):
        torch.testing.assert_close(found.relevant[row], forward(batch.x * group))


def prepended(x: Tensor) -> Tensor:
    return x[:, 1:].diff(dim=1, prepend=x[:, :1] * 3, append=torch.full_like(x[:, :1], 5.0))


def prepended_to_a_constant(x: Tensor) -> Tensor:
    return torch.diff(torch.full_like(x, 5.0).detach(), 2, 1, x[:, :2])


def scattered_number(x: Tensor) -> Tensor:
    return x.scatter(1, torch.zeros(3, 1, N_FEATURE, dtype=torch.int64), 5.0)


def scattered_named_number(x: Tensor) -> Tensor:
    return torch.scatter(x, dim=1, index=torch.ones(3, 2, N_FEATURE, dtype=torch.int64), value=5)


def scattered_in_place(x: Tensor) -> Tensor:
    return x.clone().scatter_(1, torch.zeros(3, 1, N_FEATURE, dtype=torch.int64), 5.0)


AFFINE = [
    prepended,
    prepended_to_a_constant,
    scattered_number,
    scattered_named_number,
    scattered_in_place,
]


@pytest.mark.parametrize("forward", AFFINE)
def test_of_constants_that_are_put_into_a_tensor_no_group_has_any(forward: Callable[[Tensor], Tensor]) -> None:
    batch = series()
    own = torch.cat([groups(2), torch.zeros(1, N_TIME, N_FEATURE).bool()])
    found = decompose(function(forward), batch, own, strict=True)
    nothing = forward(torch.zeros_like(batch.x))
    torch.testing.assert_close(found.total, forward(batch.x))
    torch.testing.assert_close(found.constants, nothing.expand_as(found.constants))
    for row, group in enumerate(own):
        torch.testing.assert_close(found.relevant[row], forward(batch.x * group) - nothing)


def test_what_is_scattered_and_reduced_is_split_evenly_with_a_warning() -> None:
    batch, own, at = series(), groups(), torch.zeros(3, 1, N_FEATURE, dtype=torch.int64)
    model = function(lambda x: x.scatter(1, at, 5.0, reduce="multiply").sum(dim=(1, 2)))
    with pytest.warns(AitionWarning, match="scatter: an even split"):
        found = decompose(model, batch, own)
    scale = torch.ones(N_TIME, 1, dtype=torch.float64).index_fill(0, torch.tensor([0]), 5.0)
    for row, group in enumerate(own):
        torch.testing.assert_close(found.relevant[row], (batch.x * group * scale).sum(dim=(1, 2)))
    with pytest.raises(RefusalError, match=r"no rule for .*scatter"):
        decompose(model, batch, own, strict=True)


@pytest.mark.parametrize("rules", SETS)
def test_numbers_that_are_added_are_as_precise_as_the_series(rules: str) -> None:
    batch, own = series(), groups()
    found = decompose(function(lambda x: (x + 0.1) - 0.7), batch, own, rules=rules, strict=True)
    total = (batch.x + 0.1) - 0.7
    torch.testing.assert_close(found.total, total, atol=1e-15, rtol=0)
    wanted = (total if SETS[rules].bias == "shared" else batch.x) * own[:, None]
    torch.testing.assert_close(found.relevant, wanted, atol=1e-14, rtol=0)


def test_bags_of_weighted_ids_are_sums_of_their_rows() -> None:
    bag = nn.EmbeddingBag(7, 4, mode="sum").double()
    ids, own = torch.randint(7, (3, N_TIME)), groups()
    model = TorchModel(bag, lambda m, b: m(ids, per_sample_weights=b.x[:, :, 0]))
    batch = series()
    found = decompose(model, batch, own, strict=True)
    for row, group in enumerate(own):
        wanted = (bag.weight[ids] * (batch.x * group)[:, :, :1]).sum(dim=1)
        torch.testing.assert_close(found.relevant[row], wanted)


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda x: nn.functional.dropout(x, 0.5).sum(dim=(1, 2)), "training=self.training"),
        (lambda x: nn.functional.batch_norm(x, None, None, training=True).sum(dim=(1, 2)), "running statistics"),
        (lambda x: torch.add(x, x, out=torch.empty_like(x)).sum(dim=(1, 2)), "out="),
        (lambda x: torch.ones(3) * 2, "do not depend on the batch"),
    ],
    ids=["dropout", "batch statistics", "out", "constant"],
)
def test_what_cannot_be_decomposed_is_refused(forward: Callable[[Tensor], Tensor], said: str) -> None:
    with pytest.raises(RefusalError, match=said):
        decompose(function(forward), series(), groups())


def test_writes_into_a_buffer_are_refused() -> None:
    buffer = torch.ones(3, N_TIME, N_FEATURE, dtype=torch.float64)
    with pytest.raises(RefusalError, match="ordinary tensor"):
        decompose(function(lambda x: buffer.mul_(x).sum(dim=(1, 2))), series(), groups())


@pytest.mark.parametrize(
    ("membership", "said"),
    [
        (torch.ones(2, N_TIME, N_FEATURE), "must be bool"),
        (torch.ones(2, N_TIME, 3, dtype=torch.bool), r"\[group, time=5, feature=2\]"),
        (torch.ones(2, 4, N_TIME, N_FEATURE, dtype=torch.bool), r"sample=3"),
        (torch.ones(0, N_TIME, N_FEATURE, dtype=torch.bool), "one group or more"),
    ],
    ids=["numbers", "features", "samples", "none"],
)
def test_a_membership_that_does_not_fit_is_told(membership: Tensor, said: str) -> None:
    with pytest.raises(InputError, match=said):
        decompose(TorchModel(network()), series(), membership)


def test_rules_and_signals_that_there_are_not_are_told() -> None:
    model, batch = TorchModel(network()), series()
    with pytest.raises(InputError, match="acd, cdt, gcd, murdoch, shapley"):
        decompose(model, batch, groups(), rules="lrp")
    with pytest.raises(InputError, match="no signal 'level'"):
        decompose_signals(model, batch, {"level": groups()})


def test_nothing_is_said_of_a_network_whose_operations_all_have_rules() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decompose(TorchModel(network()), series(), groups())
