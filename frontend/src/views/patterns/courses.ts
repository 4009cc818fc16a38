/** Sequences whose values and attributions of one feature take the same course: what is asked, and what came. */

import { computed } from "@preact/signals";
import { arrayOf, askFrame } from "../../api";
import { both } from "../../cohorts";
import { asked, cohortFor, selection, spec } from "../../data";
import { resource } from "../../resource";
import { part } from "../../state";
import { strength } from "../../summary";
import type { Cohort, CubeSpec, PatternsMeta, Picked, Selection } from "../../types";
import { featureName } from "../../words";

export const MOST_CLUSTERS = 8;

export interface Patterns {
  readonly meta: PatternsMeta;
  readonly feature: number;
  /** Clusters, of how many. */
  readonly n: number;
  /** `[cluster, quantile, time]` each; NaN where nothing was. */
  readonly value: Float32Array;
  readonly attribution: Float32Array;
  /** Sequences, `[cluster, group]`. */
  readonly counts: Float32Array;
  /** Sequences that are like no others, `[group]`. */
  readonly none: Float32Array;
  readonly members: Int32Array;
  /** Positions of the members in the run. */
  readonly sample: Int32Array | null;
}

const wanted = part((now) => now.courseOf);
export const nPattern = part((now) => now.nPattern);
const cohort = cohortFor("patterns");

/** The feature that is chosen here, else the one whose values are selected, else the strongest. */
export const feature = computed(() => {
  const now = spec.value;
  if (!now) return 0;
  if (wanted.value !== null && wanted.value < now.features.length) return wanted.value;
  const { values, features } = selection.value;
  const selected = values?.[0]?.[0] ?? features?.[0];
  if (selected !== undefined) return selected;
  const { effect } = strength.value;
  return effect.reduce((best, one, f) => (one > effect[best] ? f : best), 0);
});

/** The rows of a feature among what is selected; where other features' values are, the sequences that have them. */
export function question(
  cohort: Cohort,
  selection: Selection,
  feature: number,
): { cohort: Cohort; selection: Selection } {
  const { values, features, ...others } = selection;
  const own = values?.filter(([f]) => f === feature) ?? [];
  const touched = own.length > 0 || (values === undefined && (features === undefined || features.includes(feature)));
  if (touched)
    return {
      cohort,
      selection: own.length ? { ...others, values: own } : others,
    };
  return {
    cohort: both(cohort, { rows: selection, at_least: 1 }),
    selection: others,
  };
}

export const patterns = resource(
  () => {
    if (!spec.value) return null;
    const of = question(cohort.value, selection.value, feature.value);
    const n = nPattern.value;
    return asked(of.cohort, {
      selection: of.selection,
      feature: feature.value,
      ...(n ? { n_cluster: n } : {}),
    });
  },
  async (body, control): Promise<Patterns> => {
    const frame = await askFrame<PatternsMeta>("patterns", body, control);
    const counts = frame.arrays.n;
    const none = frame.arrays.none?.data as Float32Array | undefined;
    return {
      meta: frame.meta,
      feature: (body as unknown as { feature: number }).feature,
      n: counts.shape[0],
      value: arrayOf<Float32Array>(frame, "value"),
      attribution: arrayOf<Float32Array>(frame, "attribution"),
      counts: counts.data as Float32Array,
      none: none ?? new Float32Array(counts.shape[1] ?? 0),
      members: arrayOf<Int32Array>(frame, "members"),
      sample: (frame.arrays.sample?.data as Int32Array | undefined) ?? null,
    };
  },
  { wait: 250 },
);

export interface Cluster {
  readonly n: number;
  readonly share: number;
  /** Sequences by group. */
  readonly groups: Float32Array;
  readonly medoid: string;
}

export const clusters = computed<readonly Cluster[]>(() => {
  const [now, described] = [patterns.answer.value.data, spec.value];
  if (!now || !described) return [];
  const nGroup = described.groups.length;
  const all = now.counts.reduce((x, y) => x + y, 0) + now.none.reduce((x, y) => x + y, 0);
  return Array.from({ length: now.n }, (_, k) => {
    const groups = now.counts.subarray(k * nGroup, (k + 1) * nGroup);
    const n = groups.reduce((x, y) => x + y, 0);
    return {
      n,
      share: n / Math.max(all, 1),
      groups,
      medoid: now.meta.medoids[k],
    };
  });
});

/** The class that shares are told of: the last one. */
export function toldClass(spec: CubeSpec): number {
  return Math.max(...spec.groups.map(([predicted]) => predicted));
}

/** Which share of a cluster was predicted this class, and which had it in fact; NaN where that is not known. */
export function shares(spec: CubeSpec, groups: ArrayLike<number>, told: number): { predicted: number; label: number } {
  let [all, predicted, known, label] = [0, 0, 0, 0];
  spec.groups.forEach(([p, l], g) => {
    all += groups[g];
    if (p === told) predicted += groups[g];
    if (l < 0 && l !== -2) return;
    known += groups[g];
    if (l === told) label += groups[g];
  });
  return { predicted: predicted / all, label: known ? label / known : NaN };
}

/** What picking a cluster means: its members, by their ids or by their places in the run. */
export function pickOf(of: Patterns, spec: CubeSpec, cluster: number): Picked | null {
  const name = `pattern ${cluster + 1} of ${featureName(spec, of.feature)}`;
  const own = Array.from(of.members.keys()).filter((i) => of.members[i] === cluster);
  const { ids } = of.meta;
  if (ids) return { from: "patterns", name, cohort: { ids: own.map((i) => ids[i]) } };
  const { sample } = of;
  if (sample)
    return {
      from: "patterns",
      name,
      cohort: { column: "sample", in: own.map((i) => sample[i]) },
    };
  return null;
}

/** A share of fewer sequences says little. */
const FEW = 20;

/** The place of the largest share, of those that are of many sequences where there are any. */
export function foremost(shares: readonly number[], counts: readonly number[]): number {
  const many = counts.some((n) => n >= FEW);
  const counted = [...shares.keys()].filter((k) => !many || counts[k] >= FEW);
  return counted.reduce((best, k) => (shares[k] > shares[best] ? k : best), counted[0] ?? 0);
}
