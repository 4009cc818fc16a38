"""Digits: generated and packaged, without touching the global generators."""

import random

import numpy as np
import pytest
import torch

from aition.core.errors import InputError, MissingExtraError
from aition.data import digits
from aition.data.digits import load_mnist1d, load_mnist_5k


def test_the_generated_series_are_those_of_the_package():
    from mnist1d.data import get_dataset_args, make_dataset

    settings = get_dataset_args()
    settings.num_samples, settings.seed = 60, 7
    made = make_dataset(settings)
    loaded = load_mnist1d(n_sample=60, seed=7)
    assert torch.equal(loaded.test.x[:, :, 0], torch.from_numpy(made["x_test"].astype(np.float32)))
    assert loaded.train.label.tolist() == made["y"].tolist()


def test_generating_leaves_the_global_generators_alone():
    plain, legacy = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    load_mnist1d(n_sample=20)
    assert random.getstate() == plain
    assert np.random.get_state()[1].tolist() == legacy  # noqa: NPY002


def test_another_seed_draws_other_series():
    assert not torch.equal(load_mnist1d(n_sample=20, seed=1).train.x, load_mnist1d(n_sample=20, seed=2).train.x)


def test_images_keep_their_rows_as_steps():
    images = load_mnist_5k()
    assert (float(images.train.x.min()), float(images.train.x.max())) == (0.0, 1.0)
    one = images.train.x[images.train.label == 1].mean(dim=0)
    assert int(one.mean(dim=0).argmax()) in range(10, 18)
    assert float(one.mean(dim=1)[10:18].std() / one.mean(dim=0)[5:23].std()) < 0.5


def test_a_number_of_series_that_classes_do_not_share_is_refused():
    with pytest.raises(InputError, match="a multiple of 10"):
        load_mnist1d(n_sample=15)


@pytest.mark.parametrize("load", [load_mnist1d, load_mnist_5k])
def test_a_missing_package_is_answered_with_its_command(load, monkeypatch):
    monkeypatch.setattr(digits, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'aition\[digits\]'"):
        load()
