"""Leaning: a place that a law reads is raised, one that it never reads is not, and suspects are measured."""

import pytest
import torch
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.checks import Region, leaning_on
from aition.checks.leant import leaning_json
from aition.checks.table import usual
from aition.methods import InputXGradient


def law(read):
    """Log-odds of class 1: the first feature and, if it is read, what stands at steps 2 to 4 of the other."""

    def forward(module, batch):
        score = batch.x[:, :, 0].sum(dim=1) + (2.0 * batch.x[:, 2:5, 1].sum(dim=1) if read else 0.0)
        return torch.stack([torch.zeros_like(score), score], dim=1)

    return TorchModel(nn.Identity(), forward, head="none")


def leaning(*, read, suspects=()):
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(60, 30, 2, generator=draw)
    batch = from_tensors(x, feature_names=("level", "stamp"))
    halves = batch.take(range(30)), batch.take(range(30, 60))
    model, target = law(read), Target((("class", 1),))
    seen, fresh = (explain(InputXGradient(), model, part, target, progress="off") for part in halves)
    return leaning_on(seen, fresh, model, halves[1], target, usual(batch), suspects=suspects, n_random=3)


def test_a_place_that_is_read_in_every_sample_is_raised_and_its_words_say_what_follows():
    found = leaning(read=True)
    (place,) = found.raised
    assert str(place.region) == "stamp at steps 2 to 4"
    assert place.leans
    assert place.words.startswith("The model leans on a fixed place, stamp at steps 2 to 4")
    assert place.words.endswith("it is a shortcut.")
    assert place.part.size == pytest.approx(3 / 60)
    assert all(cost.low > 0 for _, cost in place.costs)
    told = leaning_json(found)["places"][0]
    assert (told["steps"], told["leans"], told["suspected"]) == ([2, 4], True, False)


def test_a_model_that_reads_one_feature_at_all_steps_leans_on_no_place():
    found = leaning(read=False)
    assert found.raised == ()
    assert found.features[0].name == "level"
    assert found.features[0].share.mean == pytest.approx(1)


def test_suspects_are_told_of_whether_the_model_leans_on_them_or_not():
    stamp, level = Region("stamp", 2, 4), Region("level")
    yes = leaning(read=True, suspects=(stamp,))
    assert [one.suspected for one in yes.places] == [True]
    assert yes.raised[0].leans
    no = leaning(read=False, suspects=(stamp, level))
    assert [one.leans for one in no.raised] == [False, True]
    assert no.raised[0].words.startswith("The model was not shown to lean on stamp at steps 2 to 4")
