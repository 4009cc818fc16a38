"""Twelve networks that the tests' zoo lacks, written as people write them, decomposed strictly by every rule set.

A row a network: how far the total is from what the network answers, all cells and constants likewise, what no cell has,
and, for "shapley", a group, all other cells and the constants; the largest over samples and outputs. Where an operation
has no rule the row says which.

    python benchmarks/bench_cd_further.py
"""

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from aition import TorchModel, from_tensors
from aition.core.errors import RefusalError
from aition.methods.cd import SETS, decompose

OUT = Path(__file__).parent / "results" / "cd_further.jsonl"
N_TIME, N_FEATURE = 24, 3


class OwnCells(nn.Module):
    """An LSTM by its formulas, in a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.given, self.back, self.read = nn.Linear(N_FEATURE, 32), nn.Linear(8, 32, bias=False), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden, cell = torch.zeros(len(x), 8), torch.zeros(len(x), 8)
        states = []
        for step in range(x.size(1)):
            i, f, g, o = (self.given(x[:, step]) + self.back(hidden)).chunk(4, dim=1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(cell)
            states.append(hidden)
        return self.read(torch.stack(states, dim=1).mean(dim=1))


class UNet(nn.Module):
    """Down by pooling, up by transposed convolution and interpolation, with connections across."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv1d(N_FEATURE, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ReLU(inplace=True))
        self.second = nn.Sequential(nn.Conv1d(8, 16, 3, padding=1), nn.BatchNorm1d(16), nn.ReLU(inplace=True))
        self.inner, self.up = nn.Conv1d(16, 16, 3, padding=1), nn.ConvTranspose1d(16, 8, 2, stride=2)
        self.low, self.high = nn.Conv1d(24, 8, 3, padding=1), nn.Conv1d(16, 2, 3, padding=1)
        self.finer = nn.Upsample(scale_factor=2, mode="linear")

    def forward(self, x: Tensor) -> Tensor:
        high = self.first(x.transpose(1, 2))
        low = self.second(F.max_pool1d(high, 2))
        inner = self.up(self.inner(F.max_pool1d(low, 2)))
        back = self.low(torch.cat([inner, low], dim=1)).relu()
        return self.high(torch.cat([self.finer(back), high], dim=1)).transpose(1, 2)


class WaveNet(nn.Module):
    """Dilated convolutions with gates, and sums of what each layer skips."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.read = nn.Conv1d(N_FEATURE, 8, 1), nn.Linear(8, 2)
        self.layers = nn.ModuleList(nn.Conv1d(8, 16, 2, dilation=2**layer) for layer in range(3))
        self.skips = nn.ModuleList(nn.Conv1d(8, 8, 1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        hidden, skipped = self.start(x.mT), 0
        for place, layer in enumerate(self.layers):
            value, gate = layer(F.pad(hidden, (2**place, 0))).chunk(2, dim=1)
            gated = torch.tanh(value) * torch.sigmoid(gate)
            skipped = skipped + self.skips[place](gated)
            hidden = hidden + gated
        return self.read(F.relu(skipped)[:, :, -1])


class SqueezeExcite(nn.Module):
    """Channels scaled by a gate of their means."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm, self.read = (
            nn.Conv1d(N_FEATURE, 8, 3, padding="same"),
            nn.BatchNorm1d(8),
            nn.Linear(8, 2),
        )
        self.gate = nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 2), nn.ReLU(), nn.Linear(2, 8))

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.hardswish(self.norm(self.layer(x.permute(0, 2, 1))))
        return self.read((hidden * self.gate(hidden).sigmoid()[..., None].expand_as(hidden)).mean(dim=-1))


class Rocket(nn.Module):
    """Random dilated kernels; of each the largest value and the share of values above 0."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels = nn.ModuleList(nn.Conv1d(N_FEATURE, 10, 7, dilation=d, padding=3 * d) for d in (1, 2, 4))
        self.read = nn.Linear(60, 2)

    def forward(self, x: Tensor) -> Tensor:
        found = [kernel(x.mT) for kernel in self.kernels]
        pooled = [part for one in found for part in (one.amax(dim=-1), (one > 0).float().mean(dim=-1))]
        return self.read(torch.cat(pooled, dim=-1))


class StateSpace(nn.Module):
    """S4 with diagonal states, its kernel applied by Fourier transforms."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out, self.norm, self.read = (
            nn.Linear(N_FEATURE, 6),
            nn.Linear(6, 12),
            nn.LayerNorm(6),
            nn.Linear(6, 2),
        )
        self.decay, self.weight = nn.Parameter(torch.rand(6, 4)), nn.Parameter(torch.randn(6, 4, 2))
        self.direct, self.step = nn.Parameter(torch.randn(6)), nn.Parameter(torch.full((6, 1), -3.0))

    def forward(self, x: Tensor) -> Tensor:
        u = self.embed(x).transpose(1, 2)
        n = u.shape[-1]
        rates = (-self.decay.exp() + 1j * math.pi * torch.arange(4)) * self.step.exp()
        modes = torch.exp(rates[:, :, None] * torch.arange(n))
        kernel = 2 * torch.einsum("hn,hnl->hl", torch.view_as_complex(self.weight) * (rates.exp() - 1), modes).real
        passed = torch.fft.irfft(torch.fft.rfft(u, n=2 * n) * torch.fft.rfft(kernel, n=2 * n), n=2 * n)[..., :n]
        gated = F.glu(self.out(F.gelu(passed + u * self.direct[:, None]).transpose(1, 2)), dim=-1)
        return self.read(self.norm(gated + u.transpose(1, 2)).mean(dim=1))


class Diagonal(nn.Module):
    """A linear recurrence of complex states, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.size, self.turn = nn.Parameter(torch.rand(5)), nn.Parameter(torch.rand(5))
        self.given, self.read = nn.Parameter(torch.randn(5, N_FEATURE, 2)), nn.Parameter(torch.randn(2, 5, 2))

    def forward(self, x: Tensor) -> Tensor:
        rate = torch.polar((-self.size.exp()).exp(), self.turn)
        driven = x.to(torch.cfloat) @ torch.view_as_complex(self.given).T
        state = torch.zeros(len(x), 5, dtype=torch.cfloat)
        for step in range(x.shape[1]):
            state = rate * state + driven[:, step]
        return (state @ torch.view_as_complex(self.read).T).real


class Causal(nn.Module):
    """A TCN with normed weights, whose future is cut off."""

    def __init__(self) -> None:
        super().__init__()
        widths = (N_FEATURE, 8, 8)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv1d(width, 8, 3, padding=2 * 2**place, dilation=2**place))
            for place, width in enumerate(widths)
        )
        self.skip, self.read = nn.Conv1d(N_FEATURE, 8, 1), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = x.permute(0, 2, 1).contiguous()
        for place, layer in enumerate(self.layers):
            after = F.dropout(F.relu(layer(hidden)[:, :, : -2 * 2**place].contiguous()), 0.2, self.training)
            hidden = F.relu(after + (self.skip(hidden) if place == 0 else hidden))
        return self.read(hidden[:, :, -1])


class Inception(nn.Module):
    """Two blocks of InceptionTime with a connection round them."""

    def __init__(self) -> None:
        super().__init__()
        self.necks = nn.ModuleList(nn.Conv1d(width, 4, 1, bias=False) for width in (N_FEATURE, 16))
        self.kernels = nn.ModuleList(nn.Conv1d(4, 4, k, padding="same", bias=False) for _ in "12" for k in (9, 5, 3))
        self.pooled = nn.ModuleList(nn.Conv1d(width, 4, 1, bias=False) for width in (N_FEATURE, 16))
        self.norms = nn.ModuleList(nn.BatchNorm1d(16) for _ in range(2))
        self.around, self.read = nn.Sequential(nn.Conv1d(N_FEATURE, 16, 1), nn.BatchNorm1d(16)), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = start = x.mT
        for block in range(2):
            neck = self.necks[block](hidden)
            parts = [kernel(neck) for kernel in self.kernels[3 * block : 3 * block + 3]]
            parts.append(self.pooled[block](F.max_pool1d(hidden, 3, 1, 1)))
            hidden = torch.relu(self.norms[block](torch.cat(parts, dim=1)))
        return self.read(F.relu(hidden + self.around(start)).mean(dim=-1))


class Patches(nn.Module):
    """PatchTST: each feature normalised by what it keeps of itself, cut into patches, through an encoder, and back."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.read = nn.Linear(8, 16), nn.Linear(96, 5)
        self.places = nn.Parameter(torch.randn(1, 6, 16) / 10)
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2)

    def forward(self, x: Tensor) -> Tensor:
        self.mean = x.mean(dim=1, keepdim=True).detach()
        self.scale = torch.sqrt(x.var(dim=1, keepdim=True, unbiased=False) + 1e-5).detach()
        series = F.pad(((x - self.mean) / self.scale).permute(0, 2, 1), (0, 4), mode="replicate")
        patches = self.embed(series.unfold(-1, 8, 4)) + self.places
        mixed = self.encoder(patches.flatten(0, 1)).reshape(len(x), N_FEATURE, -1)
        return self.read(mixed).permute(0, 2, 1) * self.scale + self.mean


class Informer(nn.Module):
    """Attention of the queries that stand out, then a convolution and a pool that halve the series."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv1d(N_FEATURE, 16, 3, padding=1, padding_mode="circular", bias=False)
        self.project, self.norm, self.read = nn.Linear(16, 48), nn.LayerNorm(16), nn.Linear(16, 2)
        self.distil, self.scale = nn.Conv1d(16, 16, 3, padding=1, padding_mode="circular"), nn.BatchNorm1d(16)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.embed(x.permute(0, 2, 1)).transpose(1, 2)
        query, key, value = self.project(hidden).chunk(3, dim=-1)
        scores = query @ key.transpose(-2, -1) / 4
        top = (scores.max(-1)[0] - scores.mean(-1)).topk(6, sorted=False)[1]
        mixed = value.mean(-2, keepdim=True).expand(-1, value.shape[1], -1).clone()
        sample = torch.arange(len(x))[:, None]
        mixed[sample, top] = torch.softmax(scores[sample, top], dim=-1) @ value
        hidden = self.norm(hidden + mixed)
        halved = F.max_pool1d(F.elu(self.scale(self.distil(hidden.permute(0, 2, 1)))), 3, 2, 1)
        return self.read(halved.mean(dim=-1))


class Selective(nn.Module):
    """Mamba: a recurrence whose rates, inputs and readings hang on the series; each einsum is of two tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.given, self.mix = nn.Linear(N_FEATURE, 16), nn.Conv1d(8, 8, 4, groups=8, padding=3)
        self.hang, self.step, self.read = nn.Linear(8, 9), nn.Linear(1, 8), nn.Linear(8, 2)
        self.rates, self.direct = nn.Parameter(torch.rand(8, 4)), nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        u, z = self.given(x).chunk(2, dim=-1)
        u = F.silu(self.mix(u.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2))
        step, into, out = self.hang(u).split([1, 4, 4], dim=-1)
        step = F.softplus(self.step(step))
        keep = torch.exp(torch.einsum("bld,dn->bldn", step, -self.rates.exp()))
        driven = torch.einsum("bld,bln->bldn", step * u, into)
        state, read = torch.zeros(len(x), 8, 4), []
        for place in range(x.shape[1]):
            state = keep[:, place] * state + driven[:, place]
            read.append(torch.einsum("bdn,bn->bd", state, out[:, place]))
        return self.read(((torch.stack(read, dim=1) + u * self.direct) * F.silu(z)).mean(dim=1))


NETWORKS: tuple[Callable[[], nn.Module], ...] = (
    *(OwnCells, UNet, WaveNet, SqueezeExcite, Rocket, StateSpace),
    *(Diagonal, Causal, Inception, Patches, Informer, Selective),
)


def network(make: Callable[[], nn.Module]) -> nn.Module:
    """A network in evaluation mode with warm statistics and weights away from their start."""
    torch.manual_seed(0)
    module = make().train()
    for _ in range(3):
        module(torch.randn(16, N_TIME, N_FEATURE))
    for parameter in module.parameters():
        parameter += 0.1 * torch.randn_like(parameter)
    return module.eval()


def distances(model: TorchModel, rules: str) -> dict[str, float]:
    """How far a network is from each law."""
    draw = torch.Generator().manual_seed(1)
    batch = from_tensors(torch.randn(4, N_TIME, N_FEATURE, generator=draw))
    own = torch.rand(2, N_TIME, N_FEATURE, generator=draw) > 0.5
    edges = torch.stack([torch.ones_like(own[0]), torch.zeros_like(own[0])])
    f = model(batch)
    found = decompose(model, batch, torch.cat([edges, own]), rules=rules, strict=True)
    far = {
        "total": found.total - f,
        "all and constants": found.relevant[0] + found.constants[0] - f,
        "none": found.relevant[1],
    }
    if rules == "shapley":
        others = decompose(model, batch, ~own, rules=rules, strict=True)
        far["own + others + constants"] = found.relevant[2:] + others.relevant + others.constants - f
    return {law: float(f"{distance.abs().max():.1e}") for law, distance in far.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--quick", action="store_true", help="two networks, nothing written")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    rows: list[dict[str, object]] = []
    for make in NETWORKS[: 2 if chosen.quick else None]:
        model = TorchModel(network(make))
        row: dict[str, object] = {"torch": torch.__version__, "network": model.module.__class__.__name__}
        for rules in SETS:
            try:
                row[rules] = distances(model, rules)
            except RefusalError as error:
                row[rules] = str(error)
        rows.append(row)
        print(json.dumps(row), flush=True)
    if not chosen.quick:
        chosen.out.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
