"""Dreams that were kept come back whole."""

import numpy as np
import pytest

import aition.store
from aition.core.errors import StoreError
from aition.store import keep
from stand_ins.dreams import dreamed


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "dreams"
    keep(dreamed(), path, shard_size=4)
    return path


def test_all_that_pictures_need_survives(path):
    one, kept = dreamed(), aition.store.open(path).explanation()
    assert set(kept.data_vars) == set(one.data_vars)
    for name in one.data_vars:
        assert kept[name].dims == one[name].dims, name
        np.testing.assert_array_equal(kept[name].values, one[name].values, err_msg=str(name))
    for axis in one.coords:
        assert kept[axis].values.tolist() == one[axis].values.tolist()
    assert {str(key): str(value) for key, value in kept.attrs.items()} == {
        str(key): str(value) for key, value in one.attrs.items()
    }


def test_what_was_kept_is_not_overwritten_by_other_dreams(path):
    other = dreamed().assign_attrs(seed=7)
    with pytest.raises(StoreError):
        keep(other, path)
