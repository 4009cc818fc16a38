"""Functions that are others put together are split as these are."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from aition import TorchModel, from_tensors
from aition.methods.cd import decompose

WEIGHT = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)
FIRST = torch.tensor([0])
MASK = torch.tensor([True, False, False, False, False])[:, None]
Pair = tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]
PAIRS: dict[str, Pair] = {
    "cpu": (lambda x: x.cpu() * 2, lambda x: x * 2),
    "data": (lambda x: x.data * x, lambda x: x.detach() * x),
    "requires grad": (lambda x: x.clone().requires_grad_().exp(), torch.exp),
    "tensordot": (lambda x: torch.tensordot(x, WEIGHT, dims=1), lambda x: x @ WEIGHT),
    "tensordot of two": (lambda x: torch.tensordot(x, x[0], ([1], [0])), lambda x: x.mT @ x[0]),
    "variance and mean": (
        lambda x: torch.cat(torch.var_mean(x, dim=1, keepdim=True)),
        lambda x: torch.cat([x.var(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)]),
    ),
    "deviation and mean": (
        lambda x: torch.stack(torch.std_mean(x, 1, False)),
        lambda x: torch.stack([x.std(1, False), x.mean(1)]),
    ),
    "smallest and largest": (
        lambda x: torch.stack(torch.aminmax(x, dim=1)),
        lambda x: torch.stack([x.amin(dim=1), x.amax(dim=1)]),
    ),
    "filled": (lambda x: x.index_fill(1, FIRST, 2.0), lambda x: x.masked_fill(MASK, 2.0)),
    "filled with parts": (
        lambda x: x.clone().index_fill_(1, FIRST, x[0, 1, 1]),
        lambda x: torch.where(MASK, x[0, 1, 1], x),
    ),
    "quotient added": (
        lambda x: torch.addcdiv(x, x, x.square() + 1, value=3),
        lambda x: x + 3 * (x / (x.square() + 1)),
    ),
    "complex": (
        lambda x: torch.complex(x, 2 * x).abs(),
        lambda x: torch.view_as_complex(torch.stack([x, 2 * x], -1)).abs(),
    ),
    "bias": (
        lambda x: nn.functional.linear(x, WEIGHT, x[0, 1]),
        lambda x: nn.functional.linear(x, WEIGHT) + x[0, 1],
    ),
    "bias of a convolution": (
        lambda x: nn.functional.conv1d(x.mT, WEIGHT[..., None], x[0, 1]),
        lambda x: nn.functional.conv1d(x.mT, WEIGHT[..., None]) + x[0, 1][:, None],
    ),
    "difference": (lambda x: torch.rsub(x, x.exp(), alpha=2), lambda x: x.exp() - 2 * x),
    "power of two": (torch.exp2, lambda x: 2.0**x),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("rules", ["acd", "gcd"])
def test_a_function_is_split_as_what_it_is_put_together_of(name: str, rules: str) -> None:
    torch.manual_seed(5)
    batch = from_tensors(torch.randn(3, 5, 2, dtype=torch.float64))
    own = torch.rand(2, 5, 2) > 0.5

    def asked(forward: Callable[[Tensor], Tensor]) -> TorchModel:
        def answer(_module: nn.Module, batch: object) -> Tensor:
            found = forward(batch.x)  # type: ignore[attr-defined]
            return found.reshape(3, -1) if found.numel() % 3 == 0 else found

        return TorchModel(nn.Identity(), answer)

    found, wanted = (decompose(asked(one), batch, own, rules=rules, strict=True) for one in PAIRS[name])
    torch.testing.assert_close(found.total, asked(PAIRS[name][0])(batch))
    torch.testing.assert_close(found.relevant, wanted.relevant)
    torch.testing.assert_close(found.constants, wanted.constants)
