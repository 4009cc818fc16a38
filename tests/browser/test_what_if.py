"""A sequence is changed by keys alone, and the page says what the model says."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from aition import Target, explain, from_tensors
from aition.core.model import outputs_of
from aition.methods import IntegratedGradients
from aition.models import create, save_model
from aition.store import Store
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.static import page_files
from aition.view.web.worker import Model
from browser.page import Open, Page
from browser.views import percent
from stand_ins.web import Client, serving

SIZES = {"n_feature": 2, "n_class": 2, "n_hidden": 8}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(3)
    made = create("gru-classifier", **SIZES)
    with torch.no_grad():
        for weight in made.module.parameters():
            weight.mul_(2)
    return made


@pytest.fixture(scope="module")
def series():
    values = np.random.default_rng(1).normal(size=(12, 6, 2)).astype(np.float32)
    return from_tensors(torch.from_numpy(values), lengths=[6] * 12, ids=[f"stay {k}" for k in range(12)])


@pytest.fixture(scope="module")
def modelled(tmp_path_factory: pytest.TempPathFactory, model, series) -> Iterator[Client]:
    """A server that has the model, and has loaded it."""
    here = tmp_path_factory.mktemp("what-if")
    save_model(model, here / "model.safetensors", builder="gru-classifier", settings=SIZES)
    target = Target.of_class(1)
    explain(IntegratedGradients(steps=8), model, series, target, to=Store(here / "run"), progress="off")
    runs = Runs.at([here / "run"])
    runs.prepare(progress="off")
    with (
        closing(Served(runs, (Model(here / "model.safetensors", seconds=60),))) as what,
        serving(what, page=page_files()) as client,
    ):
        client.begin()
        edit = {"feature": 0, "first": 0, "last": 0, "value": 0.5}
        for _ in range(300):
            if client.ask("what_if", {"id": "stay 0", "edits": [edit]}).status != 503:
                break
            time.sleep(0.1)
        yield client


def change(page: Page, keys: Sequence[str], value: str) -> None:
    """Lead to cells by keys, and give them another value."""
    page.go("9")
    expect(page.panel("what-if").get_by_role("application")).to_be_focused()
    for key in (*keys, "Enter"):
        page.tab.keyboard.press(key)
    expect(page.panel("what-if").get_by_role("textbox")).to_be_focused()
    page.tab.keyboard.type(value)
    page.tab.keyboard.press("Enter")


def test_keys_change_a_value_as_the_model_says(visit: Open, modelled: Client, model, series) -> None:
    page = visit({"sequence": "stay 4", "tab": "what-if"}, of=modelled)
    change(page, ["ArrowRight", "Shift+ArrowRight"], "2.5")
    edit = page.chosen(changed=...)["changed"]["edits"][0]
    x = series.x.clone()
    x[4, edit["first"] : edit["last"] + 1, edit["feature"]] = 2.5
    with torch.no_grad():
        before, after = (
            float(torch.softmax(outputs_of(model, batch), dim=1)[4, 1]) for batch in (series, series.with_x(x))
        )
    expected = f"Probability of the explained class {percent(before)} before, {percent(after)} after"
    chances = page.panel("what-if").locator(".chances")
    page.until(
        lambda: (chances.get_attribute("aria-label") or "").replace("\u00a0", " ") == expected,
        lambda: f"the model says {expected}, but the page {chances.get_attribute('aria-label')}",
    )


def test_a_change_is_taken_back_by_undo(visit: Open, modelled: Client) -> None:
    page = visit({"sequence": "stay 2", "tab": "what-if"}, of=modelled)
    change(page, ["ArrowRight"], "1.5")
    page.chosen(changed=...)
    page.tab.keyboard.press("Escape")
    page.tab.keyboard.press("Control+z")
    page.until(lambda: "changed" not in page.state(), lambda: f"undo left {page.state()}")
