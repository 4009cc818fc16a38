"""A page of dreams, beside real series."""

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from aition.core.realism import HIGH, LOW
from aition.store.cube.settle import class_names, feature_names, unit_of_steps
from aition.store.cube.stopping import Check
from aition.store.summary.axes import draws as dreams
from aition.store.summary.axes.kinds import copies, kinds
from aition.store.summary.words import whole
from aition.view.web.asked import flag, text, whole_number
from aition.view.web.frames import frame
from aition.view.web.served import Answer, Body, Served

SORTS = ("given", "margin", "probability", "distance")
ROW = ("id", "kind", "target_class", "target_class_other", "margin", "gap", "predicted", "probability", "distance",
       "agreed")  # fmt: skip


def drawn(of: Served, body: Body, check: Check) -> Answer:
    """A page of dreams, beside where real series of their classes lie."""
    run = of.runs.run(text(body, "run"))
    known = dreams.draws(run, check=check)
    sort = text(body, "sort", among=(*SORTS, *known.judged), default="given")
    first = whole_number(body, "first")
    n = whole_number(body, "n", least=1, most=dreams.MOST_DRAWS, default=12)
    chosen = in_order(known, sort, descending=flag(body, "descending", default=True))
    if "kind" in body:
        chosen = chosen[
            known.columns["kind"][chosen] == whole_number(body, "kind", most=known.columns["kind"].max() + 1)
        ]
    page = chosen[first : first + n]
    features = np.array(whole("features", body.get("features", [])), dtype=np.int64)
    features = (features if len(features) else np.arange(run.sizes["feature"]))[: dreams.MOST_FEATURES]
    all_kinds = kinds(run, known)
    here = [one for one in all_kinds if (known.columns["kind"][page] == one.place).any()]
    real_places = {name: known.columns[name][page] for name in ("nearest", "top")}
    found = dreams.pictures(run, page, features, **real_places)
    check()
    band, _ = dreams.bands(run, [one.classes for one in here], features)
    real, is_copy = dreams.real_names(run), copies(run, known)
    rows = [
        {name: known.columns[name][place] for name in ROW}
        | {
            "nearest": real[known.columns["nearest"][place]] if known.columns["nearest"][place] >= 0 else None,
            "judged": {name: judged[place] for name, judged in known.judged.items()},
            "unreal": [name for name, one in known.unreal.items() if one[place]],
            "looks_real": known.looks_real[place],
            "copy": bool(is_copy[place]),
        }
        for place in page
    ]
    meta = {
        "n": len(chosen),
        "n_draw": len(known.looks_real),
        "n_real_looking": int((known.looks_real == 1).sum()),
        "n_judged": int((known.looks_real >= 0).sum()),
        "first": first,
        "rows": rows,
        "judges": list(known.judged),
        "kinds": [asdict(one) | {"top": real[one.top] if one.top >= 0 else None} for one in all_kinds],
        "here": [one.place for one in here],
        "class_names": class_names(run),
        "features": [{"place": place, "name": feature_names(run)[place]} for place in features.tolist()],
        "feature_names": feature_names(run),
        "units": run.attrs.get("units", "{}"),
        "quantiles": dreams.QUANTILES,
        "real_looking": (LOW, HIGH),
        "n_step": run.sizes["time"],
        "time_unit": unit_of_steps(run),
    }  # fmt: skip
    arrays = {
        "value": found.value,
        "nearest": found.nearest,
        "top": found.top,
        "band": band,
        "objective": found.objective,
    }
    return frame(meta, {name: one.astype("f4") for name, one in arrays.items()} | {"steps": found.steps.astype("i4")})


def in_order(known: dreams.Draws, sort: str, *, descending: bool) -> NDArray[np.int64]:
    """Positions of the draws; those of which it is not known come last."""
    everywhere = np.arange(len(known.looks_real))
    if sort == "given":
        return everywhere
    by = known.judged[sort] if sort in known.judged else known.columns[sort].astype(np.float64)
    return np.argsort(np.where(np.isnan(by), np.inf, -by if descending else by), kind="stable")
