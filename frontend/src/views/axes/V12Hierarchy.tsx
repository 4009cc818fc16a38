/** V12: how groups of measurements of one sequence are joined, one after another, and what each then counts for. */

import { computed, signal } from "@preact/signals";
import { arrayOf } from "../../api";
import { opened, spec, words } from "../../data";
import { Canvas, type Draw } from "../../parts/Canvas";
import { Panel, type TableData } from "../../parts/Panel";
import { Ramp } from "../../parts/Ramp";
import { hush, tell } from "../../parts/Tooltip";
import { useResource } from "../../resource";
import { choose, endGesture, part } from "../../state";
import { capital, className, count, percent, signed } from "../../words";
import { extentsOf, groupName, hierarchy, type Extent, retrying } from "./ask";
import { type Drawn, drawCells, drawTree, FEATURE_ROW, nodeAt, rowsOf, cellAt } from "./drawn";
import { Stepper } from "./Stepper";
import { leavesOf, ownersAt, placesOf, reachOf, scoreOf, stepOf, type Tree, under } from "./tree";

/** Groups that are shown at first, at most. */
const MOST_FIRST = 8;
const wanted = part((now) => now.mergeStep);

const read = computed(() => {
  const frame = hierarchy.answer.value.data;
  if (!frame) return null;
  const tree: Tree = {
    leaf: arrayOf<Int32Array>(frame, "group_joined"),
    merge: arrayOf<Int32Array>(frame, "merge_joined"),
    leafScore: arrayOf<Float32Array>(frame, "group_attribution"),
    mergeScore: arrayOf<Float32Array>(frame, "merge_attribution"),
  };
  const cells = arrayOf<Int32Array>(frame, "cells");
  const extents = extentsOf(cells, tree.leaf.length);
  const middle = extents.map((one) => (one.n_cell ? (one.first + one.last) / 2 + 1e-3 * one.features[0] : 0));
  const places = placesOf(tree, middle);
  const nStep = frame.arrays.value.shape[0];
  return { meta: frame.meta, tree, cells, extents, places, nStep, reach: reachOf(tree.leafScore, tree.mergeScore) };
});
const step = computed(() => {
  const tree = read.value?.tree;
  return tree ? Math.min(wanted.value ?? stepOf(tree, MOST_FIRST), tree.merge.length) : 0;
});
const drawn = computed<Drawn | null>(() => {
  const now = read.value;
  if (!now) return null;
  const owners = ownersAt(now.tree, step.value);
  return { ...now, step: step.value, owners, rows: rowsOf(now.extents), names: now.meta.feature_names };
});

/** Where a group lies that stands at a node. */
function extentOf(now: NonNullable<typeof read.value>, node: number): Extent {
  const leaves = new Set(leavesOf(now.tree, node));
  const cells = now.cells.filter((_, i) => leaves.has(now.cells[i - (i % 3)]));
  for (let i = 0; i < cells.length; i += 3) cells[i] = 0;
  return extentsOf(cells, 1)[0];
}

function nameOf(node: number): string {
  const now = read.value;
  if (!now) return "";
  const name = node < now.tree.leaf.length ? now.meta.names[node] : "";
  return groupName(now.meta, extentOf(now, node), name) || `group ${node + 1}`;
}

const paintTree: Draw = (context, width, height, colours) => {
  if (drawn.value) drawTree(context, width, height, colours, drawn.value, cursor.value);
};
const paintCells: Draw = (context, width, height, colours) => {
  if (drawn.value && spec.value) drawCells(context, width, height, colours, drawn.value, spec.value);
};

function place(event: PointerEvent | MouseEvent): { x: number; y: number; width: number; height: number } {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width, height: box.height };
}

function tellNode(event: PointerEvent, node: number | null): void {
  const now = read.peek();
  if (!now || node === null) return hush();
  const n = now.tree.leaf.length;
  const lines: [string, string][] = [["adds", signed(scoreOf(now.tree, node), now.reach)]];
  if (node >= n) lines.push(["made by join", `${node - n + 1} of ${now.tree.merge.length}`]);
  tell(event, capital(nameOf(node)), lines);
}

/** The node that the keys have led to. */
const cursor = signal<number | null>(null);

function goTo(node: number): void {
  const n = read.peek()?.tree.leaf.length ?? 0;
  choose({ mergeStep: Math.max(0, node - n + 1) });
}

function onKeyDown(event: KeyboardEvent): void {
  const [now, all] = [drawn.peek(), present.peek()];
  if (!now || !all.length) return;
  const n = now.tree.leaf.length;
  const here = cursor.peek() ?? all[0].node;
  const above = here < n ? now.tree.leaf[here] : now.tree.merge[here - n];
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (side) {
    const order = [...all].map((one) => one.node).sort((x, y) => now.places[x] - now.places[y]);
    const at = order.indexOf(here);
    cursor.value = at < 0 ? all[0].node : order[Math.max(0, Math.min(order.length - 1, at + side))];
  } else if (event.key === "ArrowUp") cursor.value = above < 0 ? here : n + above;
  else if (event.key === "ArrowDown") cursor.value = here < n ? here : under(now.tree)[here - n][0];
  else if (event.key === "Enter") goTo(here);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function nodeWords(node: number): string {
  const now = read.value;
  return now ? `${capital(nameOf(node))} adds ${signed(scoreOf(now.tree, node), now.reach)}.` : "";
}

function Pictures() {
  const now = drawn.value;
  if (!now) return null;
  return (
    <div class="hierarchy">
      <div
        class="tree"
        role="application"
        aria-roledescription="tree"
        aria-label="Groups and how they are joined. Left and right go from group to group, up to what a group is joined into, down into it, Enter shows that step."
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => (cursor.value = null)}
        onPointerMove={(event) => tellNode(event, nodeAt(now, place(event)))}
        onPointerLeave={hush}
        onClick={(event) => {
          const node = nodeAt(now, place(event));
          if (node !== null) goTo(node);
        }}
      >
        <Canvas draw={paintTree} />
        <p class="hidden" aria-live="polite">
          {cursor.value === null ? "" : nodeWords(cursor.value)}
        </p>
      </div>
      <label class="slide">
        <span>Joined</span>
        <input
          type="range"
          min={0}
          max={now.tree.merge.length}
          value={now.step}
          aria-valuetext={`${now.step} of ${now.tree.merge.length} joins`}
          onInput={(event) => choose({ mergeStep: Number(event.currentTarget.value) }, "merge step")}
          onChange={endGesture}
        />
        <span>
          {now.step} of {now.tree.merge.length}
        </span>
      </label>
      <div
        class="members"
        style={{ height: `${now.rows.length * FEATURE_ROW + 16}px` }}
        onPointerMove={(event) => tellNode(event, cellAt(now, place(event)))}
        onPointerLeave={hush}
      >
        <Canvas draw={paintCells} />
      </div>
    </div>
  );
}

/** Groups that there are at the step, the strongest first. */
const present = computed(() => {
  const now = drawn.value;
  if (!now) return [];
  return [...new Set(now.owners)]
    .map((node) => ({ node, score: scoreOf(now.tree, node) }))
    .sort((x, y) => Math.abs(y.score || 0) - Math.abs(x.score || 0));
});

function sentence(): string {
  const [now, described, all] = [drawn.value, spec.value, present.value];
  if (!now || !described || !all.length) return "";
  const meta = hierarchy.answer.value.data?.meta;
  const chance = meta && meta.probability !== null ? `, ${percent(meta.probability)}` : "";
  const who = meta ? `Predicted ${className(described, meta.predicted)}${chance}. ` : "";
  const how = all.length === 1 ? "all is one group" : `${count(all.length)} groups`;
  const cut =
    meta && meta.n_group > meta.group.length ? ` The ${meta.group.length} strongest of ${meta.n_group} are shown.` : "";
  return `${who}After ${now.step} of ${now.tree.merge.length} joins: ${how}; strongest ${nameOf(all[0].node)} (${signed(all[0].score, now.reach)}).${cut}`;
}

function table(): TableData {
  const now = read.value;
  if (!now) return { columns: [], rows: [] };
  const n = now.tree.leaf.length;
  const all = Array.from({ length: n + now.tree.merge.length }, (_, node) => node).filter((one) =>
    Number.isFinite(now.places[one]),
  );
  const joined = (node: number) => (node < n ? now.tree.leaf[node] : now.tree.merge[node - n]);
  return {
    columns: ["Group", "Adds", "Made by join", "Joined again by"],
    rows: all.map((node) => [
      nameOf(node),
      signed(scoreOf(now.tree, node), now.reach),
      node < n ? "–" : node - n + 1,
      joined(node) < 0 ? "–" : joined(node) + 1,
    ]),
  };
}

const HELP = [
  "The model's answer about one {sequence}, taken apart into groups of measurements. At the bottom of the tree each stands alone; every joint above joins two or more. Colour is what a group adds: orange raises, blue lowers.",
  "Move the slider, or click a joint, to see the groups after so many joins. Below, measurements of one group have one colour and one frame; pale ones are in no group.",
  "A {sequence} chosen in any view is shown here. Other views stay as they are: a group of one {sequence} says nothing of the others.",
  "Keys: arrows move the slider; in the tree, left and right go from group to group, up and down along the joints, Enter shows that step.",
];

export function V12Hierarchy() {
  useResource(() => hierarchy);
  const called = words.value;
  const now = read.value;
  return (
    <Panel
      id="hierarchy"
      title="Hierarchy"
      says={sentence()}
      help={HELP}
      table={table}
      answers={[opened.answer.value, hierarchy.answer.value]}
      retry={retrying(hierarchy)}
      empty={now && !now.tree.leaf.length ? `This ${called?.sequence ?? "sequence"} has no groups.` : undefined}
      above={now ? <Stepper of={now.meta} /> : undefined}
    >
      <Pictures />
      <footer class="legends">
        <Ramp from={signed(-(now?.reach ?? 1))} to={signed(now?.reach ?? 1)} lowers="lowers" raises="raises" />
      </footer>
    </Panel>
  );
}
