/** Selecting in the summary, by pointer and by keys, and saying what is there. */

import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { first, size, spec, words } from "../../data";
import { hush, tell } from "../../parts/Tooltip";
import { choose, chosen, endGesture, look, select, toggleValues } from "../../state";
import { byCell, scale } from "../../summary";
import type { Range } from "../../types";
import { count, featureName, number, percent, signed, timeWords, valueWords } from "../../words";
import { binOf, ROW } from "../bands";
import { bands, columns, isUncertain, rowAt, show, wholeFeature } from "./layout";

/** What each cell is, by what is shown. */
export const SHOWN = {
  a: "average",
  b: "average in B",
  difference: "A − B",
  other: "average there",
  runs: "that run − this",
  planted: "planted here",
} as const;

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
  const averageWords = (mean: number, half: number) =>
    `${signed(mean, scale.value * 0.3)}${show.value === "planted" ? "" : ` ± ${number(half, 2)}`}`;
  const uncertain = isUncertain(cell.mean[i], cell.half[i], n, scale.value);
  tell(
    event,
    title,
    [
      [SHOWN[show.value], averageWords(cell.mean[i], cell.half[i])],
      [
        when,
        `${count(n)} of ${count(show.value === "b" ? size.value.b : size.value.a)} ${called.sequences} (${percent(n / Math.max(size.value.a, 1))})`,
      ],
    ],
    uncertain ? "Uncertain: the 95 % interval holds zero, or fewer than twenty measurements" : undefined,
  );
}

/** The drag of a rectangle over the cells. */
export function useCells() {
  return useMemo(() => {
    let held: { x: number; y: number; moved: boolean; add: boolean } | null = null;
    let gestures = 0;
    const at = (event: PointerEvent) => {
      const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const { cell, nTime } = columns.value;
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      return {
        time: Math.max(0, Math.min(nTime - 1, Math.floor(x / cell))),
        found: rowAt(y),
        x,
        y,
      };
    };
    const between = (y0: number, y1: number) => {
      const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
      const values: [number, number][] = [];
      for (const band of bands.value.all) {
        if (band.y + band.height <= top || band.y > bottom) continue;
        if (!band.unfolded) values.push(...wholeFeature(band.feature));
        else
          for (let r = 0; r < band.n; r++)
            if (band.y + r * ROW <= bottom && band.y + (r + 1) * ROW > top)
              values.push([band.feature, binOf(r, band.n)]);
      }
      return values.sort(([f, b], [g, c]) => f - g || b - c);
    };
    return {
      onPointerDown(event: PointerEvent) {
        if (event.button !== 0) return;
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
        const { x, y } = at(event);
        gestures++;
        held = {
          x,
          y,
          moved: false,
          add: event.shiftKey || event.ctrlKey || event.metaKey,
        };
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

export const cursor = signal({ row: 0, time: 0 });
export const hasFocus = signal(false);

export function onKeyDown(event: KeyboardEvent): void {
  const [now, { all, rows: nRow }] = [spec.value, bands.value];
  if (!now || !nRow) return;
  const at = cursor.value;
  const band = all.findLast((one) => one.row <= at.row) ?? all[0];
  const bin = binOf(at.row - band.row, band.n);
  const step = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-10, 0],
    PageDown: [10, 0],
  }[event.key];
  if (step) {
    const next = {
      row: Math.max(0, Math.min(nRow - 1, at.row + step[0])),
      time: Math.max(0, Math.min(now.time_edges.length, at.time + step[1])),
    };
    if (event.shiftKey && step[1]) {
      const range = chosen.peek().selection.time ?? [at.time, at.time];
      select(
        "time",
        at.time >= range[1] ? [Math.min(range[0], next.time), next.time] : [next.time, Math.max(range[1], next.time)],
        "summary keys",
      );
    }
    cursor.value = next;
  } else if (event.key === "Enter" || event.key === " ")
    toggleValues([[band.feature, bin]], !event.shiftKey && event.key === "Enter");
  else if (event.key === "f") toggleValues(wholeFeature(band.feature), true);
  else if (event.key === "o") fold(band.feature);
  else return;
  event.preventDefault();
  event.stopPropagation();
  const to = cursor.value;
  const there = all.findLast((one) => one.row <= to.row) ?? all[0];
  look({
    feature: there.feature,
    value: binOf(to.row - there.row, there.n),
    time: to.time,
  });
}

export function fold(feature: number): void {
  const now = bands
    .peek()
    .all.filter((one) => one.unfolded)
    .map((one) => one.feature);
  choose({
    unfolded: now.includes(feature) ? now.filter((one) => one !== feature) : [...now, feature].sort((x, y) => x - y),
  });
}

export function speak(feature: number, bin: number, time: number): string {
  const [cell, now] = [byCell.value, spec.value];
  if (!cell || !now) return "";
  const i = (first.value[feature] + bin) * (now.time_edges.length + 1) + time;
  return `${featureName(now, feature)} ${valueWords(now, feature, bin)}, ${timeWords(now, [time, time])}: ${cell.n[i] ? `${signed(cell.mean[i], scale.value * 0.3)}, ${count(cell.n[i])} measurements` : "none"}`;
}
