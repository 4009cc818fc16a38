"""What theory expects of methods on tasks, written down before a board is run; none of it is edited afterwards.

A wrong expectation stays, and what was found instead is explained in :mod:`aition.bench.deviations`.
"""

from collections.abc import Mapping

from aition.bench.expectation import Expected, of
from aition.bench.expected_later import LATER

SLOPES = "saliency, input-x-gradient, integrated-gradients"
TIMES = "input-x-gradient, integrated-gradients, occlusion"
ONE = "occlusion"
FIVE = "occlusion window=5"
CD = "contextual-decomposition"
LIFT = "captum method=DeepLift"
MASK = "extremal-mask"
FIXED = "extremal-mask replacement=fixed"
LAW = "the law reads the true cells and no others, so nothing else has a slope or an effect"
ALONE = "the sizes of the values say nothing of what is read"
CUT = "its rules know no such step, and it says so"
SUFFICES = "a mask keeps the fewest cells that suffice, not all that count"


def rare(task: str) -> tuple[Expected, ...]:
    """A box of cells in noise, read by squares."""
    return (
        *of(task, "auprc", "finds", f"{SLOPES}, {ONE}, {CD}", LAW, low=0.99),
        *of(task, "auprc", "in part", FIVE, "windows over the border of the box blur it", low=0.6, high=0.98),
        *of(task, "auprc", "cannot", LIFT, f"the law squares: {CUT}"),
        *of(task, "auprc", "finds", MASK, "cells are exchanged for others, so small values count, too", low=0.99),
        *of(task, "auprc", "finds", FIXED, "small values in the box are near their replacement by 0", low=0.9),
        *of(task, "aur", "misses", f"{SLOPES}, {ONE}", "recall over the value counts small values as missed", high=0.4),
        *of(task, "auroc", "misses", "magnitude", ALONE, low=0.45, high=0.6),
    )


BLIND = tuple(
    one
    for task in (
        "rare-time",
        "rare-feature",
        "state-white-box",
        "sign-flip-white-box",
        "latent-state-white-box",
        "redundant-white-box",
        "suppressor-white-box",
        "delayed-effect-white-box",
        "ward-white-box",
        "sign-flip",
        "redundant",
        "suppressor",
        "delayed-effect",
        "shortcut",
        "freq-shapes",
        "low-var",
        "s3",
    )
    for one in of(task, "auroc", "misses", "random", "chance", low=0.44, high=0.56)
)
LAWS = (
    *rare("rare-time"),
    *rare("rare-feature"),
    *of("state-white-box", "auprc", "finds", f"{SLOPES}, {ONE}, {CD}, {LIFT}", LAW, low=0.99),
    *of("state-white-box", "auprc", "finds", FIVE, "states last some twenty steps, so few windows blur", low=0.8),
    *of("state-white-box", "auprc", "finds", f"{MASK}, {FIXED}", "cells near 0 alone may go", low=0.93),
    *of(
        "state-white-box",
        "auroc",
        "finds",
        "magnitude",
        "the deciding feature has the larger mean: the series give the truth away",
        low=0.7,
        high=0.92,
    ),
    *of("sign-flip-white-box", "auprc", "finds", f"{SLOPES}, {ONE}, {CD}, {LIFT}", LAW, low=0.99),
    *of("sign-flip-white-box", "auprc", "in part", FIVE, "the window's features are read for 20 steps, but falls "
        "of both signs cancel at the flip", low=0.7, high=0.99),
    *of("sign-flip-white-box", "sign_accuracy", "finds", f"{TIMES}, {CD}, {LIFT}", "each cell's own push has its sign",
        low=0.99),
    *of("sign-flip-white-box", "sign_accuracy", "cannot", f"saliency, {MASK}, {FIXED}, magnitude",
        "magnitudes tell where, never which way, and the flip is a matter of which way"),
    *of("sign-flip-white-box", "auprc", "finds", f"{MASK}, {FIXED}", "nothing else moves the output", low=0.9),
    *of("sign-flip-white-box", "auroc", "misses", "magnitude", ALONE, low=0.45, high=0.55),
    *of("sign-flip-white-box", "auprc", "finds", "dynamask", "areas are fixed in advance, so its edge is blurred",
        low=0.8),
    *of("sign-flip-white-box", "auprc", "finds", "lex", "one map serves all series, which is easy to learn", low=0.8),
    *of("sign-flip-white-box", "auprc", "misses", "fast-shap", "200 series are too few to learn the game", high=0.5),
    *of("sign-flip-white-box", "auprc", "in part", "captum method=Lime, captum method=KernelShap",
        "the draws are fewer than a regression on 160 cells wants", low=0.5, high=0.97),
    *of("latent-state-white-box", "auprc", "finds", f"{SLOPES}, {ONE}",
        "both factors of the product have a slope and an effect", low=0.99),
    *of("latent-state-white-box", "auprc", "finds", CD, "products of true cells are shared out among them", low=0.9),
    *of("latent-state-white-box", "auprc", "cannot", LIFT, f"the law multiplies: {CUT}"),
    *of("latent-state-white-box", "auprc", "finds", f"{MASK}, {FIXED}", "losing cue or stretch loses all", low=0.85),
    *of("latent-state-white-box", "auroc", "in part", "magnitude", "the cue is high, the stretch is not", low=0.55,
        high=0.9),
    *of("redundant-white-box", "auprc", "finds", f"{SLOPES}, {ONE}, {CD}, {LIFT}", LAW, low=0.99),
    *of("redundant-white-box", "auprc", "in part", FIVE, "windows over the edge of the pulse blur it", low=0.6,
        high=0.99),
    *of("redundant-white-box", "auprc", "finds", f"{MASK}, {FIXED}",
        "the copies count alike, and shrink alike under the price of size", low=0.85),
    *of("redundant-white-box", "auroc", "finds", "magnitude", "the pulse is what is high", low=0.85),
    *of("suppressor-white-box", "auprc", "finds", f"{SLOPES}, {ONE}, {CD}, {LIFT}",
        "the model reads the suppressor, whatever the class has to do with it", low=0.99),
    *of("suppressor-white-box", "auprc", "finds", f"{MASK}, {FIXED}", "nothing else moves the output", low=0.85),
    *of("suppressor-white-box", "auroc", "misses", "magnitude", ALONE, low=0.45, high=0.62),
    *of("delayed-effect-white-box", "auprc", "finds", f"{SLOPES}, {ONE}, {CD}, {LIFT}", LAW, low=0.99),
    *of("delayed-effect-white-box", "auprc", "finds", FIVE,
        "of the cells that a window covers, the true one lies in all that have an effect", low=0.9),
    *of("delayed-effect-white-box", "auprc", "finds", f"{MASK}, {FIXED}", "one cell carries all", low=0.9),
    *of("delayed-effect-white-box", "auroc", "in part", "magnitude", "the true cell has a pulse, as others have",
        low=0.7),
    *of("delayed-effect-white-box", "auprc", "misses", "magnitude",
        "pulses of all features look alike: the area under ROC flatters where few cells are true", high=0.4),
    *of("ward-white-box", "auprc", "finds", f"{SLOPES}, {ONE}", "excesses alone have a slope and an effect", low=0.98),
    *of("ward-white-box", "auprc", "finds", CD, "what is below the threshold adds nothing", low=0.85),
    *of("ward-white-box", "auprc", "cannot", LIFT, f"the law has thresholds and a product: {CUT}"),
    *of("ward-white-box", "auprc", "in part", f"{MASK}, {FIXED}", SUFFICES, low=0.3, high=0.95),
    *of("ward-white-box", "auroc", "in part", "magnitude", "an excess is a large value, but not every one is read",
        low=0.55, high=0.9),
)  # fmt: skip
TRAINED = (
    *of("sign-flip", "auprc", "finds", "saliency", "the weights of an MLP show at every series alike", low=0.95),
    *of("sign-flip", "auprc", "finds", f"{TIMES}, {LIFT}, {CD}", "they find it but for values near 0", low=0.7),
    *of("sign-flip", "sign_accuracy", "finds", f"{TIMES}, {LIFT}, {CD}", "the network has learned the flip", low=0.85),
    *of("sign-flip", "auprc", "in part", f"{MASK}, {FIXED}", SUFFICES, low=0.25, high=0.9),
    *of("sign-flip", "auroc", "misses", "magnitude", ALONE, low=0.45, high=0.55),
    *of("redundant", "auprc", "in part", f"{SLOPES}, {ONE}, {LIFT}, {CD}",
        "a network may read any copy, and a convolution reads around the pulse, too", low=0.35, high=0.97),
    *of("redundant", "auprc", "in part", f"{MASK}, {FIXED}", "one copy suffices", low=0.15, high=0.9),
    *of("redundant", "auroc", "finds", "magnitude", "the pulse is what is high", low=0.85),
    *of("suppressor", "auprc", "finds", "saliency", "the weights of an MLP show at every series alike", low=0.95),
    *of("suppressor", "auprc", "finds", f"{TIMES}, {LIFT}, {CD}", "they find it but for values near 0", low=0.7),
    *of("suppressor", "auprc", "in part", f"{MASK}, {FIXED}", SUFFICES, low=0.2, high=0.9),
    *of("suppressor", "auroc", "misses", "magnitude", ALONE, low=0.45, high=0.62),
    *of("suppressor", "auprc", "finds", "lex", "one map serves all series, and labels need the suppressor", low=0.8),
    *of("suppressor", "auprc", "in part", "dynamask", SUFFICES, low=0.2, high=0.8),
    *of("suppressor", "auprc", "cannot", "fast-shap", "the game of 160 players is not learned within the limit"),
    *of("suppressor", "auprc", "in part", "captum method=Lime, captum method=KernelShap",
        "the draws are fewer than a regression on 160 cells wants", low=0.4, high=0.95),
    *of("delayed-effect", "auprc", "finds", f"{TIMES}, {CD}", "the pulse is what the network remembers", low=0.9),
    *of("delayed-effect", "auprc", "in part", "saliency",
        "the last steps have slopes, too, whatever they hold, for they reach the state last", high=0.8),
    *of("delayed-effect", "auprc", "cannot", LIFT, f"gates of a GRU: {CUT}"),
    *of("delayed-effect", "auprc", "in part", f"{MASK}, {FIXED}",
        "other pulses are kept to hold the network's state where it was", low=0.2, high=0.85),
    *of("delayed-effect", "auprc", "misses", "magnitude", "pulses look alike", high=0.4),
    *of("delayed-effect", "auprc", "misses", "lex", "labels of every step ask for every pulse", high=0.4),
    *of("delayed-effect", "auprc", "misses", "dynamask", "its smallest area is larger than the one true cell",
        high=0.5),
    *of("shortcut", "shortcut_share", "finds", f"{TIMES}, {LIFT}, {CD}",
        "the network leans on the marker, and an honest explanation says so", low=0.1),
    *of("shortcut", "auprc", "in part", f"{SLOPES}, {ONE}, {LIFT}, {CD}",
        "the truth is that of the law, which reads the wave alone, and the network does not", low=0.1, high=0.85),
    *of("shortcut", "auprc", "in part", f"{MASK}, {FIXED}", "the marker suffices, or nearly", low=0.05, high=0.8),
    *of("freq-shapes", "auprc", "finds", f"{TIMES}, {CD}", "spikes are both large and read", low=0.7),
    *of("freq-shapes", "auprc", "finds", LIFT, "as integrated gradients, by layers of ReLU", low=0.6),
    *of("freq-shapes", "auprc", "in part", "saliency", "slopes lie around the spikes, too", low=0.4, high=0.9),
    *of("freq-shapes", "auprc", "finds", MASK, "without its spikes a series has no class", low=0.6),
    *of("freq-shapes", "auprc", "finds", FIXED, "without its spikes a series has no class", low=0.6),
    *of("freq-shapes", "auroc", "finds", "magnitude", "spikes are the largest values: the series give the truth away",
        low=0.8),
    *of("low-var", "auprc", "finds", "integrated-gradients, input-x-gradient", "value times weight makes a level",
        low=0.5),
    *of("low-var", "auprc", "in part", "saliency", "slopes lie around the window, too", low=0.3, high=0.9),
    *of("low-var", "auprc", "in part", f"{MASK}, {FIXED}", "part of the window suffices", low=0.1, high=0.75),
    *of("low-var", "auroc", "in part", "magnitude", "the level is high, but the noise is as high at times", low=0.5,
        high=0.85),
    *of("s3", "tpr", "in part", f"{SLOPES}, {ONE}, {LIFT}, {CD}",
        "the switch x11 has no slope where it is far from 0, and what it does not call for has none either", low=0.5,
        high=0.9),
    *of("s3", "tpr", "in part", f"{MASK}, {FIXED}", SUFFICES, low=0.5, high=0.9),
    *of("s3", "tpr", "misses", "magnitude", ALONE, low=0.4, high=0.52),
    *of("s3", "tpr", "finds", "lex", "it learns over series which cells are needed, so the switch is", low=0.9),
    *of("s3", "tpr", "in part", "fast-shap", "x11 is credited where the blocks differ", low=0.5, high=0.95),
    *of("s3", "tpr", "in part", "dynamask", SUFFICES, low=0.45, high=0.9),
)  # fmt: skip
WINDOWS = (
    *of("latent-state-white-box", "auprc", "in part", FIVE, "windows over edges blur cue and stretch", low=0.5,
        high=0.98),
    *of("suppressor-white-box", "auprc", "in part", FIVE, "windows over the edge of the window that is read blur it",
        low=0.6, high=0.99),
    *of("ward-white-box", "auprc", "misses", FIVE, "excesses are single cells, which windows of five spread", high=0.7),
    *of("sign-flip", "auprc", "in part", FIVE, "falls of both signs cancel at the flip", low=0.5, high=0.97),
    *of("redundant", "auprc", "in part", FIVE, "windows over the edge of the pulse blur it", low=0.3, high=0.97),
    *of("suppressor", "auprc", "in part", FIVE, "windows even out values near 0, but blur the edge", low=0.6,
        high=0.98),
    *of("delayed-effect", "auprc", "finds", FIVE, "of the cells that a window covers, the true one has all the effect",
        low=0.75),
    *of("delayed-effect", "auprc", "in part", "fast-shap", "labels of every step are no game of the last", high=0.9),
    *of("shortcut", "auprc", "in part", FIVE, "the network leans on the marker, which is no truth of the law", low=0.1,
        high=0.85),
    *of("shortcut", "auroc", "in part", "magnitude", "wave and marker are both large", low=0.4, high=0.8),
    *of("freq-shapes", "auprc", "in part", FIVE, "a window of five is wider than a spike of three", low=0.3, high=0.75),
    *of("s3", "tpr", "in part", FIVE, "of a single step a window is that step: as occlusion", low=0.5, high=0.9),
)  # fmt: skip
EXPECTED = (*BLIND, *LAWS, *TRAINED, *WINDOWS, *LATER)


def expected(task: str) -> Mapping[tuple[str, str], Expected]:
    """What is expected on a task, by the label of the method and the figure; nothing where nothing was written down.

    >>> expected("suppressor")["saliency", "auprc"].low
    0.95
    """
    return {(one.label, one.metric): one for one in EXPECTED if one.task == task}
