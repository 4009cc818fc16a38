"""A small model, data and finished runs, and what is wrong with copies of them."""

import os
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from aition import Target, explain, from_tensors
from aition.data import write
from aition.methods import Saliency
from aition.models import create, save_model
from aition.store import Store
from aition.store.files import Lock

SIZES = {"n_feature": 2, "n_class": 3}
CSV = {
    "text.csv": "sample,time,heart rate\na,0,1.5\na,1,high\n",
    "twice.csv": "sample,time,heart rate\na,0,1.5\na,0,1.6\n",
    "rows.csv": "sample,time,heart rate\n",
    "empty.csv": "",
    "names.csv": "patient,time,heart rate\na,0,1.5\n",
}


def flipped(path: Path) -> None:
    """Turn one bit near the end of a file."""
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)


def series(**changes):
    values = np.random.default_rng(0).normal(size=(5, 6, 2)).astype(np.float32)
    return from_tensors(torch.from_numpy(values), **{"label": [0, 1, 2, 0, 1], "lengths": [6, 5, 4, 3, 6]} | changes)


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A folder with everything that the command line is given, good and bad."""
    here = tmp_path_factory.mktemp("place")
    model = create("gru-classifier", **SIZES)
    save_model(model, here / "model.safetensors", builder="gru-classifier", settings=SIZES)
    write(series(), here / "data.safetensors")
    bad_models(here, model.module)
    bad_data(here)
    bad_stores(here, model)
    (here / "folder").mkdir()
    (here / "full").mkdir()
    (here / "full" / "thesis.txt").write_text("not to be touched")
    (here / "file.txt").write_text("text")
    return here


def bad_models(here, module):
    whole = (here / "model.safetensors").read_bytes()
    (here / "torn.safetensors").write_bytes(whole[: len(whole) // 2])
    (here / "flipped.safetensors").write_bytes(whole)
    flipped(here / "flipped.safetensors")
    (here / "text.safetensors").write_text("these are no weights")
    save_file(module.state_dict(), here / "bare.safetensors")
    (here / "model.pkl").write_bytes(pickle.dumps({"weights": [1, 2]}))
    (here / "disguised.safetensors").write_bytes(pickle.dumps({"weights": [1, 2]}))
    (here / "broken.pkl").write_bytes(b"\x80\x04never a pickle")
    torch.save(module.state_dict(), here / "weights.pt")
    (here / "model.onnx").write_bytes(b"\x08\x07")
    with zipfile.ZipFile(here / "archive.zip", "w") as archive:
        archive.writestr("letter.txt", "dear")


def bad_data(here):
    for name, text in CSV.items():
        (here / name).write_text(text)
    (here / "torn.parquet").write_bytes(b"PAR1 and no more")
    np.savez(here / "objects.npz", x=np.array([{"a": 1}], dtype=object))
    np.savez(here / "nameless.npz", y=np.zeros((2, 3, 1)))
    np.savez(here / "infinite.npz", x=np.full((2, 3, 2), np.inf, dtype=np.float32))
    np.savez(here / "none.npz", x=np.zeros((0, 3, 2), dtype=np.float32))
    (here / "torn.ts").write_text("@classLabel true a b\n@data\n1,2,x:a\n")
    (here / "table.xlsx").write_bytes(b"PK")
    write(series(), here / "changed.safetensors")
    flipped(here / "changed.safetensors")
    write(series(label=[0, 1, 2, 3, 4]), here / "labels.safetensors")
    wide = from_tensors(torch.zeros(2, 4, 5))
    write(wide, here / "wide.safetensors")


def bad_stores(here, model):
    explain(Saliency(), model, series(), Target.predicted(), to=Store(here / "run", shard_size=2), progress="off")
    for name in ("damaged", "lost", "added", "unsealed", "locked"):
        shutil.copytree(here / "run", here / name)
    shard = here / "damaged" / "shards" / "000001"
    flipped(next(shard.glob("sample-time-feature.parquet")))
    shutil.rmtree(here / "lost" / "shards" / "000002")
    (here / "added" / "shards" / "000009").mkdir()
    flipped(here / "unsealed" / "manifest.json")
    with pytest.raises(KeyboardInterrupt):
        explain(Saliency(), model, interrupted(), to=Store(here / "unfinished", shard_size=2), progress="off")


def interrupted():
    """Data whose reader is interrupted."""
    yield series()
    raise KeyboardInterrupt


@pytest.fixture
def inside(place, monkeypatch):
    """Work in the folder, with a cache that is empty; one store is being written."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(place / "cache"))
    lock = Lock(place / "locked" / ".lock")
    yield place
    lock.release()
