"""What each view must show: its table, by SQL on the raw rows."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scipy.stats import t as student

from browser.agreeing import Cell, Numbers
from browser.page import State
from browser.truth import Chosen, Truth

FEW = 20
"""Rows, or sequences, below which nothing is said of a cell."""
Known = list[list[Cell]]


@dataclass(frozen=True)
class View:
    """A view and what it must show.

    Args:
        name: Of its panel.
        known: Its rows.
        by: How many cells in front name a row; 0 where rows stand in order.
    """

    name: str
    known: Callable[[Truth, State], Known]
    by: int = 0


def cohorts(truth: Truth, state: State) -> Known:
    """V1: stays by outcome and by column, those with something selected and all."""
    of = Chosen(state)
    count = """
      SELECT {bin}, count(*) FILTER (sample IN (SELECT sample FROM binned
        WHERE {values} AND {time} AND {strength} AND {groups})), count(*)
      FROM stays JOIN outcomes USING (predicted, label) WHERE {who} GROUP BY 1"""
    rows: Known = []
    found = {g: (some, n) for g, some, n in truth.sql(count, of, bin="g")}
    for g, (predicted, label) in enumerate(truth.groups):
        words = f"predicted {truth.classes[predicted]}, in fact {truth.classes[label]}"
        rows.append(["Outcome", words, *found.get(g, (0, 0))])
    for column in truth.columns:
        expression, n_bin = truth.bins(column)
        found = {place: (some, n) for place, some, n in truth.sql(count, of, bin=expression)}
        rows += [[column["title"], None, *found.get(place, (0, 0))] for place in range(n_bin)]
    return rows


def summary(truth: Truth, state: State) -> Known:
    """V2: of each value its average over the chosen times, how sure that is, and the time at which it moves most."""
    of = Chosen(state)
    inside = "{who} AND {strength} AND {groups}"
    rows = truth.sql(f"SELECT place, avg(attribution), count(*) FROM binned WHERE {inside} AND {{time}} GROUP BY 1", of)
    means = {place: (mean, n) for place, mean, n in rows}
    halves = half_widths(truth, of)
    times: dict[int, dict[int, tuple[float, int]]] = {}
    for place, hour, mean, n in truth.sql(
        f"SELECT place, hour, avg(attribution), count(*) FROM binned WHERE {inside} GROUP BY 1, 2", of
    ):
        times.setdefault(place, {})[hour] = (mean, n)
    known: Known = []
    for place, (f, b) in enumerate(truth.values()):
        unit = truth.features[f]["unit"]
        mean, n = means.get(place, (math.nan, 0))
        half = halves.get(place, math.nan) if n else math.nan
        known.append([truth.name(f), truth.value(f, b) + (f" {unit}" if unit and b else ""), mean, half, n])
        own = times.get(place, {})
        peak = 0
        for hour in range(1, truth.n_time):
            if own.get(hour, (0, 0))[1] >= FEW and abs(own[hour][0]) > abs(own.get(peak, (0, 0))[0]):
                peak = hour
        known[-1].append(Numbers(f"hour {peak}: ", (own.get(peak, (0.0, 0))[0],)) if n else "–")
    return known


def half_widths(truth: Truth, of: Chosen) -> dict[int, float]:
    """Half of the interval of each value's average: between stays where the value is selected, else between rows."""
    rows = truth.sql(
        """WITH own AS (SELECT place, sample, count(*) AS n, sum(attribution) AS total FROM binned
             WHERE {who} AND {values} AND {time} AND {strength} AND {groups} GROUP BY 1, 2),
           mean AS (SELECT place, sum(total) / sum(n) AS mean, count(*) AS k, sum(n) AS n FROM own GROUP BY 1)
           SELECT place, k, sqrt(sum((total - mean * own.n) ** 2) / mean.n ** 2 * k / (k - 1))
           FROM own JOIN mean USING (place) WHERE k > 1 GROUP BY place, k, mean.n""",
        of,
    )
    plain = truth.sql(
        """SELECT place, 1.96 * stddev_pop(attribution) / sqrt(count(*) - 1) FROM binned
           WHERE {who} AND {time} AND {strength} AND {groups} GROUP BY 1 HAVING count(*) > 1""",
        of,
    )
    return dict(plain) | {place: float(student.ppf(0.975, k - 1)) * spread for place, k, spread in rows}


def attribution(truth: Truth, state: State) -> Known:
    """V3: rows by strength, those that are selected otherwise and all of the cohort."""
    of = Chosen(state)
    meant = "{values} AND {time} AND {groups}"
    rows = truth.sql(
        f"""SELECT strength, count(*) FILTER ({meant}), count(*), avg(attribution) FILTER ({meant})
            FROM binned WHERE {{who}} GROUP BY 1""",
        of,
    )
    found = {strength: (some, n, math.nan if mean is None else mean) for strength, some, n, mean in rows}
    return [[None, *found.get(one, (0, 0, math.nan))] for one in range(len(truth.strengths) + 1)]


def timeline(truth: Truth, state: State) -> Known:
    """V4: what an average stay has of each feature at each time; of a single feature, of each of its values."""
    of = Chosen(state)
    part = "bin" if len(of.features) == 1 else "feature"
    rows = truth.sql(
        f"""SELECT hour, {part}, sum(attribution) / (SELECT count(*) FROM stays
              JOIN (SELECT g AS grp, predicted, label FROM outcomes) USING (predicted, label)
              WHERE {{who}} AND {{groups}})
            FROM binned WHERE {{who}} AND {{values}} AND {{strength}} AND {{groups}} GROUP BY 1, 2""",
        of,
    )
    found = {(hour, one): mean for hour, one, mean in rows}
    columns = segments(truth, of)
    return [
        [
            f"hour {hour}",
            sum(found.get((hour, one), 0.0) for one in columns),
            *(found.get((hour, one), 0.0) for one in columns),
        ]
        for hour in range(truth.n_time)
    ]


def segments(truth: Truth, of: Chosen) -> list[int]:
    """In the order of the columns: values of a single feature, high ones first; else features, strong ones first."""
    if len(of.features) == 1:
        return sorted((b for _, b in of.selection["values"]), reverse=True)
    strongest = truth.sql(
        """SELECT feature FROM (SELECT feature, abs(sum(attribution)) AS size FROM binned WHERE {who}
             GROUP BY feature, place, hour) GROUP BY 1 ORDER BY sum(size) DESC""",
        of,
    )
    return [f for (f,) in strongest if not of.features or f in of.features]


def patterns(truth: Truth, state: State) -> Known:
    """V5: stays with something selected of the feature, in any pattern or in none."""
    of = Chosen(state, besides="patterns")
    feature = of.features[0] if of.features else strongest(truth, of)
    rows = truth.sql(
        """SELECT count(DISTINCT sample) FROM binned
           WHERE {who} AND {values} AND {time} AND {strength} AND {groups} AND feature = {feature}""",
        of,
        feature=str(feature),
    )
    return [["All", rows[0][0]]]


def strongest(truth: Truth, of: Chosen) -> int:
    """The feature that moves a stay of the cohort most."""
    free = of.without("values")
    free.features = []
    return segments(truth, free)[0]


def pairs(truth: Truth, state: State) -> Known:
    """V6: how much more often two values stand at one time than by chance, and in how many stays."""
    of = Chosen(state, besides="pairs")
    if len(of.features) < 2:
        of = of.without("values")
    rows = truth.sql(
        """WITH span AS (SELECT sample, count(DISTINCT hour) AS n FROM binned
             WHERE {who} AND {groups} AND {time} GROUP BY 1),
           own AS (SELECT DISTINCT sample, hour, place, feature, bin FROM binned
             WHERE {who} AND {values} AND {time} AND {strength} AND {groups} AND bin > 0),
           one AS (SELECT sample, place, count(*) / any_value(span.n) AS share
             FROM own JOIN span USING (sample) GROUP BY 1, 2),
           two AS (SELECT sample, x.place AS x, y.place AS y, count(*) / any_value(span.n) AS share
             FROM own AS x JOIN own AS y USING (sample, hour) JOIN span USING (sample)
             WHERE x.feature != y.feature GROUP BY ALL),
           pair AS (SELECT x, y, count(*) AS n FROM two GROUP BY ALL),
           share AS (SELECT pair.x, pair.y, pair.n, coalesce(two.share, 0) AS j, coalesce(a.share, 0) AS a,
               coalesce(b.share, 0) AS b
             FROM pair CROSS JOIN span LEFT JOIN two ON (two.sample, two.x, two.y) = (span.sample, pair.x, pair.y)
             LEFT JOIN one AS a ON (a.sample, a.place) = (span.sample, pair.x)
             LEFT JOIN one AS b ON (b.sample, b.place) = (span.sample, pair.y)),
           mean AS (SELECT x, y, avg(j) AS mj, avg(a) AS ma, avg(b) AS mb FROM share GROUP BY ALL)
           SELECT x, y, mj / (ma * mb), count(*), sqrt(avg((j / mj - a / ma - b / mb + 1) ** 2) / (count(*) - 1)),
             any_value(n)
           FROM share JOIN mean USING (x, y) GROUP BY x, y, mj, ma, mb""",
        of,
    )
    weight = dict(
        truth.sql(
            """SELECT feature, sum(abs(attribution)) FROM binned
               WHERE {who} AND {values} AND {time} AND {strength} AND {groups} AND bin > 0 GROUP BY 1""",
            of,
        )
    )
    known: Known = []
    values = truth.values()
    for x, y, lift, n, spread, both in rows:
        if weight[values[x][0]] > weight[values[y][0]]:
            continue
        half = float(student.ppf(0.975, n - 1)) * spread
        names = [f"{truth.name(f)} {truth.value(f, b)}" for f, b in (values[x], values[y])]
        known.append([*names, lift, Numbers("", (lift * math.exp(-half), lift * math.exp(half))), both])
    return known


def sequence(truth: Truth, state: State) -> Known:
    """V7: stays with something selected, those first that it moves most in the direction of its sum."""
    direction = "if((SELECT sum(total) FROM own) < 0, 1, -1)" if state.get("selection") else "-1"
    rows = truth.sql(
        """WITH own AS (SELECT sample, sum(attribution) AS total FROM binned
             WHERE {who} AND {values} AND {time} AND {strength} AND {groups} GROUP BY 1)
           SELECT id, predicted, label, probability, own.total FROM own JOIN stays USING (sample)
           ORDER BY {direction} * own.total, sample LIMIT 60""",
        Chosen(state),
        direction=direction,
    )
    return [
        [name, *(truth.classes[one] for one in both), percent(chance), total] for name, *both, chance, total in rows
    ]


def percent(share: float) -> str:
    """A share as the page writes it."""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{math.floor(100 * share + 0.5)} %"


def runs(truth: Truth, state: State) -> Known:
    """V9: how alike the other run is, and how large attributions are in both, by feature."""
    of = Chosen(state)
    cells = """
      WITH mine AS (SELECT place, feature, bin, hour, avg(attribution) AS mean, count(*) AS n FROM binned
             WHERE {who} AND {groups} AND {strength} GROUP BY ALL),
           theirs AS (SELECT place, feature, bin, hour, avg(other) AS mean, count(*) AS n FROM binned
             WHERE {who} AND {groups} AND {other_strength} GROUP BY ALL)"""
    size = "SELECT feature, sum(abs(mean) * n) / sum(n) FROM {which} WHERE {values} AND {time} GROUP BY 1"
    mine, theirs = (dict(truth.sql(cells + size.replace("{which}", name), of)) for name in ("mine", "theirs"))
    likeness = truth.sql(
        cells
        + """, pair AS (SELECT mine.mean AS x, theirs.mean AS y, least(mine.n, theirs.n) AS w, mine.feature AS feature,
               mine.bin AS bin, hour FROM mine JOIN theirs USING (place, hour) WHERE w >= 10),
             inside AS (SELECT * FROM pair WHERE {values} AND {time}),
             middle AS (SELECT sum(w * x) / sum(w) AS mx, sum(w * y) / sum(w) AS my FROM inside)
             SELECT sum(w * (x - mx) * (y - my)) / sqrt(sum(w * (x - mx) ** 2) * sum(w * (y - my) ** 2))
             FROM inside, middle""",
        of,
    )[0][0]
    order = segments(truth, Chosen({key: one for key, one in state.items() if key != "selection"}))
    own = [[truth.name(f), mine.get(f, math.nan), theirs.get(f, math.nan)] for f in order]
    return [["Likeness to this run", 1, math.nan if likeness is None else likeness], *own]


VIEWS: Mapping[str, View] = {
    one.name: one
    for one in (
        View("cohorts", cohorts),
        View("summary", summary, by=2),
        View("timeline", timeline),
        View("attribution", attribution),
        View("patterns", patterns),
        View("pairs", pairs, by=2),
        View("sequence", sequence),
        View("runs", runs),
    )
}
