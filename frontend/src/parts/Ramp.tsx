/** The diverging scale from end to end. */

import { useCallback } from "preact/hooks";
import { placeOf } from "../colour";
import { Canvas, type Draw } from "./Canvas";

interface RampProps {
  from: string;
  to: string;
  lowers: string;
  raises: string;
  title?: string;
}

export function Ramp({ from, to, lowers, raises, title }: RampProps) {
  const draw = useCallback<Draw>((context, width, height, palette) => {
    for (let x = 0; x < width; x++) {
      const at = placeOf((2 * x) / (width - 1) - 1);
      context.fillStyle = `rgb(${palette.scale[at]} ${palette.scale[at + 1]} ${palette.scale[at + 2]})`;
      context.fillRect(x, 0, 1, height);
    }
  }, []);
  return (
    <div class="legend" title={title}>
      <span class="lower">{lowers}</span>
      <span class="number">{from}</span>
      <div class="ramp">
        <Canvas draw={draw} />
      </div>
      <span class="number">{to}</span>
      <span class="raise">{raises}</span>
    </div>
  );
}
