"""Halves of the samples: one to choose an explainer on, one that has no part in the choice."""

import torch

from aition.checks.parts import SHORT
from aition.checks.recommendation import Candidate
from aition.core.batch import Batch
from aition.core.draws import uniform

MOST = 100
"""Samples of each half that are looked at, at most."""


def halves(batch: Batch, *, seed: int) -> tuple[Batch, Batch]:
    """Two halves of the samples by chance, whatever their order; of each 100 at most."""
    order = torch.argsort(uniform(batch.keys, seed), stable=True).tolist()
    middle = len(order) // 2
    return batch.take(order[:middle][:MOST]), batch.take(order[middle:][:MOST])


def timely(final: Batch, best: Candidate, *, seen: int, seconds: float) -> Batch:
    """As many of the samples that chose nothing as there is time to check the best candidate on, but 40 at least.

    Args:
        final: These samples.
        best: The candidate.
        seen: On how many samples it was checked before.
        seconds: That are left.
    """
    room = int(max(seconds, 0.0) * seen / max(best.seconds, 1e-9))
    return final.take(range(min(len(final), max(SHORT.samples, room))))
