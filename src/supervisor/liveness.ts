/** What is known of the health of one of an app's instances that ought to run. */
export interface Vitals {
  unit: string;
  /**
   * `up`: it was asked. `coming`: it is being started, or was not asked yet. `out`: it was given up, or ends again and
   * again; nobody counts on it.
   */
  condition: 'up' | 'coming' | 'out';
  /** How often it did not answer, the last times in a row; 0: it has answered. */
  unanswered: number;
}

/** `restart`: now. `waits`: once the others are up. `all_fail`: it would be of no use, for what they depend on fails. */
export type Verdict = 'restart' | 'waits' | 'all_fail';

/** Which of the instances that have not answered `failures` times in a row are started again, by unit. */
export function judge(vitals: readonly Vitals[], failures: number): Map<string, Verdict> {
  const counted = vitals.filter(({ condition }) => condition !== 'out');
  const failing = counted.filter(({ condition, unanswered }) => condition === 'up' && unanswered >= failures);
  const isOnly = counted.length === 1;
  const oneAnswers = counted.some(({ condition, unanswered }) => condition === 'up' && unanswered === 0);
  const oneComes = counted.some(({ condition }) => condition === 'coming');
  const [first] = failing;
  return new Map(
    failing.map((each) => {
      if (isOnly) return [each.unit, 'restart'];
      if (!oneAnswers) return [each.unit, 'all_fail'];
      return [each.unit, each === first && !oneComes ? 'restart' : 'waits'];
    }),
  );
}
