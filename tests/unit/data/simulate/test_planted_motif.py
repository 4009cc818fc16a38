"""PlantedMotif: what is planted, and where."""

import numpy as np
import pytest
import torch

from aition.core.errors import InputError
from aition.data.simulate import PlantedMotif
from aition.metrics import pattern_likeness
from aition.models import accuracy_of


def test_class_1_has_the_motif_whole_where_place_says_and_class_0_has_none():
    law = PlantedMotif(n_sample=40, n_time=90, length=16, height=1e6)
    drawn = law(seed=1000)
    place, label = drawn.batch["place"], drawn.batch.label
    assert torch.equal(place >= 0, label == 1)
    likeness, found = pattern_likeness(drawn.batch.x[label == 1].numpy(), law.motif[:, None])
    assert likeness.min() > 0.999
    assert np.array_equal(found, place[label == 1].numpy())
    assert float(drawn.batch.x[label == 0].abs().max()) < 10


def test_a_motif_begins_at_any_step_where_it_fits():
    drawn = PlantedMotif(n_sample=2000, n_time=40, length=32)(seed=1001)
    assert drawn.batch["place"].unique().tolist() == [-1, *range(9)]


def test_a_motif_has_its_height_and_is_not_like_its_mirror_images():
    motif = PlantedMotif(height=1.5).motif
    assert np.sqrt(np.mean(motif**2)) == pytest.approx(1.5)
    for other in (motif[::-1], -motif, -motif[::-1]):
        assert pattern_likeness(np.pad(other, 32)[None, :, None], motif[:, None])[0][0] < 0.7


def test_the_white_box_meets_nearly_every_label():
    drawn = PlantedMotif()(seed=1002)
    assert accuracy_of(drawn.white_box(drawn.batch), drawn.batch) > 0.99


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"length": 7}, "length must be 8 or more"),
        ({"length": 300}, "length must be at most n_time, 200"),
        ({"height": 0.0}, "height must be above 0"),
        ({"memory": 1.0}, "memory must be at least 0 and below 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        PlantedMotif(**settings)
