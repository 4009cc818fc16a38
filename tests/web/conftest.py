"""Two stored runs, and a server of them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aition.view.web.runs import Runs
from aition.view.web.served import Served
from stand_ins.web import EVIL, Client, made, serving, written


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs of the same samples, by two methods."""
    here = tmp_path_factory.mktemp("stores")
    first = written(here / "first", made())
    return first, written(here / "second", made(seed=0, explainer="occlusion"))


@pytest.fixture(scope="session")
def what(stores: tuple[Path, Path]) -> Served:
    runs = Runs.at(stores)
    runs.prepare(progress="off")
    return Served(runs, title=EVIL)


@pytest.fixture(scope="session")
def served(what: Served) -> Iterator[Client]:
    """A server that lives as long as the tests."""
    with serving(what) as client:
        yield client.begin()


@pytest.fixture
def stranger(served: Client) -> Client:
    """Somebody who has no cookie."""
    return Client(served.port, served.session, served.what)


@pytest.fixture
def copied(stores: tuple[Path, Path], tmp_path: Path) -> Callable[[], Path]:
    """A run of one's own, without cubes, to be spoilt."""
    return lambda: Path(shutil.copytree(stores[0], tmp_path / "spoilt", ignore=shutil.ignore_patterns("cube")))
