/** The cube in the page: sums over whatever is selected, by plain loops over typed arrays. Knows no page. */

import type { CubeSpec, Range, Selection } from "./types";

/** Counts, sums and sums of squares of cells, each `[group, value, time, attribution]`. */
export interface Cube {
  readonly shape: Shape;
  readonly n: Uint32Array;
  readonly total: Float32Array;
  readonly squares: Float32Array;
}

export type Shape = readonly [group: number, value: number, time: number, attribution: number];
export type Axis = "group" | "value" | "time" | "attribution";
export const AXES: readonly Axis[] = ["group", "value", "time", "attribution"];

export interface Sums {
  /** Of the axes that were kept, in their order. */
  readonly shape: readonly number[];
  readonly n: Float64Array;
  readonly total: Float64Array;
  readonly squares: Float64Array;
}

/** Which cells count: a flag a group and a value, ranges of time and attribution. */
export interface Box {
  readonly group: Uint8Array;
  readonly value: Uint8Array;
  readonly time: Range;
  readonly attribution: Range;
}

/** An array of all cells, where only those that are not zero came. */
export function spread<T extends Uint32Array | Float32Array>(whole: T, cell: Uint32Array, own: T): T {
  for (let i = 0; i < cell.length; i++) whole[cell[i]] = own[i];
  return whole;
}

/** Where the values of each feature begin; the last entry is how many there are. */
export function firstValues(spec: CubeSpec): Int32Array {
  const first = new Int32Array(spec.features.length + 1);
  spec.features.forEach((one, f) => (first[f + 1] = first[f] + one.labels.length + 1));
  return first;
}

export function shapeOf(spec: CubeSpec): Shape {
  return [
    spec.groups.length,
    firstValues(spec)[spec.features.length],
    spec.time_edges.length + 1,
    spec.attribution_edges.length + 1,
  ];
}

/** The flags and ranges of a selection; axes in `ignoring` are whole. */
export function boxOf(selection: Selection, spec: CubeSpec, ignoring: readonly Axis[] = []): Box {
  const first = firstValues(spec);
  const [nGroup, nValue, nTime, nAttribution] = shapeOf(spec);
  const whole = new Set(ignoring);
  const group = new Uint8Array(nGroup);
  const value = new Uint8Array(nValue);
  if (selection.groups && !whole.has("group")) for (const g of selection.groups) group[g] = 1;
  else group.fill(1);
  if (selection.values && !whole.has("value")) for (const [f, b] of selection.values) value[first[f] + b] = 1;
  else value.fill(1);
  if (selection.features && !whole.has("value")) {
    const chosen = new Set(selection.features);
    for (let f = 0; f < spec.features.length; f++) if (!chosen.has(f)) value.fill(0, first[f], first[f + 1]);
  }
  return {
    group,
    value,
    time: selection.time && !whole.has("time") ? selection.time : [0, nTime - 1],
    attribution: selection.attribution && !whole.has("attribution") ? selection.attribution : [0, nAttribution - 1],
  };
}

/** Sums along attribution, kept beside each cube: a range of attributions is then one difference a cell. */
const prefixes = new WeakMap<Cube, Sums>();

function prefixOf(cube: Cube): Sums {
  const found = prefixes.get(cube);
  if (found) return found;
  const size = cube.n.length;
  const made = {
    shape: cube.shape,
    n: new Float64Array(size),
    total: new Float64Array(size),
    squares: new Float64Array(size),
  };
  const nAttribution = cube.shape[3];
  for (let from = 0; from < size; from += nAttribution) {
    let [n, total, squares] = [0, 0, 0];
    for (let i = from; i < from + nAttribution; i++) {
      made.n[i] = n += cube.n[i];
      made.total[i] = total += cube.total[i];
      made.squares[i] = squares += cube.squares[i];
    }
  }
  prefixes.set(cube, made);
  return made;
}

/** Sums of the cells in a box; axes that are not kept are added up. */
export function reduce(cube: Cube, box: Box, keep: readonly Axis[]): Sums {
  const [nGroup, nValue, nTime, nAttribution] = cube.shape;
  const kept = AXES.map((axis) => keep.includes(axis));
  const shape = cube.shape.filter((_, i) => kept[i]);
  const stride = [0, 0, 0, 0];
  for (let i = 3, size = 1; i >= 0; i--)
    if (kept[i]) {
      stride[i] = size;
      size *= cube.shape[i];
    }
  const size = shape.reduce((a, b) => a * b, 1);
  const n = new Float64Array(size);
  const total = new Float64Array(size);
  const squares = new Float64Array(size);
  const [firstTime, lastTime] = box.time;
  const [firstPart, lastPart] = box.attribution;
  const byPart = stride[3] !== 0;
  const sums = byPart ? null : prefixOf(cube);
  for (let g = 0; g < nGroup; g++) {
    if (!box.group[g]) continue;
    for (let v = 0; v < nValue; v++) {
      if (!box.value[v]) continue;
      for (let t = firstTime; t <= lastTime; t++) {
        const from = ((g * nValue + v) * nTime + t) * nAttribution;
        const to = g * stride[0] + v * stride[1] + t * stride[2];
        if (byPart) {
          for (let a = firstPart; a <= lastPart; a++) {
            const count = cube.n[from + a];
            if (count === 0) continue;
            n[to + a] += count;
            total[to + a] += cube.total[from + a];
            squares[to + a] += cube.squares[from + a];
          }
        } else if (sums) {
          const [last, before] = [from + lastPart, from + firstPart - 1];
          n[to] += sums.n[last] - (firstPart ? sums.n[before] : 0);
          total[to] += sums.total[last] - (firstPart ? sums.total[before] : 0);
          squares[to] += sums.squares[last] - (firstPart ? sums.squares[before] : 0);
        }
      }
    }
  }
  return { shape, n, total, squares };
}

/** A spec and a selection of some features only, as a cube of those has them; what is selected of others is dropped. */
export function onlyFeatures(
  spec: CubeSpec,
  selection: Selection,
  features: readonly number[],
): readonly [CubeSpec, Selection] {
  const place = new Map(features.map((f, i) => [f, i]));
  const { features: wanted, values, ...others } = selection;
  const inside = <T>(of: readonly T[], feature: (one: T) => number) => of.filter((one) => place.has(feature(one)));
  return [
    { ...spec, features: features.map((f) => spec.features[f]) },
    {
      ...others,
      ...(wanted && {
        features: inside(wanted, (f) => f).map((f) => place.get(f) as number),
      }),
      ...(values && {
        values: inside(values, ([f]) => f).map(([f, b]) => [place.get(f) as number, b] as const),
      }),
    },
  ];
}

/** Sums by attribution of what was kept by time and attribution, over a range of times. */
export function overTimes(parts: Sums, [from, to]: Range): Sums {
  const n = parts.shape[1];
  const sums = { shape: [n], n: new Float64Array(n), total: new Float64Array(n), squares: new Float64Array(n) };
  for (let t = from; t <= to; t++)
    for (let a = 0; a < n; a++) {
      sums.n[a] += parts.n[t * n + a];
      sums.total[a] += parts.total[t * n + a];
      sums.squares[a] += parts.squares[t * n + a];
    }
  return sums;
}

/** Sums by value of what was kept by value and time, over a range of times. */
export function overTime(cells: Sums, time: Range): Sums {
  const [nValue, nTime] = cells.shape;
  const sums = {
    shape: [nValue],
    n: new Float64Array(nValue),
    total: new Float64Array(nValue),
    squares: new Float64Array(nValue),
  };
  for (let v = 0; v < nValue; v++)
    for (let t = time[0]; t <= time[1]; t++) {
      sums.n[v] += cells.n[v * nTime + t];
      sums.total[v] += cells.total[v * nTime + t];
      sums.squares[v] += cells.squares[v * nTime + t];
    }
  return sums;
}

/** What was planted, as sums over rows that are there: each adds what its value was given at its time, for certain. */
export function asPlanted(rows: Sums, contribution: Float32Array): Sums {
  const total = rows.n.map((n, i) => n * contribution[i]);
  return { shape: rows.shape, n: rows.n, total, squares: new Float64Array(total.length) };
}

/** Half the width of a 95 % interval of a mean whose rows are taken as independent; NaN below two rows. */
export function halfWidth(n: number, total: number, squares: number): number {
  if (n < 2) return NaN;
  const mean = total / n;
  return 1.96 * Math.sqrt(Math.max(squares / n - mean * mean, 0) / (n - 1));
}

/** The largest of a nice sequence (1, 2, 5, 10, …) of steps that still holds most of what is large. */
export function niceScale(values: Float64Array | Float32Array, counts: ArrayLike<number>, least: number): number {
  const large: number[] = [];
  for (let i = 0; i < values.length; i++) if (counts[i] >= least && values[i] !== 0) large.push(Math.abs(values[i]));
  if (!large.length) return least > 1 ? niceScale(values, counts, 1) : 1;
  large.sort((a, b) => a - b);
  const reach = large[Math.min(large.length - 1, Math.floor(large.length * 0.985))];
  if (!(reach > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(reach));
  const lead = reach / power;
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}
