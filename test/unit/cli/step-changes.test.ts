import { expect, test } from 'vitest';
import { stepChanges } from '../../../src/cli/progress/step-changes.ts';
import { deployment, step } from '../../fixtures/api-states.ts';

const pending = step('unpack', { state: 'pending', started_at: null, duration_ms: null });
const running = step('unpack', { state: 'running', duration_ms: 10 });

function kinds(before: Parameters<typeof stepChanges>[0], steps: ReturnType<typeof step>[]) {
  return stepChanges(before, deployment({ steps })).map((change) => `${change.kind} ${change.step.name}`);
}

test('a step starts once and ends once', () => {
  const first = deployment({ steps: [pending] });
  const second = deployment({ steps: [running] });
  expect(kinds(null, [pending])).toEqual([]);
  expect(kinds(first, [running])).toEqual(['started unpack']);
  expect(kinds(second, [running])).toEqual([]);
  expect(kinds(second, [step('unpack')])).toEqual(['ended unpack']);
  expect(kinds(deployment({ steps: [step('unpack')] }), [step('unpack')])).toEqual([]);
});

test('who comes late is told what is over, and what runs', () => {
  expect(kinds(null, [step('fetch'), running])).toEqual(['ended fetch', 'started unpack']);
});

test('each line of output is told once, before the end of its step', () => {
  const before = deployment({ steps: [step('migrate', { state: 'running', output: ['one'] })] });
  const after = deployment({ steps: [step('migrate', { output: ['one', 'two', 'three'] })] });
  expect(stepChanges(before, after)).toEqual([
    { kind: 'output', step: after.steps[0], lines: ['two', 'three'] },
    { kind: 'ended', step: after.steps[0] },
  ]);
});

test('steps that are added later are told as well', () => {
  const before = deployment({ steps: [step('fetch')] });
  expect(kinds(before, [step('fetch'), step('go back', { state: 'running' })])).toEqual(['started go back']);
});
