"""What the page can find in the random stays: courses, pairs, other runs, and a model that can be asked again."""

import numpy as np

N_RISING = 0.18
"""Share of stays whose lactate rises from hour 14 on, and that die more often."""
EPOCHS = (1, 2, 4, 8, 16, 32)
QUANTILES = (0.001, 0.005, 0.01, 0.025, 0.05, *np.arange(1, 10) / 10, 0.95, 0.975, 0.99, 0.995, 0.999)


def plant(value, names, severity, random):
    """Courses of lactate by stay (0 steady, 1 rising, 2 falling), and noradrenaline given where lactate is high."""
    n, n_hour = value.shape[:2]
    hour = np.arange(n_hour)
    course = random.choice(3, n, p=[1 - 2 * N_RISING, N_RISING, N_RISING])
    lactate, norepinephrine, motor = (names.index(one) for one in ("lactate", "norepinephrine", "gcs_motor"))
    shape = np.stack([np.ones(n_hour), 1 + np.clip(hour - 14, 0, 20) / 9, 1 + 2.2 * np.exp(-hour / 9)])
    level = shape[course] * 1.5 * np.exp(0.2 * random.normal(size=(n, n_hour)) + 0.15 * severity)
    seen = random.random((n, n_hour)) < 0.16 + 0.1 * (course[:, None] > 0)
    value[:, :, lactate] = np.where(seen, level.round(1), np.nan)
    given = random.random((n, n_hour)) < np.where(np.nan_to_num(value[:, :, lactate]) > 3, 0.5, 0.02)
    dose = np.round(0.1 * np.exp(0.5 * random.normal(size=(n, n_hour))), 3)
    value[:, :, norepinephrine] = np.where(given, dose, value[:, :, norepinephrine])
    low = given & (random.random((n, n_hour)) < 0.6)
    value[:, :, motor] = np.where(low, random.integers(1, 4, (n, n_hour)), value[:, :, motor])
    return course


def runs(model="GRU, 64 units"):
    """The run that is shown, another method, another seed, and times of the training."""
    named = [
        ("gru-integrated-gradients", "integrated-gradients"),
        ("gru-occlusion", "occlusion"),
        ("gru-seed-2", "integrated-gradients"),
    ]
    named += [(f"gru-epoch-{one}", "integrated-gradients") for one in EPOCHS]
    return [{"name": name, "explainer": explainer, "model": model, "target": "died"} for name, explainer in named]


def as_run(name, attribution, value, seed=5):
    """The attributions of another run: of early epochs mostly noise, and what is strong is learnt first."""
    random = np.random.default_rng(seed + len(name))
    if name == "gru-occlusion":
        return (attribution * 0.8 + random.normal(0, 0.01, len(attribution))).astype(np.float32)
    if name == "gru-seed-2":
        return (
            attribution * random.normal(1, 0.15, len(attribution)) + random.normal(0, 0.004, len(attribution))
        ).astype(np.float32)
    if name.startswith("gru-epoch-"):
        learnt = min(1.0, np.log2(2 * int(name.rsplit("-", 1)[1])) / 6)
        strong = np.abs(attribution) ** (0.3 * (1 - learnt)) / max(
            1e-9, float(np.quantile(np.abs(attribution), 0.99)) ** (0.3 * (1 - learnt))
        )
        wrong = random.normal(0, 0.12, int(value.max()) + 1)[value] * (np.abs(attribution) > 0.03) * (1 - learnt)
        return (attribution * learnt * strong + wrong).astype(np.float32)
    return attribution


def clustered(points, k, seed=0):
    """Centres by k-means, and the cluster of each point."""
    random = np.random.default_rng(seed)
    centre = points[[int(random.integers(len(points)))]]
    while len(centre) < k:
        far = ((points[:, None] - centre) ** 2).sum(2).min(1)
        centre = np.vstack([centre, points[random.choice(len(points), p=far / far.sum()) if far.sum() else 0]])
    for _ in range(25):
        member = ((points[:, None] - centre) ** 2).sum(2).argmin(1)
        centre = np.stack([points[member == c].mean(0) if (member == c).any() else centre[c] for c in range(k)])
    return centre, ((points[:, None] - centre) ** 2).sum(2).argmin(1)


def agreement(points, k):
    """How alike two clusterings of other halves are, of all pairs of points."""
    random = np.random.default_rng(k)
    found = []
    for turn in range(4):
        half = random.permutation(len(points))[: max(k, len(points) // 2)]
        centre, _ = clustered(points[half], k, turn)
        found.append(((points[:, None] - centre) ** 2).sum(2).argmin(1))
    with np.errstate(invalid="ignore"):
        shares = []
        for a, b in ((0, 1), (2, 3)):
            n = np.histogram2d(found[a], found[b], bins=[np.arange(k + 1)] * 2)[0]
            pairs = lambda of: (of * (of - 1) / 2).sum()  # noqa: E731
            x, y, all_ = pairs(n.sum(1)), pairs(n.sum(0)), pairs(np.array([len(points)]))
            shares.append((pairs(n) - x * y / all_) / max((x + y) / 2 - x * y / all_, 1e-9))
    return float(np.mean(shares)) if k > 1 else 0.5


def patterns(value, attribution, group, n_group, n_cluster):
    """Clusters of courses ``[sample, time]``, as the server answers; the farthest are of none."""
    n_time = value.shape[1]
    parts = []
    for course in (value, attribution):
        there = ~np.isnan(course)
        mean = np.where(there, course, 0).sum(0) / np.maximum(there.sum(0), 1)
        away = np.where(there, course - mean, 0)
        blocks = away.reshape(len(away), -1, 6).sum(2) / np.maximum(there.reshape(len(away), -1, 6).sum(2), 1)
        parts.append(blocks / max(float(np.sqrt((blocks**2).sum() / len(blocks))), 1e-9))
    points = np.concatenate(parts, 1)
    stability = [] if n_cluster else [agreement(points, k) for k in range(1, 7)]
    k = n_cluster or max(1, int(np.argmax(stability)) + 1)
    centre, member = clustered(points, k)
    far = np.sqrt(((points - centre[member]) ** 2).sum(1))
    member = np.where(far > np.median(far) + 5 * np.median(np.abs(far - np.median(far))), -1, member)
    q = [0.1, 0.3, 0.5, 0.7, 0.9]
    bands = np.full((2, k, 5, n_time), np.nan)
    n = np.zeros((k + 1, n_group))
    medoids = []
    for c in range(k):
        own = np.flatnonzero(member == c)
        medoids.append(int(own[far[own].argmin()]) if len(own) else 0)
        n[c] = np.bincount(group[own], minlength=n_group)
        for side, course in enumerate((value, attribution)):
            there = ~np.isnan(course[own]).all(0) if len(own) else np.zeros(n_time, bool)
            if there.any():
                bands[side][c][:, there] = np.nanquantile(course[own][:, there], q, axis=0)
    n[k] = np.bincount(group[member == -1], minlength=n_group)
    return {"quantiles": q, "stability": stability, "chosen": k}, medoids, bands, n, member
