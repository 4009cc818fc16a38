"""aition train: a network from the command line, as in Python."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

from aition import from_events, from_tensors
from aition.cli import main
from aition.core.inputs import Inputs
from aition.core.model import TorchModel, outputs_of
from aition.data import read, write
from aition.data.readers import Feature, Spec, Window, ingest
from aition.impute.baseline import FeatureBaseline
from aition.models import areas, create, fit, load_model, save_model
from aition.store import open as open_store
from stand_ins.records import event, records, sample


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
    assert load_model("m.safetensors").inputs == Inputs.of(batch)


def test_static_columns_of_events_are_filled_in(here, capsys):
    static = {"static": [[60.0], [80.0]], "static_names": ["age"]}
    write(from_events([0, 1], [0, 1], ["a", "b"], ids=[0, 1], label=[0, 1], **static), "events.safetensors")
    settings = trained(capsys, "event-lstm", "events.safetensors", "--to", "m.safetensors", "--epochs", "1")["settings"]
    assert settings == {"n_code": 2, "n_class": 2, "n_static": 1, "mean": [70.0], "scale": [10.0]}
    assert load_model("m.safetensors").inputs.static_names == ("age",)


def test_samples_of_a_test_are_judged(here, capsys):
    line = ["train", "gru-classifier", "train.safetensors", "--to", "g.safetensors", "--test", "test.safetensors"]
    assert main([*line, "--epochs", "2", "--progress", "off"]) == 0
    said = capsys.readouterr().out
    assert "20" in said
    assert "Next: aition explain g.safetensors test.safetensors" in said


def test_areas_are_those_of_scikit_learn_with_ties(here):
    batch = read("train.safetensors")
    model = TorchModel(torch.nn.Linear(2, 2), lambda module, batch: module(batch.x.mean(dim=1) - 50).round())
    outputs = outputs_of(model, batch)
    score, label = (outputs[:, 1] - outputs[:, 0]).double().numpy(), batch.label.numpy()
    assert 3 < len(np.unique(score)) < len(score)
    assert areas(model, batch) == pytest.approx((roc_auc_score(label, score), average_precision_score(label, score)))


def test_there_is_no_area_of_one_class(here):
    batch = read("train.safetensors")
    model = create("gru-classifier", n_feature=2, n_class=2)
    assert np.isnan(areas(model, batch.take((batch.label == 1).nonzero()[:, 0]))).all()


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


def files_in(here):
    """Labelled samples that do not go together."""
    x = torch.randn(6, 3, 2, generator=torch.Generator().manual_seed(1))
    for name, label, rest in (
        ("two", [0, 1] * 3, {"feature_names": ["hr", "bp"]}),
        ("turned", [0, 1] * 3, {"feature_names": ["bp", "hr"]}),
        ("aged", [0, 1] * 3, {"feature_names": ["hr", "bp"], "static": torch.ones(6, 1), "static_names": ["age"]}),
        ("three", [0, 1, 2] * 2, {"feature_names": ["hr", "bp"]}),
        ("one", [1] * 6, {}),
        ("none", [-1] * 6, {}),
        ("values", [0.5] * 6, {}),
    ):
        write(from_tensors(x, layout="sample time feature", label=label, **rest), f"{name}.safetensors")
    write(from_events([0, 1], [0, 1], ["a", "b"], ids=[0, 1], label=[0, 1]), "events.safetensors")
    write(from_events([0, 1], [0, 1], ["b", "a"], ids=[0, 1], label=[0, 1], vocabulary=["b", "a"]), "other.safetensors")
    (here / "folder.safetensors").mkdir()


BEFORE_TRAINING = {
    "no folder for the model": (["gru-classifier", "two", "", "no/m"], "folder that is there, but no is not"),
    "a folder at its place": (["gru-classifier", "two", "", "folder"], "--to must be a file, but folder.safetensors"),
    "the samples at its place": (["gru-classifier", "two", "", "two"], "--to must be another file than two"),
    "the test at its place": (["gru-classifier", "one", "two", "two"], "--to must be another file than two"),
    "a network that is none": (["gru", "two"], r"no builder 'gru'; there are gru-.* \(for lists of events\)"),
    "features for events": (
        ["measured-gru", "events"],
        r"measured-gru is for values in their units, .* but events.safetensors holds lists of events; take event-lstm",
    ),
    "events for features": (
        ["event-lstm", "two"], r"event-lstm is for lists of events, but two.* every step; take gru-.*measured",
    ),
    "one class": (["gru-classifier", "one"], "at least two classes, but all 6 labelled .* of one.* are of class 1"),
    "no labels": (["gru-classifier", "none"], "must have labels, but the 6 samples of none.safetensors have none"),
    "values for labels": (["gru-classifier", "values"], "must be classes, but those of values.safetensors are values"),
    "a test in another order": (["gru-classifier", "two", "turned"], "turned.* must hold .*another order: 'bp'"),
    "a test of other codes": (["event-gru", "events", "other"], "other.* must hold what events.* another order: 'b'"),
    "a test of more classes": (["gru-classifier", "two", "three"], "three.* of its labels is 2; say --set n_class=3"),
    "a test without static columns": (["measured-gru", "aged", "two"], "two.* 1 static columns, .* lacks 'age'"),
    "a test of events": (["measured-gru", "two", "events"], "events.* must hold what two.* is a list of events"),
}  # fmt: skip


@pytest.mark.parametrize("case", BEFORE_TRAINING)
def test_what_does_not_fit_is_told_before_training(here, capsys, monkeypatch, case):
    files_in(here)
    monkeypatch.setattr("aition.models.fit", lambda *_args, **_rest: pytest.fail("training began"))
    words, said = BEFORE_TRAINING[case]
    network, data, test, to = (*words, *["", "m"][len(words) - 2 :])
    line = ["train", network, f"{data}.safetensors", "--to", f"{to}.safetensors"]
    assert main([*line, *(["--test", f"{test}.safetensors"] if test else [])]) == 2
    error = capsys.readouterr().err
    assert re.search(said, error), error
    assert error.count("\n") == 1


def test_a_class_that_training_lacks_is_known_from_the_folder(here, capsys):
    folder_of(here, [0, 1, 0, 1, 2, 0], ["train"] * 4 + ["held_out"] * 2)
    line = ("measured-gru", "data:train", "--test", "data:held_out", "--to", "m.safetensors", "--epochs", "1")
    said = trained(capsys, *line)
    assert said["settings"]["n_class"] == 3
    assert said["figures"]["test"]["n_sample"] == 2


def test_samples_without_a_label_are_left_out_and_counted(here, capsys):
    folder_of(here, [0, 1, None, 1, 0, None], ["train"] * 4 + ["held_out"] * 2)
    line = ["train", "measured-gru", "data:train", "--test", "data:held_out", "--to", "m.safetensors", "--epochs", "1"]
    assert main([*line, "--progress", "off"]) == 0
    said = capsys.readouterr().out
    assert "1 epoch on 3 samples" in said
    assert "1 sample of data:train without a label left out\n1 sample of data:held_out without a label left out" in said


def folder_of(here, labels, splits):
    """A folder of stays, each with a pulse."""
    names = [str(place) for place in range(len(labels))]
    stays = [
        sample(name, subject=name, split=split, label=label)
        for name, label, split in zip(names, labels, splits, strict=True)
    ]
    rows = [event(60.0 + place, float(place % 3), subject=name) for place, name in enumerate(names)]
    spec = Spec(Window(hours=4.0), (Feature("hr", ("HR",), unit="bpm"),))
    ingest(records(here / "raw", stays, rows), spec, here / "data", progress="off")


def test_what_comes_next_standardises_as_training_did(here, capsys):
    line = ["train", "resnet-classifier", "italy-power-demand:train", "--epochs", "1", "--set", "channels=[2]"]
    assert main([*line, "--set", "kernels=[3]", "--standardise", "--to", "i.safetensors"]) == 0
    assert "Next: aition explain i.safetensors italy-power-demand:train --standardise --to" in capsys.readouterr().out


def test_a_folder_that_is_to_be_standardised_is_answered_with_a_network_that_does_so(here, capsys):
    folder_of(here, [0, 1], ["train"] * 2)
    assert main(["train", "gru-classifier", "data:train", "--standardise", "--to", "m.safetensors"]) == 2
    assert "measured-gru takes values in their units" in capsys.readouterr().err


def test_a_network_on_deviations_is_told_of_units_and_of_what_was_not_measured(here, capsys):
    line = [
        "train",
        "gru-classifier",
        "train.safetensors",
        "--to",
        "m.safetensors",
        "--epochs",
        "1",
        "--progress",
        "off",
    ]
    assert main(line) == 0
    error = capsys.readouterr().err
    assert re.search(r"2\d% of them were not measured and are read as 0 and 'f0' has mean 5\d\.\d and deviation", error)
    assert "measured-gru takes values in their units" in error


def test_values_in_deviations_are_trained_on_without_a_word(here, capsys):
    files_in(here)
    assert main(["train", "gru-classifier", "two.safetensors", "--to", "m.safetensors", "--progress", "off"]) == 0
    assert capsys.readouterr().err == ""


def test_the_trained_model_refuses_other_features(here, capsys):
    files_in(here)
    trained(capsys, "gru-classifier", "two.safetensors", "--to", "m.safetensors", "--epochs", "1")
    assert main(["explain", "m.safetensors", "turned.safetensors", "--to", "run"]) == 2
    assert "another order: 'bp' is the first and not 'hr'" in capsys.readouterr().err


def test_a_background_of_other_features_is_refused(here, capsys):
    files_in(here)
    trained(capsys, "measured-gru", "two.safetensors", "--to", "m.safetensors", "--epochs", "1")
    line = ["explain", "m.safetensors", "two.safetensors", "--set", "baseline=background-mean", "--to", "run"]
    assert main([*line, "--background", "turned.safetensors"]) == 2
    assert "another order: 'bp' is the first and not 'hr'" in capsys.readouterr().err


@pytest.mark.parametrize(("data", "told"), [("two", True), ("plain", False)])
def test_a_model_that_does_not_say_what_it_was_trained_on_is_warned_of_where_data_have_names(here, capsys, data, told):
    files_in(here)
    write(replace(read("two.safetensors"), feature_names=("f0", "f1")), "plain.safetensors")
    settings = {"n_feature": 2, "n_class": 2}
    save_model(create("gru-classifier", **settings), "m.safetensors", builder="gru-classifier", settings=settings)
    assert main(["explain", "m.safetensors", f"{data}.safetensors", "--to", "run", "--progress", "off"]) == 0
    assert ("m.safetensors does not say what it was trained on" in capsys.readouterr().err) is told


def test_means_of_a_background_are_the_baseline(here, capsys):
    trained(capsys, "measured-gru", "train.safetensors", "--to", "m.safetensors", "--epochs", "2")
    line = ["explain", "m.safetensors", "test.safetensors", "--set", "baseline=background-mean", "--to", "run"]
    assert main([*line, "--background", "train.safetensors", "--first", "5", "--progress", "off"]) == 0
    run = open_store("run")
    mean = FeatureBaseline.mean_of(read("train.safetensors"))
    assert json.loads(run.attrs["settings"])["baseline"]["x"] == pytest.approx(list(mean.x))
    assert run.ids().tolist() == [str(name) for name in range(40, 45)]
    assert np.isfinite(run.explanation()["attribution"].values).all()
