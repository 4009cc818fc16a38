/** What is under the pointer, in words; one for the page. */

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Tip {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly note?: string;
}

export const tip = signal<Tip | null>(null);

export function tell(event: PointerEvent, title: string, lines: Tip["lines"], note?: string): void {
  tip.value = { x: event.clientX, y: event.clientY, title, lines, note };
}

export function hush(): void {
  if (tip.peek()) tip.value = null;
}

export function Tooltip() {
  const now = tip.value;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !now) return;
    const { offsetWidth: w, offsetHeight: h } = element;
    const page = (element.offsetParent ?? document.body).getBoundingClientRect();
    const [left, top] = [now.x - page.left, now.y - page.top];
    const x = left + 14 + w > page.width ? left - w - 12 : left + 14;
    const y = Math.max(6, Math.min(top + 14, page.height - h - 6));
    element.style.transform = `translate(${Math.round(Math.max(6, x))}px, ${Math.round(y)}px)`;
  }, [now]);
  if (!now) return null;
  return (
    <div class="tip" ref={box} role="presentation">
      <strong>{now.title}</strong>
      {now.lines.length > 0 && (
        <dl>
          {now.lines.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {now.note && <em>{now.note}</em>}
    </div>
  );
}
