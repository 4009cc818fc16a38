/** The bar that says what is selected, each part with a way to free it. */

import { isPart } from "../address";
import { open, selection, spec, words } from "../data";
import { isCounted } from "../views/axes/present";
import { Icon } from "../parts/Icon";
import { choose, chosen, clearSelection, select, toggleValues, unpick } from "../state";
import {
  attributionWords,
  byFeature,
  capital,
  cohortWords,
  count,
  groupsWords,
  timeWords,
  valuesWords,
} from "../words";

const PICKED = { map: "map", patterns: "pattern", pairs: "together" } as const;

export function SelectionBar() {
  const [now, called, picked] = [spec.value, words.value, selection.value];
  const whole = open.value;
  if (!now || !called || !whole) return <div class="selection" />;
  if (!isCounted.value)
    return (
      <div class="selection" role="region" aria-label="What is selected">
        <p>This run has no measurements that were counted, so there is nothing to select.</p>
      </div>
    );
  const chips: { key: string; kind: string; text: string; free: () => void }[] = [];
  const grouped = byFeature(picked);
  for (const [f, bins] of grouped.slice(0, 5))
    chips.push({
      key: `f${f}`,
      kind: "value",
      text: valuesWords(now, f, bins),
      free: () => toggleValues(bins.map((bin) => [f, bin] as const)),
    });
  if (grouped.length > 5) {
    const rest = grouped.slice(5).flatMap(([f, bins]) => bins.map((bin) => [f, bin] as const));
    chips.push({
      key: "more",
      kind: "value",
      text: `${grouped.length - 5} more features`,
      free: () => toggleValues(rest),
    });
  }
  if (picked.time)
    chips.push({
      key: "time",
      kind: "time",
      text: timeWords(now, picked.time),
      free: () => select("time", undefined),
    });
  if (picked.attribution)
    chips.push({
      key: "attribution",
      kind: "attribution",
      text: attributionWords(now, picked.attribution),
      free: () => select("attribution", undefined),
    });
  if (picked.groups)
    chips.push({
      key: "groups",
      kind: "outcome",
      text: groupsWords(now, picked.groups),
      free: () => select("groups", undefined),
    });
  for (const one of chosen.value.picked)
    chips.push({
      key: one.from,
      kind: PICKED[one.from],
      text: one.name,
      free: () => unpick(one.from),
    });
  const narrowed = (["a", "b"] as const).flatMap((which) => {
    const cohort = chosen.value[which];
    if (!cohort || !("all" in cohort)) return [];
    return cohort.all.map((one, k) => ({
      key: `${which}${k}`,
      kind: which.toUpperCase(),
      text: cohortWords(one, whole),
      free: () => choose({ [which]: { all: cohort.all.filter((_, i) => i !== k) } }),
    }));
  });
  const all = [...narrowed, ...chips];
  return (
    <div class="selection" role="region" aria-label="What is selected">
      {isPart.value && (
        <p role="alert">
          Not all of this address could be read: it is cut off or of another version.
          <button type="button" class="quiet" onClick={() => (isPart.value = false)}>
            Go on without
          </button>
        </p>
      )}
      {all.length === 0 ? (
        <p>
          Nothing is selected: every view shows all {count(whole.n_sample)} {called.sequences}. Click or drag in any
          view to select.
        </p>
      ) : (
        <>
          <ul>
            {all.map((chip) => (
              <li key={chip.key} class={`chip ${["A", "B"].includes(chip.kind) ? chip.kind : ""}`}>
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
