"""Every benchmark runs without a word, can be quick, and is listed."""

import sys
from argparse import Namespace
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
FILES = sorted(BENCHMARKS.glob("bench_*.py"))
each = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@each
def test_it_is_listed(file):
    assert f"| `{file.name}` |" in (BENCHMARKS / "README.md").read_text(encoding="utf-8")


@each
def test_it_can_be_quick(file):
    assert '"--quick"' in file.read_text(encoding="utf-8")


@each
def test_it_needs_no_word(file):
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    words = [line for line in lines if line.startswith('parser.add_argument("') and '("-' not in line]
    assert [line for line in words if 'nargs="?"' not in line and 'nargs="*"' not in line] == []


def test_constants_are_learned_for_the_network_that_is_explained(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import bench_learned_constant
    import bench_lex

    monkeypatch.setattr(bench_lex, "exact_nll", lambda _law, _batch, _kept: 0.0)  # of 2,000 series: seconds
    monkeypatch.setattr(bench_learned_constant, "OTHERS", ("learned",))
    (found,) = bench_learned_constant.rows_of("s3", 0, epochs=1, series=60)
    assert (found["imputer"], len(found["constant"])) == ("learned", 11)


@pytest.mark.parametrize(
    ("name", "making", "words"),
    [
        ("bench_lex_presets", "selecting", ["invase"]),
        ("bench_lex_presets", "selecting", ["realx", "--series", "10000", "--epochs", "40"]),
        ("bench_fast_shap", "shapley", []),
        ("bench_class_posterior", "classes", []),
        ("bench_lex_rate", "kept", ["--seeds", "0"]),
    ],
)
def test_rows_that_there_are_are_not_made_again(monkeypatch, name, making, words):
    monkeypatch.syspath_prepend(BENCHMARKS)
    bench = import_module(name)

    def made(*_settings, **_more):
        raise AssertionError("a row is made again")

    monkeypatch.setattr(bench, making, made)
    monkeypatch.setattr(sys, "argv", [name, *words])
    bench.main()


def test_a_row_with_another_setting_is_another(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    presets = import_module("bench_lex_presets")
    asked = Namespace(quick=False, out=presets.ROWS)
    row = {"preset": "realx", "task": "s3", "series": 10_000, "epochs": 40, "seed": 0}
    assert not presets.lacks(asked, row)
    assert not presets.lacks(asked, row | {"twice": True})
    assert presets.lacks(asked, row | {"price": 0.2})
    assert presets.lacks(Namespace(quick=True, out=presets.ROWS), row)
