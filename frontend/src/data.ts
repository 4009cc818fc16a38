/** What the server answered, and what follows from it in the page: every view reads these signals. */

import { computed, type ReadonlySignal } from "@preact/signals";
import { arrayOf, askFrame, askJson, type Frame } from "./api";
import { boxOf, type Cube, firstValues, halfWidth, niceScale, overTime, reduce, shapeOf, type Sums } from "./cube";
import { resource } from "./resource";
import { EVERYONE, part } from "./state";
import type { Cohort, CubeSpec, Opened, Range, Trust } from "./types";
import { wordsOf } from "./words";

const FIRST = 4000;

const run = part((now) => now.run);
const align = part((now) => now.align);
const a = part((now) => now.a);
const b = part((now) => now.b);
export const selection = part((now) => now.selection);
const groups = part((now) => now.selection.groups);
const attribution = part((now) => now.selection.attribution);
const values = part((now) => now.selection.values);
const features = part((now) => now.selection.features);
export const time = part((now) => now.selection.time);
const measure = part((now) => now.measure);
const show = part((now) => now.show);

export const opened = resource(
  () => ({ run: run.value ?? undefined, align: align.value }),
  (body, signal) => askJson<Opened>("open", body, signal),
);
export const open: ReadonlySignal<Opened | null> = computed(() => opened.answer.value.data);
export const spec: ReadonlySignal<CubeSpec | null> = computed(() => open.value?.spec ?? null);
export const words = computed(() => (open.value ? wordsOf(open.value) : null));
export const first = computed(() => (spec.value ? firstValues(spec.value) : new Int32Array(1)));
export const featureOfValue = computed(() => {
  const of = new Int32Array(first.value[first.value.length - 1]);
  for (let f = 0; f + 1 < first.value.length; f++) of.fill(f, first.value[f], first.value[f + 1]);
  return of;
});

export interface Counted extends Cube {
  readonly exact: boolean;
  readonly n_sample: number;
  readonly samples_by_group: readonly number[];
}

interface CubeMeta {
  readonly exact: boolean;
  readonly n_sample: number;
  readonly samples_by_group: readonly number[];
}

async function askCube(body: object, signal: AbortSignal): Promise<Counted> {
  const now = spec.peek();
  const frame = await askFrame<CubeMeta>("cube", body, signal);
  const shape = now ? shapeOf(now) : (frame.arrays.n.shape as unknown as Cube["shape"]);
  return {
    shape,
    n: arrayOf<Uint32Array>(frame, "n", shape),
    total: arrayOf<Float32Array>(frame, "total", shape),
    squares: arrayOf<Float32Array>(frame, "squares", shape),
    exact: frame.meta.exact,
    n_sample: frame.meta.n_sample,
    samples_by_group: frame.meta.samples_by_group,
  };
}

const asked = (cohort: Cohort | null, extra: object = {}) =>
  open.value && cohort ? { run: open.value.run.name, align: open.value.spec.align, cohort, ...extra } : null;

export const cubes = {
  a: resource(() => asked(a.value), askCube, { first: FIRST }, (data) => data.exact),
  b: resource(() => asked(b.value), askCube, { first: FIRST }, (data) => data.exact),
};

/** Sequences of a cohort by column and group, all of them and those with a selected row. */
export interface Sequences {
  readonly exact: boolean;
  readonly n_all: number;
  readonly n_brushed: number;
  readonly frame: Frame<unknown>;
}

const columnNames = computed(() => open.value?.columns.map((one) => one.name) ?? []);

async function askSequences(body: object, signal: AbortSignal): Promise<Sequences> {
  const frame = await askFrame<{ exact: boolean; n_all: number; n_brushed: number }>("sequences", body, signal);
  return { ...frame.meta, frame };
}

const crossing = (cohort: Cohort | null) => asked(cohort, { selection: selection.value, columns: columnNames.value });
export const sequences = {
  a: resource(() => crossing(a.value), askSequences, { wait: 120, first: FIRST }, (data) => data.exact),
  b: resource(() => crossing(b.value), askSequences, { wait: 120, first: FIRST }, (data) => data.exact),
  everyone: resource(() => asked(EVERYONE, { selection: {}, columns: columnNames.value }), askSequences),
};

export interface Intervals {
  readonly half: Float32Array;
  readonly rowHalf: Float32Array;
  /** Of everything selected. */
  readonly mean?: number;
  readonly overall?: number;
  readonly n_row?: number;
  readonly n_sequence?: number;
}

export const intervals = resource(
  () => asked(a.value, { selection: selection.value }),
  async (body, signal): Promise<Intervals> => {
    const frame = await askFrame<{ mean?: number; half?: number; n_row?: number; n_sequence?: number }>("intervals", body, signal);
    const { mean, half, n_row, n_sequence } = frame.meta;
    return { half: arrayOf<Float32Array>(frame, "half"), rowHalf: arrayOf<Float32Array>(frame, "row_half"), mean, overall: half, n_row, n_sequence };
  },
  { wait: 200 },
);

export const trust = resource(
  () => (open.value ? { run: open.value.run.name } : null),
  (body, signal) => askJson<Trust>("trust", body, signal),
);

/** Starts asking; returns what stops it. */
export function startData(): () => void {
  const stops = [opened, cubes.a, cubes.b, sequences.everyone, sequences.a, sequences.b, intervals, trust].map((one) => one.start());
  return () => stops.forEach((stop) => stop());
}

/** Whether the cube that is here is of the spec that is here: not while a run is being changed. */
function fitting(cube: Counted | null, now: CubeSpec | null): cube is Counted {
  return !!cube && !!now && shapeOf(now).every((n, i) => n === cube.shape[i]);
}

const cubeOf = (which: "a" | "b") =>
  computed(() => {
    const cube = cubes[which].answer.value.data;
    return fitting(cube, spec.value) ? cube : null;
  });
export const cube = { a: cubeOf("a"), b: cubeOf("b") };

/** Sums by value and time of the selected classes and attributions; values and times are not restricted. */
const cellsOf = (which: "a" | "b") =>
  computed(() => {
    const [counted, now] = [cube[which].value, spec.value];
    if (!counted || !now) return null;
    const box = boxOf({ groups: groups.value, attribution: attribution.value }, now);
    return reduce(counted, box, ["value", "time"]);
  });
export const cells = { a: cellsOf("a"), b: cellsOf("b") };

/** The same with no selection at all: what orders features and sets scales, so that neither moves under a brush. */
const wholeOf = (which: "a" | "b") =>
  computed(() => {
    const [counted, now] = [cube[which].value, spec.value];
    return counted && now ? reduce(counted, boxOf({}, now), ["value", "time"]) : null;
  });
export const whole = { a: wholeOf("a"), b: wholeOf("b") };

/** Sums by attribution bin of the selected values, times and classes. */
const partsOf = (which: "a" | "b", isWhole: boolean) =>
  computed(() => {
    const [counted, now] = [cube[which].value, spec.value];
    if (!counted || !now) return null;
    const chosen = isWhole ? {} : { groups: groups.value, values: values.value, features: features.value, time: time.value };
    return reduce(counted, boxOf(chosen, now), ["attribution"]);
  });
export const parts = { a: partsOf("a", false), b: partsOf("b", false), wholeA: partsOf("a", true) };

/** Which values are selected, a flag each. */
export const chosenValues = computed(() =>
  spec.value ? boxOf({ values: values.value, features: features.value }, spec.value).value : new Uint8Array(0),
);
export const someValues = computed(() => values.value !== undefined || features.value !== undefined);
export const someTime = computed(() => time.value !== undefined);
export const times = computed<Range>(() => time.value ?? [0, (spec.value?.time_edges.length ?? 0) as number]);

/** Sequences of a cohort in the selected classes. */
export const size = computed(() => {
  const of = (which: "a" | "b") => {
    const counted = cube[which].value;
    if (!counted) return 0;
    const chosen = groups.value;
    return counted.samples_by_group.reduce((sum, n, g) => sum + (!chosen || chosen.includes(g) ? n : 0), 0);
  };
  return { a: of("a"), b: of("b") };
});

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
  const shown = { mean: new Float32Array(size), half: new Float32Array(size), n: sums.n };
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
  const shown = { mean: new Float32Array(size), half: new Float32Array(size), n: new Float64Array(size) };
  for (let i = 0; i < size; i++) {
    shown.n[i] = Math.min(x.n[i], y.n[i]);
    shown.mean[i] = shown.n[i] ? x.mean[i] - y.mean[i] : 0;
    shown.half[i] = Math.hypot(x.half[i], y.half[i]);
  }
  return shown;
}

const summary = (of: (which: "a" | "b") => Sums | null, halves: () => Float32Array | null) =>
  computed<Shown | null>(() => {
    const which = show.value;
    const per = measure.value === "per sequence";
    const one = (cohort: "a" | "b") => {
      const sums = of(cohort);
      return sums && means(sums, per, size.value[cohort], cohort === "a" ? halves() : null);
    };
    if (which !== "difference") return one(which) ?? one("a");
    const [x, y] = [one("a"), one("b")];
    return x && y ? difference(x, y) : x;
  });

/** Intervals from the server, where they are those of what is selected now. */
const served = computed(() => {
  const now = intervals.answer.value;
  return now.data && !now.waits ? now.data : null;
});

export const byCell = summary((which) => cells[which].value, () => served.value?.half ?? null);
export const byValue = summary(
  (which) => (cells[which].value ? overTime(cells[which].value, times.value) : null),
  () => served.value?.rowHalf ?? null,
);

/** The attribution at which colours end; from the whole cohort, so that it rests while brushing. */
export const scale = computed(() => {
  if (show.value === "difference" && whole.a.value && whole.b.value) {
    const per = measure.value === "per sequence";
    const of = (which: "a" | "b") => means(whole[which].value as Sums, per, cube[which].value?.n_sample ?? 1, null);
    const apart = difference(of("a"), of("b"));
    return niceScale(apart.mean, apart.n, 20);
  }
  const sums = show.value === "b" ? (whole.b.value ?? whole.a.value) : whole.a.value;
  const n = size.value.a || 1;
  if (!sums) return 1;
  const per = measure.value === "per sequence";
  const mean = new Float64Array(sums.n.length);
  for (let i = 0; i < mean.length; i++) mean[i] = sums.n[i] ? sums.total[i] / (per ? n : sums.n[i]) : 0;
  return niceScale(mean, sums.n, 20);
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

/** Everything that is selected, added up. */
export const overall = computed(() => {
  const [sums, flags, [from, to]] = [cells.a.value, chosenValues.value, times.value];
  if (!sums) return null;
  const nTime = sums.shape[1];
  let [n, total, squares] = [0, 0, 0];
  for (let v = 0; v < flags.length; v++)
    if (flags[v])
      for (let i = v * nTime + from; i <= v * nTime + to; i++) {
        n += sums.n[i];
        total += sums.total[i];
        squares += sums.squares[i];
      }
  return { n, total, squares };
});

export const isSelected = computed(() => Object.keys(selection.value).length > 0);

/** The average at which the axis of a value's average ends. */
export const rowScale = computed(() => {
  const [sums, now] = [whole.a.value, spec.value];
  if (!sums || !now) return 1;
  const n = size.value.a || 1;
  const time: Range = [0, sums.shape[1] - 1];
  let most = 0;
  if (show.value === "difference" && whole.b.value) {
    const per = measure.value === "per sequence";
    const of = (which: "a" | "b") => means(overTime(whole[which].value as Sums, time), per, cube[which].value?.n_sample ?? 1, null);
    const apart = difference(of("a"), of("b"));
    for (let v = 0; v < apart.n.length; v++) if (apart.n[v] >= 20) most = Math.max(most, Math.abs(apart.mean[v]));
    return most || 1;
  }
  const rows = overTime(sums, time);
  for (let v = 0; v < rows.n.length; v++)
    if (rows.n[v] >= 20) most = Math.max(most, Math.abs(rows.total[v] / (measure.value === "per sequence" ? n : rows.n[v])));
  return most || 1;
});
