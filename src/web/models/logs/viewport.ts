/** Which rows of a window of fixed rows are on the screen, and whether it follows the end. */
export interface Viewport {
  /** Height of all rows, in pixels. */
  height: number;
  first: number;
  last: number;
  /** Where the first of them stands. */
  top: number;
}

export const ROW_HEIGHT = 20;
const AROUND = 8;
/** A wheel that stops a few pixels above the end means the end. */
const NEAR_END = ROW_HEIGHT * 1.5;

export function viewportOf(options: { scrollTop: number; clientHeight: number; rows: number }): Viewport {
  const { scrollTop, clientHeight, rows } = options;
  const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - AROUND);
  const last = Math.min(rows, Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + AROUND);
  return { height: rows * ROW_HEIGHT, first, last, top: first * ROW_HEIGHT };
}

export function isAtEnd(options: { scrollTop: number; clientHeight: number; rows: number }): boolean {
  const { scrollTop, clientHeight, rows } = options;
  return scrollTop + clientHeight >= rows * ROW_HEIGHT - NEAR_END;
}
