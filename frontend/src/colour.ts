/** Colours that carry meaning: a diverging scale that colour-blind people can read, on light and on dark. */

import { computed, signal } from "@preact/signals";

export type Theme = "light" | "dark";
type Rgb = readonly [number, number, number];

/** From what lowers (blue) over nothing to what raises (orange); lightness alone also tells how far from zero. */
const STOPS: Record<Theme, readonly (readonly [number, string])[]> = {
  light: [
    [-1, "#12488c"],
    [-0.66, "#3a7cc0"],
    [-0.33, "#93bbe0"],
    [0, "#f1f3f4"],
    [0.33, "#f3b58b"],
    [0.66, "#dd6f35"],
    [1, "#a3330b"],
  ],
  dark: [
    [-1, "#b5dcff"],
    [-0.66, "#6aaeea"],
    [-0.33, "#326899"],
    [0, "#262d35"],
    [0.33, "#96552c"],
    [0.66, "#e58a4b"],
    [1, "#ffd3ab"],
  ],
};
const HALF = 255;

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function gamma(c: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055)));
}

export function parse(hex: string): Rgb {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

/** Björn Ottosson's OKLab, in which equal steps look equal. */
function toLab([red, green, blue]: Rgb): Rgb {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab([light, a, b]: Rgb): Rgb {
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** 511 colours from -1 to 1, three bytes each. */
function table(theme: Theme): Uint8Array {
  const stops = STOPS[theme].map(([at, hex]) => [at, toLab(parse(hex))] as const);
  const colours = new Uint8Array((2 * HALF + 1) * 3);
  for (let i = 0; i <= 2 * HALF; i++) {
    const at = (i - HALF) / HALF;
    const k = Math.max(
      0,
      Math.min(
        stops.length - 2,
        stops.findLastIndex(([stop]) => stop <= at),
      ),
    );
    const [[low, from], [high, to]] = [stops[k], stops[k + 1]];
    const w = (at - low) / (high - low);
    colours.set(
      fromLab([from[0] + w * (to[0] - from[0]), from[1] + w * (to[1] - from[1]), from[2] + w * (to[2] - from[2])]),
      i * 3,
    );
  }
  return colours;
}

const TABLES: Record<Theme, Uint8Array> = {
  light: table("light"),
  dark: table("dark"),
};

/** Where in the table a share of the scale in [-1, 1] stands. */
export function placeOf(share: number): number {
  return (HALF + Math.round(HALF * Math.max(-1, Math.min(1, share)))) * 3;
}

export function diverging(theme: Theme): Uint8Array {
  return TABLES[theme];
}

export function divergingCss(theme: Theme, share: number): string {
  const at = placeOf(share);
  const t = TABLES[theme];
  return `rgb(${t[at]} ${t[at + 1]} ${t[at + 2]})`;
}

/** How much contrast two colours have, as WCAG 2 counts it. */
export function contrast(a: string, b: string): number {
  const [x, y] = [a, b].map((one) => {
    const [r, g, blue] = parse(one).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  });
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Categories in the timeline: calm, apart in hue and lightness, none the blue or orange of the scale. */
export const CATEGORIES: Record<Theme, readonly string[]> = {
  light: ["#5a6db8", "#46a096", "#c4819f", "#cdb15c", "#8f7abb", "#86ad6d", "#cbd2d8"],
  dark: ["#7e90dd", "#4faea1", "#cb83a2", "#c2aa5c", "#a28bd0", "#8ab06f", "#4b5662"],
};

export const wanted = signal<Theme | "auto">("auto");
export const system = signal<Theme>("light");
export const theme = computed<Theme>(() => (wanted.value === "auto" ? system.value : wanted.value));

/** What canvases need of the style sheet, read once a theme. */
export interface Palette {
  readonly theme: Theme;
  readonly ink: string;
  readonly soft: string;
  readonly faint: string;
  readonly line: string;
  readonly panel: string;
  readonly well: string;
  readonly mark: string;
  readonly markSoft: string;
  readonly bar: string;
  readonly barSoft: string;
  readonly raise: string;
  readonly lower: string;
  readonly b: string;
  readonly scale: Uint8Array;
  readonly categories: readonly string[];
}

let root: HTMLElement | null = null;
export const styled = signal(0);

export function readPaletteFrom(element: HTMLElement): void {
  root = element;
  styled.value = styled.peek() + 1;
}

export const palette = computed<Palette>(() => {
  const now = theme.value;
  const style = styled.value && root ? getComputedStyle(root) : null;
  const of = (name: string) => style?.getPropertyValue(`--${name}`).trim() || "#888888";
  return {
    theme: now,
    ink: of("ink"),
    soft: of("soft"),
    faint: of("faint"),
    line: of("line"),
    panel: of("panel"),
    well: of("well"),
    mark: of("mark"),
    markSoft: of("mark-soft"),
    bar: of("bar"),
    barSoft: of("bar-soft"),
    raise: of("raise"),
    lower: of("lower"),
    b: of("b"),
    scale: TABLES[now],
    categories: CATEGORIES[now],
  };
});
