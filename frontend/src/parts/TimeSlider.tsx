/** The strip on which a span of time is brushed, by mouse or keys, wherever hours stand side by side. */

import { someTime, times } from "../data";
import type { CubeSpec } from "../types";
import { timeWords } from "../words";
import type { useBrush } from "./brush";

interface Props {
  readonly described: CubeSpec;
  /** Where the hours stand, in pixels, and how many bins of time there are. */
  readonly place: { readonly left: number; readonly width: number; readonly nTime: number };
  readonly label: string;
  readonly brush: ReturnType<typeof useBrush>;
}

export function TimeSlider({ described, place, label, brush }: Props) {
  return (
    <div
      class="over brushable"
      style={{ left: `${place.left}px`, width: `${place.width}px` }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={place.nTime - 1}
      aria-valuenow={times.value[0]}
      aria-valuetext={someTime.value ? timeWords(described, times.value) : "all"}
      {...brush}
    />
  );
}
