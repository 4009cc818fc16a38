"""A transformer as reference network."""

import math

import torch
from torch import Tensor, nn

from aition.models.padding import aligned, mean


class TransformerClassifier(nn.Module):
    """Transformer encoder over the steps, the mean over existing steps, and a linear layer.

    Args:
        n_feature: Features of each step.
        n_class: Outputs.
        n_hidden: Size of each step's state; even, and a multiple of ``n_head``.
        n_head: Attention heads.
        n_layer: Encoder layers.
        dropout: Share of states dropped in training.

    References:
        Vaswani et al. (2017), Attention is all you need, section 3.
    """

    def __init__(
        self,
        n_feature: int,
        n_class: int,
        *,
        n_hidden: int = 32,
        n_head: int = 4,
        n_layer: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.project = nn.Linear(n_feature, n_hidden)
        layer = nn.TransformerEncoderLayer(
            n_hidden, n_head, 2 * n_hidden, dropout=dropout, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, n_layer, enable_nested_tensor=False)
        self.head = nn.Linear(n_hidden, n_class)

    def forward(self, x: Tensor, exists: Tensor) -> Tensor:
        """Logits ``[sample, class]``."""
        x, there = aligned(x, exists, x.shape[1])
        states = self.project(x)
        states = self.encoder(states + places(states), src_key_padding_mask=~there)
        logits: Tensor = self.head(mean(torch.where(there[:, :, None], states, 0), there))
        return logits


def places(states: Tensor) -> Tensor:
    """Sines and cosines of the step, ``[time, state]`` (Vaswani et al. 2017, section 3.5)."""
    _, n_time, n_hidden = states.shape
    rate = torch.exp(torch.arange(0, n_hidden, 2, device=states.device) * (-math.log(10_000.0) / n_hidden))
    angle = torch.arange(n_time, device=states.device)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1).to(states.dtype)
