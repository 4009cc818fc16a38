/** Puts the page into an element and starts what it needs; the same for the app and for a notebook. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./App";
import { readPaletteFrom, system, theme, wanted } from "./colour";
import { startData } from "./data";
import { followLines } from "./views/cohorts/points";
import { onKey } from "./keyboard";
import { fonts } from "./parts/Canvas";
import { followDark, standIn } from "./place";

const REMEMBERED = "aition-theme";

/**
 * Returns what takes the page out again.
 * Where the window is not the page's own, keys are heard only from within.
 */
export function mount(into: HTMLElement, ownsWindow = true): () => void {
  into.classList.add("aition");
  standIn(into, ownsWindow);
  const stopDark = followDark((isDark) => (system.value = isDark ? "dark" : "light"));
  const kept = remembered();
  if (kept === "light" || kept === "dark") wanted.value = kept;
  const stopTheme = effect(() => {
    into.dataset.theme = theme.value;
    remember(wanted.value);
    readPaletteFrom(into);
  });
  document.fonts?.load('12px "Inter Variable"').then(
    () => (fonts.value += 1),
    () => undefined,
  );
  into.addEventListener("keydown", onKey);
  const onPage = (event: KeyboardEvent) => {
    if (event.target === document.body) onKey(event);
  };
  if (ownsWindow) addEventListener("keydown", onPage);
  const touched = () => standIn(into, ownsWindow);
  into.addEventListener("pointerdown", touched, true);
  into.addEventListener("focusin", touched);
  const stopData = startData();
  const stopLines = followLines();
  render(<App />, into);
  return () => {
    render(null, into);
    stopData();
    stopLines();
    stopTheme();
    stopDark();
    into.removeEventListener("keydown", onKey);
    removeEventListener("keydown", onPage);
    into.removeEventListener("pointerdown", touched, true);
    into.removeEventListener("focusin", touched);
  };
}

/** Storage may be closed to the page: then the theme is not remembered. */
function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(REMEMBERED, theme);
  } catch {
    return;
  }
}
