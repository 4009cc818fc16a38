/** What the page weighs, compressed; fails above 150 KB of JavaScript. */

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const into = new URL("../../src/aition/view/web/static/", import.meta.url);
const sizes = readdirSync(into, { recursive: true })
  .filter((name) => /\.(js|css|html|woff2|svg)$/.test(name))
  .map((name) => {
    const bytes = readFileSync(new URL(name, into));
    return {
      name,
      raw: bytes.length,
      packed: name.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length,
    };
  });
for (const { name, raw, packed } of sizes)
  console.log(`${(packed / 1024).toFixed(1).padStart(8)} KB  ${(raw / 1024).toFixed(1).padStart(8)} KB raw  ${name}`);
const scripts = sizes
  .filter(({ name }) => name.endsWith(".js") && !name.startsWith("widget"))
  .reduce((sum, { packed }) => sum + packed, 0);
if (scripts > 150 * 1024) {
  console.error(`JavaScript must be at most 150 KB, but is ${(scripts / 1024).toFixed(1)} KB`);
  process.exit(1);
}
