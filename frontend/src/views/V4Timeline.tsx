/** V4: what adds to the score and what takes from it, hour by hour. */

import { computed, signal } from "@preact/signals";
import { cells, chosenValues, cubes, first, opened, selection, size, someTime, someValues, spec, strength, times, words } from "../data";
import { drawRange, evenAxis, useBrush } from "../parts/brush";
import { Canvas, type Draw, text } from "../parts/Canvas";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { useSize } from "../parts/size";
import { hush, tell } from "../parts/Tooltip";
import { choose, chosen, look, looked, part, select } from "../state";
import { palette } from "../colour";
import { byFeature, capital, featureName, signed, timeAxis, timeClause, timeWords, valueWords } from "../words";
import { columnsOf } from "./bands";
import { ticks } from "./ticks";

const MOST = 6;
const align = part((now) => now.align);
const width = signal(0);
const columns = computed(() => columnsOf(width.value, (spec.value?.time_edges.length ?? 0) + 1));

interface Segment {
  readonly name: string;
  readonly feature: number;
  /** Average of a sequence, `[time]`. */
  readonly course: Float64Array;
}

function courseOf(which: "a" | "b", values: readonly number[]): Float64Array {
  const sums = cells[which].value;
  const nTime = columns.value.nTime;
  const course = new Float64Array(nTime);
  const n = Math.max(size.value[which], 1);
  if (sums) for (const v of values) for (let t = 0; t < nTime; t++) course[t] += sums.total[v * nTime + t] / n;
  return course;
}

/** The strongest features among what is selected, or the values of the one that is; the rest together. */
const segments = computed<readonly Segment[]>(() => {
  const [now, flags] = [spec.value, chosenValues.value];
  if (!now || !cells.a.value) return [];
  const single = byFeature(selection.value);
  const of = (f: number) => Array.from({ length: first.value[f + 1] - first.value[f] }, (_, b) => first.value[f] + b).filter((v) => flags[v]);
  if (single.length === 1) {
    const f = single[0][0];
    return of(f).reverse().map((v) => ({ name: valueWords(now, f, v - first.value[f]), feature: f, course: courseOf("a", [v]) }));
  }
  const { effect } = strength.value;
  const inside = now.features.map((_, f) => f).filter((f) => of(f).length > 0).sort((x, y) => effect[y] - effect[x]);
  const named = inside.slice(0, inside.length === MOST + 1 ? MOST + 1 : MOST);
  const others = inside.slice(named.length).flatMap(of);
  const found = named.map((f) => ({ name: featureName(now, f), feature: f, course: courseOf("a", of(f)) }));
  return others.length ? [...found, { name: `${inside.length - named.length} others`, feature: -1, course: courseOf("a", others) }] : found;
});

const net = computed(() => {
  const flags = chosenValues.value;
  const values = Array.from(flags.keys()).filter((v) => flags[v]);
  return { a: courseOf("a", values), b: cells.b.value ? courseOf("b", values) : null };
});

const extent = computed(() => {
  let [low, high] = [0, 0];
  for (let t = 0; t < columns.value.nTime; t++) {
    let [up, down] = [0, 0];
    for (const { course } of segments.value) course[t] > 0 ? (up += course[t]) : (down += course[t]);
    high = Math.max(high, up, net.value.a[t], net.value.b?.[t] ?? 0);
    low = Math.min(low, down, net.value.a[t], net.value.b?.[t] ?? 0);
  }
  return high - low > 0 ? [low, high] : [-1, 1];
});

const TOP = 6;
const BOTTOM = 16;

const paint: Draw = (context, _w, height, colours) => {
  const [now, all] = [spec.value, segments.value];
  if (!now || !all.length) return;
  const place = columns.value;
  const { left, cell, nTime, width: plot } = place;
  const [low, high] = extent.value;
  const y = (value: number) => TOP + ((high - value) / (high - low)) * (height - TOP - BOTTOM);
  const [from, to] = times.value;
  drawRange(context, { n: nTime, at: (bin) => left + bin * cell }, selection.value.time, 0, height - BOTTOM, colours.mark, colours.markSoft);
  for (const { at, label } of ticks(now, place)) {
    context.fillStyle = colours.line;
    context.fillRect(at, TOP, 1, height - TOP - BOTTOM + 3);
    text(context, 10.5, colours.soft, "center");
    context.fillText(label, at, height - 6);
  }
  const pale = looked.value.feature;
  const gap = cell >= 4 ? 1 : 0;
  for (let t = 0; t < nTime; t++) {
    let [up, down] = [0, 0];
    const x = Math.round(left + t * cell);
    all.forEach(({ course, feature }, k) => {
      const value = course[t];
      const base = value > 0 ? up : down;
      const [y0, y1] = [y(base), y(base + value)];
      value > 0 ? (up += value) : (down += value);
      context.globalAlpha = (t < from || t > to ? 0.28 : 1) * (all.length > 1 && pale !== null && pale >= 0 && all.some((one) => one.feature === pale) && new Set(all.map((one) => one.feature)).size > 1 && pale !== feature ? 0.35 : 1);
      context.fillStyle = colours.categories[feature === -1 ? 6 : k % 6];
      context.fillRect(x, Math.min(y0, y1), Math.max(Math.round(left + (t + 1) * cell) - x - gap, 1), Math.max(Math.abs(y1 - y0), 0.4));
    });
  }
  context.globalAlpha = 1;
  drawRange(context, { n: nTime, at: (bin) => left + bin * cell }, selection.value.time, 0, height - BOTTOM, colours.mark, "transparent");
  context.fillStyle = colours.soft;
  context.fillRect(left, Math.round(y(0)), plot, 1);
  line(context, net.value.a, (t) => left + (t + 0.5) * cell, y, colours.panel, 4, []);
  line(context, net.value.a, (t) => left + (t + 0.5) * cell, y, colours.ink, 1.75, []);
  if (net.value.b) {
    line(context, net.value.b, (t) => left + (t + 0.5) * cell, y, colours.panel, 4, []);
    line(context, net.value.b, (t) => left + (t + 0.5) * cell, y, colours.b, 1.75, [4, 3]);
  }
  text(context, 10.5, colours.soft, "left");
  const x = left + plot + 8;
  const reach = Math.max(high, -low);
  context.fillText("0", x, Math.max(y(0), 7));
  if (y(0) - y(high) > 13) context.fillText(signed(high, reach), x, Math.max(y(high), 7));
  if (y(low) - y(0) > 13) context.fillText(signed(low, reach), x, y(low));
};

function line(context: CanvasRenderingContext2D, of: Float64Array, x: (t: number) => number, y: (v: number) => number, colour: string, wide: number, dash: number[]): void {
  context.strokeStyle = colour;
  context.lineWidth = wide;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  of.forEach((value, t) => (t ? context.lineTo(x(t), y(value)) : context.moveTo(x(t), y(value))));
  context.stroke();
  context.setLineDash([]);
}

function sentence(): string {
  const [now, called, all] = [spec.value, words.value, segments.value];
  if (!now || !called || !all.length) return "";
  const course = net.value.a;
  const [from, to] = times.value;
  let sum = 0;
  let peak = from;
  for (let t = from; t <= to; t++) {
    sum += course[t];
    if (Math.abs(course[t]) > Math.abs(course[peak])) peak = t;
  }
  const what = someValues.value ? "What is selected" : "All measurements together";
  const b = net.value.b ? `; in B by ${signed(net.value.b.slice(from, to + 1).reduce((x, y) => x + y, 0))}` : "";
  return `${what}${timeClause(now, selection.value.time)} ${sum < 0 ? "lower" : "raise"}${someValues.value ? "s" : ""} ${called.outcome} of a ${called.sequence} by ${signed(Math.abs(sum)).slice(1)} ${called.unit} on average, most at ${timeWords(now, [peak, peak])}${b}.`;
}

function table(): TableData {
  const now = spec.value;
  if (!now) return { columns: [], rows: [] };
  const all = segments.value;
  return {
    columns: ["Time", "Together", ...all.map((one) => one.name)],
    rows: Array.from({ length: columns.value.nTime }, (_, t) => [timeWords(now, [t, t]), signed(net.value.a[t], extent.value[1]), ...all.map(({ course }) => signed(course[t], extent.value[1]))]),
  };
}

const HELP = [
  "For each time: what the measurements add to the score of an average sequence (above the line) and take from it (below). The dark line is the sum; with a second cohort, the dashed line is that of B.",
  "Colours are the strongest features; when one feature is selected, its values.",
  "Drag to choose a span of time; drag its edges to change it. Keys: ← → move it, Shift with them changes its end, Escape clears it.",
];

export function V4Timeline() {
  const box = useSize((element) => (width.value = element.clientWidth));
  const [now, place, all, colours] = [spec.value, columns.value, segments.value, palette.value];
  const brush = useBrush({
    name: "time",
    axis: () => evenAxis(place.nTime, place.width),
    range: () => chosen.peek().selection.time,
    change: (range, gesture) => select("time", range, gesture),
    look: (bin, event) => {
      look({ time: bin });
      if (bin === null || !event || !now) return hush();
      const strongest = [...all].sort((x, y) => Math.abs(y.course[bin]) - Math.abs(x.course[bin])).slice(0, 5);
      tell(event, capital(timeWords(now, [bin, bin])), [["together", signed(net.value.a[bin], extent.value[1])], ...strongest.map((one) => [one.name, signed(one.course[bin], extent.value[1])] as const)]);
    },
  });
  return (
    <Panel
      id="timeline"
      title="Over time"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, cubes.a.answer.value]}
      retry={cubes.a.again}
      empty={all.length ? undefined : "Nothing is selected that this cohort has."}
      tools={<Segments name="Time counted from" now={align.value} choose={(to) => choose({ align: to, selection: { ...chosen.peek().selection, time: undefined } })} of={[["start", "From start"], ["end", "To end"]]} />}
    >
      <div class="timeline" ref={box}>
        <Canvas draw={paint} />
        <ul class="key" style={{ width: `${Math.max(place.left - 12, 0)}px` }}>
          {all.slice(0, 7).map((one, k) => (
            <li key={one.name} onPointerEnter={() => one.feature >= 0 && look({ feature: one.feature })} onPointerLeave={() => look({})}>
              <i style={{ background: colours.categories[one.feature === -1 ? 6 : k % 6] }} />
              <span>{one.name}</span>
            </li>
          ))}
        </ul>
        {now && (
          <div class="over brushable" style={{ left: `${place.left}px`, width: `${place.width}px` }} role="slider" tabIndex={0} aria-label={`Span of time. ${timeAxis(now)}`} aria-valuemin={0} aria-valuemax={place.nTime - 1} aria-valuenow={times.value[0]} aria-valuetext={someTime.value ? timeWords(now, times.value) : "all"} {...brush} />
        )}
      </div>
    </Panel>
  );
}
