/** V11: dreams: series that the model was driven to, by what they were driven to, beside where real ones lie. */

import { signal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { opened } from "../../data";
import { Canvas, type Draw } from "../../parts/Canvas";
import { Icon } from "../../parts/Icon";
import { Panel, type TableData } from "../../parts/Panel";
import { useSize } from "../../parts/size";
import { useResource } from "../../resource";
import { choose, part } from "../../state";
import { capital, count, number, percent } from "../../words";
import { type Dream, dreams, type DreamsMeta, type Kind, PAGE } from "./ask";
import { drawDream, drawObjective, kindOf, tallIn } from "./dreamt";

const chosen = part((now) => now.dream);
const ofClass = part((now) => now.dreamsOf);
const by = part((now) => now.dreamsBy);
const from = part((now) => now.dreamsFrom);
const wide = signal(false);
const WIDE = 700;

function meta(): DreamsMeta | null {
  return dreams.answer.value.data?.meta ?? null;
}

function called(of: DreamsMeta, index: number): string {
  if (index < 0) return "no class";
  const name = of.class_names[index] ?? "";
  return name === "" || name === `${index}` ? `class ${index}` : name;
}

/** What dreams were driven to; names of classes stand for their numbers. */
function named(of: DreamsMeta, kind: Kind): string {
  const one = kind.classes[0];
  if (one === undefined) return kind.name || "no class";
  if (kind.classes.length === 1) return kind.name === "" || kind.name === `class ${one}` ? called(of, one) : kind.name;
  if (kind.name !== `border ${kind.classes.join("|")}`) return kind.name;
  const names = kind.classes.map((each) => called(of, each));
  return `between ${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

function classOf(of: DreamsMeta, one: Dream): string {
  const kind = kindOf(of, one);
  if (kind.name !== "" || one.target_class_other < 0) return named(of, kind);
  return `between ${called(of, one.target_class)} and ${called(of, one.target_class_other)}`;
}

function verdict(one: Dream): string {
  const copy = one.copy ? ", a copy" : "";
  if (one.looks_real < 0) return `not judged${copy}`;
  if (one.looks_real === 1) return `like real ones${copy}`;
  return `unlike real ones: ${one.unreal[0]?.replaceAll("_", " ")}${copy}`;
}

/** What a dream reached: the gap of a border, else the margin. */
function reached(one: Dream): string {
  if (one.gap !== null) return `gap ${number(Math.round(one.gap * 1000) / 1000)}`;
  return one.margin === null ? "" : `margin ${number(one.margin)}`;
}

function marginWords(of: DreamsMeta, one: Dream): string {
  const said = reached(one);
  if (said === "" || one.gap !== null) return said;
  const { wanted, median, most } = kindOf(of, one);
  const aim = wanted === null ? "" : `, aim ${number(wanted)}`;
  const beside =
    median !== null && most !== null ? ` (real ones: ${number(median)} in the middle, ${number(most)} at most)` : "";
  return `${said}${aim}${beside}`;
}

const SIGNS: Readonly<Record<string, string>> = { believable: "✓", "not believable": "✕" };
const TONES: Readonly<Record<string, string>> = { believable: "good", "not believable": "low" };

/** Whether the dreams of a kind are to be believed; why, unless they are named. */
function Verdict({ kind, all = "" }: { kind: Kind; all?: string }) {
  if (!kind.finding) return null;
  return (
    <p class={`believed ${TONES[kind.finding] ?? ""}`}>
      {all && `All dreams of ${all}: `}
      <b>
        {SIGNS[kind.finding] ?? "≈"} {all ? kind.finding : capital(kind.finding)}
      </b>
      {!all && ` ${kind.words}`}
    </p>
  );
}

function Picture({ place, large }: { place: number; large: boolean }) {
  const draw = useCallback<Draw>(
    (context, width, height, colours) => {
      const frame = dreams.answer.value.data;
      if (frame && place < frame.meta.rows.length) drawDream(context, width, height, colours, frame, place, large);
    },
    [place, large],
  );
  return <Canvas draw={draw} />;
}

function Card({ of, one, place }: { of: DreamsMeta; one: Dream; place: number }) {
  const isHere = chosen.value === one.id;
  return (
    <li>
      <button
        type="button"
        class="dream"
        aria-pressed={isHere}
        aria-label={`${one.id}, ${classOf(of, one)}, ${marginWords(of, one) || "margin not known"}, ${verdict(one)}`}
        onClick={() => choose({ dream: isHere ? null : one.id })}
      >
        <span class="picture" style={{ height: `${tallIn(of)}px` }}>
          <Picture place={place} large={false} />
        </span>
        <span class="about-dream">
          <b>{one.id}</b>
          <small>{reached(one)}</small>
        </span>
        <span class={`looks ${one.looks_real === 0 || one.copy ? "low" : one.looks_real === 1 ? "good" : ""}`}>
          {verdict(one)}
        </span>
      </button>
    </li>
  );
}

/** What real series reach, beside dreams. */
function besideWords(kind: Kind): string {
  if (!kind.n_real) return "no real series beside";
  const aim = kind.wanted === null ? "" : `aim ${number(kind.wanted)}; `;
  const reach = kind.most === null ? "" : `, which reach ${number(kind.most)} at most`;
  const most = kind.gap === null ? reach : `, of which the nearest has a gap of ${number(kind.gap)}`;
  return `${aim}${count(kind.n_real)} real series${most}${kind.top === null ? "" : ` (${kind.top})`}`;
}

/** Dreams of the page under what they were driven to. */
function Gallery({ of }: { of: DreamsMeta }) {
  return (
    <div class="gallery">
      {of.here.map((place) => {
        const kind = of.kinds.find((one) => one.place === place);
        if (!kind) return null;
        return (
          <section key={place} aria-label={`Dreams of ${named(of, kind)}`}>
            <h3>
              {capital(named(of, kind))}
              <small>{besideWords(kind)}</small>
            </h3>
            <Verdict kind={kind} />
            <ul>
              {of.rows.map((row, at) =>
                row.kind === place ? <Card key={row.id} of={of} one={row} place={at} /> : null,
              )}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function Judges({ of, one }: { of: DreamsMeta; one: Dream }) {
  const [low, high] = of.real_looking;
  const beside = kindOf(of, one).judged;
  return (
    <dl class="judges">
      {of.judges.map((name) => {
        const at = one.judged[name];
        return (
          <div key={name}>
            <dt>{capital(name.replaceAll("_", " "))}</dt>
            <dd>
              <span class="scale">
                <i class="inside" style={{ left: `${low}%`, width: `${high - low}%` }} />
                {(beside[name] ?? null) !== null && <i class="at real" style={{ left: `${beside[name]}%` }} />}
                {at !== null && <i class={`at ${one.unreal.includes(name) ? "out" : ""}`} style={{ left: `${at}%` }} />}
              </span>
              <b>{at === null ? "–" : number(at)}</b>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

const paintObjective: Draw = (context, width, height, colours) => {
  const frame = dreams.answer.value.data;
  const place = frame?.meta.rows.findIndex((one) => one.id === chosen.value) ?? -1;
  if (frame && place >= 0) drawObjective(context, width, height, colours, frame, place);
};

function Detail({ of, one, place }: { of: DreamsMeta; one: Dream; place: number }) {
  const steps = dreams.answer.value.data?.arrays.objective.shape[1] ?? 0;
  const kind = kindOf(of, one);
  return (
    <div class="dream-detail">
      <div class="who">
        <button type="button" class="quiet" onClick={() => choose({ dream: null })}>
          <Icon name="left" />
          All
        </button>
        <strong>{one.id}</strong>
        <span class="statics">{classOf(of, one)}</span>
      </div>
      <div class="picture tall">
        <Picture place={place} large />
      </div>
      <p class="note">
        {capital(marginWords(of, one))}
        {one.predicted >= 0 && one.probability !== null
          ? `. The model says ${called(of, one.predicted)}; ${called(of, one.target_class)} has probability ${percent(one.probability)}`
          : ""}
        {one.nearest !== null
          ? `. Nearest real series: ${one.nearest}${one.distance === null ? "" : `, distance ${number(one.distance)}`}${one.copy ? ", of which it is a copy" : ""}`
          : ""}
        {kind.top === null
          ? ""
          : `. The real one that ${kind.gap === null ? "reaches most" : "is nearest to the border"}: ${kind.top}`}
        {one.agreed === null ? "" : `. Of other models ${percent(one.agreed)} say the class`}.
      </p>
      <Verdict kind={kind} all={named(of, kind)} />
      {of.judges.length > 0 && (
        <>
          <h3>
            Of 100 real series, so many are less unlike the others{kind.top === null ? "" : ` (ring: ${kind.top})`}
          </h3>
          <Judges of={of} one={one} />
        </>
      )}
      {steps > 1 && (
        <>
          <h3>How the search went, over {count(steps)} rounds</h3>
          <div class="objective">
            <Canvas draw={paintObjective} />
          </div>
        </>
      )}
    </div>
  );
}

function Controls({ of }: { of: DreamsMeta }) {
  const set = (change: { dreamsOf?: number | null; dreamsBy?: string; dreamsFrom?: number }) =>
    choose({ dreamsFrom: 0, dream: null, ...change });
  const last = Math.min(from.value + PAGE, of.n);
  return (
    <div class="controls dream-controls">
      <label>
        <span class="hidden">What dreams are of</span>
        <select
          value={ofClass.value === null ? "" : `${ofClass.value}`}
          onChange={(event) =>
            set({ dreamsOf: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })
          }
        >
          <option value="">All dreams</option>
          {of.kinds.map((kind) => (
            <option key={kind.place} value={`${kind.place}`}>
              {capital(named(of, kind))} ({kind.n})
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="hidden">Order</span>
        <select value={by.value} onChange={(event) => set({ dreamsBy: event.currentTarget.value })}>
          <option value="given">As they came</option>
          <option value="margin">Largest margin first</option>
          {of.judges.map((name) => (
            <option key={name} value={name}>
              Most unlike real: {name.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      </label>
      <span class="pages">
        <button
          type="button"
          class="ghost"
          aria-label="The page before"
          disabled={from.value <= 0}
          onClick={() => set({ dreamsFrom: Math.max(0, from.value - PAGE) })}
        >
          <Icon name="left" />
        </button>
        {of.n ? `${from.value + 1}–${last} of ${of.n}` : "none"}
        <button
          type="button"
          class="ghost"
          aria-label="The next page"
          disabled={last >= of.n}
          onClick={() => set({ dreamsFrom: from.value + PAGE })}
        >
          <Icon name="right" />
        </button>
      </span>
    </div>
  );
}

function sentence(): string {
  const now = meta();
  if (!now) return "";
  const one = now.rows.find((row) => row.id === chosen.value);
  if (one) {
    const margin = marginWords(now, one);
    return `${capital(one.id)}, ${classOf(now, one)}${margin ? `: ${margin}` : ""}; ${verdict(one)}.`;
  }
  const kinds = now.kinds.length;
  const real = now.n_judged
    ? ` ${count(now.n_real_looking)} of ${count(now.n_judged)} look like real series to every judge.`
    : " Nobody judged whether they look like real series.";
  const left = now.feature_names.length - now.features.length;
  const cut = left > 0 ? ` The first ${now.features.length} of ${now.feature_names.length} features are drawn.` : "";
  return `${count(now.n_draw)} series that the model was driven to, of ${kinds} ${kinds === 1 ? "kind" : "kinds"}.${real}${cut}`;
}

function table(): TableData {
  const now = meta();
  if (!now) return { columns: [], rows: [] };
  return {
    columns: [
      "Dream",
      "Of",
      "Margin",
      "Aim",
      "Predicted",
      "Probability",
      ...now.judges.map((name) => capital(name.replaceAll("_", " "))),
      "Looks",
      "Nearest real series",
      "Distance",
    ],
    rows: now.rows.map((one) => [
      one.id,
      classOf(now, one),
      number(one.margin ?? NaN),
      number(kindOf(now, one).wanted ?? NaN),
      called(now, one.predicted),
      percent(one.probability ?? NaN),
      ...now.judges.map((name) => number(one.judged[name] ?? NaN)),
      verdict(one),
      one.nearest ?? "–",
      number(one.distance ?? NaN),
    ]),
  };
}

const HELP = [
  "Series that were never measured: the model was searched for what it takes for a class. The thick line is such a dream; the band holds 8 of 10 real series of that class, the pale line is their middle, the dashed one the real series that reaches most; close up, the thin line is the real series nearest to the dream.",
  "The margin says how far the model is from any other class; beside it that of real series. A dream far above all real ones shows what the model looks for, not what patients look like.",
  "Judges who do not know the model say how unlike others a series is, as a place among 100 real ones. Below 0.5 or above 99 it does not look real: too much alike is as suspicious as too little.",
  "Believable are dreams of which nine in ten hit the aim, look real to all judges and copy no real series; it was found when they were made.",
  "Click a dream for its numbers. The other views stay as they are: a dream is no {sequence} of the data.",
];

export function V11Dreams() {
  useResource(() => dreams);
  const now = meta();
  const place = now?.rows.findIndex((one) => one.id === chosen.value) ?? -1;
  const box = useSize((element) => {
    const next = element.clientWidth > WIDE;
    if (next !== wide.peek()) wide.value = next;
  });
  const detail = now && place >= 0 ? <Detail of={now} one={now.rows[place]} place={place} /> : null;
  return (
    <Panel
      id="dreams"
      title="Dreams"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, dreams.answer.value]}
      retry={dreams.again}
      empty={now && !now.n ? "There is no dream of this kind: choose another." : undefined}
      below={
        <button type="button" class="plain" onClick={() => choose({ dreamsOf: null, dreamsFrom: 0 })}>
          All dreams
        </button>
      }
    >
      <div class={`dreams ${wide.value ? "wide" : ""}`} ref={box}>
        {now && (wide.value || !detail) && (
          <div class="dreams-all">
            <Controls of={now} />
            <Gallery of={now} />
            <footer class="legends keys-of">
              <span>
                <i class="line dream-line" /> dream
              </span>
              <span>
                <i class="line real-line" /> real series that reaches most (dashed), nearest one (close up)
              </span>
              <span>
                <i class="real-band" /> 8 of 10 real series
              </span>
            </footer>
          </div>
        )}
        {detail}
      </div>
    </Panel>
  );
}
