/** What the server answered, and what follows from it in the page: every view reads these signals. */

import { computed, type ReadonlySignal } from "@preact/signals";
import { arrayOf, askFrame, askJson, type Frame } from "./api";
import { type From, withPicked } from "./cohorts";
import { asPlanted, boxOf, type Cube, firstValues, overTimes, reduce, shapeOf, spread } from "./cube";
import { resource } from "./resource";
import { EVERYONE, part } from "./state";
import type { Cohort, CubeSpec, Opened, Range, Trust } from "./types";
import { inTheirWords, wordsOf } from "./words";

/** Rows that are counted for a first, approximate answer, and the fewest sequences that they may be of. */
const [FIRST_ROWS, FEWEST] = [1_500_000, 500];

/** How many sequences a first answer rests on: so many as answer at once, however long they are. */
export const sequencesFirst = ({ n_sample, n_row }: Pick<Opened, "n_sample" | "n_row">): number =>
  Math.max(FEWEST, Math.floor((FIRST_ROWS * n_sample) / Math.max(n_row, 1)));

const run = part((now) => now.run);
const align = part((now) => now.align);
const target = part((now) => now.target);
/** A and B, narrowed to what is picked. */
const a = part((now) => withPicked(now.a, now.picked));
const b = part((now) => now.b && withPicked(now.b, now.picked));
export const selection = part((now) => now.selection);
export const groups = part((now) => now.selection.groups);
export const attribution = part((now) => now.selection.attribution);
export const values = part((now) => now.selection.values);
const features = part((now) => now.selection.features);
export const time = part((now) => now.selection.time);
const other = part((now) => now.other);

export const opened = resource(
  () => ({ run: run.value ?? undefined, align: align.value, ...(target.value ? { target: target.value } : {}) }),
  (body, signal) => askJson<Opened>("open", body, signal),
);
export const open: ReadonlySignal<Opened | null> = computed(() => opened.answer.value.data);
const firstOf = () => sequencesFirst(open.peek() ?? { n_sample: 0, n_row: 0 });
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
  readonly shape?: Cube["shape"];
  readonly n_sample: number;
  readonly samples_by_group: readonly number[];
}

/** The cells of a frame; of large cubes only those with rows are sent. */
export function framed(frame: Frame<unknown>, shape: Cube["shape"]): Cube {
  const size = shape.reduce((x, y) => x * y, 1);
  const cell = frame.arrays.cell ? arrayOf<Uint32Array>(frame, "cell") : null;
  const own = cell ? [cell.length] : shape;
  const n = arrayOf<Uint32Array>(frame, "n", own);
  const total = arrayOf<Float32Array>(frame, "total", own);
  const squares = arrayOf<Float32Array>(frame, "squares", own);
  if (!cell) return { shape, n, total, squares };
  return {
    shape,
    n: spread(new Uint32Array(size), cell, n),
    total: spread(new Float32Array(size), cell, total),
    squares: spread(new Float32Array(size), cell, squares),
  };
}

async function askCube(body: object, signal: AbortSignal, question = "cube"): Promise<Counted> {
  const now = spec.peek();
  const frame = await askFrame<CubeMeta>(question, body, signal);
  const shape = now ? shapeOf(now) : (frame.meta.shape ?? (frame.arrays.n.shape as unknown as Cube["shape"]));
  return {
    ...framed(frame, shape),
    exact: frame.meta.exact,
    n_sample: frame.meta.n_sample,
    samples_by_group: frame.meta.samples_by_group,
  };
}

/** What every question about the run that is open says. */
export const ofRun = ({ run, spec }: Opened) => ({
  run: run.name,
  align: spec.align,
  ...(spec.target ? { target: spec.target } : {}),
});

/** A question about a cohort of the run that is open; null where there is none. */
export const asked = (cohort: Cohort | null, extra: object = {}) =>
  open.value && open.value.has_cube !== false && cohort ? { ...ofRun(open.value), cohort, ...extra } : null;

export const cohortA: ReadonlySignal<Cohort> = a;

/** Cohort A as a view asks about it that picks sequences itself: without its own pick. */
export const cohortFor = (from: From) => part((now) => withPicked(now.a, now.picked, from));

export const cubes = {
  a: resource(
    () => asked(a.value),
    askCube,
    { first: firstOf },
    (data) => data.exact,
  ),
  b: resource(
    () => asked(b.value),
    askCube,
    { first: firstOf },
    (data) => data.exact,
  ),
  other: resource(
    () => asked(other.value === null ? null : a.value, { other: other.value }),
    (body, signal) => askCube(body, signal, "compare"),
  ),
};
/** What the summary can show: cohorts, another run, and what was planted. */
export type Which = keyof typeof cubes | "planted";

/** Sequences of a cohort by column and group, all of them and those with a selected row. */
export interface Sequences {
  readonly exact: boolean;
  readonly n_all: number;
  readonly n_brushed: number;
  readonly frame: Frame<unknown>;
}

const columnNames = computed(() => open.value?.columns.map((one) => one.name) ?? []);

async function askSequences(body: object, signal: AbortSignal): Promise<Sequences> {
  const frame = await askFrame<{
    exact: boolean;
    n_all: number;
    n_brushed: number;
  }>("sequences", body, signal);
  return { ...frame.meta, frame };
}

/** Answers are by group, so that outcomes that are selected need no other. */
const crossing = (cohort: Cohort | null) => {
  const { groups: _, ...others } = selection.value;
  return asked(cohort, { selection: others, columns: columnNames.value });
};
export const sequences = {
  a: resource(
    () => crossing(a.value),
    askSequences,
    { wait: 120, first: firstOf },
    (data) => data.exact,
  ),
  b: resource(
    () => crossing(b.value),
    askSequences,
    { wait: 120, first: firstOf },
    (data) => data.exact,
  ),
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
    const frame = await askFrame<{
      mean?: number;
      half?: number;
      n_row?: number;
      n_sequence?: number;
    }>("intervals", body, signal);
    const { mean, half, n_row, n_sequence } = frame.meta;
    return {
      half: arrayOf<Float32Array>(frame, "half"),
      rowHalf: arrayOf<Float32Array>(frame, "row_half"),
      mean,
      overall: half,
      n_row,
      n_sequence,
    };
  },
  { wait: 200 },
);

export const trust = resource(
  () => (open.value && open.value.has_cube !== false ? { ...ofRun(open.value), align: "start" } : null),
  async (body, signal): Promise<Trust> => {
    const said = await askJson<Trust>("trust", body, signal);
    const inTheirs = (text: string) => inTheirWords(text, words.peek());
    const facts = said.facts.map((one) => ({ ...one, words: inTheirs(one.words) }));
    return { ...said, facts, warnings: said.warnings.map(inTheirs) };
  },
);

/** What was planted in simulated data: what each value adds at each time. */
const show = part((now) => now.show);
export const planted = resource(
  () => (open.value?.has_truth && show.value === "planted" ? ofRun(open.value) : null),
  async (body, signal) => arrayOf<Float32Array>(await askFrame("planted", body, signal), "contribution"),
);

/** Starts asking; returns what stops it. */
export function startData(): () => void {
  const stops = [
    opened,
    cubes.a,
    cubes.b,
    cubes.other,
    sequences.everyone,
    sequences.a,
    sequences.b,
    intervals,
    trust,
    planted,
  ].map((one) => one.start());
  return () => stops.forEach((stop) => stop());
}

/** Whether the cube that is here is of the spec that is here: not while a run is being changed. */
function fitting(cube: Counted | null, now: CubeSpec | null): cube is Counted {
  return !!cube && !!now && shapeOf(now).every((n, i) => n === cube.shape[i]);
}

const cubeOf = (which: keyof typeof cubes) =>
  computed(() => {
    const cube = cubes[which].answer.value.data;
    return fitting(cube, spec.value) ? cube : null;
  });
export const cube = { a: cubeOf("a"), b: cubeOf("b"), other: cubeOf("other") };

/** Sums by value and time of the selected classes and attributions; values and times are not restricted. */
const cellsOf = (which: keyof typeof cubes) =>
  computed(() => {
    const [counted, now] = [cube[which].value, spec.value];
    if (!counted || !now) return null;
    const box = boxOf({ groups: groups.value, attribution: attribution.value }, now);
    return reduce(counted, box, ["value", "time"]);
  });

/** The same with no selection at all: what orders features and sets scales, so that neither moves under a brush. */
const wholeOf = (which: keyof typeof cubes) =>
  computed(() => {
    const [counted, now] = [cube[which].value, spec.value];
    return counted && now ? reduce(counted, boxOf({}, now), ["value", "time"]) : null;
  });
const wholeA = wholeOf("a");
const wholePlanted = computed(() => {
  const [sums, known] = [wholeA.value, planted.answer.value.data];
  return sums && known && known.length === sums.n.length ? asPlanted(sums, known) : null;
});
export const whole = { a: wholeA, b: wholeOf("b"), other: wholeOf("other"), planted: wholePlanted };
export const cells = { a: cellsOf("a"), b: cellsOf("b"), other: cellsOf("other"), planted: wholePlanted };

export const times = computed<Range>(() => time.value ?? [0, spec.value?.time_edges.length ?? 0]);

/** Sums by time and attribution bin of the selected values and classes, and by attribution bin of the selected times. */
const partsOf = (which: "a" | "b", isWhole: boolean) => {
  const byTime = computed(() => {
    const [counted, now] = [cube[which].value, spec.value];
    if (!counted || !now) return null;
    const chosen = isWhole ? {} : { groups: groups.value, values: values.value, features: features.value };
    return reduce(counted, boxOf(chosen, now), ["time", "attribution"]);
  });
  return computed(() => {
    const sums = byTime.value;
    return sums && overTimes(sums, isWhole ? [0, sums.shape[0] - 1] : times.value);
  });
};
export const parts = {
  a: partsOf("a", false),
  b: partsOf("b", false),
  wholeA: partsOf("a", true),
};

/** Which values are selected, a flag each. */
export const chosenValues = computed(() =>
  spec.value ? boxOf({ values: values.value, features: features.value }, spec.value).value : new Uint8Array(0),
);
export const someValues = computed(() => values.value !== undefined || features.value !== undefined);
export const someTime = computed(() => time.value !== undefined);

/** Sequences of a cohort in the selected classes. */
export const size = computed(() => {
  const of = (which: keyof typeof cubes) => {
    const counted = cube[which].value;
    if (!counted) return 0;
    const chosen = groups.value;
    return counted.samples_by_group.reduce((sum, n, g) => sum + (!chosen || chosen.includes(g) ? n : 0), 0);
  };
  return { a: of("a"), b: of("b"), other: of("other"), planted: cube.a.value?.n_sample ?? 0 };
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
