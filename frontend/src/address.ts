/** What is chosen as the fragment of an address, and back; what does not fit is left out. */

import { signal } from "@preact/signals";
import { fits } from "./fits";
import { type Chosen, choose, chosen, commit, restart, START, same } from "./state";
import type { Cohort, Picked } from "./types";

const ADDRESS_VERSION = 1;
/** Characters: what programs pass on without cutting it off. */
export const LONGEST = 2000;
/** Names of sequences that an address holds, at most. */
const MOST_IDS = 40;

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
  return readAddress(fragment).chosen;
}

/** What an address holds, and whether that is all of it: it may be cut off, or of another version of the page. */
export function readAddress(fragment: string): { readonly chosen: Chosen; readonly whole: boolean } {
  const address = fragment.replace(/^#/, "");
  const [version, text] = address.split(".");
  if (Number(version) !== ADDRESS_VERSION || !text) return { chosen: START, whole: !address };
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const read = Object.entries(JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>);
    const known = read.filter(([key, value]) => key in START && fits(key as keyof Chosen, value));
    return { chosen: { ...START, ...Object.fromEntries(known) }, whole: known.length === read.length };
  } catch {
    return { chosen: START, whole: false };
  }
}

/** Whether the page was opened by an address of which not all could be read. */
export const isPart = signal(false);

export interface Short {
  readonly address: string;
  /** What would not fit, in words. */
  readonly without: readonly string[];
}

/**
 * An address that programs pass on whole: sequences inside a line are held as the line; what still does not fit is left
 * out, and named.
 */
export function shortAddress(now: Chosen): Short {
  const lines = { ...now, picked: now.picked.map(byLine) };
  const steps: readonly (readonly [string, (of: Chosen) => Chosen])[] = [
    ["saved cohorts", (of) => ({ ...of, saved: START.saved })],
    ["sequences that were picked", (of) => ({ ...of, picked: of.picked.filter((one) => !isLong(one.cohort)) })],
    [
      "a long list of sequences",
      (of) => ({ ...of, a: isLong(of.a) ? START.a : of.a, b: of.b && isLong(of.b) ? null : of.b }),
    ],
    ["what is selected", () => ({ ...START, run: now.run })],
  ];
  let short: Chosen = lines;
  const without: string[] = [];
  for (const [name, leave] of steps) {
    if (toAddress(short).length <= LONGEST) break;
    const next = leave(short);
    if (!same(next, short)) without.push(name);
    short = next;
  }
  return { address: toAddress(short), without };
}

function byLine(one: Picked): Picked {
  const many = "ids" in one.cohort && one.cohort.ids.length > MOST_IDS;
  return many && one.around ? { ...one, cohort: { ids: [] } } : one;
}

function isLong(cohort: Cohort): boolean {
  return JSON.stringify(cohort).length > LONGEST / 4;
}

/** Keeps the address and what is chosen together, from a start where the address says nothing; returns what stops it. */
export function followAddress(start = ""): () => void {
  const opened = readAddress(location.hash.length > 1 ? location.hash : start);
  isPart.value = !opened.whole;
  restart(opened.chosen);
  commit();
  let timer: ReturnType<typeof setTimeout>;
  const stop = chosen.subscribe((now) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { address } = shortAddress(now);
      history.replaceState(null, "", `${location.pathname}${location.search}${address ? `#${address}` : ""}`);
    }, 300);
  });
  const read = () => {
    const { chosen: next, whole } = readAddress(location.hash);
    isPart.value = !whole;
    if (shortAddress(chosen.peek()).address !== toAddress(next)) choose(next);
  };
  addEventListener("hashchange", read);
  return () => {
    stop();
    clearTimeout(timer);
    removeEventListener("hashchange", read);
  };
}
