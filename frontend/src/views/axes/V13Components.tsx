/** V13: what the components of a transform, such as frequencies, add: on average, by class, and in one sequence. */

import { signal } from "@preact/signals";
import { palette } from "../../colour";
import { opened, words } from "../../data";
import { Canvas, type Draw } from "../../parts/Canvas";
import { Segments } from "../../parts/Menu";
import { Panel, type TableData } from "../../parts/Panel";
import { hush, tell } from "../../parts/Tooltip";
import { useResource } from "../../resource";
import { choose, endGesture, part } from "../../state";
import { capital, count, number, signed } from "../../words";
import { components, type ComponentsMeta, maybe, retrying, within } from "./ask";
import { componentAt, drawPart, drawSpectrum, type Spectrum, spectrumOf, strongest } from "./spectrum";
import { Stepper } from "./Stepper";

const chosen = part((now) => now.component);
const measure = part((now) => now.componentsAs);
const under = signal<number | null>(null);

function spectrum(): Spectrum | null {
  const frame = components.answer.value.data;
  return frame && spectrumOf(frame, measure.value);
}

export function componentName(meta: ComponentsMeta, k: number): string {
  const at = meta.names[k];
  const told = typeof at === "number" ? number(at) : at;
  return `${meta.component_name} ${told}${meta.component_unit ? ` ${meta.component_unit}` : ""}`;
}

/** How long one cycle takes, which is easier to see than how many there are. */
function cycleWords(meta: ComponentsMeta, k: number): string {
  const at = meta.names[k];
  const unit = /^cycles per (.+)$/.exec(meta.component_unit)?.[1];
  return unit && typeof at === "number" && at > 0 ? ` (once in ${number(1 / at)} ${unit}s)` : "";
}

const paint: Draw = (context, width, height, colours) => {
  const now = spectrum();
  if (now) drawSpectrum(context, width, height, colours, now, { chosen: chosen.value, under: under.value });
};

const paintPart: Draw = (context, width, height, colours) => {
  const frame = components.answer.value.data;
  const [value, one] = [frame && maybe<Float32Array>(frame, "value"), frame && maybe<Float32Array>(frame, "part")];
  if (frame && value && one) drawPart(context, width, height, colours, frame.meta, value, one, featureOf());
};

/** The feature in which the component counts for most. */
function featureOf(): number {
  const frame = components.answer.value.data;
  const by = frame && maybe<Float32Array>(frame, "own_by_feature");
  const n = frame?.arrays.own_by_feature?.shape[1] ?? 0;
  if (!by || !n || chosen.value === null) return 0;
  let best = 0;
  for (let f = 1; f < n; f++) if (Math.abs(by[chosen.value * n + f]) > Math.abs(by[chosen.value * n + best])) best = f;
  return best;
}

function move(to: number, gesture: string | null = null): void {
  const n = components.answer.peek().data?.meta.names.length ?? 0;
  choose({ component: Math.max(0, Math.min(n - 1, to)) }, gesture);
}

function onKeyDown(event: KeyboardEvent): void {
  const n = components.answer.peek().data?.meta.names.length ?? 0;
  const now = chosen.peek();
  const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
  if (step) move((now ?? (step > 0 ? -1 : n)) + step, "component");
  else if (event.key === "Home") move(0);
  else if (event.key === "End") move(n - 1);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function tellComponent(event: PointerEvent): void {
  const [now, frame] = [spectrum(), components.answer.peek().data];
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const k = now && componentAt(now, event.clientX - box.left, box.width);
  under.value = k;
  if (!now || !frame || k === null) return hush();
  const scale = now.high - now.low;
  tell(event, capital(componentName(frame.meta, k)), [
    [`on average of ${count(now.n[k])}`, `${signed(now.mean[0][k], scale)} ${within(now.half[k])}`],
    ...frame.meta.class_names.map(
      (name, c) => [`predicted ${name}`, signed(now.mean[c + 1][k], scale)] as [string, string],
    ),
    ...(now.own && frame.meta.one ? [[frame.meta.one.id, signed(now.own[k], scale)] as [string, string]] : []),
  ]);
}

function Legend({ meta }: { meta: ComponentsMeta }) {
  const colours = palette.value;
  return (
    <footer class="legends keys-of">
      <span>
        <i style={{ background: colours.barSoft }} /> all
      </span>
      {meta.class_names.slice(0, 5).map((name, c) => (
        <span key={name}>
          <i class="line" style={{ background: colours.categories[c] }} /> predicted {name}
        </span>
      ))}
      {meta.one && (
        <span>
          <i class="dot" style={{ background: colours.ink }} /> {meta.one.id}
        </span>
      )}
    </footer>
  );
}

function InTime({ meta }: { meta: ComponentsMeta }) {
  const called = words.value?.sequence ?? "sequence";
  const frame = components.answer.value.data;
  if (!meta.has_basis) return <p class="note">This run does not hold what a component is in time.</p>;
  if (!meta.one) return <p class="note">Choose a {called} in another view to see a component of it in time.</p>;
  if (chosen.value === null || !frame || !("part" in frame.arrays))
    return <p class="note">Click a component to see it in time.</p>;
  const name = (meta.feature_names[featureOf()] ?? "").replaceAll("_", " ");
  return (
    <div class="in-time">
      <p>
        {capital(name)} of {meta.one.id}, and its part of {componentName(meta, chosen.value)}
      </p>
      <div class="plot">
        <Canvas draw={paintPart} />
      </div>
    </div>
  );
}

function sentence(): string {
  const [frame, now, called] = [components.answer.value.data, spectrum(), words.value];
  if (!frame || !now) return "";
  const { meta } = frame;
  const k = chosen.value !== null && chosen.value < now.n.length ? chosen.value : strongest(now);
  if (k === null) return "No component has an attribution here.";
  const classes = meta.class_names
    .map((name, c) => [name, now.mean[c + 1][k]] as const)
    .filter(([, mean]) => Number.isFinite(mean))
    .slice(0, 3)
    .map(([name, mean]) => `${signed(mean, now.high - now.low)} where ${name} is predicted`);
  const first = chosen.value === null ? "Most counts " : "";
  const name = first ? componentName(meta, k) : capital(componentName(meta, k));
  const often = cycleWords(meta, k);
  const verb = measure.value === "mean" ? "adds" : "moves the score by";
  const cut =
    meta.n_component > now.n.length ? ` The first ${count(now.n.length)} of ${count(meta.n_component)} are shown.` : "";
  return `${first}${name}${often}: it ${verb} ${classes.join(", ") || signed(now.mean[0][k])} on average of ${count(now.n[k])} ${called?.sequences ?? "sequences"}.${cut}`;
}

function table(): TableData {
  const [frame, now] = [components.answer.value.data, spectrum()];
  if (!frame || !now) return { columns: [], rows: [] };
  const { meta } = frame;
  const scale = now.high - now.low;
  return {
    columns: [
      capital(meta.component_name),
      "Adds on average",
      "95 %",
      ...meta.class_names.map((name) => `Predicted ${name}`),
      ...(meta.one ? [meta.one.id] : []),
      capital(words.value?.sequences ?? "sequences"),
    ],
    rows: meta.names.map((_, k) => [
      componentName(meta, k),
      signed(now.mean[0][k], scale),
      within(now.half[k]),
      ...meta.class_names.map((_name, c) => signed(now.mean[c + 1][k], scale)),
      ...(now.own ? [signed(now.own[k], scale)] : []),
      count(now.n[k]),
    ]),
  };
}

const HELP = [
  "The model's answer by parts of a series that are not points in time, such as its frequencies. Bars: what each part adds on average of cohort A; lines: where each class is predicted; dots: the {sequence} that is chosen.",
  "Sign: orange raises, blue lowers. Size counts both alike, so that parts that raise one {sequence} and lower another are seen.",
  "Click a part, or move with the arrows, to see it in time for the chosen {sequence}: the thick line is that part alone, the thin one what was measured.",
  "The view follows the cohorts. It does not follow brushes of values and times, and a part narrows no other view: each part reaches over all times.",
];

export function V13Components() {
  useResource(() => components);
  const frame = components.answer.value.data;
  const now = spectrum();
  const called = words.value;
  const empty =
    frame && !now?.n.some((n) => n > 0)
      ? `No ${called?.sequence ?? "sequence"} of the cohort has components.`
      : undefined;
  return (
    <Panel
      id="components"
      title={capital(frame?.meta.component_name ?? "components")}
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, components.answer.value]}
      retry={retrying(components)}
      empty={empty}
      tools={
        <Segments
          name="What bars show"
          now={measure.value}
          choose={(to) => choose({ componentsAs: to })}
          of={[
            ["mean", "Sign"],
            ["size", "Size"],
          ]}
        />
      }
      above={frame?.meta.one ? <Stepper of={frame.meta.one} release="All" /> : undefined}
    >
      {frame && (
        <div class="components">
          <div
            class="plot spectrum"
            role="slider"
            tabIndex={0}
            aria-label={`${capital(frame.meta.component_name)}. Arrows move.`}
            aria-valuemin={0}
            aria-valuemax={frame.meta.names.length - 1}
            aria-valuenow={chosen.value ?? 0}
            aria-valuetext={chosen.value === null ? "none" : componentName(frame.meta, chosen.value)}
            onKeyDown={onKeyDown}
            onBlur={endGesture}
            onPointerMove={tellComponent}
            onPointerLeave={() => {
              under.value = null;
              hush();
            }}
            onClick={() =>
              under.value !== null && choose({ component: under.value === chosen.value ? null : under.value })
            }
          >
            <Canvas draw={paint} />
          </div>
          <Legend meta={frame.meta} />
          <InTime meta={frame.meta} />
        </div>
      )}
    </Panel>
  );
}
