"""The bound that is maximised: the logarithm of a mean of probabilities, over masks and imputations together."""

import math

import torch
from torch import Tensor


def log_mean(log_prob: Tensor, dim: int) -> Tensor:
    """The logarithm of the mean of probabilities along an axis.

    With ``K`` masks and ``M`` imputations of each, the bound is the mean over all of them inside one logarithm,
    ``L_{K,M} = log 1/(KM) Σ_k Σ_m p(y | x̃_km)``; its expectation is at most the log-likelihood, grows with ``K``, and
    tends to it. (A mean of log-probabilities is a looser bound, and the negative of a mean of losses none.)

    Args:
        log_prob: Log-probabilities or log-densities.
        dim: The axis of the draws.

    References:
        Sénétaire, Garreau, Frellsen and Mattei, "Explainability as statistical inference", ICML 2023, section 3.
        Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", ICLR 2016, equation 8.

    >>> round(-float(log_mean(torch.tensor([0.9, 0.1]).log(), dim=0)), 4)
    0.6931
    """
    return torch.logsumexp(log_prob, dim=dim) - math.log(log_prob.shape[dim])


def log_mean_of_others(log_prob: Tensor) -> Tensor:
    """For each draw, the logarithm of the mean of the probabilities of all others.

    Args:
        log_prob: ``[sample, draw, outcome]``, of two draws or more.

    >>> log_mean_of_others(torch.tensor([[[0.5], [0.1], [0.3]]]).log()).exp()[0, :, 0]
    tensor([0.2000, 0.4000, 0.3000])
    """
    n_draw = log_prob.shape[1]
    own = torch.eye(n_draw, dtype=torch.bool, device=log_prob.device)[None, :, :, None]
    others = log_prob[:, None].expand(-1, n_draw, -1, -1).masked_fill(own, -torch.inf)
    return torch.logsumexp(others, dim=2) - math.log(n_draw - 1)
