/** What the summary shows of each value and time, and the scales on which it does. */

import { computed } from "@preact/signals";
import { halfWidth, niceScale, overTime, type Sums } from "./cube";
import { cells, cube, first, intervals, size, spec, times, type Which, whole } from "./data";
import { part } from "./state";
import type { Range } from "./types";

/** Rows of a cell from which on it counts for a scale. */
const LEAST = 20;
const measure = part((now) => now.measure);
const show = part((now) => now.show);

/** What the summary shows of each cell or value. */
export interface Shown {
  readonly mean: Float32Array;
  /** Half the width of the interval; NaN where nothing is known. */
  readonly half: Float32Array;
  /** Rows; in a difference those of the cohort that has fewer. */
  readonly n: Float64Array;
}

function means(sums: Sums, perSequence: boolean, nSequence: number, half: Float32Array | null): Shown {
  const size = sums.n.length;
  const shown = {
    mean: new Float32Array(size),
    half: new Float32Array(size),
    n: sums.n,
  };
  for (let i = 0; i < size; i++) {
    const n = sums.n[i];
    if (n === 0) {
      shown.half[i] = NaN;
      continue;
    }
    const scale = perSequence ? n / Math.max(nSequence, 1) : 1;
    shown.mean[i] = (sums.total[i] / n) * scale;
    shown.half[i] = (half && Number.isFinite(half[i]) ? half[i] : halfWidth(n, sums.total[i], sums.squares[i])) * scale;
  }
  return shown;
}

function difference(x: Shown, y: Shown): Shown {
  const size = x.n.length;
  const shown = {
    mean: new Float32Array(size),
    half: new Float32Array(size),
    n: new Float64Array(size),
  };
  for (let i = 0; i < size; i++) {
    shown.n[i] = Math.min(x.n[i], y.n[i]);
    shown.mean[i] = shown.n[i] ? x.mean[i] - y.mean[i] : 0;
    shown.half[i] = Math.hypot(x.half[i], y.half[i]);
  }
  return shown;
}

const summary = (of: (which: Which) => Sums | null, halves: () => Float32Array | null) =>
  computed<Shown | null>(() => {
    const which = show.value;
    const per = measure.value === "per sequence";
    const one = (cohort: Which) => {
      const sums = of(cohort);
      return sums && means(sums, per, size.value[cohort], cohort === "a" ? halves() : null);
    };
    if (which !== "difference" && which !== "runs") return one(which) ?? one("a");
    const [x, y] = which === "runs" ? [one("other"), one("a")] : [one("a"), one("b")];
    if (which === "runs" && !x) return y;
    return x && y ? difference(x, y) : x;
  });

/** Intervals from the server, where they are those of what is selected now. */
const served = computed(() => {
  const now = intervals.answer.value;
  return now.data && !now.waits && !now.error ? now.data : null;
});

export const byCell = summary(
  (which) => cells[which].value,
  () => served.value?.half ?? null,
);
export const byValue = summary(
  (which) => (cells[which].value ? overTime(cells[which].value, times.value) : null),
  () => served.value?.rowHalf ?? null,
);

/** The two that a difference is of, where both are here. */
const compared = computed<readonly [Which, Which] | null>(() => {
  if (show.value === "difference" && whole.a.value && whole.b.value) return ["a", "b"];
  return show.value === "runs" && whole.a.value && whole.other.value ? ["other", "a"] : null;
});

function wholeMeans(which: Which, time?: Range): Shown {
  const sums = whole[which].value as Sums;
  return means(
    time ? overTime(sums, time) : sums,
    measure.value === "per sequence",
    cube[which === "planted" ? "a" : which].value?.n_sample ?? 1,
    null,
  );
}

/** What is shown by itself; A until it is here. */
const alone = computed<Sums | null>(() => {
  const which = show.value;
  return (which !== "difference" && which !== "runs" ? whole[which].value : null) ?? whole.a.value;
});

/** The attribution at which colours end; from the whole cohort, so that it rests while brushing. */
export const scale = computed(() => {
  const pair = compared.value;
  if (pair) {
    const apart = difference(wholeMeans(pair[0]), wholeMeans(pair[1]));
    return niceScale(apart.mean, apart.n, LEAST);
  }
  const sums = alone.value;
  const n = size.value.a || 1;
  if (!sums) return 1;
  const per = measure.value === "per sequence";
  const mean = new Float64Array(sums.n.length);
  for (let i = 0; i < mean.length; i++) mean[i] = sums.n[i] ? sums.total[i] / (per ? n : sums.n[i]) : 0;
  return niceScale(mean, sums.n, LEAST);
});

/** How much each feature moves the score, a sequence: the sum of the absolute sums of its values. */
export const strength = computed(() => {
  const [x, y, now] = [whole.a.value, whole.b.value, spec.value];
  const n = now?.features.length ?? 0;
  const effect = new Float64Array(n);
  const apart = new Float64Array(n);
  if (!x || !now) return { effect, apart };
  const [nA, nB] = [Math.max(cube.a.value?.n_sample ?? 1, 1), Math.max(cube.b.value?.n_sample ?? 1, 1)];
  const nTime = x.shape[1];
  for (let f = 0; f < n; f++)
    for (let i = first.value[f] * nTime; i < first.value[f + 1] * nTime; i++) {
      effect[f] += Math.abs(x.total[i]) / nA;
      if (y) apart[f] += Math.abs(x.total[i] / nA - y.total[i] / nB);
    }
  return { effect, apart };
});

const QUARTERS = 4;
/** Rows of a quarter from which on its average counts. */
const LEAST_ROWS = 30;

/** How far a value raises in one quarter of the time and lowers in another, by their averages: the lesser of both. */
export function turn(total: ArrayLike<number>, n: ArrayLike<number>, from: number, nTime: number): number {
  let [raised, lowered] = [0, 0];
  for (let quarter = 0; quarter < QUARTERS; quarter++) {
    const [first, behind] = [quarter, quarter + 1].map((one) => from + Math.ceil((one * nTime) / QUARTERS));
    let [sum, rows] = [0, 0];
    for (let i = first; i < behind; i++) {
      sum += total[i];
      rows += n[i];
    }
    const mean = rows >= LEAST_ROWS ? sum / rows : 0;
    raised = Math.max(raised, mean);
    lowered = Math.max(lowered, -mean);
  }
  return Math.min(raised, lowered);
}

/** Of each feature, that of the value whose effect turns most. */
export const turning = computed(() => {
  const [sums, now] = [whole.a.value, spec.value];
  const found = new Float64Array(now?.features.length ?? 0);
  if (!sums || !now) return found;
  const nTime = sums.shape[1];
  for (let f = 0; f < found.length; f++)
    for (let v = first.value[f]; v < first.value[f + 1]; v++)
      found[f] = Math.max(found[f], turn(sums.total, sums.n, v * nTime, nTime));
  return found;
});

/** What each feature moves of what is selected in time, attribution and class, which moves under a brush. */
export const selectedStrength = computed(() => {
  const [sums, now, [from, to]] = [cells.a.value, spec.value, times.value];
  const effect = new Float64Array(now?.features.length ?? 0);
  if (!sums || !now) return effect;
  const nTime = sums.shape[1];
  for (let f = 0; f < effect.length; f++)
    for (let v = first.value[f]; v < first.value[f + 1]; v++)
      for (let t = from; t <= to; t++) effect[f] += Math.abs(sums.total[v * nTime + t]);
  return effect;
});

/** The average at which the axis of a value's average ends. */
export const rowScale = computed(() => {
  const [sums, now] = [show.value === "planted" ? alone.value : whole.a.value, spec.value];
  if (!sums || !now) return 1;
  const n = size.value.a || 1;
  const time: Range = [0, sums.shape[1] - 1];
  let most = 0;
  const pair = compared.value;
  if (pair) {
    const apart = difference(wholeMeans(pair[0], time), wholeMeans(pair[1], time));
    for (let v = 0; v < apart.n.length; v++) if (apart.n[v] >= LEAST) most = Math.max(most, Math.abs(apart.mean[v]));
    return most || 1;
  }
  const rows = overTime(sums, time);
  for (let v = 0; v < rows.n.length; v++)
    if (rows.n[v] >= LEAST)
      most = Math.max(most, Math.abs(rows.total[v] / (measure.value === "per sequence" ? n : rows.n[v])));
  return most || 1;
});
