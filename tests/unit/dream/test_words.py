"""Words: dreams of models of token ids, in embedded space and of real words."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aition import TorchModel, from_ids
from aition.core.errors import InputError
from aition.dream import Border, Margin, Time, Value, Words, dream, figures_of, preset, sentences_of
from aition.dream.distances import nearest_of
from aition.dream.parameterisations.words import Spelled
from aition.dream.spelling import respelled
from stand_ins.dreams import matched, waves

NAMES = tuple(f"word{place}" for place in range(20))


class Reader(nn.Module):
    """Words below 10 speak for class 0, the others for class 1; the last 4 speak loudest."""

    def __init__(self, *, places: bool = False) -> None:
        super().__init__()
        self.embedding = Placed(20, 3) if places else nn.Embedding(20, 3)
        self.head = nn.Linear(3, 2, bias=False)
        table = self.embedding.weight if not places else self.embedding.words.weight
        with torch.no_grad():
            table.copy_(torch.randn(20, 3, generator=torch.Generator().manual_seed(0)))
            table[:, 0] = torch.linspace(-1, 1, 20) ** 3
            self.head.weight.copy_(torch.tensor([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))

    def forward(self, ids: torch.Tensor, exists: torch.Tensor) -> torch.Tensor:
        return self.head((self.embedding(ids) * exists[:, :, None]).sum(dim=1))


class Placed(nn.Module):
    """Equal words have other vectors at other places."""

    def __init__(self, n_word: int, width: int) -> None:
        super().__init__()
        self.words = nn.Embedding(n_word, width)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.words(ids) + torch.arange(ids.shape[1])[None, :, None]


def reader(*, places: bool = False) -> TorchModel:
    return TorchModel(
        Reader(places=places), lambda module, batch: module(batch["ids"], batch.exists), embedding="embedding"
    )


def sentences(n: int = 40):
    random = np.random.default_rng(0)
    rows = [random.integers(10 * (row % 2), 10 + 10 * (row % 2), 4 + row % 3).tolist() for row in range(n)]
    return from_ids(rows, label=[row % 2 for row in range(n)])


def wide_reader(seed: int) -> TorchModel:
    """Of many words, each of which says a little."""
    torch.manual_seed(seed)
    module = nn.Module()
    module.embedding, module.head = nn.Embedding(400, 4), nn.Linear(4, 2)

    def read(module, batch):
        said = (module.embedding(batch["ids"]) * batch.exists[:, :, None]).sum(dim=1)
        return module.head(torch.tanh(said / 4) * 4)

    return TorchModel(module, read, embedding="embedding")


def wide_sentences():
    random = np.random.default_rng(1)
    return from_ids([random.integers(0, 400, 8 + row % 3).tolist() for row in range(120)], label=[0, 1] * 60)


def test_words_of_dreams_are_real_and_the_model_says_the_same_of_their_ids():
    model, real = reader(), sentences()
    found = dream(model, real, [Margin(0), Margin(1)], recipe=preset("words", steps=60), draws=4, judges=())
    there = found.exists.values
    assert np.nanmax(found.word_distance.values) < 1e-3
    assert found.word_margin.values == pytest.approx(found.margin.values, abs=1e-4)
    assert bool((found.word.values[~there] == -1).all())
    rows = [row[mask].tolist() for row, mask in zip(found.word.values, there, strict=True)]
    said = model.module(from_ids(rows)["ids"], from_ids(rows).exists)
    assert np.allclose(said.detach().numpy(), found.prediction.values, atol=1e-5)
    assert len(sentences_of(found, NAMES)[0].split()) == there[0].sum()


def test_a_higher_price_exchanges_fewer_words():
    exchanged = []
    for price in (0.1, 1000.0):
        recipe = replace(preset("words", steps=80), parameterisation=Words(price))
        found = dream(wide_reader(0), wide_sentences(), Margin(1), recipe=recipe, draws=6, judges=())
        exchanged.append(int(((found.word.values != found.word_before.values) & found.exists.values).sum()))
    assert 0 < exchanged[1] < exchanged[0]


def test_words_begin_at_a_real_sentence_of_another_class():
    real = sentences()
    for price in (0.1, 1000.0):
        recipe = replace(preset("words", steps=80), parameterisation=Words(price))
        found = dream(reader(), real, Margin(1), recipe=recipe, draws=6, judges=())
        before = found.word_before.values[found.exists.values]
        assert before.max() < 10
        assert (found.word.values[found.exists.values] != before).any()
        gone = found.margin.values - found.objective.values[:, 0]
        assert gone.min() > 0.5 * (found.wanted.values - found.objective.values[:, 0]).min()


def test_a_dream_in_embedded_space_says_which_words_are_near_and_what_they_reach():
    recipe = replace(preset("plain", steps=60), parameterisation=Time(), aim=Value(3.0))
    found = dream(reader(), sentences(), Margin(1), recipe=recipe, draws=3, judges=())
    assert found.margin.values == pytest.approx(3.0, abs=0.05)
    assert float(np.nanmean(found.word_distance.values)) > 0.1
    table = reader().module.embedding.weight.detach()
    deviation = torch.as_tensor(found.real_value.values).flatten(0, 1)
    deviation = deviation[~deviation.isnan().any(dim=1)].std(dim=0, correction=0)
    made = torch.as_tensor(found.value.values[0, 0], dtype=torch.float32)
    assert int(((table - made) / deviation).square().sum(dim=1).argmin()) == int(found.word.values[0, 0])


def test_vectors_that_hang_on_the_place_are_no_words():
    found = dream(reader(places=True), sentences(), Margin(1), recipe=preset("plain", steps=2), draws=1, judges=())
    assert "word" not in found
    with pytest.raises(InputError, match="have no words"):
        sentences_of(found, NAMES)


def test_dreams_say_what_their_words_are_called():
    real = sentences()
    real = replace(real, fields={"ids": replace(real.fields["ids"], names=NAMES)})
    found = dream(reader(), real, Margin(1), recipe=preset("words", steps=2), draws=2, judges=())
    ids = {one for name in ("word", "word_before") for one in np.unique(found[name].values).tolist() if one >= 0}
    assert json.loads(found.attrs["words"]) == {str(one): NAMES[one] for one in ids}
    assert "words" not in dream(reader(), sentences(), Margin(1), recipe=preset("words", steps=2), draws=1).attrs


def test_words_of_a_model_of_values_are_refused():
    with pytest.raises(InputError, match="looks token ids up"):
        dream(matched(), waves(), Margin(1), recipe=preset("words", steps=2), draws=1)
    with pytest.raises(InputError, match="above 0"):
        Words(0.0)


def test_names_must_be_there_for_every_word():
    found = dream(reader(), sentences(), Margin(1), recipe=preset("words", steps=2), draws=1, judges=())
    with pytest.raises(InputError, match="one for each id"):
        sentences_of(found, NAMES[:3])


def test_near_duplicates_keep_their_distance_far_from_0():
    apart = torch.cat([torch.tensor([0.0, 3e-3, 1e-3]), torch.arange(1.0, 38.0).square()])
    real = 1000 + apart[:, None, None] + torch.arange(50.0)[None, :, None]
    whole = (real[:, None].double() - real[None].double()).square().mean(dim=(2, 3)).sqrt()
    whole.fill_diagonal_(torch.inf)
    distance, place = nearest_of(real, real, other=True)
    assert torch.equal(place, whole.argmin(dim=1))
    assert torch.allclose(distance.double(), whole.amin(dim=1), rtol=1e-5)


def test_the_nearest_real_series_is_that_of_all_distances(monkeypatch):
    monkeypatch.setattr("aition.dream.distances.PIECE", 7)
    series = torch.randn(30, 5, 2, generator=torch.Generator().manual_seed(0))
    whole = (series[:, None] - series[None]).square().mean(dim=(2, 3)).sqrt()
    whole.fill_diagonal_(torch.inf)
    distance, place = nearest_of(series, series, other=True)
    assert torch.allclose(distance, whole.amin(dim=1), atol=1e-5)
    assert torch.equal(place, whole.argmin(dim=1))


@pytest.mark.parametrize("seed", [0, 1])
def test_words_reach_a_level_and_a_border_with_few_exchanges(seed):
    model, real = wide_reader(seed), wide_sentences()
    recipe = preset("words", steps=40, seed=seed)
    found = dream(model, real, [Margin(0), Margin(1), Border((0, 1))], recipe=recipe, draws=4, judges=())
    assert [one.hit for one in figures_of(found)] == [1.0, 1.0, 1.0]
    assert found.word_margin.values == pytest.approx(found.margin.values, abs=1e-4)
    exchanged = (found.word.values != found.word_before.values) & found.exists.values
    assert (exchanged.sum(axis=1) <= 7).all()


def test_words_are_put_back_where_that_does_no_harm_and_else_exchanged():
    words = torch.tensor([[0.0], [1.0], [2.0], [5.0]])
    real = torch.tensor([[[0.0], [1.0], [0.0]], [[0.0], [1.0], [0.0]]])
    canvas = Spelled(real, real, words, torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]))

    def amiss(parameters):
        return [parameters[0].sum(dim=(1, 2))[:, None] - torch.tensor([[3.0], [7.0]])]

    # The first can do without what its last word became; the second reaches 7 in no place that is padding.
    (found,) = respelled([torch.tensor([[[2.1], [0.9], [1.8]], [[2.1], [1.0], [0.0]]])], amiss, [canvas])
    assert found[0, :, 0].sum() == 3.0
    assert found[1, :, 0].sum() == 7.0
    assert found[1, 2, 0] == 0.0
    assert int((found[0] != real[0]).sum()) == 1
