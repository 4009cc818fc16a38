/** A canvas context that writes SVG: what the page draws becomes a drawing that stays sharp and can be edited. */

type Matrix = readonly [number, number, number, number, number, number];

interface Style {
  fillStyle: string | CanvasPattern | CanvasGradient;
  strokeStyle: string;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  lineJoin: CanvasLineJoin;
  imageSmoothingEnabled: boolean;
  dash: readonly number[];
  matrix: Matrix;
  clips: number;
}

const START: Style = {
  fillStyle: "#000",
  strokeStyle: "#000",
  lineWidth: 1,
  globalAlpha: 1,
  font: "12px sans-serif",
  textAlign: "left",
  textBaseline: "middle",
  lineJoin: "miter",
  imageSmoothingEnabled: true,
  dash: [],
  matrix: [1, 0, 0, 1, 0, 0],
  clips: 0,
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

const short = (x: number) => `${Math.round(x * 100) / 100}`;

/** As much of a CanvasRenderingContext2D as the page uses. */
export class Drawing {
  private parts: string[] = [];
  private path = "";
  private stack: Style[] = [];
  private now: Style = { ...START };
  private nClip = 0;
  private measuring = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;

  /** Of the slanted lines over what is uncertain. */
  constructor(private readonly hatch: string) {}

  set fillStyle(to: Style["fillStyle"]) {
    this.now.fillStyle = to;
  }
  set strokeStyle(to: string) {
    this.now.strokeStyle = to;
  }
  set lineWidth(to: number) {
    this.now.lineWidth = to;
  }
  get globalAlpha(): number {
    return this.now.globalAlpha;
  }
  set globalAlpha(to: number) {
    this.now.globalAlpha = to;
  }
  get font(): string {
    return this.now.font;
  }
  set font(to: string) {
    this.now.font = to;
  }
  set textAlign(to: CanvasTextAlign) {
    this.now.textAlign = to;
  }
  set textBaseline(to: CanvasTextBaseline) {
    this.now.textBaseline = to;
  }
  set lineJoin(to: CanvasLineJoin) {
    this.now.lineJoin = to;
  }
  set imageSmoothingEnabled(to: boolean) {
    this.now.imageSmoothingEnabled = to;
  }

  setLineDash(to: readonly number[]): void {
    this.now.dash = [...to];
  }
  save(): void {
    this.stack.push({ ...this.now });
  }

  restore(): void {
    const before = this.stack.pop();
    if (!before) return;
    for (let i = before.clips; i < this.now.clips; i++) this.parts.push("</g>");
    // Whoever sets fonts remembers the last one, and does not set it again.
    this.now = { ...before, font: this.now.font };
  }

  translate(x: number, y: number): void {
    const [a, b, c, d, e, f] = this.now.matrix;
    this.now.matrix = [a, b, c, d, e + a * x + c * y, f + b * x + d * y];
  }

  rotate(angle: number): void {
    const [a, b, c, d, e, f] = this.now.matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.now.matrix = [a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f];
  }

  beginPath(): void {
    this.path = "";
  }
  moveTo(x: number, y: number): void {
    this.path += `M${short(x)} ${short(y)}`;
  }
  lineTo(x: number, y: number): void {
    this.path += `${this.path ? "L" : "M"}${short(x)} ${short(y)}`;
  }
  rect(x: number, y: number, w: number, h: number): void {
    this.path += `M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}z`;
  }

  roundRect(x: number, y: number, w: number, h: number, r: number): void {
    const k = Math.max(0, Math.min(r, Math.abs(w) / 2, Math.abs(h) / 2));
    const arc = (dx: number, dy: number) => `a${short(k)} ${short(k)} 0 0 1 ${short(dx)} ${short(dy)}`;
    this.path += `M${short(x + k)} ${short(y)}h${short(w - 2 * k)}${arc(k, k)}v${short(h - 2 * k)}${arc(-k, k)}h${short(2 * k - w)}${arc(-k, -k)}v${short(2 * k - h)}${arc(k, -k)}z`;
  }

  /** Whole circles: nothing else is drawn with it. */
  arc(x: number, y: number, r: number): void {
    this.path += `M${short(x - r)} ${short(y)}a${short(r)} ${short(r)} 0 1 0 ${short(2 * r)} 0a${short(r)} ${short(r)} 0 1 0 ${short(-2 * r)} 0z`;
  }

  private fillWords(): string {
    const { fillStyle, globalAlpha } = this.now;
    const colour = typeof fillStyle === "string" ? fillStyle : "url(#hatch)";
    return `fill="${escaped(colour)}"${globalAlpha < 1 ? ` fill-opacity="${short(globalAlpha)}"` : ""}`;
  }

  private strokeWords(): string {
    const { strokeStyle, lineWidth, globalAlpha, dash, lineJoin } = this.now;
    return `fill="none" stroke="${escaped(strokeStyle)}" stroke-width="${short(lineWidth)}" stroke-linejoin="${lineJoin}"${globalAlpha < 1 ? ` stroke-opacity="${short(globalAlpha)}"` : ""}${dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : ""}`;
  }

  private transformWords(): string {
    const { matrix } = this.now;
    return matrix.every((x, i) => x === START.matrix[i]) ? "" : ` transform="matrix(${matrix.map(short).join(" ")})"`;
  }

  fill(): void {
    this.parts.push(`<path d="${this.path}" ${this.fillWords()}${this.transformWords()}/>`);
  }
  stroke(): void {
    this.parts.push(`<path d="${this.path}" ${this.strokeWords()}${this.transformWords()}/>`);
  }

  clip(): void {
    const name = `clip${++this.nClip}`;
    this.parts.push(
      `<clipPath id="${name}"><path d="${this.path}"${this.transformWords()}/></clipPath><g clip-path="url(#${name})">`,
    );
    this.now.clips++;
  }

  fillRect(x: number, y: number, w: number, h: number): void {
    if (!(w * h) || this.now.globalAlpha <= 0) return;
    const [left, top] = [Math.min(x, x + w), Math.min(y, y + h)];
    this.parts.push(
      `<rect x="${short(left)}" y="${short(top)}" width="${short(Math.abs(w))}" height="${short(Math.abs(h))}" ${this.fillWords()}${this.transformWords()}/>`,
    );
  }

  strokeRect(x: number, y: number, w: number, h: number): void {
    this.parts.push(
      `<rect x="${short(x)}" y="${short(y)}" width="${short(Math.max(w, 0))}" height="${short(Math.max(h, 0))}" ${this.strokeWords()}${this.transformWords()}/>`,
    );
  }

  measureText(text: string): TextMetrics {
    this.measuring.font = this.now.font;
    return this.measuring.measureText(text);
  }

  fillText(text: string, x: number, y: number): void {
    const { font, textAlign } = this.now;
    const [weight, size, family] = (/^(?:(\d+)\s+)?([\d.]+)px (.+)$/.exec(font) ?? ["", "", "12", "sans-serif"]).slice(
      1,
    );
    const anchor = {
      center: "middle",
      right: "end",
      end: "end",
      left: "start",
      start: "start",
    }[textAlign];
    this.parts.push(
      `<text x="${short(x)}" y="${short(y)}" dominant-baseline="central" textLength="${short(this.measureText(text).width)}" lengthAdjust="spacingAndGlyphs" text-anchor="${anchor}" font-size="${size}" font-weight="${weight ?? 400}" font-family="${escaped(family ?? "sans-serif")}" ${this.fillWords()}${this.transformWords()}>${escaped(text)}</text>`,
    );
  }

  drawImage(image: HTMLCanvasElement, ...at: number[]): void {
    const [sx, sy, sw, sh, dx, dy, dw, dh] = at.length === 8 ? at : [0, 0, image.width, image.height, ...at];
    const part = document.createElement("canvas");
    [part.width, part.height] = [Math.max(1, Math.round(sw)), Math.max(1, Math.round(sh))];
    part.getContext("2d")?.drawImage(image, sx, sy, sw, sh, 0, 0, part.width, part.height);
    this.parts.push(
      `<image x="${short(dx)}" y="${short(dy)}" width="${short(dw)}" height="${short(dh)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${part.toDataURL("image/png")}"${this.transformWords()}/>`,
    );
  }

  createPattern(): CanvasPattern {
    return {} as CanvasPattern;
  }

  /** The drawing, of a size in pixels. */
  finished(width: number, height: number, title: string): string {
    while (this.stack.length) this.restore();
    const lines = `<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M-1 7L7 -1M-4 4L4 -4M2 10L10 2" stroke="${this.hatch}" stroke-width="1.6"/></pattern>`;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title>${escaped(title)}</title><defs>${lines}</defs>${this.parts.join("")}</svg>`;
  }
}
