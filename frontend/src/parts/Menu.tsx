/** A button that opens a list of actions, or any small sheet. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

interface SheetProps {
  /** What the button shows. */
  label: ComponentChildren;
  /** What the button is called, where it shows no words. */
  name?: string;
  /** What more can be said of a button that shows words. */
  title?: string;
  class?: string;
  align?: "left" | "right";
  children: (close: () => void) => ComponentChildren;
  disabled?: boolean;
}

/** A button and what it opens; closed by Escape and by a press elsewhere. */
export function Sheet({ label, name, title, class: style = "", align = "left", children, disabled }: SheetProps) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    const away = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    root.current?.querySelector<HTMLElement>(".sheet [data-first], .sheet button, .sheet input")?.focus();
    return () => removeEventListener("pointerdown", away);
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const items = [...(root.current?.querySelectorAll<HTMLElement>(".sheet button:not(:disabled)") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + step + items.length) % items.length]?.focus();
    event.preventDefault();
  };
  return (
    <div class={`menu ${align}`} ref={root} role="presentation" onKeyDown={onKeyDown}>
      <button
        type="button"
        class={style}
        aria-label={name}
        title={title ?? name}
        aria-expanded={isOpen}
        aria-controls={id}
        disabled={disabled}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen && (
        <div class="sheet" id={id}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

export interface Choice {
  readonly label: string;
  readonly note?: string;
  readonly chosen?: boolean;
  readonly act: () => void;
  readonly disabled?: boolean;
}

/** Choices under headings. */
export function Choices({ of, close }: { of: readonly (Choice | string)[]; close: () => void }) {
  return (
    <ul class="choices">
      {of.map((one) =>
        typeof one === "string" ? (
          <li key={one} class="heading">
            {one}
          </li>
        ) : (
          <li key={one.label}>
            <button
              type="button"
              aria-pressed={one.chosen}
              disabled={one.disabled}
              onClick={() => {
                one.act();
                close();
              }}
            >
              <span>{one.label}</span>
              {one.note && <small>{one.note}</small>}
            </button>
          </li>
        ),
      )}
    </ul>
  );
}

/** Two or three choices side by side. */
export function Segments<T extends string>({
  name,
  of,
  now,
  choose,
}: {
  name: string;
  of: readonly (readonly [value: T, label: string, disabled?: boolean, title?: string])[];
  now: T;
  choose: (to: T) => void;
}) {
  return (
    <div class="segments" role="group" aria-label={name}>
      {of.map(([value, label, disabled, title]) => (
        <button
          key={value}
          type="button"
          title={title}
          aria-pressed={value === now}
          disabled={disabled}
          onClick={() => choose(value)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
