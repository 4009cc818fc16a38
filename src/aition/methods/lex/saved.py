"""Fitted selectors as files: tensors and JSON; nothing in such a file is executed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from aition.core.model import TorchModel
from aition.core.target import Target
from aition.impute.packed import packed, unpacked
from aition.methods.lex.files import KINDS, about_of, check_own, filled
from aition.methods.lex.fitted import FittedLex
from aition.methods.lex.fitted_evaluator import FittedEvalX
from aition.methods.lex.lex import Lex
from aition.methods.lex.witness import Rival, Witness
from aition.models.files import check_ending
from aition.models.fitted_files import made_of, part, read, selector_in, still, write

FORMAT = "aition-lex"


def save_lex(fitted: FittedLex, path: str | Path) -> None:
    """Write a fitted selector with its imputer, wholly or not at all.

    A predictor that was trained with it is kept by its weights alone: who loads it gives the module.

    Args:
        fitted: What :meth:`Lex.fit` returned.
        path: A file that ends in ``.safetensors``.

    Raises:
        InputError: The path has another ending, or a setting is a function or of a class of your own.
    """
    there = check_ending(path)
    tensors: dict[str, Tensor] = {}
    about = about_of(fitted, fitted.selector, tensors) | {
        "likelihood": packed(fitted.likelihood, "likelihood", tensors, KINDS),
        "shift": fitted.shift,
        "notes": dict(fitted.notes),
        "witness": written_witness(fitted.witness, tensors),
    }
    modules = [("selector", fitted.selector), ("spread", fitted.spread), *(("own", one.module) for one in fitted.own)]
    modules += [(f"judge{place}", one.network) for place, one in enumerate(judges_in(fitted.witness))]
    modules += [(f"rival{place}", one.selector) for place, one in enumerate(fitted.witness.rivals)]
    write(there, FORMAT, about, modules, tensors)


def load_lex(path: str | Path, *, predictor: tuple[TorchModel, ...] = ()) -> FittedLex:
    """Load a fitted selector without executing anything that its file holds.

    Args:
        path: The file.
        predictor: Where a predictor was trained with the selector: one model of the same module, whose weights are
            replaced in a copy.

    Raises:
        InputError: The file is no fitted selector, or of another version, or its predictor is not given.
        ModelError: It is damaged.
    """
    metadata, tensors = read(Path(path), FORMAT)
    with made_of(path, "a fitted selector"):
        about = json.loads(metadata["about"])
        check_own(path, about, predictor, word="predictor")
        settings = unpacked(about["settings"], tensors, KINDS)
        fitted = FittedLex(
            settings,
            settings.imputer.imputer,
            selector_in(settings.selector, about["sizes"], part(tensors, "selector")),
            spread_in(tensors),
            unpacked(about["likelihood"], tensors, KINDS),
            Target.from_json(about["target"]),
            tuple(filled(one, part(tensors, "own")) for one in predictor),
            float(about["shift"]),
            about["notes"],
            witness_in(about["witness"], settings, about["sizes"], tensors) if "witness" in about else Witness(),
        )
    witness = fitted.witness
    kept = (*(one.network for one in judges_in(witness)), *(one.selector for one in witness.rivals))
    still((fitted.selector, fitted.spread, *(one.module for one in fitted.own), *kept))
    return fitted


def written_witness(witness: Witness, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """A witness as JSON; its tensors are put beside, those of its networks excepted."""
    tensors |= {"witness.edges": witness.edges, "witness.learned": witness.learned}
    for place, one in enumerate(judges_in(witness)):
        tensors |= {f"witness.mean{place}": one.mean, f"witness.deviation{place}": one.deviation}
    judge = [
        {
            "settings": packed(one.settings, "evaluator", tensors, KINDS),
            "n_time": one.n_time,
            "n_answer": one.n_answer,
            "listens": one.listens,
        }
        for one in judges_in(witness)
    ]
    return {"judge": judge, "shifts": [one.shift for one in witness.rivals]}


def witness_in(about: Any, settings: Lex, sizes: list[Any], tensors: Mapping[str, Tensor]) -> Witness:
    """The witness of a file."""
    rivals = [
        Rival(selector_in(settings.selector, sizes, part(tensors, f"rival{place}")), float(shift))
        for place, shift in enumerate(about["shifts"])
    ]
    judge = [judge_in(one, place, tensors) for place, one in enumerate(about["judge"])]
    edges, learned = tensors["witness.edges"], tensors["witness.learned"]
    return Witness(tuple(judge[:1]), edges, learned, tuple(rivals), tuple(judge[1:]))


def judges_in(witness: Witness) -> tuple[FittedEvalX, ...]:
    """The judges of a witness: none, or that of masks that are shown and that of masks that are drawn."""
    return (*witness.judge, *witness.drawn)


def judge_in(about: Any, place: int, tensors: Mapping[str, Tensor]) -> FittedEvalX:
    """A judge of a file."""
    how, state = unpacked(about["settings"], tensors, KINDS), part(tensors, f"judge{place}")
    mean, deviation = tensors[f"witness.mean{place}"], tensors[f"witness.deviation{place}"]
    n_time, n_answer = int(about["n_time"]), int(about["n_answer"])
    last = state[max(state, key=layer_of)]
    network = how.network(3 * n_time * len(mean) + bool(about["listens"]) * len(last), len(last)).to(last)
    network.load_state_dict(dict(state))
    return FittedEvalX(how, network, mean, deviation, n_time, n_answer, bool(about["listens"]))


def layer_of(key: str) -> int:
    """The number of the layer that a weight belongs to."""
    return int(key.partition(".")[0])


def spread_in(tensors: Mapping[str, Tensor]) -> nn.Module:
    """What the likelihood of a file learned."""
    found = nn.Module()
    for name, value in part(tensors, "spread").items():
        found.register_parameter(name, nn.Parameter(value))
    return found
