/** The same page in a notebook, as an ES module that hosts of widgets call. */

import "./theme.css";
import { connectBy } from "./api";
import { type Line, lineTo, type Model } from "./line";
import { mount } from "./mount";

interface Host {
  model: Model;
  el: HTMLElement;
}

const SILENT =
  "The notebook's kernel does not answer. It is busy with a cell, or it was restarted: then run the cell again.";

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
    const stopWatching = watchSilence(page, model, line as Line);
    stop = () => {
      letFocusGo();
      unmount();
      stopWatching();
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

/** While the kernel is silent: words over the page, and where it never spoke a picture in place of it. */
function watchSilence(page: HTMLElement, model: Model, line: Line): () => void {
  const still = document.createElement("div");
  still.className = "aition aition-widget aition-still";
  still.setAttribute("role", "status");
  const words = document.createElement("p");
  const image = document.createElement("img");
  const about = model.get("words") as string;
  image.alt = about;
  image.src = model.get("picture") as string;
  still.append(words, image);
  const end = () => {
    still.remove();
    page.hidden = false;
  };
  const stop = line.onSilence((silent, spoke) => {
    if (!silent) return end();
    still.dataset.theme = page.dataset.theme;
    still.style.setProperty("--height", spoke ? "auto" : `${model.get("height") as number}px`);
    words.textContent = SILENT + (spoke ? "" : ` Meanwhile a picture. ${about}.`);
    image.hidden = spoke || !image.src;
    page.hidden = !spoke;
    page.before(still);
  });
  return () => {
    stop();
    end();
  };
}

export default { render };
