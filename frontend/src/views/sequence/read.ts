/** One sequence as the server knows it: its values, its attributions, and what follows from them. */

import { computed } from "@preact/signals";
import { arrayOf, askFrame } from "../../api";
import { ofRun, open, spec } from "../../data";
import { resource } from "../../resource";
import { part } from "../../state";
import type { SequenceMeta } from "../../types";

export interface Read {
  readonly meta: SequenceMeta;
  /** Both `[step, feature]` of all features; NaN where nothing was. */
  readonly value: Float32Array;
  readonly attribution: Float32Array;
  readonly times: Float64Array;
}

export const id = part((now) => now.sequence);

export const asked = resource(
  () => (open.value && id.value !== null ? { ...ofRun(open.value), id: id.value } : null),
  async (body, control): Promise<Read> => {
    const frame = await askFrame<SequenceMeta>("sequence", body, control);
    const nFeature = spec.peek()?.features.length ?? 0;
    const whole = (name: string) => spread(arrayOf<Float32Array>(frame, name), frame.meta.feature, nFeature);
    return {
      meta: frame.meta,
      value: whole("value"),
      attribution: whole("attribution"),
      times: arrayOf<Float64Array>(frame, "times"),
    };
  },
);
export const read = computed(() => asked.answer.value.data);

/** Columns of some features at the places of all. */
export function spread(of: Float32Array, feature: readonly number[] | undefined, nFeature: number): Float32Array {
  if (!feature || feature.length === nFeature) return of;
  const nStep = feature.length ? of.length / feature.length : 0;
  const all = new Float32Array(nStep * nFeature).fill(NaN);
  for (let t = 0; t < nStep; t++) feature.forEach((f, k) => (all[t * nFeature + f] = of[t * feature.length + k]));
  return all;
}

export interface Ranked {
  readonly feature: number;
  readonly sum: number;
}

/** What each feature added in all, the strongest first. */
export const ranked = computed<readonly Ranked[]>(() => {
  const [now, described] = [read.value, spec.value];
  return now && described ? ranking(now.attribution, described.features.length) : [];
});

export function ranking(attribution: Float32Array, nFeature: number): readonly Ranked[] {
  const sums = new Float64Array(nFeature);
  for (let i = 0; i < attribution.length; i++)
    if (Number.isFinite(attribution[i])) sums[i % nFeature] += attribution[i];
  return Array.from(sums, (sum, feature) => ({ feature, sum })).sort((x, y) => Math.abs(y.sum) - Math.abs(x.sum));
}

/** The size beyond which the colours of a sequence stay the same. */
export const scale = computed(() => (read.value ? reachOf(read.value.attribution) : 1));

export function reachOf(attribution: ArrayLike<number>): number {
  const sizes = Array.from(attribution, Math.abs)
    .filter((x) => x > 0)
    .sort((x, y) => x - y);
  return sizes[Math.floor(sizes.length * 0.99)] || 1;
}
