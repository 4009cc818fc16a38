/** The summary on its canvases: cells, averages, and the axis of time. */

import { type Palette, placeOf } from "../../colour";
import { chosenValues, first, size, someTime, someValues, spec, time, times } from "../../data";
import { type Draw, text } from "../../parts/Canvas";
import { dots, hatch } from "../../parts/heat";
import { byCell, byValue, rowScale, scale } from "../../summary";
import { signed } from "../../words";
import { type Band, binOf, GAP, ROW, STRIP } from "../bands";
import { ticks } from "../ticks";
import { bands, columns, isUncertain, rows } from "./layout";

export const paintCells: Draw = (context, _w, _h, palette) => {
  const [cell, now, { all, rows: nRow }, place] = [byCell.value, spec.value, bands.value, columns.value];
  if (!cell || !now) return;
  const { nTime, left, width } = place;
  const [value, flags, [from, to], reach] = [rows.value, chosenValues.value, times.value, scale.value];
  const faint = someValues.value || someTime.value;
  const enough = Math.max(size.value.a, 1) * 0.04;
  const image = dots(nTime, nRow, palette, (row, time, out) => {
    const i = value[row] * nTime + time;
    const n = cell.n[i];
    if (n === 0) return;
    out[0] = cell.mean[i] / reach;
    out[1] = 0.3 + 0.7 * Math.min(1, Math.sqrt(n / enough));
    if (faint && (!flags[value[row]] || time < from || time > to)) out[1] *= 0.3;
  });
  context.imageSmoothingEnabled = false;
  for (const band of all) {
    const high = band.unfolded ? band.n * ROW : band.n * STRIP;
    context.fillStyle = palette.well;
    context.fillRect(left, band.y, width, high);
    context.drawImage(image, 0, band.row, nTime, band.n, left, band.y, width, high);
    if (!band.unfolded) continue;
    context.fillStyle = hatch(context, palette);
    for (let r = 0; r < band.n; r++)
      for (let t = 0, begun = -1; t <= nTime; t++) {
        const i = value[band.row + r] * nTime + t;
        const on = t < nTime && isUncertain(cell.mean[i], cell.half[i], cell.n[i], reach);
        if (on && begun < 0) begun = t;
        if (on || begun < 0) continue;
        const x = Math.round(left + begun * place.cell);
        context.fillRect(x, band.y + r * ROW, Math.ceil(left + t * place.cell) - x, ROW);
        begun = -1;
      }
    context.fillStyle = palette.panel;
    for (let r = 1; r < band.n; r++)
      context.fillRect(left, band.y + r * ROW - (r === band.n - 1 ? 1 : 0), width, r === band.n - 1 ? 2 : 1);
  }
  context.fillStyle = palette.panel;
  for (const { at, strong } of ticks(now, place)) {
    context.globalAlpha = strong ? 0.75 : 0.35;
    context.fillRect(at, 0, 1, bands.value.height);
  }
  context.globalAlpha = 1;
  paintSelection(context, palette, all);
  paintAverages(context, palette, all);
};

function paintSelection(context: CanvasRenderingContext2D, palette: Palette, all: readonly Band[]): void {
  if (!someValues.value && !someTime.value) return;
  const { left, cell } = columns.value;
  const [from, to] = times.value;
  const [x, wide] = [Math.round(left + from * cell), Math.round((to - from + 1) * cell)];
  context.strokeStyle = palette.mark;
  context.lineWidth = 1.5;
  if (!someValues.value) {
    context.strokeRect(x, 0.75, wide, bands.value.height - 1.5);
    return;
  }
  const flags = chosenValues.value;
  for (const band of all) {
    const step = band.unfolded ? ROW : STRIP;
    for (let r = 0, begun = -1; r <= band.n; r++) {
      const on = r < band.n && flags[first.value[band.feature] + binOf(r, band.n)] === 1;
      if (on && begun < 0) begun = r;
      if (!on && begun >= 0) {
        context.strokeRect(x, band.y + begun * step + 0.25, wide, (r - begun) * step - (band.unfolded ? 1 : 0));
        begun = -1;
      }
    }
  }
}

/** Where the averages have their zero, and how far their axis reaches to either side. */
function averagesAt(): { centre: number; span: number } {
  const { margin, marginWidth } = columns.value;
  const span = (marginWidth - 44) / 2;
  return { centre: Math.round(margin + span + 2), span };
}

/** On the right: the average of each value, with its interval where there is room for one. */
function paintAverages(context: CanvasRenderingContext2D, palette: Palette, all: readonly Band[]): void {
  const [row, flags] = [byValue.value, chosenValues.value];
  if (!row) return;
  const { margin, marginWidth } = columns.value;
  const reach = rowScale.value;
  const { centre, span } = averagesAt();
  const x = (mean: number) => centre + Math.max(-1.05, Math.min(1.05, mean / reach)) * span;
  context.fillStyle = palette.line;
  context.fillRect(centre, 0, 1, bands.value.height);
  for (const band of all)
    for (let r = 0; r < band.n; r++) {
      const v = first.value[band.feature] + binOf(r, band.n);
      if (row.n[v] === 0) continue;
      const y = band.unfolded ? band.y + (r + 0.5) * ROW - 0.5 : band.y + (band.height - GAP) / 2;
      const [mean, half] = [row.mean[v], row.half[v]];
      const dim = someValues.value && !flags[v];
      context.globalAlpha = dim ? 0.25 : 1;
      const at = placeOf(Math.max(-1, Math.min(1, (mean / reach) * 1.1)));
      context.fillStyle = `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
      if (band.unfolded) {
        if (Number.isFinite(half)) {
          context.fillStyle = palette.faint;
          context.fillRect(x(mean - half), y - 0.5, Math.max(x(mean + half) - x(mean - half), 1), 1);
        }
        context.fillStyle =
          Math.abs(mean) < 0.06 * reach
            ? palette.faint
            : `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
        context.beginPath();
        context.arc(x(mean), y, 3, 0, 7);
        context.fill();
        context.globalAlpha = dim ? 0.6 : 1;
        text(context, 10.5, palette.soft, "right");
        context.fillText(signed(mean, reach * 0.3), margin + marginWidth, y + 0.5);
      } else {
        if (Math.abs(mean) < 0.06 * reach) context.fillStyle = palette.faint;
        context.globalAlpha *= 0.85;
        context.beginPath();
        context.arc(x(mean), y, 2, 0, 7);
        context.fill();
      }
    }
  context.globalAlpha = 1;
}

export const paintAxis: Draw = (context, _w, height, palette) => {
  const now = spec.value;
  if (!now) return;
  const place = columns.value;
  const { left, cell, margin, marginWidth } = place;
  const range = time.value;
  if (range) {
    context.fillStyle = palette.mark;
    context.fillRect(Math.round(left + range[0] * cell), height - 3, Math.round((range[1] + 1 - range[0]) * cell), 3);
  }
  text(context, 10.5, palette.soft, "center");
  for (const { at, label } of ticks(now, place)) {
    context.fillStyle = palette.line;
    context.fillRect(at, height - 4, 1, 4);
    context.fillStyle = palette.soft;
    if (label) context.fillText(label, at, height - 11);
  }
  const { centre } = averagesAt();
  text(context, 10.5, palette.soft, "center");
  context.fillText("0", centre, height - 11);
  context.textAlign = "right";
  context.fillText("average", margin + marginWidth, height - 11);
  context.fillStyle = palette.line;
  context.fillRect(centre, height - 4, 1, 4);
};
