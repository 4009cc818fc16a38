"""The Shapley kernel: random coalitions of groups, by which a least-squares fit gives Shapley values."""

import torch
from torch import Tensor


def kernel_coalitions(there: Tensor, noise: Tensor) -> Tensor:
    """Coalitions drawn from the Shapley kernel, each followed by its complement, bool ``[sample, draw, group]``.

    A coalition of ``s`` out of ``d`` groups has a probability in proportion to ``1 / (binomial(d, s) s (d - s))``; one
    of no group, or of all, is never drawn, unless there are fewer than two groups.

    Args:
        there: Which groups a sample has, ``[sample, group]``.
        noise: Uniform in (0, 1), ``[sample, half of the draws, 1 + group]``.

    References:
        Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017, theorem 2. Covert and
        Lee, "Improving KernelSHAP: practical Shapley value estimation using linear regression", AISTATS 2021, section
        3.3: complements.

    >>> kernel_coalitions(torch.ones(1, 3, dtype=torch.bool), torch.tensor([[[0.2, 0.9, 0.1, 0.5]]])).int().tolist()
    [[[0, 1, 0], [1, 0, 1]]]
    """
    count = there.sum(dim=1, keepdim=True)
    size = torch.arange(1, max(2, there.shape[1]), device=there.device)
    weight = torch.where(size < count, 1.0 / (size * (count - size)), 0.0).to(noise.dtype)
    upto = weight.cumsum(dim=1) / weight.sum(dim=1, keepdim=True).clamp(min=torch.finfo(noise.dtype).tiny)
    wanted = 1 + (upto[:, None] < noise[:, :, :1]).sum(dim=2, keepdim=True)
    place = noise[:, :, 1:].masked_fill(~there[:, None], torch.inf).argsort(dim=2).argsort(dim=2)
    first = (place < wanted) & there[:, None]
    return torch.stack([first, ~first & there[:, None]], dim=2).flatten(1, 2)
