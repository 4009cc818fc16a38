"""The network of a CSDI, but one that knows the noise exactly: its series are of a Gaussian law."""

import torch
from torch import Tensor, nn


class Backbone(nn.Module):
    """Takes noise away step by step.

    Args:
        covariance: Of the cells, ``[cell, cell]``, cells ordered by features, then steps.
        turns: Steps of the diffusion.
    """

    def __init__(self, covariance: Tensor, turns: int) -> None:
        super().__init__()
        self.covariance, self.n_diffusion_steps = covariance.double(), turns
        self.alpha = torch.linspace(1e-4**0.5, 0.5**0.5, turns).square().neg().add(1).cumprod(dim=0).numpy()

    def diff_model(self, given: Tensor, side: Tensor, turn: Tensor) -> Tensor:
        """The expected noise, given the noisy series and the cells that are kept."""
        kept = side.flatten(1).bool()
        value, noisy = (given[:, part].flatten(1).double() for part in range(2))
        left = float(self.alpha[int(turn)])
        answer = torch.zeros_like(value)
        for known in kept.unique(dim=0):
            rows, lost = (kept == known).all(dim=1), ~known
            gain = torch.linalg.solve(self.covariance[known][:, known], self.covariance[known][:, lost])
            gap = noisy[rows][:, lost] - left**0.5 * value[rows][:, known] @ gain
            law = self.covariance[lost][:, lost] - self.covariance[lost][:, known] @ gain
            law = left * law + (1 - left) * torch.eye(len(law), dtype=torch.float64)
            part = torch.zeros_like(noisy[rows])
            part[:, lost] = (1 - left) ** 0.5 * torch.linalg.solve(law, gap.T).T
            answer[rows] = part
        return answer.reshape(given[:, 0].shape).to(given)


class Denoiser(nn.Module):
    """What PyPOTS trains: a backbone, and what it is told beside the series."""

    def __init__(self, covariance: Tensor, turns: int = 50) -> None:
        super().__init__()
        self.backbone = Backbone(covariance, turns)

    def get_side_info(self, times: Tensor, kept: Tensor) -> Tensor:
        """Which cells are kept."""
        assert times.shape == (len(kept), kept.shape[2])
        return kept
