/** One way to choose a range of bins, by pointer and by keys; whatever is drawn below it. */

import { useMemo, useRef } from "preact/hooks";
import { endGesture } from "../state";
import type { Range } from "../types";

export interface BinAxis {
  readonly n: number;
  /** The left edge of a bin, in pixels; that of bin n is the right edge of the last. */
  at(bin: number): number;
}

export interface Brushed {
  /** Of the gesture, for undo. */
  readonly name: string;
  axis(width: number): BinAxis;
  range(): Range | undefined;
  change(range: Range | undefined, gesture: string | null): void;
  /** What is under the pointer; null where it left. */
  look?(bin: number | null, event: PointerEvent | null): void;
}

const GRIP = 5;

export function binAt(axis: BinAxis, x: number): number {
  let [low, high] = [0, axis.n - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (axis.at(middle) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

interface Drag {
  readonly kind: "new" | "move" | "from" | "to";
  readonly anchor: number;
  readonly start: Range | undefined;
  moved: boolean;
}

/** Handlers for the element that carries the brush. */
export function useBrush(of: Brushed) {
  const drag = useRef<Drag | null>(null);
  const now = useRef(of);
  now.current = of;
  return useMemo(() => {
    let gestures = 0;
    const place = (event: PointerEvent) => {
      const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const axis = now.current.axis(box.width);
      const x = event.clientX - box.left;
      return { axis, x, bin: binAt(axis, x) };
    };
    const kindAt = (axis: BinAxis, x: number): Drag["kind"] => {
      const range = now.current.range();
      if (!range) return "new";
      const [from, to] = [axis.at(range[0]), axis.at(range[1] + 1)];
      if (Math.abs(x - from) <= GRIP) return "from";
      if (Math.abs(x - to) <= GRIP) return "to";
      return x > from && x < to ? "move" : "new";
    };
    const name = () => `${now.current.name} ${gestures}`;
    return {
      onPointerDown(event: PointerEvent) {
        if (event.button !== 0) return;
        const { axis, x, bin } = place(event);
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
        gestures++;
        const range = now.current.range();
        const kind = kindAt(axis, x);
        const anchor = kind === "from" && range ? range[1] : kind === "to" && range ? range[0] : bin;
        drag.current = { kind, anchor, start: range, moved: false };
      },
      onPointerMove(event: PointerEvent) {
        const { axis, x, bin } = place(event);
        const held = drag.current;
        if (!held) {
          const kind = kindAt(axis, x);
          (event.currentTarget as HTMLElement).dataset.grip = kind;
          now.current.look?.(bin, event);
          return;
        }
        now.current.look?.(bin, event);
        if (held.kind === "move" && held.start) {
          const shift = Math.max(-held.start[0], Math.min(axis.n - 1 - held.start[1], bin - held.anchor));
          if (shift !== 0) held.moved = true;
          if (held.moved) now.current.change([held.start[0] + shift, held.start[1] + shift], name());
        } else if (held.moved || bin !== held.anchor || held.kind !== "new") {
          held.moved = true;
          now.current.change([Math.min(held.anchor, bin), Math.max(held.anchor, bin)], name());
        }
      },
      onPointerUp(event: PointerEvent) {
        const held = drag.current;
        drag.current = null;
        if (held && !held.moved) {
          const { bin } = place(event);
          const again = held.start && held.start[0] <= bin && bin <= held.start[1];
          now.current.change(again ? undefined : [bin, bin], name());
        }
        endGesture();
      },
      onPointerCancel() {
        drag.current = null;
        endGesture();
      },
      onPointerLeave() {
        now.current.look?.(null, null);
      },
      onKeyDown(event: KeyboardEvent) {
        const axis = now.current.axis((event.currentTarget as HTMLElement).clientWidth);
        const range = now.current.range();
        const last = axis.n - 1;
        const step = {
          ArrowLeft: -1,
          ArrowDown: -1,
          ArrowRight: 1,
          ArrowUp: 1,
        }[event.key];
        let next: Range | undefined;
        if (event.key === "Escape" && range) next = undefined;
        else if (event.key === "Home") next = [0, event.shiftKey && range ? range[1] : 0];
        else if (event.key === "End") next = [event.shiftKey && range ? range[0] : last, last];
        else if (step === undefined) return;
        else if (!range) next = step > 0 ? [0, 0] : [last, last];
        else if (event.shiftKey) next = [range[0], Math.max(range[0], Math.min(last, range[1] + step))];
        else {
          const shift = Math.max(-range[0], Math.min(last - range[1], step));
          next = [range[0] + shift, range[1] + shift];
        }
        event.preventDefault();
        event.stopPropagation();
        now.current.change(next, `${now.current.name} keys`);
      },
      onBlur() {
        endGesture();
      },
    };
  }, []);
}

/** Bins of the same width. */
export function evenAxis(n: number, width: number, from = 0): BinAxis {
  return { n, at: (bin) => from + (bin * (width - from)) / n };
}

/** Shades what is outside the range and draws its edges. */
export function drawRange(
  context: CanvasRenderingContext2D,
  axis: BinAxis,
  range: Range | undefined,
  top: number,
  height: number,
  mark: string,
  fill: string,
): void {
  if (!range) return;
  const [from, to] = [Math.round(axis.at(range[0])), Math.round(axis.at(range[1] + 1))];
  context.fillStyle = fill;
  context.fillRect(from, top, to - from, height);
  context.fillStyle = mark;
  context.fillRect(from, top, 1.5, height);
  context.fillRect(to - 1.5, top, 1.5, height);
  context.beginPath();
  for (const x of [from, to]) context.roundRect(x - 2.5, top + height / 2 - 7, 5, 14, 2.5);
  context.fill();
}
