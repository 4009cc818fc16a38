/** What the server says of further axes, and how it is asked. */

import { askFrame, arrayOf, type Frame } from "../../api";
import { cohortA, ofRun, open } from "../../data";
import { type Resource, resource } from "../../resource";
import { choose, part } from "../../state";
import { number } from "../../words";
import { axes, type Axis, isCounted } from "./present";

/** Where a dream stands among others, and what was said of it. */
export interface Dream {
  readonly id: string;
  readonly target_class: number;
  /** The other class of a dream that stands between two; -1 else. */
  readonly target_class_other: number;
  /** The place of what it was driven to. */
  readonly kind: number;
  readonly margin: number | null;
  /** How far the classes of a border are apart. */
  readonly gap: number | null;
  readonly predicted: number;
  readonly probability: number | null;
  readonly nearest: string | null;
  readonly distance: number | null;
  /** Whether it is nearer to a real series than these are to each other. */
  readonly copy: boolean;
  /** The share of other models that say its class. */
  readonly agreed: number | null;
  /** By judge, the percentile among held-out real series. */
  readonly judged: Readonly<Record<string, number | null>>;
  /** The judges to whom it lies where real series don't. */
  readonly unreal: readonly string[];
  /** 1 or 0; -1 where nobody judged. */
  readonly looks_real: number;
}

/** Dreams that were driven to one thing, and the real series beside them. */
export interface Kind {
  readonly place: number;
  /** What it is called; empty where the run does not say. */
  readonly name: string;
  readonly classes: readonly number[];
  readonly n: number;
  readonly wanted: number | null;
  readonly n_real: number;
  /** What real series reach, in the middle and at most. */
  readonly median: number | null;
  readonly most: number | null;
  /** The real series that reaches most, or is nearest to a border, its gap there, and its percentile to each judge. */
  readonly top: string | null;
  readonly gap: number | null;
  readonly judged: Readonly<Record<string, number | null>>;
  /** "believable", "believable in part", "not believable", "not judged" or empty. */
  readonly finding: string;
  readonly words: string;
}

export interface DreamsMeta {
  readonly n: number;
  readonly n_draw: number;
  readonly n_real_looking: number;
  readonly n_judged: number;
  readonly first: number;
  readonly rows: readonly Dream[];
  readonly judges: readonly string[];
  readonly kinds: readonly Kind[];
  /** The kinds of the page, in the order of their bands. */
  readonly here: readonly number[];
  readonly class_names: readonly string[];
  readonly features: readonly { readonly place: number; readonly name: string }[];
  readonly feature_names: readonly string[];
  readonly real_looking: readonly [number, number];
  readonly n_step: number;
  readonly time_unit: string;
}

export interface Where {
  readonly feature_names: readonly string[];
  readonly n_step: number;
  readonly time_unit: string;
}

/** A sequence, and those before and after it in the cohort. */
export interface One {
  readonly id: string;
  readonly predicted: number;
  readonly label: number;
  readonly probability: number | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly place: number;
  readonly n_sample: number;
}

export interface HierarchyMeta extends One, Where {
  readonly group: readonly number[];
  readonly names: readonly string[];
  readonly n_group: number;
}

export interface ComponentsMeta extends Where {
  readonly n_sample: number;
  readonly class_names: readonly string[];
  readonly samples_by_class: readonly number[];
  readonly names: readonly (string | number)[];
  readonly n_component: number;
  readonly component_name: string;
  readonly component_unit: string;
  readonly has_basis: boolean;
  readonly one?: One;
}

export interface Extent {
  readonly features: readonly number[];
  readonly first: number;
  readonly last: number;
  readonly n_cell: number;
  readonly is_box: boolean;
}

export interface GroupsMeta extends Where {
  /** Whether a group means the same in every sequence. */
  readonly comparable: boolean;
  readonly class_names: readonly string[];
  readonly n_sample: number;
  readonly group: readonly number[];
  readonly n_group: number;
  readonly names: readonly string[];
  readonly extents: readonly Extent[];
  readonly has_cells: boolean;
  readonly one?: One;
}

export const sequence = part((now) => now.sequence);
export const component = part((now) => now.component);
const dreamsOf = part((now) => now.dreamsOf);
const dreamsBy = part((now) => now.dreamsBy);
const dreamsFrom = part((now) => now.dreamsFrom);
export const PAGE = 24;

/** A question about the run that is open, of cohort A where there is one. */
function about(axis: Axis, extra: object): object | null {
  const now = open.value;
  if (!now || !axes.value.includes(axis)) return null;
  return { ...ofRun(now), ...(isCounted.value ? { cohort: cohortA.value } : {}), ...extra };
}

function ofOne(): object {
  return sequence.value === null ? {} : { id: sequence.value };
}

export const dreams = resource(
  () =>
    open.value && axes.value.includes("draw")
      ? {
          run: open.value.run.name,
          first: dreamsFrom.value,
          n: PAGE,
          sort: dreamsBy.value,
          ...(dreamsOf.value === null ? {} : { kind: dreamsOf.value }),
        }
      : null,
  (body, signal) => askFrame<DreamsMeta>("draws", body, signal),
);
export const hierarchy = resource(
  () => about("merge", ofOne()),
  (body, signal) => askFrame<HierarchyMeta>("hierarchy", body, signal),
);
export const components = resource(
  () =>
    about("component", {
      ...ofOne(),
      ...(component.value === null || sequence.value === null ? {} : { component: component.value }),
    }),
  (body, signal) => askFrame<ComponentsMeta>("components", body, signal),
  { wait: 120 },
);
export const groups = resource(
  () => about("group", ofOne()),
  (body, signal) => askFrame<GroupsMeta>("groups", body, signal),
);

/** Asks again; about another sequence where it was a chosen one that could not be shown. */
export function retrying(of: Resource<unknown>): () => void {
  return () => (sequence.peek() === null ? of.again() : choose({ sequence: null }));
}

/** An array of a frame; null where it has none of this name. */
export function maybe<T extends Float32Array | Int32Array>(of: Frame<unknown>, name: string): T | null {
  return name in of.arrays ? arrayOf<T>(of, name) : null;
}

/** Half of an interval. */
export function within(half: number): string {
  return `± ${number(half, 2)}`;
}

/** Steps in words, where the run says nothing finer: "hours 3–8". */
export function stepWords(unit: string, first: number, last: number): string {
  const called = unit || "step";
  return first === last ? `${called} ${first}` : `${called}s ${first}–${last}`;
}

/** What a group of cells is called: by its name, else by where it lies. */
export function groupName(where: Where, extent: Extent | undefined, name = ""): string {
  if (name || !extent || !extent.n_cell) return name;
  const named = extent.features.slice(0, 2).map((f) => where.feature_names[f]?.replaceAll("_", " ") ?? `${f}`);
  const more = extent.features.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""} in ${stepWords(where.time_unit, extent.first, extent.last)}`;
}

/** Where each of some groups lies, from its cells. */
export function extentsOf(cells: Int32Array, n: number): readonly Extent[] {
  const found = Array.from({ length: n }, () => ({
    features: new Set<number>(),
    first: Infinity,
    last: -1,
    n_cell: 0,
  }));
  for (let i = 0; i < cells.length; i += 3) {
    const one = found[cells[i]];
    one.features.add(cells[i + 2]);
    one.first = Math.min(one.first, cells[i + 1]);
    one.last = Math.max(one.last, cells[i + 1]);
    one.n_cell += 1;
  }
  return found.map(({ features, first, last, n_cell }) => ({
    features: [...features].sort((x, y) => x - y),
    first,
    last,
    n_cell,
    is_box: n_cell > 0 && n_cell === features.size * (last - first + 1),
  }));
}
