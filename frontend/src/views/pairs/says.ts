/** Pairs in words: the one that is told of, what a pointer is told, and the table of all. */

import { computed } from "@preact/signals";
import { spec, words } from "../../data";
import type { TableData } from "../../parts/Panel";
import { hush, tell } from "../../parts/Tooltip";
import { capital, count, momentWords, number, valuesWords } from "../../words";
import { cursor } from "./cursor";
import { cellOf } from "./paint";
import { type Pairs, pairs } from "./together";

const FEW = 10;

/** The place of a pair below the diagonal, whichever half it was found in. */
function placeOf(of: Pairs, [row, column]: readonly [number, number]): number {
  return Math.max(row, column) * of.meta.values.length + Math.min(row, column);
}

function times(x: number): string {
  return `${number(x, 2)}\u00a0×`;
}

/** The pair that is told of: the one looked at, else the one that occurs together most surely. */
export const told = computed<readonly [number, number] | null>(() => {
  const now = pairs.answer.value.data;
  if (!now) return null;
  const here = cursor.value;
  const n = now.meta.values.length;
  if (here && here[0] < n && here[1] < n) return here;
  return strongest(now);
});

function strongest(of: Pairs): readonly [number, number] | null {
  const n = of.meta.values.length;
  let best: readonly [number, number] | null = null;
  let most = 1;
  for (let row = 0; row < n; row++)
    for (let column = 0; column < row; column++) {
      const i = row * n + column;
      if (of.n[i] >= FEW && of.low[i] > most) [best, most] = [[row, column], of.low[i]];
    }
  return best;
}

function nameOf(of: Pairs, value: number): string {
  const now = spec.value;
  const [f, bin] = of.meta.values[value];
  return now ? valuesWords(now, f, [bin]) : "";
}

/** A pair in a sentence; with `whole` also how sure that is, and how two groups differ. */
export function pairWords(of: Pairs, here: readonly [number, number], whole: boolean): string {
  const [now, called] = [spec.value, words.value];
  if (!now || !called) return "";
  const [row, column] = here;
  if (of.meta.values[row][0] === of.meta.values[column][0]) {
    const n = of.n[row * of.meta.values.length + row];
    return row === column && n > 0
      ? `${capital(nameOf(of, row))}: in ${count(n)} of ${count(of.meta.n_sequence)} ${called.sequences}.`
      : "Two values of one feature are never measured together.";
  }
  const i = placeOf(of, here);
  if (!of.n[i]) return `${capital(nameOf(of, row))} never comes with ${nameOf(of, column)}.`;
  const sure = ` (${number(of.low[i], 2)} to ${number(of.high[i], 2)})`;
  const moment = momentWords(now);
  const often = `${times(of.lift[i])} as often ${moment} as by chance${whole ? sure : ""}`;
  const looked = `${count(of.meta.n_sequence)} ${called.sequences}${of.meta.exact ? "" : " looked at"}`;
  return `${capital(nameOf(of, row))} with ${nameOf(of, column)}: ${often}. ${count(of.n[i])} of ${looked} have both ${moment}${whole ? apartWords(of, here) : ""}.`;
}

function apartWords(of: Pairs, here: readonly [number, number]): string {
  if (!of.apart) return "";
  const i = placeOf(of, here);
  const [ratio, half, [x, y]] = [of.apart.ratio[i], of.apart.half[i], of.apart.names];
  if (!Number.isFinite(ratio)) return "";
  if (Math.abs(ratio) <= half) return `; ${x} and ${y} do not surely differ`;
  return `; ${times(Math.exp(Math.abs(ratio)))} as much in ${ratio > 0 ? x : y} as in ${ratio > 0 ? y : x}`;
}

export function sentence(): string {
  const now = pairs.answer.value.data;
  if (!now) return "";
  if (!now.meta.values.length) return "";
  const here = told.value;
  return here ? pairWords(now, here, false) : `No two values occur together more often than by chance.`;
}

export function tellPair(event: PointerEvent): void {
  const [now, here, called, described] = [pairs.answer.peek().data, cursor.peek(), words.peek(), spec.peek()];
  if (!now || !here || !called || !described || now.meta.values[here[0]][0] === now.meta.values[here[1]][0]) {
    hush();
    return;
  }
  const i = placeOf(now, here);
  const apart = apartWords(now, here).replace(/^; /, "");
  tell(
    event,
    `${capital(nameOf(now, here[0]))} with ${nameOf(now, here[1])}`,
    [
      ["compared with chance", times(now.lift[i])],
      ["95\u00a0%", `${number(now.low[i], 2)} to ${number(now.high[i], 2)}`],
      [
        `${capital(called.sequences)} with both, ${now.meta.exact ? "" : "of those looked at, "}${momentWords(described)}`,
        count(now.n[i]),
      ],
    ],
    apart ? `${capital(apart)}.` : undefined,
  );
}

/** How far from chance a pair surely is. */
function surely(of: Pairs, i: number): number {
  return of.n[i] < FEW ? -1 : Math.max(0, Math.log(of.low[i]), -Math.log(of.high[i]));
}

export function table(): TableData {
  const now = pairs.answer.value.data;
  if (!now) return { columns: [], rows: [] };
  const n = now.meta.values.length;
  const rows: (readonly [number, readonly string[]])[] = [];
  for (let row = 0; row < n; row++)
    for (let column = 0; column < row; column++) {
      const i = row * n + column;
      if (!cellOf(now, row, column) || !now.n[i]) continue;
      const apart = now.apart
        ? [
            times(Math.exp(now.apart.ratio[i])),
            `${times(Math.exp(now.apart.ratio[i] - now.apart.half[i]))} to ${times(Math.exp(now.apart.ratio[i] + now.apart.half[i]))}`,
          ]
        : [];
      rows.push([
        surely(now, i),
        [
          nameOf(now, row),
          nameOf(now, column),
          times(now.lift[i]),
          `${number(now.low[i], 2)} to ${number(now.high[i], 2)}`,
          count(now.n[i]),
          ...apart,
        ],
      ]);
    }
  const names = now.apart ? [`${now.apart.names[0]} against ${now.apart.names[1]}`, "95 % of that"] : [];
  return {
    columns: [
      "Value",
      "With",
      "As often as by chance",
      "95 %",
      capital(words.value?.sequences ?? "sequences"),
      ...names,
    ],
    rows: rows.sort(([x], [y]) => y - x).map(([, row]) => row),
  };
}
