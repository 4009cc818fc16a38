"""Bearing: vibration of a rolling-element bearing with a fault of a race or of a ball."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import (
    Reals,
    Whole,
    check_counts,
    check_least,
    check_positive,
    named,
    signs,
    single,
    streams,
)
from aition.data.simulate.law import check_share, known
from aition.data.simulate.simulated import Simulated

CLASSES = ("healthy", "outer race", "inner race", "ball")
LOADS = (0.6, 1.4)
"""Between which the load changes, in units of the nominal load."""
SAG = 0.02
"""Share of its speed that the shaft loses under twice the nominal load."""
HARMONICS = (0.5, 0.3)
"""Amplitudes of the vibration at once and twice the shaft's speed, in units of the sensor's noise."""


@dataclass(frozen=True)
class Geometry:
    """Dimensions of a bearing, and what follows from them; those of a 6205 deep-groove ball bearing.

    Args:
        n_ball: Balls.
        ball: Diameter of a ball, in mm.
        pitch: Diameter of the circle on which their centres run, in mm.
        angle: Contact angle, in degrees.

    References:
        Randall and Antoni, "Rolling element bearing diagnostics - A tutorial", Mechanical Systems and Signal Processing
        25, 2011, equations 1 to 4.

    >>> geometry = Geometry()
    >>> [round(order, 2) for order in geometry.orders], round(geometry.cage, 2)
    ([0.0, 3.58, 5.42, 4.71], 0.4)
    """

    n_ball: int = 9
    ball: float = 7.94
    pitch: float = 39.04
    angle: float = 0.0

    def __post_init__(self) -> None:
        check_counts(n_ball=self.n_ball)
        check_positive(ball=self.ball)
        if not self.pitch > self.ball:
            raise InputError(f"pitch must be above the diameter of a ball, {self.ball} mm, but is {self.pitch}")
        if not -90 < self.angle < 90:
            raise InputError(f"angle must be above -90 and below 90 degrees, but is {self.angle}")

    @property
    def ratio(self) -> float:
        return float(self.ball / self.pitch * np.cos(np.radians(self.angle)))

    @property
    def cage(self) -> float:
        """Turns of the cage a turn of the shaft (FTF)."""
        return (1 - self.ratio) / 2

    @property
    def orders(self) -> tuple[float, float, float, float]:
        """Impulses a turn of the shaft for each class: none, BPFO, BPFI, twice BSF, as a ball strikes both races."""
        spin = self.pitch / (2 * self.ball) * (1 - self.ratio**2)
        return 0.0, self.n_ball * self.cage, self.n_ball * (1 + self.ratio) / 2, 2 * spin


@dataclass(frozen=True)
class Bearing:
    """A fault rings the machine's resonance at the rate that the bearing's geometry dictates; the class is the fault.

    At every strike a damped sine begins. Strikes come at the fault's order of the shaft's speed, each interval a little
    off by the slip of the balls; they are higher under load, and those of an inner race or a ball wax and wane as the
    fault is carried through the zone of load, by the shaft or by the cage. Load, and with it the speed, changes at
    random steps. Every series has a sensor's white noise and the shaft's first two harmonics.

    True cells are those of the vibration in which the ringing's envelope is above a share of a mean strike's height. A
    healthy series has none, so its score is NaN. The law reads the energy of the true cells: the logit of the series'
    class is ``strength`` times the share by which it exceeds that of a cell at the edge of the truth. Energy has one
    direction, so every sign is 1.

    Args:
        n_sample: Series; the four classes are equally likely.
        n_time: Steps.
        rate: Steps a second.
        shaft: Nominal speed of the shaft, in turns a second.
        geometry: Of the bearing.
        resonance: Frequency that rings, in Hz; below half the rate.
        decay: Time in which the ringing falls to 1/e, in seconds.
        slip: Standard deviation of an interval between strikes, as a share of it.
        depth: Of the waxing and waning, from 0 to below 1.
        speeds: The shaft's speed differs between series by at most this share.
        changes: Changes of the load.
        height: Of a strike in the mean under nominal load, in units of the vibration.
        noise: Standard deviation of the noise of the vibration's sensor, in the same units; a twentieth of it is that
            of the others.
        share: Of ``height``, above which a cell is true.
        strength: Of the law's logit.

    Returns:
        Three features: vibration, the load's excess over the nominal load, and the speed's over the nominal speed in
        units of 10 %. Fields: ``fault``, the class 0 to 3 (healthy, outer race, inner race, ball), and ``frequency``,
        strikes a second in the mean, both ``[sample]``; ``strikes``, the height of those that begin with a step,
        ``[sample, time]``. The times are in seconds.

    Raises:
        InputError: A setting is out of range.

    References:
        McFadden and Smith, "Model for the vibration produced by a single point defect in a rolling element bearing",
        Journal of Sound and Vibration 96, 1984.
        Randall and Antoni, "Rolling element bearing diagnostics - A tutorial", Mechanical Systems and Signal Processing
        25, 2011.

    >>> drawn = Bearing(n_sample=20)(seed=0)
    >>> faulty = drawn.batch.label > 0
    >>> drawn.truth.any(dim=1)[faulty].unique(dim=0).tolist(), bool(drawn.truth[~faulty].any())
    ([[True, False, False]], False)
    """

    n_sample: int = 1000
    n_time: int = 512
    rate: float = 4096.0
    shaft: float = 30.0
    geometry: Geometry = field(default_factory=Geometry)
    resonance: float = 1100.0
    decay: float = 0.002
    slip: float = 0.01
    depth: float = 0.5
    speeds: float = 0.03
    changes: int = 2
    height: float = 4.0
    noise: float = 1.0
    share: float = 0.25
    strength: float = 5.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_time=self.n_time)
        check_positive(shaft=self.shaft, resonance=self.resonance, decay=self.decay, height=self.height)
        check_positive(share=self.share, strength=self.strength)
        check_share(share=self.share)
        check_least(
            rate=(self.rate, 2 * self.resonance),
            resonance=(self.resonance, self.shaft),
            noise=(self.noise, 0),
            changes=(self.changes, 0),
        )
        check_share(slip=self.slip, depth=self.depth, speeds=self.speeds)

    def __call__(self, *, seed: int) -> Simulated:
        faults, loads, speeds, slips, phases, hums, sensors = streams(seed, 7)
        fault = faults.integers(len(CLASSES), size=self.n_sample)
        load = self.loads(loads)
        own = speeds.uniform(-self.speeds, self.speeds, size=(self.n_sample, 1))
        speed = self.shaft * (1 + own) * (1 - SAG * (load - 1))
        turns = turned(speed / self.rate)
        at, height = self.strikes(slips, phases, fault)
        drive, strikes = self.struck(at, height, load, turns)
        ringing = rung(drive, np.exp((2j * np.pi * self.resonance - 1 / self.decay) / self.rate))
        angle = 2 * np.pi * (turns[:, :-1] + hums.uniform(size=(self.n_sample, 1)))
        hum = sum(size * np.sin(order * angle) for order, size in enumerate(HARMONICS, start=1))
        errors = self.noise * sensors.standard_normal((self.n_sample, self.n_time, 3)) * (1, 0.05, 0.05)
        clean = np.stack([ringing.imag + self.noise * hum, load - 1, 10 * (speed / self.shaft - 1)], axis=2)
        truth = torch.zeros(clean.shape, dtype=torch.bool)
        truth[:, :, 0] = torch.from_numpy(np.abs(ringing) > self.share * self.height)
        frequency = np.asarray(self.geometry.orders)[fault] * speed.mean(axis=1)
        batch = from_tensors(
            single(clean + errors),
            layout="sample time feature",
            times=np.arange(self.n_time) / self.rate,
            time_unit="s",
            label=fault,
            ids=named("bearing", seed=seed, n_sample=self.n_sample),
            feature_names=("vibration", "load", "speed"),
            fields={
                "fault": known(fault),
                "frequency": known(frequency),
                "strikes": known(strikes),
                "ringing": known(truth.numpy()),
            },
        )
        edge = (self.share * self.height) ** 2 / 2 + self.noise**2 * (1 + sum(size**2 for size in HARMONICS) / 2)
        return Simulated(
            batch=batch,
            truth=truth,
            sign=signs(batch.x**2, truth),
            target=Target.true(),
            white_box=TorchModel(nn.Identity(), partial(logits, edge=edge, strength=self.strength), head="none"),
        )

    def loads(self, rng: np.random.Generator) -> Reals:
        """The load, ``[sample, time]``: a level until it changes."""
        drawn = rng.uniform(size=(self.n_sample, 2 * self.changes + 1))
        level = LOADS[0] + (LOADS[1] - LOADS[0]) * drawn[:, self.changes :]
        change = np.floor(drawn[:, : self.changes, None] * self.n_time) <= np.arange(self.n_time)
        return np.asarray(np.take_along_axis(level, change.sum(axis=1), axis=1))

    def strikes(self, slips: np.random.Generator, phases: np.random.Generator, fault: Whole) -> tuple[Reals, Reals]:
        """Turns of the shaft at which the fault strikes, and how hard, ``[sample, strike]``; never where healthy."""
        order = np.asarray(self.geometry.orders)[fault][:, None]
        turns = self.n_time / self.rate * self.shaft * (1 + self.speeds)
        most = int(np.ceil(1.5 * turns * max(self.geometry.orders))) + 5
        start, phase = phases.uniform(size=(self.n_sample, 2, 1)).transpose(1, 0, 2)
        count = start - 1 + np.cumsum(1 + self.slip * slips.standard_normal((self.n_sample, most)), axis=1)
        at = np.where(order > 0, count / np.maximum(order, 1), np.inf)
        carrier = np.array([0.0, 0.0, 1.0, self.geometry.cage])[fault][:, None]
        swing = np.where(carrier > 0, np.cos(2 * np.pi * (carrier * count / np.maximum(order, 1) + phase)), 0)
        return at, self.height * (1 + self.depth * swing)

    def struck(self, at: Reals, height: Reals, load: Reals, turns: Reals) -> tuple[NDArray[np.complex128], Reals]:
        """What strikes set ringing at each step, complex, and how high they are there, both ``[sample, time]``.

        Args:
            at: Turns of the shaft at which there is a strike, ``[sample, strike]``.
            height: Of each under nominal load.
            load: ``[sample, time]``.
            turns: Of the shaft before each step and after the last, ``[sample, time + 1]``.
        """
        place = placed(at, turns)
        step = np.ceil(place).astype(np.int64)
        row, number = np.nonzero((at >= 0) & (step < self.n_time))
        reached = step[row, number]
        size = load[row, reached] * height[row, number]
        late = (reached - place[row, number]) / self.rate
        drive, strikes = np.zeros(load.shape, dtype=np.complex128), np.zeros(load.shape)
        np.add.at(strikes, (row, reached), size)
        np.add.at(drive, (row, reached), size * np.exp((2j * np.pi * self.resonance - 1 / self.decay) * late))
        return drive, strikes


def turned(increment: Reals) -> Reals:
    """Turns of the shaft before each step and after the last, ``[sample, time + 1]``."""
    return np.pad(np.cumsum(increment, axis=1), ((0, 0), (1, 0)))


def placed(at: Reals, turns: Reals) -> Reals:
    """The step, with a fraction, at which the shaft has turned so far; the last where it never has.

    A shaft turns less than once a step, so the series can be laid end to end and looked up at once.

    >>> placed(np.array([[0.1, 0.3], [0.2, np.inf]]), np.array([[0.0, 0.2, 0.4], [0.0, 0.4, 0.8]])).round(6)
    array([[0.5, 1.5],
           [0.5, 2. ]])
    """
    n_sample, n_step = turns.shape
    apart = n_step * np.arange(n_sample)[:, None]
    flat = np.interp(np.clip(at, 0, turns[:, -1:]) + apart, (turns + apart).ravel(), np.arange(n_sample * n_step))
    return np.asarray(flat - apart)


def rung(drive: NDArray[np.complex128], factor: complex) -> NDArray[np.complex128]:
    """The damped sine that strikes set going, complex, ``[sample, time]``: its size is the envelope."""
    state = np.array(drive)
    for step in range(1, drive.shape[1]):
        state[:, step] += factor * state[:, step - 1]
    return state


def logits(module: nn.Module, batch: Batch, *, edge: float, strength: float) -> Tensor:
    """Logits ``[sample, class]``: of the series' fault by the energy where it rings, of a healthy one 0."""
    ringing = batch["ringing"]
    energy = (ringing * module(batch.x) ** 2).sum(dim=(1, 2)) / ringing.sum(dim=(1, 2)).clamp(min=1)
    classes = torch.arange(len(CLASSES), device=batch.x.device)
    shown = strength * ((classes == batch["fault"][:, None]) * energy[:, None] / edge - 1)
    return torch.where(classes > 0, shown, 0)
