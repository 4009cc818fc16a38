"""The landing of words: single ones are put back or exchanged until what was asked for is reached."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aition.dream.landing import Parameters, most, with_slopes
from aition.dream.parameterisations.words import Spelled, nearest_words

TOLERANCE = 0.005
"""Of what is amiss, in deviations of what real series reach, below which a sentence is left as it is."""
ROUNDS, TRIES = 8, 4
"""Exchanges of a sentence at most, and how many are tried for each."""
WORTH = 0.5
"""Share of what is amiss that may be left by the exchange of a word that was kept so far."""
NEAR = 1e-3
"""Deviations of what is amiss that a word may cost for being nearer, by one distance of the vocabulary's extent."""

Amiss = Callable[[Parameters], Sequence[Tensor]]
"""What is to become 0, ``[draw, constraint]`` for each wish, from parameters."""


def respelled(parameters: Parameters, amiss: Amiss, canvases: Sequence[Spelled]) -> Parameters:
    """Vectors of sentences with which less is amiss, on words each.

    Words that were exchanged are first put back, one by one, where that does no harm. Then one word at a time is
    exchanged for that which promises, by the slope, to put most right; a few are tried, and kept where they do. These
    are words that were exchanged before; where there are none, or none of them helps, others, if that at least halves
    what is amiss, so that few words are exchanged.

    Args:
        parameters: Vectors ``[draw, time, feature]``, one tensor a wish.
        amiss: From vectors to what is amiss.
        canvases: Of the wishes.

    References:
        Ebrahimi et al., "HotFlip: white-box adversarial examples for text classification", ACL 2018: exchanges of
        words by their slopes.
    """
    best = [spelled(one, some) for one, some in zip(canvases, parameters, strict=True)]
    real = [spelled(one, one.real) for one in canvases]
    error = errors(best, amiss)
    first = [changed(one, some) for one, some in zip(canvases, best, strict=True)]
    for turn in range(max(int(one.sum(dim=1).amax()) for one in first)):
        here = [one & (one.cumsum(dim=1) == turn + 1) for one in first]
        tried = [torch.where(at[:, :, None], own, some) for at, own, some in zip(here, real, best, strict=True)]
        left = errors(tried, amiss)
        keep_better(best, error, tried, left, may=[after <= was for after, was in zip(left, error, strict=True)])
    loose = [~changed(one, some).any(dim=1) for one, some in zip(canvases, best, strict=True)]
    stuck = [torch.zeros_like(one) for one in loose]
    for _ in range(ROUNDS):
        off = [(one > TOLERANCE) & ~done for one, done in zip(error, stuck, strict=True)]
        if not any(bool(one.any()) for one in off):
            break
        picks = exchanges(best, amiss, canvases, off=off, loose=loose)
        before = [one.clone() for one in error]
        start = [one.clone() for one in best]
        for number in range(TRIES):
            tried = [
                exchanged(some, pick[:, number], one.words)
                for some, pick, one in zip(start, picks, canvases, strict=True)
            ]
            left = errors(tried, amiss)
            most_left = [torch.where(wide, WORTH, 1.0) * was for wide, was in zip(loose, before, strict=True)]
            worth = [after < bound for after, bound in zip(left, most_left, strict=True)]
            keep_better(best, error, tried, left, may=worth)
        for place, was in enumerate(before):
            idle = off[place] & (error[place] >= was)
            stuck[place] = stuck[place] | (idle & loose[place])
            loose[place] = loose[place] | idle
    return best


def errors(parameters: Parameters, amiss: Amiss) -> list[Tensor]:
    """The most that is amiss with each sentence, ``[draw]`` for each wish."""
    with torch.no_grad():
        return [most(one) for one in amiss(parameters)]


def spelled(canvas: Spelled, vectors: Tensor) -> Tensor:
    """The words that are nearest to vectors, as vectors."""
    return canvas.words[nearest_words(vectors, canvas.words)[0]]


def changed(canvas: Spelled, vectors: Tensor) -> Tensor:
    """Which steps have another word than the real sentence, ``[draw, time]``."""
    return (vectors != spelled(canvas, canvas.real)).any(dim=2) & (canvas.weight > 0)


def keep_better(
    best: list[Tensor], error: list[Tensor], tried: Parameters, left: Sequence[Tensor], *, may: Sequence[Tensor]
) -> None:
    """Put what was tried in the place of what is no better, in the lists, of the draws of which it may be."""
    for place, one in enumerate(tried):
        better = may[place] & (left[place] <= error[place])
        best[place] = torch.where(better[:, None, None], one, best[place])
        error[place] = torch.where(better, left[place], error[place])


def exchanges(
    parameters: Parameters, amiss: Amiss, canvases: Sequence[Spelled], *, off: Sequence[Tensor], loose: Sequence[Tensor]
) -> list[Tensor]:
    """What is to be tried: of each sentence a step and a word, ``[draw, try, 2]`` for each wish; -1 for nothing.

    Args:
        parameters: Vectors on words.
        amiss: From vectors to what is amiss.
        canvases: Of the wishes.
        off: Sentences with which something is amiss, ``[draw]``.
        loose: Sentences of which any word may be exchanged, ``[draw]``.
    """
    gaps, slopes = with_slopes(parameters, amiss)
    found = []
    for place, (canvas, vectors) in enumerate(zip(canvases, parameters, strict=True)):
        pick = torch.full((len(vectors), TRIES, 2), -1, device=vectors.device)
        free = changed(canvas, vectors) | (loose[place][:, None] & (canvas.weight > 0))
        for draw in (off[place] & free.any(dim=1)).nonzero()[:, 0].tolist():
            slope = torch.stack([slopes[one][place][draw] for one in slopes])
            gap = gaps[place][draw].detach()[list(slopes)]
            promised = gap[:, None, None] + slope @ canvas.words.T - (slope * vectors[draw]).sum(dim=2)[:, :, None]
            far = torch.cdist(vectors[draw], canvas.words)
            score = torch.relu(promised.abs().amax(dim=0) - 0.5 * TOLERANCE) + NEAR * far / far.amax().clamp(min=1e-12)
            score = torch.where(free[draw][:, None], score, torch.inf).flatten()
            least = score.topk(min(TRIES, len(score)), largest=False).indices
            pick[draw, : len(least), 0], pick[draw, : len(least), 1] = least // far.shape[1], least % far.shape[1]
        found.append(pick)
    return found


def exchanged(vectors: Tensor, pick: Tensor, words: Tensor) -> Tensor:
    """Vectors with one word of each sentence exchanged.

    Args:
        vectors: ``[draw, time, feature]``.
        pick: A step and a word, ``[draw, 2]``; -1 for nothing.
        words: ``[word, feature]``.
    """
    step = torch.arange(vectors.shape[1], device=vectors.device)[None]
    return torch.where((step == pick[:, :1])[:, :, None], words[pick[:, 1].clamp(min=0)][:, None], vectors)
