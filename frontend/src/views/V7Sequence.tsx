/** V7: one sequence: what was measured, what it added, how it comes to its probability, and who is like it. */

import { computed } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { open, opened, spec, words } from "../data";
import { Canvas, type Draw } from "../parts/Canvas";
import { Icon } from "../parts/Icon";
import { Panel, type TableData } from "../parts/Panel";
import { useSize } from "../parts/size";
import { hush, tell } from "../parts/Tooltip";
import { useResource } from "../resource";
import { choose, look } from "../state";
import {
  capital,
  chanceWords,
  className,
  count,
  endOf,
  featureName,
  isRight,
  stepWords,
  number,
  percent,
  signed,
  staticWords,
} from "../words";
import { drawHeat, drawSteps, HEAT_ROW, type Heat, heatAt } from "./sequence/heat";
import { List, listed } from "./sequence/List";
import { asked, id, ranked, read, scale } from "./sequence/read";
import { paintWaterfall, shownSteps, steps, WATERFALL_ROW } from "./sequence/waterfall";

const heat = computed<Heat | null>(() => {
  const now = read.value;
  if (!now) return null;
  return {
    n: now.meta.n_step,
    times: now.times,
    value: now.value,
    colour: now.attribution,
    order: ranked.value.map((one) => one.feature),
    reach: scale.value,
  };
});

const paintHeat: Draw = (context, width, _height, colours) => {
  if (heat.value && spec.value) drawHeat(context, width, colours, spec.value, heat.value);
};

const paintTimes: Draw = (context, width, height, colours) => {
  if (heat.value && spec.value) drawSteps(context, width, height, colours, spec.value, heat.value.n);
};

function Cells() {
  const described = spec.value;
  return (
    <div
      class="heat"
      style={{ height: `${(described?.features.length ?? 0) * HEAT_ROW}px` }}
      onPointerMove={(event) => {
        const [of, now] = [heat.value, read.value];
        const box = event.currentTarget.getBoundingClientRect();
        const found =
          of && described && heatAt(described, of, box.width, event.clientX - box.left, event.clientY - box.top);
        if (!found || !now || !described) return hush();
        const i = found.step * described.features.length + found.feature;
        const one = described.features[found.feature];
        look({
          feature: found.feature,
          time: described.align === "start" && described.time_edges.length + 1 === described.n_step ? found.step : null,
        });
        tell(event, featureName(described, found.feature), [
          [
            capital(stepWords(described, now.times, found.step)),
            Number.isFinite(now.value[i]) ? `${number(now.value[i], 4)} ${one.unit}` : one.without,
          ],
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
  const [now, described, called, whole] = [read.value, spec.value, words.value, open.value];
  const box = useSize(
    (element) => (shownSteps.value = element.clientHeight > 620 ? 12 : element.clientHeight > 480 ? 8 : 6),
  );
  if (!now || !described || !called || !whole) return null;
  const { meta } = now;
  const order = listed.answer.value.data?.rows ?? [];
  const place = order.findIndex((one) => one.id === meta.id);
  const statics = staticWords(whole, meta.static);
  const go = (to: number) => order[to] && choose({ sequence: order[to].id });
  return (
    <div class="sequence" ref={box}>
      <div class="who">
        <button type="button" class="quiet" onClick={() => choose({ sequence: null })}>
          <Icon name="left" />
          All
        </button>
        <strong title={meta.id}>{meta.id}</strong>
        <span class="statics" title={statics}>
          {statics}
        </span>
        <span class="steps">
          <button
            type="button"
            class="ghost"
            aria-label="The one before in the list"
            title="The one before"
            disabled={place <= 0}
            onClick={() => go(place - 1)}
          >
            <Icon name="left" />
          </button>
          <button
            type="button"
            class="ghost"
            aria-label="The next in the list"
            title="The next"
            disabled={place < 0 || place >= order.length - 1}
            onClick={() => go(place + 1)}
          >
            <Icon name="right" />
          </button>
        </span>
      </div>
      <div
        class="waterfall"
        style={{
          height: `${((steps.value?.all.length ?? 6) + 2) * WATERFALL_ROW + 16}px`,
        }}
      >
        <Canvas draw={paintWaterfall} />
      </div>
      <div class="heat-axis">
        <Canvas draw={paintTimes} />
      </div>
      <div class="heat-scroll" tabIndex={0} role="region" aria-label={`Features of this ${called.sequence} by time`}>
        <Cells />
      </div>
      {meta.nearest.length > 0 && (
        <div class="nearest">
          <h3>Most alike, predicted {className(described, meta.nearest[0].predicted)}</h3>
          <ul>
            {meta.nearest.slice(0, 4).map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  onClick={() => choose({ sequence: one.id })}
                  title={`${one.id}: in fact ${className(described, one.label)}, distance ${number(one.distance, 2)}`}
                >
                  <span>{endOf(one.id, 10)}</span>
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

function sentence(): string {
  const [now, described, called, walk, whole] = [read.value, spec.value, words.value, steps.value, open.value];
  if (!described || !called || !whole) return "";
  if (id.value === null) {
    const answer = listed.answer.value.data;
    if (!answer) return "";
    return `${count(answer.n)} ${called.sequences} with what is selected, those it ${answer.descending ? "raises" : "lowers"} most first. Choose one.`;
  }
  if (!now || !walk) return "";
  const { meta } = now;
  const [first, second] = walk.all;
  const strongest = first
    ? ` Mostly ${first.name} (${signed(first.sum, 0.5)})${second && second.feature >= 0 ? ` and ${second.name} (${signed(second.sum, 0.5)})` : ""}.`
    : "";
  const right = isRight([meta.predicted, meta.label]);
  if (meta.predicted < 0) {
    const fact = meta.label < 0 ? "" : ` In fact ${className(described, meta.label)}.`;
    return `The score is ${number(meta.score)}.${fact}${strongest}`;
  }
  const verdict = right === null ? "" : right ? ", rightly" : `, but in fact ${className(described, meta.label)}`;
  return `Predicted ${className(described, meta.predicted)}${verdict}; ${chanceWords(whole)} ${percent(meta.probability)}.${strongest}`;
}

function table(): TableData {
  const [now, described, answer] = [read.value, spec.value, listed.answer.value.data];
  if (!described) return { columns: [], rows: [] };
  if (!now)
    return {
      columns: ["Id", "Predicted", "In fact", open.value ? capital(chanceWords(open.value)) : "", "Selected adds"],
      rows: (answer?.rows ?? []).map((one) => [
        one.id,
        className(described, one.predicted),
        className(described, one.label),
        percent(one.probability),
        signed(one.in_brush),
      ]),
    };
  const nFeature = described.features.length;
  return {
    columns: [
      "Feature",
      "Adds in all",
      ...Array.from({ length: now.meta.n_step }, (_, t) => stepWords(described, now.times, t)),
    ],
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
  "One {sequence}. Above: how its features move it from where the explanation starts to what is predicted. Below: each feature over time; the line is its value, the colour what it added (orange raised, blue lowered); pale where nothing was measured.",
  "The list holds the {sequences} that have something selected. The buttons at the end lead to the most alike {sequences} with another prediction.",
];

export function V7Sequence() {
  useResource(() => listed);
  useResource(() => asked);
  const chosenId = id.value;
  const answer = chosenId === null ? listed.answer.value : asked.answer.value;
  const called = words.value;
  const empty =
    chosenId === null && listed.answer.value.data?.n === 0
      ? `No ${called?.sequence ?? "sequence"} of the cohort has what is selected.`
      : undefined;
  const back = useCallback(() => (chosenId === null ? listed.again() : asked.again()), [chosenId]);
  return (
    <Panel
      id="sequence"
      title={chosenId === null ? capital(called?.sequences ?? "sequences") : `One ${called?.sequence ?? "sequence"}`}
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, answer]}
      retry={back}
      empty={empty}
    >
      {chosenId === null ? <List /> : <Detail />}
    </Panel>
  );
}
