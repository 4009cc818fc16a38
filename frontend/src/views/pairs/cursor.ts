/** The pair that is looked at: under the pointer, or where the keys have led. */

import { signal } from "@preact/signals";

export const cursor = signal<readonly [row: number, column: number] | null>(null);
