"""Figures that papers and their repositories print, to stand beside ours; none of them was run here.

They were found on other draws, networks and machines. Sums (information, entropy) grow with the number of series and
compare only where that is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ENGUEHARD = "Enguehard 2023: mean and deviation of 5 folds"
ENGUEHARD_RANKS = "Enguehard 2023, its repository"
TINT = "time-interpret, its repository: 10 series, mean of 5 runs"
CONTRALSP = "Liu et al. 2024 (ContraLSP)"
CONTRALSP_RARE = f"{CONTRALSP}: 100 series that share one box"
TIMEX = "Queen et al. 2023 (TimeX), of a transformer, as a public reproduction report prints it"
TIMING = "Jang et al. 2025 (TIMING)"
FOUR = ("aup", "aur", "information", "entropy")
THREE = ("auprc", "aup", "aur")


@dataclass(frozen=True)
class Published:
    """One printed figure.

    Args:
        task: The task of ours that it is nearest to.
        method: As the paper calls it.
        metric: As our rows call it.
        value: In the units of our rows.
        deviation: Standard deviation that is printed with it; 0 where none is.
        source: Where it is printed, and on what it was found.
    """

    task: str
    method: str
    metric: str
    value: float
    source: str
    deviation: float = 0.0


def table(
    task: str, source: str, metrics: tuple[str, ...], units: tuple[float, ...], lines: Mapping[str, tuple[float, ...]]
) -> tuple[Published, ...]:
    """A printed table as figures, each in the unit of our rows."""
    return tuple(
        Published(task, method, metric, round(value * unit, 6), source)
        for method, values in lines.items()
        for metric, value, unit in zip(metrics, values, units, strict=True)
    )


def with_deviations(task: str, lines: Mapping[str, tuple[tuple[float, float], ...]]) -> tuple[Published, ...]:
    """Enguehard's table of State: AUP, AUR, information in 1e4 and entropy in 1e3, each with its deviation."""
    return tuple(
        Published(task, method, metric, round(value * unit, 6), ENGUEHARD, round(deviation * unit, 6))
        for method, pairs in lines.items()
        for metric, (value, deviation), unit in zip(FOUR, pairs, (1, 1, 1e4, 1e3), strict=True)
    )


STATE = (
    *with_deviations(
        "state",
        {
            "ExtrMask": ((0.885, 0.030), (0.781, 0.013), (28.0, 1.2), (7.95, 0.47)),
            "DynaMask": ((0.711, 0.020), (0.763, 0.026), (11.0, 0.2), (24.4, 0.4)),
            "LIME": ((0.932, 0.017), (0.438, 0.008), (2.91, 0), (28.7, 0)),
            "DeepLift": ((0.920, 0.019), (0.454, 0.011), (3.22, 0), (30.5, 0)),
            "IG": ((0.918, 0.019), (0.454, 0.011), (3.13, 0), (30.4, 0)),
            "Occlusion": ((0.866, 0.032), (0.393, 0.006), (2.72, 0), (28.3, 0)),
            "GradSHAP": ((0.849, 0.030), (0.414, 0.015), (2.70, 0), (28.3, 0)),
            "AugOcclusion": ((0.755, 0.043), (0.388, 0.025), (3.21, 0), (34.4, 0)),
            "RETAIN": ((0.645, 0.088), (0.334, 0.013), (1.68, 0), (25.7, 0)),
            "FIT": ((0.421, 0.013), (0.549, 0.017), (7.79, 0), (33.3, 0)),
        },
    ),
    *table(
        "state",
        ENGUEHARD_RANKS,
        ("auroc", "auprc"),
        (1, 1),
        {
            "ExtrMask": (0.910, 0.883),
            "DynaMask": (0.876, 0.695),
            "LIME": (0.937, 0.912),
            "DeepLift": (0.938, 0.912),
            "IG": (0.936, 0.909),
            "Occlusion": (0.870, 0.817),
            "GradSHAP": (0.852, 0.798),
            "AugOcclusion": (0.915, 0.830),
            "RETAIN": (0.800, 0.622),
            "FIT": (0.711, 0.464),
        },
    ),
    *table(
        "state",
        CONTRALSP,
        FOUR,
        (1, 1, 1e4, 1e3),
        {
            "FO": (0.90, 0.30, 2.73, 28.07),
            "IG": (0.93, 0.34, 3.17, 30.19),
            "LIME": (0.95, 0.32, 2.94, 28.55),
            "FIT": (0.45, 0.59, 7.92, 33.59),
            "DynaMask": (0.36, 0.79, 10.59, 25.11),
            "ExtrMask": (0.87, 0.77, 29.71, 7.54),
            "ContraLSP": (0.90, 0.81, 50.09, 0.50),
        },
    ),
    *table(
        "state",
        TIMING,
        ("cpd", "aup", "aur"),
        (1, 1, 1),
        {"TIMING": (0.163, 0.921, 0.355), "LIME": (0.163, 0.944, 0.333), "IG": (0.162, 0.922, 0.357)},
    ),
)
SWITCH = (
    *table(
        "switch-feature",
        CONTRALSP,
        FOUR,
        (1, 1, 1e4, 1e3),
        {
            "FO": (0.89, 0.37, 1.86, 15.60),
            "AFO": (0.82, 0.41, 2.00, 17.32),
            "IG": (0.91, 0.44, 2.21, 16.87),
            "GradSHAP": (0.88, 0.38, 1.92, 15.85),
            "DeepLift": (0.91, 0.44, 2.23, 16.86),
            "LIME": (0.94, 0.40, 2.01, 16.09),
            "FIT": (0.48, 0.43, 1.99, 17.16),
            "RETAIN": (0.93, 0.33, 1.54, 15.08),
            "DynaMask": (0.35, 0.77, 5.22, 12.85),
            "ExtrMask": (0.97, 0.65, 8.45, 6.90),
            "ContraLSP": (0.98, 0.80, 24.23, 0.91),
        },
    ),
    *table(
        "switch-feature",
        TIMING,
        ("cpd", "aup", "aur"),
        (1, 1, 1),
        {
            "TIMING": (0.208, 0.926, 0.434),
            "IG": (0.196, 0.918, 0.433),
            "LIME": (0.195, 0.949, 0.391),
            "ExtrMask": (0.174, 0.978, 0.745),
            "ContraLSP": (0.158, 0.970, 0.851),
            "DynaMask": (0.069, 0.362, 0.754),
        },
    ),
)
RARE = tuple(
    figure
    for task, lines in {
        "rare-time": {
            "FO": (1.00, 0.13, 0.46, 47.20),
            "IG": (1.00, 0.13, 0.46, 47.61),
            "DynaMask": (0.99, 0.67, 8.68, 37.24),
            "ExtrMask": (1.00, 0.88, 16.40, 13.10),
            "ContraLSP": (1.00, 0.97, 19.51, 4.65),
        },
        "rare-time-groups": {
            "FO": (1.00, 0.16, 0.53, 54.89),
            "IG": (1.00, 0.15, 0.53, 54.62),
            "DynaMask": (0.99, 0.51, 5.75, 47.33),
            "ExtrMask": (1.00, 0.83, 13.37, 27.44),
            "ContraLSP": (1.00, 0.94, 18.92, 4.40),
        },
        "rare-feature": {
            "FO": (1.00, 0.13, 0.46, 47.39),
            "IG": (1.00, 0.13, 0.46, 47.82),
            "DynaMask": (0.97, 0.65, 8.32, 22.87),
            "ExtrMask": (1.00, 0.76, 13.25, 9.55),
            "ContraLSP": (1.00, 1.00, 20.68, 0.32),
        },
        "rare-feature-groups": {
            "FO": (1.00, 0.14, 0.50, 52.13),
            "IG": (1.00, 0.13, 0.47, 49.90),
            "DynaMask": (0.98, 0.52, 6.12, 30.88),
            "ExtrMask": (1.00, 0.70, 10.40, 32.81),
            "ContraLSP": (1.00, 0.99, 20.51, 0.57),
        },
    }.items()
    for figure in table(task, CONTRALSP_RARE, FOUR, (1, 1, 1e4, 1e2), lines)
)
SHARED = (
    *table(
        "rare-feature-shared",
        TINT,
        FOUR,
        (1, 1, 1, 1),
        {
            "ExtrMask": (0.992, 0.756, 12630, 45.7),
            "DynaMask": (0.957, 0.656, 6417, 219),
            "IG": (1.0, 0.135, 464, 494),
            "Occlusion": (1.0, 0.134, 462, 490),
            "Permutation": (1.0, 0.163, 541, 579),
        },
    ),
    *table(
        "rare-time-shared",
        TINT,
        FOUR,
        (1, 1, 1, 1),
        {
            "ExtrMask": (0.993, 0.820, 15120, 12.5),
            "DynaMask": (0.903, 0.652, 3796, 480),
            "IG": (1.0, 0.125, 443, 469),
            "Occlusion": (1.0, 0.124, 441, 465),
            "Permutation": (1.0, 0.148, 498, 543),
        },
    ),
)
SHAPES = tuple(
    figure
    for task, lines in {
        "freq-shapes": {
            "TimeX": (0.8324, 0.7219, 0.6381),
            "IG": (0.7516, 0.6912, 0.5975),
            "Dynamask": (0.2201, 0.2952, 0.5037),
            "WinIT": (0.5071, 0.5546, 0.4557),
        },
        "seq-comb-uv": {
            "TimeX": (0.7124, 0.9411, 0.3380),
            "IG": (0.5760, 0.8157, 0.2868),
            "Dynamask": (0.4421, 0.8782, 0.1029),
            "WinIT": (0.4568, 0.7872, 0.2253),
        },
        "seq-comb-mv": {
            "TimeX": (0.6878, 0.8326, 0.3872),
            "IG": (0.3298, 0.7483, 0.2581),
            "Dynamask": (0.3136, 0.5481, 0.1953),
            "WinIT": (0.2809, 0.7594, 0.2077),
        },
        "low-var": {
            "TimeX": (0.8673, 0.5451, 0.9004),
            "IG": (0.8691, 0.4827, 0.8165),
            "Dynamask": (0.1391, 0.1640, 0.2106),
            "WinIT": (0.1667, 0.1140, 0.3842),
        },
    }.items()
    for figure in table(task, TIMEX, THREE, (1, 1, 1), lines)
)
PUBLISHED = (*RARE, *SHARED, *STATE, *SWITCH, *SHAPES)


def published(task: str) -> tuple[Published, ...]:
    """What is printed for a task; nothing for most of our own.

    >>> [one.value for one in published("state") if one.method == "ExtrMask" and one.deviation][:2]
    [0.885, 0.781]
    """
    return tuple(one for one in PUBLISHED if one.task == task)
