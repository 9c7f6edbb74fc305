import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge, type Vitals } from '../../../src/supervisor/index.ts';

const FAILURES = 3;
const up = (unit: string, unanswered = 0): Vitals => ({ unit, condition: 'up', unanswered });
const other = (unit: string, condition: 'coming' | 'out'): Vitals => ({ unit, condition, unanswered: 0 });
const verdicts = (...vitals: Vitals[]) => Object.fromEntries(judge(vitals, FAILURES));

test('who does not answer so often in a row is restarted, and nobody before', () => {
  expect(verdicts(up('1', 2), up('2'))).toEqual({});
  expect(verdicts(up('1', 3), up('2'))).toEqual({ '1': 'restart' });
});

test('an only instance is restarted all the same, be the others given up or crashing', () => {
  expect(verdicts(up('1', 3))).toEqual({ '1': 'restart' });
  expect(verdicts(up('1', 3), other('2', 'out'))).toEqual({ '1': 'restart' });
});

test('of several one at a time, and none while no other answers', () => {
  expect(verdicts(up('1', 3), up('2', 5), up('3'))).toEqual({ '1': 'restart', '2': 'waits' });
  expect(verdicts(other('1', 'coming'), up('2', 6), up('3'))).toEqual({ '2': 'waits' });
  expect(verdicts(up('1', 3), up('2', 3))).toEqual({ '1': 'all_fail', '2': 'all_fail' });
  // The other one has not failed so often yet, and does not answer either.
  expect(verdicts(up('1', 3), up('2', 1))).toEqual({ '1': 'all_fail' });
  expect(verdicts(up('1', 3), other('2', 'coming'))).toEqual({ '1': 'all_fail' });
});

const vitals = fc.uniqueArray(
  fc.record({
    unit: fc.nat(20).map(String),
    condition: fc.constantFrom('up' as const, 'coming' as const, 'out' as const),
    unanswered: fc.nat(5),
  }),
  { selector: ({ unit }) => unit },
);

test('one instance is restarted at most: it does not answer, and another does or it is alone', () => {
  fc.assert(
    fc.property(vitals, fc.integer({ min: 1, max: 5 }), (all, failures) => {
      const judged = judge(all, failures);
      const restarted = all.filter(({ unit }) => judged.get(unit) === 'restart');
      expect(restarted.length).toBeLessThanOrEqual(1);
      for (const { unit, condition, unanswered } of all)
        expect(judged.has(unit)).toBe(condition === 'up' && unanswered >= failures);
      const [one] = restarted;
      if (!one) return;
      const others = all.filter((each) => each !== one && each.condition !== 'out');
      expect(others.some(({ condition }) => condition === 'coming')).toBe(false);
      expect(others.length === 0 || others.some(({ unanswered }) => unanswered === 0)).toBe(true);
    }),
  );
});
