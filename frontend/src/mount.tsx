/** Puts the page into an element and starts what it needs; the same for the app and for a notebook. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./App";
import { readPaletteFrom, system, theme, wanted } from "./colour";
import { startData } from "./data";
import { followLines } from "./views/cohorts/points";
import { onKey } from "./keyboard";
import { fonts } from "./parts/Canvas";

const REMEMBERED = "aition-theme";

/** Returns what takes the page out again. */
export function mount(into: HTMLElement): () => void {
  into.classList.add("aition");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const followSystem = () => (system.value = dark.matches ? "dark" : "light");
  followSystem();
  dark.addEventListener("change", followSystem);
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
  addEventListener("keydown", onPage);
  const stopData = startData();
  const stopLines = followLines();
  render(<App />, into);
  return () => {
    render(null, into);
    stopData();
    stopLines();
    stopTheme();
    dark.removeEventListener("change", followSystem);
    into.removeEventListener("keydown", onKey);
    removeEventListener("keydown", onPage);
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
