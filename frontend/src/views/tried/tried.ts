/** What is tried on a sequence: edits, and what the model says after them. */

import { computed, signal } from "@preact/signals";
import { arrayOf, askFrame } from "../../api";
import { ofRun, open, spec } from "../../data";
import { resource } from "../../resource";
import { choose, chosen, part } from "../../state";
import type { CubeSpec, Edit, FeatureBins, Range, Tried } from "../../types";
import { featureName, number } from "../../words";
import type { Heat } from "../sequence/heat";
import { id, ranked, reachOf, read, scale, spread } from "../sequence/read";

export interface After {
  readonly meta: Tried;
  readonly value: Float32Array;
  readonly attribution: Float32Array;
}

const changed = part((now) => now.changed);
export const shownSide = part((now) => now.whatIf);
/** Those of the sequence that is open. */
export const edits = computed<readonly Edit[]>(() =>
  changed.value && changed.value.id === id.value ? changed.value.edits : [],
);

/** Whether the run is of lists of events, which can be added and taken away. */
export const ofEvents = computed(() => open.value?.of_events === true);

export const tried = resource(
  () => {
    const now = open.value;
    if (!now?.has_model || id.value === null || !edits.value.length) return null;
    return { ...ofRun(now), id: id.value, edits: edits.value };
  },
  async (body, control): Promise<After> => {
    const frame = await askFrame<Tried>("what_if", body, control);
    const nFeature = spec.peek()?.features.length ?? 0;
    const whole = (name: string) => spread(arrayOf<Float32Array>(frame, name), frame.meta.feature, nFeature);
    return { meta: frame.meta, value: whole("value"), attribution: whole("attribution") };
  },
);
const after = computed(() => (edits.value.length ? tried.answer.value.data : null));

/** The cells that the next edit is of. */
export const span = signal<{
  readonly feature: number;
  readonly steps: Range;
} | null>(null);

/** What is drawn: before, after, or what the edits changed. */
export const heat = computed<Heat | null>(() => {
  const [now, then, chosenSpan] = [read.value, after.value, span.value];
  if (!now) return null;
  const order = ranked.value.map((one) => one.feature);
  const same = {
    n: now.meta.n_step,
    times: now.times,
    order,
    chosen: chosenSpan,
  };
  const fits = then && then.attribution.length === now.attribution.length;
  if (!fits || shownSide.value === "before")
    return {
      ...same,
      value: now.value,
      colour: now.attribution,
      reach: scale.value,
    };
  const edited = (feature: number, step: number) =>
    edits.value.some((one) => one.feature === feature && one.first <= step && step <= one.last);
  if (shownSide.value === "after")
    return {
      ...same,
      value: then.value,
      colour: then.attribution,
      reach: scale.value,
      edited,
    };
  const apart = apartOf(then.attribution, now.attribution);
  return {
    ...same,
    value: then.value,
    colour: apart,
    reach: reachOf(apart),
    edited,
  };
});

/** What each cell adds more than before; one that is there on one side only added nothing on the other. */
export function apartOf(after: Float32Array, before: Float32Array): Float32Array {
  return after.map((x, i) => {
    const y = before[i];
    return Number.isNaN(x) ? -y : Number.isNaN(y) ? x : x - y;
  });
}

/** Adds an edit of the cells that are chosen; one of the same cells gives way. */
export function edit(value: Edit["value"]): void {
  const [cells, of] = [span.peek(), id.peek()];
  if (!cells || of === null) return;
  const [first, last] = cells.steps;
  const others = edits
    .peek()
    .filter((one) => one.feature !== cells.feature || one.first !== first || one.last !== last);
  choose({
    changed: {
      id: of,
      edits: [...others, { feature: cells.feature, first, last, value }],
    },
    whatIf: chosen.peek().whatIf === "before" ? "after" : chosen.peek().whatIf,
  });
}

export function withdraw(one: Edit): void {
  const of = id.peek();
  const left = edits.peek().filter((other) => other !== one);
  if (of !== null) choose({ changed: left.length ? { id: of, edits: left } : null });
}

/** A value in the middle of a bin; of the outer ones as far beyond the edge as the next is wide, halved. */
export function typicalOf(feature: FeatureBins, bin: number): number | null {
  const { edges, kind, labels } = feature;
  if (kind === "category") {
    const value = Number.parseFloat(labels[bin - 1]);
    return Number.isFinite(value) ? value : null;
  }
  if (!edges.length) return null;
  const wide =
    edges.length > 1 ? (edges[edges.length - 1] - edges[0]) / (edges.length - 1) : Math.abs(edges[0]) / 2 || 1;
  const [from, to] = [
    bin > 1 ? edges[bin - 2] : edges[0] - wide,
    bin <= edges.length ? edges[bin - 1] : edges[edges.length - 1] + wide,
  ];
  return Number(((Math.max(from, edges[0] >= 0 ? 0 : from) + to) / 2).toPrecision(3));
}

/** That a value lies far from the others of its feature; empty where it does not, or nothing tells. */
export function farWords(described: CubeSpec, feature: number, value: number): string {
  const { edges, kind, unit } = described.features[feature];
  const [low, high] = [edges[0], edges[edges.length - 1]];
  if (kind === "category" || edges.length < 2 || (value >= 2 * low - high && value <= 2 * high - low)) return "";
  return `Far from most values (${number(low)} – ${number(high)}${unit ? ` ${unit}` : ""}): what the model says is a guess.`;
}

export function stepsWords(described: CubeSpec, [first, last]: Range): string {
  const unit = described.time_unit || "step";
  return first === last ? `${unit} ${first}` : `${unit}s ${first}–${last}`;
}

export function editWords(described: CubeSpec, one: Edit): string {
  const { unit, without } = described.features[one.feature];
  const value =
    one.value === "present"
      ? "happens"
      : one.value !== null
        ? `${number(one.value, 4)}${unit ? ` ${unit}` : ""}`
        : ofEvents.value
          ? "taken away"
          : without;
  return `${featureName(described, one.feature)} ${value}, ${stepsWords(described, [one.first, one.last])}`;
}
