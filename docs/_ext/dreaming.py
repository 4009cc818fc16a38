"""Makes the pictures of the page on pictures of dreams: ``python docs/_ext/dreaming.py``."""

import tempfile
from pathlib import Path
from typing import Any

import torch

from aition import TorchModel
from aition.core.explanation import Explanation
from aition.data import Dataset, load
from aition.dream import Border, Margin, dream, preset, verdicts_of
from aition.models import create, evaluate, fit
from aition.store import keep
from aition.view.dreams import draw_dreams

PICTURES = Path(__file__).parents[1] / "pictures"
RUN = Path(tempfile.mkdtemp()) / "dreams"
"""Where dreams of GunPoint are kept, to be served for the picture of the app."""
RECIPES = ("calibrated", "delta", "maco", "sequence-dreaming-style", "plain")


def main() -> None:
    torch.set_num_threads(1)
    data = load("gun-point").standardised()
    model, *others = [trained(data, "conv-classifier", epochs=200, seed=seed) for seed in (2, 0, 3)]
    wanted = (Margin(0), Margin(1), Border((0, 1)))
    found = {name: dreamt(model, data, wanted, name, others) for name in RECIPES}
    keep(found["calibrated"], RUN)
    for kind in ("gallery", "realism", "border", "projection", "courses", "frequencies"):
        saved(kind, found, data, f"dreams_{kind}")
    print(f"aition serve {RUN}")
    data = load("basic-motions").standardised()
    model = trained(data, "resnet-classifier", epochs=60)
    found = {"calibrated": dreamt(model, data, (Margin(1), Margin(3), Border((2, 3))), "calibrated", [])}
    saved("gallery", found, data, "dreams_motions")
    saved("border", found, data, "dreams_motions_border")


def trained(data: Dataset, builder: str, *, seed: int = 0, **settings: Any) -> TorchModel:
    """A network for a packaged data set."""
    torch.manual_seed(seed)
    fresh = create(builder, n_feature=data.train.n_feature, n_class=len(data.class_names))
    model = fit(fresh, data.train, seed=seed, **settings).model
    print(f"{builder}: {evaluate(model, data.test)[1]:.3f} of {len(data.test)} held-out series judged rightly")
    return model


def dreamt(model: TorchModel, data: Dataset, wanted: Any, name: str, others: list[TorchModel]) -> Explanation:
    """Dreams by one recipe, with the verdicts printed."""
    found = dream(model, data.test, wanted, recipe=preset(name), others=others, progress="off")
    for one in verdicts_of(found):
        print(f"{name}, {one.figures.wish}: {one.finding}. {one.words}")
    return found


def saved(kind: str, dreams: dict[str, Explanation], data: Dataset, name: str) -> None:
    draw_dreams(kind, dreams, class_names=data.class_names).savefig(PICTURES / f"{name}.png", dpi=90)


if __name__ == "__main__":
    main()
