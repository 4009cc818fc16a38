"""Every benchmark runs without a word, can be quick, and is listed."""

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
    found = bench_learned_constant.rows_of("s3", 0, epochs=1, series=60)
    assert [row["imputer"] for row in found] == ["zero", "learned", "rows"]
    assert len(found[1]["constant"]) == 11
