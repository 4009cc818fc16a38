"""The adapter: Captum's attribution methods behind one dataclass.

Every attribution method of Captum 0.9 on inputs (those on layers and neurons, for language models and for images only
are left out):

====================  ==============================  ==============================================================
method                compares with                   settings and their defaults
====================  ==============================  ==============================================================
IntegratedGradients   baseline                        n_steps 50, method "gausslegendre", multiply_by_inputs True
Saliency              nothing                         abs True
InputXGradient        nothing
DeepLift              baseline                        eps 1e-6, multiply_by_inputs True
DeepLiftShap          each of the references          as DeepLift
GradientShap          random ones of the references   n_samples 25, stdevs 0.0, multiply_by_inputs True
GuidedBackprop        nothing
Deconvolution         nothing
LRP                   nothing                         rule "epsilon", epsilon 1e-9, gamma 0.25
NoiseTunnel           as the method ``of``            of "Saliency", nt_type "smoothgrad", nt_samples 25, stdevs 0.1,
                                                      and the settings of the method ``of``
FeatureAblation       baseline                        segments 0, by_feature True
FeaturePermutation    each of the references          segments 0, by_feature True
Occlusion             baseline                        window 3, stride 1, by_feature True
ShapleyValueSampling  baseline                        n_samples 25, segments 10, by_feature True
ShapleyValues         baseline                        segments 5, by_feature False
KernelShap            baseline                        n_samples 0, segments 10, by_feature True
Lime                  baseline                        n_samples 0, segments 10, by_feature True, surrogate "ridge",
                                                      alpha 0.01, distance "cosine", kernel_width 1.0
====================  ==============================  ==============================================================

``segments`` cuts the existing steps of each series into so many parts of nearly equal length (0: every step by itself),
for each feature or for all together (``by_feature``); all cells of a part are taken away at once, and share its value
equally. ``n_samples`` 0 takes ten for each part, and two hundred. Where Captum has a setting of the same name, it means
the same.

Cost: the gradient methods, DeepLiftShap and GradientShap go through all samples at once. The perturbation methods go
sample by sample, in passes of many perturbations of one sample; DeepLift does so too where there are max-pools.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.extras import optional
from aition.core.model import Model, white_box
from aition.core.question import Question
from aition.core.variables import Variables
from aition.impute.baseline import Baseline, ConstantBaseline, absence, check_baseline
from aition.methods.captum.asked import Asked, scores
from aition.methods.captum.averaged import mean, over_noise, over_paths
from aition.methods.captum.passes import Chosen, check_model, swept
from aition.methods.captum.perturbing import perturbed
from aition.methods.captum.references import NO_REFERENCES, beside, check_references
from aition.methods.captum.settings import BASED, PERTURBING, REFERENCED, Value, settled

ADDS_UP = {
    "IntegratedGradients", "DeepLift", "DeepLiftShap", "LRP", "ShapleyValueSampling", "ShapleyValues", "KernelShap",
}  # fmt: skip
"""Methods whose attribution is meant to add up to something."""


@dataclass(frozen=True)
class Captum:
    """Attribute by a method of Captum, with its silent faults refused or mended.

    The numbers are Captum's, but for: padding, which is never perturbed and gets 0, and so is what was not observed, by
    methods that perturb; what is random, which is drawn for each sample by its key; references, which are taken in turn
    and laid beside each sample from its first existing step (Captum's FeaturePermutation would permute within the
    batch); groups of cells, which share their value; LRP, which also has the epsilon rule for one-dimensional layers.
    Static values and further inputs are held fixed.

    Args:
        method: The name of Captum's class; see the table in :mod:`aition.methods.captum.explainer`.
        settings: Settings of the method by name; the same table has their defaults.
        baseline: What stands for absence: a function from the samples to the same samples with ``x`` absent.
        references: Real samples to compare with, at least as long as the longest sample.
        seed: Seed of what is drawn.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in units of the target (of the target by ``x``, where a gradient
        is not multiplied); and for methods that are meant to add up ``completeness``, ``[sample]``, the sum of the
        attribution less the change of the target from the baseline (mean of the references) to the sample; for LRP,
        less the target itself, of which the biases absorb some.

    Raises:
        InputError: The method or a setting is unknown, or the method lacks what it compares with.
        RefusalError: Captum would explain this model wrongly; the message says why, and what to take instead.
        MissingExtraError: Captum is not installed.

    References:
        Kokhlikyan et al., "Captum: A unified and generic model interpretability library for PyTorch", 2020.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> answer = explain(Captum("DeepLift"), model, from_tensors(torch.ones(1, 3, 2)), Target.scalar())
    >>> abs(float(answer.completeness[0])) < 1e-6
    True
    """

    method: str = "DeepLift"
    settings: Mapping[str, Value] = field(default_factory=dict)
    baseline: Baseline = field(default=ConstantBaseline())
    references: Batch = NO_REFERENCES
    seed: int = 0

    def __post_init__(self) -> None:
        chosen = settled(self.method, self.settings)
        check_baseline(self.baseline)
        if self.baseline != ConstantBaseline() and not {self.method, chosen.get("of")} & BASED:
            raise InputError(f"{self.method} takes no baseline, but one is given: {self.baseline}")
        if len(self.references) and self.method not in REFERENCED:
            raise InputError(f"{self.method} takes no references, but {len(self.references)} are given")

    @property
    def exempt(self) -> dict[str, str]:
        """Checks that these settings can't pass, with the reason; see :func:`aition.testing.check_explainer`."""
        if settled(self.method, self.settings).get("by_feature", True):
            return {}
        check = "an-inert-feature-gets-less-than-the-one-that-matters"
        return {check: "by_feature is off: all features of a part are taken away together, and share its value"}

    def rows_per_sample(self, _batch: Batch) -> int:
        """DeepLift takes a sample and its baseline in one pass."""
        return 2 if "DeepLift" in self.method or self.settings.get("of") == "DeepLift" else 1

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        check_installed(self.method)
        chosen = settled(self.method, self.settings)
        if self.method in PERTURBING:
            attribution = self.by_calls(chosen, model, batch, question)
        else:
            attribution = self.by_gradients(chosen, model, batch, question)
        attribution = torch.where(batch.cells, attribution, torch.zeros_like(attribution))
        answer: Variables = {"attribution": (("sample", "time", "feature"), attribution)}
        if self.method in ADDS_UP and chosen.get("multiply_by_inputs", True):
            change = scores(model, batch, question, batch.x)
            if self.method != "LRP":
                change = change - mean(scores(model, batch, question, x) for x in self.compared(batch))
            answer["completeness"] = (("sample",), attribution.sum(dim=(1, 2)) - change)
        return answer

    def compared(self, batch: Batch) -> Iterator[Tensor]:
        """What the samples are compared with, one after another, each ``[sample, time, feature]``."""
        if self.method not in REFERENCED:
            yield self.unread(batch, absence(batch, self.baseline)["x"])
            return
        check_references(self.references, batch, self.method)
        for number in range(len(self.references)):
            yield self.unread(batch, beside(self.references, batch, torch.full((len(batch),), number)))

    def unread(self, batch: Batch, x: Tensor) -> Tensor:
        """What the samples are compared with, but for what was not observed, which is not perturbed."""
        return torch.where(batch.observed, x, batch.x) if self.method in PERTURBING else x

    def by_calls(self, chosen: Chosen, model: Model, batch: Batch, question: Question) -> Tensor:
        """Attribution by calling the model with perturbed values; the mean over the references."""
        method = "FeatureAblation" if self.method == "FeaturePermutation" else self.method
        return mean(
            perturbed(method, chosen, model, batch, question, baseline=x, seed=self.seed) for x in self.compared(batch)
        )

    def by_gradients(self, chosen: Chosen, model: Model, batch: Batch, question: Question) -> Tensor:
        """Attribution by gradients, plain or changed by Captum's hooks."""
        asked = Asked(white_box(model, self.method), batch, question)
        single = {"DeepLiftShap": "DeepLift", "GradientShap": "Saliency"}.get(self.method, self.method)
        single = str(chosen.get("of", single))
        check_model(single, asked)
        if self.method == "GradientShap":
            check_references(self.references, batch, self.method)
            return over_paths(asked, chosen, self.references, seed=self.seed)
        if self.method == "NoiseTunnel":
            return over_noise(asked, chosen, next(self.compared(batch)), seed=self.seed)
        return mean(swept(single, chosen, asked, batch.x, x) for x in self.compared(batch))


def check_installed(method: str) -> None:
    """Raise where Captum, or what its surrogates are fitted with, is not there.

    Raises:
        MissingExtraError: Naming the command that installs it.
    """
    for package in ("captum", "sklearn") if method in ("KernelShap", "Lime") else ("captum",):
        optional(package, user=f"Captum({method!r})", package=package, extra="captum")
