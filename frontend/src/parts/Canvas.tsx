/** A canvas that fills its place, sharp at any density, painted again when what it reads changes. */

import { effect, signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { type Palette, palette } from "../colour";

export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, palette: Palette) => void;

/** Goes up when the fonts have come: text on canvases is then drawn again. */
export const fonts = signal(0);
export const FONT = '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** How each canvas is drawn, for pictures of it. */
export const drawnBy = new WeakMap<HTMLCanvasElement, Draw>();

const lastFont = new WeakMap<CanvasRenderingContext2D, string>();

export function Canvas({ draw, class: name = "" }: { draw: Draw; class?: string }) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useMemo(() => signal({ width: 0, height: 0, density: 1 }), []);
  useLayoutEffect(() => {
    const element = place.current as HTMLDivElement;
    const measure = () => {
      const next = {
        width: element.clientWidth,
        height: element.clientHeight,
        density: devicePixelRatio || 1,
      };
      const now = size.peek();
      if (next.width !== now.width || next.height !== now.height || next.density !== now.density) size.value = next;
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [size]);
  useLayoutEffect(
    () =>
      effect(() => {
        const { width, height, density } = size.value;
        const [now, element] = [palette.value, canvas.current];
        void fonts.value;
        if (!element || !width || !height) return;
        const [w, h] = [Math.round(width * density), Math.round(height * density)];
        const context = element.getContext("2d") as CanvasRenderingContext2D;
        if (element.width !== w || element.height !== h) {
          element.width = w;
          element.height = h;
          lastFont.delete(context);
        }
        context.setTransform(density, 0, 0, density, 0, 0);
        context.clearRect(0, 0, width, height);
        drawnBy.set(element, draw);
        draw(context, width, height, now);
      }),
    [draw, size],
  );
  return (
    <div class={`canvas ${name}`} ref={place}>
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}

/** Draws at another place and angle, and comes back. */
export function turned(context: CanvasRenderingContext2D, x: number, y: number, angle: number, draw: () => void): void {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  draw();
  context.restore();
  lastFont.delete(context);
}

/** Sets how text is drawn; a font that is already set is not set again, since that is slow. */
export function text(
  context: CanvasRenderingContext2D,
  size: number,
  colour: string,
  align: CanvasTextAlign = "left",
  weight = 400,
): void {
  const font = `${weight} ${size}px ${FONT}`;
  if (lastFont.get(context) !== font) {
    context.font = font;
    lastFont.set(context, font);
  }
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
}
