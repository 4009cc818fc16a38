"""Twenty small networks of kinds that people use on series, with statistics and attention away from their start."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

N_TIME, N_FEATURE, N_CLASS = 12, 3, 2


class Recurrent(nn.Module):
    """A recurrent layer whose last output is read."""

    def __init__(self, kind: type[nn.RNNBase], **settings: object) -> None:
        super().__init__()
        self.layer = kind(N_FEATURE, 5, batch_first=True, **settings)  # type: ignore[arg-type]
        self.read = nn.Linear(5 * (2 if self.layer.bidirectional else 1), N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self.layer(x)[0][:, -1])


class Cells(nn.Module):
    """LSTM and GRU cells in a Python loop."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.read = nn.LSTMCell(N_FEATURE, 4), nn.GRUCell(4, 4), nn.Linear(4, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        hidden, cell = x.new_zeros(len(x), 4), x.new_zeros(len(x), 4)
        other = torch.zeros(len(x), 4, dtype=x.dtype)
        for step in x.unbind(dim=1):
            hidden, cell = self.first(step, (hidden, cell))
            other = self.second(hidden, other)
        return self.read(other)


class Packed(nn.Module):
    """A packed bidirectional GRU over samples of several lengths, averaged over the steps that exist."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.read = nn.GRU(N_FEATURE, 4, batch_first=True, bidirectional=True), nn.Linear(8, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        lengths = torch.arange(len(x)) % 4 + N_TIME - 4
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.layer(packed)[0], batch_first=True, total_length=N_TIME)
        return self.read(out.sum(dim=1) / lengths[:, None])


class Residual(nn.Module):
    """A residual Conv1d network with BatchNorm, in-place ReLU and average pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.norm = nn.Conv1d(N_FEATURE, 6, 3, padding=1), nn.BatchNorm1d(6)
        self.inner = nn.Sequential(nn.Conv1d(6, 6, 3, padding=1), nn.BatchNorm1d(6), nn.ReLU(inplace=True))
        self.read = nn.Linear(6, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(self.norm(self.start(x.transpose(1, 2))), inplace=True)
        hidden += self.inner(hidden)
        return self.read(F.adaptive_avg_pool1d(hidden, 1).squeeze(-1))


class Dilated(nn.Module):
    """A causal network of dilated convolutions with normed weights."""

    def __init__(self) -> None:
        super().__init__()
        widths = (N_FEATURE, 6, 6)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv1d(widths[place], widths[place + 1], 2, dilation=2**place)) for place in range(2)
        )
        self.skip, self.read, self.dropout = nn.Conv1d(N_FEATURE, 6, 1), nn.Linear(6, N_CLASS), nn.Dropout(0.3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = x.transpose(1, 2)
        for place, layer in enumerate(self.layers):
            after = self.dropout(torch.relu(layer(F.pad(hidden, (2**place, 0)))))
            hidden = after + (self.skip(hidden) if place == 0 else hidden)
        return self.read(hidden[..., -1])


class Inception(nn.Module):
    """Kernels of several widths side by side with a max pool, put together, normed, and pooled."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels = nn.ModuleList(nn.Conv1d(N_FEATURE, 3, k, padding=k // 2, bias=False) for k in (1, 3, 5))
        self.pool, self.after = nn.MaxPool1d(3, stride=1, padding=1), nn.Conv1d(N_FEATURE, 3, 1)
        self.norm, self.read = nn.BatchNorm1d(12), nn.Linear(12, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        parts = [kernel(x) for kernel in self.kernels] + [self.after(self.pool(x))]
        return self.read(self.norm(torch.cat(parts, dim=1)).relu().amax(dim=-1))


class Image(nn.Module):
    """A Conv2d network over steps and features as an image."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d((2, 1)), nn.Conv2d(4, 4, 3), nn.LeakyReLU(0.1),
            nn.AvgPool2d((2, 1)), nn.Flatten(), nn.Linear(8, 6), nn.Hardtanh(), nn.Linear(6, N_CLASS),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.unsqueeze(1))


class Encoder(nn.Module):
    """A TransformerEncoder with learned positions and a CLS token."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(N_FEATURE, 8)
        self.position, self.token = nn.Parameter(torch.randn(N_TIME + 1, 8)), nn.Parameter(torch.randn(1, 1, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.read = nn.Linear(8, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        tokens = torch.cat([self.token.expand(len(x), -1, -1), self.embed(x)], dim=1) + self.position
        return self.read(self.encoder(tokens)[:, 0])


class AttentionPool(nn.Module):
    """Scaled dot-product attention with a mask, then a learned query that pools."""

    def __init__(self) -> None:
        super().__init__()
        self.project, self.query = nn.Linear(N_FEATURE, 18), nn.Parameter(torch.randn(1, 1, 6))
        self.read = nn.Linear(6, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.project(x).chunk(3, dim=-1)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        pooled = F.scaled_dot_product_attention(self.query.expand(len(x), -1, -1), mixed, mixed)
        return self.read(pooled.squeeze(1))


class Gated(nn.Module):
    """Gated convolutions, sigmoid times tanh, with a squeeze-and-excite gate and a GLU."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.value = nn.Conv1d(N_FEATURE, 6, 3, padding=1), nn.Conv1d(N_FEATURE, 6, 3, padding=1)
        self.squeeze, self.read = nn.Linear(6, 6), nn.Linear(6, 2 * N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        hidden = torch.sigmoid(self.gate(x)) * torch.tanh(self.value(x))
        hidden = hidden * self.squeeze(hidden.mean(dim=-1)).sigmoid().unsqueeze(-1)
        return F.glu(self.read(hidden.sum(dim=-1)), dim=-1)


class Patches(nn.Module):
    """Reversible instance normalisation, then patches that a small network mixes."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.read = nn.Linear(4, 6), nn.Linear(18 * N_FEATURE, N_FEATURE)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(dim=1, keepdim=True)
        scale = torch.sqrt(x.var(dim=1, keepdim=True, unbiased=False) + 1e-5)
        patches = ((x - mean) / scale).transpose(1, 2).unfold(-1, 4, 4)
        out = self.read(F.gelu(self.embed(patches)).flatten(1))
        return (out * scale[:, 0] + mean[:, 0])[:, :N_CLASS]


class Decomposed(nn.Module):
    """A linear forecaster of trend and season, the trend being a moving average with repeated ends."""

    def __init__(self) -> None:
        super().__init__()
        self.trend, self.season = nn.Linear(N_TIME, N_CLASS), nn.Linear(N_TIME, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        padded = torch.cat([x[:, :1].repeat(1, 2, 1), x, x[:, -1:].repeat(1, 2, 1)], dim=1).permute(0, 2, 1)
        trend = F.avg_pool1d(padded, kernel_size=5, stride=1)
        season = x.permute(0, 2, 1) - trend
        return (self.trend(trend) + self.season(season)).mean(dim=1)


class Spectral(nn.Module):
    """Weights on frequencies, and the magnitudes of the spectrum."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(N_TIME // 2 + 1, N_FEATURE, 2))
        self.read = nn.Linear(2 * N_FEATURE, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(x, dim=1) * torch.view_as_complex(self.weight)
        back = torch.fft.irfft(spectrum, n=x.shape[1], dim=1)
        return self.read(torch.cat([torch.tanh(back).sum(dim=1), spectrum.abs().mean(dim=1)], dim=-1))


class Embedded(nn.Module):
    """Ids looked up, then an LSTM; what is explained is what the embedding answers."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.layer = nn.Embedding(9, N_FEATURE), nn.LSTM(N_FEATURE, 5, batch_first=True)
        self.read = nn.Linear(5, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        ids = torch.zeros(len(x), N_TIME, dtype=torch.int64)
        return self.read(self.layer(self.embedding(ids))[1][0][-1])


class Mixer(nn.Module):
    """Mixing along time and along features with GroupNorm, LayerNorm, GELU, SiLU, ELU and Mish."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(6), nn.GroupNorm(2, 6), nn.LayerNorm([N_TIME, 6])])
        self.embed, self.along, self.across = nn.Linear(N_FEATURE, 6), nn.Linear(N_TIME, N_TIME), nn.Linear(6, 6)
        self.read = nn.Linear(6, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.elu(self.embed(x))
        hidden = hidden + F.gelu(self.along(self.norms[0](hidden).mT)).mT
        hidden = hidden + F.silu(self.across(self.norms[1](hidden.transpose(1, 2)).transpose(1, 2)))
        return self.read(F.mish(self.norms[2](hidden)).mean(dim=1))


class Written(nn.Module):
    """Operations in place, writes into slices, choices by masks, einsum, and functions of torch throughout."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(N_FEATURE, 6) / 2), nn.Parameter(torch.randn(6) / 2)
        self.read = nn.Linear(6, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.einsum("btf,fh->bth", x, self.weight).add_(self.bias)
        hidden.relu_()
        out = torch.zeros(len(x), N_TIME, 6, dtype=x.dtype)
        for step in range(N_TIME):
            out[:, step] = hidden[:, step] if step == 0 else 0.5 * out[:, step - 1] + hidden[:, step]
        out[:, :2] *= 2
        out = out.masked_fill(out > 4, 4.0)
        out = torch.where(out < 0.1, torch.zeros_like(out), out)
        out = torch.clamp(out, max=3.0).pow(2) / 3
        return self.read(torch.stack([out.max(dim=1).values, out.mean(dim=1)]).sum(dim=0))


class Mixed(nn.Module):
    """A GRU with LayerNorm, then self-attention with a mask of padding."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm = nn.GRU(N_FEATURE, 6, batch_first=True), nn.LayerNorm(6)
        self.attention, self.read = nn.MultiheadAttention(6, 2, batch_first=True), nn.Linear(6, N_CLASS)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.norm(self.layer(x)[0])
        padding = torch.arange(N_TIME)[None] >= (N_TIME - torch.arange(len(x)) % 3)[:, None]
        mixed, _ = self.attention(hidden, hidden, hidden, key_padding_mask=padding, need_weights=False)
        return self.read((hidden + mixed)[:, 0])


ZOO: dict[str, Callable[[], nn.Module]] = {
    "lstm": lambda: Recurrent(nn.LSTM),
    "bidirectional-lstm": lambda: Recurrent(nn.LSTM, num_layers=2, bidirectional=True),
    "gru": lambda: Recurrent(nn.GRU, num_layers=2),
    "rnn": lambda: Recurrent(nn.RNN),
    "cells": Cells,
    "packed": Packed,
    "residual": Residual,
    "dilated": Dilated,
    "inception": Inception,
    "image": Image,
    "encoder": Encoder,
    "attention-pool": AttentionPool,
    "gated": Gated,
    "patches": Patches,
    "decomposed": Decomposed,
    "spectral": Spectral,
    "embedded": Embedded,
    "mixer": Mixer,
    "written": Written,
    "mixed": Mixed,
}
"""Every network by name."""


def network(name: str, *, dtype: torch.dtype = torch.float32) -> nn.Module:
    """A network in evaluation mode, with statistics of warm batches and with weights larger than at the start."""
    with torch.random.fork_rng():
        torch.manual_seed(sum(map(ord, name)))
        module = ZOO[name]().to(dtype)
        module.train()
        for _ in range(5):
            module(2 * torch.randn(16, N_TIME, N_FEATURE, dtype=dtype) + 0.5)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += 0.3 * torch.randn_like(parameter)
    return module.eval()
