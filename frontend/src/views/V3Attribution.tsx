/** V3: how strong attributions are, and a brush over their size. */

import { computed } from "@preact/signals";
import { placeOf } from "../colour";
import { attribution, cubes, opened, parts, spec, words } from "../data";
import { type BinAxis, drawRange, useBrush } from "../parts/brush";
import { Canvas, type Draw, text } from "../parts/Canvas";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { hush, tell } from "../parts/Tooltip";
import { choose, chosen, part, select } from "../state";
import type { Range } from "../types";
import { attributionWords, count, edgeWords, percent, signed } from "../words";
import { barOf, binsOf, byBar, eachBin, edgesOf, isZero, tenths } from "./attribution/bars";

const mode = part((now) => now.parts);

/** The cube root: what is near zero gets room, what is large stays on the page. */
function root(x: number): number {
  return Math.cbrt(x);
}

const edges = computed(() => (spec.value ? edgesOf(spec.value) : [0, 1]));
const bars = computed(() => {
  const whole = parts.wholeA.value;
  return mode.value === "equal" && whole ? tenths(whole.n, edges.value) : eachBin(edges.value.length - 1);
});
/** The bars that a range of bins reaches into. */
const barsOf = ([from, to]: Range): Range => [barOf(bars.value, from), barOf(bars.value, to)];
const rangeOf = ([from, to]: Range): Range => [binsOf(bars.value, from)[0], binsOf(bars.value, to)[1]];

function axisOf(width: number): BinAxis {
  const all = edges.value;
  const n = bars.value.first.length;
  const [low, high] = [root(all[0]), root(all[all.length - 1])];
  if (mode.value === "equal" || low === high) return { n, at: (bar) => (bar / n) * width };
  return { n, at: (bin) => ((root(all[bin]) - low) / (high - low)) * width };
}

const BOTTOM = 16;

/** Bars are drawn no narrower than this, and their height is that of this width: areas stay right. */
const NARROW = 3;

const paint: Draw = (context, width, height, palette) => {
  const [whole, now, described] = [parts.wholeA.value, parts.a.value, spec.value];
  if (!whole || !now || !described) return;
  const axis = axisOf(width);
  const floor = height - BOTTOM;
  const equal = mode.value === "equal";
  const range = attribution.value;
  const marked = range && barsOf(range);
  drawRange(context, axis, marked, 0, floor, palette.mark, palette.markSoft);
  const all = edges.value;
  const place = (bar: number) => {
    const [from, to] = [axis.at(bar), axis.at(bar + 1)];
    return equal ? { x: from + 0.5, wide: to - from - 1 } : { x: from, wide: Math.max(to - from, NARROW) };
  };
  const heights = (counts: ArrayLike<number>) => {
    const total = sum(counts);
    return byBar(bars.value, counts).map((n, bar) => (total ? n / total : 0) / (equal ? 1 : place(bar).wide));
  };
  const [wholes, nows, others] = [whole.n, now.n, parts.b.value?.n].map((one) => one && heights(one));
  if (!wholes || !nows) return;
  const isPart = sum(now.n) < sum(whole.n);
  const zero = Array.from(wholes, (_, bar) => isZero(all, binsOf(bars.value, bar)[0]));
  let most = 0;
  for (let bar = 0; bar < axis.n; bar++) if (!zero[bar]) most = Math.max(most, wholes[bar], nows[bar]);
  if (equal) most *= 1.15;
  most ||= Math.max(...nows) || 1;
  const y = (value: number) => floor - Math.min(value / most, 1) * (floor - 4);
  for (let bar = 0; bar < axis.n; bar++) {
    const [from, to] = binsOf(bars.value, bar);
    const at = place(bar);
    const x = Math.round(at.x);
    const wide = Math.max(Math.round(at.x + at.wide) - x - (at.wide > NARROW ? 1 : 0), 1);
    const middle = (root(all[from]) + root(all[to + 1])) / 2;
    const share = middle / Math.max(root(all[all.length - 1]), -root(all[0]), 1e-9);
    if (isPart) {
      context.fillStyle = palette.line;
      const top = y(wholes[bar]);
      context.fillRect(x, top, wide, floor - top);
    }
    const tint = placeOf(Math.sign(share) * (0.25 + 0.75 * Math.abs(share)));
    context.fillStyle =
      zero[bar] || (all[from] < 0 && all[to + 1] > 0)
        ? palette.barSoft
        : `rgb(${palette.scale[tint]} ${palette.scale[tint + 1]} ${palette.scale[tint + 2]})`;
    context.globalAlpha = marked && (bar < marked[0] || bar > marked[1]) ? 0.35 : 1;
    const top = y(nows[bar]);
    context.fillRect(x, top, wide, floor - top);
    if (others) {
      context.fillStyle = palette.b;
      context.fillRect(x, Math.round(y(others[bar])) - 1, wide, 2);
    }
    context.globalAlpha = 1;
  }
  context.fillStyle = palette.faint;
  context.fillRect(0, floor, width, 1);
  marks(context, axis, width, height, palette.soft, palette.faint, equal);
};

function marks(
  context: CanvasRenderingContext2D,
  axis: BinAxis,
  width: number,
  height: number,
  ink: string,
  line: string,
  equal: boolean,
): void {
  const all = edges.value;
  const floor = height - BOTTOM;
  text(context, 10.5, ink, "center");
  if (equal) {
    let last = -Infinity;
    for (let bar = 1; bar < axis.n; bar++) {
      const x = axis.at(bar);
      if (x - last < 44 || x > width - 16) continue;
      last = x;
      context.fillText(edgeWords(all[binsOf(bars.value, bar)[0]]), x, height - 6);
      context.fillRect(x, floor, 1, 3);
    }
    return;
  }
  const [low, high] = [root(all[0]), root(all[axis.n])];
  let taken: number[] = [];
  for (const size of [0, ...[1, 0.5, 0.1, 0.2, 2, 5, 0.01, 10, 20, 50, 100, 0.001]])
    for (const value of size === 0 ? [0] : [size, -size]) {
      if (value < all[0] || value > all[axis.n]) continue;
      const x = ((root(value) - low) / (high - low)) * width;
      if (x < 12 || x > width - 12 || taken.some((other) => Math.abs(other - x) < 34)) continue;
      taken = [...taken, x];
      context.fillStyle = line;
      context.fillRect(Math.round(x), floor, 1, 3);
      context.fillStyle = ink;
      context.fillText(value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value)}`, x, height - 6);
    }
}

function sum(of: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < of.length; i++) total += of[i];
  return total;
}

function sentence(): string {
  const [now, described, called] = [parts.a.value, spec.value, words.value];
  if (!now || !described || !called) return "";
  const all = edges.value;
  let [up, down, zero, n] = [0, 0, 0, 0];
  const range = attribution.value;
  for (let bin = 0; bin < now.n.length; bin++) {
    n += now.n[bin];
    if (isZero(all, bin)) zero += now.n[bin];
    else if (all[bin] >= 0) up += now.n[bin];
    else if (all[bin + 1] <= 0) down += now.n[bin];
  }
  if (!n) return "Nothing is both in the cohort and in the selection.";
  if (range) {
    const inside = now.n.slice(range[0], range[1] + 1).reduce((x, y) => x + y, 0);
    return `${count(inside)} values (${percent(inside / n)}) have an attribution of ${attributionWords(described, range)} ${called.unit}.`;
  }
  const little = n - up - down - zero;
  const rest = `${little ? `, ${percent(little / n)} hardly move it` : ""}${zero ? `, ${percent(zero / n)} do not move it` : ""}`;
  return `Of ${count(n)} values ${percent(up / n)} raise ${called.outcome}, ${percent(down / n)} lower it${rest}.`;
}

function table(): TableData {
  const [now, whole, described] = [parts.a.value, parts.wholeA.value, spec.value];
  if (!now || !whole || !described) return { columns: [], rows: [] };
  return {
    columns: ["Attribution", "Selected", "All", "Average"],
    rows: Array.from(now.n, (n, bin) => [
      attributionWords(described, [bin, bin]),
      count(n),
      count(whole.n[bin]),
      n ? signed(now.total[bin] / n) : "–",
    ]),
  };
}

const HELP = [
  "Each bar is a range of attributions: how far a single measurement moves the outcome. Blue ones lower it, orange ones raise it; grey ones hardly move it, or not at all.",
  "By size: the axis is a cube root, so that small ones can be told apart; areas count the measurements, but for the bar of exact zeros, which ends at the top. Equal parts: each bar holds about a tenth of the measurements of the cohort that move the outcome, so what is selected stands out where it is taller; zeros have a bar of their own.",
  "Drag to keep only attributions of some size; the range snaps to the bars. Keys: ← → move it, Shift changes its end, Escape clears it.",
];

export function V3Attribution() {
  const described = spec.value;
  const brush = useBrush({
    name: "attribution",
    axis: axisOf,
    range: () => {
      const range = chosen.peek().selection.attribution;
      return range && barsOf(range);
    },
    change: (range, gesture) => select("attribution", range && rangeOf(range), gesture),
    look: (bar, event) => {
      const [now, whole] = [parts.a.value, parts.wholeA.value];
      if (bar === null || !event || !now || !whole || !described) return hush();
      const total = (sums: ArrayLike<number>) => byBar(bars.value, sums)[bar];
      tell(event, `Attribution ${attributionWords(described, binsOf(bars.value, bar))}`, [
        ["selected", count(total(now.n))],
        ["in the cohort", count(total(whole.n))],
        ["together", `${signed(total(now.total))} ${words.value?.unit ?? ""}`],
      ]);
    },
  });
  const range = attribution.value;
  return (
    <Panel
      id="attribution"
      title="How strongly"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, cubes.a.answer.value]}
      retry={cubes.a.again}
      tools={
        <Segments
          name="Bars"
          now={mode.value}
          choose={(to) => choose({ parts: to })}
          of={[
            ["by size", "By size"],
            ["equal", "Equal parts"],
          ]}
        />
      }
    >
      <div class="attribution">
        <Canvas draw={paint} />
        <div
          class="over brushable"
          role="slider"
          tabIndex={0}
          aria-label="Range of attributions"
          aria-valuemin={0}
          aria-valuemax={bars.value.first.length - 1}
          aria-valuenow={range ? barsOf(range)[0] : 0}
          aria-valuetext={range && described ? attributionWords(described, range) : "all"}
          {...brush}
        />
      </div>
    </Panel>
  );
}
