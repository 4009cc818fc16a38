"""Why what was found differs from what was expected, looked into after the run; expectations stay as they were."""

from collections.abc import Mapping

DROPPED = (
    "the expectation was too high: at the default price of size a mask drops what is near its replacement. On "
    "seed 0 {share} of the true cells end at 0, with a mean size of {dropped} where kept ones have {kept}; they hold "
    "{rest} of the sum of squares, so the law says nearly the same without them. At a tenth of the price the AUPRC is "
    "{cheap}."
)
LIMIT = "it was stopped at the limit of the profile: {why}."
IGNORES = (
    "it refused, and rightly so: the law of this task reads every step, whether it exists or not, so what it says of "
    "the first steps alone is not defined. That was overlooked."
)
DEVIATIONS: Mapping[tuple[str, str, str], str] = {
    ("s3", "fast-shap", "tpr"): LIMIT.format(why="its networks were not trained within 30 CPU seconds"),
    ("rare-time", "extremal-mask replacement=fixed", "auprc"): DROPPED.format(
        share="21 %", dropped="0.14", kept="0.98", rest="0.5 %", cheap=".936"
    ),
    ("rare-feature", "extremal-mask replacement=fixed", "auprc"): DROPPED.format(
        share="25 %", dropped="0.17", kept="1.04", rest="0.9 %", cheap=".908"
    ),
    ("rare-time", "contrastive-mask", "auprc"): DROPPED.format(
        share="13 %", dropped="0.09", kept="0.91", rest="0.2 %", cheap=".961"
    ),
    ("ward-white-box", "occlusion window=5", "auprc"): (
        "the expectation was wrong: values remember, so excesses come in runs. On seed 0, 90 % of the true cells have "
        "another one of their feature within four steps, and only 40 % of all cells were measured, so a window blurs "
        "little."
    ),
    ("freq-shapes", "occlusion window=5", "auprc"): (
        "the expectation was too low: a cell has the mean over the five windows that cover it, which is highest in the "
        "middle of a spike and falls off on both sides, so the order survives though the values are blurred."
    ),
    ("sign-flip-white-box", "fit", "auprc"): IGNORES,
    ("sign-flip-white-box", "win-it", "auprc"): IGNORES,
    ("state-white-box", "fit", "auprc"): LIMIT.format(
        why="it asks for every step by itself, and 200 series of 200 steps take longer than 30 CPU seconds"
    ),
    ("state-white-box", "win-it", "auprc"): LIMIT.format(
        why="it asks for ten steps behind each, and 200 series of 200 steps take longer than 30 CPU seconds"
    ),
}
"""By task, label of the method, and figure."""
