"""A report of dreams says what was asked, what was reached, and whether to believe it."""

import io
import json

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.dream import verdicts_of
from aition.view.dreams import KINDS, draw_dreams, dream_report, fitting
from aition.view.plots import plot_dreams
from aition.view.report import Judged, Picture, Section, Table, html
from stand_ins.dreams import dreamed

DREAMS = dreamed()
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def report():
    worse = DREAMS.copy(deep=True)
    worse["looks_real"].values[:] = False
    return dream_report(
        "Waves", {"calibrated": DREAMS, EVIL: worse}, class_names=("calm", EVIL), commands="aition show x"
    )


def blocks(report) -> list:
    """Every block, those inside others too."""
    found, left = [], list(report.sections)
    while left:
        one = left.pop(0)
        found.append(one)
        left = [*getattr(one, "blocks", ()), *left]
    return found


def test_every_objective_of_every_recipe_has_its_verdict(report):
    judged = [one for one in blocks(report) if isinstance(one, Judged)]
    assert [one.title.split(", ")[0] for one in judged] == ["calibrated"] * 3 + [EVIL] * 3
    known = verdicts_of(DREAMS)
    assert [(one.title.rpartition(": ")[2], one.text) for one in judged[:3]] == [
        (one.finding, one.words) for one in known
    ]
    assert all(one.tone == "bad" for one in judged[3:])


def test_every_picture_has_its_numbers_and_says_what_is_to_be_seen(report):
    pictures = [one for one in blocks(report) if isinstance(one, Picture)]
    assert len(pictures) == len(KINDS) - 1  # nothing was changed
    assert all(one.seen and one.caption and one.numbers.rows for one in pictures)
    gallery = pictures[0].numbers
    assert [row[0] for row in gallery.rows[:4]] == [
        f"real: {DREAMS['real'].values[int(DREAMS.top[0])]}",
        *DREAMS.draw.values[:3],
    ]


def test_the_page_stands_alone_and_names_are_text(report):
    page = html(report)
    assert EVIL not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert [one.title for one in report.sections if isinstance(one, Section)][:2] == [
        "Are the dreams to be believed?",
        "What was asked",
    ]


def test_only_pictures_that_can_be_drawn_are():
    judged = [name for name in DREAMS.data_vars if "percentile" in name or name in ("looks_real", "projection")]
    bare = DREAMS.drop_vars([*judged, "real_prediction"])
    assert fitting(bare) == ("gallery", "courses", "frequencies")
    assert len([one for one in blocks(dream_report("Few", {"plain": bare})) if isinstance(one, Picture)]) == 3


def test_what_there_is_not_is_refused():
    with pytest.raises(InputError, match="a picture of dreams must be one of gallery"):
        draw_dreams("portrait", {"calibrated": DREAMS})
    with pytest.raises(InputError, match="by the name of the recipe, but is empty"):
        dream_report("Nothing", {})


def test_words_are_told_and_those_that_are_new_stand_in_brackets():
    words = {"word": [[2, 3, -1], [2, 2, 4]], "word_before": [[2, 1, -1], [2, 2, 4]]}
    some = DREAMS.isel(draw=[0, 1], time=slice(3)).assign(
        **{name: (("draw", "time"), value) for name, value in words.items()},
        word_distance=(("draw", "time"), [[0.0, 1.0, np.nan], [0.0, 0.0, 0.0]]),
        word_margin=("draw", [1.5, 2.5]),
    )  # fmt: skip
    some = some.assign_attrs(words=json.dumps({"1": "dull", "2": "film", "3": "fine"}))
    report = dream_report("Words", {"words": some})
    table = next(one for one in blocks(report) if isinstance(one, Table) and "its words" in one.header)
    assert [row[-2:] for row in table.rows] == [("film [fine]", "film dull"), ("film film 4", "film film 4")]
    assert [row[3:5] for row in table.rows] == [("1.5", "0.5"), ("2.5", "0")]
    assert "changes" not in fitting(some)


def test_what_was_changed_stands_beside_what_it_was():
    before = DREAMS.value.copy(deep=True)
    before.values[:, 3:9] += 2.0
    some = DREAMS.assign(value_before=before)
    figure = draw_dreams("changes", {"delta": some})
    figure.savefig(io.BytesIO(), dpi=40)
    upper, lower = figure.axes[0], figure.axes[3]
    assert upper.lines[0].get_ydata() == pytest.approx(DREAMS.value.values[0, :, 0])
    assert upper.lines[1].get_ydata() == pytest.approx(before.values[0, :, 0])
    assert [bar.get_height() for bar in lower.patches] == pytest.approx([0] * 3 + [-2] * 6 + [0] * 15, abs=1e-5)
    report = dream_report("Changes", {"delta": some})
    table = next(one for one in blocks(report) if isinstance(one, Picture) and "Dashed" in one.caption).numbers
    assert table.rows[0][2:] == ("25 %", "f0", "3", "2")
    beside = plot_dreams(some, most=1).axes[1].lines[0].get_ydata()
    assert beside == pytest.approx(before.values[0, :, 0])
    with pytest.raises(InputError, match="changes of real series"):
        draw_dreams("changes", {"plain": DREAMS})
