"""A server of small runs, Chromium, and pages that are watched for what they must not do."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from aition.store.summary.embedding import arrange
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.static import PAGE, page_files
from browser import ward
from browser.chromium import chromium_path, flags
from browser.page import SECONDS, Open, visits
from browser.truth import Truth
from stand_ins.web import Client, serving


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all pages of this process."""
    path = chromium_path()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=flags())
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def stays() -> dict[str, object]:
    return ward.arrays()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, stays: dict[str, object]) -> Iterator[Client]:
    """A server of two runs of the same stays."""
    page = page_files()
    if PAGE not in page:
        raise FileNotFoundError("the browser tests need the built page, which is not there; build it: make page")
    here: Path = tmp_path_factory.mktemp("ward")
    paths = [
        ward.write(here / "ig", stays, "attribution", "integrated-gradients"),
        ward.write(here / "occlusion", stays, "other", "occlusion"),
    ]
    runs = Runs.at(paths)
    runs.prepare(progress="off")
    arrange(runs.cubes["ig", "start", 0, ""])  # a map that comes while a test draws on it would be another
    with closing(Served(runs, title="Simulated ward")) as what, serving(what, page=page) as client:
        yield client.begin()


@pytest.fixture(scope="package")
def truth(site: Client, stays: dict[str, object]) -> Iterator[Truth]:
    """What SQL says of the raw rows."""
    with duckdb.connect() as connection:
        ward.raw(stays, connection)
        yield Truth(connection, site.ask("open", {}).json())


@pytest.fixture
def visit(chromium: Browser, site: Client) -> Iterator[Open]:
    """Opens pages for one test."""
    with visits(chromium, site) as visited:
        yield visited


expect.set_options(timeout=SECONDS)
