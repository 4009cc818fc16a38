/** V14: groups of measurements: what each adds, where it lies, and which act together. */

import { signal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { arrayOf } from "../../api";
import { divergingCss, palette } from "../../colour";
import { opened, spec, words } from "../../data";
import { Canvas, type Draw } from "../../parts/Canvas";
import { Segments } from "../../parts/Menu";
import { Panel, type TableData } from "../../parts/Panel";
import { Ramp } from "../../parts/Ramp";
import { hush, tell } from "../../parts/Tooltip";
import { useResource } from "../../resource";
import { choose, part } from "../../state";
import { capital, count, inTheirWords, signed } from "../../words";
import { type Extent, groupName, groups, maybe, retrying, within } from "./ask";
import { FEATURE_ROW } from "./drawn";
import { type Grouped, groupAt, drawMatrix, drawMembers, narrowed, pairAt } from "./members";
import { Stepper } from "./Stepper";
import { reachOf } from "./tree";

const chosen = part((now) => now.group);
const together = part((now) => now.groupsAs === "together");
const cursor = signal<readonly [number, number] | null>(null);

function read(): Grouped | null {
  const frame = groups.answer.value.data;
  if (!frame) return null;
  const n = frame.meta.group.length;
  const mean = maybe<Float32Array>(frame, "mean")?.subarray(0, n) ?? null;
  const half = maybe<Float32Array>(frame, "half")?.subarray(0, n) ?? null;
  const own = maybe<Float32Array>(frame, "own");
  const between = maybe<Float32Array>(frame, own ? "own_interaction" : "interaction");
  return {
    meta: frame.meta,
    cells: arrayOf<Int32Array>(frame, "cells"),
    names: frame.meta.group.map(
      (group, k) => groupName(frame.meta, frame.meta.extents[k], frame.meta.names[k]) || `group ${group + 1}`,
    ),
    score: own ?? mean ?? new Float32Array(n),
    mean,
    half,
    own,
    between,
    reach: reachOf(own ?? [], mean ?? []),
    reachBetween: reachOf(between ?? []),
    chosen: chosen.value === null ? null : frame.meta.group.indexOf(chosen.value),
  };
}

function Bar({ of, k }: { of: Grouped; k: number }) {
  const now = palette.value;
  const [value, half] = [of.score[k], of.own ? NaN : (of.half?.[k] ?? NaN)];
  const at = (x: number) => 50 + 50 * Math.max(-1, Math.min(1, x / of.reach));
  return (
    <span class="group-bar">
      <i
        style={{
          left: `${Math.min(50, at(value))}%`,
          width: `${Math.abs(at(value) - 50)}%`,
          background: divergingCss(now.theme, Math.sign(value) * 0.6),
        }}
      />
      {Number.isFinite(half) && (
        <b style={{ left: `${at(value - half)}%`, width: `${at(value + half) - at(value - half)}%` }} />
      )}
    </span>
  );
}

function Ranked({ of }: { of: Grouped }) {
  return (
    <ul class="groups" aria-label="Groups, the strongest first">
      {of.names.map((name, k) => (
        <li key={of.meta.group[k]}>
          <button
            type="button"
            aria-pressed={of.chosen === k}
            onClick={() => choose({ group: of.chosen === k ? null : of.meta.group[k] })}
          >
            <span class="what" title={name}>
              {capital(name)}
            </span>
            <Bar of={of} k={k} />
            <span class="number">{signed(of.score[k], of.reach)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A group takes its features and its times where it is a box of them; else the words say why it does not. */
function Narrow({ of }: { of: Grouped }) {
  const [k, described, called] = [of.chosen, spec.value, words.value];
  if (k === null || k < 0 || !described) return null;
  const found = narrowed(of.meta, of.meta.extents[k], described);
  if (typeof found === "string") return <p class="note">{inTheirWords(found, called)}</p>;
  return (
    <button type="button" class="plain" onClick={() => choose({ selection: found })}>
      Select these features and times in every view
    </button>
  );
}

function Members({ of }: { of: Grouped }) {
  const draw = useCallback<Draw>((context, width, height, colours) => {
    const [now, described] = [read(), spec.value];
    if (now && described) drawMembers(context, width, height, colours, now, described);
  }, []);
  const rows = of.meta.feature_names.length;
  return (
    <div class="heat-scroll" tabIndex={0} role="region" aria-label="Where the groups lie">
      <div
        class="members"
        style={{ height: `${rows * FEATURE_ROW + 16}px` }}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const k = groupAt(of, box.width, event.clientX - box.left, event.clientY - box.top);
          if (k === null) hush();
          else tell(event, capital(of.names[k]), [["adds", signed(of.score[k], of.reach)]]);
        }}
        onPointerLeave={hush}
      >
        <Canvas draw={draw} />
      </div>
    </div>
  );
}

function pairWords(of: Grouped, [x, y]: readonly [number, number]): string {
  if (x === y) return `${capital(of.names[x])} alone adds ${signed(of.score[x], of.reach)}.`;
  const value = of.between?.[x * side(of) + y] ?? NaN;
  if (!Number.isFinite(value)) return `Of ${of.names[x]} and ${of.names[y]} nothing is known.`;
  return `${capital(of.names[x])} and ${of.names[y]} together add ${signed(value, of.reachBetween)} beyond what each adds.`;
}

function side(of: Grouped): number {
  return Math.round(Math.sqrt(of.between?.length ?? 0));
}

function Matrix({ of }: { of: Grouped }) {
  const draw = useCallback<Draw>((context, width, height, colours) => {
    const now = read();
    if (now) drawMatrix(context, width, height, colours, now, cursor.value);
  }, []);
  const n = side(of);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const [row, column] = cursor.peek() ?? [0, 0];
    if (step)
      cursor.value = [row + step[0], column + step[1]].map((x) => Math.max(0, Math.min(n - 1, x))) as [number, number];
    else if (event.key === "Enter") choose({ group: of.meta.group[row] });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      class="matrix"
      role="application"
      aria-roledescription="matrix"
      aria-label="Groups that act together. Arrows move, Enter chooses the group."
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        cursor.value = pairAt(n, box.width, box.height, event.clientX - box.left, event.clientY - box.top);
        if (cursor.value) tell(event, pairWords(of, cursor.value), []);
        else hush();
      }}
      onPointerLeave={() => {
        cursor.value = null;
        hush();
      }}
      onClick={() => cursor.value && choose({ group: of.meta.group[cursor.value[0]] })}
    >
      <Canvas draw={draw} />
      <p class="hidden" aria-live="polite">
        {cursor.value ? pairWords(of, cursor.value) : ""}
      </p>
    </div>
  );
}

function sentence(): string {
  const [now, called] = [read(), words.value];
  if (!now || !now.names.length) return "";
  const { meta } = now;
  const whom = meta.one
    ? `In ${meta.one.id}`
    : `On average of ${count(meta.n_sample)} ${called?.sequences ?? "sequences"}`;
  if (together.value && now.between) {
    const best = strongestPair(now);
    return best
      ? `${whom}: ${pairWords(now, best).replace(/^./, (letter) => letter.toLowerCase())}`
      : `${whom}, no two groups act together.`;
  }
  const k = now.chosen !== null && now.chosen >= 0 ? now.chosen : 0;
  const half = now.own ? "" : ` (95 %: ${within(now.half?.[k] ?? NaN)})`;
  const verb = now.score[k] < 0 ? "lowers" : "raises";
  const what = called?.outcome ?? "the score";
  const cut =
    meta.n_group > meta.group.length ? ` The ${meta.group.length} strongest of ${count(meta.n_group)} are shown.` : "";
  return `${whom}, ${now.names[k]} ${verb} ${what} by ${signed(now.score[k], now.reach).replace(/^[+−]/, "")}${half}.${cut}`;
}

function strongestPair(of: Grouped): readonly [number, number] | null {
  const n = side(of);
  let best: readonly [number, number] | null = null;
  let most = 0;
  for (let x = 0; x < n; x++)
    for (let y = 0; y < x; y++) {
      const size = Math.abs(of.between?.[x * n + y] ?? NaN);
      if (size > most) [best, most] = [[x, y], size];
    }
  return best;
}

function table(): TableData {
  const now = read();
  if (!now) return { columns: [], rows: [] };
  const n = side(now);
  const cells = (one: Extent | undefined) => (one ? count(one.n_cell) : "–");
  if (together.value && now.between)
    return {
      columns: ["Group", ...now.names.slice(0, n).map(capital)],
      rows: now.names
        .slice(0, n)
        .map((name, x) => [
          capital(name),
          ...now.names.slice(0, n).map((_, y) => signed(now.between?.[x * n + y] ?? NaN, now.reachBetween)),
        ]),
    };
  return {
    columns: ["Group", "Adds", ...(now.half && !now.own ? ["95 %"] : []), "Cells"],
    rows: now.names.map((name, k) => [
      capital(name),
      signed(now.score[k], now.reach),
      ...(now.half && !now.own ? [within(now.half[k])] : []),
      cells(now.meta.extents[k]),
    ]),
  };
}

const HELP = [
  "Measurements taken together, such as all of one organ, or one hour: what a whole group adds. The strongest comes first; the thin line is the 95 % interval of the average. Orange raises, blue lowers.",
  "Below: where each group lies. Click a group to see it alone; where it is a box of features and times, it can be selected in every view.",
  "Together: what two groups add beyond what each adds alone; the diagonal is a group alone.",
  "Where a {sequence} is chosen in another view, its own numbers are shown.",
  "Keys: arrows move in the matrix, Enter chooses the group.",
];

export function V14Groups() {
  useResource(() => groups);
  const now = read();
  const called = words.value;
  const empty = now && !now.names.length ? `No ${called?.sequence ?? "sequence"} of the cohort has groups.` : undefined;
  const isTogether = together.value && !!now?.between;
  return (
    <Panel
      id="groups"
      title="Groups"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, groups.answer.value]}
      retry={retrying(groups)}
      empty={empty}
      tools={
        now?.between && (
          <Segments
            name="What is shown"
            now={isTogether ? "together" : "each"}
            choose={(to) => choose({ groupsAs: to })}
            of={[
              ["each", "Each"],
              ["together", "Together"],
            ]}
          />
        )
      }
      above={
        now?.meta.one ? <Stepper of={now.meta.one} release={now.meta.comparable ? "All" : undefined} /> : undefined
      }
    >
      {now &&
        (isTogether ? (
          <Matrix of={now} />
        ) : (
          <div class="grouped">
            <Ranked of={now} />
            {now.meta.has_cells ? (
              <Members of={now} />
            ) : (
              <p class="note">This run does not say where its groups lie.</p>
            )}
            <Narrow of={now} />
          </div>
        ))}
      <footer class="legends">
        <Ramp
          from={signed(-((isTogether ? now?.reachBetween : now?.reach) ?? 1))}
          to={signed((isTogether ? now?.reachBetween : now?.reach) ?? 1)}
          lowers="lowers"
          raises="raises"
        />
      </footer>
    </Panel>
  );
}
