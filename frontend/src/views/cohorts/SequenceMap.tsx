/** Sequences as dots: alike ones lie together; a line drawn around some picks them. */

import { computed, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { palette } from "../../colour";
import { groups as outcomes, spec, words } from "../../data";
import { Canvas, type Draw } from "../../parts/Canvas";
import { useSize } from "../../parts/size";
import { useResource } from "../../resource";
import { choose, chosen, endGesture, part, same, select, unpick } from "../../state";
import type { CubeSpec } from "../../types";
import { className, count } from "../../words";
import { type Point, within } from "./lasso";
import { brushed, followMap, lineOf, lit, pickedBy, places, points, room } from "./points";

const line = signal<readonly Point[]>([]);
/** A circle that keys move; null while the pointer is used. */
const circle = signal<{
  readonly x: number;
  readonly y: number;
  readonly r: number;
} | null>(null);
const picked = part((now) => now.picked.find((one) => one.from === "map") ?? null);
const pickedIds = computed(() =>
  picked.value && "ids" in picked.value.cohort ? new Set(picked.value.cohort.ids) : null,
);

function colourOf(
  described: CubeSpec,
  predicted: number,
  colours: { lower: string; raise: string; categories: readonly string[] },
): string {
  const classes = [...new Set(described.groups.map(([one]) => one))].sort((a, b) => a - b);
  if (classes.length <= 2) return predicted === classes[classes.length - 1] ? colours.raise : colours.lower;
  return colours.categories[classes.indexOf(predicted) % 6];
}

const paint: Draw = (context, width, height, colours) => {
  const [now, described, { x, y }] = [points.answer.value.data, spec.value, places.value];
  if (!now || !described) return;
  const [groups, some, ids] = [outcomes.value, lit.value, pickedIds.value];
  const size = now.x.length > 4000 ? 2 : now.x.length > 800 ? 3 : 4;
  for (const strong of [false, true])
    for (let i = 0; i < x.length; i++) {
      const [predicted, label] = described.groups[now.group[i]];
      const here =
        (!groups || groups.includes(now.group[i])) &&
        (!some || some.has(now.meta.ids[i])) &&
        (!ids || ids.has(now.meta.ids[i]));
      if (here !== strong) continue;
      context.globalAlpha = here ? 0.8 : 0.2;
      context.fillStyle = here ? colourOf(described, predicted, colours) : colours.faint;
      context.fillRect(x[i] - size / 2, y[i] - size / 2, size, size);
      if (!here || label < 0 || label === predicted || size < 3) continue;
      context.fillStyle = colours.panel;
      context.fillRect(x[i] - size / 2 + 1, y[i] - size / 2 + 1, size - 2, size - 2);
    }
  context.globalAlpha = 1;
  const drawn = line.value;
  context.strokeStyle = colours.mark;
  context.lineWidth = 1.5;
  context.fillStyle = colours.markSoft;
  context.beginPath();
  const round = circle.value;
  if (drawn.length > 1) {
    context.moveTo(drawn[0][0], drawn[0][1]);
    for (const [px, py] of drawn) context.lineTo(px, py);
  } else if (round) context.arc(Math.min(round.x, width), Math.min(round.y, height), round.r, 0, 7);
  else return;
  context.fill();
  context.stroke();
};

function take(drawn: readonly Point[], add: boolean): void {
  const [data, called] = [points.answer.peek().data, words.peek()];
  if (!data || !called) return;
  const before = picked.peek();
  const kept = add && before?.on === data.meta.kind ? (before?.around ?? []) : [];
  const around = [...kept, lineOf(drawn, room.peek())];
  const one = pickedBy(around, data, called.sequences);
  if (!("ids" in one.cohort) || !one.cohort.ids.length) {
    unpick("map");
    return;
  }
  choose({ picked: [...chosen.peek().picked.filter((other) => other.from !== "map"), one] });
}

const CORNERS = 24;

function ring({ x, y, r }: { readonly x: number; readonly y: number; readonly r: number }): readonly Point[] {
  return Array.from({ length: CORNERS }, (_, i): Point => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  });
}

const LEAST = 3;
const STEP = 8;

function onKeyDown(event: KeyboardEvent): void {
  const { width, height } = room.peek();
  const now = circle.peek() ?? { x: width / 2, y: height / 2, r: 24 };
  const step = {
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
  }[event.key];
  const held = (x: number, most: number) => Math.max(0, Math.min(most, x));
  if (step)
    circle.value = {
      ...now,
      x: held(now.x + step[0] * STEP, width),
      y: held(now.y + step[1] * STEP, height),
    };
  else if (event.key === "+" || event.key === "=") circle.value = { ...now, r: Math.min(now.r + 4, width) };
  else if (event.key === "-") circle.value = { ...now, r: Math.max(now.r - 4, 4) };
  else if (event.key === "Enter" || event.key === " ") {
    circle.value = now;
    take(ring(now), event.key === " ");
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

export function SequenceMap() {
  useResource(() => points);
  useResource(() => brushed);
  const box = useSize((element) => {
    const next = { width: element.clientWidth, height: element.clientHeight };
    if (!same(next, room.peek())) room.value = next;
  });
  useEffect(() => followMap(points), []);
  useEffect(
    () => () => {
      circle.value = null;
      line.value = [];
    },
    [],
  );
  const handlers = useMemo(() => {
    let held = false;
    const at = (event: PointerEvent): Point => {
      const here = (event.currentTarget as HTMLElement).getBoundingClientRect();
      return [event.clientX - here.left, event.clientY - here.top];
    };
    return {
      onPointerDown(event: PointerEvent) {
        if (event.button !== 0) return;
        held = true;
        circle.value = null;
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
        line.value = [at(event)];
      },
      onPointerMove(event: PointerEvent) {
        const next = at(event);
        const last = line.peek()[line.peek().length - 1];
        if (held && Math.hypot(next[0] - last[0], next[1] - last[1]) >= LEAST) line.value = [...line.peek(), next];
      },
      onPointerUp(event: PointerEvent) {
        const drawn = line.peek();
        held = false;
        line.value = [];
        if (drawn.length > 2) take(drawn, event.shiftKey);
        else unpick("map");
        endGesture();
      },
      onPointerCancel() {
        held = false;
        line.value = [];
      },
    };
  }, []);
  const [answer, described, called, colours] = [points.answer.value, spec.value, words.value, palette.value];
  const inCircle =
    circle.value && answer.data
      ? answer.data.x.reduce(
          (n, _, i) =>
            n +
            (within(circle.value as NonNullable<typeof circle.value>, places.value.x[i], places.value.y[i]) ? 1 : 0),
          0,
        )
      : null;
  const classes = described ? [...new Set(described.groups.map(([one]) => one))] : [];
  return (
    <>
      <div
        class="map"
        ref={box}
        role="application"
        aria-roledescription="map"
        aria-label={`Map of ${called?.sequences ?? "sequences"}. Arrows move a circle, plus and minus change its size, Enter picks those inside, Space adds them.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...handlers}
      >
        <Canvas draw={paint} />
        {answer.error && <p class="note">{answer.error}</p>}
        {answer.data?.meta.arranging && <p class="arranging">Arranging alike ones together…</p>}
        {!answer.data && answer.waits && <p class="note">Arranging…</p>}
      </div>
      <ul class="map-key">
        {described &&
          classes.map((one) => (
            <li key={one}>
              <button
                type="button"
                onClick={() =>
                  select(
                    "groups",
                    described.groups.map((_, g) => g).filter((g) => described.groups[g][0] === one),
                  )
                }
              >
                <i style={{ background: colourOf(described, one, colours) }} />
                predicted {className(described, one)}
              </button>
            </li>
          ))}
        <li>
          <i class="hollow" /> wrongly
        </li>
      </ul>
      <p class="hidden" aria-live="polite">
        {inCircle === null ? "" : `${count(inCircle)} inside the circle`}
      </p>
    </>
  );
}
