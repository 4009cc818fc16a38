/** Sequences as points of a map: what came, where they stand, and which lie inside lines. */

import { computed, effect, signal } from "@preact/signals";
import { arrayOf, askFrame } from "../../api";
import { both } from "../../cohorts";
import { asked, cohortFor, open } from "../../data";
import { type Resource, resource } from "../../resource";
import { chosen, complete, part } from "../../state";
import type { EmbeddingMeta, Picked } from "../../types";
import { count, wordsOf } from "../../words";
import { inside, type Point } from "./lasso";

export interface Points {
  readonly meta: EmbeddingMeta;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly group: Int32Array;
}

const cohort = cohortFor("map");
const rows = part(({ selection: { groups: _, ...others } }) => others);

async function ask(body: object, control: AbortSignal): Promise<Points> {
  const frame = await askFrame<EmbeddingMeta>("embedding", body, control);
  return {
    meta: frame.meta,
    x: arrayOf<Float32Array>(frame, "x"),
    y: arrayOf<Float32Array>(frame, "y"),
    group: arrayOf<Int32Array>(frame, "group"),
  };
}

export const points = resource(() => asked(cohort.value), ask, { wait: 100 });
/** Those with something selected. */
export const brushed = resource(
  () => (Object.keys(rows.value).length ? asked(both(cohort.value, { rows: rows.value, at_least: 1 })) : null),
  ask,
  { wait: 300 },
);
export const lit = computed(() => (brushed.answer.value.data ? new Set(brushed.answer.value.data.meta.ids) : null));

export const room = signal({ width: 0, height: 0 });
export const MARGIN = 8;
/** The map's width and height in the units of lines. */
const WHOLE = 1000;
const MOST_CORNERS = 60;

/** Where points stand between the outermost ones, from 0 to 1000 in x, and upwards in y. */
export function spread({ x, y }: Pick<Points, "x" | "y">): { x: Float32Array; y: Float32Array } {
  const own = (of: Float32Array) => {
    const [low, high] = of.reduce(
      ([least, most], one) => [Math.min(least, one), Math.max(most, one)],
      [Infinity, -Infinity],
    );
    return of.map((one) => ((one - low) / (high - low || 1)) * WHOLE);
  };
  return { x: own(x), y: own(y) };
}

const standing = computed(() => {
  const now = points.answer.value.data;
  return now ? spread(now) : { x: new Float32Array(0), y: new Float32Array(0) };
});

/** The same in pixels of the map. */
export const places = computed(() => {
  const { width, height } = room.value;
  const { x, y } = standing.value;
  return {
    x: x.map((one) => MARGIN + (one / WHOLE) * (width - 2 * MARGIN)),
    y: y.map((one) => height - MARGIN - (one / WHOLE) * (height - 2 * MARGIN)),
  };
});

/** A line of the map's pixels as an address holds it: few corners, whole numbers. */
export function lineOf(
  drawn: readonly Point[],
  { width, height }: { width: number; height: number },
): readonly number[] {
  const every = Math.max(1, Math.ceil(drawn.length / MOST_CORNERS));
  return drawn
    .filter((_, i) => i % every === 0)
    .flatMap(([x, y]) => [
      Math.round(((x - MARGIN) / (width - 2 * MARGIN)) * WHOLE),
      Math.round(((height - MARGIN - y) / (height - 2 * MARGIN)) * WHOLE),
    ]);
}

/** Names of the points inside any of some lines. */
export function idsInside(around: NonNullable<Picked["around"]>, of: Points): readonly string[] {
  const { x, y } = spread(of);
  const lines = around.map((line) =>
    Array.from({ length: line.length / 2 }, (_, i): Point => [line[2 * i], line[2 * i + 1]]),
  );
  return of.meta.ids.filter((_, i) => lines.some((line) => inside(line, x[i], y[i])));
}

/** What is picked by lines, of points that are here. */
export function pickedBy(around: NonNullable<Picked["around"]>, of: Points, sequences: string): Picked {
  const ids = idsInside(around, of);
  return { from: "map", name: `${count(ids.length)} ${sequences}`, cohort: { ids }, around, on: of.meta.kind };
}

/** Lines that came with an address, whose sequences are not known yet. */
const unknown = part(
  (now) =>
    now.picked.find((one) => one.from === "map" && one.around && "ids" in one.cohort && !one.cohort.ids.length) ?? null,
);
const found = resource(
  () => (unknown.value ? asked(cohort.value, { method: unknown.value.on ?? "components" }) : null),
  ask,
);
/** Milliseconds between looks at whether a better map is there. */
const LOOK = 2000;

/** Asks again while a map is being arranged; returns what stops it. */
export function followMap(of: Resource<Points>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const { data, waits } = of.answer.value;
    clearTimeout(timer);
    if (data?.meta.arranging && !waits) timer = setTimeout(of.again, LOOK);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** Fills lines that come with an address; returns what stops it. */
export function followLines(): () => void {
  const stops = [
    found.start(),
    followMap(found),
    effect(() => {
      const [one, { data, waits }, now] = [unknown.value, found.answer.value, open.value];
      if (!one?.around || !data || waits || !now || (data.meta.kind !== one.on && data.meta.arranging)) return;
      const all = pickedBy(one.around, data, wordsOf(now).sequences);
      complete({ picked: chosen.peek().picked.map((other) => (other.from === "map" ? all : other)) });
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
