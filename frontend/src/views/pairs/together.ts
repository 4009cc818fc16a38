/** Values that occur together: what is asked, what came, and where it stands in the matrix. */

import { computed, signal } from "@preact/signals";
import { arrayOf, askFrame, type Frame } from "../../api";
import { withPicked } from "../../cohorts";
import { asked, cohortFor, selection, spec } from "../../data";
import { resource } from "../../resource";
import { part } from "../../state";
import type { CubeSpec, PairsMeta, Picked, Selection } from "../../types";
import { className, momentWords, valuesWords } from "../../words";
import { toldClass } from "../patterns/courses";

export const MOST_FEATURES = 24;
const LEAST_FEATURES = 4;
/** Pixels that a feature takes at least. */
const FEATURE = 28;
export const room = signal({ width: 0, height: 0 });
export const LEFT = 82;
export const TOP = 72;

/** `[value, value]` each. */
interface Lifts {
  readonly lift: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly n: Float32Array;
}

export interface Pairs extends Lifts {
  readonly meta: PairsMeta;
  /** Natural logarithm of the ratio of two lifts, and half its interval; NaN where it is not known. */
  readonly apart: {
    readonly ratio: Float32Array;
    readonly half: Float32Array;
    readonly names: readonly [string, string];
  } | null;
}

interface Asked extends Record<string, unknown> {
  readonly selection: Selection;
}

const cohort = cohortFor("pairs");
const b = part((now) => now.b && withPicked(now.b, now.picked, "pairs"));

const top = computed(() => {
  const { width, height } = room.value;
  const size = Math.min(width - LEFT, height - TOP);
  const most = Math.min(MOST_FEATURES, spec.value?.features.length ?? MOST_FEATURES);
  return Math.min(Math.max(LEAST_FEATURES, Math.floor(size / FEATURE)), most);
});

/** Values of one feature can't occur together: they are marked; those of several narrow the matrix. */
function narrowing(now: Selection): Selection {
  const { values, features, ...others } = now;
  const several = new Set([...(values ?? []).map(([f]) => f), ...(features ?? [])]).size > 1;
  return several ? now : others;
}

/** What the upper half compares: the cohorts, or sequences predicted one class with the others. */
function sides(
  of: Asked,
  spec: CubeSpec,
): {
  questions: readonly [Asked | null, Asked];
  names: readonly [string, string];
} | null {
  if (b.value) return { questions: [null, { ...of, cohort: b.value }], names: ["A", "B"] };
  const told = toldClass(spec);
  const inside = of.selection.groups ?? spec.groups.map((_, g) => g);
  const [these, others] = [
    inside.filter((g) => spec.groups[g][0] === told),
    inside.filter((g) => spec.groups[g][0] !== told),
  ];
  if (!these.length || !others.length) return null;
  const names = new Set(others.map((g) => spec.groups[g][0]));
  const other = names.size === 1 ? className(spec, [...names][0]) : "others";
  const of2 = (groups: readonly number[]): Asked => ({
    ...of,
    selection: { ...of.selection, groups },
  });
  return {
    questions: [of2(these), of2(others)],
    names: [className(spec, told), other],
  };
}

const FRAME = ["lift", "low", "high", "n"] as const;
const liftsOf = (frame: Frame<PairsMeta>): Lifts =>
  Object.fromEntries(FRAME.map((name) => [name, arrayOf<Float32Array>(frame, name)])) as unknown as Lifts;

export const pairs = resource(
  () => {
    const now = spec.value;
    if (!now || !room.value.width) return null;
    const first = asked(cohort.value, {
      selection: narrowing(selection.value),
      top: top.value,
    }) as Asked | null;
    return first && { first, sides: sides(first, now) };
  },
  async ({ first, sides }, control): Promise<Pairs> => {
    const frame = await askFrame<PairsMeta>("pairs", first, control);
    const { meta } = frame;
    const whole = { meta, ...liftsOf(frame) };
    if (!sides || !meta.values.length) return { ...whole, apart: null };
    const features = [...new Set(meta.values.map(([f]) => f))];
    const same = (of: Asked) => ({
      ...of,
      selection: { ...of.selection, features },
      top: features.length,
    });
    const [x, y] = await Promise.all(
      sides.questions.map(async (one) =>
        one ? aligned(await askFrame<PairsMeta>("pairs", same(one), control), meta) : whole,
      ),
    );
    return { ...whole, apart: { ...ratioOf(x, y), names: sides.names } };
  },
  { wait: 250 },
);

/** Lifts at the places of another answer's values; NaN for those that are missing. */
function aligned(frame: Frame<PairsMeta>, to: PairsMeta): Lifts {
  const key = ([f, bin]: readonly [number, number]) => `${f} ${bin}`;
  const place = new Map(frame.meta.values.map((one, i) => [key(one), i]));
  const from = to.values.map((one) => place.get(key(one)) ?? -1);
  const [size, there] = [to.values.length, liftsOf(frame)];
  const spread = (of: Float32Array) => {
    const all = new Float32Array(size * size).fill(NaN);
    from.forEach((i, row) =>
      from.forEach((j, column) => i >= 0 && j >= 0 && (all[row * size + column] = of[i * place.size + j])),
    );
    return all;
  };
  return {
    lift: spread(there.lift),
    low: spread(there.low),
    high: spread(there.high),
    n: spread(there.n),
  };
}

/** How much larger one lift is than another, as a logarithm; of the intervals of both that of their ratio. */
export function ratioOf(x: Lifts, y: Lifts): { ratio: Float32Array; half: Float32Array } {
  const size = x.lift.length;
  const [ratio, half] = [new Float32Array(size), new Float32Array(size)];
  const width = (of: Lifts, i: number) => Math.log(of.high[i] / of.low[i]) / 2;
  for (let i = 0; i < size; i++) {
    const at = Math.log(x.lift[i] / y.lift[i]);
    ratio[i] = Number.isFinite(at) ? at : NaN;
    half[i] = Math.hypot(width(x, i), width(y, i));
  }
  return { ratio, half };
}

export interface Matrix {
  readonly cell: number;
  /** Where each value begins, and behind the last where it ends; from the matrix's left and top alike. */
  readonly at: readonly number[];
  /** First and last value of each feature. */
  readonly features: readonly (readonly [feature: number, first: number, last: number])[];
  readonly size: number;
}

const BETWEEN = 2;

/** Squares of values, a gap between features. */
export function matrixOf(values: PairsMeta["values"], side: number): Matrix {
  const features: [number, number, number][] = [];
  values.forEach(([f], i) => {
    const last = features[features.length - 1];
    if (last?.[0] === f) last[2] = i;
    else features.push([f, i, i]);
  });
  const room = side - BETWEEN * Math.max(features.length - 1, 0);
  const exact = room / Math.max(values.length, 1);
  const cell = Math.min(exact >= 4 ? Math.floor(exact) : exact, 26);
  const at: number[] = [];
  let x = 0;
  values.forEach(([f], i) => {
    if (i && values[i - 1][0] !== f) x += BETWEEN;
    at.push(x);
    x += cell;
  });
  return { cell, at, features, size: x };
}

export const matrix = computed(() => {
  const now = pairs.answer.value.data;
  const { width, height } = room.value;
  return matrixOf(now?.meta.values ?? [], Math.max(Math.min(width - LEFT, height - TOP), 40));
});

/** The value at a distance from the matrix's corner; -1 outside and between features. */
export function valueAt({ at, cell }: Matrix, x: number): number {
  const i = at.findLastIndex((from) => from <= x);
  return i >= 0 && x < at[i] + cell ? i : -1;
}

/** Sequences that have both values within one time bin: those that a pair counts. */
export function pickOf(
  values: readonly [readonly [number, number], readonly [number, number]],
  spec: CubeSpec,
  selection: Selection,
): Picked {
  const said = values.map(([f, bin]) => valuesWords(spec, f, [bin]));
  const { values: _, features: __, ...others } = selection;
  return {
    from: "pairs",
    name: `${said.join(" with ")}, ${momentWords(spec)}`,
    cohort: { together: values.map((one) => ({ ...others, values: [one] })) },
  };
}
