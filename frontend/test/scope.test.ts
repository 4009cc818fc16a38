/** A style sheet within one element: every rule is kept, and what may only stand at the top stays there. */

import { describe, expect, it } from "vitest";
import { scopedTo } from "../scripts/scope";

describe("a scoped sheet", () => {
  it("puts rules into the element, in their order", () => {
    expect(scopedTo(".x", ".a{b:c}.d{e:f}")).toBe("@scope (.x){.a{b:c}.d{e:f}}\n");
  });

  it("leaves fonts and movements outside", () => {
    const css = "@font-face{src:url(data:font/woff2;base64,d0;G)}.a{b:c}@keyframes run{0%{x:y}to{x:z}}";
    expect(scopedTo(".x", css)).toBe(
      "@font-face{src:url(data:font/woff2;base64,d0;G)}@keyframes run{0%{x:y}to{x:z}}@scope (.x){.a{b:c}}\n",
    );
  });

  it("takes rules that hang on a size as a whole", () => {
    const css = "@container a (width<=9px){.a{b:c}.d{e:f}}@media print{.a{b:c}}";
    expect(scopedTo(".x", css)).toBe(`@scope (.x){${css}}\n`);
  });

  it("is not misled by braces in texts and comments", () => {
    const css = '.a::before{content:"}"}/* } */.d{e:f}@font-face{src:url(x)}';
    expect(scopedTo(".x", css)).toBe('@font-face{src:url(x)}@scope (.x){.a::before{content:"}"}/* } */.d{e:f}}\n');
  });
});
