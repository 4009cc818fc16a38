"""``python explains.py PATH N_SERIES WORKERS``: integrated gradients of a small GRU over made-up series, stored."""

import sys
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from aition import Batch, Target, TorchModel, from_series, store

SHARD_SIZE = 50


@dataclass(frozen=True)
class Path:
    """Gradients along the straight path from 0, averaged and multiplied by the values."""

    n_step: int = 16

    def rows_per_sample(self, batch: Batch) -> int:
        return 1

    def __call__(self, model: Any, batch: Batch, question: Any) -> Any:
        total = torch.zeros_like(batch.x)
        for step in range(self.n_step):
            x = (batch.x * ((step + 0.5) / self.n_step)).requires_grad_()
            total += torch.autograd.grad(question.score(model(batch.with_x(x))).sum(), x)[0]
        return {"attribution": (("sample", "time", "feature"), batch.x * total / self.n_step)}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru, self.out = nn.GRU(6, 32, batch_first=True), nn.Linear(32, 3)

    def forward(self, x: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
        return self.out(self.gru(x)[0][torch.arange(len(x)), last])


def main(path: str, n_series: int, workers: int) -> None:
    torch.manual_seed(0)
    model = TorchModel(Net(), lambda module, batch: module(batch.x, batch.lengths - 1))
    series = [torch.randn(20 + i % 30, 6) for i in range(n_series)]
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    store.run(
        Path(),
        model,
        from_series(series),
        Target.predicted(),
        path,
        workers=workers,
        shard_size=SHARD_SIZE,
        progress="off",
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
