/** A small histogram that can be brushed: all, those of the cohort, and of them those with something selected. */

import { signal } from "@preact/signals";
import { useCallback, useMemo } from "preact/hooks";
import type { Palette } from "../colour";
import { same } from "../state";
import type { Range } from "../types";
import { type BinAxis, drawRange, evenAxis, useBrush } from "./brush";
import { Canvas, type Draw } from "./Canvas";

export interface Layers {
  /** Of everyone, `[bin]`; a faint outline. */
  readonly everyone: ArrayLike<number> | null;
  readonly all: ArrayLike<number>;
  readonly brushed: ArrayLike<number>;
}

interface HistogramProps {
  name: string;
  label: string;
  /** What the range says, for those who hear the page. */
  spoken: string;
  n: number;
  layers: Layers | null;
  range: Range | undefined;
  change: (range: Range | undefined, gesture: string | null) => void;
  look?: (bin: number | null, event: PointerEvent | null) => void;
}

const GAP = 1;

export function Histogram({ name, label, spoken, n, layers, range, change, look }: HistogramProps) {
  const now = useMemo(() => signal({ layers, range, n }), []);
  if (!same(now.peek(), { layers, range, n })) now.value = { layers, range, n };
  const draw = useCallback<Draw>((context, width, height, palette) => {
    const { layers, range, n } = now.value;
    const axis = evenAxis(n, width);
    drawRange(context, axis, range, 0, height - 1, palette.mark, palette.markSoft);
    context.fillStyle = palette.line;
    context.fillRect(0, height - 1, width, 1);
    if (layers) bars(context, axis, layers, height - 1, palette);
  }, []);
  const handlers = useBrush({
    name,
    axis: (width) => evenAxis(n, width),
    range: () => range,
    change,
    look,
  });
  return (
    <div
      class="histogram brushable"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={n - 1}
      aria-valuenow={range ? range[0] : 0}
      aria-valuetext={spoken}
      {...handlers}
    >
      <Canvas draw={draw} />
    </div>
  );
}

function bars(
  context: CanvasRenderingContext2D,
  axis: BinAxis,
  { everyone, all, brushed }: Layers,
  height: number,
  palette: Palette,
): void {
  let most = 1;
  for (let i = 0; i < axis.n; i++) most = Math.max(most, all[i], everyone?.[i] ?? 0);
  const top = height - 2;
  const bar = (i: number, n: number, colour: string) => {
    if (!(n > 0)) return;
    const [from, to] = [Math.round(axis.at(i)), Math.round(axis.at(i + 1))];
    const tall = Math.max(1, Math.round((n / most) * top));
    context.fillStyle = colour;
    context.fillRect(from, height - tall, to - from - GAP, tall);
  };
  for (let i = 0; i < axis.n; i++) {
    if (everyone) bar(i, everyone[i], palette.line);
    bar(i, all[i], palette.barSoft);
    bar(i, brushed[i], palette.bar);
  }
}
