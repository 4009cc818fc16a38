/** Where each feature and each value stands in the summary: a band a feature, folded to strips or unfolded to rows. */

import { computed } from "@preact/signals";
import { first, spec } from "../data";
import { part } from "../state";
import { selectedStrength, strength, turning } from "../summary";
import type { CubeSpec } from "../types";
import { featureName, plain } from "../words";

export const STRIP = 2;
export const ROW = 14;
export const GAP = 1;
const MOST_HEIGHT = 12_000;
const LEAST_UNFOLDED = 2;
const AROUND = 5;

export interface Band {
  readonly feature: number;
  readonly unfolded: boolean;
  readonly y: number;
  readonly height: number;
  /** Values of this feature. */
  readonly n: number;
  /** Of its first row among those of all bands. */
  readonly row: number;
}

export interface Bands {
  readonly all: readonly Band[];
  readonly height: number;
  readonly rows: number;
  /** Features that found no place. */
  readonly left: number;
}

/** The bin of each row from the top: high values, low values, not measured. */
export function binOf(row: number, n: number): number {
  return row < n - 1 ? n - 1 - row : 0;
}

export function heightOf(n: number, unfolded: boolean): number {
  return unfolded ? n * ROW + AROUND : Math.max(n * STRIP, 12) + GAP;
}

/** Bands one under the other; where the page may choose, the first three and as many more as fit are unfolded. */
export function layOut(
  order: readonly number[],
  values: (feature: number) => number,
  wanted: readonly number[] | null,
  room: number,
): Bands {
  const open = new Set(wanted ?? order.slice(0, LEAST_UNFOLDED));
  if (!wanted) {
    let height = order.reduce((sum, f) => sum + heightOf(values(f), open.has(f)), 0);
    for (const f of order.slice(LEAST_UNFOLDED)) {
      height += heightOf(values(f), true) - heightOf(values(f), false);
      if (height > room) break;
      open.add(f);
    }
  }
  const all: Band[] = [];
  let [y, row] = [0, 0];
  for (const feature of order) {
    const n = values(feature);
    const unfolded = open.has(feature);
    const height = heightOf(n, unfolded);
    if (y + height > MOST_HEIGHT) break;
    all.push({ feature, unfolded, y, height, n, row });
    y += height;
    row += n;
  }
  return { all, height: y, rows: row, left: order.length - all.length };
}

const search = part((now) => now.search);
const sort = part((now) => now.sort);

/** Features in the order of the summary, those that are searched for. */
export const order = computed(() => {
  const now = spec.value;
  if (!now) return [];
  const { effect, apart } = strength.value;
  const by = { effect, difference: apart, selected: selectedStrength.value, turns: turning.value };
  const which = sort.value;
  return sorted(now, which, search.value, which in by ? by[which as keyof typeof by] : null);
});

export function sorted(spec: CubeSpec, by: string, search: string, strength: Float64Array | null): readonly number[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = spec.features
    .map((one, f) => [f, `${featureName(spec, f)} ${plain(one.name)} ${one.unit}`.toLowerCase()] as const)
    .filter(([, text]) => words.every((word) => text.includes(word)))
    .map(([f]) => f);
  if (by === "name") return found.sort((x, y) => featureName(spec, x).localeCompare(featureName(spec, y)));
  return strength ? found.sort((x, y) => strength[y] - strength[x]) : found;
}

export function valuesOf(feature: number): number {
  return first.value[feature + 1] - first.value[feature];
}

/** What columns the summary and the timeline share, so that hours stand under hours. */
export interface Columns {
  /** Where cells begin. */
  readonly left: number;
  readonly cell: number;
  readonly width: number;
  readonly nTime: number;
  /** Where the averages begin, and their width. */
  readonly margin: number;
  readonly marginWidth: number;
}

const LABELS = 154;
const AVERAGES = 92;
const BETWEEN = 8;

export function columnsOf(width: number, nTime: number): Columns {
  const averages = width > 900 ? 150 : AVERAGES;
  const labels = width > 900 ? 200 : LABELS;
  const room = Math.max(width - labels - averages - BETWEEN, 40);
  const cell = room / nTime >= 3 ? Math.floor(room / nTime) : room / nTime;
  const plot = Math.round(cell * nTime);
  const left = Math.min(width - averages - BETWEEN - plot, labels + 40);
  return {
    left,
    cell,
    width: plot,
    nTime,
    margin: left + plot + BETWEEN,
    marginWidth: width - left - plot - BETWEEN,
  };
}
