/** V6: which values occur together more often than by chance, and in which sequences. */

import { computed } from "@preact/signals";
import { opened, selection, spec, words } from "../data";
import { Canvas } from "../parts/Canvas";
import { DataTable, Panel, type TableData } from "../parts/Panel";
import { Ramp } from "../parts/Ramp";
import { useSize } from "../parts/size";
import { hush, tell } from "../parts/Tooltip";
import { useResource } from "../resource";
import { choose, part, pick, same, toggleValues } from "../state";
import { capital, count, momentWords, number, valuesWords } from "../words";
import { cursor } from "./pairs/cursor";
import { cellOf, paintPairs } from "./pairs/paint";
import { LEFT, matrix, type Pairs, pairs, pickOf, room, TOP, valueAt } from "./pairs/together";

const picked = part((now) => now.picked.find((one) => one.from === "pairs") ?? null);
const large = part((now) => now.large === "pairs");
const FEW = 10;

/** The place of a pair below the diagonal, whichever half it was found in. */
function placeOf(of: Pairs, [row, column]: readonly [number, number]): number {
  return Math.max(row, column) * of.meta.values.length + Math.min(row, column);
}

function times(x: number): string {
  return `${number(x, 2)}\u00a0×`;
}

/** The pair that is told of: the one looked at, else the one that occurs together most surely. */
const told = computed<readonly [number, number] | null>(() => {
  const now = pairs.answer.value.data;
  if (!now) return null;
  const here = cursor.value;
  const n = now.meta.values.length;
  if (here && here[0] < n && here[1] < n) return here;
  return strongest(now);
});

function strongest(of: Pairs): readonly [number, number] | null {
  const n = of.meta.values.length;
  let best: readonly [number, number] | null = null;
  let most = 1;
  for (let row = 0; row < n; row++)
    for (let column = 0; column < row; column++) {
      const i = row * n + column;
      if (of.n[i] >= FEW && of.low[i] > most) [best, most] = [[row, column], of.low[i]];
    }
  return best;
}

function nameOf(of: Pairs, value: number): string {
  const now = spec.value;
  const [f, bin] = of.meta.values[value];
  return now ? valuesWords(now, f, [bin]) : "";
}

/** A pair in a sentence; with `whole` also how sure that is, and how two groups differ. */
function pairWords(of: Pairs, here: readonly [number, number], whole: boolean): string {
  const [now, called] = [spec.value, words.value];
  if (!now || !called) return "";
  const [row, column] = here;
  if (of.meta.values[row][0] === of.meta.values[column][0]) {
    const n = of.n[row * of.meta.values.length + row];
    return row === column && n > 0
      ? `${capital(nameOf(of, row))}: in ${count(n)} of ${count(of.meta.n_sequence)} ${called.sequences}.`
      : "Two values of one feature are never measured together.";
  }
  const i = placeOf(of, here);
  if (!of.n[i]) return `${capital(nameOf(of, row))} never comes with ${nameOf(of, column)}.`;
  const sure = ` (${number(of.low[i], 2)} to ${number(of.high[i], 2)})`;
  const moment = momentWords(now);
  const often = `${times(of.lift[i])} as often ${moment} as by chance${whole ? sure : ""}`;
  const looked = `${count(of.meta.n_sequence)} ${called.sequences}${of.meta.exact ? "" : " looked at"}`;
  return `${capital(nameOf(of, row))} with ${nameOf(of, column)}: ${often}. ${count(of.n[i])} of ${looked} have both ${moment}${whole ? apartWords(of, here) : ""}.`;
}

function apartWords(of: Pairs, here: readonly [number, number]): string {
  if (!of.apart) return "";
  const i = placeOf(of, here);
  const [ratio, half, [x, y]] = [of.apart.ratio[i], of.apart.half[i], of.apart.names];
  if (!Number.isFinite(ratio)) return "";
  if (Math.abs(ratio) <= half) return `; ${x} and ${y} do not surely differ`;
  return `; ${times(Math.exp(Math.abs(ratio)))} as much in ${ratio > 0 ? x : y} as in ${ratio > 0 ? y : x}`;
}

function sentence(): string {
  const now = pairs.answer.value.data;
  if (!now) return "";
  if (!now.meta.values.length) return "";
  const here = told.value;
  return here ? pairWords(now, here, false) : `No two values occur together more often than by chance.`;
}

function act(kind: "pick" | "select"): void {
  const [now, described, here] = [pairs.answer.peek().data, spec.peek(), cursor.peek()];
  if (!now || !described || !here) return;
  const [x, y] = [now.meta.values[here[0]], now.meta.values[here[1]]];
  if (x[0] === y[0]) toggleValues([x], true);
  else if (kind === "select") toggleValues([x, y], true);
  else pick(pickOf([x, y], described, selection.peek()));
}

function onKeyDown(event: KeyboardEvent): void {
  const n = pairs.answer.peek().data?.meta.values.length ?? 0;
  const step = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  }[event.key];
  const within = (x: number) => Math.max(0, Math.min(n - 1, x));
  if (step && n) {
    const [row, column] = cursor.peek() ?? told.peek() ?? [0, 0];
    cursor.value = [within(row + step[0]), within(column + step[1])];
  } else if (event.key === "Enter") act("pick");
  else if (event.key === " ") act("select");
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function at(event: PointerEvent): readonly [number, number] | null {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const [row, column] = [
    valueAt(matrix.peek(), event.clientY - box.top - TOP),
    valueAt(matrix.peek(), event.clientX - box.left - LEFT),
  ];
  return row >= 0 && column >= 0 ? [row, column] : null;
}

function tellPair(event: PointerEvent): void {
  const [now, here, called, described] = [pairs.answer.peek().data, cursor.peek(), words.peek(), spec.peek()];
  if (!now || !here || !called || !described || now.meta.values[here[0]][0] === now.meta.values[here[1]][0]) {
    hush();
    return;
  }
  const i = placeOf(now, here);
  const apart = apartWords(now, here).replace(/^; /, "");
  tell(
    event,
    `${capital(nameOf(now, here[0]))} with ${nameOf(now, here[1])}`,
    [
      ["compared with chance", times(now.lift[i])],
      ["95\u00a0%", `${number(now.low[i], 2)} to ${number(now.high[i], 2)}`],
      [
        `${capital(called.sequences)} with both, ${now.meta.exact ? "" : "of those looked at, "}${momentWords(described)}`,
        count(now.n[i]),
      ],
    ],
    apart ? `${capital(apart)}.` : undefined,
  );
}

/** How far from chance a pair surely is. */
function surely(of: Pairs, i: number): number {
  return of.n[i] < FEW ? -1 : Math.max(0, Math.log(of.low[i]), -Math.log(of.high[i]));
}

function table(): TableData {
  const now = pairs.answer.value.data;
  if (!now) return { columns: [], rows: [] };
  const n = now.meta.values.length;
  const rows: (readonly [number, readonly string[]])[] = [];
  for (let row = 0; row < n; row++)
    for (let column = 0; column < row; column++) {
      const i = row * n + column;
      if (!cellOf(now, row, column) || !now.n[i]) continue;
      const apart = now.apart
        ? [
            times(Math.exp(now.apart.ratio[i])),
            `${times(Math.exp(now.apart.ratio[i] - now.apart.half[i]))} to ${times(Math.exp(now.apart.ratio[i] + now.apart.half[i]))}`,
          ]
        : [];
      rows.push([
        surely(now, i),
        [
          nameOf(now, row),
          nameOf(now, column),
          times(now.lift[i]),
          `${number(now.low[i], 2)} to ${number(now.high[i], 2)}`,
          count(now.n[i]),
          ...apart,
        ],
      ]);
    }
  const names = now.apart ? [`${now.apart.names[0]} against ${now.apart.names[1]}`, "95 % of that"] : [];
  return {
    columns: [
      "Value",
      "With",
      "As often as by chance",
      "95 %",
      capital(words.value?.sequences ?? "sequences"),
      ...names,
    ],
    rows: rows.sort(([x], [y]) => y - x).map(([, row]) => row),
  };
}

const HELP = [
  "Each small square is a pair of values of two features. Below the diagonal: orange values occur together, at the same time, more often than by chance; blue ones less often.",
  "Above the diagonal: whether that holds more in one group than in the other: cohorts A and B, or the predicted outcomes where there is no B. Pale or slanted lines: uncertain.",
  "Within a feature, low values come first. The grey squares on the diagonal tell how many have the value at all.",
  "Click a pair to see only the cases that have both at the same time, in every view; click again to free them. Fill the page to see up to 24 features.",
  "Keys: arrows move, Enter takes the cases with both, Space selects the two values.",
];

export function V6Pairs() {
  useResource(() => pairs);
  const box = useSize((element) => {
    const next = { width: element.clientWidth, height: element.clientHeight };
    if (!same(next, room.peek())) room.value = next;
  });
  const answer = pairs.answer.value;
  const now = answer.data;
  const apart = now?.apart;
  const empty =
    now && now.meta.values.length < 2
      ? "Nothing here occurs together: widen the cohort or free a part of the selection."
      : undefined;
  return (
    <Panel
      id="pairs"
      title="Values together"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, answer]}
      retry={pairs.again}
      empty={empty}
      keep
    >
      <div class="pairs-and-list">
        <div
          class="pairs"
          ref={box}
          role="application"
          aria-roledescription="matrix"
          aria-label="Pairs of values. Arrows move, Enter takes the cases with both, Space selects the two values."
          tabIndex={0}
          onKeyDown={onKeyDown}
          onPointerMove={(event) => {
            cursor.value = at(event);
            tellPair(event);
          }}
          onPointerLeave={() => {
            cursor.value = null;
            hush();
          }}
          onClick={() => act("pick")}
        >
          <Canvas draw={paintPairs} />
          <p class="hidden" aria-live="polite">
            {now && cursor.value && told.value ? pairWords(now, told.value, true) : ""}
          </p>
          {answer.waits && !now && <p class="note">Counting…</p>}
        </div>
        {large.value && now && <DataTable caption="The pairs that are farthest from chance" data={table()} />}
      </div>
      <footer class="legends">
        <Ramp
          from="¼"
          to="4 ×"
          lowers="below: rarer"
          raises="more often"
          title="How often two values occur together, compared with chance"
        />
        {apart && (
          <Ramp
            from=""
            to=""
            lowers={`above: more in ${apart.names[1]}`}
            raises={apart.names[0]}
            title="How the two groups differ in that"
          />
        )}
        {picked.value && (
          <button
            type="button"
            class="quiet"
            onClick={() =>
              choose({
                b: { not: picked.value?.cohort ?? { all: [] } },
                edits: "b",
                show: "a",
              })
            }
          >
            Compare with the rest
          </button>
        )}
      </footer>
    </Panel>
  );
}
