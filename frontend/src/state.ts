/** The one tree of state: what is chosen (undone, redone, held in the address) and what is only looked at. */

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Align, Changed, Cohort, Picked, Selection } from "./types";

export interface Saved {
  readonly name: string;
  readonly cohort: Cohort;
}

/** What is chosen. Never changed in place: what stays the same stays the same object. */
export interface Chosen {
  readonly run: string | null;
  readonly align: Align;
  /** Which of the run's targets is explained. */
  readonly target: number;
  readonly a: Cohort;
  readonly b: Cohort | null;
  /** Which cohort the facets narrow. */
  readonly edits: "a" | "b";
  readonly saved: readonly Saved[];
  readonly selection: Selection;
  /** Sequences picked in views: they narrow A and B alike. */
  readonly picked: readonly Picked[];
  readonly sequence: string | null;
  /** Of the summary: a cohort, A − B, another run, that run less this one, or what was planted. */
  readonly show: "a" | "b" | "difference" | "other" | "runs" | "planted";
  readonly measure: "average" | "per sequence";
  readonly sort: "effect" | "selected" | "turns" | "difference" | "name" | "given";
  readonly search: string;
  /** Features shown value by value; null where the page chooses. */
  readonly unfolded: readonly number[] | null;
  readonly parts: "by size" | "equal";
  readonly who: "counts" | "map";
  /** The run that this one is compared with. */
  readonly other: string | null;
  readonly runs: "each" | "less this";
  /** The feature whose courses are clustered; null for the one selected, or the strongest. */
  readonly courseOf: number | null;
  /** How many clusters; 0 lets their stability choose. */
  readonly nPattern: number;
  /** What is tried on a sequence. */
  readonly changed: Changed | null;
  readonly whatIf: "after" | "before" | "difference";
  /** The component of a transform that is looked at, and whether signs count. */
  readonly component: number | null;
  readonly componentsAs: "mean" | "size";
  /** The group that is looked at, and whether groups are shown in pairs. */
  readonly group: number | null;
  readonly groupsAs: "each" | "together";
  /** After how many joins a hierarchy is shown; null where the page chooses. */
  readonly mergeStep: number | null;
  /** The dream that is looked at; of which kind, in which order and from which place dreams are shown. */
  readonly dream: string | null;
  readonly dreamsOf: number | null;
  readonly dreamsBy: string;
  readonly dreamsFrom: number;
  readonly tab: string;
  /** Panels shown as a table. */
  readonly tables: readonly string[];
  /** The panel that fills the page. */
  readonly large: string | null;
}

export const EVERYONE: Cohort = { all: [] };
export const NOTHING: Selection = {};
export const START: Chosen = {
  run: null,
  align: "start",
  target: 0,
  a: EVERYONE,
  b: null,
  edits: "a",
  saved: [],
  selection: NOTHING,
  picked: [],
  sequence: null,
  show: "a",
  measure: "average",
  sort: "effect",
  search: "",
  unfolded: null,
  parts: "by size",
  who: "counts",
  other: null,
  runs: "each",
  courseOf: null,
  nPattern: 0,
  changed: null,
  whatIf: "after",
  component: null,
  componentsAs: "mean",
  group: null,
  groupsAs: "each",
  mergeStep: null,
  dream: null,
  dreamsOf: null,
  dreamsBy: "given",
  dreamsFrom: 0,
  tab: "sequence",
  tables: [],
  large: null,
};

const MOST_STEPS = 200;

/** Now, and what undo and redo lead to. */
export const chosen = signal<Chosen>(START);
const past = signal<readonly Chosen[]>([]);
const future = signal<readonly Chosen[]>([]);
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => future.value.length > 0);

let gesture: string | null = null;

/**
 * Changes what is chosen.
 * Changes of one gesture (a drag of one brush) are undone together: they carry the same name until `endGesture`.
 */
export function choose(change: Partial<Chosen>, ofGesture: string | null = null): void {
  const before = chosen.peek();
  if ((Object.keys(change) as (keyof Chosen)[]).every((key) => same(before[key], change[key]))) return;
  batch(() => {
    if (ofGesture === null || ofGesture !== gesture) {
      past.value = [...past.peek(), before].slice(-MOST_STEPS);
      future.value = [];
    }
    gesture = ofGesture;
    chosen.value = { ...before, ...change };
  });
  if (ofGesture === null) commit();
}

export function endGesture(): void {
  gesture = null;
}

export function undo(): void {
  const before = past.peek();
  if (!before.length) return;
  batch(() => {
    future.value = [...future.peek(), chosen.peek()];
    chosen.value = before[before.length - 1];
    past.value = before.slice(0, -1);
  });
  endGesture();
}

export function redo(): void {
  const after = future.peek();
  if (!after.length) return;
  batch(() => {
    past.value = [...past.peek(), chosen.peek()];
    chosen.value = after[after.length - 1];
    future.value = after.slice(0, -1);
  });
  endGesture();
}

/** Everything as it was at first; undo does not lead back. */
export function restart(start: Chosen = START): void {
  batch(() => {
    chosen.value = start;
    past.value = [];
    future.value = [];
  });
  endGesture();
}

export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Puts in what an address could not hold: no step that undo leads back over. */
export function complete(change: Partial<Chosen>): void {
  chosen.value = { ...chosen.peek(), ...change };
}

/** Restricts one axis of the selection, or frees it where nothing is given. */
export function select<K extends keyof Selection>(
  axis: K,
  to: Selection[K] | undefined,
  ofGesture: string | null = null,
): void {
  const { [axis]: _, ...others } = chosen.peek().selection;
  choose({ selection: to === undefined ? others : { ...others, [axis]: to } }, ofGesture);
}

/** Another run; what is compared and which target is explained begin anew. */
export function openRun(run: string): void {
  choose({ run, target: 0, other: null, show: "a" });
}

/** Explains another output of the model: what attributions are selected means another thing then. */
export function explain(target: number): void {
  const { attribution: _, ...others } = chosen.peek().selection;
  choose({ target, selection: others });
}

/** Counts time from the start or back from the end; a span of time means another thing then. */
export function alignTo(align: Align): void {
  const { selection, show } = chosen.peek();
  const { time: _, ...others } = selection;
  choose({ align, selection: others, show: show === "planted" ? "a" : show });
}

export function clearSelection(): void {
  choose({ selection: NOTHING, picked: [] });
}

/** Narrows to sequences picked in a view, or frees them where they are picked already; one pick a view. */
export function pick(one: Picked): void {
  const others = chosen.peek().picked.filter((other) => other.from !== one.from);
  const again = chosen.peek().picked.some((other) => same(other, one));
  choose({ picked: again ? others : [...others, one] });
}

export function unpick(from: Picked["from"]): void {
  choose({
    picked: chosen.peek().picked.filter((other) => other.from !== from),
  });
}

/** Adds values to the selection, or takes them out where all of them are in it. */
export function toggleValues(values: readonly (readonly [number, number])[], alone = false): void {
  const now = chosen.peek().selection.values ?? [];
  const key = ([f, b]: readonly [number, number]) => f * 1000 + b;
  const asked = new Set(values.map(key));
  const inside = now.filter((one) => asked.has(key(one))).length;
  const others = alone ? [] : now.filter((one) => !asked.has(key(one)));
  const whole = inside === values.length && (!alone || now.length === values.length);
  const next = whole ? others : [...others, ...values].sort((x, y) => key(x) - key(y));
  select("values", next.length ? next : undefined);
}

/** What is only looked at: neither undone nor in the address. */
export interface Looked {
  readonly feature: number | null;
  readonly value: number | null;
  readonly time: number | null;
}

const NOWHERE: Looked = { feature: null, value: null, time: null };
export const looked = signal<Looked>(NOWHERE);
export function look(at: Partial<Looked>): void {
  const next = { ...NOWHERE, ...at };
  if (!same(next, looked.peek())) looked.value = next;
}

/**
 * What is chosen: at once where something is chosen by itself, so that what it asks the server waits for no frame; else
 * once a frame. Every view reads this one, so a frame computes once however often a brush moves.
 */
const committed = signal<Chosen>(START);
export const shown: ReadonlySignal<Chosen> = committed;
let asked = false;
const soon =
  typeof requestAnimationFrame === "function" ? requestAnimationFrame : (run: () => void) => setTimeout(run, 0);
chosen.subscribe(() => {
  if (asked) return;
  asked = true;
  soon(commit);
});

export function commit(): void {
  asked = false;
  committed.value = chosen.peek();
}

/** A part of what is shown, which changes only when that part does. */
export function part<T>(of: (now: Chosen) => T): ReadonlySignal<T> {
  let last: T;
  let first = true;
  return computed(() => {
    const next = of(shown.value);
    if (first || !same(last, next)) {
      last = next;
      first = false;
    }
    return last;
  });
}
