"""Files that are there wholly or not at all, text that vouches for itself, and the lock."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aition.core.errors import StoreError
from aition.store.files import Lock, Watched, faults, make_directory, sealed, unsealed, write_all, write_new

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_what_is_sealed_is_unsealed_unchanged(body):
    assert unsealed(sealed(body), "x") == body


def test_every_flipped_bit_of_sealed_text_is_seen():
    data = sealed({"é": [1.5, True, None, "A"], "n": -3})
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(StoreError, match=r"manifest\.json is torn or was changed"):
            unsealed(bytes(flipped), "manifest.json")


def test_a_folder_of_samples_is_told_from_a_torn_store():
    with pytest.raises(StoreError, match=r"must be of a store.*its schema is aition-data-1") as caught:
        unsealed(b'{"schema": "aition-data-1", "n_sample": 3, "sha256": "0"}', "data/manifest.json")
    assert "torn" not in str(caught.value)


@pytest.mark.parametrize("keep", range(0, 60, 7))
def test_torn_text_is_seen(keep: int):
    with pytest.raises(StoreError, match="torn"):
        unsealed(sealed({"a": 1})[:keep], "x")


def test_the_same_json_written_otherwise_is_not_taken():
    with pytest.raises(StoreError, match="torn"):
        unsealed(sealed({"a": 1}).replace(b'"a":1', b'"a": 1'), "x")


def test_a_file_is_written_whole_where_the_system_takes_a_few_bytes_at_a_time(tmp_path: Path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    write_new(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"new")


def test_several_files_fail_if_one_of_them_does(tmp_path: Path):
    (tmp_path / "b").mkdir()
    with pytest.raises(FileExistsError):
        write_all({tmp_path / "a": b"1", tmp_path / "b": b"2", tmp_path / "c": b"3"})


def test_directories_above_are_made(tmp_path: Path):
    make_directory(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_fault_of_the_disk_says_what_was_being_done():
    with (
        pytest.raises(StoreError, match=r"cannot write x: No space left.*; shards that were committed are kept"),
        faults("cannot write x"),
    ):
        raise OSError(28, "No space left on device")


def test_a_second_writer_is_refused(tmp_path: Path):
    lock = Lock(tmp_path / ".lock")
    with pytest.raises(StoreError, match="is being written by another run"):
        Lock(tmp_path / ".lock")
    lock.release()


def test_a_released_lock_is_free(tmp_path: Path):
    Lock(tmp_path / ".lock").release()
    Lock(tmp_path / ".lock").release()


def test_a_file_that_stays_the_same_is_read_once(tmp_path: Path):
    path, watched = tmp_path / "a", Watched()
    path.write_bytes(b"1")
    watched.read(path, path.read_bytes)
    assert watched.read(path, lambda: pytest.fail("read again")) == b"1"


def test_a_file_that_changes_is_read_again(tmp_path: Path):
    path, watched = tmp_path / "a", Watched()
    path.write_bytes(b"1")
    watched.read(path, path.read_bytes)
    path.write_bytes(b"22")
    assert watched.read(path, path.read_bytes) == b"22"


def test_a_file_that_is_gone_is_missed(tmp_path: Path):
    with pytest.raises(StoreError, match=r"cannot read .*a: No such file"):
        Watched().read(tmp_path / "a", bytes)


def test_a_lock_that_is_released_is_free_while_a_forked_process_lives(tmp_path: Path):
    lock = Lock(tmp_path / ".lock")
    inherited = os.dup(lock.descriptor)
    lock.release()
    Lock(tmp_path / ".lock").release()
    os.close(inherited)


def test_two_processes_may_make_one_directory_at_the_same_time(tmp_path: Path, monkeypatch):
    mkdir = os.mkdir

    def second(path, *mode):
        mkdir(path, *mode)
        raise FileExistsError(17, "File exists")

    monkeypatch.setattr(os, "mkdir", second)
    make_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
