"""aition bench: rows and reports by words alone."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from aition.bench.measure import measured
from aition.bench.rows import read_rows
from aition.bench.running import Crew
from aition.bench.tasks import TASKS
from aition.cli import main
from stand_ins.toy_task import TOY

HOME = "stand_ins.toy_task:"
RUN = f"bench run {HOME}TOY --method saliency --out rows.jsonl "
WRONG = [
    ("bench run", 2, "TASK"),
    ("bench walk", 2, "'walk'"),
    ("bench run rare-time --out rows.jsonl", 2, "--method"),
    ("bench run rare-tim --method saliency --out rows.jsonl", 2, "'rare-tim'; did you mean 'rare-time'"),
    ("bench run nowhere:TASK --method saliency --out rows.jsonl", 2, "'nowhere:TASK' can't be imported"),
    (f"bench run {HOME}NO_TASK --method saliency --out rows.jsonl", 2, "NO_TASK' is int"),
    ("bench run rare-time --method salience --out rows.jsonl", 2, "'salience'; did you mean 'saliency'"),
    ("bench run rare-time rare-time --method saliency --out rows.jsonl", 2, "asked for once"),
    (RUN + "--set stepz=3", 2, "'stepz'"),
    (RUN + "--set steps", 2, "NAME=VALUE"),
    (RUN + "--preset paper", 2, "preset of saliency"),
    (RUN + "--method saliency:paper", 2, "preset of saliency"),
    (RUN + "--seeds 0", 2, "--seeds"),
    (RUN + "--seeds many", 2, "--seeds"),
    (RUN + "--first-seed -1", 2, "--first-seed"),
    (RUN + "--seed -3", 2, "--seed"),
    (RUN + "--folds 2", 2, "--folds must be at most 1 for stand_ins.toy_task:TOY, but is 2"),
    (RUN + "--workers 0", 2, "--workers"),
    (RUN.replace("rows.jsonl", "nowhere/rows.jsonl"), 2, "--out.*nowhere does not"),
    (RUN.replace("rows.jsonl", "folder"), 2, "--out must be a file, but folder is a folder"),
    (RUN.replace("rows.jsonl", "text.txt"), 2, "text.txt, line 1"),
    ("bench report", 2, "FILE"),
    ("bench report absent.jsonl", 2, "absent.jsonl"),
    ("bench report folder", 2, "folder"),
    ("bench report text.txt", 2, "text.txt, line 1"),
    ("bench report empty.jsonl", 2, "at least one"),
    ("bench report empty.jsonl --html report.pdf", 2, "--html.*report.pdf"),
    ("bench report empty.jsonl --html nowhere/report.html", 2, "nowhere"),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a cache of its own, in which rows are made by this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(Crew, "row", lambda _crew, one, cache: measured(one, cache=cache))
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("not to be touched\n")
    (tmp_path / "empty.jsonl").touch()
    return tmp_path


def command(words):
    return main(words.split())


@pytest.mark.parametrize(("line", "code", "named"), WRONG, ids=[line for line, _, _ in WRONG])
def test_what_is_wrong_is_told_in_one_line_and_nothing_is_run(line, code, named, place, capsys):
    got = command(line)
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"aition: [^\n]+\n", said.err)
    assert "fault of Aition" not in said.err
    assert re.search(named, said.err)
    assert got == code
    assert not (place / "rows.jsonl").exists() or not (place / "rows.jsonl").read_bytes()
    assert (place / "text.txt").read_text() == "not to be touched\n"


def test_a_run_writes_a_line_for_each_seed(place, capsys):
    assert command(RUN + "--method occlusion --first-seed 1000 --seeds 2") == 0
    rows = read_rows("rows.jsonl")
    assert sorted((row["method"], row["seed"]) for row in rows) == [
        ("occlusion", 1000), ("occlusion", 1001), ("saliency", 1000), ("saliency", 1001),
    ]  # fmt: skip
    assert "rows.jsonl: 4 new rows\n" in capsys.readouterr().out


def test_where_no_file_is_named_rows_go_to_the_working_folder_and_it_is_said(place, capsys):
    assert command(f"bench run {HOME}TOY --method saliency --seeds 2") == 0
    assert [row["seed"] for row in read_rows(place / "bench.jsonl")] == [0, 1]
    assert "bench.jsonl: 2 new rows\nNext: aition bench report bench.jsonl\n" in capsys.readouterr().out


def test_the_same_command_does_nothing_twice(place, capsys):
    assert command(RUN + "--seeds 2") == 0
    before = (place / "rows.jsonl").read_bytes()
    capsys.readouterr()
    assert command(RUN + "--seeds 2") == 0
    assert (place / "rows.jsonl").read_bytes() == before
    assert "0 new rows, 2 there before (with whatever versions)" in capsys.readouterr().out


def test_a_method_names_its_own_published_settings(place, monkeypatch):
    monkeypatch.setattr(Crew, "row", lambda _crew, one, cache: one.begun() | {"refused": "not run"})
    line = f"bench run {HOME}TRAINED --method lex:l2x --method lex --preset invase --seed 0 --out rows.jsonl"
    assert command(line) == 0
    assert [(row["method"], row["preset"]) for row in read_rows("rows.jsonl")] == [("lex", "l2x"), ("lex", "invase")]


def test_seeds_can_be_named(place):
    assert command(RUN + "--seed 7 --seed 3") == 0
    assert [row["seed"] for row in read_rows("rows.jsonl")] == [7, 3]


def test_folds_are_explained_in_turn_and_networks_kept_where_it_is_said(place):
    line = f"bench run {HOME}TRAINED --method saliency --seed 0 --folds 2 --cache nets --out rows.jsonl"
    assert command(line) == 0
    assert [row["fold"] for row in read_rows("rows.jsonl")] == [0, 1]
    assert len(list((place / "nets").glob("gru-classifier-*.safetensors"))) == 2


def test_a_cache_that_cannot_be_written_is_named(place, capsys):
    line = f"bench run {HOME}TRAINED --method saliency --seed 0 --cache text.txt --out rows.jsonl"
    assert command(line) == 2
    assert "networks can't be kept in text.txt" in capsys.readouterr().err


def test_a_row_that_fails_is_named_and_the_exit_code_says_so(place, capsys):
    assert command(f"bench run {HOME}BROKEN {HOME}TOY --method saliency --seed 0 --out rows.jsonl --json") == 1
    said = capsys.readouterr()
    assert "aition: stand_ins.toy_task:BROKEN, saliency, seed 0, fold 0: ValueError: no series today" in said.err
    outcome = json.loads(said.out)
    counts = {"done": 1, "refused": 0, "before": 0, "meanwhile": 0, "failed": 1, "stopped": 0, "left_out": 0}
    assert outcome["rows"] == counts
    assert len(read_rows("rows.jsonl")) == 1


def test_a_refusal_is_told_and_is_no_failure(place, capsys):
    line = f"bench run {HOME}TRAINED --method captum --set method=DeepLift --seed 0 --out rows.jsonl"
    assert command(line) == 0
    said = capsys.readouterr().out
    assert "seed 0, fold 0: refused: " in said
    assert "1 new row, 1 of them refused" in said
    assert command("bench report rows.jsonl") == 0
    assert "captum method=DeepLift: refused: " in capsys.readouterr().out


def test_a_refusal_is_asked_again_where_that_is_wanted(place, capsys):
    line = f"bench run {HOME}TRAINED --method captum --set method=DeepLift --seed 0 --out rows.jsonl --json "
    assert command(line) == command(line) == command(line + "--retry-refused") == 0
    said = [json.loads(one)["rows"]["refused"] for one in capsys.readouterr().out.splitlines()]
    assert said == [1, 0, 1]


def written(place, *changes):
    """A file of a row for each seed, with what is changed in it, as ``aition bench report`` reads it."""
    key = {"task": "toy", "recipe": "r", "method": "mine", "settings": {}, "fold": 0, "lead": "auprc"}
    rows = [key | {"seed": seed} | change for seed, change in enumerate(changes)]
    (place / "made.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def reported(capsys):
    assert command("bench report made.jsonl") == 0
    return capsys.readouterr().out


def test_refused_seeds_are_not_counted_as_runs_and_their_reason_is_told(place, capsys):
    good, refused = {"metrics": {"auprc": 0.5}}, {"refused": "no gradients"}
    written(place, good, good, refused, refused, refused)
    said = reported(capsys)
    assert re.search(r"mine +2 \(3 refused\) +0\.500 ±0\.000", said)
    assert "mine: 3 of 5 rows refused: no gradients" in said


def test_a_figure_of_two_of_five_seeds_says_so(place, capsys):
    both, one = {"metrics": {"auprc": 0.5, "aur": 0.25}}, {"metrics": {"auprc": 0.5}}
    written(place, both, both, one, one, one)
    said = reported(capsys)
    assert re.search(r"mine +5 +0\.500 ±0\.000 +0\.250 ±0\.000 \(2 seeds\)", said)
    assert "rests on these alone" in said


def test_where_selections_are_judged_their_figures_come_first(place, capsys):
    written(place, {"metrics": {"auprc": 0.5, "auroc": 0.6, "tpr": 0.7, "fpr": 0.1}, "lead": "tpr"})
    first, second = (line.split() for line in reported(capsys).splitlines() if line.lstrip().startswith("method"))
    assert first == ["method", "runs", "auroc", "↑", "tpr", "↑", "fpr", "↓"]
    assert second == ["method", "runs", "auprc", "↑"]


def test_a_method_without_any_figure_is_shown(place, capsys):
    written(place, {"metrics": {"auprc": 0.5}}, {"method": "mute", "metrics": {}}, {"method": "shy", "refused": "no"})
    said = reported(capsys)
    assert re.search(r"mute +0 \(1 without figures\)", said)
    assert re.search(r"shy +0 \(1 refused\)", said)


def test_where_nobody_has_a_figure_the_methods_are_shown_all_the_same(place, capsys):
    written(place, {"refused": "no"}, {"refused": "never"})
    said = reported(capsys)
    assert re.search(r"mine +0 \(2 refused\)", said)
    assert "mine: refused: no; never" in said


def test_seeds_of_unequal_folds_are_told_by_their_rows(place, capsys):
    first = [{"seed": 0, "fold": fold, "metrics": {"auprc": 0.5}} for fold in range(5)]
    written(place, *first, {"seed": 1, "metrics": {"auprc": 0.5}})
    said = reported(capsys)
    assert re.search(r"mine +2 \(6 rows\) +0\.500", said)
    assert "mine: seeds have different numbers of folds" in said


def test_seeds_of_equal_folds_are_told_as_a_product(place, capsys):
    written(place, *({"seed": seed, "fold": fold, "metrics": {"auprc": 0.5}} for seed in (0, 1) for fold in range(5)))
    assert re.search(r"mine +2×5 +0\.500", reported(capsys))


def test_a_figure_that_judges_nothing_has_no_arrow(place, capsys):
    written(place, {"metrics": {"auprc": 0.5, "shortcut_share": 0.25, "cpp": 0.1}})
    assert re.search(r"method +runs +shortcut_share +cpp ↓", reported(capsys))


def test_the_html_has_what_was_refused_and_what_rests_on_fewer_seeds(place, capsys):
    pytest.importorskip("matplotlib")
    written(place, {"metrics": {"auprc": 0.5}}, {"metrics": {"aur": 0.5}}, {"refused": "no gradients"})
    assert command("bench report made.jsonl --html made.html") == 0
    page = (place / "made.html").read_text(encoding="utf-8")
    assert "1 of 3 rows refused: no gradients" in page
    assert "2 (1 refused)" in page
    assert "0.500 (1 seed)" in page


def test_json_tells_rows_of_every_kind_and_what_a_figure_rests_on(place, capsys):
    written(place, {"metrics": {"auprc": 0.5}}, {"metrics": {"aur": 0.5}}, {"refused": "no"}, {"metrics": {}})
    assert command("bench report made.jsonl --json") == 0
    (one,) = json.loads(capsys.readouterr().out)["tasks"][0]["methods"]
    assert (one["seeds"], one["rows"], one["rows_refused"], one["rows_without_figures"]) == ([0, 1], 2, 1, 1)
    assert (one["figures"]["auprc"]["seeds"], one["figures"]["auprc"]["rows"]) == (1, 1)


@pytest.fixture
def rows(place):
    """A file with three seeds of two methods."""
    assert command(RUN + "--method integrated-gradients --first-seed 1000 --seeds 3") == 0
    return read_rows("rows.jsonl")


def test_a_report_says_the_mean_of_the_rows(rows, capsys):
    assert command("bench report rows.jsonl --json") == 0
    (task,) = json.loads(capsys.readouterr().out.splitlines()[-1])["tasks"]
    for method in task["methods"]:
        values = [row["metrics"]["aur"] for row in rows if row["method"] == method["method"]]
        assert method["figures"]["aur"]["mean"] == pytest.approx(sum(values) / 3)
        assert method["seeds"] == [1000, 1001, 1002]
    assert task["task"] == "toy"


def test_a_report_for_people_has_a_row_a_method(rows, capsys):
    capsys.readouterr()
    assert command("bench report rows.jsonl") == 0
    said = capsys.readouterr().out
    assert "toy: 6 series × 4 steps × 2 features" in said
    assert re.search(r"integrated-gradients +3 .*1\.000 ±0\.000", said)
    assert "Student's 95 % interval" in said


def test_a_report_as_html_needs_nothing_but_itself(rows, capsys):
    pytest.importorskip("matplotlib")
    assert command("bench report rows.jsonl --html report.html") == 0
    with open("report.html", encoding="utf-8") as file:
        page = file.read()
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)|@import|url\((?!#)|<script""", page)
    assert "<svg" in page
    assert "integrated-gradients" in page
    assert page.count("<table>") >= 3


def test_published_figures_are_marked(place, capsys):
    row = {"task": "state", "recipe": "r", "method": "mine", "settings": {}, "seed": 0, "fold": 0}
    line = json.dumps(row | {"metrics": {"aup": 0.5, "auprc": 0.6}, "lead": "auprc", "cpu_seconds": 1.0})
    (place / "state.jsonl").write_text(line + "\n")
    assert command("bench report state.jsonl --html state.html") == 0
    said = capsys.readouterr().out
    assert re.search(r"\[a\] ExtrMask +0\.885 ±0\.030", said)
    assert "[a] published, not run here: Enguehard 2023" in said
    page = (place / "state.html").read_text(encoding="utf-8")
    assert "Published figures, not run here" in page
    assert "published, not run here: Enguehard 2023, its repository" in page


def test_every_task_and_method_is_listed(capsys):
    assert main(["bench", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["tasks"]] == list(TASKS)
    assert "extremal-mask" in [one["name"] for one in found["methods"]]
    assert main(["bench", "list"]) == 0
    assert re.search(r"state +gru-classifier +200 × 200 × 3 +5 ", capsys.readouterr().out)


def test_help_needs_no_torch():
    code = "import sys; from aition.cli import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    for words in (["bench", "--help"], ["bench", "run", "--help"]):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Examples:" in done.stdout


def test_a_task_of_the_working_folder_is_found(place, monkeypatch):
    monkeypatch.syspath_prepend(place)
    (place / "tasks_of_mine.py").write_text("from stand_ins.toy_task import TOY as SPIKES\n")
    assert command("bench run tasks_of_mine:SPIKES --method saliency --seed 0 --out rows.jsonl") == 0
    assert read_rows("rows.jsonl")[0]["task"] == TOY.name


PROFILE = "bench run all --profile quick --out rows.jsonl "


@pytest.fixture
def small(place, monkeypatch):
    """A profile of two rows of a minute each, which are made without their limit, for not by the main thread."""
    from aition.bench.profiles import PROFILES, Entrant, Grid, Profile

    grid = Grid(("sign-flip-white-box",), (Entrant("random"), Entrant("magnitude")), 1, 1, seconds=60, limit=5)
    monkeypatch.setitem(PROFILES, "quick", Profile("quick", "toy", (grid,)))
    monkeypatch.setattr(Crew, "row", lambda _crew, one, cache: measured(replace(one, limit=0.0), cache=cache))


@pytest.mark.usefixtures("small")
def test_a_profile_runs_in_its_order_says_what_is_left_and_goes_on_after_a_budget(place, capsys):
    assert command(PROFILE + "--budget 0.5") == 0
    said = capsys.readouterr().out
    assert "0 new rows" in said
    assert "Left out by the budget: 2 rows, with which the same command goes on:\n  sign-flip-white-box, random" in said
    assert command(PROFILE + "--budget 5") == 0
    said = capsys.readouterr().out
    assert re.search(r"random, seed 0, fold 0: auprc .* CPU s; about 1 min left\n", said)
    assert "2 new rows" in said
    assert command("bench report rows.jsonl") == 0
    said = capsys.readouterr().out
    assert "ranks over the tasks" not in said


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("line", "named"),
    [
        (PROFILE + "--method saliency", "--profile settles .* but --method is given"),
        (PROFILE + "--set steps=3", "but --set is given"),
        (PROFILE + "--first-seed 3", "but --first-seed is given"),
        (PROFILE.replace("quick", "quik"), "--profile must be one of quick, full, but is 'quik'"),
        (PROFILE.replace("all", "panels"), "TASK of profile quick must be one of sign-flip-white-box, but is 'panels'"),
        (PROFILE + "--budget -1", "--budget"),
        (RUN + "--limit -1", "--limit"),
    ],
)
def test_what_goes_ill_with_a_profile_is_told_in_one_line(line, named, place, capsys):
    assert command(line) == 2
    said = capsys.readouterr().err
    assert re.fullmatch(r"aition: [^\n]+\n", said)
    assert re.search(named, said)


def test_all_stands_for_every_task(place, monkeypatch):
    monkeypatch.setattr(Crew, "row", lambda _crew, one, cache: one.begun() | {"refused": "not run"})
    assert command("bench run all --method magnitude --seed 0 --out rows.jsonl") == 0
    assert [row["task"] for row in read_rows("rows.jsonl")] == list(TASKS)


def test_several_tasks_have_ranks_and_expectations_in_words_in_json_and_on_the_page(place, capsys):
    rows = [
        {"task": task, "recipe": "r", "method": how, "settings": {}, "given": {}, "seed": 0, "fold": 0, "lead": "auprc",
         "metrics": {"auprc": mean, "auroc": 0.5}}
        for task, how, mean in [("sign-flip", "saliency", 0.5), ("sign-flip", "random", 0.1), ("toy", "random", 0.2)]
    ]  # fmt: skip
    (place / "made.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert command("bench report made.jsonl --html made.html") == 0
    said = capsys.readouterr().out
    assert re.search(r"ranks over the tasks\n .*mean rank.*\n +saliency +1\.0 ", said)
    assert "1 of 2 expectations of theory were met" in said
    assert "not so: saliency on sign-flip (finds: auprc at least 0.95): auprc 0.500" in said
    page = (place / "made.html").read_text()
    assert '<td class="bad" title="saliency on sign-flip; NOT as expected (finds: auprc at least 0.95, for the ' in page
    assert "saliency was not asked on toy" in page
    assert command("bench report made.jsonl --json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in facts["ranks"]] == ["saliency", "random"]
    assert [one["met"] for one in facts["expected"]] == [False, True]
