"""The benchmark of intensive care: what it measures, it measures right."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from aition.data.simulate.hospital import Hospital, optimum, write

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
HOSPITAL = Hospital(n_sample=300, shortest=24, standardised=False)
SEED = 1009


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.fixture(scope="module")
def truth():
    return HOSPITAL.value_truth()


@pytest.fixture(scope="module")
def drawn():
    return HOSPITAL(seed=SEED)


@pytest.fixture
def planted(drawn):
    """What was planted, stay by stay, as a stored explanation in two parts."""
    batch = drawn.batch
    cells = ("sample", "time", "feature")
    whole = xr.Dataset(
        {
            "attribution": (cells, batch["contribution"].numpy()),
            "value": (cells, batch.x.numpy()),
            "observed": (cells, batch.observed.numpy()),
            "exists": (cells[:2], batch.exists.numpy()),
        },
        coords={"sample": batch.ids, "feature": list(batch.feature_names)},
    )
    return SimpleNamespace(parts=lambda: (whole.isel(sample=slice(*ends)) for ends in ((0, 120), (120, 300))))


def test_the_truth_agrees_with_itself(truth):
    from value_level import agreement

    assert agreement(truth.contribution, truth) == {"spearman": 1, "spearman_of_size": 1, "precision_at_20": 1}


def test_a_shuffled_truth_agrees_by_chance(truth):
    from value_level import agreement

    draw = np.random.default_rng(SEED)
    shape = truth.contribution.shape
    found = [
        agreement(draw.permutation(truth.contribution.reshape(-1, shape[2])).reshape(shape), truth) for _ in range(40)
    ]
    for figure, chance in (("spearman", 0.0), ("spearman_of_size", 0.0), ("precision_at_20", 0.12)):
        assert np.mean([one[figure] for one in found]) == pytest.approx(chance, abs=0.06), figure


def test_a_truth_turned_round_agrees_in_size_and_not_in_sign(truth):
    from value_level import agreement

    found = agreement(-truth.contribution, truth)
    assert found == {"spearman": -1, "spearman_of_size": 1, "precision_at_20": 1}


def test_what_has_no_sign_has_figures_of_size_alone(truth):
    from value_level import agreement

    found = agreement(np.abs(truth.contribution), truth, signed=False)
    assert found == {"spearman": None, "spearman_of_size": 1, "precision_at_20": 1}


def test_an_explanation_that_says_the_same_of_all_values_has_no_figures(truth):
    from value_level import agreement

    assert set(agreement(np.zeros(truth.contribution.shape), truth).values()) == {None}


def test_noise_on_values_that_add_nothing_keeps_the_correlation_below_the_ceiling(truth):
    from value_level import agreement, ceiling

    noise = np.random.default_rng(SEED).uniform(-1e-9, 1e-9, truth.contribution.shape)
    found = agreement(truth.contribution + noise, truth)
    assert found["precision_at_20"] == 1
    assert found["spearman"] == pytest.approx(ceiling(truth), abs=0.02)
    assert found["spearman_of_size"] == pytest.approx(ceiling(truth), abs=0.02)


def test_the_ceiling_is_what_ties_leave_of_a_correlation(truth):
    """By the correction for ties of the variance of ranks: a correlation of ranks with their ties broken by chance."""
    from value_level import ceiling, values_of

    n_value = int(values_of(truth).sum())
    n_tied = n_value - int((truth.size > 0).sum())
    assert (n_value, n_tied) == (168, 127)
    assert ceiling(truth) == pytest.approx((1 - (n_tied**3 - n_tied) / (n_value**3 - n_value)) ** 0.5, abs=1e-3)


def test_averages_by_value_are_those_of_a_loop_over_cells(planted, truth):
    from value_level import by_value

    sums = {}
    for part in planted.parts():
        part = part.isel(sample=slice(0, 8))
        for sample, hour, place in np.argwhere(np.broadcast_to(part["exists"].values[:, :, None], part["value"].shape)):
            value = part["value"].values[sample, hour, place]
            seen = part["observed"].values[sample, hour, place]
            bin_ = sum(value >= edge for edge in truth.edges[place]) if seen else 5
            sums.setdefault((place, bin_, hour), []).append(part["attribution"].values[sample, hour, place])
    wanted = np.zeros(truth.contribution.shape)
    for place, values in sums.items():
        wanted[place] = np.mean(values)
    some = [name for part in planted.parts() for name in part["sample"].values[:8].tolist()]
    assert np.allclose(by_value(planted, truth, ids=some), wanted, atol=1e-6)


def test_what_was_planted_stay_by_stay_agrees_with_what_was_planted_on_average(planted, truth):
    from value_level import agreement, by_value

    found = agreement(by_value(planted, truth), truth)
    assert found["spearman"] > 0.95
    assert found["spearman_of_size"] > 0.95
    assert found["precision_at_20"] >= 0.9


def test_features_may_stand_in_any_order(planted, truth):
    from value_level import by_value

    turned = SimpleNamespace(parts=lambda: (part.isel(feature=slice(None, None, -1)) for part in planted.parts()))
    assert np.array_equal(by_value(turned, truth), by_value(planted, truth))


def test_the_optimum_is_that_of_the_law_on_the_same_stays(tmp_path):
    from bench_icu import optimum_on

    hospital = Hospital(n_sample=120, standardised=False)
    write(hospital, tmp_path / "raw", seed=SEED, form="meds")
    drawn = hospital(seed=SEED)
    assert optimum_on([str(30_000_000 + place) for place in range(120)], tmp_path / "raw") == optimum(drawn)
    some = list(range(0, 120, 2))
    part = SimpleNamespace(batch=drawn.batch.take(some))
    assert optimum_on([str(30_000_000 + place) for place in some], tmp_path / "raw") == optimum(part)


def test_memory_of_a_command_is_that_of_all_its_processes(tmp_path):
    from stages import run

    held = "held = b'1' * 100_000_000; time.sleep(1)"
    child = f"import time; {held}"
    parent = (
        f"import subprocess, sys, time; one = subprocess.Popen([sys.executable, '-c', {child!r}]); {held}; one.wait()"
    )
    spent, said = run([sys.executable, "-c", f"{parent}; print('done')"], tmp_path)
    assert said == "done\n"
    assert 200 <= spent.peak_mb < 300
    assert spent.seconds >= 1


def test_a_command_that_fails_ends_the_benchmark(tmp_path):
    from stages import run

    with pytest.raises(SystemExit, match="failed with 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_an_interrupted_command_leaves_no_process(tmp_path):
    ended = f"import pathlib, time; pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(__import__('os').getpid()))"
    stage = (
        f"from stages import run; run([{sys.executable!r}, '-c', {ended + '; time.sleep(60)'!r}], {str(tmp_path)!r})"
    )
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with subprocess.Popen(
        [sys.executable, "-c", f"{heeds}; {stage}"], cwd=BENCHMARKS, stderr=subprocess.PIPE
    ) as process:
        pid = waited_for(tmp_path / "pid")
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.communicate(timeout=30)[1]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def waited_for(path):
    """The number that a file holds, as soon as it does."""
    ends = time.monotonic() + 30
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < ends
        time.sleep(0.02)
    return int(path.read_text())


def test_rows_are_kept_as_they_are_found(tmp_path):
    from bench_icu import Bench

    bench = Bench(tmp_path, {"stays": 7}, tmp_path / "rows.jsonl")
    bench.keep("network", name="one", auroc=0.5)
    assert json.loads((tmp_path / "rows.jsonl").read_text()) == bench.rows[0]
    assert bench.rows[0] == {"benchmark": "icu", "row": "network", "stays": 7, "name": "one", "auroc": 0.5}


def test_an_explainer_is_named_with_what_tells_it_from_others():
    from bench_icu import COMPARED, named

    assert [named(words) for _, words in COMPARED] == [
        "occlusion", "extremal-mask signed=true", "attention", "attention of=weights", "integrated-gradients",
    ]  # fmt: skip


def test_every_figure_of_a_row_stands_in_its_table():
    from icu_tables import TABLES, tables

    rows = [
        {"row": kind, "stays": 25_000, "seed": seed} | {name: f"{kind} {name} {seed}" for name in columns}
        for seed in (0, 1)
        for kind, (_, columns) in TABLES.items()
    ]
    text = tables(rows)
    assert all(
        str(value) in text for row in rows for name, value in row.items() if name not in ("row", "stays", "seed")
    )
    assert [line for line in text.splitlines() if line.startswith("Stages")] == [
        "Stages, 25,000 stays, seed 0", "Stages, 25,000 stays, seed 1",
    ]  # fmt: skip
