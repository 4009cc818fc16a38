"""The app says of a run of selections whether they can be believed."""

from dataclasses import dataclass

import pytest
import torch

import aition.store
from aition import explain, from_tensors
from aition.checks import honesty
from aition.methods import Saliency
from aition.models import create
from aition.store.cube.stopping import unhindered
from aition.view.web.runs import Runs
from aition.view.web.selecting import selection_facts
from aition.view.web.served import Served
from aition.view.web.trusting import trusted


@dataclass(frozen=True)
class Same:
    """Selects the first cell of every sample."""

    def __call__(self, model, batch, question):
        cells = ("sample", "time", "feature")
        mask = torch.zeros(batch.x.shape, dtype=torch.bool)
        mask[:, 0, 0] = True
        return {"attribution": (cells, mask.to(batch.x)), "selected": (cells, mask)}


@pytest.fixture
def runs(tmp_path):
    batch = from_tensors(torch.randn(12, 5, 2, generator=torch.Generator().manual_seed(0)))
    model = create("gru-classifier", n_feature=2, n_class=2)
    for name, how in (("same", Same()), ("saliency", Saliency())):
        explain(how, model, batch, to=aition.store.create(tmp_path / name, shard_size=5), progress="off")
    return tmp_path


def test_every_check_is_a_fact_with_its_words(runs):
    run = aition.store.open(runs / "same")
    facts = selection_facts(run, target=0)
    assert [one.words for one in facts] == [one.words for one in honesty(run.explanation())]
    assert [one.verdict for one in facts] == ["unknown", "unknown", "unknown", "low", "unknown"]
    assert facts[3].shown == "1.00 Jaccard"
    assert facts[0].shown == "not measured"


def test_a_run_that_selects_nothing_has_no_such_facts(runs):
    assert not selection_facts(aition.store.open(runs / "saliency"), target=0)


def test_they_stand_with_what_else_speaks_for_a_run(runs):
    served = Served(Runs.at([runs / "same"]))
    try:
        served.runs.prepare(progress="off")
        said = trusted(served, {"run": "same"}, unhindered)
    finally:
        served.close()
    assert [one["name"] for one in said["facts"]][3] == "Static mask"
    assert said["facts"][3]["verdict"] == "low"
