/** V9: other runs beside this one: other methods, seeds, models, or times in training. */

import { useCallback } from "preact/hooks";
import { cubes, first, open, opened, spec, words } from "../data";
import { Canvas, type Draw } from "../parts/Canvas";
import { dots } from "../parts/heat";
import { Segments } from "../parts/Menu";
import { Panel, type TableData } from "../parts/Panel";
import { Ramp } from "../parts/Ramp";
import { useResource } from "../resource";
import { choose, openRun, part } from "../state";
import { count, featureName, number, runName, signed } from "../words";
import { alike, arrived, features, flags, others, own, type Picture, pictures, reach, small } from "./runs/small";

const mode = part((now) => now.runs);
const other = part((now) => now.other);

function drawPicture(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  palette: Parameters<Draw>[3],
  of: Picture,
  less: Picture | null,
): void {
  const [now, box] = [spec.value, flags.value];
  if (!now || !box) return;
  const nRow = of.mean.length / of.nTime;
  const scale = reach.value;
  const image = dots(of.nTime, nRow, palette, (row, time, out) => {
    const i = row * of.nTime + time;
    if (!of.n[i]) return;
    out[0] = (of.mean[i] - (less ? less.mean[i] : 0)) / scale;
    const inside = box.value[row] === 1 && box.time[0] <= time && time <= box.time[1];
    out[1] = inside ? 1 : 0.25;
  });
  context.fillStyle = palette.well;
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  const all = features.value;
  const gap = 1;
  const tall = (height - gap * (all.length - 1)) / nRow;
  for (let k = 0, row = 0, y = 0; k < all.length; k++) {
    const n = first.value[all[k] + 1] - first.value[all[k]];
    // High values stand on top, as in the summary; not measured, the first of each feature, stands last.
    for (let r = 0; r < n; r++) {
      const bin = r < n - 1 ? n - 1 - r : 0;
      context.drawImage(image, 0, row + bin, of.nTime, 1, 0, y + r * tall, width, tall);
    }
    row += n;
    y += n * tall + gap;
  }
}

function Thumb({ name }: { name: string | null }) {
  const draw = useCallback<Draw>(
    (context, width, height, palette) => {
      const of = name === null ? own.value : pictures.value.get(name);
      if (of)
        drawPicture(
          context,
          width,
          height,
          palette,
          of,
          name !== null && mode.value === "less this" ? own.value : null,
        );
    },
    [name],
  );
  return (
    <div class="thumb">
      <Canvas draw={draw} />
    </div>
  );
}

function One({ name }: { name: string }) {
  const now = open.value;
  if (!now) return null;
  const [here, agree, failed] = [other.value === name, alike.value.get(name), arrived.value.failed.get(name)];
  const label = runName(now, name);
  return (
    <li>
      <button
        type="button"
        class="run-picture"
        aria-pressed={here}
        title={`${name}: show it in the summary`}
        onClick={() => choose(here ? { other: null, show: "a" } : { other: name, show: "runs" })}
      >
        {failed ? <span class="thumb failed">{failed}</span> : <Thumb name={name} />}
        <span>
          <b>{label}</b>
          <small>{agree === undefined ? (failed ? "" : "…") : likenessWords(agree)}</small>
        </span>
      </button>
    </li>
  );
}

function likenessWords(x = NaN): string {
  return number(Math.round(x * 100) / 100);
}

function sentence(): string {
  const [now, called] = [open.value, words.value];
  if (!now || !called || !others.value.length) return "";
  const known = others.value
    .filter((name) => Number.isFinite(alike.value.get(name)))
    .sort((x, y) => (alike.value.get(y) as number) - (alike.value.get(x) as number));
  if (!known.length) return `Too few measurements to say how alike these runs are.`;
  const say = (name: string) => `${runName(now, name)} (${likenessWords(alike.value.get(name))})`;
  const most = known[0];
  if (known.length === 1)
    return `${say(most)} against this run, where 1 is the same picture. Choose it to see where they differ.`;
  return `Of ${count(known.length)} other runs ${say(most)} is most like this one, ${say(known[known.length - 1])} least; 1 is the same picture.`;
}

function table(): TableData {
  const [now, mine] = [open.value, own.value];
  if (!now || !mine) return { columns: [], rows: [] };
  const names = others.value.filter((name) => pictures.value.has(name));
  const box = flags.value;
  const mean = (of: Picture, from: number, to: number) => {
    let [n, sum] = [0, 0];
    for (let v = from; v < to; v++)
      for (let t = box?.time[0] ?? 0; t <= (box?.time[1] ?? of.nTime - 1); t++) {
        if (box && !box.value[v]) continue;
        n += of.n[v * of.nTime + t];
        sum += Math.abs(of.mean[v * of.nTime + t]) * of.n[v * of.nTime + t];
      }
    return signed(n ? sum / n : NaN, reach.value * 0.3).replace("+", "");
  };
  let from = 0;
  const rows = features.value.map((f) => {
    const to = from + first.value[f + 1] - first.value[f];
    const row = [
      featureName(now.spec, f),
      mean(mine, from, to),
      ...names.map((name) => mean(pictures.value.get(name) as Picture, from, to)),
    ];
    from = to;
    return row;
  });
  return {
    columns: ["Average size", "This run", ...names.map((name) => runName(now, name))],
    rows: [["Likeness to this run", "1", ...names.map((name) => likenessWords(alike.value.get(name)))], ...rows],
  };
}

const HELP = [
  "The summary of other explanations of the same {sequences}, small: other methods, other seeds, other models, or the same model at other times of its training. Rows are the values of the strongest features, columns are times, colours as in the summary.",
  "The number tells how like a picture is to this run's: 1 the same, 0 nothing in common.",
  "Click a picture to see it large in the summary, beside this run or as the difference. Every selection holds for all runs.",
];

export function V9Compare() {
  useResource(() => small);
  const now = open.value;
  const empty =
    now && !others.value.length
      ? "Only this run is served. Serve several to compare them, such as times of a training: aition serve RUNS/EPOCH-1 RUNS/EPOCH-2"
      : undefined;
  const chosenRun = other.value;
  return (
    <Panel
      id="runs"
      title="Other runs"
      says={sentence()}
      help={HELP}
      table={empty ? undefined : table}
      answers={[
        opened.answer.value,
        cubes.a.answer.value,
        {
          ...small.answer.value,
          data: null,
          waits: small.answer.value.waits && !!others.value.length,
          error: small.answer.value.error,
        },
      ]}
      keep
      retry={small.again}
      empty={empty}
      tools={
        !empty && (
          <Segments
            name="What each picture shows"
            now={mode.value}
            choose={(to) => choose({ runs: to })}
            of={[
              ["each", "Each"],
              ["less this", "Less this run"],
            ]}
          />
        )
      }
    >
      <ul class="runs" tabIndex={-1}>
        <li>
          <div class="run-picture mine">
            <Thumb name={null} />
            <span>
              <b>{now ? runName(now, now.run.name) : ""}</b>
              <small>this run</small>
            </span>
          </div>
        </li>
        {others.value.map((name) => (
          <One key={name} name={name} />
        ))}
      </ul>
      <footer class="legends">
        <Ramp from={signed(-reach.value)} to={signed(reach.value)} lowers="lowers" raises="raises" />
        {chosenRun !== null && (
          <button type="button" class="quiet" onClick={() => openRun(chosenRun)}>
            Make it this run
          </button>
        )}
      </footer>
    </Panel>
  );
}
