/** Cells as colours: an image of a dot a cell, drawn large without smoothing. */

import { type Palette, placeOf } from "../colour";

/** Reused by everything that paints in one frame. */
let buffer: HTMLCanvasElement | null = null;

/**
 * Args:
 *   colour: Sets a share of the scale in [-1, 1] and an opacity in [0, 1] for a row and a column; no opacity, no dot.
 */
export function dots(
  width: number,
  height: number,
  palette: Palette,
  colour: (row: number, column: number, out: Float32Array) => void,
): HTMLCanvasElement {
  buffer ??= document.createElement("canvas");
  buffer.width = Math.max(width, 1);
  buffer.height = Math.max(height, 1);
  const context = buffer.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(buffer.width, buffer.height);
  const out = new Float32Array(2);
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 4) {
      out[1] = 0;
      colour(row, column, out);
      if (out[1] <= 0) continue;
      const from = placeOf(out[0]);
      image.data[at] = palette.scale[from];
      image.data[at + 1] = palette.scale[from + 1];
      image.data[at + 2] = palette.scale[from + 2];
      image.data[at + 3] = 255 * Math.min(out[1], 1);
    }
  context.putImageData(image, 0, 0);
  return buffer;
}

const hatches = new Map<string, CanvasPattern>();

/** Thin slanted lines over what is not certain. */
export function hatch(context: CanvasRenderingContext2D, palette: Palette): CanvasPattern {
  const found = hatches.get(palette.theme);
  if (found) return found;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d") as CanvasRenderingContext2D;
  pen.strokeStyle = palette.panel;
  pen.lineWidth = 1.6;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift - 1, 7);
    pen.lineTo(shift + 7, -1);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat") as CanvasPattern;
  hatches.set(palette.theme, pattern);
  return pattern;
}
