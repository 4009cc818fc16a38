"""The small real data of the demo: a network trained, explained, checked, and told of in a report."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aition.cli.steps import Steps

if TYPE_CHECKING:
    from aition.checks.curve import RemovalCurve
    from aition.core.explanation import Explanation
    from aition.view.report import Study

EXPLAINERS = ("integrated-gradients", "extremal-mask")


@dataclass(frozen=True)
class Case:
    """A network and the data that it is trained on.

    Args:
        name: For the reader.
        dataset: A packaged data set.
        builder: A reference network.
        epochs: Passes over the training samples.
    """

    name: str
    dataset: str
    builder: str
    epochs: int

    @property
    def network(self) -> str:
        return self.name.split()[0]

    def stores(self, out: Path) -> list[Path]:
        """Where its explanations lie."""
        return [out / name for name in EXPLAINERS]


CASE = Case("CNN on BasicMotions", "basic-motions", "conv-classifier", 30)
LEAD = (
    "A convolutional network that tells four activities apart by a smart watch: what it looks at, when, and whether "
    "the explanations can be believed."
)
N_STEP = 4 + 2 * len(EXPLAINERS) - 1


def studied(case: Case, out: Path, *, seed: int, step: Steps) -> "Study":
    """Train the network of a case, explain it on the test samples by two explainers, and check both.

    Leaves in ``out``: ``model.safetensors``, ``test.safetensors``, and a store named after each explainer.
    """
    from aition.checks.removing import removal
    from aition.core.target import Target
    from aition.data import load, write
    from aition.models import create, evaluate, fit, save_model
    from aition.view.report import Study

    out.mkdir(exist_ok=True)
    with step(f"{case.name}: train") as said:
        data = load(case.dataset).standardised()
        told = replace(data.test, class_names=data.class_names)
        settings = {"n_feature": data.test.n_feature, "n_class": len(data.class_names)}
        start = create(case.builder, seed=seed, **settings)
        model = fit(start, data.train, epochs=case.epochs, seed=seed, progress="off").model
        _, accuracy = evaluate(model, data.test)
        said.append(f"right on {accuracy:.1%} of {len(data.test)} test samples")
        save_model(model, out / "model.safetensors", builder=case.builder, settings=settings)
        write(told, out / "test.safetensors")
    found, curves = {}, {}
    for name in EXPLAINERS:
        with step(f"{case.name}: explain by {name}") as said:
            found[name] = explained(name, model, told, out / name, seed=seed)
            said.append(out.name + "/" + name)
    for name, one in found.items():
        with step(f"{case.name}: check {name} by removal") as said:
            curves[name] = removal(model, told, Target.predicted(), one["attribution"], seed=seed, progress="off")
            said.append(finding(curves[name], of="its probability"))
    with step(f"{case.name}: do the explainers agree?") as said:
        said.append(agreed(found))
    return Study(
        name=case.name,
        explanations=found,
        curves=curves,
        about=f"{data.description} The {case.network} was trained on {len(data.train)} samples and is explained on "
        f"{len(data.test)} others. Values are in deviations from the mean of the training samples.",
        class_names=data.class_names,
        facts=(("Data", data.source), ("Licence of the data", data.licence), ("Seed", str(seed))),
        commands="\n".join(command(name, out, to=out / name, seed=seed) for name in EXPLAINERS),
    )


def reported(study: "Study", out: Path, step: Steps) -> Path:
    """The report of a case."""
    with step("Write a report that is one file") as said:
        from aition.view.report import overview, write

        report = write(overview("What a network looks at", [study], lead=LEAD), out / "report.html")
        said.append(f"{report.stat().st_size / 1e6:.1f} MB")
        return report


def explained(name: str, model: Any, batch: Any, store: Path, *, seed: int) -> "Explanation":
    """The predicted class explained and stored; a store of an earlier demo is replaced."""
    from aition import registry
    from aition.core.target import Target
    from aition.store import run

    shutil.rmtree(store, ignore_errors=True)
    how = registry.explainer(name, {"seed": seed} if has_seed(name) else {})
    return run(how, model, batch, Target.predicted(), store, progress="off").explanation()


def has_seed(name: str) -> bool:
    """Whether an explainer draws."""
    from aition import registry

    return any(setting.name == "seed" for setting in registry.card(name).settings)


def finding(curve: "RemovalCurve", *, of: str) -> str:
    """The verdict in a few words.

    Args:
        curve: What removal found.
        of: What falls, for the reader.
    """
    from aition.checks.curve import verdict

    found = verdict(curve)
    return (
        f"{found.finding}: removing the most important {found.fraction:.0%} lowers {of} by {found.most.mean:.2f}, "
        f"at random by {found.random.mean:.2f}"
    )


def agreed(found: "dict[str, Explanation]") -> str:
    """How alike the explainers rank, in a few words."""
    import numpy as np

    from aition.checks.ranks import agreement

    first, second = (one["attribution"] for one in found.values())
    return f"mean rank correlation {np.nanmean(agreement(first, second)):.2f}"


def command(name: str, out: Path, *, to: Path, seed: int) -> str:
    """What to type to explain a case anew."""
    seeded = f" --set seed={seed}" if has_seed(name) and seed else ""
    return f"aition explain {out}/model.safetensors {out}/test.safetensors --explainer {name}{seeded} --to {to}"
