"""The intensive care of the demo: simulated stays with a planted risk of death, and a network that learns it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aition.cli.printing import counted
from aition.cli.steps import Steps, megabytes

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.model import TorchModel
    from aition.impute.baseline import FeatureBaseline

NETWORK = "measured-gru"
EVERY, SOME = "integrated-gradients", "extremal-mask"
"""What explains every stay, and what explains some."""


@dataclass(frozen=True)
class Ward:
    """An intensive-care unit, and where everything of it lies.

    Args:
        folder: Of all that is written.
        n_stay: Stays, of which about a fifth is held out from training and from all choices.
        seed: Of the stays, the training, and of what explainers draw.
        epochs: Passes over the training stays.
        masked: Held-out stays that are explained by masks, at most.
        removed: Of these, those on which explanations are checked by removal, at most.
    """

    folder: Path
    n_stay: int
    seed: int
    epochs: int = 10
    masked: int = 1000
    removed: int = 200

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def truth(self) -> Path:
        return self.data / "truth"

    @property
    def model(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def stores(self) -> list[Path]:
        """Of the explainers; the first is of every stay."""
        return [self.folder / EVERY, self.folder / SOME]


def simulated(ward: Ward, step: Steps) -> None:
    """Write the stays, and what is planted in them."""
    from aition.core.progress import progress_bar
    from aition.data import open_folder
    from aition.data.simulate.hospital import Hospital, write_batches

    with step(f"Intensive care: simulate {ward.n_stay:,} stays with a planted risk of death") as said:
        there = ward.data.is_dir()
        if not there:
            drawn = Hospital(n_sample=ward.n_stay, standardised=False)
            with progress_bar("Writing stays", ward.n_stay) as tick:
                write_batches(drawn, ward.data, seed=ward.seed, each=tick)
        folder = open_folder(ward.data)
        hours, size = len(folder) * folder.manifest["n_step"], megabytes(ward.data)
        said.append(f"{hours:,} hours of {folder.n_feature} features, {size:.0f} MB{before(there=there)}")


def trained(ward: Ward, step: Steps) -> "tuple[TorchModel, FeatureBaseline]":
    """The network, and the means of what it was trained on."""
    from aition.cli.labelled import built_from, labelled_in
    from aition.core.model import white_box
    from aition.impute.baseline import FeatureBaseline
    from aition.models import areas, create, fit, load_model, save_model

    with step(f"Intensive care: train {NETWORK}, {counted(ward.epochs, 'epoch')}") as said:
        own = labelled_in(f"{ward.data}:train", standardise=False)
        there = ward.model.is_file()
        if not there:
            settings = built_from(NETWORK, own)
            fresh = create(NETWORK, seed=ward.seed, **settings)
            done = fit(fresh, own.batch, epochs=ward.epochs, seed=ward.seed, batch_size=128)
            save_model(done.model, ward.model, builder=NETWORK, settings=settings)
        model = white_box(load_model(ward.model), EVERY)
        batch = held_out(ward)
        area, _ = areas(model, batch)
        said.append(
            f"AUROC {area:.3f} on {len(batch):,} stays that it has not seen; "
            f"of the law that their deaths were drawn by {optimum(batch):.3f}{before(there=there)}"
        )
        return model, FeatureBaseline.mean_of(own.batch)


def optimum(batch: "Batch") -> float:
    """The area under the ROC curve of the planted log-odds of stays: no network ranks them better but by luck."""
    import numpy as np

    from aition.metrics.truth import auroc

    score, died = batch["log_odds"].numpy()[None, :, None], (batch.label == 1).numpy()[None, :, None]
    return float(auroc(score, died, np.ones(died.shape[:2], dtype=np.bool_))[0])


def held_out(ward: Ward, most: int = 0) -> "Batch":
    """The held-out stays, or the first ``most`` of them."""
    from aition.data import open_folder

    return open_folder(ward.data).only("held_out").batch(most=most)


def before(*, there: bool) -> str:
    """What is said where an earlier demo had done it."""
    return ", made before" if there else ""
