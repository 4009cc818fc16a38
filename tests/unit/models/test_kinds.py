"""Kinds of networks, and what was measured on them."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aition import Batch, FunctionModel, TorchModel, from_tensors
from aition.models import create
from aition.models.kinds import kinds_of, lowest

WEIGHT = torch.ones(4, 4)
MASK = torch.tensor([[1.0], [1.0], [1.0], [0.0]])


def series() -> Batch:
    x = torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(1))
    return from_tensors(x, layout="sample time feature")


def read(module: nn.Module) -> TorchModel:
    """A module whose first answer is averaged."""

    def forward(module: nn.Module, batch: Batch) -> Tensor:
        answer = module(batch.x)
        return (answer if isinstance(answer, Tensor) else answer[0]).flatten(1).mean(dim=1)

    return TorchModel(module, forward)


def function(forward: Callable[[Tensor], Tensor]) -> TorchModel:
    return TorchModel(nn.Identity(), lambda module, batch: forward(module(batch.x)).flatten(1).mean(dim=1))


MODULES: dict[str, tuple[nn.Module, tuple[str, ...]]] = {
    "lstm": (nn.LSTM(4, 2), ("lstm",)),
    "convolution": (nn.Sequential(nn.Conv1d(4, 1, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4, 1)), ("cnn",)),
    "transformer": (nn.TransformerEncoderLayer(4, 2, 4, batch_first=True), ("transformer",)),
    "tanh": (nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1)), ("mlp-tanh",)),
    "relu": (nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1)), ("mlp-relu",)),
    "both": (nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Tanh(), nn.Linear(4, 1)), ("mlp-relu", "mlp-tanh")),
    "linear": (nn.Linear(4, 1), ("other",)),
    "gelu": (nn.Sequential(nn.Linear(4, 4), nn.GELU()), ("other",)),
    "recurrence of relu": (nn.RNN(4, 2, nonlinearity="relu"), ("other",)),
    "convolution of images": (
        nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.Conv3d(1, 1, 1), nn.ReLU()),
        ("mlp-relu", "other"),
    ),
    "transposed convolution": (nn.Sequential(nn.ConvTranspose1d(4, 1, 1), nn.ReLU()), ("mlp-relu", "other")),
}


@pytest.mark.parametrize("name", MODULES)
def test_the_kind_of_a_network_is_seen_by_its_layers(name: str) -> None:
    module, kinds = MODULES[name]
    assert kinds_of(read(module.eval()), series()) == kinds


FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], tuple[str, ...]]] = {
    "relu": (lambda x: F.relu(x @ WEIGHT), ("mlp-relu",)),
    "attention": (lambda x: torch.relu(F.scaled_dot_product_attention(x, x, x)), ("transformer",)),
    "attention by hand": (lambda x: torch.relu((x @ x.mT).softmax(dim=-1) @ x), ("mlp-relu", "other")),
    "gate": (lambda x: x * torch.sigmoid(x.sum(dim=1)).unsqueeze(1), ("mlp-tanh", "other")),
    "mask": (lambda x: F.relu(x @ WEIGHT) * MASK, ("mlp-relu",)),
    "gate between": (lambda x: x.lerp(x.mT, torch.sigmoid(F.conv1d(x, WEIGHT[..., None]))), ("cnn", "other")),
    "frequencies": (lambda x: torch.relu(torch.fft.rfft(x, dim=1).real), ("mlp-relu", "other")),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_kind_of_a_network_is_seen_by_its_functions(name: str) -> None:
    forward, kinds = FUNCTIONS[name]
    assert kinds_of(function(forward), series()) == kinds


@pytest.mark.parametrize(
    ("name", "settings", "kind"),
    [("conv-classifier", {}, "cnn"), ("resnet-classifier", {}, "cnn"), ("mlp-classifier", {"n_time": 4}, "mlp-relu")],
)
def test_a_network_that_shuts_out_padding_is_of_its_kind(name: str, settings: dict[str, int], kind: str) -> None:
    assert kinds_of(create(name, n_feature=4, n_class=2, **settings), series()) == (kind,)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_what_torchscript_calls_is_of_no_kind() -> None:
    traced = torch.jit.trace(nn.Linear(4, 4), torch.zeros(1, 4, 4))
    assert kinds_of(read(nn.Sequential(traced, nn.ReLU())), series()) == ("mlp-relu", "other")


def test_a_head_that_is_taken_off_is_of_no_kind() -> None:
    model = TorchModel(nn.Linear(4, 3), lambda module, batch: module(F.relu(batch.x).sum(dim=1)).softmax(dim=-1))
    assert kinds_of(model, series()) == ("mlp-relu",)


def test_a_model_is_left_as_it_was_found() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 1), nn.BatchNorm1d(1)).train()
    state = torch.get_rng_state()
    kinds_of(TorchModel(module), series())
    assert module.training
    assert int(module[3].num_batches_tracked) == 0
    assert torch.equal(torch.get_rng_state(), state)


def test_of_several_kinds_the_lowest_is_told() -> None:
    both = read(nn.Sequential(nn.Conv1d(4, 4, 1), nn.GRU(4, 3)))
    assert lowest({"cnn": 0.5, "gru": 0.7, "lstm": 0.1}, both, series()) == 0.5
    assert lowest({"cnn": 0.8, "gru": 0.7, "lstm": 0.1}, both, series()) == 0.7


def test_nothing_is_told_of_what_was_not_tried() -> None:
    both = read(nn.Sequential(nn.Conv1d(4, 4, 1), nn.GRU(4, 3)))
    assert math.isnan(lowest({"gru": 0.7}, both, series()))
    assert math.isnan(lowest({"gru": 0.7}, FunctionModel(lambda batch: batch.x.sum(dim=(1, 2))), series()))
