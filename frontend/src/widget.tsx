/** The same page in a notebook, as an ES module that hosts of widgets call. */

import "./theme.css";
import { connectBy } from "./api";
import { type Line, lineTo, type Model } from "./line";
import { mount } from "./mount";

interface Host {
  model: Model;
  el: HTMLElement;
}

/** Milliseconds without a word from the kernel after which a picture stands in for the page. */
const SILENCE = 5000;

let line: Line | null = null;
let ours: Model | null = null;
let views = 0;

/** A module holds the state of one widget: where a host gives it a second one, that gets a module of its own. */
async function ofAnother(host: Host): Promise<() => void> {
  const address = URL.createObjectURL(new Blob([host.model.get("_esm") as string], { type: "text/javascript" }));
  try {
    const module = (await import(/* @vite-ignore */ address)) as { default: { render: typeof render } };
    return await module.default.render(host);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function render({ model, el }: Host): (() => void) | Promise<() => void> {
  if (ours && views && ours !== model) return ofAnother({ model, el });
  ours = model;
  views += 1;
  line ??= lineTo(model);
  connectBy(line.ask);
  el.classList.add("aition-place");
  const page = document.createElement("div");
  page.classList.add("aition-widget");
  page.style.setProperty("--height", `${model.get("height") as number}px`);
  el.append(page);
  let stop = () => undefined as void;
  // What has no size yet has no colours and no width to draw in.
  const shown = new ResizeObserver(() => {
    if (!page.isConnected || !page.clientWidth) return;
    shown.disconnect();
    const unmount = mount(page, false);
    const letFocusGo = takeFocus(page);
    const unstill = stillIn(page, model);
    stop = () => {
      letFocusGo();
      unmount();
      unstill();
    };
  });
  shown.observe(page);
  return () => {
    shown.disconnect();
    stop();
    page.remove();
    views -= 1;
    if (views) return;
    line?.end();
    line = null;
  };
}

/** Keys are the page's from a press in it until one elsewhere: a notebook would insert and delete cells by them. */
function takeFocus(page: HTMLElement): () => void {
  page.tabIndex = -1;
  const take = () =>
    requestAnimationFrame(() => {
      if (!page.contains(document.activeElement)) page.focus({ preventScroll: true });
    });
  // JupyterLab looks at what has the focus, and from there upwards.
  const keep = (event: FocusEvent) => {
    (event.target as HTMLElement).dataset.lmSuppressShortcuts = "true";
  };
  page.addEventListener("focusin", keep);
  const kinds = ["pointerdown", "pointerup"] as const;
  for (const kind of kinds) page.addEventListener(kind, take, true);
  return () => {
    page.removeEventListener("focusin", keep);
    for (const kind of kinds) page.removeEventListener(kind, take, true);
  };
}

/** Puts a picture in place of a page that stays silent, until it does not. */
function stillIn(page: HTMLElement, model: Model): () => void {
  const still = document.createElement("div");
  still.className = "aition aition-widget aition-still";
  still.dataset.theme = page.dataset.theme;
  still.style.setProperty("--height", `${model.get("height") as number}px`);
  const words = document.createElement("p");
  words.textContent =
    "The notebook's kernel does not answer: it is busy, or it was stopped, then run the cell again. " +
    `Meanwhile a picture. ${model.get("words") as string}.`;
  const image = document.createElement("img");
  image.alt = model.get("words") as string;
  const source = model.get("picture") as string;
  still.append(words);
  if (source) {
    image.src = source;
    still.append(image);
  }
  const timer = setTimeout(() => {
    page.after(still);
    page.hidden = true;
  }, SILENCE);
  const end = () => {
    clearTimeout(timer);
    still.remove();
    page.hidden = false;
  };
  line?.onFirst(end);
  return end;
}

export default { render };
