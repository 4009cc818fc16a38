"""Interactions by the approximations of the package shapiq, on our game."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.errors import MissingExtraError
from aition.core.pairs import pairs_of
from aition.methods.interactions.indices import Index

Game = Callable[[Tensor, int, Tensor], Tensor]
"""From a sample ``[1]``, the place of a question and coalitions ``[coalition, player]`` to scores ``[coalition]``."""


def approximated(
    game: Game, *, shape: tuple[int, int], n_player: int, index: Index, budget: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Main effects and pairs of every sample and question: k-SII by KernelSHAP-IQ, STII by permutations.

    Args:
        game: What is asked.
        shape: Samples and questions.
        n_player: Players.
        index: "k-sii" or "stii".
        budget: Coalitions asked of each sample and question.
        seed: Of the coalitions.

    Returns:
        ``[sample, question, player]`` and ``[sample, question, pair]``, float64.

    Raises:
        MissingExtraError: shapiq is not installed.

    References:
        Fumagalli, Muschalik, Kolpaczki, Hüllermeier and Hammer, "KernelSHAP-IQ", ICML 2024; Sundararajan, Dhamdhere
        and Agarwal, "The Shapley Taylor interaction index", ICML 2020.
    """
    alone = torch.zeros(*shape, n_player, dtype=torch.float64)
    pairs = torch.zeros(*shape, n_player * (n_player - 1) // 2, dtype=torch.float64)
    first, second = (side.tolist() for side in pairs_of(n_player))
    for sample in range(shape[0]):
        for column in range(shape[1]):

            def scores(coalitions: Any, sample: int = sample, column: int = column) -> Any:
                rows = torch.tensor([sample])
                return game(rows, column, torch.from_numpy(np.atleast_2d(coalitions).astype(bool))).numpy()

            found = approximator(n_player, index, seed).approximate(budget, scores)
            alone[sample, column] = torch.tensor([float(found[(place,)]) for place in range(n_player)])
            pairs[sample, column] = torch.tensor(
                [float(found[pair]) for pair in zip(first, second, strict=True)], dtype=torch.float64
            )
    return alone, pairs


def approximator(n_player: int, index: Index, seed: int) -> Any:
    """The approximation of shapiq for an index."""
    try:
        module = import_module("shapiq.approximator")
    except ImportError as error:
        raise MissingExtraError(
            f"the index {index!r} of {n_player} players goes through shapiq; install it by: "
            "pip install 'aition[interactions]', or take index='fsii'"
        ) from error
    if index == "k-sii":
        return module.KernelSHAPIQ(n_player, 2, "k-SII", pairing_trick=True, random_state=seed)
    return module.PermutationSamplingSTII(n_player, 2, random_state=seed)
