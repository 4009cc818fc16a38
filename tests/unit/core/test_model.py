"""TorchModel, heads that are taken off, black boxes, and the state of a model while it is explained."""

import warnings

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from aition import Batch, FunctionModel, TorchModel, from_tensors
from aition.core.errors import InputError, ModelError, RefusalError
from aition.core.freeze import frozen
from aition.core.memory import bytes_a_row, rows_within
from aition.core.model import outputs_of, white_box


class Ends(nn.Module):
    """A linear map of the flattened series with any ending."""

    def __init__(self, end: object, width: int = 3) -> None:
        super().__init__()
        self.linear = nn.Linear(4, width)
        self.end = end

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.linear(x.flatten(1)))


def batch(n_sample: int = 5) -> Batch:
    return from_tensors(torch.randn(n_sample, 2, 2), layout="sample time feature")


SOFTMAX = {
    "module": nn.Softmax(dim=-1),
    "log module": nn.LogSoftmax(dim=-1),
    "function": lambda z: functional.softmax(z, dim=-1),
    "method": lambda z: z.softmax(-1),
    "torch": lambda z: torch.softmax(z, dim=1),
    "log method": lambda z: z.log_softmax(dim=-1),
    "shaped": lambda z: z.softmax(-1)[:, None].squeeze(1),
}


@pytest.mark.parametrize("name", SOFTMAX)
def test_a_softmax_at_the_end_is_taken_off_exactly(name: str) -> None:
    module, data = Ends(SOFTMAX[name]), batch()
    assert torch.equal(TorchModel(module)(data), module.linear(data.x.flatten(1)))


@pytest.mark.parametrize("end", [nn.Sigmoid(), torch.sigmoid, lambda z: z.sigmoid().squeeze(-1)])
def test_a_sigmoid_at_the_end_is_taken_off_exactly(end: object) -> None:
    module, data = Ends(end, width=1), batch()
    assert torch.equal(TorchModel(module)(data).flatten(), module.linear(data.x.flatten(1)).flatten())


def test_a_softmax_inside_stays() -> None:
    module, data = Ends(lambda z: z.softmax(-1) * 2), batch()
    assert torch.equal(TorchModel(module)(data), module(data.x))


def test_no_head_means_outputs_as_they_are() -> None:
    module, data = Ends(nn.Softmax(dim=-1)), batch()
    assert torch.equal(TorchModel(module, head="none")(data), module(data.x))


@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_a_declared_head_that_is_not_found_is_inverted(head: str) -> None:
    squash = {"softmax": lambda z: z.exp() / z.exp().sum(-1, keepdim=True), "sigmoid": lambda z: 1 / (1 + (-z).exp())}
    module, data = Ends(squash[head]), batch()
    logits = module.linear(data.x.flatten(1))
    expected = logits if head == "sigmoid" else logits - logits.mean(dim=-1, keepdim=True)
    assert torch.allclose(TorchModel(module, head=head)(data), expected, atol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_a_declared_head_of_outputs_that_are_no_probabilities_is_refused(head: str) -> None:
    with pytest.raises(ModelError, match=r"must be in \[0, 1\].*head='none'"):
        TorchModel(Ends(nn.Identity()), head=head)(batch())  # type: ignore[arg-type]


def masked(probabilities: Tensor) -> Tensor:
    probabilities[:, 0] = 0
    return probabilities


CUT = {
    "class masked": lambda z: masked(z.softmax(-1)),
    "scaled": lambda z: z.sigmoid().mul_(0.5),
    "one class": lambda z: z.softmax(-1)[:, 1],
    "some classes": lambda z: z.softmax(-1)[..., :2],
    "classes by index": lambda z: z.softmax(-1)[:, [0, 2]],
    "one class of a step": lambda z: z.unsqueeze(1).log_softmax(-1)[:, 0, 1],
}


@pytest.mark.parametrize("name", CUT)
def test_a_head_of_which_more_is_made_or_less_is_taken_stays(name: str) -> None:
    module, data = Ends(CUT[name]), batch()
    assert torch.equal(TorchModel(module)(data), module(data.x))


STEP = {
    "last": (slice(None), -1),
    "first, all classes": (slice(None), 0, slice(None)),
    "dots": (..., 0, slice(None)),
    "of each sample": (torch.arange(5), torch.zeros(5, dtype=torch.int64)),
}


@pytest.mark.parametrize("name", STEP)
def test_a_step_of_a_softmax_at_every_step_is_taken_off(name: str) -> None:
    module, data = Ends(lambda z: z.unsqueeze(1).softmax(-1)[STEP[name]]), batch()
    assert torch.equal(TorchModel(module)(data), module.linear(data.x.flatten(1)))


def test_gradients_pass_through_a_head_that_was_taken_off() -> None:
    module, data = Ends(nn.Softmax(dim=-1)), batch(1)
    x = data.x.clone().requires_grad_()
    TorchModel(module)(data.with_x(x))[0, 1].backward()
    assert torch.allclose(x.grad.flatten(), module.linear.weight[1])


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, ids: Tensor) -> Tensor:
        return self.out(self.embed(ids).sum(dim=1))


def token_batch() -> Batch:
    from aition import Field

    ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
    return from_tensors(torch.zeros(2, 3, 1), fields={"ids": Field(ids, "ids", ("sample", "time"))})


def test_an_embedding_stands_in_for_the_values() -> None:
    module = Tokens()
    model = TorchModel(module, lambda module, batch: module(batch["ids"]), embedding="embed")
    data = model.embedded(token_batch())
    assert torch.equal(data.x, module.embed(data["ids"]))
    assert torch.equal(model(data), module(data["ids"]))
    assert torch.allclose(model(data.with_x(data.x * 0)), module.out.bias.expand(2, 2))
    assert not module.embed._forward_hooks


def test_an_unknown_embedding_is_refused() -> None:
    with pytest.raises(InputError, match="no submodule 'embedding'"):
        TorchModel(Tokens(), embedding="embedding")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: {"logits": x}, "answered dict"),
        (lambda x: x.sum(), r"a row for each of the 5 samples, but are \[\]"),
        (lambda x: x[:2], "a row for each of the 5 samples"),
        (lambda x: x.argmax(dim=-1), "floating point, but are torch.int64"),
    ],
)
def test_an_answer_of_another_kind_is_refused_with_a_remedy(answer: object, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        TorchModel(nn.Identity(), lambda _module, batch: answer(batch.x))(batch())


def test_a_bare_function_is_pointed_to_function_model() -> None:
    with pytest.raises(InputError, match="for functions take FunctionModel"):
        TorchModel(lambda x: x)  # type: ignore[arg-type]


def test_a_black_box_answers_with_numpy() -> None:
    model = FunctionModel(lambda batch: batch.x.numpy().mean(axis=1))
    data = batch()
    assert torch.allclose(model(data), data.x.mean(dim=1))
    with pytest.raises(RefusalError, match="needs gradients, but FunctionModel is a black box"):
        white_box(model, "Saliency")


def test_outputs_of_many_samples_come_in_calls_of_few() -> None:
    sizes = []

    def count(batch: Batch) -> np.ndarray:
        sizes.append(len(batch))
        return np.zeros(len(batch))

    outputs_of(FunctionModel(count, rows=2), batch(5))
    assert sizes == [2, 2, 1]


class Restless(nn.Module):
    """Counts its calls in a buffer, and draws at random."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 2)
        self.norm = nn.BatchNorm1d(2)
        self.drop = nn.Dropout(0.5)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        torch.rand(3)
        return self.drop(self.norm(self.linear(x.flatten(1))))


def test_a_model_is_left_exactly_as_it_was_found() -> None:
    module = Restless()
    module.norm.eval()
    module.linear.weight.grad = torch.ones_like(module.linear.weight)
    module.linear.bias.requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    state = torch.get_rng_state()
    with frozen(TorchModel(module)):
        assert not any(part.training for part in module.modules())
        assert not any(parameter.requires_grad for parameter in module.parameters())
        module(batch().x)
    assert [part.training for part in module.modules()] == [True, True, False, True]
    assert [parameter.requires_grad for parameter in module.parameters()] == [True, False, True, True]
    assert torch.equal(module.linear.weight.grad, torch.ones_like(module.linear.weight))
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


class Cache(nn.Module):
    """Keeps a table that grows, as rotary embeddings do: a new buffer, a new part and a plain number."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.zeros(1), persistent=False)
        self.size = 1

    def forward(self, x: Tensor) -> Tensor:
        self.table, self.size = torch.zeros(self.size + 1), self.size + 1
        self.late, self.further = nn.Identity(), "further"
        return x.flatten(1)


def test_buffers_parts_and_attributes_that_a_model_replaced_are_put_back() -> None:
    module = Cache()
    table = module.table
    with frozen(TorchModel(module)):
        module(batch().x)
        assert module.size == 2
    assert module.table is table
    assert module.size == 1
    assert not hasattr(module, "late")
    assert not hasattr(module, "further")


def test_a_scripted_module_is_left_as_it_was_found() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)).train(), batch().x)
    with frozen(TorchModel(traced)):
        assert not traced.training
    assert traced.training


def test_a_model_is_put_back_when_something_raises() -> None:
    module = Restless()
    with pytest.raises(KeyError), frozen(TorchModel(module)):
        raise KeyError
    assert module.training
    assert module.linear.weight.requires_grad


def test_a_model_that_changes_its_weights_is_reported() -> None:
    module = nn.Linear(2, 2)
    with pytest.raises(ModelError, match="changed its own parameters"), frozen(TorchModel(module)), torch.no_grad():
        module.weight.add_(1)


def test_memory_of_a_row_grows_with_what_autograd_keeps() -> None:
    small, large = (TorchModel(nn.GRU(2, size), lambda m, b: m(b.x)[0][:, -1]) for size in (8, 64))
    assert bytes_a_row(large, batch()) > 4 * bytes_a_row(small, batch())


def test_weights_do_not_count_however_often_a_layer_keeps_them() -> None:
    module = nn.GRU(2, 64)
    size = sum(weight.numel() * weight.element_size() for weight in module.parameters())
    assert bytes_a_row(TorchModel(module, lambda m, b: m(b.x)[0][:, -1]), batch()) < size


def test_rows_stay_within_a_budget() -> None:
    model = TorchModel(nn.GRU(2, 64), lambda m, b: m(b.x)[0][:, -1])
    need = bytes_a_row(model, batch())
    assert rows_within(model, batch(), budget=10 * need) == 10
    assert rows_within(model, batch(), budget=1) == 1
    assert rows_within(model, batch(), budget=10**15) == 1024


def test_no_warning_comes_from_a_plain_call() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TorchModel(Ends(nn.Softmax(dim=-1)))(batch())
