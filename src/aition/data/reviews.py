"""Film reviews: sentences with the mean rating of twenty readers, which come with the package."""

import html
import lzma
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

import torch

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError
from aition.data.dataset import Dataset

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
UNKNOWN = "<unknown>"
EVERY = 5
"""One sentence of so many is held out."""


def load_reviews(*, rare: int = 3, least: float = 0.5) -> Dataset:
    """Sentences of film reviews, positive or negative, as ids of lower-case words.

    Every fifth sentence is held out. Values of ``x`` are the ids, for networks that look them up; the field ``ids``
    has them as whole numbers with the vocabulary as its names, the field ``rating`` the mean rating, -4 to 4. Id 0
    stands for words that are not in the vocabulary, and for the padding, which is on the right.

    Args:
        rare: A word is in the vocabulary that so many training sentences have.
        least: Sentences rated between ``-least`` and ``least`` are left out.

    Raises:
        InputError: A setting is out of range.

    References:
        Hutto and Gilbert, "VADER: a parsimonious rule-based model for sentiment analysis of social media text", ICWSM
        2014; Pang and Lee, "A sentimental education", ACL 2004.

    >>> reviews = load_reviews()
    >>> len(reviews.train), len(reviews.test), reviews.class_names
    (8086, 1986, ('negative', 'positive'))
    >>> " ".join(words_of(reviews.train, 0)[:5])
    'the gorgeously elaborate <unknown> of'
    """
    if rare < 1 or not 0 <= least < 4:
        raise InputError(f"rare must be 1 or more and least at least 0 and below 4, but are {rare} and {least}")
    rated = [(number, *one) for number, one in enumerate(sentences()) if abs(one[0]) >= max(least, 1e-9)]
    words = [WORD.findall(text.lower()) for _, _, text in rated]
    trained = [number % EVERY != 0 for number, _, _ in rated]
    counts = Counter(word for one, train in zip(words, trained, strict=True) if train for word in set(one))
    vocabulary = (UNKNOWN, *sorted(word for word, count in counts.items() if count >= rare))
    place = {word: number for number, word in enumerate(vocabulary)}
    longest = max(map(len, words))
    ids = torch.zeros(len(words), longest, dtype=torch.int64)
    for row, one in enumerate(words):
        ids[row, : len(one)] = torch.tensor([place.get(word, 0) for word in one])
    rating = torch.tensor([one for _, one, _ in rated])
    batch = from_tensors(
        ids,
        layout="sample time",
        lengths=[len(one) for one in words],
        label=(rating > 0).long(),
        ids=[f"review-{number}" for number, _, _ in rated],
        feature_names=("word",),
        class_names=("negative", "positive"),
        fields={
            "ids": Field(ids, "ids", ("sample", "time"), names=vocabulary),
            "rating": Field(rating, "context", ("sample",)),
        },
    )
    chosen = torch.tensor(trained)
    return Dataset(
        name="film-reviews",
        train=batch.take(chosen.nonzero()[:, 0]),
        test=batch.take((~chosen).nonzero()[:, 0]),
        class_names=("negative", "positive"),
        source="vaderSentiment; Hutto and Gilbert (2014), sentences of Pang and Lee (2004)",
        licence="MIT, as part of vaderSentiment",
        description="Sentences of film reviews, rated by twenty readers each: is the sentence positive?",
    )


def sentences() -> list[tuple[float, str]]:
    """Mean ratings and texts, in the order of their file.

    >>> len(sentences()), sentences()[2]
    (10605, (-0.6, 'Effective but too tepid biopic'))
    """
    packed = files("aition.data").joinpath("film_reviews", "sentences.tsv.xz").read_bytes()
    lines = lzma.decompress(packed).decode("utf-8").split("\n")[:-1]
    rows = (line.split("\t", 1) for line in lines)
    return [(float(rating), html.unescape(text)) for rating, text in rows]


def words_of(batch: Batch, row: int) -> list[str]:
    """The words of one sentence, as the vocabulary has them."""
    names = batch.fields["ids"].names
    return [names[number] for number in batch["ids"][row, : int(batch.lengths[row])].tolist()]


def encoded(batch: Batch, texts: Sequence[str]) -> Batch:
    """Other sentences in the vocabulary of a batch, without labels.

    >>> reviews = load_reviews()
    >>> words_of(encoded(reviews.test, ["Not very good."]), 0)
    ['not', 'very', 'good']
    """
    names = batch.fields["ids"].names
    place = {word: number for number, word in enumerate(names)}
    words = [WORD.findall(text.lower()) for text in texts]
    if empty := [text for text, one in zip(texts, words, strict=True) if not one]:
        raise InputError(f"every text must have a word, but {empty[0]!r} has none")
    ids = torch.zeros(len(texts), max(map(len, words)), dtype=torch.int64)
    for row, one in enumerate(words):
        ids[row, : len(one)] = torch.tensor([place.get(word, 0) for word in one])
    field = replace(batch.fields["ids"], value=ids)
    return from_tensors(
        ids,
        layout="sample time",
        lengths=[len(one) for one in words],
        feature_names=batch.feature_names,
        class_names=batch.class_names,
        fields={"ids": field},
    )
