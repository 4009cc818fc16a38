import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from aition.core.errors import InputError
from aition.view.plots import plot_sample
from aition.view.report import (
    Code,
    Fold,
    Judged,
    Picture,
    Prose,
    Report,
    Section,
    Study,
    Table,
    html,
    overview,
    study_section,
    write,
)
from aition.view.report.examples import examples_of
from aition.view.report.facts import accuracy, fact_table, own_words_table
from aition.view.report.numbers import sample_numbers, summary_numbers
from aition.view.report.picture import drawn

EVIL = "<script>alert('1')</script>\"' onload=x"


class Page(HTMLParser):
    """Tags with their attributes, the ids, and the text outside of style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def report(explained, curve) -> Report:
    names = {
        "one": explained(20, ids=(EVIL, *map(str, range(19)))),
        "other": explained(20, ids=(EVIL, *map(str, range(19))), seed=1),
    }
    study = Study(EVIL, names, {"one": curve}, about=EVIL, class_names=(EVIL, "b"), commands=f"aition show {EVIL}",
                  examples=(EVIL,), facts=((EVIL, EVIL),))  # fmt: skip
    return overview(EVIL, (study,), lead=EVIL, made="today")


@pytest.fixture(scope="module")
def page(report) -> Page:
    return Page(html(report))


def test_nothing_that_a_user_named_becomes_a_tag(page, report):
    assert not page.named("script")
    assert not [attrs for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert "<script" not in html(report)


def test_what_a_user_named_is_printed_as_it_stands(page):
    assert page.words.count(EVIL) > 5


def test_nothing_is_fetched_from_elsewhere(page):
    reached = [
        value
        for _, attrs in page.tags
        for name in ("src", "href", "xlink:href", "action", "data")
        if (value := attrs.get(name))
    ]
    assert reached
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in reached)


def test_styles_reach_nowhere(report):
    assert not re.search(r"@import|url\((?!#)", html(report))


def test_the_policy_forbids_scripts_and_requests(page):
    policy = next(attrs["content"] for attrs in page.named("meta") if attrs.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_both_themes_are_served(report):
    assert "prefers-color-scheme:dark" in html(report)
    assert "fill: var(--ink)" in html(report)


def test_every_id_is_given_once(page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_local_link_has_its_place(page):
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    links = {
        value[1:]
        for _, attrs in page.tags
        for name in ("href", "xlink:href")
        if (value := attrs.get(name, "")).startswith("#")
    }
    assert links <= ids


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_picture_says_what_is_seen_and_has_its_numbers(page, report):
    pictures = page.named("svg")
    assert pictures
    assert all(attrs["role"] == "img" and len(attrs["aria-label"]) > 40 for attrs in pictures)
    assert html(report).count("The numbers as a table") == len(pictures)


def test_the_verdict_stands_in_words_with_its_interval(page):
    assert re.search(
        r"Removing the most important 20 % of the values lowers the probability .* \[0\.\d+, 0\.\d+\]", page.words
    )


def test_provenance_versions_and_commands_are_told(page):
    for word in ("weights_sha256", "numpy", f"aition show {EVIL}", "feature means"):
        assert word in page.words


def test_explainers_are_compared(page):
    assert "one and other" in page.words


def test_a_report_has_room_for_many_figures(report):
    assert len(html(report)) < 3e6


def test_a_picture_has_ids_of_its_own(explained):
    figure = plot_sample(explained(), "s0")
    first, second = (set(re.findall(r'\bid="([^"]+)"', drawn(figure, name=name))) for name in ("a", "b"))
    assert first
    assert not first & second


def test_the_same_picture_is_drawn_twice_alike(explained):
    assert drawn(plot_sample(explained(), "s0"), name="a") == drawn(plot_sample(explained(), "s0"), name="a")


def test_a_name_that_looks_like_an_attribute_stays_a_name(explained):
    svg = drawn(plot_sample(explained(n_feature=1, names=('id="x" url(#y)',)), "s0"), name="a")
    assert 'id="x" url(#y)' in svg


@pytest.mark.parametrize("dims", [1, 14])
def test_a_table_of_a_sample_ranks_its_values(explained, dims):
    one = explained(n_feature=dims)
    table = sample_numbers(one, "s2", variable="attribution")
    sizes = [abs(float(row[3])) for row in table.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(np.abs(one["attribution"].values[2]).max(), rel=0.01)


def test_the_shares_of_all_features_make_the_whole(explained):
    table = summary_numbers(explained(), variable="attribution")
    assert sum(float(row[1].removesuffix(" %")) for row in table.rows) == pytest.approx(100, abs=0.2)


def test_examples_are_the_surest_the_least_sure_and_the_surest_mistake(explained):
    logits = np.array([[0, 5.0], [0, 0.1], [3.0, 0], [1.0, 0]])
    one = explained(4, prediction=(("sample", "class"), logits), label=(("sample",), np.array([1, 1, 1, 1])))
    found = [(example.sample, example.why) for example in examples_of(one)]
    assert found == [("s0", "Sure and right"), ("s1", "Least sure"), ("s2", "Sure and wrong")]


def test_without_mistakes_none_is_shown(explained):
    logits = np.array([[0, 5.0], [0, 0.1]])
    one = explained(2, prediction=(("sample", "class"), logits), label=(("sample",), np.array([1, 1])))
    assert [example.why for example in examples_of(one)] == ["Sure and right", "Least sure"]


def test_a_sample_is_shown_once_with_all_its_reasons(explained):
    one = explained(1, prediction=(("sample", "class"), np.array([[0.0, 1.0]])), label=(("sample",), np.array([1])))
    assert [example.why for example in examples_of(one)] == ["Sure and right; least sure"]


def test_numbers_have_their_largest_and_smallest_as_examples(explained):
    one = explained(3, prediction=(("sample",), np.array([0.0, 9.0, -4.0])), target_class=((), 0))
    assert [example.sample for example in examples_of(one)] == ["s1", "s2"]


def test_accuracy_counts_known_labels(explained):
    logits = np.array([[0, 1.0]] * 4)
    one = explained(4, prediction=(("sample", "class"), logits), label=(("sample",), np.array([1, 0, -1, 1])))
    assert accuracy(one).startswith("2 of 3: 0.67 [")


def test_missing_values_are_counted_without_padding(explained):
    observed = np.ones((2, 4, 1), dtype=bool)
    observed[0, 2:] = False
    observed[1, 0] = False
    exists = np.array([[True, True, False, False], [True] * 4])
    one = explained(2, 4, 1, observed=(("sample", "time", "feature"), observed), exists=(("sample", "time"), exists))
    assert ("Values that were not measured", "16.7 %") in fact_table({"one": one}, ()).rows


def test_an_explainers_own_numbers_are_told(explained):
    table = own_words_table(explained(completeness=(("sample",), np.arange(6.0))))
    assert table.rows == (("completeness", "2.5", "0", "5"),)


def test_a_study_of_values_without_curves_is_told(explained):
    one = explained(prediction=(("sample",), np.arange(6.0)), target_class=((), 0), label=(("sample",), np.arange(6.0)))
    titles = [
        block.title for block in study_section(Study("values", {"one": one}, {})).blocks if isinstance(block, Section)
    ]
    assert titles == ["What counted, by one", "Examples"]


def test_a_study_of_other_samples_is_refused(explained):
    with pytest.raises(InputError, match="must be of the same samples"):
        Study("two", {"one": explained(6), "other": explained(5)}, {})


def test_a_curve_of_no_explainer_is_refused(explained, curve):
    with pytest.raises(InputError, match="one is of 'other'"):
        Study("two", {"one": explained(6)}, {"other": curve})


def test_a_row_of_another_width_is_refused():
    with pytest.raises(InputError, match="a row must have 2 cells"):
        Table("caption", ("a", "b"), (("1",),))


def test_every_block_is_rendered():
    blocks = (
        Prose("prose &"),
        Table("caption &", ("a", "b"), (("row", "-1.5"),)),
        Picture('<svg role="img"></svg>', "seen &", "caption &", Table("numbers", ("a",), (("1",),))),
        Code("code &"),
        Judged("bad", "title &", "text &"),
        Fold("fold &", (Prose("inside"),)),
        Section("section &", (Prose("deep"),)),
    )
    page = html(Report("title", "", "", (Section("top", blocks),)))
    assert page.count("&amp;") == 10
    assert '<td class="number">-1.5</td>' in page
    assert "<h3" in page


def test_a_report_is_written_whole(report, tmp_path):
    path = write(report, tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == html(report)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_what_stood_there_stays_if_writing_fails(report, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("before")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write(report, path)
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_a_missing_folder_is_named(report, tmp_path):
    with pytest.raises(InputError, match=r"can't be written to .*nowhere"):
        write(replace(report, title="x"), tmp_path / "nowhere" / "report.html")
