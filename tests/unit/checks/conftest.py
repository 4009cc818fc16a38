"""A network that is trained on planted series, once for each seed that a test asks for."""

from functools import cache

import pytest

from aition.data.simulate import FreqShapes
from aition.models import create, fit


@cache
def planted(seed: int):
    """Series to train on and others, with the truth, and a trained network."""
    drawn = FreqShapes(n_sample=200, n_time=40)(seed=seed)
    train, test = drawn.take(range(160)), drawn.take(range(160, 200))
    begun = create("conv-classifier", n_feature=1, n_class=4, seed=seed)
    return fit(begun, train.batch, epochs=8, lr=1e-2, seed=seed, progress="off").model, train, test


@pytest.fixture(scope="session")
def trained():
    return planted
