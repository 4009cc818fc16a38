"""Checks of the answer itself: its names, axes, labels and cells."""

import json
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass
from inspect import getdoc
from typing import Any

import numpy as np

from aition.core.provenance import settings_of
from aition.testing.compare import Case, attribution, cells, must, own, plain


def it_is_a_frozen_dataclass(explainer: Any, case: Case) -> None:
    must(is_dataclass(explainer), "an explainer must be a dataclass, so that its settings are its provenance")
    settings = fields(explainer)
    if not settings:
        return
    try:
        setattr(explainer, settings[0].name, getattr(explainer, settings[0].name))
    except FrozenInstanceError:
        return
    must(holds=False, words="the dataclass must be frozen")


def its_docstring_tells_what_it_does(explainer: Any, case: Case) -> None:
    words = getdoc(type(explainer)) or ""
    must(len(words) > 60, "the docstring must say what the explainer does")
    must("Returns:" in words, "the docstring must list what is answered, under Returns:")
    must("References:" in words, "the docstring must name its source, under References:")
    undescribed = [part.name for part in fields(explainer) if part.init and f"{part.name}:" not in words]
    must(not undescribed, f"the docstring must describe the settings {undescribed} under Args:")


def its_settings_are_json(explainer: Any, case: Case) -> None:
    settings = settings_of(explainer)
    must(json.loads(json.dumps(settings)) == settings, "settings must be JSON-able")


def it_can_be_pickled(explainer: Any, case: Case) -> None:
    again = pickle.loads(pickle.dumps(explainer))
    must(settings_of(again) == settings_of(explainer), "settings must survive pickling, for workers")


def it_answers_the_cells_of_the_values(explainer: Any, case: Case) -> None:
    must(
        attribution(plain(explainer, case)).shape == tuple(case.batch.x.shape),
        "attribution must have the values' shape",
    )


def every_existing_cell_has_a_finite_answer(explainer: Any, case: Case) -> None:
    for name, array in cells(plain(explainer, case)).items():
        must(np.isfinite(array).all(), f"{name} must be finite at every existing cell")


def attributions_are_floating_point(explainer: Any, case: Case) -> None:
    must(
        attribution(plain(explainer, case)).dtype == np.float32,
        "attribution must have the dtype of the values, float32",
    )


def attributions_are_not_all_equal(explainer: Any, case: Case) -> None:
    array = attribution(plain(explainer, case))
    must((array.max(axis=(1, 2)) > array.min(axis=(1, 2))).all(), "attributions must tell cells apart")


def samples_keep_their_names_and_order(explainer: Any, case: Case) -> None:
    must(
        plain(explainer, case)["sample"].values.tolist() == case.batch.ids.tolist(),
        "samples must keep their ids in order",
    )


def features_keep_their_names(explainer: Any, case: Case) -> None:
    must(
        plain(explainer, case)["feature"].values.tolist() == list(case.batch.feature_names),
        "features must keep their names",
    )


def the_values_explained_stand_beside(explainer: Any, case: Case) -> None:
    answer = plain(explainer, case)
    must(np.array_equal(answer["value"].values, case.batch.x.numpy()), "value must be what was explained")


def provenance_names_explainer_settings_and_target(explainer: Any, case: Case) -> None:
    attrs = plain(explainer, case).attrs
    must(json.loads(attrs["settings"]) == settings_of(explainer), "settings must be in the provenance")
    must(json.loads(attrs["target"]) == [case.target.to_json()], "the target must be in the provenance")
    for key in ("version", "weights_sha256", "data_sha256", "created_at", "torch_version", "device"):
        must(attrs[key], f"{key} must be in the provenance")


def the_driver_says_what_was_asked(explainer: Any, case: Case) -> None:
    answer = plain(explainer, case)
    scores = np.take_along_axis(answer["prediction"].values, answer["target_class"].values[:, None], axis=1)[:, 0]
    must(np.allclose(scores, answer["score"].values, atol=1e-6), "score must be the asked output of the prediction")


def the_attribution_lies_along_samples(explainer: Any, case: Case) -> None:
    answer = plain(explainer, case)
    must("attribution" in own(answer), "the answer must have an attribution")
    must(answer["attribution"].dims[:1] in (("sample",), ("row",)), "attribution must lie along samples")


CHECKS = (
    it_is_a_frozen_dataclass,
    its_docstring_tells_what_it_does,
    its_settings_are_json,
    it_can_be_pickled,
    it_answers_the_cells_of_the_values,
    every_existing_cell_has_a_finite_answer,
    attributions_are_floating_point,
    attributions_are_not_all_equal,
    samples_keep_their_names_and_order,
    features_keep_their_names,
    the_values_explained_stand_beside,
    provenance_names_explainer_settings_and_target,
    the_driver_says_what_was_asked,
    the_attribution_lies_along_samples,
)
