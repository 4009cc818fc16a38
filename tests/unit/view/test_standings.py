"""A figure of standings shows every mark, and tells what was printed from what was run."""

import re

import pytest

from aition.core.errors import InputError
from aition.metrics.interval import Interval
from aition.view.plots.standings import Entry, places, plot_standings, span
from aition.view.report import Contest, Mark, Matrix, Report, Section, Table, html, standings_report

NAN = float("nan")
OURS = Entry("mask", Interval(0.8, 0.7, 0.9, 0.95, 3, 0), "0.800 ±0.100", (0.75, 0.8, 0.85))
SINGLE = Entry("one <seed>", Interval(0.5, NAN, NAN, 0.95, 1, 0), "0.500", (0.5,))
PAPER = Entry("Paper$", Interval(0.95, 0.93, 0.97, 0.95, 1, 0), "0.950 ±0.020", source="A paper")


def drawn(*entries, better="higher"):
    return plot_standings(entries, title="t", subtitle="s", metric="auprc", better=better).axes[0]


def test_every_mark_lies_within_the_axis():
    low, high = span([OURS, SINGLE, PAPER])
    assert low < 0.5 < 0.97 < high


def test_differences_of_no_weight_do_not_fill_the_page():
    low, high = span(
        [Entry("a", Interval(1, 1, 1, 0.95, 3, 0), ""), Entry("b", Interval(0.999, 0.999, 0.999, 0.95, 3, 0), "")]
    )
    assert high - low > 0.04


def test_means_stand_in_the_order_given_and_printed_ones_apart():
    rows = places([OURS, SINGLE, PAPER])
    assert rows[1] - rows[0] == 1
    assert rows[2] - rows[1] > 2


def test_what_was_printed_is_hollow_and_named():
    axes = drawn(OURS, PAPER)
    diamonds = [line for line in axes.lines if line.get_marker() == "D"]
    assert [line.get_xdata()[0] for line in diamonds] == [0.95]
    assert diamonds[0].get_markerfacecolor() == "#ffffff"
    assert "published, not run here: A paper" in [text.get_text() for text in axes.texts]


def test_every_value_of_a_mean_is_drawn():
    strokes = [line for line in drawn(OURS, SINGLE).lines if line.get_marker() == "|"]
    assert [tuple(line.get_xdata()) for line in strokes] == [OURS.values]


@pytest.mark.parametrize(("better", "words"), [("higher", "better →"), ("lower", "← better")])
def test_the_axis_says_which_way_is_better(better, words):
    assert words in [text.get_text() for text in drawn(OURS, better=better).texts]


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="at least one method"):
        drawn()


def test_a_report_escapes_names_and_fetches_nothing():
    table = Table("figures", ("method", "auprc"), (("one <seed>", "0.5"),))
    contest = Contest(
        "toy", "six series", "auprc", "precision", "higher", (SINGLE, PAPER), (table,), (table,), ("chance",)
    )
    page = html(standings_report([contest], figures=table, made="today"))
    assert "one &lt;seed&gt;" in page
    assert "<seed>" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)|@import|url\((?!#)|<script""", page)
    assert "Mind: chance." in page


BOARD = Matrix(
    "two methods on two tasks",
    "method",
    ("one <b>", "two"),
    (("mask", (Mark(".900", "±.010", "good", 'as "expected"'), Mark(".100", tone="bad", note="not so"))),
     ("random", (Mark(".5"), Mark("refused", tone="faint")))),
    stand_out="Let deviations stand out",
)  # fmt: skip


def test_a_matrix_has_a_heading_for_every_row_and_column_and_a_sign_beside_every_colour():
    page = html(Report("t", "", "", (Section("All", (BOARD,)),)))
    assert page.count('<th scope="col">') == 3
    assert page.count('<th scope="row">') == 2
    assert "one &lt;b&gt;" in page
    assert 'title="as &quot;expected&quot;"><b>.900</b><span class="sign">✓</span><small>±.010</small>' in page
    assert '<td class="bad" title="not so"><b>.100</b><span class="sign">✕</span></td>' in page
    assert '<td class="plain"><b>.5</b></td>' in page
    assert re.search(r'<label class="switch" for="(\S+)"><input type="checkbox" id="\1">', page)
    assert "<script" not in page


def test_a_matrix_refuses_a_row_of_another_length():
    with pytest.raises(InputError, match="a row must have 2 cells, but 'mask' has 1"):
        Matrix("", "method", ("one", "two"), (("mask", (Mark(".9"),)),))


def test_what_stands_first_makes_the_tasks_one_section():
    contest = Contest("state", "About.", "auprc", "m", "higher", (), (), (), ())
    figures = Table("f", ("a",), ())
    alone = standings_report([contest], figures=figures)
    assert [one.title for one in alone.sections] == ["state", "How to read this"]
    board = standings_report([contest], figures=figures, first=(Section("All", ()),))
    assert [one.title for one in board.sections] == ["All", "Task by task", "How to read this"]
