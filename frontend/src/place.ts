/** Where the page stands: in a window of its own, or in an element of somebody else's page. */

let root: HTMLElement | null = null;
let own = true;

/** Says where, before anything is drawn; of several places at once the one last touched. */
export function standIn(element: HTMLElement, isOwn: boolean): void {
  root = element;
  own = isOwn;
}

/** Whether the address, the title and the keys of the window are the page's. */
export function ownsWindow(): boolean {
  return own;
}

/** Something of the page by its selector; another page may stand in the same document. */
export function inPage<T extends HTMLElement>(selector: string): T | null {
  return (root ?? document).querySelector<T>(selector);
}

/** Whether what is around is dark: as notebooks say it, else as the system does. */
export function isDark(): boolean {
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  const code = document.body.dataset.vscodeThemeKind;
  if (code) return /dark|high-contrast$/.test(code);
  const colab = document.documentElement.getAttribute("theme");
  return colab ? colab === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Tells now and whenever it changes; returns what stops it. */
export function followDark(tell: (dark: boolean) => void): () => void {
  const now = () => tell(isDark());
  const system = matchMedia("(prefers-color-scheme: dark)");
  const around = new MutationObserver(now);
  for (const element of [document.body, document.documentElement])
    around.observe(element, { attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind", "theme"] });
  system.addEventListener("change", now);
  now();
  return () => {
    system.removeEventListener("change", now);
    around.disconnect();
  };
}
