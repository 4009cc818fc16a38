/** Where rows and times of the summary stand, and what stands at a place. */

import { computed, signal } from "@preact/signals";
import { first, spec } from "../../data";
import { part } from "../../state";
import { type Band, type Bands, binOf, columnsOf, layOut, order, ROW, STRIP, valuesOf } from "../bands";

/** Measurements below which a mean is uncertain, whatever its interval. */
export const FEW = 20;
/** Kept free on the right, here and in the timeline. */
export const SCROLLBAR = 10;
export const room = signal({ width: 0, height: 0 });
export const unfolded = part((now) => now.unfolded);
export const show = part((now) => now.show);

export const bands = computed<Bands>(() => layOut(order.value, valuesOf, unfolded.value, room.value.height));
export const columns = computed(() => columnsOf(room.value.width, (spec.value?.time_edges.length ?? 0) + 1));

/** The value of each row. */
export const rows = computed(() => {
  const of = new Int32Array(bands.value.rows);
  for (const band of bands.value.all)
    for (let r = 0; r < band.n; r++) of[band.row + r] = first.value[band.feature] + binOf(r, band.n);
  return of;
});

/** How far a cell can be trusted: 0 nothing there, 1 well supported; uncertain ones are told apart. */
export function isUncertain(mean: number, half: number, n: number, scale: number): boolean {
  return n > 0 && Math.abs(mean) > 0.12 * scale && (n < FEW || !(half < Math.abs(mean)));
}

/** The row under a height, with its band. */
export function rowAt(y: number): { band: Band; row: number; feature: number; bin: number } | null {
  const { all } = bands.value;
  let [low, high] = [0, all.length - 1];
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (all[middle].y <= y) low = middle;
    else high = middle - 1;
  }
  const band = all[low];
  const row = Math.max(0, Math.min(band.n - 1, Math.floor((y - band.y) / (band.unfolded ? ROW : STRIP))));
  return { band, row, feature: band.feature, bin: binOf(row, band.n) };
}

export function wholeFeature(feature: number): [number, number][] {
  return Array.from({ length: valuesOf(feature) }, (_, bin) => [feature, bin]);
}
