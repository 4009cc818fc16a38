"""Batches from files."""

import io
import json
import random
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from pyarrow import csv, parquet
from safetensors import safe_open

from aition import from_events, from_series, from_tensors
from aition.core.batch import Field
from aition.core.errors import AitionError, InputError
from aition.data import from_frame, read, write
from aition.data.lossless import PARTS

TABLE = pa.table(
    {
        "sample": ["007", "007", "8"],
        "time": [0.0, 1.0, 0.0],
        "label": [1, 1, 0],
        "x": [1.0, None, 3.0],
        "y": [4.0, 5.0, 6.0],
    }
)


def rich_batch():
    """A batch with every part filled."""
    torch.manual_seed(0)
    x = torch.randn(3, 5, 2)
    x[1, 1, 1] = float("nan")
    return from_tensors(
        x,
        lengths=[5, 3, 4],
        times=torch.rand(3, 5, dtype=torch.float64).cumsum(1),
        static=torch.randn(3, 2),
        label=[2, 0, 1],
        ids=["ä", "b", "c\n"],
        fields={"codes": Field(torch.arange(15).reshape(3, 5), "ids", ("sample", "time"))},
        feature_names=["pulse", "drug"],
        static_names=["age", "sex"],
        time_unit="hour",
        side="left",
    )


def saved_npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_a_batch_returns_from_its_file_bit_by_bit(tmp_path):
    batch = rich_batch()
    write(batch, tmp_path / "a.safetensors")
    assert read(tmp_path / "a.safetensors").digest() == batch.digest()


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_every_dtype_returns(tmp_path, dtype):
    batch = rich_batch().to(device="cpu", dtype=dtype)
    write(batch, tmp_path / "a.safetensors")
    assert read(tmp_path / "a.safetensors").x.dtype == dtype


def test_writing_leaves_no_other_file(tmp_path):
    write(rich_batch(), tmp_path / "a.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    write(rich_batch(), path)

    def fail(*_args, **_kwargs):
        raise OSError("no space")

    monkeypatch.setattr("aition.data.lossless.save_file", fail)
    with pytest.raises(OSError, match="no space"):
        write(rich_batch().take([0]), path)
    assert read(path).digest() == rich_batch().digest()


def test_every_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    write(rich_batch(), path)
    whole, draw = path.read_bytes(), random.Random(0)
    for _ in range(200):
        place, bit = draw.randrange(len(whole)), draw.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        with pytest.raises(InputError):
            read(path)


def test_an_npz_file_holds_arguments_of_from_tensors(tmp_path):
    x = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    path = saved_npz(
        tmp_path / "a.npz", x=x, layout="sample feature time", lengths=[3, 2], label=[1, 0], ids=["a", "b"],
        feature_names=["p", "q"], time_unit="hour",
    )  # fmt: skip
    expected = from_tensors(
        x,
        layout="sample feature time",
        lengths=[3, 2],
        label=[1, 0],
        ids=["a", "b"],
        feature_names=["p", "q"],
        time_unit="hour",
    )
    assert read(path).digest() == expected.digest()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_wide_table_is_read_by_the_names_of_its_columns(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    (csv.write_csv if kind == "csv" else parquet.write_table)(TABLE, path)
    assert read(path).digest() == from_frame(TABLE, sample="sample", time="time", label="label").digest()


def test_a_long_table_is_read_by_the_names_of_its_columns(tmp_path):
    table = pa.table({"sample": ["a", "a"], "time": [0, 0], "feature": ["p", "q"], "value": [1.0, 2.0]})
    csv.write_csv(table, tmp_path / "a.csv")
    assert read(tmp_path / "a.csv").feature_names == ("p", "q")


def test_columns_of_a_table_may_be_named(tmp_path):
    parquet.write_table(TABLE.rename_columns(["bed", "hour", "died", "x", "y"]), tmp_path / "a.parquet")
    batch = read(tmp_path / "a.parquet", sample="bed", time="hour", label="died", features=["y"])
    assert (batch.feature_names, batch.time_unit) == (("y",), "hour")


def test_the_archives_format_is_read(tmp_path):
    (tmp_path / "a.ts").write_text("@classLabel true a b\n@data\n1,2:b\n")
    assert read(tmp_path / "a.ts").label.tolist() == [1]


class Armed:
    """Leaves a trace where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_objects_in_an_npz_file_are_not_loaded(tmp_path):
    path = saved_npz(tmp_path / "a.npz", x=np.array([Armed(tmp_path / "trace")], dtype=object))
    with pytest.raises(InputError, match="plain arrays"):
        read(path)
    assert not (tmp_path / "trace").exists()


def files_of_every_kind(folder):
    batch = rich_batch()
    write(batch, folder / "a.safetensors")
    saved_npz(folder / "a.npz", x=batch.x.numpy(), lengths=batch.lengths.numpy())
    csv.write_csv(TABLE, folder / "a.csv")
    parquet.write_table(TABLE, folder / "a.parquet", write_page_checksum=True)
    (folder / "a.ts").write_text("@classLabel true a b\n@data\n1,2:b\n3,4:a\n")


@pytest.mark.parametrize("kind", ["safetensors", "npz", "csv", "parquet", "ts"])
def test_damaged_files_raise_only_our_errors(tmp_path, kind):
    files_of_every_kind(tmp_path)
    path = tmp_path / f"a.{kind}"
    whole, draw, refused = path.read_bytes(), random.Random(0), 0
    for turn in range(150):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged[: draw.randrange(len(damaged))] if turn % 3 == 0 else damaged)
        try:
            read(path)
        except AitionError:
            refused += 1
    assert refused > 30


REFUSED = {
    "another ending": ("a.txt", b"", {}, r"must end in one of \.npz"),
    "no file": ("b.npz", None, {}, "does not exist"),
    "an empty archive": ("a.npz", b"", {}, "plain arrays"),
    "a bare array": ("a.npz", b"\x93NUMPY", {}, "plain arrays"),
    "an empty table": ("a.csv", b"", {}, "must be a .csv table"),
    "a table without its columns": ("a.csv", b"bed,x\n1,2\n", {}, "sample='sample' must name one column"),
    "rows of unequal width": ("a.csv", b"sample,time,x\n1,2\n", {}, "must be a .csv table"),
    "no parquet": ("a.parquet", b"PAR1", {}, "must be a .parquet table"),
    "no safetensors": ("a.safetensors", b"\x08\0\0\0\0\0\0\0{}", {}, "safetensors"),
    "columns of what is no table": ("a.npz", b"", {"sample": "bed"}, "is no table"),
    "no text": ("a.ts", b"\xff\xfe", {}, "can't be read"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_reason(tmp_path, case):
    name, content, columns, message = REFUSED[case]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / name, **columns)


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "a.npz").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path / "a.npz")


def test_unknown_arrays_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds \['y'\]"):
        read(saved_npz(tmp_path / "a.npz", x=np.ones((1, 2, 3)), y=[1]))


def test_an_npz_file_needs_values(tmp_path):
    with pytest.raises(InputError, match="must hold an array x"):
        read(saved_npz(tmp_path / "a.npz", label=[1]))


def test_a_batch_is_written_only_to_its_own_form(tmp_path):
    with pytest.raises(InputError, match=r"must end in \.safetensors"):
        write(rich_batch(), tmp_path / "a.npz")


def test_foreign_tensors_are_no_batch(tmp_path):
    from safetensors.torch import save_file

    save_file({"x": torch.ones(2, 3, 1)}, tmp_path / "a.safetensors")
    with pytest.raises(InputError, match="format aition-batch 1"):
        read(tmp_path / "a.safetensors")


def test_a_forged_file_with_wrong_dtypes_is_refused(tmp_path):
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = tmp_path / "a.safetensors"
    write(from_series([torch.ones(2, 1)]), path)
    with safe_open(path, framework="pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in PARTS}
    save_file(tensors | {"exists": tensors["exists"].float()}, path, metadata)
    with pytest.raises(InputError, match=r"exists must be torch\.bool"):
        read(path)


def test_text_that_is_no_path_to_anything_is_refused():
    with pytest.raises(InputError, match="must end in"):
        read(io.StringIO().getvalue())


def test_labels_of_ids_return_from_their_file(tmp_path):
    batch = from_events([0, 0, 1], [0, 1, 0], ["fever", "pulse", "é"], value=[float("nan"), 80, 1])
    write(batch, tmp_path / "events.safetensors")
    back = read(tmp_path / "events.safetensors")
    assert back.fields["code"].names == ("fever", "pulse", "é")
    assert back.digest() == batch.digest()


def test_a_batch_without_labels_of_ids_keeps_the_digest_and_the_file_that_it_had_before_there_were_any(tmp_path):
    codes = Field(torch.tensor([[4, 5, 6]]), "ids", ("sample", "time"))
    batch = from_tensors(torch.arange(6.0).reshape(1, 3, 2), ids=["a"], fields={"codes": codes})
    write(batch, tmp_path / "a.safetensors")
    with safe_open(tmp_path / "a.safetensors", framework="pt") as file:
        names = json.loads(file.metadata()["names"])
    assert batch.digest() == "db94c44e3092eff286a876810b7faa5091d2c7879b8d9db00ac91a625882e48a"
    assert names["fields"] == {"codes": {"role": "ids", "axes": ["sample", "time"]}}


def test_scales_of_values_return_from_their_file(tmp_path):
    scales = {"fever": (39.0, 0.1), "pulse": (1 / 3, 2.0)}
    one = from_events([0, 1], [0, 1], ["pulse", "fever"], value=[1.0, 2.0], scales=scales)
    write(one, tmp_path / "events.safetensors")
    back = read(tmp_path / "events.safetensors")
    assert back.fields["event_value"].scales == tuple(scales.values())
    assert back.digest() == one.digest()


def test_scales_are_part_of_the_digest():
    one = from_events([0], [0], ["pulse"], value=[1.0], scales={"pulse": (0.0, 1.0)})
    other = replace(one, fields=one.fields | {"event_value": replace(one.fields["event_value"], scales=())})
    assert one.digest() != other.digest()


def test_units_steps_and_class_names_return_from_their_file(tmp_path):
    words = {"units": ("°C", ""), "steps": ("mean of 1 hour",) * 2, "class_names": ("no", "yes")}
    batch = replace(from_tensors(torch.ones(1, 3, 2), layout="sample time feature"), **words)
    write(batch, tmp_path / "batch.safetensors")
    again = read(tmp_path / "batch.safetensors")
    assert (again.units, again.steps, again.class_names) == tuple(words.values())


def test_units_steps_and_class_names_are_part_of_the_digest_and_nothing_is_where_there_are_none():
    batch = from_tensors(torch.zeros(1, 2, 1), layout="sample time feature")
    assert batch.digest() == "f33afd3a035c47db375bd5e99e1ae31c985c52cd5c9021879a70fd9f7144ff11"
    words = {"units": ("°C",), "steps": ("mean of 1 hour",), "class_names": ("no", "yes")}
    made = [replace(batch, **{name: value}).digest() for name, value in words.items()]
    assert len({batch.digest(), *made}) == 4
