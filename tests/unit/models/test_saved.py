"""Models as files: weights return bit by bit, and what does not fit is named."""

import json
import random
import sys
import types
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from aition.core.assemble import from_tensors
from aition.core.errors import AitionError, InputError, ModelError
from aition.core.inputs import Inputs
from aition.core.model import TorchModel
from aition.models import as_model, create, load_model, register_builder, save_model
from aition.models.files import digest_of
from aition.models.recurrent import GRUClassifier
from aition.models.saved import FORMAT, VERSION, stated_in

SETTINGS = {"n_feature": 2, "n_class": 3, "n_hidden": 4}
BATCH = from_tensors(torch.linspace(-1, 1, 24).reshape(3, 4, 2))


class Headed(nn.Module):
    """A module of a user's own."""

    def __init__(self, n_class: int) -> None:
        super().__init__()
        self.linear = nn.Linear(2, n_class)

    def forward(self, x):
        return self.linear(x.mean(dim=1)).softmax(dim=1)


@register_builder("tests-headed")
def headed(n_class: int) -> TorchModel:
    return TorchModel(Headed(n_class), head="softmax")


def gru(seed=1):
    return create("gru-classifier", seed=seed, **SETTINGS)


def saved(path, model=None):
    save_model(model or gru(), path, builder="gru-classifier", settings=SETTINGS)
    return path


def rewritten(path, *, tensors=None, **metadata):
    """The file with other metadata or tensors, as somebody else would write it."""
    with safe_open(path, framework="pt") as file:
        whole = {name: file.get_tensor(name) for name in file.offset_keys()}
        words = dict(file.metadata())
    save_file(
        whole | (tensors or {}), path, {name: word for name, word in (words | metadata).items() if word is not None}
    )
    return path


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_a_loaded_model_is_the_saved_one_bit_by_bit(tmp_path, dtype):
    model = gru()
    model.module.to(dtype)
    loaded = load_model(saved(tmp_path / "m.safetensors", model))
    for name, value in model.module.state_dict().items():
        assert torch.equal(loaded.module.state_dict()[name], value)
    assert loaded.dtype == dtype


def test_buffers_return_too(tmp_path):
    model = create("resnet-classifier", n_feature=2, n_class=3)
    model.module.train()
    model(BATCH)
    save_model(model, tmp_path / "m.safetensors", builder="resnet-classifier", settings={"n_feature": 2, "n_class": 3})
    model.module.eval()
    assert torch.equal(load_model(tmp_path / "m.safetensors")(BATCH), model(BATCH))


def test_a_loaded_model_is_in_evaluation_mode(tmp_path):
    assert not load_model(saved(tmp_path / "m.safetensors")).module.training


def test_loading_leaves_the_global_generator(tmp_path):
    path, before = saved(tmp_path / "m.safetensors"), torch.get_rng_state()
    load_model(path)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_registered_builder_says_how_its_module_is_called(tmp_path):
    model = headed(3)
    save_model(model, tmp_path / "m.safetensors", builder="tests-headed", settings={"n_class": 3})
    loaded = load_model(tmp_path / "m.safetensors")
    assert loaded.head == "softmax"
    assert torch.equal(loaded(BATCH), model(BATCH))


def test_saving_leaves_no_other_file(tmp_path):
    saved(tmp_path / "m.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["m.safetensors"]


def test_a_save_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = saved(tmp_path / "m.safetensors")

    def fail(*_args, **_kwargs):
        raise OSError("no space")

    monkeypatch.setattr("aition.models.files.save_file", fail)
    with pytest.raises(OSError, match="no space"):
        saved(path, gru(seed=2))
    assert torch.equal(load_model(path)(BATCH), gru()(BATCH))


def test_the_caller_may_give_the_builder_of_foreign_weights(tmp_path):
    model = gru()
    save_file(model.module.state_dict(), tmp_path / "m.safetensors")
    for builder in (
        "gru-classifier",
        lambda **settings: as_model(GRUClassifier(**settings)),
        "test_saved_builder:make",
    ):
        sys.modules["test_saved_builder"] = types.ModuleType("test_saved_builder")
        sys.modules["test_saved_builder"].make = lambda **settings: as_model(GRUClassifier(**settings))
        loaded = load_model(tmp_path / "m.safetensors", builder=builder, settings=SETTINGS)
        assert torch.equal(loaded(BATCH), model(BATCH))
    del sys.modules["test_saved_builder"]


NAMED = Inputs(("a", "b"), ("age",))
OF_EVENTS = Inputs(code_names=("fever", "pulse"), scales=((39.0, 0.1), (0.0, 1.0)))


@pytest.mark.parametrize("inputs", [NAMED, OF_EVENTS])
def test_what_a_model_was_trained_on_returns(tmp_path, inputs):
    path = saved(tmp_path / "m.safetensors", replace(gru(), inputs=inputs))
    assert load_model(path).inputs == inputs
    assert load_model(path, builder=lambda **given: as_model(GRUClassifier(**given))).inputs == inputs


def test_a_file_without_names_is_that_of_before_there_were_any_and_is_compared_with_nothing(tmp_path):
    path = saved(tmp_path / "m.safetensors")
    with safe_open(path, framework="pt") as file:
        assert set(file.metadata()) == {"format", "version", "builder", "settings", "sha256"}
    assert load_model(path).inputs == Inputs()
    assert load_model(path)(replace(BATCH, feature_names=("any", "names"))).shape == (3, 3)


@pytest.mark.parametrize("words", ['{"scales": [[1]]}', '{"feature_names": 3}', "[]", "{"])
def test_inputs_that_are_none_are_refused_behind_a_valid_digest(tmp_path, words):
    path = rewritten(saved(tmp_path / "m.safetensors"), inputs=words)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = gru().module.state_dict()
    rewritten(path, sha256=digest_of(tensors, stated_in(metadata)))
    with pytest.raises(InputError, match="is damaged: its inputs"):
        load_model(path)


SAVE_REFUSED = {
    "another ending": ("m.pt", "gru-classifier", SETTINGS, InputError, r"must end in \.safetensors"),
    "an unknown builder": ("m.safetensors", "gru", SETTINGS, InputError, "there is no builder 'gru'"),
    "settings that are no JSON": ("m.safetensors", "gru-classifier", {"n": torch.ones(1)}, InputError, "JSON-able"),
    "settings of another model": (
        "m.safetensors", "gru-classifier", SETTINGS | {"n_class": 5}, ModelError,
        r"has head\.weight \[3, 4\] float32, but the module's is \[5, 4\] float32",
    ),
    "a builder of another model": (
        "m.safetensors", "lstm-classifier", SETTINGS, ModelError, "the model to save does not fit the module LSTM",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAVE_REFUSED)
def test_what_could_not_be_loaded_is_not_saved(tmp_path, case):
    name, builder, settings, error, message = SAVE_REFUSED[case]
    with pytest.raises(error, match=message):
        save_model(gru(), tmp_path / name, builder=builder, settings=settings)
    assert not list(tmp_path.iterdir())


def test_another_head_than_the_builders_is_not_saved(tmp_path):
    model = TorchModel(Headed(3), head="none")
    with pytest.raises(ModelError, match="makes a model with head='softmax', but this one has 'none'"):
        save_model(model, tmp_path / "m.safetensors", builder="tests-headed", settings={"n_class": 3})


class Keeping(nn.Linear):
    """A module that keeps more than tensors."""

    def get_extra_state(self):
        return {"seen": 3}

    def set_extra_state(self, state):
        pass


def test_a_state_that_is_no_tensor_is_not_saved(tmp_path):
    model = TorchModel(Keeping(2, 3))
    with pytest.raises(ModelError, match=r"keeps \['_extra_state'\] in its state.*only tensors can be saved"):
        save_model(model, tmp_path / "m.safetensors", builder="gru-classifier", settings=SETTINGS)


def test_missing_and_surplus_weights_are_named(tmp_path):
    state = gru().module.state_dict()
    del state["head.bias"]
    save_file(state | {"extra": torch.ones(1)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match=r"misses head\.bias; it has extra, which the module has not"):
        load_model(tmp_path / "m.safetensors", builder="gru-classifier", settings=SETTINGS)


def test_other_shapes_are_named(tmp_path):
    save_file(gru().module.state_dict(), tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match=r"has head\.weight \[3, 4\] float32, but the module's is \[7, 4\] float32"):
        load_model(tmp_path / "m.safetensors", builder="gru-classifier", settings=SETTINGS | {"n_class": 7})


def test_foreign_weights_without_a_builder_are_refused(tmp_path):
    save_file(gru().module.state_dict(), tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="does not say what its weights belong to"):
        load_model(tmp_path / "m.safetensors")


def test_every_flipped_bit_is_noticed(tmp_path):
    path = saved(tmp_path / "m.safetensors")
    whole, draw = path.read_bytes(), random.Random(0)
    for _ in range(150):
        place, bit = draw.randrange(len(whole)), draw.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        with pytest.raises(AitionError):
            load_model(path)


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.99])
def test_truncated_files_are_refused(tmp_path, share):
    path = saved(tmp_path / "m.safetensors")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(AitionError):
        load_model(path)


REWRITTEN = {
    "another version": ({"version": "2"}, InputError, "must be of version 1, but is of 2"),
    "other settings": ({"settings": json.dumps(SETTINGS | {"n_layer": 2})}, ModelError, "is damaged"),
    "another builder": ({"builder": "lstm-classifier"}, ModelError, "is damaged"),
    "another format": ({"format": "other"}, InputError, "does not say what its weights belong to"),
    "no builder": ({"builder": None}, ModelError, "is damaged"),
    "other inputs": ({"inputs": json.dumps({"feature_names": ["a", "b"]})}, ModelError, "is damaged"),
    "no digest": ({"sha256": None}, ModelError, "is damaged"),
}


@pytest.mark.parametrize("case", REWRITTEN)
def test_metadata_that_was_changed_is_noticed(tmp_path, case):
    metadata, error, message = REWRITTEN[case]
    with pytest.raises(error, match=message):
        load_model(rewritten(saved(tmp_path / "m.safetensors"), **metadata))


@pytest.mark.parametrize(("words", "message"), [("{", "are no JSON"), ("[1]", "must be a JSON object, but are list")])
def test_settings_that_are_no_object_are_refused_behind_a_valid_digest(tmp_path, words, message):
    metadata = {"format": FORMAT, "version": VERSION, "builder": "gru-classifier", "settings": words}
    tensors = gru().module.state_dict()
    save_file(tensors, tmp_path / "m.safetensors", metadata | {"sha256": digest_of(tensors, stated_in(metadata))})
    with pytest.raises(InputError, match=message):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("name", ["no.safetensors", "folder.safetensors"])
def test_what_is_no_file_is_refused(tmp_path, name):
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(InputError, match=r"does not exist|is a folder"):
        load_model(tmp_path / name)
