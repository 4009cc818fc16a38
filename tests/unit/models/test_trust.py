"""Model files that could run code: nothing is executed unasked, and everything that was asked for is."""

import contextlib
import io
import os
import pickle
import struct
import sys
import types
import zipfile

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from aition.core.assemble import from_tensors
from aition.core.errors import AitionError, InputError, MissingExtraError, ModelError, TrustError
from aition.core.model import FunctionModel, TorchModel
from aition.models import create, load_model, save_model
from aition.models.files import digest_of
from aition.models.saved import FORMAT, VERSION, stated_in

SETTINGS = {"n_feature": 2, "n_class": 3, "n_hidden": 4}
BATCH = from_tensors(torch.linspace(-1, 1, 24).reshape(3, 4, 2))


def gru():
    return create("gru-classifier", seed=1, **SETTINGS)


class Armed:
    """Leaves a trace where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def exported_program(folder, armed):
    """A .pt2 file with an armed pickle in it, as torch.export.load reads it."""
    program = torch.export.export(nn.Linear(2, 2), (torch.ones(1, 2),))
    torch.export.save(program, folder / "plain.pt2")
    with zipfile.ZipFile(folder / "plain.pt2") as plain, zipfile.ZipFile(folder / "armed.pt2", "w") as whole:
        for name in plain.namelist():
            content = pickle_of(armed) if name.endswith("sample_inputs/model.pt") else plain.read(name)
            whole.writestr(name.replace("plain/", "armed/"), content)
    return (folder / "armed.pt2").read_bytes()


def pickle_of(armed):
    content = io.BytesIO()
    torch.save(armed, content)
    return content.getvalue()


def legacy_pickle_of(armed):
    content = io.BytesIO()
    torch.save(armed, content, _use_new_zipfile_serialization=False)
    return content.getvalue()


@pytest.fixture(scope="module")
def armory(tmp_path_factory):
    """Files by name that leave a trace where they are loaded without care, and the trace."""
    folder = tmp_path_factory.mktemp("armory")
    armed, trace = Armed(folder / "trace"), folder / "trace"
    files = {
        f"pickle{protocol}{suffix}": pickle.dumps(armed, protocol)
        for protocol in (2, 4, 5)
        for suffix in (".pkl", ".pickle", ".joblib")
    }
    files |= {f"saved{suffix}": pickle_of(armed) for suffix in (".pt", ".pth", ".ckpt", ".bin")}
    files |= {f"legacy{suffix}": legacy_pickle_of(armed) for suffix in (".pt", ".pth")}
    files |= {"state.pt": pickle_of({"weight": torch.ones(1), "more": armed})}
    files |= {"program.pt2": exported_program(folder, armed)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder, sorted(files), trace


DISGUISES = ["", ".safetensors", ".npz", ".txt"]


@pytest.mark.parametrize("disguise", DISGUISES)
def test_nothing_is_executed_without_trust_under_any_name(armory, tmp_path, disguise):
    folder, names, trace = armory
    assert len(names) * len(DISGUISES) >= 25
    for name in names:
        path = tmp_path / (name + disguise)
        path.write_bytes((folder / name).read_bytes())
        with pytest.raises(TrustError, match="Nothing of it was loaded"):
            load_model(path)
        assert not trace.exists(), name


def test_the_same_files_do_execute_with_trust(armory):
    folder, names, trace = armory
    # Where in a .pt2 a pickle lies changes between versions of torch; ours lies where 2.13 reads it.
    live = [name for name in names if name != "program.pt2" or torch.__version__.startswith("2.13")]
    for name in live:
        with contextlib.suppress(AitionError):
            load_model(folder / name, trust=True)
        assert trace.exists(), name
        trace.rmdir()


@pytest.mark.parametrize("ending", [".pt2", ".pt", ".pkl", ".onnx", ".ckpt"])
def test_an_ending_alone_is_enough_for_a_refusal(tmp_path, ending):
    (tmp_path / f"m{ending}").write_bytes(b"")
    with pytest.raises(TrustError):
        load_model(tmp_path / f"m{ending}")


def test_a_refusal_says_what_could_run_and_how_to_convert(armory):
    folder, _, _ = armory
    with pytest.raises(TrustError, match=r"runs any code.*trust=True.*--trust.*save_model\(TorchModel"):
        load_model(folder / "saved.pt")
    with pytest.raises(TrustError, match=r"before torch\.export"):
        load_model(folder / "program.pt2")


def test_a_foreign_file_may_not_name_a_builder(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "m.safetensors", {"builder": "gru-classifier"})
    with pytest.raises(InputError, match="does not say what its weights belong to"):
        load_model(tmp_path / "m.safetensors")


def test_a_file_may_not_name_code(tmp_path):
    tensors = {"a": torch.ones(1)}
    metadata = {"format": FORMAT, "version": VERSION, "builder": "os:system", "settings": '{"command": "true"}'}
    metadata["sha256"] = digest_of(tensors, stated_in(metadata))
    save_file(tensors, tmp_path / "m.safetensors", metadata)
    with pytest.raises(TrustError, match="which a file may not"):
        load_model(tmp_path / "m.safetensors")


def test_a_builder_that_can_not_be_imported_is_named(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="'no_such_module:make' can't be imported"):
        load_model(tmp_path / "m.safetensors", builder="no_such_module:make")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04rest", struct.pack("<Q", 2**40) + b"{"])
def test_what_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"must be|damaged"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("length", [0x0480, 0x4B50])
def test_a_length_that_looks_like_a_pickle_or_an_archive_is_a_length(tmp_path, length):
    save_model(gru(), tmp_path / "m.safetensors", builder="gru-classifier", settings=SETTINGS)
    whole = (tmp_path / "m.safetensors").read_bytes()
    end = 8 + struct.unpack("<Q", whole[:8])[0]
    header = whole[8:end].ljust(length)
    (tmp_path / "m.safetensors").write_bytes(struct.pack("<Q", length) + header + whole[end:])
    assert len(header) == length
    assert load_model(tmp_path / "m.safetensors")(BATCH).shape == (3, 3)


def test_an_archive_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(InputError, match="zip archive of something else"):
        load_model(tmp_path / "m.zip")


def test_a_whole_module_is_loaded_with_trust(tmp_path):
    module = gru().module
    torch.save(module, tmp_path / "m.pt")
    loaded = load_model(tmp_path / "m.pt", trust=True)
    assert isinstance(loaded, TorchModel)
    assert torch.equal(loaded.module(BATCH.x, BATCH.exists), module(BATCH.x, BATCH.exists))


@pytest.mark.parametrize("wrap", [dict, lambda state: {"epoch": 3, "state_dict": state}], ids=["bare", "checkpoint"])
def test_a_state_dict_is_loaded_with_trust_and_a_builder(tmp_path, wrap):
    torch.save(wrap(gru().module.state_dict()), tmp_path / "m.ckpt")
    loaded = load_model(tmp_path / "m.ckpt", trust=True, builder="gru-classifier", settings=SETTINGS)
    assert torch.equal(loaded(BATCH), gru()(BATCH))


def test_a_pickled_model_is_loaded_with_trust_and_converted(tmp_path):
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(gru()))
    loaded = load_model(tmp_path / "m.pkl", trust=True)
    save_model(loaded, tmp_path / "m.safetensors", builder="gru-classifier", settings=SETTINGS)
    assert torch.equal(load_model(tmp_path / "m.safetensors")(BATCH), gru()(BATCH))


def test_an_exported_program_is_loaded_with_trust(armory):
    folder, _, _ = armory
    loaded = load_model(folder / "plain.pt2", trust=True)
    assert loaded.module(torch.ones(1, 2)).shape == (1, 2)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_torchscript_is_refused_and_loaded_with_trust(tmp_path):
    torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2)), tmp_path / "m.pt")
    with pytest.raises(TrustError, match="TorchScript"):
        load_model(tmp_path / "m.pt")
    assert load_model(tmp_path / "m.pt", trust=True).module(torch.ones(1, 2)).shape == (1, 2)


def test_what_holds_no_model_is_refused_with_trust_too(tmp_path):
    torch.save([1, 2], tmp_path / "m.pt")
    with pytest.raises(InputError, match=r"must hold a torch\.nn\.Module or its state_dict, but holds list"):
        load_model(tmp_path / "m.pt", trust=True)


def test_a_damaged_pickle_is_our_error(tmp_path):
    (tmp_path / "m.pkl").write_bytes(b"\x80\x04garbage")
    with pytest.raises(ModelError, match="can't be loaded"):
        load_model(tmp_path / "m.pkl", trust=True)


class Session:
    """Stands for onnxruntime.InferenceSession: a graph that doubles its one input."""

    names = ("x",)

    def __init__(self, path):
        self.path = path

    def get_inputs(self):
        return [types.SimpleNamespace(name=name) for name in self.names]

    def run(self, _outputs, inputs):
        return [inputs["x"].mean(axis=1) * 2]


def test_onnx_is_a_black_box_with_trust(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", types.SimpleNamespace(InferenceSession=Session))
    (tmp_path / "m.onnx").write_bytes(b"\x08")
    loaded = load_model(tmp_path / "m.onnx", trust=True)
    assert isinstance(loaded, FunctionModel)
    assert torch.equal(loaded(BATCH), BATCH.x.mean(dim=1) * 2)


def test_onnx_of_several_inputs_is_answered_with_a_recipe(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", types.SimpleNamespace(InferenceSession=Session))
    monkeypatch.setattr(Session, "names", ("x", "mask"))
    (tmp_path / "m.onnx").write_bytes(b"\x08")
    with pytest.raises(InputError, match=r"\['x', 'mask'\]; write the function yourself.*FunctionModel"):
        load_model(tmp_path / "m.onnx", trust=True)


def test_onnx_without_its_runtime_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "m.onnx").write_bytes(b"\x08")
    with pytest.raises(MissingExtraError, match="pip install onnxruntime"):
        load_model(tmp_path / "m.onnx", trust=True)
