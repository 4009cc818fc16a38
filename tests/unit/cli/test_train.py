"""aition train: a network from the command line, as in Python."""

import json

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from aition import from_events, from_tensors
from aition.cli import main
from aition.core.model import outputs_of
from aition.data import read, write
from aition.impute.baseline import FeatureBaseline
from aition.models import create, fit, load_model, ranked
from aition.store import open as open_store


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = torch.Generator().manual_seed(0)
    x = 50 + 10 * torch.randn(60, 6, 2, generator=random)
    label = (x[:, :, 0].mean(dim=1) > 50).long()
    x[torch.rand(x.shape, generator=random) < 0.2] = torch.nan
    write(from_tensors(x[:40], label=label[:40], static=torch.ones(40, 1)), "train.safetensors")
    rest = from_tensors(x[40:], label=label[40:], static=torch.ones(20, 1), ids=range(40, 60))
    write(rest, "test.safetensors")
    return tmp_path


def trained(capsys, *words):
    assert main(["train", *words, "--json", "--progress", "off"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_network_is_that_of_python(here, capsys):
    trained(capsys, "gru-classifier", "train.safetensors", "--to", "gru.safetensors", "--epochs", "3", "--seed", "4")
    batch = read("train.safetensors")
    fresh = create("gru-classifier", n_feature=2, n_class=2, seed=4)
    same = fit(fresh, batch, epochs=3, seed=4, batch_size=128, progress="off").model
    torch.testing.assert_close(load_model("gru.safetensors")(batch), same(batch))


def test_means_and_scales_of_measurements_are_filled_in(here, capsys):
    said = trained(capsys, "measured-gru", "train.safetensors", "--to", "icu.safetensors", "--epochs", "30")
    assert said["settings"]["mean"][0] == pytest.approx(50, abs=3)
    assert said["settings"]["n_static"] == 1
    assert said["figures"]["trained on"]["auroc"] > 0.8


def test_codes_of_events_are_filled_in(here, capsys):
    batch = from_events([0, 0, 1], [0.5, 2.5, 1.0], ["a", "b", "a"], ids=[0, 1], label=[0, 1], n_step=4)
    write(batch, "events.safetensors")
    said = trained(capsys, "event-gru", "events.safetensors", "--to", "m.safetensors", "--set", "n_hidden=4")
    assert said["settings"] == {"n_code": 2, "n_class": 2, "n_hidden": 4}


def test_samples_of_a_test_are_judged(here, capsys):
    line = ["train", "gru-classifier", "train.safetensors", "--to", "g.safetensors", "--test", "test.safetensors"]
    assert main([*line, "--epochs", "2", "--progress", "off"]) == 0
    said = capsys.readouterr().out
    assert "20" in said
    assert "Next: aition explain g.safetensors test.safetensors" in said


def test_the_area_is_that_of_scikit_learn_with_ties(here):
    batch = read("train.safetensors")
    model = create("gru-classifier", n_feature=2, n_class=2)
    coarse = batch.with_x((batch.x / 20).round())
    outputs = outputs_of(model, coarse)
    score = (outputs[:, 1] - outputs[:, 0]).double().numpy()
    assert ranked(model, coarse) == pytest.approx(roc_auc_score(batch.label.numpy(), score))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gru-classifier", "train.safetensors", "--to", "m.pt"], "--to must end in .safetensors"),
        (["nothing", "train.safetensors", "--to", "m.safetensors"], "there is no builder 'nothing'"),
        (["gru-classifier", "absent.safetensors", "--to", "m.safetensors"], "absent.safetensors"),
        (["gru-classifier", "train.safetensors", "--to", "m.safetensors", "--set", "width=3"], "width"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(here, capsys, words, said):
    assert main(["train", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (here / "m.safetensors").exists()


def test_means_of_a_background_are_the_baseline(here, capsys):
    trained(capsys, "measured-gru", "train.safetensors", "--to", "m.safetensors", "--epochs", "2")
    line = ["explain", "m.safetensors", "test.safetensors", "--set", "baseline=background-mean", "--to", "run"]
    assert main([*line, "--background", "train.safetensors", "--first", "5", "--progress", "off"]) == 0
    run = open_store("run")
    mean = FeatureBaseline.mean_of(read("train.safetensors"))
    assert json.loads(run.attrs["settings"])["baseline"]["x"] == pytest.approx(list(mean.x))
    assert run.ids().tolist() == [str(name) for name in range(40, 45)]
    assert np.isfinite(run.explanation()["attribution"].values).all()
