/** The cells of the sequence that is tried on: drag along a row to choose a span, or use the keys. */

import { useMemo, useRef } from "preact/hooks";
import { spec } from "../../data";
import { Canvas, type Draw } from "../../parts/Canvas";
import { hush, tell } from "../../parts/Tooltip";
import { look } from "../../state";
import { capital, featureName, number, signed, stepWords } from "../../words";
import { drawHeat, drawSteps, HEAT_ROW, heatAt, nearestStep } from "../sequence/heat";
import { edit, heat, ofEvents, span, stepsWords } from "./tried";

const paintHeat: Draw = (context, width, _height, colours) => {
  if (heat.value && spec.value) drawHeat(context, width, colours, spec.value, heat.value);
};

const paintSteps: Draw = (context, width, height, colours) => {
  if (heat.value && spec.value) drawSteps(context, width, height, colours, spec.value, heat.value.n);
};

/** The cell under a pointer; while one is held, the nearest of that row. */
function placeOf(event: PointerEvent, held: number | null = null) {
  const [of, described] = [heat.peek(), spec.peek()];
  if (!of || !described) return null;
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  return held === null
    ? heatAt(described, of, box.width, x, y)
    : { feature: held, step: nearestStep(described, of, box.width, x) };
}

function tellCell(event: PointerEvent, { feature, step }: { feature: number; step: number }): void {
  const [of, described] = [heat.peek(), spec.peek()];
  if (!of || !described) return;
  const i = step * described.features.length + feature;
  const { unit, without } = described.features[feature];
  const none = ofEvents.peek() && !Number.isFinite(of.colour[i]) ? "not there" : without;
  tell(event, featureName(described, feature), [
    [
      capital(stepWords(described, of.times, step)),
      Number.isFinite(of.value[i]) ? `${number(of.value[i], 4)} ${unit}` : none,
    ],
    ["adds", signed(of.colour[i], of.reach)],
  ]);
}

function move(event: KeyboardEvent): boolean {
  const [of, now] = [heat.peek(), span.peek()];
  const step = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  }[event.key];
  if (!of || !step) return false;
  const within = (x: number, n: number) => Math.max(0, Math.min(n - 1, x));
  if (!now) span.value = { feature: of.order[0], steps: [0, 0] };
  else if (event.shiftKey && step[1])
    span.value = {
      ...now,
      steps: [now.steps[0], Math.max(now.steps[0], within(now.steps[1] + step[1], of.n))],
    };
  else {
    const row = within(of.order.indexOf(now.feature) + step[0], of.order.length);
    const to = step[1] < 0 ? now.steps[0] : now.steps[1];
    const at = within(to + step[1], of.n);
    span.value = {
      feature: of.order[row],
      steps: step[1] ? [at, at] : now.steps,
    };
  }
  return true;
}

export function Cells({ toValue }: { toValue: () => void }) {
  const scroll = useRef<HTMLDivElement>(null);
  const described = spec.value;
  const handlers = useMemo(() => {
    let held: { feature: number; step: number } | null = null;
    return {
      onPointerDown(event: PointerEvent) {
        held = event.button === 0 ? placeOf(event) : null;
        if (!held) return;
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
        span.value = { feature: held.feature, steps: [held.step, held.step] };
      },
      onPointerMove(event: PointerEvent) {
        const found = placeOf(event, held?.feature);
        if (!found) return hush();
        look({ feature: found.feature });
        tellCell(event, found);
        if (held)
          span.value = {
            feature: held.feature,
            steps: [Math.min(held.step, found.step), Math.max(held.step, found.step)],
          };
      },
      onPointerUp() {
        if (held) toValue();
        held = null;
      },
      onPointerCancel() {
        held = null;
      },
      onPointerLeave() {
        hush();
        look({});
      },
      onKeyDown(event: KeyboardEvent) {
        if (event.key === "Enter") toValue();
        else if (event.key === "Delete" || event.key === "Backspace") edit(null);
        else if (event.key === "Escape" && span.peek()) span.value = null;
        else if (!move(event)) return;
        event.preventDefault();
        event.stopPropagation();
        const row = heat.peek()?.order.indexOf(span.peek()?.feature ?? -1) ?? -1;
        const box = scroll.current;
        if (!box || row < 0) return;
        if (row * HEAT_ROW < box.scrollTop) box.scrollTop = row * HEAT_ROW;
        else if ((row + 1) * HEAT_ROW > box.scrollTop + box.clientHeight)
          box.scrollTop = (row + 1) * HEAT_ROW - box.clientHeight;
      },
    };
  }, []);
  const now = span.value;
  const spoken = now && described ? `${featureName(described, now.feature)}, ${stepsWords(described, now.steps)}` : "";
  return (
    <>
      <div class="heat-axis">
        <Canvas draw={paintSteps} />
      </div>
      <div class="heat-scroll" ref={scroll}>
        <div
          class="heat editable"
          style={{
            height: `${(described?.features.length ?? 0) * HEAT_ROW}px`,
          }}
          role="application"
          aria-roledescription="heat map"
          aria-label="Cells to change. Arrows move, Shift with arrows takes a span, Enter goes to its value, Delete takes its measurements away."
          tabIndex={0}
          {...handlers}
        >
          <Canvas draw={paintHeat} />
        </div>
      </div>
      <p class="hidden" aria-live="polite">
        {spoken}
      </p>
    </>
  );
}
