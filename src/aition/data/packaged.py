"""Real data that comes with an installed package: no network, ever."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from aition.core.batch import Batch
from aition.core.errors import InputError, MissingExtraError
from aition.data.dataset import Card, Dataset
from aition.data.ts import from_ts

BSD = "BSD-3-Clause, as part of aeon"


@dataclass(frozen=True)
class Packaged:
    """A data set among aeon's files, and the names that its files leave out."""

    card: Card
    folder: str
    class_names: Mapping[str, str] = field(default_factory=dict)
    feature_names: tuple[str, ...] = ()
    time_step: float = 1.0
    time_unit: str = "step"


PACKAGED = (
    Packaged(
        Card(
            name="basic-motions",
            n_train=40,
            n_test=40,
            shortest=100,
            longest=100,
            n_feature=6,
            n_class=4,
            licence=BSD,
            source="aeon; Clements (2017), UEA archive",
            description="Acceleration and rotation of a smart watch over ten seconds: which of four activities?",
        ),
        folder="BasicMotions",
        class_names={"Standing": "standing", "Running": "running", "Walking": "walking", "Badminton": "badminton"},
        feature_names=("acceleration x", "acceleration y", "acceleration z", "rotation x", "rotation y", "rotation z"),
        time_step=0.1,
        time_unit="second",
    ),
    Packaged(
        Card(
            name="gun-point",
            n_train=50,
            n_test=150,
            shortest=150,
            longest=150,
            n_feature=1,
            n_class=2,
            licence=BSD,
            source="aeon; Ratanamahatana and Keogh (2005), UCR archive",
            description="Horizontal place of an actor's hand on film: is a gun drawn, or does a finger point?",
        ),
        folder="GunPoint",
        class_names={"1": "gun", "2": "point"},
        feature_names=("hand x",),
    ),
    Packaged(
        Card(
            name="italy-power-demand",
            n_train=67,
            n_test=1029,
            shortest=24,
            longest=24,
            n_feature=1,
            n_class=2,
            licence=BSD,
            source="aeon; Keogh et al. (2006), UCR archive",
            description="Electrical power demand of Italy over a day, hour by hour: which half of the year is it?",
        ),
        folder="ItalyPowerDemand",
        class_names={"1": "October to March", "2": "April to September"},
        feature_names=("demand",),
        time_unit="hour",
    ),
    Packaged(
        Card(
            name="japanese-vowels",
            n_train=270,
            n_test=370,
            shortest=7,
            longest=29,
            n_feature=12,
            n_class=9,
            licence=BSD,
            source="aeon; Kudo, Toyama and Shimbo (1999), UCI repository",
            description="Cepstrum coefficients of two spoken vowels, of unequal length: which of nine men speaks?",
        ),
        folder="JapaneseVowels",
        class_names={str(one): f"speaker {one}" for one in range(1, 10)},
        feature_names=tuple(f"cepstrum {one}" for one in range(1, 13)),
    ),
)


def available() -> tuple[Card, ...]:
    """What :func:`load` knows, with sizes and licences, without loading anything.

    >>> [card.name for card in available()]
    ['basic-motions', 'gun-point', 'italy-power-demand', 'japanese-vowels']
    """
    return tuple(one.card for one in PACKAGED)


def load(name: str) -> Dataset:
    """Load real data from the files of an installed package.

    Series keep their own lengths, padded on the right; values are float32 as they were published, not standardised.

    Args:
        name: One of :func:`available`.

    Raises:
        InputError: An unknown name.
        MissingExtraError: The package that holds the files is not installed.
    """
    found = {one.card.name: one for one in PACKAGED}
    if name not in found:
        raise InputError(f"name must be one of {', '.join(found)}, but is {name!r}; see also aition.data.fetch")
    one = found[name]
    folder = aeon_data(name) / one.folder
    train, classes = read_part(one, folder, "train", one.card.n_train)
    test, _ = read_part(one, folder, "test", one.card.n_test)
    return Dataset(
        name=name,
        train=train,
        test=test,
        class_names=tuple(one.class_names[label] for label in classes),
        source=one.card.source,
        licence=one.card.licence,
        description=one.card.description,
    )


def read_part(one: Packaged, folder: Path, part: str, n_sample: int) -> tuple[Batch, tuple[str, ...]]:
    """The train or the test samples, with ids that tell them apart, times in their unit; and the file's class names."""
    batch, classes = from_ts(
        folder / f"{one.folder}_{part.upper()}.ts",
        ids=[f"{part}-{place}" for place in range(n_sample)],
        feature_names=one.feature_names,
        time_unit=one.time_unit,
    )
    return replace(batch, times=batch.times * one.time_step), classes


def aeon_data(name: str) -> Path:
    """The folder of aeon's data files, found without importing aeon."""
    spec = find_spec("aeon")
    if spec is None or spec.origin is None:
        raise MissingExtraError(
            f"{name} is read from the files of aeon, which is not installed: pip install 'aition[data]'"
        )
    return Path(spec.origin).parent / "datasets" / "data"
