"""The benchmark of replacements leaves out what there is not, and says so."""

import json
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import bench_replacements

    return bench_replacements


@pytest.fixture
def row(benchmark):
    """A row of a replacement, by its name."""
    known = {words: job.begun() for job, words in benchmark.known()}

    def made(kind, seed, value=None):
        begun = known[kind] | {"seed": seed}
        if value is None:
            return begun | {"refused": "no gradients"}
        return begun | {"metrics": dict.fromkeys(benchmark.FIGURES, value), "cpu_seconds": 2.0, "fit_cpu_seconds": 0.0}

    return made


TASK = "ward-ablation"


def test_ends_of_an_interval_of_one_seed_are_null(benchmark, row):
    answer = benchmark.show([row("zero", 0, 0.5), row("blur", 0, 0.75)])
    assert json.loads(json.dumps(answer, allow_nan=False))[f"{TASK}, blur, auprc"] == [0.25, None, None]


def test_differences_are_of_the_same_seeds(benchmark, row):
    rows = [row("zero", 0, 0.5), row("zero", 1, 0.5), row("blur", 0, 0.75), row("blur", 1, 0.75), row("blur", 2, 0.0)]
    assert benchmark.show(rows)[f"{TASK}, blur, aur"] == [0.25, 0.25, 0.25]


def test_a_refused_row_is_left_out_and_told(benchmark, row, capsys):
    rows = [row("zero", 0, 0.5), row("zero", 1, 0.5), row("blur", 0, 0.75), row("blur", 1)]
    assert benchmark.show(rows)[f"{TASK}, blur, auprc"] == [0.25, None, None]
    assert f"{TASK}, blur: 1 rows without figures, refused or empty, are left out" in capsys.readouterr().out


def test_where_zero_refused_there_are_means_without_differences(benchmark, row, capsys):
    assert benchmark.show([row("zero", 0), row("blur", 0, 0.75)]) == {}
    assert "auprc 0.750  " in capsys.readouterr().out


def test_a_figure_that_a_row_lacks_is_left_out(benchmark, row):
    some = row("blur", 0, 0.75)
    some["metrics"].pop("aup")
    answer = benchmark.show([row("zero", 0, 0.5), some])
    assert f"{TASK}, blur, aup" not in answer
    assert answer[f"{TASK}, blur, aur"] == [0.25, None, None]
