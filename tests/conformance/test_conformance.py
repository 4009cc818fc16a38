"""Every explainer that is listed in aition.methods passes every check, on every kind of model, target and layout."""

from typing import Any

import pytest
import torch

from aition import Batch, from_tensors, methods
from aition.core.provenance import kebab
from aition.impute import StateSpaceImputer
from aition.impute.groups import Blocks
from aition.methods.captum import Captum
from aition.methods.lex import (
    ConvolutionalSelector,
    EvalX,
    ExactK,
    FastShap,
    FittedFastShap,
    FittedLex,
    LeaveOneOut,
    Lex,
)
from aition.methods.masks import Fixed, Flat
from aition.methods.surrogate import FittedTimeX, TimeX
from aition.testing import CHECKS, Report, cases, check_explainer, conformance, support_matrix

REFERENCES = from_tensors(torch.randn(3, 9, 2, generator=torch.Generator().manual_seed(1)))
WITHOUT_EVENTS = from_tensors(torch.zeros(3, 9, 1))
LAYERED = {"DeepLift", "DeepLiftShap", "GuidedBackprop", "Deconvolution", "LRP"}
"""Methods of Captum that refuse recurrent networks, and so are tried on layers."""
FEWER = {"lex": 9, "fast-shap": 12, "time-x": 9, "fit": 5, "win-it": 5, "trim": 8}
"""How many checks may be refused by what belongs to one model or target, follows running predictions or has no gaps."""
CHEAP: dict[str, dict[str, Any]] = {
    "IntegratedGradients": {"n_steps": 8},
    "GradientShap": {"n_samples": 4},
    "NoiseTunnel": {"nt_samples": 4},
    "ShapleyValueSampling": {"n_samples": 5, "segments": 3},
    "ShapleyValues": {"segments": 3},
    "KernelShap": {"n_samples": 30, "segments": 3},
    "Lime": {"n_samples": 20, "segments": 3},
}
REFERRING = {"DeepLiftShap", "GradientShap", "FeaturePermutation"}


RUNNING = from_tensors(torch.randn(12, 9, 2, generator=torch.Generator().manual_seed(1)).cumsum(dim=1))
"""What the imputer of running predictions is fitted on."""


def captum_methods() -> list[str]:
    from aition.methods.captum.settings import METHODS

    return sorted(METHODS)


def through_captum(method: str, references: Batch = REFERENCES) -> Captum:
    further = {"references": references} if method in REFERRING else {}
    return Captum(method, settings=CHEAP.get(method, {}), **further)


def fitted_lex() -> FittedLex:
    """A selector that hardly learned; it belongs to one model, and refuses what asks for another."""
    cheap = {"epochs": 1, "draws": 1, "evaluator": EvalX((4,), epochs=1), "rivals": 0}
    lex = Lex(ExactK(3), selector=ConvolutionalSelector((4,), 3), estimators=(LeaveOneOut(2),), **cheap)
    background = from_tensors(torch.randn(24, 9, 2, generator=torch.Generator().manual_seed(1)))
    return lex.fit(cases()["gru"].model, background, progress="off")


def fitted_fast_shap() -> FittedFastShap:
    """A network that hardly learned; it belongs to one model and one target, and refuses what asks for another."""
    background = from_tensors(torch.randn(8, 9, 2, generator=torch.Generator().manual_seed(1)))
    fast = FastShap(selector=ConvolutionalSelector((4,), 3), coalitions=2, epochs=1, draws=2)
    return fast.fit(cases()["gru"].model, background, progress="off")


def fitted_time_x() -> FittedTimeX:
    """A surrogate that hardly learned; it belongs to one model, and refuses what asks for another."""
    background = from_tensors(torch.randn(8, 9, 2, generator=torch.Generator().manual_seed(1)))
    body = ConvolutionalSelector((4,), 3)
    return TimeX(body, body, epochs=1, batch_size=4).fit(cases()["gru"].model, background, progress="off")


def explainers() -> dict[str, Any]:
    """Every listed explainer with cheap settings; Captum once for each of its methods."""
    cheap = {
        "IntegratedGradients": {"steps": 8},
        "TemporalIntegratedGradients": {"steps": 2},
        "SequentialIntegratedGradients": {"steps": 2},
        "Timing": {"steps": 8},
        "GeodesicIntegratedGradients": {"steps": 8, "iterations": 2},
        "ExtremalMask": {"steps": 4},
        "ContextualPairs": {"groups": Blocks(n_segment=3)},
        "ContrastiveMask": {"steps": 4, "replacement": Fixed(), "trend": Flat()},
        "Dynamask": {"steps": 4, "keep": (0.2, 0.5)},
        "SegmentLime": {"groups": Blocks(n_segment=3)},
        "SegmentShap": {"groups": Blocks(n_segment=3)},
        "TimeShap": {"budget": 40},
        "Trim": {"explainer": methods.Occlusion()},
        "ShapleyInteractions": {"groups": Blocks(n_segment=3)},
        "RemovalPairs": {"groups": Blocks(n_segment=3)},
        "Archipelago": {"groups": Blocks(n_segment=3)},
        "IntegratedHessians": {"groups": Blocks(n_segment=3), "steps": 3},
        "Fit": {"imputer": StateSpaceImputer.fit(RUNNING), "n_draw": 2},
        "WinIt": {"imputer": StateSpaceImputer.fit(RUNNING), "n_draw": 2, "window": 3},
    }
    apart = ("Captum", "FastShap", "Lex", "TimeX")
    ours = {kebab(name): getattr(methods, name)(**cheap.get(name, {})) for name in methods.__all__ if name not in apart}
    return (
        ours
        | {"lex": fitted_lex(), "fast-shap": fitted_fast_shap(), "time-x": fitted_time_x()}
        | {f"captum {kebab(method)}": through_captum(method) for method in captum_methods()}
    )


EXPLAINERS = explainers()


def report_of(name: str, *, pairs_only: bool = False) -> Report:
    """What came of an explainer on every kind of model; events are compared with events that did not happen."""
    series = [case for kind, case in cases().items() if kind != "events"]
    method = EXPLAINERS[name].method if name.startswith("captum ") else ""
    on_events = through_captum(method, WITHOUT_EVENTS) if method in REFERRING else EXPLAINERS[name]
    asked = (EXPLAINERS[name], series), (on_events, [cases()["events"]])
    reports = [conformance(explainer, on=on, pairs_only=pairs_only) for explainer, on in asked]
    return Report(name, reports[0].outcomes + reports[1].outcomes)


@pytest.mark.parametrize("name", EXPLAINERS)
def test_an_explainer_passes_every_check(name: str) -> None:
    layered = name.startswith("captum ") and EXPLAINERS[name].method in LAYERED
    case = "transformer" if name == "attention" else "mlp" if layered else "gru"
    report = check_explainer(EXPLAINERS[name], on=[cases()[case]])
    assert not report.of("failed"), str(report)
    assert len(report.of("passed")) >= len(CHECKS) - FEWER.get(name, 4), str(report)


@pytest.mark.parametrize("name", EXPLAINERS)
@pytest.mark.parametrize("pairs_only", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["pairs", "triples"])
def test_an_explainer_answers_or_refuses_every_model_target_and_layout(name: str, pairs_only: bool) -> None:
    report = report_of(name, pairs_only=pairs_only)
    assert not report.of("failed"), str(report)
    assert report.of("passed"), str(report)
    assert all(outcome.reason for outcome in report.of("refused"))


def test_every_explainer_is_tried() -> None:
    assert len(CHECKS) >= 60
    assert {name.split()[0] for name in EXPLAINERS} == {kebab(name) for name in methods.__all__}


def test_the_matrix_has_a_row_for_each_explainer() -> None:
    table = support_matrix([report_of(name, pairs_only=True) for name in ("saliency", "captum lrp")])
    assert table.splitlines()[0] == "| explainer | " + " | ".join(cases()) + " |"
    assert "refused" in table.splitlines()[3]
