/** Which views the run that is open has: those of further axes only where it has such an axis. */

import { computed } from "@preact/signals";
import { open } from "../../data";

export type Axis = "draw" | "merge" | "component" | "group";

export const axes = computed<readonly string[]>(() => open.value?.axes ?? []);

/** Whether rows were counted: else only the views of further axes have something to show. */
export const isCounted = computed(() => open.value?.has_cube !== false);

export function isPresent(of: { readonly axis?: Axis }): boolean {
  return of.axis === undefined ? isCounted.value : axes.value.includes(of.axis);
}
