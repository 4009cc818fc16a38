/** V3: how strong attributions are, and a brush over their size. */

import { computed } from "@preact/signals";
import { placeOf } from "../colour";
import { cubes, opened, parts, selection, spec, words } from "../data";
import { type BinAxis, drawRange, useBrush } from "../parts/brush";
import { Canvas, type Draw, text } from "../parts/Canvas";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { hush, tell } from "../parts/Tooltip";
import { choose, chosen, part, select } from "../state";
import type { CubeSpec } from "../types";
import { attributionWords, count, percent, signed } from "../words";

const mode = part((now) => now.parts);

/** Edges of all bins; the outer ones from the run's range, or as far again as the last bin. */
export function edgesOf(spec: CubeSpec): readonly number[] {
  const inner = spec.attribution_edges;
  if (!inner.length) return spec.attribution_range ?? [-1, 1];
  const [low, high] = spec.attribution_range ?? [inner[0] - Math.abs(inner[0]), inner[inner.length - 1] * 2 || 1];
  return [Math.min(low, inner[0]), ...inner, Math.max(high, inner[inner.length - 1])];
}

/** The cube root: what is near zero gets room, what is large stays on the page. */
function root(x: number): number {
  return Math.cbrt(x);
}

const edges = computed(() => (spec.value ? edgesOf(spec.value) : [0, 1]));

function axisOf(width: number): BinAxis {
  const all = edges.value;
  const n = all.length - 1;
  if (mode.value === "equal") return { n, at: (bin) => (bin / n) * width };
  const [low, high] = [root(all[0]), root(all[n])];
  return { n, at: (bin) => ((root(all[bin]) - low) / (high - low)) * width };
}

const BOTTOM = 16;

const paint: Draw = (context, width, height, palette) => {
  const [whole, now, described] = [parts.wholeA.value, parts.a.value, spec.value];
  if (!whole || !now || !described) return;
  const axis = axisOf(width);
  const floor = height - BOTTOM;
  const equal = mode.value === "equal";
  const range = selection.value.attribution;
  drawRange(context, axis, range, 0, floor, palette.mark, palette.markSoft);
  const total = sum(whole.n);
  const chosenTotal = sum(now.n);
  const all = edges.value;
  const b = parts.b.value;
  const [bTotal, isPart] = [b ? sum(b.n) : 0, chosenTotal < total];
  const high = (sums: ArrayLike<number>, of: number, bin: number) => {
    const share = of ? sums[bin] / of : 0;
    return equal ? share : share / Math.max((axis.at(bin + 1) - axis.at(bin)) / width, 1e-6);
  };
  let most = 0;
  for (let bin = 0; bin < axis.n; bin++)
    if (!isNothing(all, whole.total, bin))
      most = Math.max(most, high(whole.n, total, bin), high(now.n, chosenTotal, bin));
  if (equal) most = Math.max(most, 1.6 / axis.n);
  most ||= 1;
  const y = (value: number) => floor - Math.min(value / most, 1) * (floor - 4);
  for (let bin = 0; bin < axis.n; bin++) {
    const [from, to] = [axis.at(bin), axis.at(bin + 1)];
    const x = Math.round(from);
    const wide = Math.max(Math.round(to) - x - (to - from > 3 ? 1 : 0), 1);
    const middle = (root(all[bin]) + root(all[bin + 1])) / 2;
    const share = middle / Math.max(root(all[axis.n]), -root(all[0]));
    if (isPart) {
      context.fillStyle = palette.line;
      const top = y(high(whole.n, total, bin));
      context.fillRect(x, top, wide, floor - top);
    }
    const at = placeOf(Math.sign(share) * (0.25 + 0.75 * Math.abs(share)));
    context.fillStyle =
      all[bin] < 0 && all[bin + 1] > 0
        ? palette.barSoft
        : `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
    context.globalAlpha = range && (bin < range[0] || bin > range[1]) ? 0.35 : 1;
    const top = y(high(now.n, chosenTotal, bin));
    context.fillRect(x, top, wide, floor - top);
    if (b) {
      context.fillStyle = palette.b;
      context.fillRect(x, Math.round(y(high(b.n, bTotal, bin))) - 1, wide, 2);
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
    for (let bin = 1; bin < axis.n; bin++) {
      const x = axis.at(bin);
      if (x - last < 44 || x > width - 16) continue;
      last = x;
      context.fillText(signed(all[bin]), x, height - 6);
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

/** Whether all that a bin holds is exactly zero, as what was not measured often is: it moves nothing. */
function isNothing(all: readonly number[], totals: ArrayLike<number>, bin: number): boolean {
  return all[bin] === 0 && totals[bin] === 0;
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
  let [up, down, n] = [0, 0, 0];
  const range = selection.value.attribution;
  for (let bin = 0; bin < now.n.length; bin++) {
    n += now.n[bin];
    if (all[bin] >= 0 && !isNothing(all, now.total, bin)) up += now.n[bin];
    if (all[bin + 1] <= 0) down += now.n[bin];
  }
  if (!n) return "Nothing is both in the cohort and in the selection.";
  if (range) {
    const inside = now.n.slice(range[0], range[1] + 1).reduce((x, y) => x + y, 0);
    return `${count(inside)} values (${percent(inside / n)}) have an attribution of ${attributionWords(described, range)} ${called.unit}.`;
  }
  const rest = up + down < n ? `, ${percent((n - up - down) / n)} hardly move it` : "";
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
  "Each bar is a range of attributions: how far a single measurement moves the outcome. Blue ones lower it, orange ones raise it; grey ones hardly move it.",
  "By size: the axis is a cube root, so that small ones can be told apart. Equal parts: each bar holds the same share of all measurements, so what is selected stands out where it is taller.",
  "Drag to keep only attributions of some size; the range snaps to the bars. Keys: ← → move it, Shift changes its end, Escape clears it.",
];

export function V3Attribution() {
  const described = spec.value;
  const brush = useBrush({
    name: "attribution",
    axis: axisOf,
    range: () => chosen.peek().selection.attribution,
    change: (range, gesture) => select("attribution", range, gesture),
    look: (bin, event) => {
      const [now, whole] = [parts.a.value, parts.wholeA.value];
      if (bin === null || !event || !now || !whole || !described) return hush();
      tell(event, `Attribution ${attributionWords(described, [bin, bin])}`, [
        ["selected", count(now.n[bin])],
        ["in the cohort", count(whole.n[bin])],
        ["together", `${signed(now.total[bin])} ${words.value?.unit ?? ""}`],
      ]);
    },
  });
  const range = selection.value.attribution;
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
          aria-valuemax={edges.value.length - 2}
          aria-valuenow={range ? range[0] : 0}
          aria-valuetext={range && described ? attributionWords(described, range) : "all"}
          {...brush}
        />
      </div>
    </Panel>
  );
}
