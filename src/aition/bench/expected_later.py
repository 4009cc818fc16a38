"""What theory expects of methods that came after the first board; written before they were run, as all of it is."""

from aition.bench.expectation import Expected, of

SEGMENTS = "segment-shap, segment-lime"
NEAR = "timing, sequential-integrated-gradients"
PATHS = f"{NEAR}, temporal-integrated-gradients, geodesic-integrated-gradients"
LATER: tuple[Expected, ...] = (
    *of("sign-flip-white-box", "auprc", "in part", SEGMENTS, "segments of four steps stick out over the window's ends",
        low=0.85, high=0.998),
    *of("sign-flip-white-box", "auprc", "in part", "time-shap", "ten of twenty steps are told apart, the others share",
        low=0.4, high=0.95),
    *of("redundant-white-box", "auprc", "in part", SEGMENTS, "segments stick out over the pulse", low=0.6, high=0.98),
    *of("redundant-white-box", "auprc", "finds", "time-shap", "the pulse has eight steps, and ten are told apart",
        low=0.6),
    *of("suppressor", "auprc", "in part", SEGMENTS, "segments stick out over the window, but even out values near 0",
        low=0.55, high=0.98),
    *of("suppressor", "auprc", "in part", "time-shap", "cells are told apart where large steps cross large features",
        low=0.3, high=0.95),
    *of("delayed-effect", "auprc", "misses", SEGMENTS, "the one true cell shares its score with those of its segment",
        high=0.4),
    *of("delayed-effect", "auprc", "finds", "time-shap", "single events of a recurrent network are what it is for",
        low=0.75),
    *of("freq-shapes", "auprc", "misses", SEGMENTS, "a spike of three steps lies across segments of five", low=0.3,
        high=0.75),
    *of("freq-shapes", "auprc", "in part", "time-shap", "ten steps are told apart, and spikes have nine to fifteen",
        low=0.5, high=0.95),
    *of("state-white-box", "auprc", "finds", "fit", "the step's own cell, and no other, shifts the outlook at once",
        low=0.97),
    *of("state-white-box", "auprc", "in part", "win-it", "draws of later steps differ with what is known before them",
        low=0.6, high=0.999),
    *of("sign-flip-white-box", "auprc", "finds", "fit", "features that are not read get exactly 0", low=0.9),
    *of("sign-flip-white-box", "auprc", "in part", "win-it", "other features get 0, steps before the window do not",
        low=0.6),
    *of("delayed-effect-white-box", "auprc", "misses", "fit", "a cell counts for the prediction of its own step alone",
        high=0.2),
    *of("delayed-effect-white-box", "auprc", "finds", "win-it", "ten steps hold a delay of five", low=0.9),
    *of("delayed-effect", "auprc", "misses", "fit", "a cell counts for the prediction of its own step alone", high=0.2),
    *of("delayed-effect", "auprc", "finds", "win-it", "ten steps hold a delay of five", low=0.75),
    *of("latent-state-white-box", "auprc", "finds", f"{NEAR}, geodesic-integrated-gradients",
        "true cells alone have slopes, on any path", low=0.98),
    *of("latent-state-white-box", "auprc", "in part", "temporal-integrated-gradients",
        "of a product the factor that comes first gets nothing, and that is the cue", low=0.4, high=0.95),
    *of("suppressor", "auprc", "finds", PATHS, "they find it but for values near 0", low=0.7),
    *of("delayed-effect", "auprc", "finds", NEAR, "the pulse is what the network remembers", low=0.9),
    *of("delayed-effect", "auprc", "finds", "temporal-integrated-gradients, geodesic-integrated-gradients",
        "the pulse is what the network remembers", low=0.8),
    *of("shortcut", "auprc", "in part", PATHS, "the network leans on the marker, which is no truth of the law", low=0.1,
        high=0.85),
    *of("freq-shapes", "auprc", "finds", NEAR, "spikes are both large and read", low=0.7),
    *of("freq-shapes", "auprc", "finds", "temporal-integrated-gradients, geodesic-integrated-gradients",
        "spikes are both large and read", low=0.6),
)  # fmt: skip
"""By task."""
