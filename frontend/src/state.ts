/** The one tree of state: what is chosen (undone, redone, held in the address) and what is only looked at. */

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Align, Cohort, ColumnCondition, Range, Selection } from "./types";

export interface Saved {
  readonly name: string;
  readonly cohort: Cohort;
}

/** What is chosen. Never changed in place: what stays the same stays the same object. */
export interface Chosen {
  readonly run: string | null;
  readonly align: Align;
  readonly a: Cohort;
  readonly b: Cohort | null;
  /** Which cohort the facets narrow. */
  readonly edits: "a" | "b";
  readonly saved: readonly Saved[];
  readonly selection: Selection;
  readonly sequence: string | null;
  readonly show: "a" | "b" | "difference";
  readonly measure: "average" | "per sequence";
  readonly sort: "effect" | "difference" | "name" | "given";
  readonly search: string;
  /** Features shown value by value; null where the page chooses. */
  readonly unfolded: readonly number[] | null;
  readonly parts: "by size" | "equal";
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
  a: EVERYONE,
  b: null,
  edits: "a",
  saved: [],
  selection: NOTHING,
  sequence: null,
  show: "a",
  measure: "average",
  sort: "effect",
  search: "",
  unfolded: null,
  parts: "by size",
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

/** Restricts one axis of the selection, or frees it where nothing is given. */
export function select<K extends keyof Selection>(axis: K, to: Selection[K] | undefined, ofGesture: string | null = null): void {
  const { [axis]: _, ...others } = chosen.peek().selection;
  choose({ selection: to === undefined ? others : { ...others, [axis]: to } }, ofGesture);
}

export function clearSelection(): void {
  choose({ selection: NOTHING });
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

/** The condition that a cohort puts on a column, where it is a plain list of conditions. */
export function conditionOn(cohort: Cohort, column: string): ColumnCondition | null {
  if (!("all" in cohort)) return null;
  return (cohort.all.find((one) => "column" in one && one.column === column) as ColumnCondition | undefined) ?? null;
}

/** A cohort with another condition on a column, or with none. */
export function withCondition(cohort: Cohort, column: string, condition: ColumnCondition | null): Cohort {
  const parts = "all" in cohort ? cohort.all.filter((one) => !("column" in one && one.column === column)) : [cohort];
  return { all: condition ? [...parts, condition] : parts };
}

/** A cohort and another condition, without needless nesting. */
export function both(a: Cohort, b: Cohort): Cohort {
  return { all: [...("all" in a ? a.all : [a]), ...("all" in b ? b.all : [b])] };
}

export function either(a: Cohort, b: Cohort): Cohort {
  return { any: [...("any" in a ? a.any : [a]), ...("any" in b ? b.any : [b])] };
}

export function not(a: Cohort): Cohort {
  return "not" in a ? a.not : { not: a };
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

/** What is chosen, once a frame: every view reads this one, so a frame computes once however often a brush moves. */
const committed = signal<Chosen>(START);
export const shown: ReadonlySignal<Chosen> = committed;
let asked = false;
const soon = typeof requestAnimationFrame === "function" ? requestAnimationFrame : (run: () => void) => setTimeout(run, 0);
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

const ADDRESS_VERSION = 1;

/** What is chosen, as the fragment of an address: only what differs from the start. */
export function toAddress(now: Chosen): string {
  const different = Object.fromEntries(
    (Object.keys(START) as (keyof Chosen)[]).filter((key) => !same(now[key], START[key])).map((key) => [key, now[key]]),
  );
  if (!Object.keys(different).length) return "";
  const bytes = new TextEncoder().encode(JSON.stringify(different));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `${ADDRESS_VERSION}.${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** What an address holds; the start where it cannot be read, so that an old link still opens the page. */
export function fromAddress(fragment: string): Chosen {
  const [version, text] = fragment.replace(/^#/, "").split(".");
  if (Number(version) !== ADDRESS_VERSION || !text) return START;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const read = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const known = Object.entries(read).filter(([key, value]) => key in START && fits(key as keyof Chosen, value));
    return { ...START, ...Object.fromEntries(known) };
  } catch {
    return START;
  }
}

const ONE_OF: Partial<Record<keyof Chosen, readonly unknown[]>> = {
  align: ["start", "end"],
  edits: ["a", "b"],
  show: ["a", "b", "difference"],
  measure: ["average", "per sequence"],
  sort: ["effect", "difference", "name", "given"],
  parts: ["by size", "equal"],
};

/** Whether a value that came with an address is of the kind that its key holds. */
function fits(key: keyof Chosen, value: unknown): boolean {
  const allowed = ONE_OF[key];
  if (allowed) return allowed.includes(value);
  if (key === "selection") return isSelection(value);
  if (key === "a") return isCohort(value);
  if (key === "b") return value === null || isCohort(value);
  if (key === "saved")
    return Array.isArray(value) && value.every((one) => typeof one?.name === "string" && isCohort(one.cohort));
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
  if ("rows" in one) return isSelection(one.rows) && typeof one.at_least === "number";
  return typeof one.column === "string";
}

/** Keeps the address and what is chosen together; returns what stops it. */
export function followAddress(): () => void {
  restart(fromAddress(location.hash));
  commit();
  let timer: ReturnType<typeof setTimeout>;
  const stop = chosen.subscribe((now) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const address = toAddress(now);
      history.replaceState(null, "", `${location.pathname}${location.search}${address ? `#${address}` : ""}`);
    }, 300);
  });
  const read = () => {
    const next = fromAddress(location.hash);
    if (!same(next, chosen.peek())) choose(next);
  };
  addEventListener("hashchange", read);
  return () => {
    stop();
    clearTimeout(timer);
    removeEventListener("hashchange", read);
  };
}
