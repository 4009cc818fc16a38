"""What each of Captum's methods can be told, with defaults for time series."""

from collections.abc import Mapping
from dataclasses import dataclass

from aition.core.errors import InputError

Value = bool | int | float | str


@dataclass(frozen=True)
class Setting:
    """One setting of a method.

    Args:
        default: What is taken where nothing is said; its type is the setting's type.
        least: The smallest number that makes sense.
        choices: The words that are known.
    """

    default: Value
    least: float = 0
    choices: tuple[str, ...] = ()

    def checked(self, name: str, value: Value) -> Value:
        """The value in the setting's type; raises where it is of another type, too small or unknown."""
        kind = type(self.default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind:
            raise InputError(
                f"setting {name} must be of type {kind.__name__}, such as {self.default!r}, but is {value!r}"
            )
        if self.choices and value not in self.choices:
            raise InputError(f"setting {name} must be one of {', '.join(self.choices)}, but is {value!r}")
        if isinstance(value, int | float) and not isinstance(value, bool) and not value >= self.least:
            raise InputError(f"setting {name} must be at least {self.least:g}, but is {value!r}")
        return value


MULTIPLY = {"multiply_by_inputs": Setting(True)}
SURROGATE = {
    "n_samples": Setting(0),
    "segments": Setting(10),
    "by_feature": Setting(True),
}
DEEP_LIFT = {"eps": Setting(1e-6), **MULTIPLY}
RULES = ("riemann_left", "riemann_right", "riemann_middle", "riemann_trapezoid", "gausslegendre")

SINGLE: Mapping[str, Mapping[str, Setting]] = {
    "Saliency": {"abs": Setting(True)},
    "InputXGradient": {},
    "IntegratedGradients": {
        "n_steps": Setting(50, least=2),
        "method": Setting("gausslegendre", choices=RULES),
        **MULTIPLY,
    },
    "DeepLift": DEEP_LIFT,
    "GuidedBackprop": {},
    "Deconvolution": {},
    "LRP": {
        "rule": Setting("epsilon", choices=("epsilon", "gamma", "alpha1-beta0")),
        "epsilon": Setting(1e-9),
        "gamma": Setting(0.25),
    },
}
"""Methods that need one pass over the samples as they are; what NoiseTunnel can be laid over."""

AVERAGED: Mapping[str, Mapping[str, Setting]] = {
    "DeepLiftShap": DEEP_LIFT,
    "GradientShap": {"n_samples": Setting(25, least=1), "stdevs": Setting(0.0), **MULTIPLY},
    "NoiseTunnel": {
        "of": Setting("Saliency", choices=tuple(SINGLE)),
        "nt_type": Setting("smoothgrad", choices=("smoothgrad", "smoothgrad_sq", "vargrad")),
        "nt_samples": Setting(25, least=1),
        "stdevs": Setting(0.1),
    },
}
"""Methods that take the mean of another one over references or over noise."""

PERTURBING: Mapping[str, Mapping[str, Setting]] = {
    "FeatureAblation": {"segments": Setting(0), "by_feature": Setting(True)},
    "FeaturePermutation": {"segments": Setting(0), "by_feature": Setting(True)},
    "Occlusion": {"window": Setting(3, least=1), "stride": Setting(1, least=1), "by_feature": Setting(True)},
    "ShapleyValueSampling": {
        "n_samples": Setting(25, least=1),
        "segments": Setting(10),
        "by_feature": Setting(True),
    },
    "ShapleyValues": {"segments": Setting(5), "by_feature": Setting(False)},
    "KernelShap": SURROGATE,
    "Lime": {
        **SURROGATE,
        "surrogate": Setting("ridge", choices=("ridge", "lasso", "linear")),
        "alpha": Setting(0.01),
        "distance": Setting("cosine", choices=("cosine", "euclidean")),
        "kernel_width": Setting(1.0, least=1e-6),
    },
}
"""Methods that only call the model, and so explain black boxes too."""

METHODS: Mapping[str, Mapping[str, Setting]] = {**SINGLE, **AVERAGED, **PERTURBING}
REFERENCED = {"DeepLiftShap", "GradientShap", "FeaturePermutation"}
"""Methods that compare with real samples; all that are in neither set compare with nothing."""
BASED = {
    "IntegratedGradients",
    "DeepLift",
    "FeatureAblation",
    "Occlusion",
    "ShapleyValueSampling",
    "ShapleyValues",
    "KernelShap",
    "Lime",
}
"""Methods that compare with a baseline."""


def settled(method: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """Every setting of a method: those given, checked, and the defaults of the others.

    Raises:
        InputError: The method or a setting is unknown, or a value does not fit; the message lists the choices.

    >>> settled("NoiseTunnel", {"of": "Saliency", "abs": False})["abs"]
    False
    """
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, but is {method!r}")
    known = dict(METHODS[method])
    if method == "NoiseTunnel":
        of = known["of"].checked("of", given.get("of", known["of"].default))
        known |= SINGLE[str(of)]
    if unknown := sorted(set(given) - set(known)):
        raise InputError(f"{method} has no setting {unknown[0]!r}; it has {', '.join(known) or 'none'}")
    return {name: setting.checked(name, given.get(name, setting.default)) for name, setting in known.items()}
