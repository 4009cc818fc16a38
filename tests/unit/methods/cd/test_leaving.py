"""What leaves the operations of torch, or changes a tensor or the model, is followed, put back, or refused by name."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.dlpack import from_dlpack, to_dlpack

from aition import Batch, TorchModel, from_tensors
from aition.core.errors import RefusalError
from aition.methods.cd import decompose
from aition.methods.cd.parts import Course, factory_made, made
from aition.methods.cd.rules import dispatched
from aition.methods.cd.sets import SETS

N_TIME, N_FEATURE = 5, 2
WIDE = torch.tensor([[2.0, 3.0]], dtype=torch.float64)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(37)


def series() -> Batch:
    return from_tensors(torch.randn(3, N_TIME, N_FEATURE))


def groups() -> Tensor:
    return torch.rand(2, N_TIME, N_FEATURE) > 0.5


def function(forward: Callable[[Tensor], Tensor]) -> TorchModel:
    return TorchModel(nn.Identity(), lambda module, batch: forward(module(batch.x)).flatten(1).sum(dim=1))


def network() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(N_TIME * N_FEATURE, 4), nn.ReLU(), nn.Linear(4, 2)).eval()


def agree(model: TorchModel, other: TorchModel) -> None:
    """Two models have the same parts."""
    batch, own = series(), groups()
    found, wanted = (decompose(one, batch, own, strict=True) for one in (model, other))
    torch.testing.assert_close(found.relevant, wanted.relevant)
    torch.testing.assert_close(found.total, other(batch))


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: torch.vmap(torch.exp)(x) + x,
        lambda x: torch.tensor(x.unbind()[0]) * x,
        lambda x: from_dlpack(to_dlpack(x)) * x,
        lambda x: x.as_subclass(Tensor) * x,
        lambda x: torch.vmap(torch.exp)(x),
    ],
    ids=["vmap", "tensor", "dlpack", "subclass", "all by vmap"],
)
@pytest.mark.filterwarnings("ignore:To copy construct")
def test_a_value_that_goes_round_the_operations_is_told(forward: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(RefusalError, match=r"torch\.vmap and torch\.func, TorchScript"):
        decompose(function(forward), series(), groups())


def test_a_series_that_the_model_answers_with_no_number_is_no_such_value() -> None:
    model = function(lambda x: x.log())
    found = decompose(model, series(), groups())
    assert torch.equal(found.total.isnan(), model(series()).isnan())


def test_what_code_in_c_reads_of_parts_is_no_number_and_of_constants_their_value() -> None:
    course = Course(SETS["acd"], dispatched, 1, strict=True)
    parts = made(torch.ones(2), torch.ones(1, 2), torch.zeros(0, 2), course)
    own = factory_made(torch.zeros(2), course)
    own[0] = 3.0
    with torch._C.DisableTorchFunctionSubclass():
        assert bool(parts.isnan().all())
        assert own.tolist() == [3.0, 0.0]
    own[1:] = parts[1:]
    with torch._C.DisableTorchFunctionSubclass():
        assert bool(own.isnan().all())


@pytest.mark.parametrize("name", ["t_", "squeeze_"])
def test_what_changes_the_shape_of_a_tensor_itself_is_refused(name: str) -> None:
    with pytest.raises(RefusalError, match=r"_ changes a tensor that others may view.*make a new one"):
        decompose(function(lambda x: getattr(x[0].clone(), name)().expand(3, -1, -1)), series(), groups())


def test_data_cannot_be_exchanged() -> None:
    def exchanged(x: Tensor) -> Tensor:
        copy = x.clone()
        copy.data = 2 * x
        return copy

    with pytest.raises(RefusalError, match="data changes a tensor"):
        decompose(function(exchanged), series(), groups())


@pytest.mark.parametrize("strict", [True, False])
def test_an_unknown_write_in_place_is_refused(strict: bool) -> None:
    with pytest.raises(RefusalError, match=r"fill_diagonal_ writes in place by a rule that is not known"):
        decompose(
            function(lambda x: x[0].clone().fill_diagonal_(1.0).expand(3, -1, -1)), series(), groups(), strict=strict
        )


def test_unknown_writes_into_what_the_model_made_are_done() -> None:
    def own(x: Tensor) -> Tensor:
        weight = torch.zeros(2, 2)
        diagonal = weight.view(-1)
        weight.fill_diagonal_(3.0)
        mask = torch.zeros(x.shape, dtype=torch.bool)
        mask |= torch.arange(N_TIME)[:, None] > 1
        return (x @ weight + diagonal[0]) * mask

    agree(function(own), function(lambda x: (3 * x + 3) * (torch.arange(N_TIME)[:, None] > 1)))


@pytest.mark.parametrize("name", ["zeros_like", "new_zeros", "clone"])
def test_copies_of_ordinary_tensors_take_what_depends_on_the_sample(name: str) -> None:
    start = torch.zeros(3, N_TIME, N_FEATURE)
    makers = {
        "zeros_like": lambda: torch.zeros_like(start),
        "new_zeros": lambda: start.new_zeros(start.shape),
        "clone": lambda: start.clone(),
    }

    def filled(x: Tensor) -> Tensor:
        out = makers[name]()
        out[:, 1:] = 2 * x[:, 1:]
        return out

    agree(function(filled), function(lambda x: 2 * x * (torch.arange(N_TIME)[:, None] > 0)))
    assert not start.any()


def test_whole_numbers_do_not_take_what_depends_on_the_sample() -> None:
    def rounded(x: Tensor) -> Tensor:
        out = torch.zeros(3, N_FEATURE, dtype=torch.int64)
        out[:] = x[:, 0]
        return out.float()

    with pytest.raises(RefusalError, match=r"written into a tensor of torch\.int64"):
        decompose(function(rounded), series(), groups())


NAMED: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "add": (lambda x: torch.add(input=x, other=x.exp()), lambda x: x + x.exp()),
    "matmul": (lambda x: torch.matmul(input=x, other=x.mT), lambda x: x @ x.mT),
    "bmm": (lambda x: torch.bmm(input=x, mat2=x.mT), lambda x: x @ x.mT),
    "max": (lambda x: torch.max(input=x, dim=1).values, lambda x: x.max(dim=1).values),
    "log1p": (lambda x: torch.log1p(input=x.abs()), lambda x: x.abs().log1p()),
    "pow": (lambda x: torch.pow(input=x, exponent=2), lambda x: x**2),
    "div": (lambda x: torch.div(input=x, other=x.abs() + 1), lambda x: x / (x.abs() + 1)),
    "std": (lambda x: torch.std(input=x, dim=1), lambda x: x.std(dim=1)),
    "lerp": (lambda x: torch.lerp(input=x, end=x.exp(), weight=0.3), lambda x: torch.lerp(x, x.exp(), 0.3)),
    "addcmul": (lambda x: torch.addcmul(input=x, tensor1=x, tensor2=x), lambda x: x + x * x),
    "as numpy": (lambda x: x - x.amax(axis=1, keepdims=True), lambda x: x - x.amax(dim=1, keepdim=True)),
    "in place": (lambda x: nn.functional.relu(input=x.clone(), inplace=True), torch.relu),
}


@pytest.mark.parametrize("name", ["copy_", "fill_"])
def test_writes_into_what_the_model_did_not_make_are_refused(name: str) -> None:
    buffer = torch.ones(())
    with pytest.raises(RefusalError, match=f"{name} writes what depends on the sample into an ordinary tensor"):
        decompose(function(lambda x: getattr(buffer, name)(x[0, 0, 0]) * x), series(), groups())


def test_a_tensor_is_filled_with_one_value_of_the_sample() -> None:
    agree(
        function(lambda x: torch.zeros_like(x).fill_(value=x[0, 0, 0])), function(lambda x: x[0, 0, 0].expand(x.shape))
    )


@pytest.mark.parametrize(
    "write", [lambda x: x.clone().mul_(WIDE), lambda x: torch.zeros_like(x).copy_(x * WIDE)], ids=["mul_", "copy_"]
)
def test_what_is_written_into_a_tensor_is_of_its_dtype(write: Callable[[Tensor], Tensor]) -> None:
    linear = nn.Linear(2, 2)
    agree(function(lambda x: linear(write(x))), function(lambda x: linear(x * WIDE.float())))


@pytest.mark.parametrize("name", NAMED)
def test_arguments_by_name_are_as_by_place(name: str) -> None:
    by_name, by_place = NAMED[name]
    agree(function(by_name), function(by_place))


class Keeping(nn.Module):
    """Keeps what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.seen, self.by_name = nn.Linear(N_FEATURE, 2), [torch.ones(1)], {"first": 1}
        self.last: Tensor | None = None
        self.register_buffer("state", torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        self.last = self.by_name["second"] = x
        self.seen.append(x)
        self.state = self.read(x).mean(dim=(0, 1))
        return self.read(x).sum(dim=1)


def test_what_a_module_keeps_of_its_inputs_is_put_back() -> None:
    module = Keeping()
    seen, by_name, state = module.seen, module.by_name, module.state
    decompose(TorchModel(module), series(), groups())
    assert module.last is None
    assert module.state is state
    assert module.seen is seen
    assert len(seen) == 1
    assert module.by_name is by_name
    assert by_name == {"first": 1}


def test_a_padded_transformer_with_the_settings_that_torch_has_is_decomposed() -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 4, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2).eval()
    slow = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    slow.load_state_dict(encoder.state_dict())
    gone = torch.arange(N_TIME) > 2

    def asked(module: nn.Module) -> TorchModel:
        def forward(network: nn.Module, batch: Batch) -> Tensor:
            tokens = torch.cat([batch.x, batch.x.exp()], dim=-1)
            return network(tokens, src_key_padding_mask=gone.expand(len(tokens), -1))[:, 0]

        return TorchModel(module, forward)

    before = torch.backends.mha.get_fastpath_enabled()
    with torch.no_grad():
        agree(asked(encoder), asked(slow))
    assert torch.backends.mha.get_fastpath_enabled() == before


def test_a_compiled_network_is_decomposed_as_it_is_uncompiled() -> None:
    module = network()
    compiled = torch.compile(module, backend="eager")
    agree(TorchModel(compiled), TorchModel(module))
