/** What an address may hold: each value is looked at before it is believed. */

import { type Chosen, type Saved, START } from "./state";
import type { Changed, Cohort, Edit, Picked, Range, Selection } from "./types";

const MOST_PATTERNS = 8;

const ONE_OF: Partial<Record<keyof Chosen, readonly unknown[]>> = {
  align: ["start", "end"],
  edits: ["a", "b"],
  show: ["a", "b", "difference", "other", "runs", "planted"],
  measure: ["average", "per sequence"],
  sort: ["effect", "selected", "turns", "difference", "name", "given"],
  parts: ["by size", "equal"],
  who: ["counts", "map"],
  runs: ["each", "less this"],
  whatIf: ["after", "before", "difference"],
  componentsAs: ["mean", "size"],
  groupsAs: ["each", "together"],
};

/** Keys that hold a place, or none. */
const PLACES: readonly (keyof Chosen)[] = [
  "target",
  "courseOf",
  "component",
  "group",
  "mergeStep",
  "dreamsOf",
  "dreamsFrom",
];

/** Whether a value that came with an address is of the kind that its key holds. */
export function fits(key: keyof Chosen, value: unknown): boolean {
  const allowed = ONE_OF[key];
  if (allowed) return allowed.includes(value);
  if (key === "selection") return isSelection(value);
  if (key === "a") return isCohort(value);
  if (key === "b") return value === null || isCohort(value);
  if (key === "saved") return Array.isArray(value) && value.every(isSaved);
  if (key === "picked") return Array.isArray(value) && value.every(isPicked);
  if (key === "changed") return value === null || isChanged(value);
  if (PLACES.includes(key)) return (value === null && START[key] === null) || isNumbers([value]);
  if (key === "nPattern") return isNumbers([value]) && (value as number) <= MOST_PATTERNS;
  if (key === "unfolded") return value === null || isNumbers(value);
  if (key === "tables") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof value === "string" || (value === null && START[key] === null);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 0);
}

function isRange(value: unknown): value is Range {
  return isNumbers(value) && value.length === 2 && value[0] <= value[1];
}

function isSelection(value: unknown): value is Selection {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([axis, one]) => {
    if (axis === "time" || axis === "attribution") return isRange(one);
    if (axis === "values") return Array.isArray(one) && one.every((pair) => isNumbers(pair) && pair.length === 2);
    return (axis === "features" || axis === "groups") && isNumbers(one);
  });
}

function isCohort(value: unknown): value is Cohort {
  if (typeof value !== "object" || value === null) return false;
  const one = value as Record<string, unknown>;
  if ("all" in one) return Array.isArray(one.all) && one.all.every(isCohort);
  if ("any" in one) return Array.isArray(one.any) && one.any.every(isCohort);
  if ("not" in one) return isCohort(one.not);
  if ("ids" in one) return Array.isArray(one.ids);
  if ("together" in one) return Array.isArray(one.together) && one.together.every(isSelection);
  if ("rows" in one) return isSelection(one.rows) && typeof one.at_least === "number";
  return typeof one.column === "string";
}

function isSaved(value: unknown): value is Saved {
  const one = value as Partial<Saved> | null;
  return typeof one?.name === "string" && isCohort(one.cohort);
}

function isLine(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length % 2 === 0 && value.every(Number.isInteger);
}

function isPicked(value: unknown): value is Picked {
  const one = value as Partial<Picked> | null;
  if (one?.on !== undefined && !["t-sne", "components"].includes(one.on)) return false;
  if (one?.around !== undefined && !(Array.isArray(one.around) && one.around.every(isLine))) return false;
  return (
    ["map", "patterns", "pairs"].includes(one?.from ?? "") && typeof one?.name === "string" && isCohort(one.cohort)
  );
}

function isChanged(value: unknown): value is Changed {
  const one = value as Partial<Changed> | null;
  return typeof one?.id === "string" && Array.isArray(one.edits) && one.edits.every(isEdit);
}

function isEdit(value: unknown): value is Edit {
  const one = value as Partial<Edit> | null;
  if (!isNumbers([one?.feature]) || !isRange([one?.first, one?.last])) return false;
  return one?.value === null || one?.value === "present" || Number.isFinite(one?.value);
}
