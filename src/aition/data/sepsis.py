"""Sepsis: courses of sepsis in intensive care, drawn from a decision process that was estimated from MIMIC-III."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError, MissingExtraError
from aition.core.model import TorchModel
from aition.data.dataset import Dataset
from aition.data.simulate.drawing import Reals, Whole, check_counts, named, single
from aition.data.simulate.law import LOG_ODDS, known, two_classes
from aition.data.simulate.simulated import Simulated

FEATURES = (
    "gender", "mechvent", "max_dose_vaso", "re_admission", "age", "weight_kg", "gcs", "hr", "sysbp", "meanbp", "diabp",
    "rr", "temp_c", "fio2", "potassium", "sodium", "chloride", "glucose", "magnesium", "calcium", "hb", "wbc_count",
    "platelets_count", "ptt", "pt", "arterial_ph", "pao2", "paco2", "arterial_be", "hco3", "arterial_lactate", "sofa",
    "sirs", "shock_index", "pao2_fio2", "cumulated_balance", "spo2", "bun", "creatinine", "sgot", "sgpt", "total_bili",
    "inr", "input_total", "input_4hourly", "output_total", "output_4hourly",
)  # fmt: skip
"""What stands in the middles of the states, in order."""
DEATH, SURVIVAL = 713, 714
"""States in which a course ends; all before them are states of a patient."""
HOURS = 4
"""Of a step."""
LEAST = 1e-6
"""Chances of an outcome nearer than this to 0 or 1 are taken for it, so that log-odds are finite."""
SHARPNESS = 2.0


@dataclass(frozen=True, eq=False)
class Process:
    """The course of sepsis under the treatment that clinicians gave.

    Args:
        moves: Chance of each state after each state of a patient, the two ends among them, ``[state, next]``.
        start: Chance of each state at admission, ``[state]``.
        middles: Features of each state, standardised, ``[state, feature]``.
    """

    moves: Reals
    start: Reals
    middles: Reals

    @property
    def survival(self) -> Reals:
        """The exact chance of leaving alive, from each state, ``[state]``.

        The solution of Bellman's equation v = r + M v, M being the moves between states of a patient and r the chance
        of survival in one step.

        References:
            Bellman, "Dynamic Programming", 1957.
        """
        survival: Reals = np.linalg.solve(np.eye(DEATH) - self.moves[:, :DEATH], self.moves[:, SURVIVAL]).astype(float)
        return survival

    @property
    def log_odds(self) -> Reals:
        """Log-odds of death where a course ends with the next step, by its last state, ``[state]``."""
        death = self.moves[:, DEATH] / np.maximum(self.moves[:, [DEATH, SURVIVAL]].sum(axis=1), LEAST)
        death = np.clip(death, LEAST, 1 - LEAST)
        return np.asarray(np.log(death / (1 - death)))

    @property
    def mortality(self) -> float:
        """The exact share of those who die."""
        return float(1 - self.start @ self.survival)


@cache
def process() -> Process:
    """The process of the installed package ``icu-sepsis``, which is never imported.

    Raises:
        MissingExtraError: It is not installed.
        InputError: Its file is not the one that is known.
    """
    with np.load(dynamics_file(), allow_pickle=False) as file:
        parts = {name: file[name] for name in ("tx_mat", "expert_policy", "d_0", "state_cluster_centers")}
    if parts["state_cluster_centers"].shape != (SURVIVAL + 2, len(FEATURES)):
        raise InputError(
            f"the states of icu-sepsis must be [{SURVIVAL + 2}, {len(FEATURES)}], but are "
            f"{list(parts['state_cluster_centers'].shape)}; install version 2"
        )
    moves = np.einsum("sa,sat->st", parts["expert_policy"][:DEATH], parts["tx_mat"][:DEATH])
    return Process(
        moves=moves[:, : SURVIVAL + 1] / moves.sum(axis=1, keepdims=True),
        start=parts["d_0"][:DEATH] / parts["d_0"][:DEATH].sum(),
        middles=parts["state_cluster_centers"][:DEATH],
    )


def dynamics_file() -> Path:
    """Where the process is, found without importing the package."""
    try:
        package = distribution("icu-sepsis")
    except PackageNotFoundError:
        raise MissingExtraError(
            "courses of sepsis are drawn from a file of icu-sepsis, which is not installed: pip install "
            "'aition[sepsis]', or pip install --no-deps icu-sepsis, for the package itself is never imported"
        ) from None
    found = [Path(str(package.locate_file(one))) for one in package.files or () if one.name == "dynamics.npz"]
    if not found or not found[0].is_file():
        raise InputError(f"icu-sepsis {package.version} must hold dynamics.npz, but does not; install version 2")
    return found[0]


@dataclass(frozen=True)
class Sepsis:
    """Courses of sepsis under the treatment that clinicians gave, until death (class 1) or survival.

    A course is a chain of states; each state is the middle of a cluster of measurements of real patients, 47
    standardised features every four hours. The next state, and so the end, depends on the present one alone: given the
    whole course, the log-odds of death are those of its last state. So the last step is true, with all its features,
    and no other. The white box looks up the state that is nearest to the last step's values; its gradient is that of a
    smooth mean over the states around.

    Args:
        n_sample: Courses.

    Returns:
        47 features, courses of unequal length. Fields: ``state``, ``[sample, time]`` (-1 in the padding); ``survival``,
        ``[sample, time]``, the exact chance of leaving alive (0 in the padding); ``log_odds`` of death, ``[sample]``,
        given that the course ends.

    Raises:
        MissingExtraError: The package icu-sepsis is not installed.
        InputError: A setting is out of range.

    References:
        Choudhary, Gupta and Thomas, "ICU-Sepsis: A Benchmark MDP Built from Real Medical Data", RLC 2024; the 47
        features are those of Komorowski et al., "The Artificial Intelligence Clinician", Nature Medicine 24, 2018.

    >>> drawn = Sepsis(n_sample=100)(seed=1000)
    >>> last = drawn.batch.lengths - 1
    >>> bool(drawn.truth[torch.arange(100), last].all()), int(drawn.truth.sum()) == 100 * 47
    (True, True)
    """

    n_sample: int = 10_000

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)

    def __call__(self, *, seed: int) -> Simulated:
        sepsis = process()
        state, died = courses(sepsis, n_sample=self.n_sample, seed=seed)
        exists = state >= 0
        last = exists.sum(axis=1) - 1
        truth = np.zeros((*state.shape, len(FEATURES)), dtype=np.bool_)
        truth[np.arange(self.n_sample), last] = True
        batch = from_tensors(
            single(np.where(exists[:, :, None], sepsis.middles[state], np.nan)),
            layout="sample time feature",
            exists=exists,
            times=HOURS * np.arange(state.shape[1], dtype=np.float64),
            time_unit="hour",
            label=died,
            ids=named("sepsis", seed=seed, n_sample=self.n_sample),
            feature_names=FEATURES,
            fields={
                "state": known(state),
                "survival": known(np.where(exists, sepsis.survival[state], 0.0)),
                "log_odds": known(sepsis.log_odds[state[np.arange(self.n_sample), last]]),
            },
        )
        return Simulated(
            batch=batch,
            truth=torch.from_numpy(truth),
            sign=torch.zeros(truth.shape, dtype=torch.int8),
            target=LOG_ODDS,
            white_box=TorchModel(Nearest(sepsis), forward_last, head="none"),
        )


def courses(sepsis: Process, *, n_sample: int, seed: int) -> tuple[Whole, Whole]:
    """States, ``[sample, time]`` with -1 after the end, and who died, ``[sample]``.

    Every step has a stream of its own, so the first courses are the same however many are drawn.

    Raises:
        InputError: The seed is negative.
    """
    if seed < 0:
        raise InputError(f"seed must be 0 or more, but is {seed}")
    root = np.random.default_rng(seed)

    def drawn() -> Reals:
        return root.spawn(1)[0].random(n_sample)

    width = SURVIVAL + 1
    reached = (np.arange(DEATH)[:, None] + np.minimum(sepsis.moves.cumsum(axis=1), 1)).ravel()
    now = np.minimum(np.searchsorted(sepsis.start.cumsum(), drawn(), side="right"), DEATH - 1)
    states, end = [], np.full(n_sample, -1)
    while (end < 0).any():
        going = end < 0
        states.append(np.where(going, now, -1))
        chance = drawn()
        rows = np.flatnonzero(going)
        found = np.searchsorted(reached, now[rows] + chance[rows], side="right") - width * now[rows]
        now[rows] = np.clip(found, 0, SURVIVAL)
        end = np.where(going & (now >= DEATH), now, end)
    return np.stack(states, axis=1), (end == DEATH).astype(np.int64)


class Nearest(nn.Module):
    """Log-odds of death by the state that is nearest to the values of a step."""

    def __init__(self, sepsis: Process) -> None:
        super().__init__()
        self.middles: Tensor
        self.log_odds: Tensor
        self.register_buffer("middles", single(sepsis.middles))
        self.register_buffer("log_odds", single(sepsis.log_odds))

    def forward(self, x: Tensor) -> Tensor:
        """Log-odds ``[sample]`` of values ``[sample, feature]``."""
        far = torch.cdist(x, self.middles).square()
        exact = self.log_odds[far.argmin(dim=1)]
        if not x.requires_grad:
            return exact
        smooth = (-far / SHARPNESS).softmax(dim=1) @ self.log_odds
        return exact + smooth - smooth.detach()


def forward_last(module: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, class]`` of survival and death."""
    last = batch.start + batch.lengths - 1
    return two_classes(module(batch.x[torch.arange(len(batch), device=batch.x.device), last]))


def load_sepsis(*, n_train: int = 8000, n_test: int = 2000, seed: int = 0) -> Dataset:
    """Courses as a data set: those to train on and those to test on stem from one seed, and no course is in both.

    Args:
        n_train: Courses to train on.
        n_test: Courses to test on.
        seed: Of the draw.

    Raises:
        MissingExtraError: The package icu-sepsis is not installed.
        InputError: A setting is out of range.
    """
    check_counts(n_train=n_train, n_test=n_test)
    batch = Sepsis(n_sample=n_train + n_test)(seed=seed).batch
    return Dataset(
        name="icu-sepsis",
        train=batch.take(range(n_train)),
        test=batch.take(range(n_train, n_train + n_test)),
        class_names=("survived", "died"),
        source="icu-sepsis; Choudhary, Gupta and Thomas (2024), estimated from MIMIC-III",
        licence="MIT, as part of icu-sepsis",
        description="Courses of sepsis in intensive care, in steps of four hours: does the patient die?",
    )
