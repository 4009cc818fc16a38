"""What every test starts from: one thread, one seed, and the same examples on every machine in CI."""

import os
import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)

# Shared machines stall: neither a deadline nor slow drawing may fail a test.
settings.register_profile("quick", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("quick"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "quick")


@pytest.fixture(autouse=True)
def same_start() -> Iterator[None]:
    """Seed the global generators, and hold the test to leaving torch's global modes as it found them."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 (a library under test may draw from it)
    torch.manual_seed(0)
    before = modes()
    yield
    assert modes() == before, "the test changed a global mode of torch"


def modes() -> dict[str, object]:
    """The global modes of torch that a forgotten context would change."""
    return {
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "dtype": torch.get_default_dtype(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "cudnn": torch.backends.cudnn.enabled,
        "threads": torch.get_num_threads(),
    }
