"""What every test starts from: one thread, one seed, and a working directory that stays empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def same_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Seed the global generator, and hold the test to writing nothing where it stands."""
    torch.manual_seed(0)
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == [], "something was written to the working directory"
