import { expect, test } from 'vitest';
import type { DeploymentWithSteps } from '../../../src/api/index.ts';
import { stepChanges } from '../../../src/cli/progress/step-changes.ts';
import { deployment, ended, step } from '../../fixtures/api-states.ts';

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
    { kind: 'ended', step: after.steps[0], tolerated: false },
  ]);
});

test('steps that are added later are told as well', () => {
  const before = deployment({ steps: [step('fetch')] });
  expect(kinds(before, [step('fetch'), step('go back', { state: 'running' })])).toEqual(['started go back']);
});

test('steps that are skipped are not told', () => {
  const before = deployment({ steps: [pending] });
  expect(kinds(before, [step('unpack', { state: 'skipped', duration_ms: null })])).toEqual([]);
});

const failed = step('hook: after.deploy', { state: 'failed', reason: 'exit status 3' });

test.each<[string, DeploymentWithSteps, boolean]>([
  ['the deployment goes on', deployment({ steps: [failed, step('health', { state: 'running' })] }), true],
  [
    'the deployment goes on soon',
    deployment({ steps: [failed, step('health', { state: 'pending' })] }),
    true,
  ],
  ['it succeeded all the same', ended('succeeded', { steps: [failed] }), true],
  ['it was the end', ended('failed', { steps: [failed] }), false],
  [
    'what would come next is given up',
    deployment({ steps: [failed, step('switch', { state: 'skipped' })] }),
    false,
  ],
  [
    'the way back comes next',
    deployment({ steps: [failed, step('switch-back', { state: 'pending' })] }),
    false,
  ],
  [
    'a failed deployment tells its hook',
    deployment({ steps: [failed, step('hook: deploy.failure')] }),
    false,
  ],
  [
    'another instance goes on',
    deployment({
      steps: [{ ...failed, name: 'copy', instance: 'shop/1' }, step('copy', { instance: 'shop/2' })],
    }),
    false,
  ],
])('a failed step, and %s: whether it is but a warning', (_, now, tolerated) => {
  expect(stepChanges(null, now)[0]).toMatchObject({ kind: 'ended', step: now.steps[0], tolerated });
});

/** What a deployment shows of a step that has printed so many lines. */
function printed(count: number) {
  const lines = Array.from({ length: count }, (_, index) => `line ${index + 1}`);
  if (count <= 2000) return step('migrate', { state: 'running', output: lines });
  const output = [...lines.slice(0, 1000), `... (${count - 2000} lines are left out)`, ...lines.slice(-1000)];
  return step('migrate', { state: 'running', output });
}

const linesOf = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}`);

test.each<[number, number, string[]]>([
  [2000, 2001, ['line 2001']],
  [2001, 2002, ['line 2002']],
  [2001, 2004, ['line 2002', 'line 2003', 'line 2004']],
  [1998, 2001, ['line 1999', 'line 2000', 'line 2001']],
  [9000, 9001, ['line 9001']],
  [2002, 2002, []],
  [1500, 4000, ['... (1500 lines are left out)', ...linesOf(3001, 4000)]],
  [2002, 3003, ['... (1 lines are left out)', ...linesOf(2004, 3003)]],
  [998, 2003, ['line 999', 'line 1000', '... (3 lines are left out)', ...linesOf(1004, 2003)]],
  [0, 2001, [...linesOf(1, 1000), '... (1 lines are left out)', ...linesOf(1002, 2001)]],
])('of very many lines, those are told that came after line %i up to line %i', (before, now, lines) => {
  const seen = deployment({ steps: [printed(before)] });
  const changes = stepChanges(seen, deployment({ steps: [printed(now)] }));
  expect(changes.flatMap((change) => (change.kind === 'output' ? change.lines : []))).toEqual(lines);
});

test('a line that only looks as if it stood for others is told as any other', () => {
  const before = deployment({ steps: [step('migrate', { state: 'running', output: ['a'] })] });
  const output = ['a', '... (5 lines are left out)', 'b'];
  const changes = stepChanges(before, deployment({ steps: [step('migrate', { state: 'running', output })] }));
  expect(changes.flatMap((change) => (change.kind === 'output' ? change.lines : []))).toEqual(
    output.slice(1),
  );
});

test('where not all was counted, what is left out is told as the step tells it', () => {
  const mark = '... (4000 lines and 3 MB more are left out)';
  const first = linesOf(1, 1000);
  const before = deployment({ steps: [step('migrate', { state: 'running', output: linesOf(1, 1500) })] });
  const output = [...first, mark, 'x', 'y'];
  const after = deployment({ steps: [step('migrate', { state: 'running', output })] });
  expect(stepChanges(before, after)).toMatchObject([{ lines: [mark, 'x', 'y'] }]);
  const last = deployment({ steps: [step('migrate', { state: 'running', output: [...output, 'z'] })] });
  expect(stepChanges(after, last)).toMatchObject([{ lines: ['z'] }]);
});
