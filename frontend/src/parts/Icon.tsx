/** Line icons on a 16-pixel grid. */

const PATHS = {
  undo: "M5.5 3.5 2.5 6.5l3 3M2.5 6.5h6.75a3.75 3.75 0 0 1 0 7.5H6",
  redo: "m10.5 3.5 3 3-3 3M13.5 6.5H6.75a3.75 3.75 0 0 0 0 7.5H10",
  help: "M6 6.2c0-1.2.9-2 2-2s2 .8 2 1.9c0 1.5-2 1.7-2 3.2M8 11.6v.2",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6M2.5 9.5h11",
  grow: "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5 9.5 6.5M2.5 13.5l4-4",
  shrink: "M13.5 6.5h-4v-4M2.5 9.5h4v4M9.5 6.5l4-4M6.5 9.5l-4 4",
  close: "m4.5 4.5 7 7M11.5 4.5l-7 7",
  down: "m4.5 6.5 3.5 3.5 3.5-3.5",
  right: "m6.5 4.5 3.5 3.5-3.5 3.5",
  left: "M9.5 4.5 6 8l3.5 3.5",
  check: "m3.5 8.5 3 3 6-7",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.85.85M11.75 11.75l.85.85M3.4 12.6l.85-.85M11.75 4.25l.85-.85",
  moon: "M13 9.7A5.5 5.5 0 0 1 6.3 3 5.5 5.5 0 1 0 13 9.7z",
  auto: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.7.7M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.7-.7",
  search: "M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8M10 10l3.2 3.2",
  warn: "M8 2.8 14 13H2zM8 6.6v3M8 11.2v.2",
  save: "M4 2.5h8v11l-4-3-4 3z",
  keys: "M1.8 4.5h12.4v7H1.8zM4 7h.2M6.5 7h.2M9 7h.2M11.6 7h.2M5 9.3h6",
  export: "M8 9.5v-7M5.5 5 8 2.5 10.5 5M3 9.5v4h10v-4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
