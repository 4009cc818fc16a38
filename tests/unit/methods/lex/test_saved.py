"""Fitted selectors as files: what is loaded explains as what was saved, and no file can ask for code."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from aition import Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError, ModelError
from aition.impute.gaussian import GaussianImputer
from aition.methods.lex import (
    AtMostK,
    Contiguous,
    ConvolutionalSelector,
    DenseSelector,
    EvalX,
    ExactK,
    LeaveOneOut,
    Lex,
    Rate,
)
from aition.methods.lex.saved import load_lex, save_lex
from stand_ins.imputers import autoencoder, flow

SHORT = {"selection": ExactK(2), "estimators": (LeaveOneOut(2),), "epochs": 1, "draws": 2}
SHORT |= {"evaluator": EvalX((4,), epochs=2)}


def model() -> TorchModel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(6, 2)))


def drawn():
    x = torch.randn(24, 3, 2, generator=torch.Generator().manual_seed(0))
    return from_tensors(x, layout="sample time feature", label=(x[:, 0, 0] > 0).long())


@pytest.mark.parametrize(
    "further",
    [
        {"selector": ConvolutionalSelector((4,), 3)},
        {"selector": DenseSelector((4,)), "imputer": GaussianImputer.fit},
        {"selector": DenseSelector((4,)), "predictor": "joint"},
        {"selector": DenseSelector((4,)), "judged": False, "rivals": 0},
        {"selector": DenseSelector((4,)), "imputer": flow, "selection": Contiguous(0.7), "budget": Rate(0.3)},
        {"selector": DenseSelector((4,)), "imputer": autoencoder, "selection": AtMostK(2, among=6)},
    ],
    ids=["convolutional", "gaussian", "joint", "alone", "flow", "autoencoder"],
)
def test_what_is_loaded_explains_as_what_was_saved(further, tmp_path):
    fitted = Lex(**SHORT | further).fit(model(), drawn(), progress="off")
    save_lex(fitted, tmp_path / "lex.safetensors")
    loaded = load_lex(tmp_path / "lex.safetensors", predictor=fitted.own and (model(),))
    one, other = (explain(how, model(), drawn()) for how in (fitted, loaded))
    assert all(bool((one[name].values == other[name].values).all()) for name in one.data_vars)
    assert ("values_log_likelihood" in one and "stability" in one) == ("judged" not in further)


def test_values_keep_the_width_of_their_error(tmp_path):
    value = TorchModel(model().module, lambda module, batch: module(batch.x)[:, 0])
    bare = from_tensors(drawn().x, layout="sample time feature")
    fitted = Lex(**SHORT, selector=DenseSelector((4,))).fit(value, bare, Target.scalar(), progress="off")
    save_lex(fitted, tmp_path / "lex.safetensors")
    loaded = load_lex(tmp_path / "lex.safetensors")
    assert torch.equal(loaded.spread.log_width, fitted.spread.log_width)
    said = [explain(how, value, bare, Target.scalar()).values_log_likelihood for how in (fitted, loaded)]
    assert bool((said[0] == said[1]).all())


def test_a_file_that_was_changed_is_refused(tmp_path):
    path = tmp_path / "lex.safetensors"
    save_lex(Lex(**SHORT).fit(model(), drawn(), progress="off"), path)
    with safe_open(path, framework="pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    about = json.loads(metadata["about"])
    about["settings"]["kind"] = "system"
    save_file(tensors, path, {**metadata, "about": json.dumps(about)})
    with pytest.raises(ModelError, match="is damaged"):
        load_lex(path)


def test_a_predictor_of_its_own_must_be_given(tmp_path):
    fitted = Lex(**SHORT, predictor="joint").fit(model(), drawn(), progress="off")
    save_lex(fitted, tmp_path / "lex.safetensors")
    with pytest.raises(InputError, match="1 predictors of its own, but 0 are given"):
        load_lex(tmp_path / "lex.safetensors")


def test_a_setting_of_ones_own_can_not_be_saved(tmp_path):
    fitted = Lex(**SHORT, groups=lambda batch: {"x": torch.zeros_like(batch.x).long()}).fit(
        model(), drawn(), progress="off"
    )
    with pytest.raises(InputError, match=r"settings\.groups can't be saved"):
        save_lex(fitted, tmp_path / "lex.safetensors")


def test_a_predictor_of_other_layers_is_what_is_blamed_and_not_the_file(tmp_path):
    fitted = Lex(**SHORT, selector=DenseSelector((4,)), predictor="joint", judged=False, rivals=0).fit(
        model(), drawn(), progress="off"
    )
    save_lex(fitted, tmp_path / "lex.safetensors")
    with pytest.raises(InputError, match="the module that is given must have the layers of the one that was saved"):
        load_lex(tmp_path / "lex.safetensors", predictor=(TorchModel(nn.Linear(6, 3)),))
