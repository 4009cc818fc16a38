"""A run of AgglomerativeHierarchy, from the model to the page: which groups were joined, and what each counts for."""

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, expect
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.methods import AgglomerativeHierarchy
from aition.store import Store
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.static import page_files
from browser.agreeing import agrees
from browser.page import Page, visits
from stand_ins.web import Client, serving

N_STEP = 16


def explained(to: Store | None = None):
    """Log-odds with the products of steps 2 and 3 and, against it, of 9 and 10; ten steps are a second."""

    def forward(_: nn.Module, batch):
        x = batch.x[:, :, 0]
        odds = 2 * x[:, 2] * x[:, 3] - x[:, 9] * x[:, 10] + x.sum(dim=1) / 16
        return torch.stack([torch.zeros_like(odds), odds], dim=1)

    x = 1 + torch.rand(3, N_STEP, 1, generator=torch.Generator().manual_seed(2))
    times = np.tile(np.arange(N_STEP) / 10, (3, 1))
    batch = from_tensors(x, ids=["one", "two", "three"], feature_names=["place"], times=times, time_unit="second")
    asked = (AgglomerativeHierarchy(), TorchModel(nn.Identity(), forward), batch, Target.of_class(1))
    return explain(*asked, to=to, progress="off") if to else explain(*asked, progress="off")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("hierarchy") / "run"
    explained(Store(path))
    runs = Runs.at([path])
    runs.prepare(progress="off")
    with closing(Served(runs, title="Hierarchy")) as what, serving(what, page=page_files()) as client:
        yield client.begin()


@pytest.fixture
def page(chromium: Browser, served: Client) -> Iterator[Page]:
    with visits(chromium, served) as visit:
        yield visit({"tab": "hierarchy", "sequence": "two"}, first='[data-view="hierarchy"]')


def test_the_table_has_what_each_group_and_each_join_counts_for(page: Page) -> None:
    own = explained().sel(sample="two")
    scores = np.concatenate([own["attribution_group"].values, own["attribution_merge"].dropna("merge").values])
    rows = page.table("hierarchy").rows
    assert all(agrees(row[1], known) for row, known in zip(rows, scores, strict=True)), rows


def test_what_the_model_multiplies_is_one_group_after_two_joins(page: Page) -> None:
    rows = page.table("hierarchy").rows
    assert [row[0] for row in rows if row[2] in ("1", "2")] == ["place in steps 2–3", "place in steps 9–10"]


def test_the_view_begins_before_the_last_join_and_the_slider_makes_it(page: Page) -> None:
    panel = page.drawn("hierarchy")
    slider = panel.get_by_role("slider")
    expect(slider).to_be_visible()
    assert "After 2 of 3 joins: 14 groups; strongest place in steps 2–3" in page.says("hierarchy")
    slider.press("End")
    page.chosen(mergeStep=3)
    assert "After 3 of 3 joins: all is one group" in page.says("hierarchy")
