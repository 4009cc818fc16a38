/** V2: every value of every feature over time; the centre of the page. */

import { effect } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { cubes, open, opened, planted, size, spec, words } from "../data";
import { evenAxis, useBrush } from "../parts/brush";
import { TimeSlider } from "../parts/TimeSlider";
import { Canvas } from "../parts/Canvas";
import { Icon } from "../parts/Icon";
import { Legend } from "../parts/Legend";
import { Choices, Segments, Sheet } from "../parts/Menu";
import { Panel } from "../parts/Panel";
import { useSize } from "../parts/size";
import { alignTo, type Chosen, choose, chosen, endGesture, look, looked, part, same, select } from "../state";
import { byCell, scale } from "../summary";
import { count, timeAxis } from "../words";
import { order, ROW, STRIP } from "./bands";
import { cursor, hasFocus, onKeyDown, speak, useCells } from "./summary/acts";
import { Crosshair, Labels } from "./summary/Labels";
import { bands, columns, room, SCROLLBAR, show, unfolded } from "./summary/layout";
import { paintAxis, paintCells } from "./summary/paint";
import { HELP, sentence, table } from "./summary/says";

const measure = part((now) => now.measure);
const sort = part((now) => now.sort);
const search = part((now) => now.search);
const hasB = part((now) => now.b !== null);
const other = part((now) => now.other);

const SORTS = [
  ["effect", "Strongest first"],
  ["selected", "Strongest in what is selected"],
  ["turns", "Raising at one time, lowering at another"],
  ["difference", "Largest difference of A and B"],
  ["name", "By name"],
  ["given", "As in the data"],
] as const;

type As = readonly [Chosen["show"], string];

/** What the cells can be of: this run, what it is compared with, and what was planted. */
function shownAs(): As[] {
  const beside: As[] =
    other.value !== null
      ? [
          ["a", "This run"],
          ["other", "That run"],
          ["runs", "Difference"],
        ]
      : hasB.value
        ? [
            ["a", "A"],
            ["b", "B"],
            ["difference", "A − B"],
          ]
        : [["a", "This run"]];
  return open.value?.has_truth ? [...beside, ["planted", "Planted"]] : beside;
}

export function V2ValueTime() {
  const scroll = useRef<HTMLElement | null>(null);
  const measured = useSize((element) => {
    const next = {
      width: (element.parentElement as HTMLElement).clientWidth - SCROLLBAR,
      height: element.clientHeight,
    };
    if (!same(next, room.peek())) room.value = next;
    scroll.current = element;
  });
  useEffect(() => {
    const stop = effect(() => {
      const at = cursor.value;
      const band = bands.peek().all.findLast((one) => one.row <= at.row);
      if (!band || !hasFocus.value || !scroll.current) return;
      const y = band.y + (at.row - band.row) * (band.unfolded ? ROW : STRIP);
      const { scrollTop, clientHeight } = scroll.current;
      if (y < scrollTop) scroll.current.scrollTop = y - 20;
      else if (y > scrollTop + clientHeight - 30) scroll.current.scrollTop = y - clientHeight + 40;
    });
    return stop;
  }, []);
  const cells = useCells();
  const axis = useBrush({
    name: "time",
    axis: () => evenAxis(columns.value.nTime, columns.value.width),
    range: () => chosen.peek().selection.time,
    change: (range, gesture) => select("time", range, gesture),
    look: (bin) => look({ time: bin }),
  });
  const now = spec.value;
  const called = words.value;
  const place = columns.value;
  const { left: more } = bands.value;
  const empty =
    now && !order.value.length
      ? `No feature is called “${search.value}”.`
      : size.value.a === 0 && byCell.value
        ? `Cohort A has no ${called?.sequences ?? "sequences"} here: widen it or clear the selection.`
        : undefined;
  const at = looked.value;
  const raises = `raises ${called?.outcome.replace(/^the /, "")}`;
  const ends =
    show.value === "difference"
      ? ["lower in A", "higher in A"]
      : show.value === "runs"
        ? ["lower there", "higher there"]
        : ["lowers", raises];
  const spoken =
    now && at.feature !== null && at.value !== null && at.time !== null && hasFocus.value
      ? speak(at.feature, at.value, at.time)
      : "";
  const choices = useCallback(
    (close: () => void) => (
      <Choices
        close={close}
        of={[
          "Order of features",
          ...SORTS.map(([value, label]) => ({
            label,
            chosen: sort.value === value,
            disabled: value === "difference" && !hasB.value,
            act: () => choose({ sort: value }),
          })),
          "Each cell shows",
          {
            label: "Average of a measurement",
            note: "when this value occurs",
            chosen: measure.value === "average",
            act: () => choose({ measure: "average" }),
          },
          {
            label: "Average of a sequence",
            note: "rare values count little",
            chosen: measure.value === "per sequence",
            act: () => choose({ measure: "per sequence" }),
          },
          "Aligned to",
          {
            label: "The start",
            chosen: chosen.value.align === "start",
            act: () => alignTo("start"),
          },
          {
            label: "The end",
            chosen: chosen.value.align === "end",
            act: () => alignTo("end"),
          },
          "Features",
          {
            label: "Unfold all",
            act: () => choose({ unfolded: order.value.slice() }),
          },
          { label: "Fold all", act: () => choose({ unfolded: [] }) },
          {
            label: "As many as fit",
            chosen: unfolded.value === null,
            act: () => choose({ unfolded: null }),
          },
        ]}
      />
    ),
    [],
  );
  return (
    <Panel
      id="summary"
      title="Which values matter, and when"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[
        opened.answer.value,
        cubes.a.answer.value,
        ...(other.value === null ? [] : [cubes.other.answer.value]),
        ...(show.value === "planted" ? [planted.answer.value] : []),
      ]}
      retry={cubes.a.again}
      empty={empty}
      tools={
        <>
          {shownAs().length > 1 && (
            <Segments name="What is shown" now={show.value} choose={(to) => choose({ show: to })} of={shownAs()} />
          )}
          {other.value !== null && (
            <button
              type="button"
              class="ghost"
              aria-label="No longer compare with that run"
              title="No longer compare with that run"
              onClick={() => choose({ other: null, show: "a" })}
            >
              <Icon name="close" />
            </button>
          )}
          <label class="search">
            <Icon name="search" />
            <input
              type="search"
              id="search-features"
              placeholder="Find a feature"
              aria-label="Find a feature"
              value={search.value}
              onInput={(event) => choose({ search: event.currentTarget.value }, "search")}
              onBlur={endGesture}
            />
          </label>
          <Sheet
            label={
              <>
                View
                <Icon name="down" />
              </>
            }
            title="Order, averages and alignment"
            class="quiet"
            align="right"
          >
            {choices}
          </Sheet>
        </>
      }
    >
      <div class="summary">
        <div class="axis">
          <Canvas draw={paintAxis} />
          <span class="axis-name">{now ? timeAxis(now) : ""}</span>
          {now && <TimeSlider described={now} place={place} label={timeAxis(now)} brush={axis} />}
        </div>
        <div class="scroll" ref={measured}>
          <div class="sheet-of-cells" style={{ height: `${bands.value.height}px` }}>
            <Canvas draw={paintCells} />
            <Labels />
            <Crosshair />
            <div
              class={`over cells ${hasFocus.value ? "focus" : ""}`}
              style={{ left: `${place.left}px`, width: `${place.width}px` }}
              role="application"
              aria-roledescription="heat map"
              aria-label="Values by time. Arrows move, Enter selects a value, F its feature, Shift with arrows a span of time."
              tabIndex={0}
              onKeyDown={onKeyDown}
              onFocus={(event) => (hasFocus.value = event.currentTarget.matches(":focus-visible"))}
              onBlur={() => (hasFocus.value = false)}
              {...cells}
            />
          </div>
          {more > 0 && <p class="note">{count(more)} more features: find them by name.</p>}
        </div>
        <footer>{called && <Legend scale={scale.value} lowers={ends[0]} raises={ends[1]} unit={called.unit} />}</footer>
        <p class="hidden" aria-live="polite">
          {spoken}
        </p>
      </div>
    </Panel>
  );
}
