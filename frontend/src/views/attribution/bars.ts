/** Ranges of attributions as bars: one a bin, or parts that hold about a tenth each. */

import type { CubeSpec, Range } from "../../types";
import { TINY } from "../../words";

/** Edges of all bins; the outer ones from the run's range, or as far again as the last bin. */
export function edgesOf(spec: CubeSpec): readonly number[] {
  const inner = spec.attribution_edges;
  if (!inner.length) {
    const [low, high] = spec.attribution_range ?? [-1, 1];
    return low < high ? [low, high] : [Math.min(low, 0), Math.max(high, 0)];
  }
  const [low, high] = spec.attribution_range ?? [inner[0] - Math.abs(inner[0]), inner[inner.length - 1] * 2 || 1];
  return [Math.min(low, inner[0]), ...inner, Math.max(high, inner[inner.length - 1])];
}

/** Whether a bin holds exact zeros alone, as what was not measured often is: it moves nothing. */
export function isZero(edges: readonly number[], bin: number): boolean {
  return edges[bin] === 0 && edges[bin + 1] < TINY;
}

/** Bars as the first bin of each; every bin is in one. */
export interface Bars {
  readonly first: readonly number[];
  readonly nBin: number;
}

export function eachBin(nBin: number): Bars {
  return { first: Array.from({ length: nBin }, (_, bin) => bin), nBin };
}

/** Parts nearer to where attributions change their sign than this share do not begin a bar of their own. */
const NEAR = 0.05;

/** Bars of about a tenth of all that is not zero; none reaches over zero, and zeros have a bar of their own. */
export function tenths(counts: ArrayLike<number>, edges: readonly number[]): Bars {
  const nBin = edges.length - 1;
  const until = [0];
  for (let bin = 0; bin < nBin; bin++) until.push(until[bin] + (isZero(edges, bin) ? 0 : counts[bin]));
  const total = until[nBin];
  const apart = edges.flatMap((edge, bin) => (bin > 0 && bin < nBin && Math.abs(edge) < TINY ? [bin] : []));
  const first = new Set([0, ...apart]);
  for (let k = 1; k < 10 && total; k++) {
    let best = 0;
    const off = (bin: number) => Math.abs(until[bin] / total - k / 10);
    for (let bin = 1; bin < nBin; bin++) if (off(bin) < off(best)) best = bin;
    if (apart.every((zero) => Math.abs(until[zero] - until[best]) >= NEAR * total)) first.add(best);
  }
  return { first: [...first].sort((a, b) => a - b), nBin };
}

/** The first and last bin of a bar. */
export function binsOf({ first, nBin }: Bars, bar: number): Range {
  return [first[bar], (first[bar + 1] ?? nBin) - 1];
}

/** The bar that a bin is in. */
export function barOf({ first }: Bars, bin: number): number {
  return first.filter((one) => one <= bin).length - 1;
}

/** Counts of bins added up by bar. */
export function byBar(bars: Bars, counts: ArrayLike<number>): Float64Array {
  return Float64Array.from(bars.first, (_, bar) => {
    const [from, to] = binsOf(bars, bar);
    let sum = 0;
    for (let bin = from; bin <= to; bin++) sum += counts[bin];
    return sum;
  });
}
