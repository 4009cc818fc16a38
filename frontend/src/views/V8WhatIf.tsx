/** V8: what the model would say, had some values been others. */

import { useEffect, useRef, useState } from "preact/hooks";
import { open, opened, spec, words } from "../data";
import { Icon } from "../parts/Icon";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { useResource } from "../resource";
import { choose } from "../state";
import {
  capital,
  chanceWords,
  className,
  featureName,
  number,
  percent,
  percentsApart,
  signed,
  valueWords,
} from "../words";
import { listed } from "./sequence/List";
import { asked, id, ranked, read } from "./sequence/read";
import { Cells } from "./tried/Cells";
import {
  edit,
  edits,
  editWords,
  farWords,
  ofEvents,
  shownSide,
  span,
  stepsWords,
  tried,
  typicalOf,
  withdraw,
} from "./tried/tried";

/** Before and after, as dots on a line from 0 to 100 %. */
function Chances() {
  const [now, after] = [read.value, edits.value.length ? tried.answer.value.data : null];
  if (!now || !open.value) return null;
  const chance = capital(chanceWords(open.value));
  const before = now.meta.probability;
  const then = after?.meta.probability ?? null;
  const [from, to] = [Math.min(before, then ?? before), Math.max(before, then ?? before)];
  return (
    <div
      class="chances"
      role="img"
      aria-label={
        then === null ? `${chance} ${percent(before)}` : `${chance} ${percent(before)} before, ${percent(then)} after`
      }
    >
      <b class="before">{percent(before)}</b>
      <span class="track">
        {then !== null && (
          <i
            class={`reach ${then > before ? "up" : "down"}`}
            style={{ left: `${100 * from}%`, width: `${100 * (to - from)}%` }}
          />
        )}
        <i class="dot before" style={{ left: `${100 * before}%` }} />
        {then !== null && <i class="dot" style={{ left: `${100 * then}%` }} />}
      </span>
      <b>{then === null ? "–" : percent(then)}</b>
    </div>
  );
}

function Editor({ input }: { input: { current: HTMLInputElement | null } }) {
  const [now, described, of] = [span.value, spec.value, read.value];
  const [text, write] = useState("");
  useEffect(() => write(""), [now?.feature, now?.steps[0], now?.steps[1]]);
  if (!now || !described || !of)
    return <p class="note">Drag along a row to choose a feature and a span of time, then give it another value.</p>;
  const feature = described.features[now.feature];
  const here = Array.from(
    { length: now.steps[1] - now.steps[0] + 1 },
    (_, k) => of.value[(now.steps[0] + k) * described.features.length + now.feature],
  ).filter(Number.isFinite);
  const [low, high] = [Math.min(...here), Math.max(...here)];
  const happens = Array.from(
    { length: now.steps[1] - now.steps[0] + 1 },
    (_, k) => of.attribution[(now.steps[0] + k) * described.features.length + now.feature],
  ).some(Number.isFinite);
  const is =
    ofEvents.value && !happens
      ? "not there"
      : !here.length
        ? feature.without
        : low === high
          ? number(low, 4)
          : `${number(low, 4)} – ${number(high, 4)}`;
  const value = Number(text.replace(",", "."));
  const fits = text.trim() !== "" && Number.isFinite(value);
  const hint = !text.trim() ? "" : fits ? farWords(described, now.feature, value) : "Write a number, such as 3.5.";
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) edit(value);
      }}
    >
      <p>
        <b>{featureName(described, now.feature)}</b>, {stepsWords(described, now.steps)} <small>now {is}</small>
      </p>
      {ofEvents.value && feature.kind === "presence" ? (
        <div>
          <button type="button" class="plain" onClick={() => edit("present")}>
            Let it happen
          </button>
          <button type="button" class="plain" onClick={() => edit(null)}>
            Take away
          </button>
        </div>
      ) : (
        <div>
          <input
            ref={input}
            inputMode="decimal"
            aria-label={`Another value of ${featureName(described, now.feature)}${feature.unit ? ` in ${feature.unit}` : ""}`}
            placeholder={feature.unit || "value"}
            value={text}
            onInput={(event) => write(event.currentTarget.value)}
          />
          <button type="submit" class="plain" disabled={!fits}>
            Try
          </button>
          <select
            aria-label="A typical value"
            value=""
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              event.currentTarget.value = "";
              edit(chosen === "present" ? chosen : chosen === "0" ? null : typicalOf(feature, Number(chosen)));
            }}
          >
            <option value="">Typical…</option>
            {feature.labels.map((label, k) =>
              typicalOf(feature, k + 1) === null ? null : (
                <option key={label} value={`${k + 1}`}>
                  {valueWords(described, now.feature, k + 1)}
                </option>
              ),
            )}
            {ofEvents.value && <option value="present">{feature.without}</option>}
            <option value="0">{ofEvents.value ? "take away" : feature.without}</option>
          </select>
        </div>
      )}
      <small class="hint" role="status">
        {hint}
      </small>
    </form>
  );
}

function Edits() {
  const described = spec.value;
  if (!described || !edits.value.length) return null;
  return (
    <ul class="edits">
      {edits.value.map((one) => (
        <li key={JSON.stringify(one)} class="chip">
          <span>{editWords(described, one)}</span>
          <button type="button" aria-label={`Withdraw: ${editWords(described, one)}`} onClick={() => withdraw(one)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
      {edits.value.length > 1 && (
        <li>
          <button type="button" class="quiet" onClick={() => choose({ changed: null })}>
            Withdraw all
          </button>
        </li>
      )}
    </ul>
  );
}

function sentence(): string {
  const [now, described, called] = [read.value, spec.value, words.value];
  if (!now || !described || !called || id.value === null || !open.value?.has_model) return "";
  const chance = chanceWords(open.value);
  const then = edits.value.length ? tried.answer.value.data : null;
  const meta = now.meta;
  if (!then)
    return `${meta.id} is predicted ${className(described, meta.predicted)}; ${chance} ${percent(meta.probability)}. What would change that?`;
  const what = edits.value.length > 1 ? `these ${edits.value.length} changes` : editWords(described, edits.value[0]);
  const [before, after] = [then.meta.before ?? meta.probability, then.meta.probability];
  const still =
    then.meta.predicted === meta.predicted
      ? `still predicted ${className(described, meta.predicted)}`
      : `now predicted ${className(described, then.meta.predicted)}`;
  const other =
    then.meta.own === false
      ? ` Attributions by ${(then.meta.explainer ?? "another method").replaceAll("-", " ")}.`
      : "";
  if (after === null)
    return `With ${what}, the score is ${number(then.meta.score)} instead of ${number(meta.score)}; ${still}.${other}`;
  const [from, to] = percentsApart(before, after);
  const moves = from === to ? `stays at ${to}` : `${after > before ? "rises" : "falls"} from ${from} to ${to}`;
  return `With ${what}, the ${chance} ${moves}; ${still}.${other}`;
}

function table(): TableData {
  const [now, described] = [read.value, spec.value];
  const then = edits.value.length ? tried.answer.value.data : null;
  if (!now || !described) return { columns: [], rows: [] };
  const n = described.features.length;
  const sum = (of: Float32Array, f: number) => {
    let all = 0;
    for (let i = f; i < of.length; i += n) if (Number.isFinite(of[i])) all += of[i];
    return all;
  };
  return {
    columns: ["Feature", "Changed to", "Adds before", "Adds after", "Difference"],
    rows: ranked.value.map(({ feature, sum: before }) => {
      const changes = edits.value.filter((one) => one.feature === feature).map((one) => editWords(described, one));
      const after = then ? sum(then.attribution, feature) : NaN;
      return [
        featureName(described, feature),
        changes.join("; ") || "–",
        signed(before),
        signed(after),
        signed(after - before),
      ];
    }),
  };
}

const HELP = [
  "Gives one {sequence} other values and asks the model again. Drag along a row to choose a feature and a span of time, then type a value, choose a typical one, or take the measurements away.",
  "The line on top shows the probability before (ring) and after (dot). Below, After shows what each measurement adds now, Difference what the change did to that; changed cells are underlined.",
  "Undo (Ctrl Z) takes back one change. The model is asked, the stored run is never changed. What would happen to the patient is another question: the model knows what goes together, not what causes what.",
  "Keys: arrows move, Shift with arrows takes a span, Enter goes to the value, Delete takes measurements away.",
];

const HELP_EVENTS = [
  ...HELP.slice(0, -1),
  "A value is given to every event of that kind in the span; where there is none, one is added where the span begins. Take away removes them.",
  HELP[HELP.length - 1],
];

export function V8WhatIf() {
  useResource(() => asked);
  useResource(() => listed);
  useResource(() => tried);
  const input = useRef<HTMLInputElement | null>(null);
  const [now, called] = [open.value, words.value];
  const first = listed.answer.value.data?.rows[0]?.id;
  const noModel = now !== null && !now.has_model;
  const none = id.value === null;
  const empty = noModel
    ? "No model is served with this run, so nothing can be tried. Start Aition with the model's file: aition serve RUN --model MODEL"
    : none
      ? `Choose a ${called?.sequence ?? "sequence"} under ${called ? called.sequences : "sequences"} first.`
      : undefined;
  const answers = empty
    ? [opened.answer.value]
    : edits.value.length
      ? [opened.answer.value, asked.answer.value, tried.answer.value]
      : [opened.answer.value, asked.answer.value];
  return (
    <Panel
      id="what-if"
      title={none ? "What if" : `What if, for ${id.value}`}
      says={sentence()}
      help={ofEvents.value ? HELP_EVENTS : HELP}
      table={empty ? undefined : table}
      answers={answers}
      retry={() => (tried.answer.value.error ? tried.again() : asked.again())}
      empty={empty}
      keep={!empty && edits.value.length > 0}
      below={
        none && !noModel && first !== undefined ? (
          <button type="button" class="plain" onClick={() => choose({ sequence: first })}>
            Take {first}
          </button>
        ) : undefined
      }
      above={tried.answer.value.error && edits.value.length ? <Edits /> : undefined}
    >
      <div class="what-if">
        <Chances />
        <Edits />
        <Editor input={input} />
        {edits.value.length > 0 && (
          <Segments
            name="What is shown"
            now={shownSide.value}
            choose={(to) => choose({ whatIf: to })}
            of={[
              ["before", "Before"],
              ["after", "After"],
              ["difference", "Difference"],
            ]}
          />
        )}
        <Cells toValue={() => requestAnimationFrame(() => input.current?.focus({ preventScroll: true }))} />
      </div>
    </Panel>
  );
}
