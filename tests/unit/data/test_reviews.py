"""Film reviews: words, vocabulary and labels."""

import pytest

from aition.core.errors import InputError
from aition.data.reviews import UNKNOWN, encoded, load_reviews, sentences, words_of


@pytest.fixture(scope="module")
def reviews():
    return load_reviews()


def test_ratings_decide_the_class(reviews):
    rating = reviews.train["rating"]
    assert bool(((rating > 0) == (reviews.train.label == 1)).all())
    assert float(rating.abs().min()) >= 0.5


def test_a_sentence_is_its_words_or_unknown(reviews):
    rated = [text for rating, text in sentences() if abs(rating) >= 0.5]
    found = {word for row in range(50) for word in words_of(reviews.test, row)}
    said = " ".join(rated).lower()
    assert all(word == UNKNOWN or word in said for word in found)


def test_no_sentence_is_in_both_parts(reviews):
    assert not set(reviews.train.ids) & set(reviews.test.ids)


def test_the_vocabulary_hangs_on_training_sentences_alone(reviews):
    names, counted = reviews.train.fields["ids"].names, set()
    for row in range(len(reviews.train)):
        counted |= set(reviews.train["ids"][row].tolist())
    assert counted == set(range(len(names)))


def test_other_texts_are_encoded_alike(reviews):
    batch = encoded(reviews.test, ["A moving film", "zzyzx"])
    assert words_of(batch, 0) == ["a", "moving", "film"]
    assert words_of(batch, 1) == [UNKNOWN]


def test_a_text_without_words_is_named(reviews):
    with pytest.raises(InputError, match=r"but '\.\.\.' has none"):
        encoded(reviews.test, ["..."])


def test_settings_out_of_range_are_refused():
    with pytest.raises(InputError, match="rare must be 1 or more"):
        load_reviews(rare=0)
