/** What the colours mean, with the numbers at which they end. */

import { placeOf } from "../colour";
import { signed } from "../words";
import { Canvas, type Draw } from "./Canvas";
import { hatch } from "./heat";
import { Ramp } from "./Ramp";

export function Legend({
  scale,
  lowers,
  raises,
  unit,
}: {
  scale: number;
  lowers: string;
  raises: string;
  unit: string;
}) {
  const ends = `Average attribution in ${unit}; beyond ±${signed(scale).slice(1)} the colour stays the same`;
  return (
    <div class="legend">
      <Ramp from={signed(-scale)} to={signed(scale)} lowers={lowers} raises={raises} title={ends} />
      <small title={ends}>{unit}</small>
      <div class="swatch">
        <Canvas draw={swatch} />
      </div>
      <span title="The 95 % interval holds zero, or fewer than twenty measurements">uncertain</span>
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
