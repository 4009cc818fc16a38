"""Batch: picking, cutting and fingerprinting samples."""

import pytest
import torch

from aition import Field, from_tensors
from aition.core.batch import sample_keys
from aition.core.errors import InputError


def batch(n_sample: int = 3) -> object:
    x = torch.arange(n_sample * 8.0).reshape(n_sample, 4, 2)
    extra = Field(torch.arange(n_sample * 4).reshape(n_sample, 4), "ids", ("sample", "time"))
    return from_tensors(x, label=range(n_sample), static=torch.ones(n_sample, 1), fields={"code": extra})


def test_take_moves_every_part_together() -> None:
    taken = batch().take([2, 0])
    assert taken.ids.tolist() == ["2", "0"]
    assert taken.label.tolist() == [2, 0]
    assert taken["code"][:, 0].tolist() == [8, 0]
    assert torch.equal(taken.keys, sample_keys(["2", "0"]))


def test_repeat_puts_copies_behind_one_another() -> None:
    assert batch(2).repeat(2).ids.tolist() == ["0", "0", "1", "1"]


def test_pieces_make_up_the_whole() -> None:
    whole = batch(5)
    assert torch.equal(torch.cat([piece.x for piece in whole.split(2)]), whole.x)


def test_crop_cuts_every_part_with_steps() -> None:
    cut = batch().crop(1, 3)
    assert cut.x.shape == (3, 2, 2)
    assert cut["code"].shape == (3, 2)
    assert cut.static.shape == (3, 1)


def test_start_and_step_count_from_the_first_existing_step() -> None:
    padded = from_tensors(torch.ones(1, 4, 1), lengths=[2], side="left")
    assert padded.start.tolist() == [2]
    assert padded.step.tolist() == [[-2, -1, 0, 1]]


def test_an_unknown_field_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no field 'codes'; it has \\['code'\\]"):
        batch()["codes"]


@pytest.mark.parametrize("change", ["x", "label", "ids", "field"])
def test_the_digest_changes_with_every_part(change: str) -> None:
    one = batch()
    other = {
        "x": lambda: one.with_x(one.x + 1),
        "label": lambda: from_tensors(one.x, label=[0, 1, 1], static=one.static, fields=one.fields),
        "ids": lambda: from_tensors(one.x, label=one.label, static=one.static, fields=one.fields, ids="abc"),
        "field": lambda: one.with_field("code", one["code"] + 1),
    }[change]()
    assert one.digest() == batch().digest()
    assert one.digest() != other.digest()


def test_a_field_must_name_its_axes() -> None:
    with pytest.raises(InputError, match="begin with 'sample'"):
        Field(torch.ones(2, 3), "signal", ("time", "sample"))


def test_float64_labels_and_times_become_float32_where_the_device_has_no_float64(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved = []
    monkeypatch.setattr(torch.Tensor, "to", lambda self, device, dtype=None: moved.append(dtype) or self)
    from_tensors(torch.zeros(1, 2, 1)).to(device="mps", dtype=torch.float32)
    assert torch.float64 not in moved
    assert torch.int64 in moved


def test_a_field_along_static_must_fit_the_static_values() -> None:
    with pytest.raises(InputError, match=r"fields\['g'\] must be \[sample=1 static=0\]"):
        from_tensors(torch.zeros(1, 2, 1), fields={"g": Field(torch.zeros(1, 5), "signal", ("sample", "static"))})


def test_a_field_must_fit_the_samples() -> None:
    with pytest.raises(InputError, match=r"fields\['late'\] must be \[sample=2\], but is \[3\]"):
        from_tensors(torch.ones(2, 3, 1), fields={"late": Field(torch.ones(3), "context", ("sample",))})


def test_a_field_must_have_a_name_that_a_table_can_have() -> None:
    with pytest.raises(InputError, match="lower case, digits and underscores, but is 'Late value'"):
        from_tensors(torch.ones(2, 3, 1), fields={"Late value": Field(torch.ones(2), "context", ("sample",))})


def test_a_bare_tensor_is_no_field() -> None:
    with pytest.raises(InputError, match="must be a Field with a role and axes, but is Tensor"):
        from_tensors(torch.ones(2, 3, 1), fields={"a": torch.ones(2)})  # type: ignore[dict-item]


def test_other_values_leave_the_batch_as_it_was() -> None:
    batch = from_tensors(torch.zeros(2, 3, 1), layout="sample time feature")
    other = batch.with_x(torch.ones(2, 3, 1))
    assert bool((batch.x == 0).all())
    assert bool((other.x == 1).all())
    assert other.ids is batch.ids


def test_values_of_another_shape_are_checked() -> None:
    batch = from_tensors(torch.zeros(2, 3, 1), layout="sample time feature")
    with pytest.raises(InputError, match="exists must be"):
        batch.with_x(torch.ones(2, 4, 1))


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"units": ["°C"]}, r"units must be 2 words or none, but are \['°C'\]"),
        ({"class_names": ["a", "a"]}, "class_names must be different names"),
    ],
)
def test_units_are_one_a_feature_and_classes_have_different_names(parts: dict[str, list[str]], why: str) -> None:
    with pytest.raises(InputError, match=why):
        from_tensors(torch.ones(1, 3, 2), layout="sample time feature", **parts)
