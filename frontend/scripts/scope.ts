/** A style sheet that holds within one element only: a widget must not dress the notebook around it. */

const GLOBAL = /^@(font-face|keyframes|property|charset|import|namespace)\b/;

/** Where the statement that begins here ends: behind its block, or behind its semicolon. */
function endOf(css: string, from: number): number {
  let depth = 0;
  for (let i = from; i < css.length; i++) {
    const letter = css[i];
    if (letter === '"' || letter === "'") i = css.indexOf(letter, i + 1);
    else if (css.startsWith("/*", i)) i = css.indexOf("*/", i) + 1;
    else if (css.startsWith("url(", i) && !/["']/.test(css[i + 4])) i = css.indexOf(")", i);
    else if (letter === "{") depth += 1;
    else if (letter === "}" && --depth === 0) return i + 1;
    else if (letter === ";" && depth === 0) return i + 1;
  }
  return css.length;
}

/** What may only stand at the top of a sheet stays there, all else goes into `@scope (root)`; no selector changes. */
export function scopedTo(root: string, css: string): string {
  const [outside, inside]: [string[], string[]] = [[], []];
  for (let at = 0; at < css.length;) {
    const end = endOf(css, at);
    const one = css.slice(at, end).trim();
    if (one) (GLOBAL.test(one) ? outside : inside).push(one);
    at = end;
  }
  return `${outside.join("")}@scope (${root}){${inside.join("")}}\n`;
}
