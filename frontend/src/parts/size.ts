/** The size of an element, followed for as long as it is on the page. */

import { useCallback, useRef } from "preact/hooks";

/** A reference to give to the element; `measure` is called at once and whenever its size changes. */
export function useSize(measure: (element: HTMLElement) => void): (element: HTMLElement | null) => void {
  const observer = useRef<ResizeObserver | null>(null);
  return useCallback((element) => {
    observer.current?.disconnect();
    observer.current = null;
    if (!element) return;
    observer.current = new ResizeObserver(() => measure(element));
    observer.current.observe(element);
    measure(element);
  }, []);
}
