/** V4: what adds to the score and what takes from it, hour by hour. */

import { palette } from "../colour";
import { cubes, opened, someValues, spec, time, times, words } from "../data";
import { evenAxis, useBrush } from "../parts/brush";
import { TimeSlider } from "../parts/TimeSlider";
import { Canvas } from "../parts/Canvas";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { useSize } from "../parts/size";
import { hush, tell } from "../parts/Tooltip";
import { alignTo, chosen, look, part, select } from "../state";
import { capital, signed, timeAxis, timeClause, timeWords } from "../words";
import { columns, extent, net, segments, width } from "./timeline/courses";
import { paint } from "./timeline/paint";

const align = part((now) => now.align);

function sentence(): string {
  const [now, called, all] = [spec.value, words.value, segments.value];
  if (!now || !called || !all.length) return "";
  const course = net.value.a;
  const [from, to] = times.value;
  let sum = 0;
  let peak = from;
  for (let t = from; t <= to; t++) {
    sum += course[t];
    if (Math.abs(course[t]) > Math.abs(course[peak])) peak = t;
  }
  const what = someValues.value ? "What is selected" : "All measurements together";
  const b = net.value.b ? `; in B by ${signed(net.value.b.slice(from, to + 1).reduce((x, y) => x + y, 0))}` : "";
  return `${what}${timeClause(now, time.value)} ${sum < 0 ? "lower" : "raise"}${someValues.value ? "s" : ""} ${called.outcome} of a ${called.sequence} by ${signed(Math.abs(sum)).slice(1)} ${called.unit} on average, most at ${timeWords(now, [peak, peak])}${b}.`;
}

function table(): TableData {
  const now = spec.value;
  if (!now) return { columns: [], rows: [] };
  const all = segments.value;
  return {
    columns: ["Time", "Together", ...all.map((one) => one.name)],
    rows: Array.from({ length: columns.value.nTime }, (_, t) => [
      timeWords(now, [t, t]),
      signed(net.value.a[t], extent.value[1]),
      ...all.map(({ course }) => signed(course[t], extent.value[1])),
    ]),
  };
}

const HELP = [
  "For each time: what the measurements add to the score of an average {sequence} (above the line) and take from it (below). The dark line is the sum; with a second cohort, the dashed line is that of B.",
  "Colours are the strongest features; when one feature is selected, its values.",
  "Drag to choose a span of time; drag its edges to change it. Keys: ← → move it, Shift with them changes its end, Escape clears it.",
];

export function V4Timeline() {
  const box = useSize((element) => (width.value = element.clientWidth));
  const [now, place, all, colours] = [spec.value, columns.value, segments.value, palette.value];
  const brush = useBrush({
    name: "time",
    axis: () => evenAxis(place.nTime, place.width),
    range: () => chosen.peek().selection.time,
    change: (range, gesture) => select("time", range, gesture),
    look: (bin, event) => {
      look({ time: bin });
      if (bin === null || !event || !now) return hush();
      const strongest = [...all].sort((x, y) => Math.abs(y.course[bin]) - Math.abs(x.course[bin])).slice(0, 5);
      tell(event, capital(timeWords(now, [bin, bin])), [
        ["together", signed(net.value.a[bin], extent.value[1])],
        ...strongest.map((one) => [one.name, signed(one.course[bin], extent.value[1])] as const),
      ]);
    },
  });
  return (
    <Panel
      id="timeline"
      title="Over time"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, cubes.a.answer.value]}
      retry={cubes.a.again}
      empty={all.length ? undefined : "Nothing is selected that this cohort has."}
      tools={
        <Segments
          name="Time counted from"
          now={align.value}
          choose={alignTo}
          of={[
            ["start", "From start"],
            ["end", "To end"],
          ]}
        />
      }
    >
      <div class="timeline" ref={box}>
        <Canvas draw={paint} />
        <ul class="key" style={{ width: `${Math.max(place.left - 12, 0)}px` }}>
          {all.slice(0, 7).map((one, k) => (
            <li
              key={one.name}
              onPointerEnter={() => one.feature >= 0 && look({ feature: one.feature })}
              onPointerLeave={() => look({})}
            >
              <i
                style={{
                  background: colours.categories[one.feature === -1 ? 6 : k % 6],
                }}
              />
              <span>{one.name}</span>
            </li>
          ))}
        </ul>
        {now && <TimeSlider described={now} place={place} label={`Span of time. ${timeAxis(now)}`} brush={brush} />}
      </div>
    </Panel>
  );
}
