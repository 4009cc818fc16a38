/** The page: bars on top, views at their places. */

import { useEffect } from "preact/hooks";
import { SelectionBar } from "./bar/SelectionBar";
import { open, opened, words } from "./data";
import { Tooltip } from "./parts/Tooltip";
import { ownsWindow } from "./place";
import { choose, part } from "./state";
import { TopBar } from "./TopBar";
import { presentViews } from "./views";
import { isCounted } from "./views/axes/present";
import { capital } from "./words";

const tab = part((now) => now.tab);
const large = part((now) => now.large);

export function App() {
  const error = opened.answer.value.error;
  const title = open.value?.title;
  useEffect(() => {
    if (title && ownsWindow()) document.title = `${title} · Aition`;
  }, [title]);
  const at = (place: string) => presentViews().filter((one) => one.place === place);
  return (
    <>
      <TopBar />
      <SelectionBar />
      {error && !open.value ? (
        <main class="failed">
          <p role="alert">{error}</p>
          <button type="button" class="plain" onClick={opened.again}>
            Try again
          </button>
        </main>
      ) : (
        <main class={isCounted.value ? (large.value ? "one" : "") : "alone"}>
          {(["left", "centre"] as const).map((place) => (
            <div key={place} class={`column ${place}`}>
              {at(place).map(({ id, component: Component }) => (
                <Component key={id} />
              ))}
            </div>
          ))}
          <div class="column right">
            {at("right").map(({ id, component: Component }) => (
              <Component key={id} />
            ))}
            <Tabs />
          </div>
        </main>
      )}
      <Tooltip />
    </>
  );
}

function Tabs() {
  const all = presentViews().filter((one) => one.place === "tab");
  const now = all.find((one) => one.id === tab.value) ?? all[0];
  const Component = now.component;
  const called = words.value;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = all[(all.indexOf(now) + step + all.length) % all.length];
    choose({ tab: next.id });
    (event.currentTarget as HTMLElement).parentElement?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
    event.preventDefault();
  };
  return (
    <div class="tabs">
      {all.length > 1 && (
        <div class="tab-list" role="tablist" aria-label="More views">
          {all.map((one) => (
            <button
              key={one.id}
              type="button"
              role="tab"
              data-tab={one.id}
              aria-selected={one.id === now.id}
              tabIndex={one.id === now.id ? 0 : -1}
              onKeyDown={onKeyDown}
              onClick={() => choose({ tab: one.id })}
            >
              {one.name || capital(called?.sequences ?? "sequences")}
            </button>
          ))}
        </div>
      )}
      <div class="tab" role="tabpanel" aria-label={now.name || called?.sequences}>
        <Component key={now.id} />
      </div>
    </div>
  );
}
