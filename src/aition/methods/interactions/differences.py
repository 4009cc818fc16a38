"""What two players count for beyond each, in one company: among the absent, or among all."""

from collections.abc import Callable

import torch
from torch import Tensor

from aition.core.pairs import squared
from aition.impute.coalitions import small_coalitions

Asked = Callable[[Tensor], Tensor]
"""From coalitions ``[coalition, player]`` to scores ``[sample, question, coalition]``."""


def differences(asked: Asked, n_player: int, *, present: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Main effects, and the mixed differences of pairs, in one company.

    Args:
        asked: The game.
        n_player: Players.
        present: Whether all others are present, or all are absent.

    Returns:
        Main effects, ``[sample, question, player]``; pairs, ``[sample, question, pair]``: v(ij) − v(i) − v(j) + v(∅)
        among the absent, v(N) − v(N∖i) − v(N∖j) + v(N∖ij) among the present; and the score of nobody, or of all,
        ``[sample, question]``. Among the present, what a player's interactions count for is taken off its fall.
    """
    few = small_coalitions(n_player)
    values = asked(~few if present else few)
    bare, change = values[..., 0], values[..., 1 : 1 + n_player] - values[..., :1]
    first, second = torch.triu_indices(n_player, n_player, 1)
    pairs = values[..., 1 + n_player :] - values[..., :1] - change[..., first] - change[..., second]
    if not present:
        return change, pairs, bare
    together = squared(pairs, n_player).nan_to_num(0.0).sum(dim=-1)
    return -change - together, pairs, bare
