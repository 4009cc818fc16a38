/** The bar on top: what is explained, who is compared; undo, theme, sharing. */

import { useState } from "preact/hooks";
import { shortAddress } from "./address";
import { Slot } from "./bar/Slot";
import { wanted } from "./colour";
import { open } from "./data";
import { KEYS } from "./keyboard";
import { Icon } from "./parts/Icon";
import { type Choice, Choices, Sheet } from "./parts/Menu";
import { ownsWindow } from "./place";
import { canRedo, canUndo, chosen, explain, openRun, redo, undo } from "./state";
import { isCounted } from "./views/axes/present";
import { capital, count, plain, runName } from "./words";

export function TopBar() {
  const now = open.value;
  return (
    <header class="top">
      <div class="brand">
        <Logo />
        <span>Aition</span>
      </div>
      <div class="title">
        <h1 class={now?.title === "Aition" ? "hidden" : ""} title={now?.title}>
          {now?.title ?? "…"}
        </h1>
        {now && <Run />}
      </div>
      <div class="cohorts-bar">
        {isCounted.value && <Slot which="a" />}
        {isCounted.value && <Slot which="b" />}
      </div>
      <div class="actions">
        <Step name="undo" title="Undo (Ctrl Z)" possible={canUndo.value} take={undo} />
        <Step name="redo" title="Redo (Ctrl Shift Z)" possible={canRedo.value} take={redo} />
        <i class="rule" />
        {ownsWindow() ? <Share /> : <Fill />}
        <Theme />
        <Sheet label={<Icon name="keys" />} name="Keys" class="ghost" align="right">
          {() => (
            <div class="help" tabIndex={-1} data-first>
              <h3>Keys</h3>
              <dl class="keys">
                {KEYS.map(([keys, what]) => (
                  <div key={keys}>
                    <dt>
                      {keys
                        .split(" ")
                        .map((one) =>
                          /^[–+,]$|^arrows$/.test(one) ? ` ${one} ` : <kbd key={one}>{one.replace(",", "")}</kbd>,
                        )}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </div>
          )}
        </Sheet>
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 20 20" aria-hidden="true">
      {[
        [0, 0, "l2"],
        [1, 0, "n"],
        [2, 0, "r1"],
        [0, 1, "n"],
        [1, 1, "r2"],
        [2, 1, "n"],
        [0, 2, "r1"],
        [1, 2, "n"],
        [2, 2, "l2"],
      ].map(([x, y, kind]) => (
        <rect key={`${x}${y}`} class={`${kind}`} x={Number(x) * 7} y={Number(y) * 7} width="6" height="6" rx="1.2" />
      ))}
    </svg>
  );
}

/** Method and model; the model where it is known. */
function byline({ explainer, model }: { readonly explainer: string; readonly model: string }): string {
  return [plain(explainer).replaceAll("-", " "), model].filter(Boolean).join(" · ");
}

function Run() {
  const now = open.value;
  if (!now) return null;
  const here = now.runs.find((one) => one.name === now.run.name);
  return (
    <Sheet
      label={
        <>
          <span>
            {here ? byline(here) : now.run.name}
            {(now.targets?.length ?? 0) > 1 && ` · ${now.targets?.[now.spec.target]}`}
          </span>
          <Icon name="down" />
        </>
      }
      title="The explanation that is shown"
      class="quiet run"
    >
      {(close) => (
        <>
          <Choices
            close={close}
            of={[
              "Explanations",
              ...now.runs.map((one): Choice => ({
                label: runName(now, one.name),
                note: byline(one),
                chosen: one.name === now.run.name,
                act: () => openRun(one.name),
              })),
            ]}
          />
          {(now.targets?.length ?? 0) > 1 && (
            <Choices
              close={close}
              of={[
                "What is explained",
                ...(now.targets ?? []).map((label, place): Choice => ({
                  label: capital(label),
                  chosen: place === now.spec.target,
                  act: () => explain(place),
                })),
              ]}
            />
          )}
          <dl class="about">
            {Object.entries(now.run.attrs).map(([name, value]) => (
              <div key={name}>
                <dt>{plain(name)}</dt>
                <dd>{String(value)}</dd>
              </div>
            ))}
            <div>
              <dt>measurements</dt>
              <dd>{count(now.n_row)}</dd>
            </div>
            <div>
              <dt>digest</dt>
              <dd>{now.run.digest}</dd>
            </div>
          </dl>
        </>
      )}
    </Sheet>
  );
}

function Theme() {
  const now = wanted.value;
  const next = now === "auto" ? "light" : now === "light" ? "dark" : "auto";
  return (
    <button
      type="button"
      class="ghost"
      aria-label={`Theme: ${now === "auto" ? "as the system" : now}. Change`}
      title={`Theme: ${now === "auto" ? "as the system" : now}`}
      onClick={() => (wanted.value = next)}
    >
      <Icon name={now === "auto" ? "auto" : now === "light" ? "sun" : "moon"} />
    </button>
  );
}

function Share() {
  const [copied, copy] = useState("");
  const run = async () => {
    const { address, without } = shortAddress(chosen.peek());
    const start = location.href.replace(/#.*/s, "");
    const done = await navigator.clipboard?.writeText(address ? `${start}#${address}` : start).then(
      () => true,
      () => false,
    );
    const said = without.length ? `Copied without ${without.join(" and ")}` : "Copied";
    copy(done ? said : "Copy it from the address bar");
    setTimeout(() => copy(""), without.length || !done ? 5000 : 1600);
  };
  return (
    <button
      type="button"
      class="quiet"
      title="Copy an address that opens the page as it is now"
      onClick={() => void run()}
    >
      <Icon name={copied ? "check" : "link"} />
      <span aria-live="polite">{copied || "Share"}</span>
    </button>
  );
}

/** The whole screen for what stands in a cell. */
function Fill() {
  const turn = (event: MouseEvent) => {
    const page = (event.currentTarget as HTMLElement).closest(".aition");
    const turned = document.fullscreenElement ? document.exitFullscreen() : page?.requestFullscreen();
    turned?.catch(() => undefined);
  };
  return (
    <button type="button" class="quiet" title="Fill the screen; Escape leads back" onClick={turn}>
      <Icon name="grow" />
      <span>Full screen</span>
    </button>
  );
}

interface StepProps {
  readonly name: "undo" | "redo";
  readonly title: string;
  readonly possible: boolean;
  readonly take: () => void;
}

/** A step back, or forward again. */
function Step({ name, title, possible, take }: StepProps) {
  return (
    <button type="button" class="ghost" aria-label={capital(name)} title={title} disabled={!possible} onClick={take}>
      <Icon name={name} />
    </button>
  );
}
