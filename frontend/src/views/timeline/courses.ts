/** What adds to the score and what takes from it at each time, by feature or by value. */

import { computed, signal } from "@preact/signals";
import { cells, chosenValues, first, size, spec, values } from "../../data";
import { strength } from "../../summary";
import { byFeature, featureName, valueWords } from "../../words";
import { columnsOf } from "../bands";

const MOST = 6;
export const width = signal(0);
export const columns = computed(() => columnsOf(width.value, (spec.value?.time_edges.length ?? 0) + 1));

interface Segment {
  readonly name: string;
  readonly feature: number;
  /** Average of a sequence, `[time]`. */
  readonly course: Float64Array;
}

function courseOf(which: "a" | "b", of: readonly number[]): Float64Array {
  const sums = cells[which].value;
  const nTime = columns.value.nTime;
  const course = new Float64Array(nTime);
  const n = Math.max(size.value[which], 1);
  if (sums) for (const v of of) for (let t = 0; t < nTime; t++) course[t] += sums.total[v * nTime + t] / n;
  return course;
}

/** The strongest features among what is selected, or the values of the one that is; the rest together. */
export const segments = computed<readonly Segment[]>(() => {
  const [now, flags] = [spec.value, chosenValues.value];
  if (!now || !cells.a.value) return [];
  const single = byFeature({ values: values.value });
  const of = (f: number) =>
    Array.from({ length: first.value[f + 1] - first.value[f] }, (_, b) => first.value[f] + b).filter((v) => flags[v]);
  if (single.length === 1) {
    const f = single[0][0];
    return of(f)
      .reverse()
      .map((v) => ({
        name: valueWords(now, f, v - first.value[f]),
        feature: f,
        course: courseOf("a", [v]),
      }));
  }
  const { effect } = strength.value;
  const inside = now.features
    .map((_, f) => f)
    .filter((f) => of(f).length > 0)
    .sort((x, y) => effect[y] - effect[x]);
  const named = inside.slice(0, inside.length === MOST + 1 ? MOST + 1 : MOST);
  const others = inside.slice(named.length).flatMap(of);
  const found = named.map((f) => ({
    name: featureName(now, f),
    feature: f,
    course: courseOf("a", of(f)),
  }));
  return others.length
    ? [
        ...found,
        {
          name: `${inside.length - named.length} others`,
          feature: -1,
          course: courseOf("a", others),
        },
      ]
    : found;
});

export const net = computed(() => {
  const flags = chosenValues.value;
  const all = Array.from(flags.keys()).filter((v) => flags[v]);
  return {
    a: courseOf("a", all),
    b: cells.b.value ? courseOf("b", all) : null,
  };
});

export const extent = computed(() => {
  let [low, high] = [0, 0];
  for (let t = 0; t < columns.value.nTime; t++) {
    let [up, down] = [0, 0];
    for (const { course } of segments.value) {
      if (course[t] > 0) up += course[t];
      else down += course[t];
    }
    high = Math.max(high, up, net.value.a[t], net.value.b?.[t] ?? 0);
    low = Math.min(low, down, net.value.a[t], net.value.b?.[t] ?? 0);
  }
  return high - low > 0 ? [low, high] : [-1, 1];
});
