/** Names of features and values beside the cells, and lines through what is looked at. */

import { chosenValues, first, someValues, spec } from "../../data";
import { Icon } from "../../parts/Icon";
import { looked, toggleValues } from "../../state";
import { featureName, labelOf } from "../../words";
import { binOf, ROW, STRIP } from "../bands";
import { fold } from "./acts";
import { bands, columns, wholeFeature } from "./layout";

/** What a name may take beside the value in its row, in pixels. */
function room(value: string): number {
  return Math.max(columns.value.left - 26 - 6.3 * value.length, 44);
}

export function Labels() {
  const now = spec.value;
  if (!now) return null;
  const [flags, at] = [chosenValues.value, looked.value];
  const some = someValues.value;
  return (
    <div class="labels" style={{ width: `${columns.value.left - 6}px` }}>
      {bands.value.all.map((band) => {
        const name = featureName(now, band.feature);
        const from = first.value[band.feature];
        const inside = some ? flags.subarray(from, from + band.n).reduce((sum, flag) => sum + flag, 0) : 0;
        return (
          <div
            key={band.feature}
            class={`band ${band.unfolded ? "unfolded" : ""} ${some && !inside ? "dim" : ""} ${at.feature === band.feature ? "at" : ""}`}
            style={{ top: `${band.y}px`, height: `${band.height}px` }}
          >
            <button
              type="button"
              class="fold"
              tabIndex={-1}
              aria-label={`${band.unfolded ? "Fold" : "Unfold"} ${name}`}
              onClick={() => fold(band.feature)}
            >
              <Icon name={band.unfolded ? "down" : "right"} />
            </button>
            <button
              type="button"
              class="name"
              dir="auto"
              style={{ maxWidth: `${room(band.unfolded ? labelOf(now, band.feature, binOf(0, band.n)) : "")}px` }}
              tabIndex={-1}
              aria-pressed={inside === band.n}
              title={`${name}${now.features[band.feature].unit ? ` (${now.features[band.feature].unit})` : ""}: select all its values`}
              onClick={(event) => toggleValues(wholeFeature(band.feature), !event.shiftKey)}
            >
              {name}
              {band.unfolded && now.features[band.feature].unit !== "" && (
                <small>{now.features[band.feature].unit}</small>
              )}
            </button>
            {band.unfolded && (
              <div class="values">
                {Array.from({ length: band.n }, (_, r) => {
                  const bin = binOf(r, band.n);
                  return (
                    <button
                      key={bin}
                      type="button"
                      tabIndex={-1}
                      class={bin === 0 ? "without" : ""}
                      aria-pressed={some && flags[from + bin] === 1}
                      onClick={(event) =>
                        toggleValues([[band.feature, bin]], !(event.shiftKey || event.ctrlKey || event.metaKey))
                      }
                    >
                      {labelOf(now, band.feature, bin)}
                    </button>
                  );
                })}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** Lines through what is looked at, in any view. */
export function Crosshair() {
  const at = looked.value;
  const { left, cell, width } = columns.value;
  const band = at.feature === null ? undefined : bands.value.all.find((one) => one.feature === at.feature);
  let row = null;
  if (band && at.value !== null) {
    const step = band.unfolded ? ROW : STRIP;
    const r = at.value === 0 ? band.n - 1 : band.n - 1 - at.value;
    row = {
      top: `${band.y + r * step - 0.5}px`,
      height: `${step}px`,
      left: `${left - 1}px`,
      width: `${width + 2}px`,
    };
  }
  return (
    <>
      {row && <div class="cross row" style={row} />}
      {at.time !== null && (
        <div
          class="cross column"
          style={{
            left: `${Math.round(left + at.time * cell)}px`,
            width: `${Math.max(Math.round(cell), 1)}px`,
          }}
        />
      )}
    </>
  );
}
