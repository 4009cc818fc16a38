/** V7: one sequence: what was measured, what it added, how it comes to its probability, and who is like it. */

import { computed, signal } from "@preact/signals";
import { useCallback, useMemo } from "preact/hooks";
import { arrayOf, askFrame, askJson } from "../api";
import { divergingCss } from "../colour";
import { open, opened, selection, spec, words } from "../data";
import { Canvas, type Draw, text } from "../parts/Canvas";
import { dots } from "../parts/heat";
import { Icon } from "../parts/Icon";
import { Panel, type TableData } from "../parts/Panel";
import { useSize } from "../parts/size";
import { hush, tell } from "../parts/Tooltip";
import { resource, useResource } from "../resource";
import { choose, look, looked, part } from "../state";
import { ticks } from "./ticks";
import type { ListedSample, SequenceMeta } from "../types";
import { capital, className, count, featureName, number, percent, plain, signed } from "../words";
import { palette } from "../colour";

interface Read {
  readonly meta: SequenceMeta;
  readonly value: Float32Array;
  readonly attribution: Float32Array;
  readonly times: Float64Array;
}

const id = part((now) => now.sequence);
const cohort = part((now) => now.a);
const PAGE = 60;

/** Kept while the view is away, so that coming back shows the same list. */
const listed = resource(
  () => (open.value ? { run: open.value.run.name, align: open.value.spec.align, cohort: cohort.value, selection: selection.value, sort: "in_brush", descending: true, first: 0, n: PAGE } : null),
  (body, signal) => askJson<{ n: number; rows: readonly ListedSample[] }>("list", body, signal),
  { wait: 250 },
);
const asked = resource(
  () => (open.value && id.value !== null ? { run: open.value.run.name, id: id.value } : null),
  async (body, control): Promise<Read> => {
    const frame = await askFrame<SequenceMeta>("sequence", body, control);
    return {
      meta: frame.meta,
      value: arrayOf<Float32Array>(frame, "value"),
      attribution: arrayOf<Float32Array>(frame, "attribution"),
      times: arrayOf<Float64Array>(frame, "times"),
    };
  },
);
const read = computed(() => asked.answer.value.data);

/** What each feature added in all, the strongest first. */
const ranked = computed(() => {
  const [now, described] = [read.value, spec.value];
  if (!now || !described) return [];
  const nFeature = described.features.length;
  const sums = new Float64Array(nFeature);
  for (let i = 0; i < now.attribution.length; i++) if (Number.isFinite(now.attribution[i])) sums[i % nFeature] += now.attribution[i];
  return Array.from(sums, (sum, feature) => ({ feature, sum })).sort((x, y) => Math.abs(y.sum) - Math.abs(x.sum));
});

const WATERFALL_ROW = 15;
const shownSteps = signal(7);

/** Steps from the start of the score to its end: the strongest features, then the others together. */
const steps = computed(() => {
  const [now, described] = [read.value, spec.value];
  if (!now || !described) return null;
  const all = ranked.value;
  const n = shownSteps.value;
  const rest = all.slice(n).reduce((sum, one) => sum + one.sum, 0);
  const total = all.reduce((sum, one) => sum + one.sum, 0);
  const start = now.meta.baseline_score ?? now.meta.score - total;
  const named = all.slice(0, n).map((one) => ({ name: featureName(described, one.feature), feature: one.feature, sum: one.sum }));
  return { start, end: now.meta.score, all: all.length > n ? [...named, { name: `${all.length - n} others`, feature: -1, sum: rest }] : named };
});

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

function chance(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

const LABEL = 104;

const paintWaterfall: Draw = (context, width, height, colours) => {
  const [walk, called] = [steps.value, words.value];
  if (!walk || !called) return;
  const places = [walk.start];
  for (const one of walk.all) places.push(places[places.length - 1] + one.sum);
  let [low, high] = [Math.min(...places, walk.end), Math.max(...places, walk.end)];
  const pad = (high - low || 1) * 0.08;
  [low, high] = [low - pad, high + pad];
  const right = width - 44;
  const x = (score: number) => LABEL + ((score - low) / (high - low)) * (right - LABEL);
  const rows = walk.all.length + 2;
  const row = Math.min(22, (height - 16) / rows);
  const floor = rows * row;
  text(context, 10.5, colours.soft, "center");
  const inChance = called.scale === "log-odds";
  const marks = inChance ? [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999].map((p) => [logit(p), `${p * 100} %`] as const) : plainMarks(low, high);
  let last = -Infinity;
  for (const [score, label] of marks) {
    if (score < low || score > high || x(score) - last < 34) continue;
    last = x(score);
    context.fillStyle = colours.line;
    context.fillRect(Math.round(x(score)), 0, 1, floor + 2);
    context.fillStyle = colours.soft;
    context.fillText(label.replace("99.9 %", "99.9 %"), x(score), floor + 9);
  }
  const end = (score: number, at: number, label: string) => {
    const y = at * row + row / 2;
    text(context, 11, colours.ink, "left", 500);
    context.fillText(label, 0, y + 0.5);
    context.fillStyle = colours.ink;
    context.beginPath();
    context.arc(x(score), y, 3.25, 0, 7);
    context.fill();
    text(context, 11, colours.ink, "right", 600);
    context.fillText(inChance ? percent(chance(score)) : number(score), width, y + 0.5);
  };
  end(walk.start, 0, inChance ? "Typical case" : "Start");
  walk.all.forEach((one, k) => {
    const y = (k + 1) * row;
    const [from, to] = [x(places[k]), x(places[k + 1])];
    context.fillStyle = colours.faint;
    context.globalAlpha = 0.6;
    context.fillRect(Math.round(from), y - row * 0.3, 1, row * 0.6);
    context.globalAlpha = 1;
    context.fillStyle = one.feature < 0 ? colours.barSoft : one.sum >= 0 ? colours.raise : colours.lower;
    context.fillRect(Math.min(from, to), y + 3, Math.max(Math.abs(to - from), 1), row - 6);
    text(context, 11, one.feature < 0 ? colours.soft : colours.ink, "left");
    context.fillText(clip(context, one.name, LABEL - 8), 0, y + row / 2 + 0.5);
    text(context, 11, colours.soft, "right");
    context.fillText(signed(one.sum, Math.abs(walk.end - walk.start) / 4), width, y + row / 2 + 0.5);
  });
  end(walk.end, rows - 1, "This case");
};

function plainMarks(low: number, high: number): (readonly [number, string])[] {
  const step = 10 ** Math.floor(Math.log10((high - low) / 2));
  const found: (readonly [number, string])[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push([at, number(at, 2)]);
  return found;
}

function clip(context: CanvasRenderingContext2D, name: string, width: number): string {
  if (context.measureText(name).width <= width) return name;
  let text = name;
  while (text.length > 2 && context.measureText(`${text}…`).width > width) text = text.slice(0, -1);
  return `${text}…`;
}

const scale = computed(() => {
  const now = read.value;
  if (!now) return 1;
  const sizes = Array.from(now.attribution, Math.abs).filter((x) => Number.isFinite(x)).sort((x, y) => x - y);
  return sizes[Math.floor(sizes.length * 0.99)] || 1;
});

const HEAT_ROW = 17;

/** Rows of features: colour is what a measurement added, the line its value; a dot where it was not measured. */
const paintHeat: Draw = (context, width, _height, colours) => {
  const [now, described] = [read.value, spec.value];
  if (!now || !described) return;
  const nFeature = described.features.length;
  const n = now.meta.n_step;
  const order = ranked.value;
  const cell = (width - LABEL) / Math.max(described.n_step, n, 1);
  const reach = scale.value;
  const image = dots(n, nFeature, colours, (row, step, out) => {
    const at = now.attribution[step * nFeature + order[row].feature];
    if (!Number.isFinite(at)) return;
    out[0] = at / reach;
    out[1] = Number.isFinite(now.value[step * nFeature + order[row].feature]) ? 1 : 0.55;
  });
  context.imageSmoothingEnabled = false;
  const wide = n * cell;
  context.drawImage(image, 0, 0, n, nFeature, LABEL, 0, wide, nFeature * HEAT_ROW);
  const roomy = cell >= 26;
  order.forEach(({ feature }, row) => {
    const y = row * HEAT_ROW;
    context.fillStyle = colours.panel;
    context.fillRect(LABEL, y + HEAT_ROW - 2, width - LABEL, 2);
    context.fillStyle = colours.well;
    context.fillRect(LABEL + wide, y, width - LABEL - wide, HEAT_ROW - 2);
    let [low, high] = [Infinity, -Infinity];
    for (let t = 0; t < n; t++) {
      const value = now.value[t * nFeature + feature];
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    const at = (value: number) => y + HEAT_ROW - 5 - ((value - low) / (high - low || 1)) * (HEAT_ROW - 8);
    if (roomy) {
      for (let t = 0; t < n; t++) {
        const value = now.value[t * nFeature + feature];
        const strong = Math.abs(now.attribution[t * nFeature + feature]) > 0.55 * reach;
        text(context, 10, Number.isFinite(value) ? (strong ? colours.panel : colours.ink) : colours.faint, "center");
        context.fillText(Number.isFinite(value) ? number(value) : "·", LABEL + (t + 0.5) * cell, y + HEAT_ROW / 2 - 0.5);
      }
      return;
    }
    context.fillStyle = colours.ink;
    let before = -9;
    for (let t = 0; t < n; t++) {
      const value = now.value[t * nFeature + feature];
      if (!Number.isFinite(value)) continue;
      const [x, here] = [LABEL + (t + 0.5) * cell, high > low ? at(value) : y + HEAT_ROW / 2 - 1];
      if (t - before <= 6) {
        context.strokeStyle = colours.ink;
        context.globalAlpha = 0.55;
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(LABEL + (before + 0.5) * cell, high > low ? at(now.value[before * nFeature + feature]) : here);
        context.lineTo(x, here);
        context.stroke();
        context.globalAlpha = 1;
      }
      context.fillRect(x - 1, here - 1, 2, 2);
      before = t;
    }
  });
  order.forEach(({ feature }, row) => {
    text(context, 11, looked.value.feature === feature ? colours.ink : colours.soft, "left", looked.value.feature === feature ? 600 : 400);
    context.fillText(clip(context, featureName(described, feature), LABEL - 8), 0, row * HEAT_ROW + HEAT_ROW / 2 - 0.5);
  });
  if (looked.value.time !== null && looked.value.time < n) {
    context.strokeStyle = colours.ink;
    context.globalAlpha = 0.5;
    context.strokeRect(Math.round(LABEL + looked.value.time * cell) - 0.5, 0, Math.max(cell, 1), nFeature * HEAT_ROW - 2);
    context.globalAlpha = 1;
  }
};

/** The hours of the case, above its features. */
const paintTimes: Draw = (context, width, height, colours) => {
  const [now, described] = [read.value, spec.value];
  if (!now || !described) return;
  const nTime = Math.max(described.n_step, now.meta.n_step, 1);
  const steps = { ...described, align: "start" as const, time_edges: Array.from({ length: nTime - 1 }, (_, i) => i + 1) };
  const cell = (width - LABEL) / nTime;
  text(context, 10.5, colours.soft, "left");
  context.fillText(capital(`${described.time_unit || "step"}s`), 0, height / 2);
  context.textAlign = "center";
  for (const { at, label } of ticks(steps, { left: LABEL, cell, width: width - LABEL, nTime, margin: 0, marginWidth: 0 })) context.fillText(label, at + (label === "0" ? 3 : 0), height / 2);
};

function Heat() {
  const at = (event: PointerEvent) => {
    const [now, described] = [read.value, spec.value];
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    if (!now || !described) return null;
    const cell = (box.width - LABEL) / Math.max(described.n_step, now.meta.n_step, 1);
    const step = Math.floor((event.clientX - box.left - LABEL) / cell);
    const one = ranked.value[Math.floor((event.clientY - box.top) / HEAT_ROW)];
    return one && step >= 0 && step < now.meta.n_step ? { step, feature: one.feature } : null;
  };
  const described = spec.value;
  return (
    <div
      class="heat"
      style={{ height: `${(described?.features.length ?? 0) * HEAT_ROW}px` }}
      onPointerMove={(event) => {
        const [found, now] = [at(event), read.value];
        if (!found || !now || !described) return hush();
        const i = found.step * described.features.length + found.feature;
        const one = described.features[found.feature];
        look({ feature: found.feature, time: described.align === "start" && described.time_edges.length + 1 === described.n_step ? found.step : null });
        tell(event, featureName(described, found.feature), [
          [`${capital(described.time_unit || "step")} ${number(now.times[found.step])}`, Number.isFinite(now.value[i]) ? `${number(now.value[i], 4)} ${one.unit}` : one.without],
          ["adds", signed(now.attribution[i], scale.value)],
        ]);
      }}
      onPointerLeave={() => {
        hush();
        look({});
      }}
    >
      <Canvas draw={paintHeat} />
    </div>
  );
}

function Detail() {
  const [now, described, called] = [read.value, spec.value, words.value];
  const box = useSize((element) => (shownSteps.value = element.clientHeight > 620 ? 12 : element.clientHeight > 480 ? 8 : 6));
  if (!now || !described || !called) return null;
  const { meta } = now;
  const order = listed.answer.value.data?.rows ?? [];
  const place = order.findIndex((one) => one.id === meta.id);
  const statics = Object.entries(meta.static).map(([name, value]) => `${plain(name)} ${typeof value === "number" ? number(value) : value}`).join(" · ");
  const go = (to: number) => order[to] && choose({ sequence: order[to].id });
  return (
    <div class="sequence" ref={box}>
      <div class="who">
        <button type="button" class="quiet" onClick={() => choose({ sequence: null })}>
          <Icon name="left" />
          All
        </button>
        <strong>{meta.id}</strong>
        <span class="statics" title={statics}>{statics}</span>
        <span class="steps">
          <button type="button" class="ghost" aria-label="The one before in the list" title="The one before" disabled={place <= 0} onClick={() => go(place - 1)}>
            <Icon name="left" />
          </button>
          <button type="button" class="ghost" aria-label="The next in the list" title="The next" disabled={place < 0 || place >= order.length - 1} onClick={() => go(place + 1)}>
            <Icon name="right" />
          </button>
        </span>
      </div>
      <div class="waterfall" style={{ height: `${((steps.value?.all.length ?? 6) + 2) * WATERFALL_ROW + 16}px` }}>
        <Canvas draw={paintWaterfall} />
      </div>
      <div class="heat-axis">
        <Canvas draw={paintTimes} />
      </div>
      <div class="heat-scroll" tabIndex={0} role="region" aria-label="Features of this case by time">
        <Heat />
      </div>
      {meta.nearest.length > 0 && (
        <div class="nearest">
          <h3>Most alike, predicted {className(described, meta.nearest[0].predicted)}</h3>
          <ul>
            {meta.nearest.slice(0, 4).map((one) => (
              <li key={one.id}>
                <button type="button" onClick={() => choose({ sequence: one.id })} title={`${one.id}: in fact ${className(described, one.label)}, distance ${number(one.distance, 2)}`}>
                  <span>{one.id}</span>
                  <b>{percent(one.probability)}</b>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function List() {
  const [answer, described, called] = [listed.answer.value.data, spec.value, words.value];
  const now = palette.value;
  const most = useMemo(() => Math.max(1e-9, ...(answer?.rows.map((one) => Math.abs(one.in_brush)) ?? [])), [answer]);
  if (!answer || !described || !called) return null;
  return (
    <div class="list">
      <table>
        <thead>
          <tr>
            <th scope="col">{capital(called.sequence)}</th>
            <th scope="col">Predicted</th>
            <th scope="col">In fact</th>
            <th scope="col" class="number" colSpan={2} title="Attribution of what is selected, added up">
              Selected adds
            </th>
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                <button type="button" onClick={() => choose({ sequence: one.id })}>
                  {one.id}
                </button>
              </th>
              <td>
                {className(described, one.predicted)} <small>{percent(one.probability)}</small>
              </td>
              <td class={one.predicted === one.label ? "" : "wrong"}>{className(described, one.label)}</td>
              <td class="bar">
                <i style={{ width: `${(100 * Math.abs(one.in_brush)) / most}%`, background: divergingCss(now.theme, Math.sign(one.in_brush) * 0.6) }} />
              </td>
              <td class="number">{signed(one.in_brush, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function sentence(): string {
  const [now, described, called, walk] = [read.value, spec.value, words.value, steps.value];
  if (!described || !called) return "";
  if (id.value === null) {
    const answer = listed.answer.value.data;
    if (!answer) return "";
    return `${count(answer.n)} ${called.sequences} with what is selected, those it raises most first. Choose one.`;
  }
  if (!now || !walk) return "";
  const { meta } = now;
  const [first, second] = walk.all;
  const strongest = first ? ` Mostly ${first.name} (${signed(first.sum, 0.5)})${second && second.feature >= 0 ? ` and ${second.name} (${signed(second.sum, 0.5)})` : ""}.` : "";
  const verdict = meta.label < 0 ? "" : meta.label === meta.predicted ? ", rightly" : `, but in fact ${className(described, meta.label)}`;
  return `Predicted ${className(described, meta.predicted)}${verdict}; probability ${percent(meta.probability)}.${strongest}`;
}

function table(): TableData {
  const [now, described, answer] = [read.value, spec.value, listed.answer.value.data];
  if (!described) return { columns: [], rows: [] };
  if (!now) return { columns: ["Id", "Predicted", "In fact", "Probability", "Selected adds"], rows: (answer?.rows ?? []).map((one) => [one.id, className(described, one.predicted), className(described, one.label), percent(one.probability), signed(one.in_brush)]) };
  const nFeature = described.features.length;
  return {
    columns: ["Feature", "Adds in all", ...Array.from({ length: now.meta.n_step }, (_, t) => `${described.time_unit || "step"} ${number(now.times[t])}`)],
    rows: ranked.value.map(({ feature, sum }) => [
      featureName(described, feature),
      signed(sum),
      ...Array.from({ length: now.meta.n_step }, (_, t) => {
        const i = t * nFeature + feature;
        return `${Number.isFinite(now.value[i]) ? number(now.value[i]) : "–"} (${signed(now.attribution[i], 0.1)})`;
      }),
    ]),
  };
}

const HELP = [
  "One case. Above: how its features move it from the typical case to its probability. Below: each feature over time; the line is its value, the colour what it added (orange raised, blue lowered); pale where nothing was measured.",
  "The list holds the cases that have something selected. The buttons at the end lead to the most alike cases with another prediction.",
];

export function V7Sequence() {
  useResource(() => listed);
  useResource(() => asked);
  const chosenId = id.value;
  const answer = chosenId === null ? listed.answer.value : asked.answer.value;
  const called = words.value;
  const empty = chosenId === null && listed.answer.value.data?.n === 0 ? `No ${called?.sequence ?? "sequence"} of the cohort has what is selected.` : undefined;
  const back = useCallback(() => (chosenId === null ? listed.again() : asked.again()), [chosenId]);
  return (
    <Panel id="sequence" title={chosenId === null ? capital(called?.sequences ?? "sequences") : `One ${called?.sequence ?? "sequence"}`} says={sentence()} help={HELP} table={table} answers={[opened.answer.value, answer]} retry={back} empty={empty}>
      {chosenId === null ? <List /> : <Detail />}
    </Panel>
  );
}

