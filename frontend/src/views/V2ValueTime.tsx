/** V2: every value of every feature over time; the centre of the page. */

import { computed, effect, signal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import type { Palette } from "../colour";
import { placeOf } from "../colour";
import { byCell, byValue, chosenValues, cubes, first, intervals, opened, overall, rowScale, scale, selection, size, someTime, someValues, spec, times, words } from "../data";
import { evenAxis, useBrush } from "../parts/brush";
import { Canvas, type Draw, text } from "../parts/Canvas";
import { dots, hatch } from "../parts/heat";
import { Icon } from "../parts/Icon";
import { Legend } from "../parts/Legend";
import { Choices, Segments, Sheet } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { useSize } from "../parts/size";
import { hush, tell } from "../parts/Tooltip";
import { choose, chosen, endGesture, look, looked, part, same, select, toggleValues } from "../state";
import type { Range } from "../types";
import { attributionWords, byFeature, count, featureName, groupsWords, number, percent, signed, timeAxis, timeClause, timeWords, valuesWords, valueWords } from "../words";
import { type Band, type Bands, binOf, columnsOf, GAP, layOut, order, ROW, STRIP, valuesOf } from "./bands";
import { ticks } from "./ticks";

const FEW = 10;
/** Kept free on the right, here and in the timeline. */
export const SCROLLBAR = 10;
const room = signal({ width: 0, height: 0 });
const unfolded = part((now) => now.unfolded);
const show = part((now) => now.show);
const measure = part((now) => now.measure);
const sort = part((now) => now.sort);
const search = part((now) => now.search);
const hasB = part((now) => now.b !== null);

const bands = computed<Bands>(() => layOut(order.value, valuesOf, unfolded.value, room.value.height));
const columns = computed(() => columnsOf(room.value.width, (spec.value?.time_edges.length ?? 0) + 1));

/** Feature, bin and value of each row. */
const rows = computed(() => {
  const of = new Int32Array(bands.value.rows);
  for (const band of bands.value.all) for (let r = 0; r < band.n; r++) of[band.row + r] = first.value[band.feature] + binOf(r, band.n);
  return of;
});

/** How far a cell can be trusted: 0 nothing there, 1 well supported; uncertain ones are told apart. */
function isUncertain(mean: number, half: number, n: number, scale: number): boolean {
  return n > 0 && Math.abs(mean) > 0.12 * scale && (n < FEW || !(half < Math.abs(mean)));
}

const paintCells: Draw = (context, _w, _h, palette) => {
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
      for (let t = 0; t < nTime; t++) {
        const i = value[band.row + r] * nTime + t;
        if (isUncertain(cell.mean[i], cell.half[i], cell.n[i], reach))
          context.fillRect(Math.round(left + t * place.cell), band.y + r * ROW, Math.ceil(place.cell), ROW);
      }
    context.fillStyle = palette.panel;
    for (let r = 1; r < band.n; r++) context.fillRect(left, band.y + r * ROW - (r === band.n - 1 ? 1 : 0), width, r === band.n - 1 ? 2 : 1);
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
        context.fillStyle = Math.abs(mean) < 0.06 * reach ? palette.faint : `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
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

const paintAxis: Draw = (context, _w, height, palette) => {
  const now = spec.value;
  if (!now) return;
  const place = columns.value;
  const { left, cell, margin, marginWidth } = place;
  const range = selection.value.time;
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

/** The row under a height, with its band. */
function rowAt(y: number): { band: Band; row: number; feature: number; bin: number } | null {
  const { all } = bands.value;
  let [low, high] = [0, all.length - 1];
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (all[middle].y <= y) low = middle;
    else high = middle - 1;
  }
  const band = all[low];
  const row = Math.max(0, Math.min(band.n - 1, Math.floor((y - band.y) / (band.unfolded ? ROW : STRIP))));
  return { band, row, feature: band.feature, bin: binOf(row, band.n) };
}

function wholeFeature(feature: number): [number, number][] {
  return Array.from({ length: valuesOf(feature) }, (_, bin) => [feature, bin]);
}

function tellCell(event: PointerEvent, feature: number, bin: number, time: number): void {
  const [cell, now, called] = [byCell.value, spec.value, words.value];
  if (!cell || !now || !called) return;
  const i = (first.value[feature] + bin) * (now.time_edges.length + 1) + time;
  const n = cell.n[i];
  const title = `${featureName(now, feature)} ${valueWords(now, feature, bin)}`;
  const when = timeWords(now, [time, time]);
  if (n === 0) {
    tell(event, title, [[when, "none here"]]);
    return;
  }
  const uncertain = isUncertain(cell.mean[i], cell.half[i], n, scale.value);
  tell(event, title, [
    [show.value === "difference" ? "A − B" : "average", `${signed(cell.mean[i], scale.value * 0.3)} ± ${number(cell.half[i], 2)}`],
    [when, `${count(n)} of ${count(show.value === "b" ? size.value.b : size.value.a)} ${called.sequences} (${percent(n / Math.max(size.value.a, 1))})`],
  ], uncertain ? "Uncertain: the 95 % interval holds zero, or few measurements" : undefined);
}

/** The drag of a rectangle over the cells. */
function useCells() {
  return useMemo(() => {
    let held: { x: number; y: number; moved: boolean; add: boolean } | null = null;
    let gestures = 0;
    const at = (event: PointerEvent) => {
      const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const { cell, nTime } = columns.value;
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      return { time: Math.max(0, Math.min(nTime - 1, Math.floor(x / cell))), found: rowAt(y), x, y };
    };
    const between = (y0: number, y1: number) => {
      const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
      const values: [number, number][] = [];
      for (const band of bands.value.all) {
        if (band.y + band.height <= top || band.y > bottom) continue;
        if (!band.unfolded) values.push(...wholeFeature(band.feature));
        else
          for (let r = 0; r < band.n; r++)
            if (band.y + r * ROW <= bottom && band.y + (r + 1) * ROW > top) values.push([band.feature, binOf(r, band.n)]);
      }
      return values.sort(([f, b], [g, c]) => f - g || b - c);
    };
    return {
      onPointerDown(event: PointerEvent) {
        if (event.button !== 0) return;
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
        const { x, y } = at(event);
        gestures++;
        held = { x, y, moved: false, add: event.shiftKey || event.ctrlKey || event.metaKey };
      },
      onPointerMove(event: PointerEvent) {
        const { time, found, x, y } = at(event);
        if (!found) return;
        look({ feature: found.feature, value: found.bin, time });
        if (!held) {
          tellCell(event, found.feature, found.bin, time);
          return;
        }
        if (!held.moved && Math.abs(x - held.x) < 4 && Math.abs(y - held.y) < 4) return;
        held.moved = true;
        hush();
        const { cell, nTime } = columns.value;
        const bin = (at: number) => Math.max(0, Math.min(nTime - 1, Math.floor(at / cell)));
        const wide = Math.abs(x - held.x) >= Math.max(4, cell * 0.6);
        const values = between(held.y, y);
        const { time: _, ...others } = chosen.peek().selection;
        const span: Range = [Math.min(bin(held.x), bin(x)), Math.max(bin(held.x), bin(x))];
        choose({ selection: { ...others, values, ...(wide ? { time: span } : {}) } }, `summary ${gestures}`);
      },
      onPointerUp(event: PointerEvent) {
        const { found } = at(event);
        if (held && !held.moved && found)
          toggleValues(found.band.unfolded ? [[found.feature, found.bin]] : wholeFeature(found.feature), !held.add);
        held = null;
        endGesture();
      },
      onPointerCancel() {
        held = null;
        endGesture();
      },
      onPointerLeave() {
        hush();
        look({});
      },
      onDblClick() {
        select("values", undefined);
      },
    };
  }, []);
}

const cursor = signal({ row: 0, time: 0 });
const hasFocus = signal(false);

function onKeyDown(event: KeyboardEvent): void {
  const [now, { all, rows: nRow }] = [spec.value, bands.value];
  if (!now || !nRow) return;
  const at = cursor.value;
  const band = all.findLast((one) => one.row <= at.row) ?? all[0];
  const bin = binOf(at.row - band.row, band.n);
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] }[event.key];
  if (step) {
    const next = {
      row: Math.max(0, Math.min(nRow - 1, at.row + step[0])),
      time: Math.max(0, Math.min(now.time_edges.length, at.time + step[1])),
    };
    if (event.shiftKey && step[1]) {
      const range = chosen.peek().selection.time ?? [at.time, at.time];
      select("time", at.time >= range[1] ? [Math.min(range[0], next.time), next.time] : [next.time, Math.max(range[1], next.time)], "summary keys");
    }
    cursor.value = next;
  } else if (event.key === "Enter" || event.key === " ") toggleValues([[band.feature, bin]], !event.shiftKey && event.key === "Enter");
  else if (event.key === "f") toggleValues(wholeFeature(band.feature), true);
  else if (event.key === "o") fold(band.feature);
  else return;
  event.preventDefault();
  event.stopPropagation();
  const to = cursor.value;
  const there = all.findLast((one) => one.row <= to.row) ?? all[0];
  look({ feature: there.feature, value: binOf(to.row - there.row, there.n), time: to.time });
}

function fold(feature: number): void {
  const now = bands.peek().all.filter((one) => one.unfolded).map((one) => one.feature);
  choose({ unfolded: now.includes(feature) ? now.filter((one) => one !== feature) : [...now, feature].sort((x, y) => x - y) });
}

function Labels() {
  const now = spec.value;
  if (!now) return null;
  const [flags, at] = [chosenValues.value, looked.value];
  const some = someValues.value;
  return (
    <div class="labels" style={{ width: `${columns.value.left - 6}px` }}>
      {bands.value.all.map((band) => {
        const name = featureName(now, band.feature);
        const from = first.value[band.feature];
        const inside = some ? flags.subarray(from, from + band.n).reduce((sum, flag) => sum + flag, 0) : 0;
        return (
          <div key={band.feature} class={`band ${band.unfolded ? "unfolded" : ""} ${some && !inside ? "dim" : ""} ${at.feature === band.feature ? "at" : ""}`} style={{ top: `${band.y}px`, height: `${band.height}px` }}>
            <button type="button" class="fold" tabIndex={-1} aria-label={`${band.unfolded ? "Fold" : "Unfold"} ${name}`} onClick={() => fold(band.feature)}>
              <Icon name={band.unfolded ? "down" : "right"} />
            </button>
            <button type="button" class="name" tabIndex={-1} aria-pressed={inside === band.n} title={`${name}${now.features[band.feature].unit ? ` (${now.features[band.feature].unit})` : ""}: select all its values`} onClick={(event) => toggleValues(wholeFeature(band.feature), !event.shiftKey)}>
              {name}
              {band.unfolded && now.features[band.feature].unit && <small>{now.features[band.feature].unit}</small>}
            </button>
            {band.unfolded && (
              <div class="values">
                {Array.from({ length: band.n }, (_, r) => {
                  const bin = binOf(r, band.n);
                  return (
                    <button key={bin} type="button" tabIndex={-1} class={bin === 0 ? "without" : ""} aria-pressed={some && flags[from + bin] === 1} onClick={(event) => toggleValues([[band.feature, bin]], !(event.shiftKey || event.ctrlKey || event.metaKey))}>
                      {bin === 0 ? now.features[band.feature].without : now.features[band.feature].labels[bin - 1]}
                    </button>
                  );
                })}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** Lines through what is looked at, in any view. */
function Crosshair() {
  const at = looked.value;
  const { left, cell, width } = columns.value;
  const band = at.feature === null ? undefined : bands.value.all.find((one) => one.feature === at.feature);
  let row = null;
  if (band && at.value !== null) {
    const step = band.unfolded ? ROW : STRIP;
    const r = at.value === 0 ? band.n - 1 : band.n - 1 - at.value;
    row = { top: `${band.y + r * step - 0.5}px`, height: `${step}px`, left: `${left - 1}px`, width: `${width + 2}px` };
  }
  return (
    <>
      {row && <div class="cross row" style={row} />}
      {at.time !== null && <div class="cross column" style={{ left: `${Math.round(left + at.time * cell)}px`, width: `${Math.max(Math.round(cell), 1)}px` }} />}
    </>
  );
}

function sentence(): string {
  const [now, called, sums, chosenNow] = [spec.value, words.value, overall.value, selection.value];
  if (!now || !called || !sums) return "";
  const per = byFeature(chosenNow);
  const served = intervals.answer.value;
  const exact = served.data && !served.waits ? served.data : null;
  const mean = sums.n ? sums.total / sums.n : 0;
  const interval = exact?.overall !== undefined && Number.isFinite(exact.overall) ? ` (95\u00a0%: ${signed(mean - exact.overall, Math.abs(mean))}\u00a0to\u00a0${signed(mean + exact.overall, Math.abs(mean))})` : "";
  const groups = chosenNow.groups ? ` in ${called.sequences} ${groupsWords(now, chosenNow.groups)}` : "";
  if (!sums.n) return "Nothing is both in the cohort and in the selection.";
  if (!per.length && !chosenNow.attribution) {
    if (show.value === "difference") return `Each cell: how much more this value moves ${called.outcome} in A than in B (orange more, blue less)${groups}.`;
    const top = order.value.slice(0, 3).map((f) => featureName(now, f));
    return `Each cell: how much having this value at this ${now.time_unit || "step"} moves ${called.outcome}${groups}. Strongest in all: ${top.join(", ")}.`;
  }
  const what = per.length > 3 ? `${chosenNow.values?.length} values of ${per.length} features` : per.length ? per.map(([f, bins]) => valuesWords(now, f, bins)).join(" or ") : "Measurements";
  const strong = chosenNow.attribution ? ` with attribution ${attributionWords(now, chosenNow.attribution)}` : "";
  const n = exact?.n_sequence !== undefined ? ` in ${count(exact.n_sequence)} ${called.sequences}` : "";
  const moves = mean >= 0 ? "raises" : "lowers";
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}${strong}${timeClause(now, chosenNow.time)} ${moves} ${called.outcome} by ${signed(Math.abs(mean)).slice(1)} ${called.unit} on average${n}${groups}${interval}.`;
}

function table(): TableData {
  const [now, row, cell] = [spec.value, byValue.value, byCell.value];
  if (!now || !row || !cell) return { columns: [], rows: [] };
  const nTime = now.time_edges.length + 1;
  const out: (string | number)[][] = [];
  for (const band of bands.value.all)
    for (let r = 0; r < band.n; r++) {
      const bin = binOf(r, band.n);
      const v = first.value[band.feature] + bin;
      let peak = 0;
      for (let t = 1; t < nTime; t++) if (cell.n[v * nTime + t] >= FEW && Math.abs(cell.mean[v * nTime + t]) > Math.abs(cell.mean[v * nTime + peak])) peak = t;
      out.push([featureName(now, band.feature), valueWords(now, band.feature, bin), signed(row.mean[v], rowScale.value * 0.3), `± ${number(row.half[v], 2)}`, count(row.n[v]), row.n[v] ? `${timeWords(now, [peak, peak])}: ${signed(cell.mean[v * nTime + peak], scale.value * 0.3)}` : "–"]);
    }
  return { columns: ["Feature", "Value", "Average", "95 %", "Measurements", "Strongest"], rows: out };
}

const HELP = [
  "Each row is a value of a feature, each column a time. Orange raises the outcome, blue lowers it; the paler the cell, the fewer sequences have this value then. Slanted lines: uncertain.",
  "A folded feature shows its values as thin strips: high on top, low below, not measured last. Open one by its arrow.",
  "The dots on the right are averages over the chosen time, with 95 % intervals.",
  "Click a value or a name to select it, with Shift to add. Drag over cells to select values and a span of time, drag over the hours to select time alone.",
  "Keys: arrows move, Enter selects, Space adds, F selects the feature, O opens it, Shift+← → spans time, Escape clears.",
];

const SORTS = [["effect", "Strongest first"], ["difference", "Largest difference of A and B"], ["name", "By name"], ["given", "As in the data"]] as const;

export function V2ValueTime() {
  const scroll = useRef<HTMLElement | null>(null);
  const measured = useSize((element) => {
    const next = { width: (element.parentElement as HTMLElement).clientWidth - SCROLLBAR, height: element.clientHeight };
    if (!same(next, room.peek())) room.value = next;
    scroll.current = element;
  });
  useEffect(() => {
    const stop = effect(() => {
      const at = cursor.value;
      const band = bands.peek().all.findLast((one) => one.row <= at.row);
      if (!band || !hasFocus.value || !scroll.current) return;
      const y = band.y + (at.row - band.row) * (band.unfolded ? ROW : STRIP);
      const { scrollTop, clientHeight } = scroll.current;
      if (y < scrollTop) scroll.current.scrollTop = y - 20;
      else if (y > scrollTop + clientHeight - 30) scroll.current.scrollTop = y - clientHeight + 40;
    });
    return stop;
  }, []);
  const cells = useCells();
  const axis = useBrush({
    name: "time",
    axis: () => evenAxis(columns.value.nTime, columns.value.width),
    range: () => chosen.peek().selection.time,
    change: (range, gesture) => select("time", range, gesture),
    look: (bin) => look({ time: bin }),
  });
  const now = spec.value;
  const called = words.value;
  const place = columns.value;
  const { left: more } = bands.value;
  const empty = now && !order.value.length ? `No feature is called “${search.value}”.` : size.value.a === 0 && byCell.value ? `Cohort A has no ${called?.sequences ?? "sequences"} here: widen it or clear the selection.` : undefined;
  const at = looked.value;
  const spoken = now && at.feature !== null && at.value !== null && at.time !== null && hasFocus.value ? speak(at.feature, at.value, at.time) : "";
  const choices = useCallback(
    (close: () => void) => (
      <Choices
        close={close}
        of={[
          "Order of features",
          ...SORTS.map(([value, label]) => ({ label, chosen: sort.value === value, disabled: value === "difference" && !hasB.value, act: () => choose({ sort: value }) })),
          "Each cell shows",
          { label: "Average of a measurement", note: "when this value occurs", chosen: measure.value === "average", act: () => choose({ measure: "average" }) },
          { label: "Average of a sequence", note: "rare values count little", chosen: measure.value === "per sequence", act: () => choose({ measure: "per sequence" }) },
          "Aligned to",
          { label: "The start", chosen: chosen.value.align === "start", act: () => choose({ align: "start" }) },
          { label: "The end", chosen: chosen.value.align === "end", act: () => choose({ align: "end" }) },
          "Features",
          { label: "Unfold all", act: () => choose({ unfolded: order.value.slice() }) },
          { label: "Fold all", act: () => choose({ unfolded: [] }) },
          { label: "As many as fit", chosen: unfolded.value === null, act: () => choose({ unfolded: null }) },
        ]}
      />
    ),
    [],
  );
  return (
    <Panel
      id="summary"
      title="Which values matter, and when"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, cubes.a.answer.value]}
      retry={cubes.a.again}
      empty={empty}
      tools={
        <>
          {hasB.value && (
            <Segments name="Cohort shown" now={show.value} choose={(to) => choose({ show: to })} of={[["a", "A"], ["b", "B"], ["difference", "A − B"]]} />
          )}
          <label class="search">
            <Icon name="search" />
            <input type="search" id="search-features" placeholder="Find a feature" aria-label="Find a feature" value={search.value} onInput={(event) => choose({ search: event.currentTarget.value }, "search")} onBlur={endGesture} />
          </label>
          <Sheet label={<>View<Icon name="down" /></>} title="Order, averages and alignment" class="quiet" align="right">
            {choices}
          </Sheet>
        </>
      }
    >
      <div class="summary">
        <div class="axis">
          <Canvas draw={paintAxis} />
          <span class="axis-name">{now ? timeAxis(now) : ""}</span>
          {now && (
            <div class="over brushable" style={{ left: `${place.left}px`, width: `${place.width}px` }} role="slider" tabIndex={0} aria-label={timeAxis(now)} aria-valuemin={0} aria-valuemax={place.nTime - 1} aria-valuenow={times.value[0]} aria-valuetext={someTime.value ? timeWords(now, times.value) : "all"} {...axis} />
          )}
        </div>
        <div class="scroll" ref={measured}>
          <div class="sheet-of-cells" style={{ height: `${bands.value.height}px` }}>
            <Canvas draw={paintCells} />
            <Labels />
            <Crosshair />
            <div
              class={`over cells ${hasFocus.value ? "focus" : ""}`}
              style={{ left: `${place.left}px`, width: `${place.width}px` }}
              role="application"
              aria-roledescription="heat map"
              aria-label="Values by time. Arrows move, Enter selects a value, F its feature, Shift with arrows a span of time."
              tabIndex={0}
              onKeyDown={onKeyDown}
              onFocus={(event) => (hasFocus.value = event.currentTarget.matches(":focus-visible"))}
              onBlur={() => (hasFocus.value = false)}
              {...cells}
            />
          </div>
          {more > 0 && <p class="note">{count(more)} more features: find them by name.</p>}
        </div>
        <footer>
          {called && <Legend scale={scale.value} lowers={show.value === "difference" ? "lower in A" : "lowers"} raises={show.value === "difference" ? "higher in A" : `raises ${called.outcome.replace(/^the /, "")}`} unit={called.unit} />}
        </footer>
        <p class="hidden" aria-live="polite">
          {spoken}
        </p>
      </div>
    </Panel>
  );
}

function speak(feature: number, bin: number, time: number): string {
  const [cell, now] = [byCell.value, spec.value];
  if (!cell || !now) return "";
  const i = (first.value[feature] + bin) * (now.time_edges.length + 1) + time;
  return `${featureName(now, feature)} ${valueWords(now, feature, bin)}, ${timeWords(now, [time, time])}: ${cell.n[i] ? `${signed(cell.mean[i], scale.value * 0.3)}, ${count(cell.n[i])} measurements` : "none"}`;
}
