"""Folders of samples: what is read from them, and what is wrong with copies."""

import json

import pytest

from aition.core.errors import InputError
from aition.data import open_folder
from aition.data.readers import Feature, Spec, Window, ingest
from stand_ins.records import event, records, sample

SPLITS = ("train", "train", "held_out")


@pytest.fixture
def folder(tmp_path):
    samples = [sample(str(place), subject=str(place), split=split) for place, split in enumerate(SPLITS)]
    rows = [event(place, float(place), subject=str(place)) for place in range(3)]
    spec = Spec(Window(hours=4.0), (Feature("hr", ("HR",), unit="bpm"),))
    return ingest(records(tmp_path / "raw", samples, rows), spec, tmp_path / "data", shard_size=1, progress="off")


def test_batches_are_those_of_the_split(folder):
    assert [batch.ids.tolist() for batch in folder.batches("train")] == [["0"], ["1"]]
    assert [batch.ids.tolist() for batch in folder.batches("held_out")] == [["2"]]


def test_all_batches_are_all_samples(folder):
    assert sum(len(batch) for batch in folder) == len(folder) == 3


def test_a_split_is_a_folder_of_its_own(folder):
    assert len(folder.only("train")) == 2
    assert folder.only("train").splits == ("train",)


def test_an_unknown_split_is_refused_with_those_there_are(folder):
    with pytest.raises(InputError, match="split must be one of 'held_out', 'train'"):
        next(folder.batches("test"))


def test_one_batch_holds_all_samples_or_the_first(folder):
    assert folder.batch().ids.tolist() == ["2", "0", "1"]
    assert folder.batch(most=2).ids.tolist() == ["2", "0"]


def test_the_card_is_known_without_reading_samples(folder):
    for shard in folder.shards:
        (folder.path / shard.file).unlink()
    known = open_folder(folder.path)
    assert (known.form, known.feature_names, known.n_feature, known.class_names) == ("grid", ("hr",), 1, ("0", "1"))
    assert known.manifest["features"][0]["unit"] == "bpm"


def test_moments_of_features_are_those_of_training_samples(folder):
    assert {name: folder.manifest["features"][0][name] for name in ("n_value", "mean", "scale")} == {
        "n_value": 2,
        "mean": 0.5,
        "scale": 0.5,
    }


def test_a_whole_folder_is_verified(folder):
    folder.verify()


@pytest.mark.parametrize("place", [10, 200, -1])
def test_a_flipped_bit_of_a_shard_is_found(folder, place):
    file = folder.path / folder.shards[1].file
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"00001.safetensors was changed"):
        folder.verify()


def test_a_missing_shard_is_found(folder):
    (folder.path / folder.shards[0].file).unlink()
    with pytest.raises(InputError, match=r"00000.safetensors is missing"):
        folder.verify()


def test_a_changed_manifest_is_refused(folder):
    path = folder.path / "manifest.json"
    path.write_text(path.read_text().replace('"held_out"', '"train"'))
    with pytest.raises(InputError, match="does not have the sha256"):
        open_folder(folder.path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ("{}", "must be of schema aition-data-1"),
        (json.dumps({"schema": "aition-data-2"}), "but its schema is aition-data-2"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, text, why):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=why):
        open_folder(tmp_path)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"must be a folder of samples, as aition ingest writes it"):
        open_folder(tmp_path)
