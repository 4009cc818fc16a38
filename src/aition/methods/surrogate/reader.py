"""The surrogate: a network that reads the shown part of a series, and puts it where the model would."""

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.freeze import random_state_kept
from aition.models.selector import Body, Selector, channels_of


class Reader(nn.Module):
    """Layers over the steps, the mean and the largest of each state over the existing ones, a latent, and outputs.

    Args:
        body: The layers.
        background: What values are standardised by.
        width: States of each step.
        n_latent: Components of the latent.
        n_output: Outputs.
        longest: Steps that it must be able to read.
    """

    def __init__(
        self, body: Body, background: Batch, *, width: int, n_latent: int, n_output: int, longest: int
    ) -> None:
        super().__init__()
        self.steps = Selector(body.layers(channels_of(background), width, longest), background)
        self.latent = nn.Linear(2 * width, n_latent)
        self.outputs = nn.Linear(n_latent, n_output)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The latent ``[sample, component]``, and the outputs ``[sample, output]``."""
        there = batch.exists[:, :, None]
        states = torch.where(there, torch.relu(self.steps(batch)), 0)
        mean = states.sum(dim=1) / there.sum(dim=1)
        latent = self.latent(torch.cat([mean, states.amax(dim=1)], dim=1))
        return latent, self.outputs(torch.relu(latent))


def reader_of(
    body: Body, background: Batch, *, width: int, n_latent: int, n_output: int, longest: int, seed: int
) -> Reader:
    """A reader with fresh weights that hang on the seed alone, where the background is."""
    with random_state_kept():
        torch.manual_seed(seed)
        made = Reader(body, background, width=width, n_latent=n_latent, n_output=n_output, longest=longest)
    return made.to(background.x.device, background.x.dtype)
