/** Of what a step prints, so many lines are kept of its beginning, and as many of its end. */
export const KEPT_LINES = 1000;

const MARK = /^\.\.\. \((\d+) lines are left out\)$/;

/** Stands in place of lines that were left out: after the first `KEPT_LINES`, before those of the end. */
export function leftOutLine(count: number): string {
  return `... (${count} lines are left out)`;
}

/** How many lines were left out of the middle of an output. */
export function leftOutOf(output: readonly string[]): number {
  return Number(MARK.exec(output[KEPT_LINES] ?? '')?.[1] ?? 0);
}
