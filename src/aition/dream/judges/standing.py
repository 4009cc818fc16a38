"""Where dreams and real series stand with all judges, each kind of feature read once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.dream.judges.features import Reduced
from aition.dream.judges.judge import ByFeatures, Judge
from aition.dream.judges.percentiles import among_others, placed

SHOWN = 2
"""Components of the features that a projection shows."""


@dataclass(frozen=True, eq=False)
class Standing:
    """What judges say of dreams and of real series.

    Args:
        dreams: The percentile of each dream among held-out real series, by the judge's name, ``[draw]``.
        real: Likewise of each real series, by judges that saw the half in which it is not, ``[real]``.
        real_alone: Likewise, among the others of its half: as a dream would be placed, ``[real]``.
        dream_projection: The first two components of the features that judges read, ``[draw, component]``; empty
            where no judge reads features.
        real_projection: Likewise, ``[real, component]``.
        share: Of the variance of real features along each component, ``[component]``.
    """

    dreams: Mapping[str, Tensor]
    real: Mapping[str, Tensor]
    real_alone: Mapping[str, Tensor]
    dream_projection: Tensor
    real_projection: Tensor
    share: Tensor


def standing(judges: Sequence[Judge], real: Tensor, *, seen: Tensor, held: Tensor, dreams: Tensor) -> Standing:
    """Ask every judge about dreams, and about every real series.

    Args:
        judges: Who judges.
        real: Real series, ``[real, step, feature]``.
        seen: Rows of the real series that judges of dreams see.
        held: Rows of the others, among which dreams are placed.
        dreams: Dreams, ``[draw, step, feature]``.
    """
    seeds = dict.fromkeys(one.seed for one in judges if isinstance(one, ByFeatures))
    features = {seed: Reduced.fit(real[seen], seed=seed) for seed in seeds}
    said = {seed: (one(real), one(dreams)) for seed, one in features.items()}
    other = {seed: (Reduced.fit(real[held], seed=seed)(real), dreams[:0]) for seed in seeds}
    of_dreams, of_real, alone = {}, {}, {}
    for judge in judges:
        score, dreamt = scores(judge, said, real, seen, dreams)
        swapped, _ = scores(judge, other, real, held, dreams[:0])
        each, among = torch.empty_like(score), torch.empty_like(score)
        for half, said_of in ((held, score), (seen, swapped)):
            each[half] = placed(said_of[half], said_of[half])
            among[half] = among_others(each[half], len(half))
        alone[judge.name] = among
        of_dreams[judge.name], of_real[judge.name] = placed(dreamt, score[held]), each
    nothing = real.new_empty(0, 0)
    laid = said[next(iter(seeds))] if seeds else (nothing, nothing)
    share = features[next(iter(seeds))].share if seeds else nothing.flatten()
    return Standing(of_dreams, of_real, alone, laid[1][:, :SHOWN], laid[0][:, :SHOWN], share[:SHOWN])


def scores(
    judge: Judge, said: Mapping[int, tuple[Tensor, Tensor]], real: Tensor, seen: Tensor, dreams: Tensor
) -> tuple[Tensor, Tensor]:
    """How strange real series and dreams are to a judge that saw some of the former, ``[real]`` and ``[draw]``.

    Args:
        judge: Who judges.
        said: By seed, the features of the real series and of the dreams.
        real: Real series.
        seen: Rows of those that the judge sees.
        dreams: Dreams; there may be none.
    """
    rows, beside = said[judge.seed] if isinstance(judge, ByFeatures) else (real, dreams)
    fitted: Callable[[Tensor], Tensor] = (
        judge.within(rows[seen]) if isinstance(judge, ByFeatures) else judge.fit(rows[seen])
    )
    return fitted(rows), fitted(beside) if len(beside) else rows.new_empty(0)
