/** A view as it stands, as a picture: its boxes and texts from the page, its canvases drawn anew. */

import { palette } from "../colour";
import { drawnBy } from "../parts/Canvas";
import { Drawing } from "./svg";

type Context = CanvasRenderingContext2D;
/** What belongs to the page, not to the picture. */
const LEFT_OUT =
  ".tools, .hidden, .sheet, .progress, .tab-list, .quiet, .search, .controls, script, select, input, textarea";
const DENSITY = 2;

function visible(colour: string): boolean {
  return colour !== "transparent" && !/^rgba\(.*,\s*0\)$/.test(colour) && !/\/\s*0\)$/.test(colour);
}

/** Draws an element and all in it; what scrolls is cut to what is seen. */
function paint(element: Element, context: Context, origin: DOMRect, isDrawing: boolean): void {
  if (element.matches(LEFT_OUT)) return;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  if (style.visibility === "hidden" || style.display === "none" || !box.width || !box.height) return;
  const [x, y] = [box.left - origin.left, box.top - origin.top];
  context.save();
  context.globalAlpha *= Number(style.opacity);
  if (element instanceof HTMLCanvasElement) {
    const draw = drawnBy.get(element);
    context.beginPath();
    context.rect(x, y, box.width, box.height);
    context.clip();
    if (isDrawing && draw) {
      context.translate(x, y);
      draw(context, box.width, box.height, palette.peek());
    } else context.drawImage(element, 0, 0, element.width, element.height, x, y, box.width, box.height);
    context.restore();
    return;
  }
  if (visible(style.backgroundColor)) {
    context.fillStyle = style.backgroundColor;
    context.beginPath();
    context.roundRect(x, y, box.width, box.height, Number.parseFloat(style.borderTopLeftRadius) || 0);
    context.fill();
  }
  const line = Number.parseFloat(style.borderBottomWidth);
  if (line && visible(style.borderBottomColor) && element.tagName !== "SECTION") {
    context.fillStyle = style.borderBottomColor;
    context.fillRect(x, y + box.height - line, box.width, line);
  }
  if (style.overflowY !== "visible" || style.overflowX !== "visible") {
    context.beginPath();
    context.rect(x, y, box.width, box.height);
    context.clip();
  }
  for (const child of element.childNodes) {
    if (child instanceof Element) paint(child, context, origin, isDrawing);
    else if (child.nodeType === Node.TEXT_NODE) write(child as Text, style, context, origin);
  }
  context.restore();
}

/** A text word by word, joined where words stand in one line. */
function write(node: Text, style: CSSStyleDeclaration, context: Context, origin: DOMRect): void {
  const range = document.createRange();
  context.font = `${style.fontWeight} ${style.fontSize.replace("px", "")}px ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textAlign = "left";
  context.textBaseline = "middle";
  let line: { text: string; left: number; middle: number } | null = null;
  const flush = () => line && context.fillText(line.text, line.left, line.middle);
  for (const { index, 0: word } of node.data.matchAll(/\S+\s*/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.trimEnd().length);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    const [left, middle] = [box.left - origin.left, box.top - origin.top + box.height / 2];
    const current = line;
    if (current && Math.abs(current.middle - middle) < 2) current.text += word;
    else {
      flush();
      line = { text: word, left, middle };
    }
  }
  flush();
}

export function asSvg(panel: HTMLElement, title: string): string {
  const box = panel.getBoundingClientRect();
  const drawing = new Drawing(palette.peek().panel);
  paint(panel, drawing as unknown as Context, box, true);
  return drawing.finished(Math.ceil(box.width), Math.ceil(box.height), title);
}

export function asPng(panel: HTMLElement): Promise<Blob> {
  const box = panel.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.ceil(box.width) * DENSITY, Math.ceil(box.height) * DENSITY];
  const context = canvas.getContext("2d") as Context;
  context.scale(DENSITY, DENSITY);
  paint(panel, context, box, false);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))), "image/png"),
  );
}
