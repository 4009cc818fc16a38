/** How many sequences there are by column, of all and of those with something selected; and what narrows them. */

import { computed, signal } from "@preact/signals";
import { arrayOf } from "../../api";
import { conditionOn, withCondition } from "../../cohorts";
import { open, type Sequences, sequences } from "../../data";
import { choose, chosen, part } from "../../state";
import type { Cohort, Column, ColumnCondition, Range } from "../../types";
import { columnValue, number, percent } from "../../words";

/** Classes are in the table of outcomes. */
export const columns = computed(() => open.value?.columns.filter((one) => one.kind !== "class") ?? []);
export const edits = part((now) => now.edits);
export const edited = part<Cohort>((now) => (now.edits === "b" ? (now.b ?? { all: [] }) : now.a));
export const hasB = part((now) => now.b !== null);
export const counted = computed(() => sequences[edits.value === "b" && hasB.value ? "b" : "a"].answer.value);

/** Whether columns for those who made the run are shown; those with a condition always are. */
export const more = signal(false);
export const shownColumns = computed(() =>
  columns.value.filter((one) => !one.technical || more.value || conditionOn(edited.value, one.name)),
);

/** Counts by bin, groups added up; those of some groups only, where classes are selected. */
export function byBin(
  of: Sequences | null,
  name: string,
  which: "all" | "brushed",
  groups: readonly number[] | undefined,
): Float64Array | null {
  if (!of?.frame.arrays[`${name}:${which}`]) return null;
  const array = arrayOf<Float64Array>(of.frame, `${name}:${which}`);
  const [nBin, nGroup = 1] = of.frame.arrays[`${name}:${which}`].shape;
  const sums = new Float64Array(nBin);
  for (let bin = 0; bin < nBin; bin++)
    for (let g = 0; g < nGroup; g++)
      if (!groups || nGroup === 1 || groups.includes(g)) sums[bin] += array[bin * nGroup + g];
  return sums;
}

/** Counts by group; none in others than `groups`, where those are selected. */
export function byGroup(
  of: Sequences | null,
  which: "all" | "brushed",
  groups?: readonly number[],
): Float64Array | null {
  if (!of?.frame.arrays[`groups:${which}`]) return null;
  const counts = arrayOf<Float64Array>(of.frame, `groups:${which}`);
  return groups ? counts.map((n, g) => (groups.includes(g) ? n : 0)) : counts;
}

export function setCondition(column: string, condition: ColumnCondition | null, gesture: string | null = null): void {
  const now = chosen.peek();
  if (now.edits === "b") choose({ b: withCondition(now.b ?? { all: [] }, column, condition) }, gesture);
  else choose({ a: withCondition(now.a, column, condition) }, gesture);
}

/** The bins that a condition keeps, where it keeps whole bins. */
export function rangeOf(column: Column, condition: ColumnCondition | null): Range | undefined {
  if (!condition || !column.bins) return undefined;
  const from =
    condition.from === undefined ? 0 : column.bins.filter((edge) => edge <= (condition.from as number)).length;
  const upper = condition.below ?? condition.to;
  const to =
    upper === undefined
      ? column.bins.length
      : column.bins.filter((edge) => (condition.below !== undefined ? edge < upper : edge <= upper)).length;
  return [from, Math.max(from, to)];
}

export function conditionOf(column: Column, range: Range | undefined): ColumnCondition | null {
  const bins = column.bins ?? [];
  if (!range || (range[0] === 0 && range[1] === bins.length)) return null;
  return {
    column: column.name,
    ...(range[0] > 0 ? { from: bins[range[0] - 1] } : {}),
    ...(range[1] < bins.length ? { below: bins[range[1]] } : {}),
  };
}

const UNITS: Record<string, string> = {
  hours: "h",
  years: "y",
  days: "d",
  minutes: "min",
};

export function binWords(column: Column, range: Range, withUnit = true): string {
  const bins = column.bins ?? [];
  const [from, to] = [
    range[0] > 0 ? bins[range[0] - 1] : column.min,
    range[1] < bins.length ? bins[range[1]] : column.max,
  ];
  if (column.name === "probability") return `${percent(from ?? 0)} – ${percent(to ?? 1)}`;
  const unit = column.unit && withUnit ? ` ${UNITS[column.unit] ?? column.unit}` : "";
  return `${number(from ?? NaN, 2)} – ${number(to ?? NaN, 2)}${unit}`;
}

/** The one value that a column has in everyone; null where it has several, or nothing is known yet. */
export function onlyValue(column: Column, everyone: Float64Array | null): string | null {
  if (!everyone) return null;
  if (column.kind === "number")
    return column.min !== undefined && column.min === column.max
      ? `${number(column.min, 4)}${column.unit ? ` ${column.unit}` : ""}`
      : null;
  const held = [...everyone.keys()].filter((bin) => everyone[bin] > 0);
  return held.length === 1 ? columnValue(column, column.values?.[held[0]] ?? "") : null;
}
