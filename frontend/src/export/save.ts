/** Files handed to the person who looks at the page. */

export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A name of plain letters for a file. */
export function fileName(...parts: readonly string[]): string {
  const words = parts.map((one) =>
    one
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, ""),
  );
  return ["aition", ...words.filter((one) => one && one !== "aition")].join("-").slice(0, 80);
}
