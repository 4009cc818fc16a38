"""Shards: simulated stays as a folder of samples, as an ingest of their raw files makes it."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np

from aition._version import __version__
from aition.core.batch import Batch
from aition.data.folder import SHARDS, Shard, sha256_of, write_manifest
from aition.data.lossless import write
from aition.data.readers.moments import merged, moments_of
from aition.data.readers.spec import Window
from aition.data.simulate.drawing import Whole
from aition.data.simulate.hospital.measures import MEASURES, N_HOUR
from aition.data.simulate.hospital.persons import SPLITS


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
        """Count the training samples into the moments of the features."""
        for place in range(batch.n_feature):
            value = batch.x[:, :, place][batch.observed[:, :, place]].double()
            if len(value):
                own = (len(value), float(value.mean()), float((value - value.mean()).square().sum()))
                self.sums[place] = merged(self.sums[place], own)

    def close(self) -> None:
        """Write the manifest."""
        features = []
        for one, (n_value, mean, squares) in zip(MEASURES, self.sums, strict=True):
            how = moments_of(n_value, mean, (squares / max(n_value, 1)) ** 0.5)
            features.append({"name": one.name, "unit": one.unit, "aggregate": "last", "codes": [], **asdict(how)})
        records = {"read": self.n_value, "used": self.n_value, "not asked for": 0, "outside": 0, "static": 0, "rare": 0}
        manifest = {
            "aition": __version__,
            "form": "grid",
            "window": asdict(Window(hours=N_HOUR)),
            "n_step": N_HOUR,
            "time_unit": "hour",
            "features": features,
            "label": "class",
            "class_names": ["survived", "died"],
            "static_names": ["age", "male"],
            "n_sample": sum(self.n_sample.values()),
            "n_unlabelled": 0,
            "samples_left_out": {},
            "records": records | {"bad": {}},
            "fewest": 1,
        }
        write_manifest(self.folder, manifest, tuple(self.shards))
