/** The sequence that a view is about, and the way to the ones before and after it in the cohort. */

import { Icon } from "../../parts/Icon";
import { choose } from "../../state";
import { count } from "../../words";
import type { One } from "./ask";

export function Stepper({ of, release }: { of: One; release?: string }) {
  const to = (id: string | null, name: string, icon: "left" | "right") => (
    <button
      type="button"
      class="ghost"
      aria-label={name}
      title={name}
      disabled={id === null}
      onClick={() => id !== null && choose({ sequence: id })}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <div class="who stepper">
      {release && (
        <button type="button" class="quiet" onClick={() => choose({ sequence: null })}>
          <Icon name="left" />
          {release}
        </button>
      )}
      <strong>{of.id}</strong>
      <span class="statics">
        {count(of.place + 1)} of {count(of.n_sample)}
      </span>
      <span class="steps">
        {to(of.before, "The one before", "left")}
        {to(of.after, "The next", "right")}
      </span>
    </div>
  );
}
