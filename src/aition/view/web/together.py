"""Values that occur together, and courses that are alike."""

from aition.store.cube.stopping import Check
from aition.store.summary.pairs import MOST_FEATURES, pairs
from aition.store.summary.patterns import MOST_CLUSTERS, QUANTILES, patterns
from aition.store.summary.selection import Selection
from aition.view.web.asked import whole_number
from aition.view.web.frames import frame
from aition.view.web.served import Answer, Body, Served


def paired(of: Served, body: Body, check: Check) -> Answer:
    """How much more often values occur at one time than by chance."""
    top = whole_number(body, "top", least=1, most=MOST_FEATURES, default=12)
    cube, mask = of.asked(body, check)
    found = pairs(cube, mask, Selection.from_json(body["selection"]), top=top, check=check)
    meta = {
        "values": found.values,
        "exact": found.share == 1.0,
        "share": found.share,
        "n_sequence": found.n_sequence,
    }
    arrays = {"lift": found.lift, "low": found.low, "high": found.high, "n": found.n}
    return frame(meta, {name: array.astype("f4") for name, array in arrays.items()})


def clustered(of: Served, body: Body, check: Check) -> Answer:
    """Clusters of sequences by the course of a feature; a member of none is of cluster -1."""
    feature, n_cluster = whole_number(body, "feature"), whole_number(body, "n_cluster", most=MOST_CLUSTERS)
    cube, mask = of.asked(body, check)
    selection = Selection.from_json(body["selection"])
    found = patterns(cube, mask, selection, feature=feature, n_cluster=n_cluster, check=check)
    k, member = found.n_cluster, found.member.copy()
    member[member == k] = -1
    meta = {
        "quantiles": QUANTILES,
        "stability": found.stability,
        "medoids": cube.samples["id"][found.medoid],
        "chosen": k,
        "exact": found.share == 1.0,
        "share": found.share,
    }
    arrays = {
        "value": found.value[:k].astype("f4"),
        "attribution": found.attribution[:k].astype("f4"),
        "n": found.n[:k].astype("f4"),
        "none": found.n[k].astype("f4"),
        "members": member.astype("i4"),
        "sample": found.sample.astype("i4"),
    }
    return frame(meta, arrays)
