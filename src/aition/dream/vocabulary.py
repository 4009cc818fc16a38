"""Words of dreams: those that a model of token ids is nearest to dreaming of, and what it says of just these."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.core.model import TorchModel
from aition.core.variables import Variables
from aition.dream.frame import Frame
from aition.dream.objectives import Objective
from aition.dream.parameterisations.words import nearest_words
from aition.dream.real import reached

SOME = 1000
"""Words, by whose distances to the nearest other one distances are measured."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of real series, as a model looks them up.

    Args:
        field: The field of the batch that holds ids; empty where there is no vocabulary.
        ids: Of the words that real series have, ``[word]``, rising.
        vectors: What the model's embedding says of each, ``[word, feature]``.
    """

    field: str
    ids: Tensor
    vectors: Tensor

    @classmethod
    def of(cls, model: TorchModel, background: Batch) -> "Vocabulary":
        """The vocabulary of embedded real series; empty where the model has no embedding, or it looks nothing up.

        It looks words up where there is one field of ids, ``[sample, time]``, and equal ids have equal vectors.
        """
        none = cls("", torch.zeros(0, dtype=torch.int64), background.x.new_zeros(0, background.x.shape[2]))
        fields = background.fields.items()
        names = [name for name, one in fields if one.role == "ids" and one.axes == ("sample", "time")]
        if not model.embedding or len(names) != 1:
            return none
        ids, vectors = background[names[0]][background.exists], background.x[background.exists]
        known, place = ids.unique(return_inverse=True)
        row = torch.arange(len(ids), device=ids.device)
        table = vectors[torch.full_like(known, len(ids)).scatter_reduce(0, place, row, "amin")]
        return cls(names[0], known, table) if torch.allclose(table[place], vectors) else none

    def read(
        self, frame: Frame, model: TorchModel, dreams: Batch, objectives: Sequence[Objective], which: Tensor
    ) -> Variables:
        """The words that dreams are nearest to, how near, and what the model reaches where it is given these words.

        Args:
            frame: Of the dreams; it knows the words.
            model: Which.
            dreams: The dreams.
            objectives: What was driven.
            which: The objective of each, ``[draw]``.
        """
        if not self.field:
            return {}
        place, distance = nearest_words(frame.units(dreams.x), frame.words)
        before = dreams[self.field]
        word = torch.where(dreams.exists, self.ids[place], before)
        spelled = dreams.with_x(torch.where(dreams.cells, self.vectors[place], dreams.x)).with_field(self.field, word)
        each, _ = reached(model, spelled, objectives)
        return {
            "word": (("draw", "time"), word),
            "word_before": (("draw", "time"), before),
            "word_distance": (("draw", "time"), distance / spacing(frame.words)),
            "word_margin": (("draw",), each.gather(1, which[:, None])[:, 0]),
        }

    def called(self, variables: Variables, background: Batch) -> str:
        """What the ids of words that dreams have are called, by id, as JSON; empty where there are none, or no names.

        Args:
            variables: Of dreams.
            background: The real series.
        """
        names = background.fields[self.field].names if self.field else ()
        ids = {one for name in ("word", "word_before") if names for one in variables[name][1].unique().tolist()}
        return json.dumps({str(one): names[one] for one in sorted(ids) if 0 <= one < len(names)}) if ids else ""


def spacing(words: Tensor) -> Tensor:
    """The middle of the distances from a word to the nearest other one, one number; 1 where there is no other.

    >>> spacing(torch.tensor([[0.0], [1.0], [3.0], [5.0]]))
    tensor(1.5000)
    """
    some = words[:: -(-len(words) // SOME)]
    near = torch.cdist(some, words).topk(min(2, len(words)), largest=False).values[:, -1]
    middle = near.quantile(0.5) / words.shape[1] ** 0.5
    return torch.where(middle > 0, middle, 1.0)


def sentences_of(dreams: Explanation, names: Sequence[str], *, before: bool = False) -> list[str]:
    """The words of each dream, with spaces between them.

    Args:
        dreams: Of a model of token ids, which have ``word``.
        names: What the ids from 0 are called, such as ``batch.fields["ids"].names``.
        before: Those of the real sentences from which dreams have their length, and words their beginning.

    Raises:
        InputError: Dreams have no words, or a word has no name.
    """
    if "word" not in dreams:
        raise InputError("dreams must be of a model of token ids, TorchModel(…, embedding='name'), but have no words")
    ids = dreams["word_before" if before else "word"].values
    if int(ids.max()) >= len(names):
        raise InputError(f"names must be one for each id from 0 to {int(ids.max())}, but are {len(names)}")
    return [" ".join(names[one] for one in row if one >= 0) for row in ids.tolist()]
