"""Hospital: stays in intensive care at any number, in which what tells of death, value by value, is planted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from aition.core.assemble import from_tensors
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.data.joined import joined
from aition.data.simulate.drawing import check_counts, single
from aition.data.simulate.hospital.law import MOTIF
from aition.data.simulate.hospital.measures import FEATURES, MEASURES, N_HOUR
from aition.data.simulate.hospital.stays import N_BLOCK, Stays, draw
from aition.data.simulate.hospital.values import ValueTruth, value_truth
from aition.data.simulate.hospital.white_box import Risk, forward_risk
from aition.data.simulate.law import LOG_ODDS, known
from aition.data.simulate.simulated import Simulated
from aition.metrics.truth import auroc


@dataclass(frozen=True)
class Hospital:
    """Stays of up to 48 hours with vital signs, scores, laboratory values, a drug and urine; the label is death.

    A hidden severity runs through most features that the law reads and decides how often laboratory panels are measured
    and a drug is given, so what is missing is informative. The log-odds of death are a constant, plus

    - for each measurement of a feature of ``EFFECTS`` the weight of the bin that its value lies in, times a course over
      the hours; glucose raises in the first day and lowers in the second;
    - for each two measurements of ``TOGETHER`` whose values count, a weight: high heart rate with fever in the same
      hour; high bilirubin with high INR, both in the second day;
    - for each dip of saturation, low, very low and low again in three successive hours, a weight, ``MOTIF``.

    Nothing else is read. Urea follows creatinine and so tells of death, but adds nothing; sixteen features are
    independent of everything; age and sex, which are static, add nothing.

    The contribution of a measurement is its Shapley value against absence: of all cells, each present or absent, an
    absent one counts for nothing, as a normal value does. A weight of its own is its own; what several measurements add
    together they share equally. Contributions and the constant add up to the log-odds. True cells are those whose
    contribution is not 0. The white box reads values, the mask of what was measured and the hour, and nothing hidden,
    so it answers for any batch of these features; the other cells add nothing as they are, but would with other values.

    Stays come in blocks of 1000 that have seeds of their own, so any block can be drawn alone, and a million stays one
    block after the other.

    Args:
        n_sample: Stays.
        shortest: Hours of the shortest stay; 48: all are equally long, without padding.
        standardised: Values in deviations from each feature's normal value, in units of its spread, so that 0 is normal
            and stands where nothing was measured. Otherwise in the units of ``MEASURES``, as they are read from the raw
            files, and 0 where nothing was measured.

    Returns:
        34 features; static ``age`` and ``male``. Fields: ``severity``, ``[sample, time]``; ``contribution``,
        ``[sample, time, feature]`` and ``log_odds``, ``[sample]``, in log-odds. About 12 of 100 die.

    Raises:
        InputError: A setting is out of range.

    References:
        In the shape of the intensive-care set of Wang, Wang and Ma, "Visual Summary of Value-level Feature Attribution
        in Prediction Classes with Recurrent Neural Networks", 2020 (48 hours, 34 features, death); no value stems from
        it.

    >>> drawn = Hospital(n_sample=5, shortest=24)(seed=1000)
    >>> drawn.batch
    Batch[sample=5 time=48 feature=34, severity (context), contribution (context), log_odds (context)]
    >>> from aition.data.simulate.hospital.law import BASE
    >>> added = drawn.batch["contribution"].sum(dim=(1, 2)) + BASE
    >>> bool(torch.allclose(added, drawn.batch["log_odds"], atol=1e-5))
    True
    """

    n_sample: int = 25_000
    shortest: int = N_HOUR
    standardised: bool = True

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        if not len(MOTIF.bins) <= self.shortest <= N_HOUR:
            raise InputError(f"shortest must be {len(MOTIF.bins)} to {N_HOUR}, but is {self.shortest}")

    def __call__(self, *, seed: int) -> Simulated:
        blocks = list(self.blocks(seed=seed))
        return replace(
            blocks[0],
            batch=joined([one.batch for one in blocks]),
            truth=torch.cat([one.truth for one in blocks]),
            sign=torch.cat([one.sign for one in blocks]),
        )

    def blocks(self, *, seed: int) -> Iterator[Simulated]:
        """The same stays, at most 1000 at a time."""
        for stays in self.stays(seed=seed):
            yield self.simulated(stays, seed=seed)

    def stays(self, *, seed: int) -> Iterator[Stays]:
        """The same stays before they are samples, at most 1000 at a time."""
        for block in range(-(-self.n_sample // N_BLOCK)):
            yield draw(seed, block, n_sample=min(N_BLOCK, self.n_sample - block * N_BLOCK), shortest=self.shortest)

    def simulated(self, stays: Stays, *, seed: int) -> Simulated:
        """Stays as samples with their truth."""
        value = stays.value
        if self.standardised:
            value = (value - [one.normal for one in MEASURES]) / [one.scale for one in MEASURES]
        batch = from_tensors(
            single(value),
            layout="sample time feature",
            lengths=stays.length,
            time_unit="hour",
            static=single(np.stack([stays.age, stays.male], axis=1)),
            static_names=("age", "male"),
            label=stays.died,
            ids=ids_of(stays, seed=seed),
            feature_names=FEATURES,
            fields={
                "severity": known(stays.severity),
                "contribution": known(stays.contribution),
                "log_odds": known(stays.log_odds),
            },
        )
        truth = torch.from_numpy(stays.contribution != 0)
        return Simulated(
            batch=batch,
            truth=truth,
            sign=torch.from_numpy(np.sign(stays.contribution).astype(np.int8)),
            target=LOG_ODDS,
            white_box=self.white_box(),
        )

    def white_box(self) -> TorchModel:
        """The law as a model, for values as ``standardised`` says."""
        return TorchModel(Risk(standardised=self.standardised), forward_risk, head="none")

    def value_truth(self) -> ValueTruth:
        """What each value adds on average, in closed form."""
        return value_truth(shortest=self.shortest)


def ids_of(stays: Stays, *, seed: int) -> list[str]:
    """Names of stays, which tell those of different seeds apart."""
    return [f"hospital-{seed}-{stays.first + place}" for place in range(len(stays))]


def optimum(drawn: Simulated) -> float:
    """The area under the ROC curve of the law itself on the labels drawn by it: no model does better but by chance."""
    said = drawn.batch["log_odds"].double().numpy()[None, :, None]
    died = (drawn.batch.label == 1).numpy()[None, :, None]
    return float(auroc(said, died, np.ones(said.shape[:2], dtype=np.bool_))[0])
