"""The metrics of truth are those of time-interpret."""

import numpy as np
import pytest
import torch
from tint.metrics import white_box
from torch import Tensor

from aition.metrics import truth as ours

SAME = {
    "aup": "aup",
    "aur": "aur",
    "information": "information",
    "entropy": "entropy",
    "auroc": "roc_auc",
    "auprc": "auprc",
}


def scores(kind: str) -> Tensor:
    """Attributions ``[sample, time, feature]``: any, signed, or with many ties."""
    value = torch.rand(7, 20, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    return {"even": value, "signed": 9 * value - 3, "tied": (value * 4).round() / 4}[kind]


@pytest.mark.parametrize("kind", ["even", "signed", "tied"])
@pytest.mark.parametrize("name", SAME)
def test_pooled_and_brought_to_0_and_1_a_metric_is_that_of_tint(name: str, kind: str) -> None:
    attribution = scores(kind)
    matters = torch.rand(attribution.shape, generator=torch.Generator().manual_seed(6)) < 0.3
    exists = np.ones(attribution.shape[:2], dtype=bool)
    one = float(getattr(ours, name)(ours.minmax(attribution.numpy(), exists), matters.numpy(), exists, pool=True))
    other = float(getattr(white_box, SAME[name])(attribution, matters.long()))
    assert one == pytest.approx(other, rel=1e-6, abs=1e-6)
