/** What the colours mean, with the numbers at which they end. */

import { useCallback } from "preact/hooks";
import { placeOf } from "../colour";
import { signed } from "../words";
import { Canvas, type Draw } from "./Canvas";
import { hatch } from "./heat";

export function Legend({ scale, lowers, raises, unit }: { scale: number; lowers: string; raises: string; unit: string }) {
  const draw = useCallback<Draw>((context, width, height, palette) => {
    for (let x = 0; x < width; x++) {
      const at = placeOf((2 * x) / (width - 1) - 1);
      context.fillStyle = `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
      context.fillRect(x, 0, 1, height);
    }
  }, []);
  return (
    <div class="legend" title={`Average attribution in ${unit}; beyond ±${signed(scale).slice(1)} the colour stays the same`}>
      <span class="lower">{lowers}</span>
      <span class="number">{signed(-scale)}</span>
      <Canvas draw={draw} class="ramp" />
      <span class="number">{signed(scale)}</span>
      <span class="raise">{raises}</span>
      <Canvas draw={swatch} class="swatch" />
      <span title="The 95 % interval holds zero, or fewer than ten measurements">uncertain</span>
    </div>
  );
}

const swatch: Draw = (context, width, height, palette) => {
  const at = placeOf(0.5);
  context.fillStyle = `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
  context.fillRect(0, 0, width, height);
  context.fillStyle = hatch(context, palette);
  context.fillRect(0, 0, width, height);
};
