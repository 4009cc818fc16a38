"""A stand-in for the server: answers the questions of the page from random stays. Standard library and numpy only.

python frontend/mock/serve.py [--port 8765] [--static DIR] [--samples 2000]
"""

import argparse
import hashlib
import json
import struct
import time
from functools import lru_cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import planted
from hospital import N_HOUR, NAMES, Hospital

CODES = {"uint8": "u1", "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8"}


def frame(meta, **arrays):
    header = json.dumps({
        "meta": meta,
        "arrays": [{"name": k, "dtype": CODES[v.dtype.name], "shape": list(v.shape)} for k, v in arrays.items()],
    }).encode()  # fmt: skip
    header += b" " * (-(12 + len(header)) % 8)
    parts = [b"AITN", struct.pack("<II", 1, len(header)), header]
    for v in arrays.values():
        raw = np.ascontiguousarray(v).tobytes()
        parts += [raw, b"\0" * (-len(raw) % 8)]
    return b"".join(parts)


class Asked:
    def __init__(self, hospital, has_model=True):
        self.of, self.has_model = hospital, has_model
        self.noise = np.random.default_rng(3)

    def cells(self, selection):
        """Which cells are selected: of group, value, time, attribution."""
        h = self.of
        chosen = [np.ones(n, bool) for n in h.shape]
        if "groups" in selection:
            chosen[0] = np.isin(np.arange(4), selection["groups"])
        if "features" in selection:
            chosen[1] &= np.isin(np.repeat(np.arange(len(NAMES)), np.diff(h.first)), selection["features"])
        if "values" in selection:
            chosen[1] &= np.isin(np.arange(h.shape[1]), [h.first[f] + b for f, b in selection["values"]])
        for axis, name in ((2, "time"), (3, "attribution")):
            if name in selection:
                place = np.arange(h.shape[axis])
                chosen[axis] = (place >= selection[name][0]) & (place <= selection[name][1])
        return chosen

    def in_rows(self, selection):
        sample, value, step, part, _ = self.of.rows
        g, v, t, a = self.cells(selection)
        return g[self.of.group[sample]] & v[value] & t[step] & a[part]

    def samples(self, cohort):
        h = self.of
        if "all" in cohort:
            return np.logical_and.reduce([np.ones(h.n, bool), *(self.samples(one) for one in cohort["all"])])
        if "any" in cohort:
            return np.logical_or.reduce([np.zeros(h.n, bool), *(self.samples(one) for one in cohort["any"])])
        if "not" in cohort:
            return ~self.samples(cohort["not"])
        if "ids" in cohort:
            return np.isin(np.arange(h.n), [h.place[one] for one in cohort["ids"] if one in h.place])
        if "rows" in cohort:
            count = np.bincount(h.rows[0][self.in_rows(cohort["rows"])], minlength=h.n)
            return count >= cohort.get("at_least", 1)
        name = cohort["column"]
        if name in ("predicted", "label"):
            return np.isin(getattr(h, name), cohort["in"])
        _kind, value, bins, _ = h.columns[name]
        if "in" in cohort:
            return np.isin(value, [bins.index(one) if isinstance(one, str) else one for one in cohort["in"]])
        return (
            (value >= cohort.get("from", -np.inf))
            & (value <= cohort.get("to", np.inf))
            & (value < cohort.get("below", np.inf))
        )

    def open(self, body):
        h = self.of
        columns = []
        for name, (kind, value, bins, unit) in h.columns.items():
            one = {"name": name, "kind": kind, "unit": unit}
            columns.append(one | ({"values": bins} if kind == "category" else
                                  {"bins": bins, "min": float(value.min()), "max": float(value.max())}))  # fmt: skip
        runs = planted.runs()
        align = body.get("align", "start")
        spec = {
            "schema": "aition-cube-2", "features": h.features, "time_edges": list(range(1, N_HOUR)), "n_step": N_HOUR,
            "attribution_edges": h.edges, "attribution_range": h.range, "groups": [[0, 0], [0, 1], [1, 0], [1, 1]],
            "class_names": ["survived", "died"], "target": 0, "align": align, "time_unit": "hour",
        }  # fmt: skip
        return {
            "run": {"name": body.get("run") or runs[0]["name"], "digest": "9f2c41d07be3", "attrs": {"baseline": "median of each measure"}},
            "runs": runs, "comparable": [one["name"] for one in runs if one["name"] != (body.get("run") or runs[0]["name"])], "spec": spec, "n_sample": h.n, "n_row": int(h.exists.sum()) * len(NAMES), "columns": columns,
            "samples_by_group": np.bincount(h.group, minlength=4).tolist(), "has_model": self.has_model, "has_truth": False,
            "title": "ICU mortality within the stay",
            "words": {"sequence": "stay", "sequences": "stays", "outcome": "the risk of death", "unit": "log-odds", "scale": "log-odds"},
        }  # fmt: skip

    def counts(self, cohort, approximate):
        h, chosen = self.of, self.samples(cohort)
        n_all, share = int(chosen.sum()), 1.0
        by_group = np.bincount(h.group[chosen], minlength=4)
        if approximate and n_all > approximate:
            keep = np.random.default_rng(1).permutation(np.flatnonzero(chosen))[:approximate]
            chosen = np.isin(np.arange(h.n), keep)
            share = approximate / n_all
        return chosen, by_group, share

    @lru_cache(maxsize=8)
    def _cube(self, cohort, approximate, run, align):
        h = self.of
        chosen, by_group, share = self.counts(json.loads(cohort), approximate)
        sample, value, step, part, attribution = h.rows
        if align == "end":
            step = h.length[sample] - 1 - step
        attribution = planted.as_run(run or "", attribution, value)
        keep = chosen[sample]
        code = np.ravel_multi_index((h.group[sample[keep]], value[keep], step[keep], part[keep]), h.shape)
        size, a = int(np.prod(h.shape)), attribution[keep].astype(float)
        n = np.bincount(code, minlength=size) / share
        total = np.bincount(code, a, size) / share
        squares = np.bincount(code, a * a, size) / share
        meta = {"exact": share == 1, "n_sample": int(by_group.sum()), "samples_by_group": by_group.tolist(),
                "cohort": hashlib.sha256(cohort.encode()).hexdigest()[:16]}  # fmt: skip
        return meta, *(one.reshape(h.shape).astype(kind) for one, kind in ((n, "u4"), (total, "f4"), (squares, "f4")))

    def cube(self, body):
        meta, n, total, squares = self._cube(
            json.dumps(body.get("cohort", {"all": []})),
            body.get("approximate", 0),
            body.get("run"),
            body.get("align", "start"),
        )
        if chosen := body.get("features"):
            keep = np.concatenate([np.arange(self.of.first[f], self.of.first[f + 1]) for f in chosen])
            n, total, squares = (np.ascontiguousarray(one[:, keep]) for one in (n, total, squares))
        return frame(meta, n=n, total=total, squares=squares)

    def compare(self, body):
        return self.cube(body | {"run": body["other"]})

    def sequences(self, body):
        h = self.of
        chosen, _, share = self.counts(body["cohort"], body.get("approximate", 0))
        brushed = chosen & (np.bincount(h.rows[0][self.in_rows(body.get("selection", {}))], minlength=h.n) > 0)
        arrays = {}
        for which, mask in (("all", chosen), ("brushed", brushed)):
            arrays[f"groups:{which}"] = np.bincount(h.group[mask], minlength=4) / share
            for name in body["columns"]:
                kind, value, bins, _ = h.columns[name]
                place = value if kind == "category" else np.searchsorted(bins, value, side="right")
                n_bin = len(bins) if kind == "category" else len(bins) + 1
                arrays[f"{name}:{which}"] = (
                    np.bincount(place[mask] * 4 + h.group[mask], minlength=n_bin * 4).reshape(n_bin, 4) / share
                )
        meta = {
            "exact": share == 1,
            "n_all": int(chosen.sum() / share),
            "n_brushed": int(brushed.sum() / share),
            "half_width": 0.0,
        }
        return frame(meta, **{k: v.astype("f8") for k, v in arrays.items()})

    def intervals(self, body):
        h = self.of
        chosen = self.samples(body["cohort"])
        sample, value, step, _, attribution = h.rows
        keep = self.in_rows(body["selection"]) & chosen[sample]
        a = attribution[keep].astype(float)

        def half(code, size):
            """Clustered: residuals of the mean summed by sample; few rows a sample in a cell, so rows stand in here."""
            n = np.bincount(code, minlength=size)
            total, squares = np.bincount(code, a, size), np.bincount(code, a * a, size)
            with np.errstate(all="ignore"):
                return (1.96 * np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0) / np.maximum(n - 1, 1))).astype(
                    "f4"
                )

        cell = value[keep] * N_HOUR + step[keep]
        by_sample, n_by = np.bincount(sample[keep], a, h.n), np.bincount(sample[keep], minlength=h.n)
        n = max(int(n_by.sum()), 1)
        mean = float(by_sample.sum() / n)
        spread = float(np.sqrt(((by_sample - mean * n_by) ** 2).sum()) / n)
        meta = {"mean": mean, "half": 1.96 * spread, "n_row": int(n_by.sum()), "n_sequence": int((n_by > 0).sum())}
        return frame(
            meta, half=half(cell, h.shape[1] * N_HOUR).reshape(-1, N_HOUR), row_half=half(value[keep], h.shape[1]) * 1.8
        )

    def list(self, body):
        h = self.of
        keep = self.in_rows(body["selection"])
        sample = h.rows[0][keep]
        total, n = np.bincount(sample, h.rows[4][keep], h.n), np.bincount(sample, minlength=h.n)
        which = np.flatnonzero(self.samples(body["cohort"]) & (n > 0))
        key = total if body.get("sort", "in_brush") == "in_brush" else h.probability
        descending = body.get("descending", bool(total.sum() >= 0))
        which = which[np.argsort(-key[which] if descending else key[which], kind="stable")]
        page = which[body.get("first", 0) :][: min(body.get("n", 50), 200)]
        rows = [{"id": h.ids[i], "predicted": int(h.predicted[i]), "label": int(h.label[i]), "n_brush": int(n[i]),
                 "probability": float(h.probability[i]), "in_brush": float(total[i])} for i in page]  # fmt: skip
        return {"n": len(which), "descending": descending, "rows": rows}

    def sequence(self, body):
        h, i = self.of, self.of.place[body["id"]]
        length = int(h.length[i])
        others = np.flatnonzero(h.predicted != h.predicted[i])
        profile = np.where(h.exists[:, :, None], h.attribution, 0).sum(1)
        scale = profile.std(0) + 1e-6
        typical = np.nan_to_num(np.nanmean(h.value[:, :, :4], axis=1)) / 20
        far = ((profile[others] - profile[i]) / scale) ** 2
        far = np.sqrt(far.mean(1)) + np.abs(typical[others] - typical[i]).mean(1)
        nearest = others[np.argsort(far)[:5]]
        meta = {
            "id": h.ids[i], "predicted": int(h.predicted[i]), "label": int(h.label[i]), "n_step": length,
            "probability": float(h.probability[i]), "score": float(h.score[i]), "baseline_score": h.baseline, "completeness": 0.004,
            "static": {"age": float(h.age[i]), "weight": float(h.weight[i]), "gender": ["female", "male"][h.gender[i]],
                       "first_careunit": h.columns["first_careunit"][2][h.unit[i]]},
            "nearest": [{"id": h.ids[j], "predicted": int(h.predicted[j]), "label": int(h.label[j]),
                         "probability": float(h.probability[j]), "distance": float(np.sort(far)[k])} for k, j in enumerate(nearest)],
        }  # fmt: skip
        return frame(
            meta, value=h.value[i, :length], attribution=h.attribution[i, :length], times=np.arange(length, dtype="f8")
        )

    def embedding(self, body):
        h = self.of
        which = np.flatnonzero(self.samples(body["cohort"]))
        profile = np.where(h.exists[:, :, None], h.attribution, 0).sum(1)
        profile = (profile - profile.mean(0)) / (profile.std(0) + 1e-6)
        xy = np.linalg.svd(profile - profile.mean(0), full_matrices=False)[0][:, :2] * 30
        return frame({"method": "principal components of attribution profiles", "ids": [h.ids[i] for i in which]},
                     x=xy[which, 0].astype("f4"), y=xy[which, 1].astype("f4"), group=h.group[which].astype("u1"),
                     sample=which.astype("i4"))  # fmt: skip

    def pairs(self, body):
        """Values at one hour; each stay counts alike; intervals between stays, roughly."""
        h, selection = self.of, body.get("selection", {})
        groups = np.isin(h.group, selection.get("groups", range(4)))
        chosen = self.samples(body["cohort"]) & groups
        rows = self.in_rows(selection)
        sample, value, step, _, attribution = (one[rows & chosen[h.rows[0]]] for one in h.rows)
        feature = np.repeat(np.arange(len(NAMES)), np.diff(h.first))
        measured = ~np.isin(value, h.first[:-1])
        weight = np.bincount(feature[value[measured]], np.abs(attribution[measured]), minlength=len(NAMES))
        top = [f for f in np.argsort(-weight, kind="stable")[: min(body.get("top", 12), 24)] if weight[f] > 0]
        values = [[int(f), b] for f in top for b in range(1, int(np.diff(h.first)[f]))]
        place = np.full(h.shape[1], -1)
        place[[h.first[f] + b for f, b in values]] = np.arange(len(values))
        looked = np.flatnonzero(chosen)[:400]
        where = np.full(h.n, -1)
        where[looked] = np.arange(len(looked))
        keep = (place[value] >= 0) & (where[sample] >= 0)
        has = np.zeros((len(looked), N_HOUR, len(values)), np.float32)
        has[where[sample[keep]], step[keep], place[value[keep]]] = 1
        first, last = selection.get("time", [0, N_HOUR - 1])
        length = np.maximum(np.minimum(h.length[looked], last + 1) - first, 1)[:, None, None]
        both = (has.transpose(0, 2, 1) @ has) / length
        one, joint = np.einsum("sii->i", both) / len(looked), both.mean(0)
        apart = np.array([f for f, _ in values])
        with np.errstate(all="ignore"):
            lift = np.where(apart[:, None] != apart, joint / np.outer(one, one), np.nan)
            half = 1.96 * both.std(0) / joint / np.sqrt(len(looked))
        n = (both > 0).sum(0)
        meta = {"values": values, "exact": bool(len(looked) == chosen.sum()), "n_sequence": len(looked)}
        arrays = {"lift": lift, "low": lift * np.exp(-half), "high": lift * np.exp(half), "n": n}
        return frame(meta, **{name: one.astype("f4") for name, one in arrays.items()})

    def patterns(self, body):
        h, f, selection = self.of, body["feature"], body["selection"]
        rows = self.in_rows(selection)
        sample, value, step, _, attribution = (one[rows] for one in h.rows)
        own = (h.first[f] < value) & (value < h.first[f + 1])
        course = np.full((2, h.n, N_HOUR), np.nan, np.float32)
        course[0][sample[own], step[own]] = h.value[sample[own], step[own], f]
        course[1][sample[own], step[own]] = attribution[own]
        which = np.flatnonzero(
            self.samples(body["cohort"])
            & np.isin(h.group, selection.get("groups", range(4)))
            & ~np.isnan(course[0]).all(1)
        )
        if len(which) < 12:
            empty = np.zeros((0, 5, N_HOUR), "f4")
            meta = {"quantiles": [0.1, 0.3, 0.5, 0.7, 0.9], "stability": [], "chosen": 0, "medoids": [], "ids": []}
            return frame(
                meta,
                value=empty,
                attribution=empty,
                n=np.zeros((0, 4), "f4"),
                none=np.zeros(4, "f4"),
                members=np.zeros(0, "i4"),
            )
        meta, medoids, bands, n, member = planted.patterns(
            course[0][which], course[1][which], h.group[which], 4, body.get("n_cluster", 0)
        )
        meta |= {"medoids": [h.ids[which[one]] for one in medoids], "ids": [h.ids[one] for one in which]}
        return frame(meta, value=bands[0].astype("f4"), attribution=bands[1].astype("f4"), n=n[:-1].astype("f4"), none=n[-1].astype("f4"),
                     members=member.astype("i4"), sample=which.astype("i4"))  # fmt: skip

    def trust(self, body):
        return {
            "facts": [
                {"name": "Completeness", "value": "0.4 %", "verdict": "good", "words": "Attributions add up to the score: off by 0.4 % of its change on average, 2.1 % at worst in 95 of 100 stays."},
                {"name": "Faithfulness", "value": "0.81", "verdict": "good", "words": "Taking away the 10 % strongest measurements moves the score 4.2 times as far as taking away as many at random."},
                {"name": "Other methods", "value": "0.62", "verdict": "fair", "words": "Occlusion ranks the same measurements alike only in part (rank correlation 0.62)."},
                {"name": "Other seeds", "value": "0.88", "verdict": "good", "words": "Five trainings of the model agree (rank correlation 0.88)."},
                {"name": "Baseline", "value": "median", "verdict": "unknown", "words": "Compared with the median of each measure. Other baselines were not tried."},
            ],
            "truth": {"spearman": 0.71, "precision_at_20": 0.95, "ceiling": None, "named": [], "missed": []},
            "warnings": ["Values of norepinephrine are rare: 6 % of hours. Read them with their intervals."],
        }  # fmt: skip

    def what_if(self, body):
        """The planted effects, asked again with other values; what the stay has of its own stays."""
        h, i = self.of, self.of.place[body["id"]]
        length = int(h.length[i])
        value, attribution = h.value[i, :length].copy(), h.attribution[i, :length].copy()
        for edit in body["edits"]:
            f, where = edit["feature"], np.arange(edit["first"], edit["last"] + 1)
            value[where, f] = np.nan if edit["value"] is None else edit["value"]
            bins = (
                0
                if edit["value"] is None
                else int(np.searchsorted(h.features[f]["edges"], edit["value"], side="right")) + 1
            )
            attribution[where, f] = h.table[f][bins, where] if f in h.table else 0
        score = float(h.score[i]) + float((attribution - h.attribution[i, :length]).sum())
        meta = {"probability": 1 / (1 + np.exp(-score)), "before": float(h.probability[i]), "score": score, "before_score": float(h.score[i]),
                "predicted": int(score > 0), "seconds": 0.12, "own": True, "explainer": "integrated-gradients"}  # fmt: skip
        return frame(meta, attribution=attribution, value=value)

    def session(self, body):
        return {}


class Handler(SimpleHTTPRequestHandler):
    asked: Asked

    def end_headers(self):
        self.send_header(
            "Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def do_POST(self):
        start = time.perf_counter()
        name = self.path.removeprefix("/api/")
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        status, kind = 200, "application/octet-stream"
        try:
            if self.headers.get("X-Aition") != "1":
                status, answer = 403, {"error": "the page must say who it is"}
            elif name not in QUESTIONS:
                status, answer = 404, {"error": f"no such question: {name}"}
            else:
                answer = getattr(self.asked, name)(body)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            status, answer = 400, {"error": f"the question cannot be read: {error}"}
        if isinstance(answer, dict):
            kind, answer = "application/json", json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Server-Timing", f"answer;dur={1000 * (time.perf_counter() - start):.1f}")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


QUESTIONS = {
    "open",
    "cube",
    "sequences",
    "intervals",
    "list",
    "sequence",
    "embedding",
    "pairs",
    "patterns",
    "compare",
    "trust",
    "what_if",
    "session",
}

if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=8765)
    options.add_argument("--static", default="src/aition/view/web/static")
    options.add_argument("--samples", type=int, default=2000)
    options.add_argument("--no-model", action="store_true")
    options = options.parse_args()
    Handler.asked = Asked(Hospital(options.samples), not options.no_model)
    Handler.extensions_map[".js"] = "text/javascript"
    ThreadingHTTPServer(("127.0.0.1", options.port), lambda *a: Handler(*a, directory=options.static)).serve_forever()
