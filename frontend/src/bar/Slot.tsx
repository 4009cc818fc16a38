/** A cohort in the bar: who it is, and what can be made of it. */

import { useState } from "preact/hooks";
import { both, either, not, withPicked } from "../cohorts";
import { cubes, open, selection, size, words } from "../data";
import { Icon } from "../parts/Icon";
import { type Choice, Choices, Sheet } from "../parts/Menu";
import { choose, chosen, EVERYONE, part, same } from "../state";
import type { Cohort } from "../types";
import { capital, cohortWords, count } from "../words";

const a = part((now) => now.a);
const b = part((now) => now.b);
const saved = part((now) => now.saved);
const isPicked = part((now) => now.picked.length > 0);

export function Slot({ which }: { which: "a" | "b" }) {
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
              <span class="what">{isPicked.value ? `${label}, some` : label}</span>
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

/** A cohort narrowed to what is selected and picked. */
function selectedOf(cohort: Cohort): Cohort {
  const narrowed = withPicked(cohort, chosen.value.picked);
  return Object.keys(selection.value).length ? both(narrowed, { rows: selection.value, at_least: 1 }) : narrowed;
}

function SlotSheet({ which, close }: { which: "a" | "b"; close: () => void }) {
  const [now, called] = [open.value, words.value];
  const [name, rename] = useState("");
  if (!now || !called) return null;
  const cohort = which === "a" ? a.value : (b.value ?? EVERYONE);
  const other = which === "a" ? b.value : a.value;
  const set = (to: Cohort | null) =>
    which === "a"
      ? choose({ a: to ?? EVERYONE })
      : choose(to === null ? { b: null, show: "a", edits: "a" } : { b: to, edits: "b" });
  const another = which === "a" ? "B" : "A";
  const some = Object.keys(selection.value).length > 0 || chosen.value.picked.length > 0;
  const of: (Choice | string)[] = [
    `Cohort ${which.toUpperCase()}`,
    { label: `All ${called.sequences}`, act: () => set(EVERYONE) },
    ...(which === "b"
      ? [
          {
            label: "All that are not in A",
            act: () => set(not(a.value)),
            disabled: same(a.value, EVERYONE),
          },
        ]
      : []),
    {
      label: "Those with what is selected",
      note: some ? undefined : "select something first",
      disabled: !some,
      act: () => set(selectedOf(cohort)),
    },
    {
      label: "All but these",
      disabled: same(cohort, EVERYONE),
      act: () => set(not(cohort)),
    },
    ...(other
      ? [
          `Together with ${another}`,
          { label: `In both`, act: () => set(both(cohort, other)) },
          { label: `In either`, act: () => set(either(cohort, other)) },
          {
            label: `Without those of ${another}`,
            act: () => set(both(cohort, not(other))),
          },
        ]
      : []),
    ...(saved.value.length
      ? [
          "Saved",
          ...saved.value.map((one): Choice => ({
            label: one.name,
            note: cohortWords(one.cohort, now),
            chosen: same(one.cohort, cohort),
            act: () => set(one.cohort),
          })),
        ]
      : []),
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
          choose({
            saved: [...saved.value.filter((one) => one.name !== name.trim()), { name: name.trim(), cohort }],
          });
          close();
        }}
      >
        <input
          aria-label="Name of this cohort"
          placeholder="Save it as…"
          value={name}
          maxLength={40}
          onInput={(event) => rename(event.currentTarget.value)}
        />
        <button type="submit" class="plain" disabled={!name.trim()}>
          Save
        </button>
      </form>
    </>
  );
}
