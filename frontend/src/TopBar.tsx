/** The bar on top: what is explained, who is compared, what is selected; undo, theme, sharing. */

import { useState } from "preact/hooks";
import { wanted } from "./colour";
import { cubes, open, selection, size, spec, words } from "./data";
import { KEYS } from "./keyboard";
import { Icon } from "./parts/Icon";
import { type Choice, Choices, Sheet } from "./parts/Menu";
import { both, canRedo, canUndo, choose, chosen, clearSelection, either, EVERYONE, not, part, redo, same, select, toggleValues, undo } from "./state";
import type { Cohort } from "./types";
import { attributionWords, byFeature, capital, cohortWords, count, groupsWords, plain, timeWords, valuesWords } from "./words";

const a = part((now) => now.a);
const b = part((now) => now.b);
const saved = part((now) => now.saved);

export function TopBar() {
  const now = open.value;
  return (
    <header class="top" role="banner">
      <div class="brand">
        <Logo />
        <span>Aition</span>
      </div>
      <div class="title">
        <h1 title={now?.title}>{now?.title ?? "…"}</h1>
        {now && <Run />}
      </div>
      <div class="cohorts-bar">
        <Slot which="a" />
        <Slot which="b" />
      </div>
      <div class="actions">
        <button type="button" class="ghost" aria-label="Undo" title="Undo (Ctrl Z)" disabled={!canUndo.value} onClick={undo}>
          <Icon name="undo" />
        </button>
        <button type="button" class="ghost" aria-label="Redo" title="Redo (Ctrl Shift Z)" disabled={!canRedo.value} onClick={redo}>
          <Icon name="redo" />
        </button>
        <i class="rule" />
        <Share />
        <Theme />
        <Sheet label={<Icon name="keys" />} name="Keys" class="ghost" align="right">
          {() => (
            <div class="help" tabIndex={-1} data-first>
              <h3>Keys</h3>
              <dl class="keys">
                {KEYS.map(([keys, what]) => (
                  <div key={keys}>
                    <dt>{keys.split(" ").map((one) => (/^[–+,]$|^arrows$/.test(one) ? ` ${one} ` : <kbd key={one}>{one.replace(",", "")}</kbd>))}</dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </div>
          )}
        </Sheet>
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 20 20" aria-hidden="true">
      {[[0, 0, "l2"], [1, 0, "n"], [2, 0, "r1"], [0, 1, "n"], [1, 1, "r2"], [2, 1, "n"], [0, 2, "r1"], [1, 2, "n"], [2, 2, "l2"]].map(([x, y, kind]) => (
        <rect key={`${x}${y}`} class={`${kind}`} x={Number(x) * 7} y={Number(y) * 7} width="6" height="6" rx="1.2" />
      ))}
    </svg>
  );
}

function Run() {
  const now = open.value;
  if (!now) return null;
  const here = now.runs.find((one) => one.name === now.run.name);
  return (
    <Sheet
      label={
        <>
          <span>{here ? `${plain(here.explainer).replaceAll("-", " ")} · ${here.model}` : now.run.name}</span>
          <Icon name="down" />
        </>
      }
      title="The explanation that is shown"
      class="quiet run"
    >
      {(close) => (
        <>
          <Choices close={close} of={["Explanations of this model", ...now.runs.map((one): Choice => ({ label: `${plain(one.explainer).replaceAll("-", " ")} · ${one.model}`, note: one.name, chosen: one.name === now.run.name, act: () => choose({ run: one.name }) }))]} />
          <dl class="about">
            {Object.entries(now.run.attrs).map(([name, value]) => (
              <div key={name}>
                <dt>{plain(name)}</dt>
                <dd>{`${value}`}</dd>
              </div>
            ))}
            <div>
              <dt>measurements</dt>
              <dd>{count(now.n_row)}</dd>
            </div>
            <div>
              <dt>digest</dt>
              <dd>{now.run.digest}</dd>
            </div>
          </dl>
        </>
      )}
    </Sheet>
  );
}

function Slot({ which }: { which: "a" | "b" }) {
  const now = open.value;
  const cohort = which === "a" ? a.value : b.value;
  if (!now) return null;
  const name = saved.value.find((one) => same(one.cohort, cohort))?.name;
  const label = cohort ? (name ?? capital(cohortWords(cohort, now))) : "nobody";
  const n = cubes[which].answer.value.data ? count(size.value[which]) : "";
  return (
    <Sheet
      label={
        <>
          <i class={`badge ${which}`}>{which.toUpperCase()}</i>
          {cohort ? (
            <>
              <span class="what">{label}</span>
              <b>{n}</b>
            </>
          ) : (
            <span class="what none">Compare with…</span>
          )}
          <Icon name="down" />
        </>
      }
      title={cohort ? `Cohort ${which.toUpperCase()}: ${label}` : "Compare with another cohort"}
      class={`slot ${cohort ? "" : "empty"}`}
    >
      {(close) => <SlotSheet which={which} close={close} />}
    </Sheet>
  );
}

function SlotSheet({ which, close }: { which: "a" | "b"; close: () => void }) {
  const [now, called] = [open.value, words.value];
  const [name, rename] = useState("");
  if (!now || !called) return null;
  const cohort = which === "a" ? a.value : (b.value ?? EVERYONE);
  const other = which === "a" ? b.value : a.value;
  const set = (to: Cohort | null) =>
    which === "a" ? choose({ a: to ?? EVERYONE }) : choose(to === null ? { b: null, show: "a", edits: "a" } : { b: to, edits: "b" });
  const another = which === "a" ? "B" : "A";
  const some = Object.keys(selection.value).length > 0;
  const of: (Choice | string)[] = [
    `Cohort ${which.toUpperCase()}`,
    { label: `All ${called.sequences}`, act: () => set(EVERYONE) },
    ...(which === "b" ? [{ label: "All that are not in A", act: () => set(not(a.value)), disabled: same(a.value, EVERYONE) }] : []),
    { label: "Those with what is selected", note: some ? undefined : "select something first", disabled: !some, act: () => set(both(cohort, { rows: selection.value, at_least: 1 })) },
    { label: "All but these", disabled: same(cohort, EVERYONE), act: () => set(not(cohort)) },
    ...(other
      ? [
          `Together with ${another}`,
          { label: `In both`, act: () => set(both(cohort, other)) },
          { label: `In either`, act: () => set(either(cohort, other)) },
          { label: `Without those of ${another}`, act: () => set(both(cohort, not(other))) },
        ]
      : []),
    ...(saved.value.length ? ["Saved", ...saved.value.map((one): Choice => ({ label: one.name, note: cohortWords(one.cohort, now), chosen: same(one.cohort, cohort), act: () => set(one.cohort) }))] : []),
    ...(which === "b" && b.value ? ["Compare", { label: "No longer compare", act: () => set(null) }] : []),
  ];
  return (
    <>
      <Choices of={of} close={close} />
      <form
        class="save"
        onSubmit={(event) => {
          event.preventDefault();
          if (!name.trim()) return;
          choose({ saved: [...saved.value.filter((one) => one.name !== name.trim()), { name: name.trim(), cohort }] });
          close();
        }}
      >
        <input aria-label="Name of this cohort" placeholder="Save it as…" value={name} maxLength={40} onInput={(event) => rename(event.currentTarget.value)} />
        <button type="submit" class="plain" disabled={!name.trim()}>
          Save
        </button>
      </form>
    </>
  );
}

function Theme() {
  const now = wanted.value;
  const next = now === "auto" ? "light" : now === "light" ? "dark" : "auto";
  return (
    <button type="button" class="ghost" aria-label={`Theme: ${now === "auto" ? "as the system" : now}. Change`} title={`Theme: ${now === "auto" ? "as the system" : now}`} onClick={() => (wanted.value = next)}>
      <Icon name={now === "auto" ? "auto" : now === "light" ? "sun" : "moon"} />
    </button>
  );
}

function Share() {
  const [copied, copy] = useState(false);
  return (
    <button
      type="button"
      class="quiet"
      title="Copy an address that opens the page as it is now"
      onClick={async () => {
        await new Promise((resolve) => setTimeout(resolve, 320));
        await navigator.clipboard?.writeText(location.href).catch(() => undefined);
        copy(true);
        setTimeout(() => copy(false), 1600);
      }}
    >
      <Icon name={copied ? "check" : "link"} />
      <span>{copied ? "Copied" : "Share"}</span>
    </button>
  );
}

/** What is selected, each part with a way to free it. */
export function SelectionBar() {
  const [now, called, picked] = [spec.value, words.value, selection.value];
  const whole = open.value;
  if (!now || !called || !whole) return <div class="selection" />;
  const chips: { key: string; kind: string; text: string; free: () => void }[] = [];
  const grouped = byFeature(picked);
  for (const [f, bins] of grouped.slice(0, 5)) chips.push({ key: `f${f}`, kind: "value", text: valuesWords(now, f, bins), free: () => toggleValues(bins.map((bin) => [f, bin] as const)) });
  if (grouped.length > 5) {
    const rest = grouped.slice(5).flatMap(([f, bins]) => bins.map((bin) => [f, bin] as const));
    chips.push({ key: "more", kind: "value", text: `${grouped.length - 5} more features`, free: () => toggleValues(rest) });
  }
  if (picked.time) chips.push({ key: "time", kind: "time", text: timeWords(now, picked.time), free: () => select("time", undefined) });
  if (picked.attribution) chips.push({ key: "attribution", kind: "attribution", text: attributionWords(now, picked.attribution), free: () => select("attribution", undefined) });
  if (picked.groups) chips.push({ key: "groups", kind: "outcome", text: groupsWords(now, picked.groups), free: () => select("groups", undefined) });
  const narrowed = (["a", "b"] as const).flatMap((which) => {
    const cohort = chosen.value[which];
    if (!cohort || !("all" in cohort)) return [];
    return cohort.all.map((one, k) => ({
      key: `${which}${k}`, kind: which.toUpperCase(), text: cohortWords(one, whole),
      free: () => choose({ [which]: { all: cohort.all.filter((_, i) => i !== k) } }),
    }));
  });
  const all = [...narrowed, ...chips];
  return (
    <div class="selection" role="region" aria-label="What is selected">
      {all.length === 0 ? (
        <p>Nothing is selected: every view shows all {count(whole.n_sample)} {called.sequences}. Click or drag in any view to select.</p>
      ) : (
        <>
          <ul>
            {all.map((chip) => (
              <li key={chip.key} class={`chip ${chip.kind}`}>
                <small>{chip.kind === "A" || chip.kind === "B" ? `Cohort ${chip.kind}` : capital(chip.kind)}</small>
                <span title={chip.text}>{chip.text}</span>
                <button type="button" aria-label={`Free: ${chip.text}`} onClick={chip.free}>
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
          {chips.length > 0 && (
            <button type="button" class="quiet" onClick={clearSelection} title="Escape">
              Clear selection
            </button>
          )}
        </>
      )}
    </div>
  );
}
