/** Other runs in the cells of this one: the strongest features of each, counted one run after the other. */

import { computed, signal } from "@preact/signals";
import { askFrame } from "../../api";
import { boxOf, type Cube, niceScale, onlyFeatures, reduce, type Sums, shapeOf } from "../../cube";
import { asked, cells, cohortA, first, framed, open, selection, spec, whole } from "../../data";
import { resource } from "../../resource";
import { part } from "../../state";
import { strength } from "../../summary";

const MOST_FEATURES = 12;
const LEAST = 10;

/** Features that the small pictures show, the strongest of this run first. */
export const features = computed<readonly number[]>(() => {
  const { effect } = strength.value;
  return Array.from(effect.keys())
    .sort((x, y) => effect[y] - effect[x])
    .slice(0, MOST_FEATURES);
});
const settled = part(() => (whole.a.value ? features.value : []));

export const others = computed(() => open.value?.comparable ?? []);

export interface Arrived {
  /** Of each run that has come, by its name. */
  readonly cubes: ReadonlyMap<string, Cube>;
  readonly failed: ReadonlyMap<string, string>;
}

/** What has come so far; each run is shown as soon as it is here. */
export const arrived = signal<Arrived>({ cubes: new Map(), failed: new Map() });

export const small = resource(
  () =>
    others.value.length && settled.value.length
      ? asked(cohortA.value, { others: others.value, features: settled.value })
      : null,
  async (body, control): Promise<Arrived> => {
    const now = spec.peek();
    const { others: names, ...question } = body as unknown as {
      others: readonly string[];
      features: readonly number[];
    };
    arrived.value = { cubes: new Map(), failed: new Map() };
    for (const other of names) {
      try {
        const frame = await askFrame<unknown>("compare", { ...question, other }, control);
        if (control.aborted || !now) break;
        const shape = shapeOf(onlyFeatures(now, {}, question.features)[0]);
        const cube = framed(frame, shape);
        arrived.value = {
          ...arrived.peek(),
          cubes: new Map(arrived.peek().cubes).set(other, cube),
        };
      } catch (error) {
        if (control.aborted) throw error;
        arrived.value = {
          ...arrived.peek(),
          failed: new Map(arrived.peek().failed).set(other, (error as Error).message),
        };
      }
    }
    return arrived.peek();
  },
  { wait: 150 },
);

/** Mean attribution by value and time. */
export interface Picture {
  readonly mean: Float32Array;
  readonly n: Float64Array;
  readonly nTime: number;
}

function pictureOf({ n, total, shape }: Sums): Picture {
  return {
    mean: Float32Array.from(total, (sum, i) => (n[i] ? sum / n[i] : 0)),
    n,
    nTime: shape[1],
  };
}

/** This run's, of the same features. */
export const own = computed<Picture | null>(() => {
  const [sums, now] = [cells.a.value, spec.value];
  if (!sums || !now) return null;
  const nTime = sums.shape[1];
  const rows = features.value.flatMap((f) =>
    Array.from({ length: first.value[f + 1] - first.value[f] }, (_, b) => first.value[f] + b),
  );
  const cut = (of: Float64Array) =>
    Float64Array.from(rows.flatMap((v) => Array.from(of.subarray(v * nTime, (v + 1) * nTime))));
  return pictureOf({
    shape: [rows.length, nTime],
    n: cut(sums.n),
    total: cut(sums.total),
    squares: cut(sums.squares),
  });
});

/** Every other run's, under the brushes of class and attribution. */
export const pictures = computed<ReadonlyMap<string, Picture>>(() => {
  const now = spec.value;
  const found = new Map<string, Picture>();
  if (!now) return found;
  const { groups, attribution } = selection.value;
  const [those] = onlyFeatures(now, {}, settled.value);
  for (const [name, cube] of arrived.value.cubes)
    if (shapeOf(those).every((n, i) => n === cube.shape[i]))
      found.set(name, pictureOf(reduce(cube, boxOf({ groups, attribution }, those), ["value", "time"])));
  return found;
});

/** Whether a value and a time of the pictures are selected. */
export const flags = computed(() => {
  const now = spec.value;
  return now
    ? boxOf(onlyFeatures(now, selection.value, features.value)[1], onlyFeatures(now, {}, features.value)[0])
    : null;
});

export const reach = computed(() => (own.value ? niceScale(own.value.mean, own.value.n, LEAST) : 1));

/** How alike two pictures are: the correlation of their cells, those with many rows counting more, as far as selected. */
export function likeness(x: Picture, y: Picture, holds: (value: number, time: number) => boolean = () => true): number {
  let [w, sx, sy, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < Math.min(x.mean.length, y.mean.length); i++) {
    const weight = Math.min(x.n[i], y.n[i]);
    if (weight < LEAST || !holds(Math.floor(i / x.nTime), i % x.nTime)) continue;
    w += weight;
    sx += weight * x.mean[i];
    sy += weight * y.mean[i];
    xx += weight * x.mean[i] ** 2;
    yy += weight * y.mean[i] ** 2;
    xy += weight * x.mean[i] * y.mean[i];
  }
  const [vx, vy] = [xx - sx ** 2 / w, yy - sy ** 2 / w];
  return vx > 0 && vy > 0 ? (xy - (sx * sy) / w) / Math.sqrt(vx * vy) : NaN;
}

export const alike = computed<ReadonlyMap<string, number>>(() => {
  const [mine, box] = [own.value, flags.value];
  if (!mine || !box) return new Map();
  const holds = (v: number, t: number) => box.value[v] === 1 && box.time[0] <= t && t <= box.time[1];
  return new Map(Array.from(pictures.value, ([name, one]) => [name, likeness(mine, one, holds)]));
});
