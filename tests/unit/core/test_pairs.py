"""Pairs of groups: where tensors may lie."""

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from aition import from_tensors
from aition.core.pairs import told


def test_what_a_model_answers_on_its_device_comes_back_to_the_batch() -> None:
    batch = from_tensors(torch.zeros(2, 3, 1))
    with FakeTensorMode(allow_non_fake_inputs=True):
        answer = told(
            batch,
            cells=torch.zeros(2, 3, 1, dtype=torch.int64, device="cuda"),
            alone=torch.zeros(2, 1, 3, device="cuda"),
            pairs=torch.zeros(2, 1, 3, device="cuda"),
            change=torch.zeros(2, 1, device="cuda"),
            hit_rate=0.5,
            several=False,
        )
    assert {value.device.type for _, value in answer.values()} == {"cpu"}
    assert answer["attribution"][1].shape == batch.x.shape
    assert answer["interaction"][1].shape == (2, 3, 3)
