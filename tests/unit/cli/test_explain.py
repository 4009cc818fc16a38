"""aition explain: the driver's answer in a store, by words alone."""

import json
import os
import pty
import sys
import threading

import numpy as np
import pytest
import torch

import aition.store
from aition import Target, explain, from_events, from_tensors, registry
from aition.cli import main
from aition.data import load, read, write
from aition.impute.gaussian import GaussianImputer
from aition.methods import ExtremalMask, FeatureAblation, IntegratedGradients, Lex, Occlusion, Saliency
from aition.methods.masks import DonorStep, Drawn, Fixed, InTurn, Learned
from aition.models import create, load_model, save_model
from aition.store.stored import StoredRun

QUICK = {"steps": 3, "seed": 7}
FITTED = {
    "donor-step": ExtremalMask(replacement=DonorStep(), **QUICK),
    "learned": ExtremalMask(replacement=Learned(), **QUICK),
    '{"name": "in-turn", "parts": ["fixed", "donor-step"]}': ExtremalMask(
        replacement=InTurn((Fixed(), DonorStep())), **QUICK
    ),
}
BUILDER = """
from aition.models.builders import builder_named

def build():
    return builder_named("gru-classifier")(n_feature=2, n_class=3)
"""


def explained(to, *words):
    assert main(["explain", "model.safetensors", "data.safetensors", "--to", str(to), *words]) == 0
    return aition.store.open(to)


def masked(to, replacement, *words):
    settings = ["--set", f"replacement={replacement}", *(f"--set={name}={value}" for name, value in QUICK.items())]
    return explained(to, "--explainer", "extremal-mask", *settings, *words)


def same(stored: StoredRun, direct):
    whole = stored.explanation()
    assert list(whole.data_vars) == list(direct.data_vars)
    for name in whole.data_vars:
        np.testing.assert_allclose(whole[name].values, direct[name].values, atol=1e-6)


@pytest.fixture
def model(inside):
    return load_model("model.safetensors")


@pytest.fixture
def data(inside):
    return read("data.safetensors")


@pytest.fixture
def other(inside):
    """Series of the same kind, in a file beside the others."""
    values = np.random.default_rng(1).normal(size=(7, 6, 2)).astype(np.float32)
    batch = from_tensors(torch.from_numpy(values))
    write(batch, inside / "other.safetensors")
    return batch


@pytest.fixture
def new(inside, tmp_path):
    return tmp_path / "run"


def test_the_store_holds_what_the_driver_answers(new, model, data):
    same(explained(new), explain(IntegratedGradients(), model, data, Target.predicted()))


def test_settings_and_target_are_the_drivers(new, model, data):
    words = ["--explainer", "occlusion", "--set", "window=3", "--target", "class=1", "--versus", "class=runner-up"]
    asked = Target.of_class(1).against(**{"class": "runner-up"})
    same(explained(new, *words), explain(Occlusion(window=3), model, data, asked))


def test_a_range_explains_several_targets(new, model, data):
    words = ["--explainer", "saliency", "--target", "class=0..2"]
    same(explained(new, *words), explain(Saliency(), model, data, Target.each("class", range(3))))


def test_a_data_set_is_explained_by_name_as_networks_are_trained_on_it(new, inside):
    from aition.models import create, save_model

    sizes = {"n_feature": 6, "n_class": 4}
    save_model(
        create("conv-classifier", **sizes), inside / "conv.safetensors", builder="conv-classifier", settings=sizes
    )
    words = ["explain", "conv.safetensors", "basic-motions:test", "--standardise", "--explainer", "saliency", "--to"]
    assert main([*words, str(new)]) == 0
    data = load("basic-motions").standardised().test
    assert aition.store.open(new).attrs["data_sha256"] == data.digest()


@pytest.mark.parametrize("replacement", FITTED)
def test_an_explainer_that_has_to_be_fitted_is_fitted_on_the_background(replacement, new, model, data, other):
    fitted = FITTED[replacement].fit(model, other, Target.predicted())
    stored = masked(new, replacement, "--background", "other.safetensors")
    same(stored, explain(fitted, model, data, Target.predicted()))


@pytest.mark.parametrize(("name", "preset"), [*(("lex", one) for one in Lex.PRESETS), ("fast-shap", "paper")])
def test_a_method_that_was_published_under_another_name_is_asked_for_by_it(name, preset, new, model, data):
    few = {"epochs": 1, "draws": 2} | ({} if preset in ("l2x", "invase", "rationale") else {"predictor_epochs": 1})
    few |= {"judged": False, "rivals": 0} if name == "lex" else {}
    settings = [word for key, value in few.items() for word in ("--set", f"{key}={value}")]
    target = "whole:class" if name == "lex" else "class=1"
    stored = explained(new, "--explainer", name, "--preset", preset, "--target", target, *settings)
    question = Target.whole("class") if name == "lex" else Target.of_class(1)
    fitted = registry.explainer(name, few, preset=preset).fit(model, data, question, progress="off")
    same(stored, explain(fitted, model, data, question))


def test_the_explained_data_serves_as_background_and_the_output_says_so(new, model, data, capsys):
    stored = masked(new, "donor-step")
    assert "Fitted on 5 samples of data.safetensors, for no --background is given\n" in capsys.readouterr().out
    fitted = FITTED["donor-step"].fit(model, data, Target.predicted())
    same(stored, explain(fitted, model, data, Target.predicted()))


def test_the_output_says_on_what_an_explainer_was_fitted(new, other, capsys):
    masked(new, "donor-step", "--background", "other.safetensors")
    assert "Fitted on 7 samples of other.safetensors\n" in capsys.readouterr().out


def test_json_says_on_what_an_explainer_was_fitted(new, other, capsys):
    masked(new, "donor-step", "--background", "other.safetensors", "--json")
    assert json.loads(capsys.readouterr().out)["fitted_on"] == "other.safetensors"


@pytest.mark.parametrize(("replacement", "part"), [("donor-step", "pool"), ("learned", "module")])
def test_the_store_tells_what_a_fit_found_by_its_digest(replacement, part, new, other):
    stored = masked(new, replacement, "--background", "other.safetensors")
    found = json.loads(stored.attrs["settings"])["replacement"][part]
    assert len(found["sha256"]) == 64


@pytest.mark.parametrize(("replacement", "workers"), [("donor-step", "1"), ("learned", "2")])
def test_a_fitted_run_goes_on_where_it_was(replacement, workers, new, other, capsys):
    import shutil

    words = ["--background", "other.safetensors", "--shard-size", "2"]
    first = masked(new, replacement, *words)
    shutil.rmtree(new / "shards" / "000001")
    capsys.readouterr()
    assert masked(new, replacement, *words, "--workers", workers).digest() == first.digest()
    assert "3 shards, 2 of them there before" in capsys.readouterr().out


def test_an_imputer_that_is_named_is_fitted_on_the_background(new, model, data, other, capsys):
    words = ["--set", 'baseline={"name": "gaussian-imputer", "mean": true}', "--background", "other.safetensors"]
    stored = explained(new, "--explainer", "feature-ablation", *words)
    imputer = GaussianImputer.fit(other, mean=True)
    same(stored, explain(FeatureAblation(baseline=imputer), model, data, Target.predicted()))
    assert "The imputer is fitted on 7 samples of other.safetensors\n" in capsys.readouterr().out


def test_an_imputer_deep_among_the_settings_is_fitted_too(new, model, data, other):
    stored = masked(new, '{"name": "drawn", "imputer": "gaussian-imputer"}', "--background", "other.safetensors")
    explainer = ExtremalMask(replacement=Drawn(GaussianImputer.fit(other)), **QUICK)
    same(stored, explain(explainer, model, data, Target.predicted()))


def test_an_imputed_run_goes_on_where_it_was(new, other, capsys):
    words = ["--explainer", "occlusion", "--set", "baseline=marginal-rows", "--background", "other.safetensors"]
    first = explained(new, *words)
    assert explained(new, *words).digest() == first.digest()
    assert "1 shard, 1 of them there before" in capsys.readouterr().out


def test_an_imputer_where_a_baseline_alone_is_taken_is_refused(new, other, capsys):
    words = ["--set", "baseline=gaussian-imputer", "--background", "other.safetensors", "--to", str(new)]
    assert main(["explain", "model.safetensors", "data.safetensors", *words]) != 0
    assert "must be one of constant-baseline, feature-baseline, but is 'gaussian-imputer'" in capsys.readouterr().err


def test_another_background_is_another_run(new, other, capsys):
    masked(new, "donor-step", "--background", "other.safetensors")
    words = ["--explainer", "extremal-mask", "--set", "replacement=donor-step", "--set=steps=3", "--set=seed=7"]
    assert main(["explain", "model.safetensors", "data.safetensors", "--to", str(new), *words]) != 0
    assert "holds another run: settings.replacement was" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["integrated-gradients"], ["extremal-mask", "--preset", "paper"]])
def test_a_background_without_use_is_refused(words, new, other, capsys):
    command = ["explain", "model.safetensors", "data.safetensors", "--to", str(new)]
    assert main([*command, "--background", "other.safetensors", "--explainer", *words]) != 0
    said = capsys.readouterr().err
    assert f"{words[0]} with these settings needs no fit; leave --background out" in said
    assert not new.exists()


def test_a_background_of_other_features_is_refused(new, capsys):
    command = ["explain", "model.safetensors", "data.safetensors", "--to", str(new), "--background", "wide.safetensors"]
    assert main([*command, "--explainer", "extremal-mask", "--set", "replacement=learned"]) != 0
    assert "--background must have the 2 features of what is explained, but has 5" in capsys.readouterr().err


def test_padding_is_removed_on_request(new):
    assert explained(new, "--padding", "remove").attrs["padding"] == "remove"


def test_a_weights_file_is_explained_with_a_builder_from_here(new, inside, monkeypatch):
    (inside / "ours.py").write_text(BUILDER)
    monkeypatch.setattr(sys, "path", list(sys.path))
    words = ["explain", "weights.pt", "data.safetensors", "--trust", "--builder", "ours:build", "--to", str(new)]
    assert main(words) == 0
    assert aition.store.open(new).attrs["model"] == "GRUClassifier"


def test_the_same_words_find_the_run_done(new, capsys):
    first = explained(new, "--shard-size", "2")
    capsys.readouterr()
    assert explained(new, "--shard-size", "2").digest() == first.digest()
    assert "3 shards, 3 of them there before" in capsys.readouterr().out


def test_a_lost_shard_is_made_anew(new):
    import shutil

    first = explained(new, "--shard-size", "2")
    shutil.rmtree(new / "shards" / "000001")
    assert explained(new, "--shard-size", "2").digest() == first.digest()


def test_what_to_do_next_is_told(new, capsys):
    explained(new)
    told = f"Next: aition show {new}, or all of it in the browser: aition serve {new}\n"
    assert capsys.readouterr().out.endswith(told)


def test_json_is_the_run_and_nothing_else(new, capsys):
    stored = explained(new, "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["sha256"] == stored.digest()
    assert said["sizes"] == {"sample": 5, "time": 6, "feature": 2, "class": 3}
    assert said["attributes"]["explainer"] == "integrated-gradients"


def test_an_interruption_says_how_to_go_on(new, monkeypatch, capsys):
    def interrupted(*_arguments, **_words):
        raise KeyboardInterrupt

    monkeypatch.setattr("aition.store.runner.explain", interrupted)
    assert main(["explain", "model.safetensors", "data.safetensors", "--to", str(new)]) == 130
    told = capsys.readouterr().err.splitlines()
    assert told == [f"0 shards in {new} are kept; the same command goes on", "aition: interrupted"]


def test_no_bar_reaches_a_pipe(new, capfd):
    explained(new)
    out, err = capfd.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert "\r" not in out


def test_a_bar_reaches_a_terminal(new, monkeypatch, capfd):
    monkeypatch.setenv("TERM", "xterm")
    seen = on_terminal(monkeypatch, lambda: explained(new))
    assert b"integrated-gradients" in seen
    assert b"\x1b[" in seen
    assert "\x1b" not in capfd.readouterr().out


def on_terminal(monkeypatch, work):
    """What work writes to standard error if that is a terminal."""
    ours, theirs = pty.openpty()
    seen = []

    def watch():
        while True:
            try:
                seen.append(os.read(ours, 4096))
            except OSError:
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    with os.fdopen(theirs, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        work()
    watcher.join()
    os.close(ours)
    return b"".join(seen)


def test_events_in_a_lossless_file_are_explained(inside, capsys):
    draw = np.random.default_rng(0)
    sample = np.concatenate([np.arange(4), draw.integers(0, 4, 20)])
    codes = [f"c{i}" for i in range(6)]
    batch = from_events(sample, draw.uniform(0, 5, 24), draw.integers(0, 6, 24), vocabulary=codes, n_step=5)
    write(batch, "events.safetensors")
    settings = {"n_code": 6, "n_class": 2, "n_hidden": 4}
    model = create("event-lstm", **settings)
    save_model(model, "events-model.safetensors", builder="event-lstm", settings=settings)
    assert main(["explain", "events-model.safetensors", "events.safetensors", "--to", "runs/events"]) == 0
    same(aition.store.open("runs/events"), explain(IntegratedGradients(), model, batch, progress="off"))
    assert "on 4 samples, 24 events of 6 codes, " in capsys.readouterr().out
