/** V6: which values occur together more often than by chance, and in which sequences. */

import { opened, selection, spec, words } from "../data";
import { Canvas } from "../parts/Canvas";
import { DataTable, Panel } from "../parts/Panel";
import { Ramp } from "../parts/Ramp";
import { useSize } from "../parts/size";
import { hush } from "../parts/Tooltip";
import { useResource } from "../resource";
import { choose, part, pick, same, toggleValues } from "../state";
import { inWords } from "../words";
import { cursor } from "./pairs/cursor";
import { paintPairs } from "./pairs/paint";
import { pairWords, sentence, table, told, tellPair } from "./pairs/says";
import { LEFT, matrix, pairs, pickOf, room, TOP, valueAt } from "./pairs/together";

const picked = part((now) => now.picked.find((one) => one.from === "pairs") ?? null);
const large = part((now) => now.large === "pairs");
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

const HELP = [
  "Each small square is a pair of values of two features. Below the diagonal: orange values occur together, at the same time, more often than by chance; blue ones less often.",
  "Above the diagonal: whether that holds more in one group than in the other: cohorts A and B, or the predicted outcomes where there is no B. Pale or slanted lines: uncertain.",
  "Within a feature, low values come first. The grey squares on the diagonal tell how many have the value at all.",
  "Click a pair to see only the {sequences} that have both at the same time, in every view; click again to free them. Fill the page to see up to 24 features.",
  "Keys: arrows move, Enter takes the {sequences} with both, Space selects the two values.",
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
          aria-label={inWords(
            "Pairs of values. Arrows move, Enter takes the {sequences} with both, Space selects the two values.",
            words.value,
          )}
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
