"""Words that a model looks up as parameters: every dream is made of real ones."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aition.core.draws import uniform
from aition.core.errors import InputError
from aition.dream.frame import Frame
from aition.dream.parameterisations.parameterisation import Canvas
from aition.dream.regularisers import check_above

DEAR = 100.0
"""How much dearer one word of a sentence may be than another."""
PIECE = 4096
"""Vectors whose distances to all words are in memory at once."""


@dataclass(frozen=True)
class Words:
    """Real sentences, of which a few words are exchanged for others.

    Every step has a vector, which stands for the nearest word of the vocabulary: the model is only ever given real
    words, and its slope at these moves the vectors. A price holds each vector at its first word, and chance makes some
    dearer than others, so that few words are exchanged, and other ones in another dream. Words come one by one: at the
    end single ones are put back or exchanged for others until a level or a border is reached. It needs a model of token
    ids: ``TorchModel(…, embedding="name")``.

    Args:
        price: Of the mean distance that vectors are moved, in units of the loss.

    References:
        Wen et al., "Hard prompts made easy: gradient-based discrete optimization for prompt tuning and discovery",
        NeurIPS 2023: vectors that are put on the nearest word at each step.
    """

    price: float = 30.0

    def __post_init__(self) -> None:
        check_above("price", self.price)

    def fit(self, frame: Frame, seed: int) -> "Spelled":
        if not len(frame.words):
            raise InputError(
                "words need a model that looks token ids up, TorchModel(…, embedding='name'), and a batch with one "
                "field of ids, as from_ids makes it; take another parameterisation for vectors"
            )
        first, keys = frame.units(frame.places.x), frame.places.keys
        step = torch.arange(first.shape[1], device=keys.device)[None]
        share = torch.where(frame.places.exists, DEAR ** (uniform(keys[:, None], seed, step) - 0.5), 0.0).to(first)
        size = frame.places.lengths.clamp(min=1)[:, None]
        return Spelled(first, first, frame.words, self.price * share / size)


@dataclass(frozen=True, eq=False)
class Spelled(Canvas):
    """The canvas of :class:`Words`: vectors ``[draw, time, feature]``.

    Args:
        real: Those of the real sentences.
        words: The vocabulary, ``[word, feature]``.
        weight: Of the distance that each is moved, ``[draw, time]``; 0 in the padding.
    """

    stretches: ClassVar[bool] = False

    real: Tensor
    words: Tensor
    weight: Tensor

    def take(self, rows: Tensor) -> "Spelled":
        return Spelled(self.first[rows], self.real[rows], self.words, self.weight[rows])

    def series(self, parameter: Tensor) -> Tensor:
        word, _ = nearest_words(parameter.detach(), self.words)
        return self.words[word] + (parameter - parameter.detach())

    def price(self, parameter: Tensor) -> Tensor:
        moved = ((parameter - self.real).square().mean(dim=2) + 1e-12).sqrt()
        return (self.weight * moved).sum(dim=1)


def nearest_words(vectors: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest word of each vector, and its root mean squared distance, ``[draw, time]`` each.

    Args:
        vectors: ``[draw, time, feature]``.
        words: ``[word, feature]``.

    >>> words = torch.tensor([[0.0, 0.0], [4.0, 4.0]])
    >>> nearest_words(torch.tensor([[[1.0, 1.0], [3.0, 4.0]]]), words)[0].tolist()
    [[0, 1]]
    """
    flat = vectors.flatten(0, 1)
    place = torch.cat([torch.cdist(some, words).argmin(dim=1) for some in flat.split(PIECE)])
    distance = (flat - words[place]).square().mean(dim=1).sqrt()
    return place.reshape(vectors.shape[:2]), distance.reshape(vectors.shape[:2])
