"""A report of a selection says whether it can be believed."""

import numpy as np
import pytest

from aition.view.report import Judged, Picture, Study, study_section
from aition.view.report.selected import selection_blocks


@pytest.fixture
def selecting(explained):
    """An explanation that selects the same cells of every series, and nothing of judges."""
    one = explained(12)
    selected = np.zeros(one["attribution"].shape, dtype=bool)
    selected[:, 0] = True
    one["selected"] = (("sample", "time", "feature"), selected & one["exists"].values[:, :, None])
    return one


def test_every_check_is_told_with_its_finding(selecting):
    blocks = selection_blocks({"one": selecting}, name="a study", class_names=())
    judged = {one.title: one.tone for one in blocks if isinstance(one, Judged)}
    assert judged["one, static mask"] == "bad"
    assert judged["one, encoding gap"] == "open"
    (picture,) = [one for one in blocks if isinstance(one, Picture)]
    assert "static mask: alarm" in picture.seen
    assert ("static mask", "alarm", "1.000") in [row[:3] for row in picture.numbers.rows]
    assert ("encoding gap", "not measured", "–") in [row[:3] for row in picture.numbers.rows]


def test_a_study_without_removal_curves_shows_it_too(selecting, explained):
    section = study_section(Study("a study", {"one": selecting}, {}))
    titles = [getattr(one, "title", "") for one in section.blocks]
    assert "Can the explanations be believed?" in titles
    plain = study_section(Study("a study", {"one": explained(12)}, {}))
    assert "Can the explanations be believed?" not in [getattr(one, "title", "") for one in plain.blocks]
