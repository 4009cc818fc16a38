/** Keys that work wherever the focus is. */

import { inPage } from "./place";
import { choose, chosen, clearSelection, redo, undo } from "./state";
import { presentViews } from "./views";

export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["Esc", "Clear what is selected; close what is open"],
  ["Ctrl Z", "Undo"],
  ["Ctrl Shift Z", "Redo"],
  ["/", "Find a feature"],
  ["1 – 0", "Go to a view"],
  ["N", "Write down a finding"],
  ["D, H, C, G", "Dreams, hierarchy, components, groups"],
  ["Tab", "To the next control"],
  ["Arrows", "Move in a view, or move its brush"],
  ["Shift + arrows", "Change the end of a brush, span time"],
  ["Enter", "Select what is under the cursor"],
  ["Space", "Add it to the selection"],
  ["F, O", "In the summary: select the feature, unfold it"],
];

/** What of a view is to be used first, where it has it: the whole of it rather than its axis. */
const FIRST = [
  "#note",
  "[role=application][tabindex]",
  ".over[tabindex]",
  ".pick",
  "button.run-picture",
  ".histogram",
  ".facts button",
  ".list button",
  ".slide input",
  ".spectrum",
  ".groups button",
  ".dream",
  ".heat-scroll",
];

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

export function onKey(event: KeyboardEvent): void {
  const control = event.ctrlKey || event.metaKey;
  const writing = isWriting(event.target);
  if (control && event.key.toLowerCase() === "z" && !writing) {
    if (event.shiftKey) redo();
    else undo();
    event.preventDefault();
    return;
  }
  if (control && event.key.toLowerCase() === "y" && !writing) {
    redo();
    event.preventDefault();
    return;
  }
  if (control || event.altKey) return;
  if (event.key === "Escape") {
    if (writing) (event.target as HTMLElement).blur();
    else if (chosen.peek().large) choose({ large: null });
    else clearSelection();
    return;
  }
  if (writing) return;
  if (event.key === "/") {
    inPage("#search-features")?.focus();
    event.preventDefault();
    return;
  }
  const view = presentViews().find((one) => one.key === event.key);
  if (!view) return;
  event.preventDefault();
  if (view.place === "tab") choose({ tab: view.id });
  requestAnimationFrame(() => {
    const panel = inPage(`[data-view="${view.id}"]`);
    const first = FIRST.map((one) => panel?.querySelector<HTMLElement>(one)).find((one) => one);
    (first ?? panel)?.focus();
  });
}
