/** Which points lie inside a line drawn around them. */

export type Point = readonly [x: number, y: number];

/** Whether a closed line goes around a point: a ray from it crosses the line an odd number of times. */
export function inside(line: readonly Point[], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [[x0, y0], [x1, y1]] = [line[i], line[j]];
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) odd = !odd;
  }
  return odd;
}

export function within(
  circle: { readonly x: number; readonly y: number; readonly r: number },
  x: number,
  y: number,
): boolean {
  return (x - circle.x) ** 2 + (y - circle.y) ** 2 <= circle.r ** 2;
}
