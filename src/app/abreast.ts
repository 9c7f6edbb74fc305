/**
 * Those of `units`, from the first on, that may go together without one of them being missed: each goes on until its successor is
 * ready, and there is room for all these successors at once. `whyNotOverlap`: with so many others beside it; null where it may.
 */
export function abreast(
  units: readonly string[],
  { most, whyNotOverlap }: { most: number; whyNotOverlap: (unit: string, beside: number) => string | null },
): string[] {
  const together: string[] = [];
  for (const unit of units)
    if (together.length < most && whyNotOverlap(unit, together.length) === null) together.push(unit);
  return together;
}
