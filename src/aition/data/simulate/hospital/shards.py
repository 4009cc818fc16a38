"""Shards: simulated stays as a folder of samples, as an ingest of their raw files makes it."""

from collections import Counter
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from aition._version import __version__
from aition.core.batch import Batch
from aition.data.folder import SHARDS, Shard, sha256_of, write_manifest
from aition.data.lossless import write
from aition.data.readers.moments import merged, moments_of
from aition.data.readers.spec import Spec, Window
from aition.data.readers.toml import spec_of, to_toml
from aition.data.simulate.drawing import Whole
from aition.data.simulate.hospital.measures import MEASURES, N_HOUR
from aition.data.simulate.hospital.persons import SPLITS

STATIC = ("age", "male")


class Shards:
    """A folder of samples, being written block by block; each block has a shard of every split.

    Args:
        folder: Where it goes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / SHARDS).mkdir()
        self.shards: list[Shard] = []
        self.n_sample: Counter[str] = Counter()
        self.n_value = 0
        self.sums = [(0, 0.0, 0.0)] * len(MEASURES)
        self.static: list[Counter[float]] = [Counter() for _ in STATIC]

    def write(self, batch: Batch, split: Whole) -> None:
        """Add the samples of a block, of the splits at these places of ``SPLITS``."""
        for place, name in enumerate(SPLITS):
            part = batch.take(np.flatnonzero(split == place).tolist())
            if not len(part):
                continue
            file = f"{SHARDS}/{len(self.shards):05}.safetensors"
            write(part, self.folder / file)
            self.shards.append(Shard(file, name, len(part), sha256_of(self.folder / file)))
            self.n_sample[name] += len(part)
            self.n_value += int(part.observed.sum())
            if name == SPLITS[0]:
                self.add(part)

    def add(self, batch: Batch) -> None:
        """Count the training samples into the moments of the features and the static values."""
        for count, values in zip(self.static, batch.static.T.tolist(), strict=True):
            count.update(values)
        for place in range(batch.n_feature):
            value = batch.x[:, :, place][batch.observed[:, :, place]].double()
            if len(value):
                own = (len(value), float(value.mean()), float((value - value.mean()).square().sum()))
                self.sums[place] = merged(self.sums[place], own)

    def close(self) -> None:
        """Write the manifest."""
        spec, features = simulated_spec(), []
        for one, (n_value, mean, squares) in zip(spec.features, self.sums, strict=True):
            how = moments_of(n_value, mean, (squares / max(n_value, 1)) ** 0.5)
            said = {"name": one.name, "unit": one.unit, "aggregate": one.aggregate, "codes": list(one.codes)}
            features.append(said | asdict(how))
        others = ("not asked for", "outside", "static", "rare", "not in the vocabulary")
        manifest = {
            "aition": __version__,
            "reader": "MimicIV",
            "spec": to_toml(spec),
            "like": "",
            "form": spec.form,
            "window": asdict(spec.window),
            "n_step": spec.window.n_step,
            "time_unit": "hour",
            "features": features,
            "label": "class",
            "class_names": ["survived", "died"],
            "static_names": list(STATIC),
            "static_fill": {name: middle(count) for name, count in zip(STATIC, self.static, strict=True)},
            "static_filled": {},
            "n_sample": sum(self.n_sample.values()),
            "n_unlabelled": 0,
            "samples_left_out": {},
            "records": {"read": self.n_value, "used": self.n_value, **dict.fromkeys(others, 0), "bad": {}},
            "fewest": spec.fewest,
        }
        write_manifest(self.folder, manifest, tuple(self.shards))


def simulated_spec() -> Spec:
    """The spec by which an ingest of the raw files as MIMIC-IV makes the same features; a stay of any length counts."""
    text = (files("aition.data.readers") / "specs" / "mimic-iv.toml").read_text(encoding="utf-8")
    return replace(spec_of(text)[0], window=Window(hours=float(N_HOUR)))


def middle(count: Counter[float]) -> float:
    """The median of counted values, the lower of two; 0 of none.

    >>> middle(Counter([3.0, 1.0, 2.0, 2.0]))
    2.0
    """
    values = sorted(count)
    reached = np.cumsum([count[value] for value in values])
    return values[int(np.searchsorted(2 * reached, reached[-1]))] if values else 0.0
