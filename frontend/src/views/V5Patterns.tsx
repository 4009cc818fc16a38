/** V5: courses that sequences share: bands of a feature's value and of what it adds, by cluster. */

import { signal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { palette } from "../colour";
import { cubes, opened, spec, words } from "../data";
import { evenAxis, useBrush } from "../parts/brush";
import { Canvas, type Draw } from "../parts/Canvas";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { useSize } from "../parts/size";
import { useResource } from "../resource";
import { choose, chosen, endGesture, part, pick, same, select } from "../state";
import { strength } from "../summary";
import { capital, className, count, featureName, number, percent, signed, timeAxis, timeWords } from "../words";
import {
  type Cluster,
  clusters,
  feature,
  foremost,
  nPattern,
  patterns,
  pickOf,
  shares,
  toldClass,
} from "./patterns/courses";
import { AXIS, drawBands, drawTimes, type Side } from "./patterns/paint";

const picked = part((now) => now.picked.find((one) => one.from === "patterns") ?? null);
const wide = signal(false);
const WIDE = 620;

function Plot({ cluster, side }: { cluster: number; side: Side }) {
  const draw = useCallback<Draw>(
    (context, width, height, colours) => {
      const now = patterns.answer.value.data;
      if (now && cluster < now.n) drawBands(context, width, height, colours, now, cluster, side);
    },
    [cluster, side],
  );
  return (
    <div class="plot">
      <Canvas draw={draw} />
    </div>
  );
}

const paintTimes: Draw = (context, width, height, colours) => {
  if (spec.value) drawTimes(context, width, height, colours, spec.value);
};

function Times({ side }: { side: Side }) {
  const now = spec.value;
  const nTime = (now?.time_edges.length ?? 0) + 1;
  const brush = useBrush({
    name: "time",
    axis: (width) => evenAxis(nTime, width, AXIS),
    range: () => chosen.peek().selection.time,
    change: (range, gesture) => select("time", range, gesture),
  });
  const range = part((one) => one.selection.time).value;
  if (!now) return null;
  return (
    <div
      class="times brushable"
      role="slider"
      tabIndex={side === "value" ? 0 : -1}
      aria-label={timeAxis(now)}
      aria-valuemin={0}
      aria-valuemax={nTime - 1}
      aria-valuenow={range?.[0] ?? 0}
      aria-valuetext={range ? timeWords(now, range) : "all"}
      {...brush}
    >
      <Canvas draw={paintTimes} />
    </div>
  );
}

function pickCluster(cluster: number): void {
  const [now, described] = [patterns.answer.peek().data, spec.peek()];
  const one = now && described ? pickOf(now, described, cluster) : null;
  if (one) pick(one);
}

function Row({ of, k }: { of: Cluster; k: number }) {
  const [now, described, called, colours] = [patterns.answer.value.data, spec.value, words.value, palette.value];
  if (!now || !described || !called) return null;
  const told = toldClass(described);
  const share = shares(described, of.groups, told);
  const here = picked.value?.name === `pattern ${k + 1} of ${featureName(described, now.feature)}`;
  const total = Math.max(of.n, 1);
  return (
    <li class={`pattern ${picked.value && !here ? "out" : ""}`}>
      <div class="about-pattern">
        <button
          type="button"
          class="pick"
          aria-pressed={here}
          title={`Show these ${called.sequences} in every view`}
          onClick={() => pickCluster(k)}
        >
          <i style={{ background: colours.categories[k % 6] }} />
          <b>Pattern {k + 1}</b>
        </button>
        <span>
          {count(of.n)} {called.sequences}
        </span>
        <span class="share" title={`Predicted ${className(described, told)}: ${percent(share.predicted)}`}>
          {percent(Number.isFinite(share.label) ? share.label : share.predicted)} {className(described, told)}
        </span>
        <button
          type="button"
          class="link"
          title={`The ${called.sequence} nearest to the middle of this pattern: ${of.medoid}`}
          onClick={() => choose({ sequence: of.medoid, tab: "sequence" })}
        >
          Typical {called.sequence}
        </button>
      </div>
      <Plot cluster={k} side="value" />
      <Plot cluster={k} side="attribution" />
      {wide.value && (
        <dl class="classes">
          {described.groups.map(([p, l], g) => (
            <div key={`${p} ${l}`}>
              <dt>
                {className(described, p)}, in fact {className(described, l)}
              </dt>
              <dd>
                <i style={{ width: `${(60 * of.groups[g]) / total}px` }} />
                {count(of.groups[g])} <small>{percent(of.groups[g] / total)}</small>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

function Controls() {
  const [now, answer] = [spec.value, patterns.answer.value.data];
  const { effect } = strength.value;
  if (!now) return null;
  const order = now.features.map((_, f) => f).sort((x, y) => effect[y] - effect[x]);
  const choices = Array.from({ length: 5 }, (_, k) => k + 2);
  const stability = answer?.meta.stability ?? [];
  return (
    <div class="controls">
      <label>
        <span class="hidden">Feature whose courses are shown</span>
        <select
          value={`${feature.value}`}
          onChange={(event) => choose({ courseOf: Number(event.currentTarget.value) })}
          onBlur={endGesture}
        >
          {order.map((f) => (
            <option key={f} value={`${f}`}>
              {featureName(now, f)}
            </option>
          ))}
        </select>
      </label>
      <Segments
        name="How many patterns"
        now={`${nPattern.value}`}
        choose={(to) => choose({ nPattern: Number(to) })}
        of={[
          ["0", "Best"],
          ...choices.map(
            (k) =>
              [
                `${k}`,
                `${k}`,
                false,
                stability.length >= k ? `Stability ${number(stability[k - 1], 2)}` : undefined,
              ] as const,
          ),
        ]}
      />
    </div>
  );
}

function sentence(): string {
  const [now, described, called, all] = [patterns.answer.value.data, spec.value, words.value, clusters.value];
  if (!now || !described || !called || !all.length) return "";
  const told = toldClass(described);
  const of = all.map((one) => shares(described, one.groups, told));
  const rate = of.map((one) => (Number.isFinite(one.label) ? one.label : one.predicted));
  const most = foremost(
    rate,
    all.map((one) => one.n),
  );
  const none = now.none.reduce((x, y) => x + y, 0);
  const steady = now.meta.stability[all.length - 1];
  const how =
    all.length > 1 && Number.isFinite(steady) && !nPattern.value ? ` (stability ${steady.toFixed(2)} of 1)` : "";
  const rest = none ? ` ${none === 1 ? "1 is" : `${count(none)} are`} like no others.` : "";
  const name = capital(featureName(described, now.feature));
  if (all.length === 1) return `${name} takes one course in ${count(all[0].n)} ${called.sequences}${how}.${rest}`;
  return `${name} takes ${all.length} courses${how}. Most often ${className(described, told)}: pattern ${most + 1}, ${percent(rate[most])} of ${count(all[most].n)} ${all[most].n === 1 ? called.sequence : called.sequences}.${rest}`;
}

function table(): TableData {
  const [now, described] = [patterns.answer.value.data, spec.value];
  if (!now || !described) return { columns: [], rows: [] };
  const nTime = described.time_edges.length + 1;
  const middle = (side: Side, k: number, t: number) => now[side][(k * 5 + 2) * nTime + t];
  const groups = described.groups.map(([p, l]) => `${className(described, p)}, in fact ${className(described, l)}`);
  const steps = Array.from({ length: nTime }, (_, t) => t).filter((t) => t % Math.max(1, Math.round(nTime / 8)) === 0);
  return {
    columns: [
      "Pattern",
      "In all",
      ...groups,
      "Typical",
      ...steps.map((t) => `${timeWords(described, [t, t])}: median`),
    ],
    rows: clusters.value.map((one, k) => [
      `Pattern ${k + 1}`,
      count(one.n),
      ...Array.from(one.groups, count),
      one.medoid,
      ...steps.map((t) => `${number(middle("value", k, t))} (${signed(middle("attribution", k, t), 0.1)})`),
    ]),
  };
}

const HELP = [
  "Cases whose values of a feature, and what those add, take the same course over time. Left: the value; right: what it adds (orange raises, blue lowers).",
  "The line is the median; 40 of 100 {sequences} lie in the dark band (30 to 70 %), 80 of 100 in the pale one (10 to 90 %).",
  "Best chooses the number of patterns that comes out alike when {sequences} are drawn again (stability, at most 1). Those unlike all others are in no pattern.",
  "Click a pattern to see only its {sequences} in every view; click it again to free them. Drag over the axis of time to choose a span.",
];

export function V5Patterns() {
  useResource(() => patterns);
  const [all, described, called] = [clusters.value, spec.value, words.value];
  const answer = patterns.answer.value;
  const box = useSize((element) => {
    const next = element.clientWidth > WIDE;
    if (!same(next, wide.peek())) wide.value = next;
  });
  const now = answer.data;
  const unit = now && described ? described.features[now.feature].unit : "";
  return (
    <Panel
      id="patterns"
      title="Patterns"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, answer]}
      retry={() => (cubes.a.answer.value.error ? cubes.a.again() : patterns.again())}
      empty={
        now && !all.length
          ? `No ${called?.sequence ?? "sequence"} of the cohort has ${described ? featureName(described, feature.value) : "this feature"} among what is selected: choose another feature or free a condition.`
          : undefined
      }
      above={<Controls />}
    >
      <div class={`patterns ${wide.value ? "wide" : ""}`} ref={box}>
        <div class="pattern heads">
          <span>{now && described ? timeAxis(described).replace(" since the start", "") : ""}</span>
          <span>
            {now && described ? capital(featureName(described, now.feature)) : ""} {unit && <small>{unit}</small>}
          </span>
          <span>
            Adds <small>{called?.unit}</small>
          </span>
          {wide.value && <span>Predicted</span>}
        </div>
        <ul>
          {all.map((one, k) => (
            <Row key={k} of={one} k={k} />
          ))}
        </ul>
        <div class="pattern axis-of-times">
          <span />
          <Times side="value" />
          <Times side="attribution" />
        </div>
      </div>
    </Panel>
  );
}
