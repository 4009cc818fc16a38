"""The diffusion imputer: CSDI of PyPOTS, drawn step by step by numbers of our own, and kept."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.draws import normal
from aition.core.errors import InputError
from aition.core.extras import optional
from aition.core.freeze import random_state_kept
from aition.impute.background import Background, standardised
from aition.impute.laid import check_length, kept_steps, laid, put_back

MOST = 20_000
"""Draws that are kept at most; then all are forgotten."""


@dataclass(frozen=True, eq=False)
class DiffusionImputer:
    """Draws from a diffusion of all cells that is told which are kept, noise taken away step by step.

    A draw takes as many passes of a transformer as the diffusion has steps, so draws are kept: the same series, mask
    and number are answered from memory. The noise is ours, of key, seed, number and step, so that chunks and order
    change nothing, which PyPOTS's own draws from the global generator can't promise.

    Args:
        module: The network of a CSDI that was trained, ``model.model`` of PyPOTS.
        mean: Of each cell, ``[step, feature]``, in units of ``x``.
        deviation: Of each cell, ``[step, feature]``; 0: it never varies, holds its mean and tells nothing.
        seed: Of the draws.

    References:
        Tashiro, Song, Song and Ermon, "CSDI: conditional score-based diffusion models for probabilistic time series
        imputation", NeurIPS 2021, section 4; Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", NeurIPS
        2020, algorithm 2.
    """

    module: nn.Module
    mean: Tensor
    deviation: Tensor
    seed: int = 0

    def __post_init__(self) -> None:
        if self.mean.ndim != 2 or self.mean.shape != self.deviation.shape:
            raise InputError(
                f"mean and deviation must be [step feature] alike, but are {list(self.mean.shape)} and "
                f"{list(self.deviation.shape)}"
            )

    @classmethod
    def fit(
        cls,
        background: Batch,
        *,
        epochs: int = 100,
        diffusion_steps: int = 50,
        layers: int = 2,
        channels: int = 32,
        seed: int = 0,
    ) -> "DiffusionImputer":
        """CSDI trained by PyPOTS, on the background's device.

        Args:
            background: The series.
            epochs: Passes over the series.
            diffusion_steps: Steps from noise to a series.
            layers: Of the transformer.
            channels: Of the transformer; a multiple of 4.
            seed: Of the weights, of what training draws, and of the draws.

        Raises:
            InputError: The background has fewer than two series, or never observed a feature; or a setting is below 1.
            MissingExtraError: PyPOTS is not installed.
        """
        if min(epochs, diffusion_steps, layers, channels) < 1 or channels % 4:
            raise InputError(
                "epochs, diffusion_steps and layers must be 1 or more and channels a multiple of 4, but are "
                f"{epochs}, {diffusion_steps}, {layers} and {channels}"
            )
        rows = Background.of(background)
        mean, deviation = rows.moments()
        value = standardised(rows.value, mean, deviation).masked_fill(~rows.seen, torch.nan).float()
        csdi = optional("pypots.imputation", user="DiffusionImputer.fit", package="PyPOTS", extra="pypots").CSDI
        with random_state_kept():
            torch.manual_seed(seed)
            trained = csdi(
                *(value.shape[1], value.shape[2], layers, 4, channels, 32, 8, 32),
                n_diffusion_steps=diffusion_steps,
                epochs=epochs,
                device=background.x.device,
                verbose=False,
            )
            trained.fit({"X": value.cpu().numpy()})
        return cls(trained.model.eval().requires_grad_(False), mean, deviation, seed)

    @property
    def causal(self) -> bool:
        """Later cells tell of earlier ones."""
        return False

    @cached_property
    def memory(self) -> dict[bytes, Tensor]:
        """Draws by what they hang on."""
        return {}

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        n_step, n_feature = self.mean.shape
        check_length(batch, n_step, n_feature)
        device = batch.x.device
        mean, deviation = self.mean.to(device), self.deviation.to(device)
        known = kept_steps(kept, batch, n_step) & (deviation > 0)
        value = standardised(laid(batch.x, batch, n_step).double(), mean, deviation).float().masked_fill(~known, 0.0)
        n_draw = numbers.shape[1]
        rows = [part.repeat_interleave(n_draw, dim=0) for part in (value, known, batch.keys)]
        names = [
            b"".join(part.tobytes() for part in parts)
            for parts in zip(*(part.cpu().numpy() for part in (*rows, numbers.flatten())), strict=True)
        ]
        wanted = {name: place for place, name in enumerate(names) if name not in self.memory}
        found = {name: self.memory[name] for name in names if name in self.memory}
        if wanted:
            places = torch.tensor(list(wanted.values()), device=device)
            shown, seen, keys = (part[places] for part in rows)
            new = self.denoised(shown, seen, keys, numbers.flatten()[places])
            found.update(zip(wanted, new.cpu(), strict=True))
            if len(self.memory) + len(wanted) > MOST:
                self.memory.clear()
            self.memory.update((name, found[name]) for name in wanted)
        drawn = torch.stack([found[name] for name in names]).to(device).double()
        return put_back((drawn * deviation + mean).unflatten(0, (len(batch), n_draw)), batch).to(batch.x)

    def denoised(self, value: Tensor, known: Tensor, keys: Tensor, numbers: Tensor) -> Tensor:
        """Series from noise, in deviations, ``[row, step, feature]``; what is known is not read."""
        module: Any = self.module.to(value.device)
        core, kept = module.backbone, known.to(value).mT
        step = torch.arange(value.shape[1], device=value.device)
        side = module.get_side_info(step.to(value).expand(len(value), -1), kept)
        state = self.white(keys, numbers, core.n_diffusion_steps, value)
        with torch.no_grad():
            for turn in reversed(range(core.n_diffusion_steps)):
                given = torch.stack([kept * value.mT, (1 - kept) * state.mT], dim=1)
                noise = core.diff_model(given, side, torch.tensor([turn], device=value.device)).mT
                left, before = float(core.alpha[turn]), float(core.alpha[turn - 1]) if turn else 1.0
                state = (state - (1 - left / before) / (1 - left) ** 0.5 * noise) / (left / before) ** 0.5
                width = ((1 - before) / (1 - left) * (1 - left / before)) ** 0.5
                state = state + width * self.white(keys, numbers, turn, value)
        return state

    def white(self, keys: Tensor, numbers: Tensor, turn: int, like: Tensor) -> Tensor:
        """Standard normal numbers of a step of the diffusion, ``[row, step, feature]``."""
        n_step, n_feature = like.shape[1:]
        places = (
            numbers[:, None, None],
            torch.tensor(turn, device=like.device),
            torch.arange(n_step, device=like.device)[:, None],
            torch.arange(n_feature, device=like.device),
        )
        return normal(keys[:, None, None], self.seed, *places).to(like)
