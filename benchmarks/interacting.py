"""Six kinds of small networks that know one interaction over time, for benchmarks of pairs.

A series has 12 steps of standard normal noise; the truth is 2·x₂·x₇ + x₄, steps counted from 0. Networks are trained
on fresh series until they explain at least .998 of the variance of others, and kept in a folder, one file a network and
seed. Seeds from 1000 are for choosing, 0 to 9 for reporting.

    python benchmarks/interacting.py --seeds 1000 1001
"""

import argparse
import math
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from aition import TorchModel

N_STEP = 12
PAIR, SINGLE = (2, 7), 4
ENOUGH = 0.998
"""Share of the variance that a network must explain."""
KINDS = ("lstm", "gru", "mlp-tanh", "mlp-relu", "cnn", "transformer")
FOLDER = Path(tempfile.gettempdir()) / "aition-interacting"
STEPS = {"lstm": 4000, "gru": 4000, "mlp-tanh": 4000, "mlp-relu": 4000, "cnn": 2500, "transformer": 1500}
ROUNDS, ROWS = 3, 128
"""Steps of Adam in a round, rounds that a network gets to explain enough, and series a step."""


class Recurrent(nn.Module):
    """A recurrent layer whose last state is read out."""

    def __init__(self, layer: nn.Module, n_hidden: int) -> None:
        super().__init__()
        self.layer, self.head = layer, nn.Linear(n_hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.layer(x)
        said: Tensor = self.head(states[:, -1])[:, 0]
        return said


class Layered(nn.Module):
    """Layers one behind the other with one output; ``channels`` puts features before steps, as convolutions want."""

    def __init__(self, *layers: nn.Module, channels: bool = False) -> None:
        super().__init__()
        self.layers, self.channels = nn.Sequential(*layers), channels

    def forward(self, x: Tensor) -> Tensor:
        said: Tensor = self.layers(x.transpose(1, 2) if self.channels else x)[:, 0]
        return said


class Attending(nn.Module):
    """Two layers of a transformer on embedded steps with learned places, then one linear layer on all of them."""

    def __init__(self, n_step: int, n_feature: int, n_hidden: int) -> None:
        super().__init__()
        self.embed = nn.Linear(n_feature, n_hidden)
        self.place = nn.Parameter(0.5 * torch.randn(n_step, n_hidden))
        layer = nn.TransformerEncoderLayer(n_hidden, 4, 2 * n_hidden, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(n_step * n_hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        said: Tensor = self.head(self.encoder(self.embed(x) + self.place).flatten(1))[:, 0]
        return said


def network(kind: str, *, n_step: int = N_STEP, n_feature: int = 1) -> nn.Module:
    """A network with fresh weights from the global generator, from ``[sample, time, feature]`` to ``[sample]``."""
    flat = n_step * n_feature
    if kind == "lstm":
        return Recurrent(nn.LSTM(n_feature, 48, batch_first=True), 48)
    if kind == "gru":
        return Recurrent(nn.GRU(n_feature, 48, batch_first=True), 48)
    if kind == "mlp-tanh":
        return Layered(nn.Flatten(), nn.Linear(flat, 96), nn.Tanh(), nn.Linear(96, 96), nn.Tanh(), nn.Linear(96, 1))
    if kind == "mlp-relu":
        return Layered(nn.Flatten(), nn.Linear(flat, 160), nn.ReLU(), nn.Linear(160, 160), nn.ReLU(), nn.Linear(160, 1))
    if kind == "cnn":
        convolutions = (
            nn.Conv1d(n_feature, 24, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(24, 24, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(24, 24, 3, padding=1),
            nn.ReLU(),
        )
        dense = (nn.Flatten(), nn.Linear(24 * n_step, 96), nn.ReLU(), nn.Linear(96, 1))
        return Layered(*convolutions, *dense, channels=True)
    if kind == "transformer":
        return Attending(n_step, n_feature, 32)
    raise ValueError(f"kind must be one of {', '.join(KINDS)}, but is {kind!r}")


def truth(x: Tensor) -> Tensor:
    """2·x₂·x₇ + x₄, ``[sample]``."""
    return 2 * x[:, PAIR[0], 0] * x[:, PAIR[1], 0] + x[:, SINGLE, 0]


def series(n_sample: int, *, seed: int) -> Tensor:
    """Standard normal noise, ``[sample, time, 1]``."""
    return torch.randn(n_sample, N_STEP, 1, generator=torch.Generator().manual_seed(seed))


def explained(module: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the variance that a network explains."""
    with torch.no_grad():
        return 1 - float((module(x) - y).square().mean() / y.var())


def trained(kind: str, seed: int, *, folder: Path = FOLDER) -> tuple[TorchModel, float]:
    """A network that explains enough, with the share that it explains; made once, then read from the folder.

    Raises:
        RuntimeError: It did not come to explain enough.
    """
    path = folder / f"{kind}-{seed}.pt"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = network(kind)
        x = series(20_000, seed=10_000_000 + seed)
        if path.exists():
            module.load_state_dict(torch.load(path, weights_only=True))
        else:
            fit(module, seed, x, n_step=STEPS[kind])
        module.eval()
    share = explained(module, x, truth(x))
    if share < ENOUGH:
        raise RuntimeError(f"{kind} of seed {seed} explains {share:.4f} of the variance, not {ENOUGH}")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(module.state_dict(), path)
    return TorchModel(module), share


def fit(module: nn.Module, seed: int, x: Tensor, *, n_step: int) -> None:
    """Adam on fresh series, the rate falling to nothing in each round, until enough is explained."""
    draw = torch.Generator().manual_seed(20_000_000 + seed)
    optimizer = torch.optim.Adam(module.parameters())
    for _ in range(ROUNDS):
        for step in range(n_step):
            for group in optimizer.param_groups:
                group["lr"] = 3e-3 * min(1.0, step / 100) * (1 + math.cos(math.pi * step / n_step)) / 2
            fresh = torch.randn(ROWS, N_STEP, 1, generator=draw)
            loss = (module(fresh) - truth(fresh)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()
        if explained(module, x, truth(x)) >= ENOUGH:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1000])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for seed in asked.seeds:
        for kind in asked.kinds:
            began = time.process_time()
            _, share = trained(kind, seed, folder=asked.folder)
            print(f"{kind:12s} seed {seed}: explains {share:.4f}, {time.process_time() - began:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
