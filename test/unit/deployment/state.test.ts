import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  advance,
  isUnproven,
  MAX_UNEXPECTED_EXITS,
  next,
  type Progress,
  touched,
} from '../../../src/deployment/state.ts';
import { planFull, planServiceBack } from '../../../src/service/plan.ts';

function progressOf(change: Partial<Progress> = {}): Progress {
  return {
    planBack: planServiceBack,
    steps: planFull({ preCommands: ['migrate'], units: ['1', '2', '3'], copies: true }).map((planned) => ({
      ...planned,
      state: 'pending',
    })),
    maxUnavailable: 1,
    backTo: 1,
    liveBefore: 1,
    exits: 0,
    unready: new Set(),
    goingBack: null,
    ended: null,
    ...change,
  };
}

/** Begins and ends steps until one of that name runs. */
function until(progress: Progress, name: string): Progress {
  let now = progress;
  for (;;) {
    for (const position of next(now)) now = advance(now, { type: 'began', position });
    if (now.steps.some((each) => each.name === name && each.state === 'running')) return now;
    const position = now.steps.findIndex((each) => each.state === 'running');
    now = advance(now, { type: 'succeeded', position });
  }
}

const positionOf = (progress: Progress, name: string) =>
  progress.steps.findIndex((each) => each.name === name && each.state === 'running');

test('before an instance is touched a failure ends it, and nothing goes back', () => {
  for (const name of ['fetch', 'unpack', 'pre-command', 'copy', 'sync']) {
    const running = until(progressOf(), name);
    const failed = advance(running, {
      type: 'failed',
      position: positionOf(running, name),
      reason: 'why',
      code: 'disk_full',
    });
    expect(failed.ended).toEqual({ state: 'failed', reason: 'why', code: 'disk_full' });
    expect(failed.steps.some((each) => each.name === 'roll-back')).toBe(false);
    expect(
      failed.steps.filter((each) => each.name === 'roll-out').every((each) => each.state === 'skipped'),
    ).toBe(true);
  }
});

/** It stands where a part of the visitors meets the new release. */
function onTrial(): Progress {
  const steps = planFull({ preCommands: [], units: ['1', '2'], copies: false, canary: true });
  return until(progressOf({ steps: steps.map((step) => ({ ...step, state: 'pending' })) }), 'canary');
}

test('a canary that fails was taken back, and touched nothing', () => {
  const position = positionOf(onTrial(), 'canary');
  const failed = advance(onTrial(), { type: 'failed', position, reason: 'worse', code: 'canary_worse' });
  expect(failed.ended).toEqual({ state: 'rolled_back', reason: 'worse', code: 'rolled_back' });
  let progress = onTrial();
  for (let exit = 1; exit <= MAX_UNEXPECTED_EXITS; exit++)
    progress = advance(progress, { type: 'unexpected_exit', unit: '1', reason: 'boom' });
  expect(progress.ended?.state).toBe('rolled_back');
  for (const { steps, goingBack } of [failed, progress]) {
    expect([touched({ steps }), goingBack]).toEqual([[], null]);
    expect(steps.at(-1)?.state).toBe('skipped');
  }
});

test('a canary is cancelled, or gives way to a newer request; one that was skipped was none', () => {
  expect(advance(onTrial(), { type: 'cancel', reason: 'by alice' }).ended?.state).toBe('cancelled');
  expect(advance(onTrial(), { type: 'supersede', reason: 'deployment 9' }).ended?.state).toBe('superseded');
  const position = positionOf(onTrial(), 'canary');
  const skipped = advance(onTrial(), { type: 'skipped', position, reason: 'nothing ran before' });
  const isPast = advance(skipped, { type: 'supersede', reason: 'deployment 9' });
  expect(isPast).toBe(skipped);
  const rolling = until(skipped, 'roll-out');
  expect(advance(rolling, { type: 'instance_lost', unit: '1', reason: 'gone' }).goingBack?.isTouched).toBe(
    true,
  );
});

test('three unexpected exits take every touched instance back, and no further one is touched', () => {
  let progress = until(progressOf(), 'roll-out');
  for (let exit = 1; exit <= MAX_UNEXPECTED_EXITS; exit++) {
    expect(progress.goingBack).toBeNull();
    progress = advance(progress, { type: 'unexpected_exit', unit: '1', reason: 'boom' });
  }
  expect(progress.goingBack?.ending.state).toBe('rolled_back');
  expect(touched(progress)).toEqual(['1']);
  const back = next(progress);
  expect(back.map((position) => progress.steps[position])).toEqual([
    expect.objectContaining({ name: 'roll-back', unit: '1' }),
  ]);
});

test('a new instance that is lost takes all touched ones back at once, an untouched one none', () => {
  let progress = until(progressOf(), 'roll-out');
  progress = advance(progress, { type: 'instance_lost', unit: '2', reason: 'another one' });
  expect(progress.goingBack).toBeNull();
  progress = advance(progress, { type: 'instance_lost', unit: '1', reason: 'refused, 3 times in a row' });
  expect(progress.goingBack?.ending).toMatchObject({
    state: 'rolled_back',
    reason: 'refused, 3 times in a row',
  });
  expect(touched(progress)).toEqual(['1']);
  const before = progress;
  expect(advance(progress, { type: 'instance_lost', unit: '1', reason: 'on the way back' })).toBe(before);

  const proving = advance(until(progressOf({ backTo: null }), 'prove'), {
    ...{ type: 'instance_lost', unit: '3', reason: 'why' },
  });
  expect(proving.ended).toEqual({ state: 'failed', reason: 'why', code: 'not_ready' });
});

test('with nothing proven to go back to it ends failed, and nothing is taken back', () => {
  let progress = until(progressOf({ backTo: null }), 'roll-out');
  for (let exit = 0; exit < MAX_UNEXPECTED_EXITS; exit++)
    progress = advance(progress, { type: 'unexpected_exit', unit: '1', reason: 'boom' });
  expect(progress.ended?.state).toBe('failed');
  expect(progress.steps.some((each) => each.name === 'roll-back')).toBe(false);
});

test('while a new instance is not ready the roll-out waits', () => {
  let progress = until(progressOf(), 'roll-out');
  progress = advance(progress, { type: 'succeeded', position: positionOf(progress, 'roll-out') });
  progress = advance(progress, { type: 'instance_unready', unit: '1' });
  expect(next(progress)).toEqual([]);
  progress = advance(progress, { type: 'instance_ready', unit: '1' });
  expect(next(progress).map((position) => progress.steps[position]?.unit)).toEqual(['2']);
});

test('a newer offer ends it while it proves, and not before', () => {
  const rolling = until(progressOf(), 'roll-out');
  expect(advance(rolling, { type: 'supersede', reason: 'newer' })).toBe(rolling);
  const proving = until(progressOf(), 'prove');
  expect(advance(proving, { type: 'supersede', reason: 'newer' }).ended?.state).toBe('superseded');
});

test('going back takes those that are down at once, others no more than may be unavailable', () => {
  let progress = until(progressOf(), 'prove');
  progress = advance(progress, { type: 'instance_unready', unit: '2' });
  progress = advance(progress, {
    type: 'failed',
    position: positionOf(progress, 'prove'),
    reason: 'late',
    code: 'not_ready',
  });
  expect(next(progress).map((position) => progress.steps[position]?.unit)).toEqual(['2']);
  for (const position of next(progress)) progress = advance(progress, { type: 'began', position });
  progress = advance(progress, { type: 'succeeded', position: positionOf(progress, 'roll-back') });
  expect(next(progress).map((position) => progress.steps[position]?.unit)).toEqual(['1']);
});

const events = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('end' as const), fails: fc.boolean(), which: fc.nat(10) }),
    fc.record({ type: fc.constant('unready' as const), unit: fc.constantFrom('1', '2', '3') }),
    fc.record({ type: fc.constant('ready' as const), unit: fc.constantFrom('1', '2', '3') }),
    fc.record({ type: fc.constant('exit' as const), unit: fc.constantFrom('1', '2', '3') }),
    fc.constant({ type: 'cancel' as const }),
    fc.constant({ type: 'supersede' as const }),
  ),
  { maxLength: 80 },
);
const beginnings = fc.record({
  backTo: fc.constantFrom(null, 1),
  liveBefore: fc.constantFrom(null, 1, 2),
  maxUnavailable: fc.integer({ min: 1, max: 3 }),
});

test('never more are down than allowed, never an untouched one taken back, and it always ends', () => {
  fc.assert(
    fc.property(beginnings, events, (beginning, happenings) => {
      let progress = progressOf(beginning);
      const begin = () => {
        for (let positions = next(progress); positions.length > 0; positions = next(progress)) {
          for (const position of positions) {
            expect(progress.steps[position]?.state).toBe('pending');
            progress = advance(progress, { type: 'began', position });
          }
        }
        const rolling = progress.steps.filter((each) => each.name === 'roll-out' && each.state === 'running');
        expect(rolling.length).toBeLessThanOrEqual(progress.maxUnavailable);
      };
      begin();
      for (const event of happenings) {
        const running = progress.steps.flatMap((each, position) =>
          each.state === 'running' ? [position] : [],
        );
        const position =
          event.type === 'end' ? running[event.which % Math.max(1, running.length)] : undefined;
        if (event.type === 'end' && position !== undefined)
          progress = advance(
            progress,
            event.fails
              ? { type: 'failed', position, reason: 'f', code: 'failed' }
              : { type: 'succeeded', position },
          );
        if (event.type === 'unready')
          progress = advance(progress, { type: 'instance_unready', unit: event.unit });
        if (event.type === 'ready')
          progress = advance(progress, { type: 'instance_ready', unit: event.unit });
        if (event.type === 'exit')
          progress = advance(progress, { type: 'unexpected_exit', unit: event.unit, reason: 'x' });
        if (event.type === 'cancel' || event.type === 'supersede')
          progress = advance(progress, { type: event.type, reason: 'r' });
        begin();
      }
      // Everything comes to rest well from here on.
      for (let turn = 0; turn < 60 && !progress.ended; turn++) {
        for (const unit of ['1', '2', '3']) progress = advance(progress, { type: 'instance_ready', unit });
        begin();
        const position = progress.steps.findIndex((each) => each.state === 'running');
        if (position >= 0) progress = advance(progress, { type: 'succeeded', position });
      }
      expect(progress.ended).not.toBeNull();
      expect(progress.steps.some((each) => each.state === 'running' || each.state === 'pending')).toBe(false);
      const back = progress.steps.filter((each) => each.name === 'roll-back').map((each) => each.unit);
      expect(back.every((unit) => touched(progress).includes(unit ?? ''))).toBe(true);
      if (progress.goingBack) expect(back).toEqual(touched(progress));
      // Only a proven release is a way back from a failure.
      if (progress.ended?.state === 'rolled_back') expect(progress.goingBack?.to).toBe(beginning.backTo);
      // Once it has ended, nothing changes it.
      expect(advance(progress, { type: 'cancel', reason: 'late' })).toBe(progress);
    }),
    { numRuns: 2000 },
  );
});

test('a roll-out that becomes an upgrade in place takes one instance at a time', () => {
  const unpacking = until(progressOf({ maxUnavailable: 3 }), 'unpack');
  const progress = until(advance(unpacking, { type: 'one_at_a_time' }), 'roll-out');
  expect(touched(progress)).toEqual(['1']);
  expect(touched(until(progressOf({ maxUnavailable: 3 }), 'roll-out'))).toEqual(['1', '2', '3']);
});

test('copies are made all at once, and what comes after them waits for all', () => {
  const copying = until(progressOf(), 'copy');
  const copies = copying.steps.flatMap((each, position) => (each.name === 'copy' ? [position] : []));
  expect(copies.map((position) => copying.steps[position]?.state)).toEqual(['running', 'running', 'running']);
  const [first = 0, ...others] = copies;
  let progress = advance(copying, { type: 'succeeded', position: first });
  expect(next(progress)).toEqual([]);
  for (const position of others) progress = advance(progress, { type: 'succeeded', position });
  expect(next(progress).map((position) => progress.steps[position]?.name)).toEqual(['sync']);
});

test('an instance whose roll-out has succeeded is ready, though it was not on the way', () => {
  let progress = until(progressOf(), 'roll-out');
  progress = advance(progress, { type: 'instance_unready', unit: '1' });
  progress = advance(progress, { type: 'succeeded', position: positionOf(progress, 'roll-out') });
  expect(next(progress).map((position) => progress.steps[position]?.unit)).toEqual(['2']);
});

test('where the proof was left out, for nothing ran, it ends well, says why, and is not proven', () => {
  const steps = planFull({ preCommands: [], units: [], copies: true }).map((planned) => ({
    ...planned,
    state: 'pending' as const,
  }));
  const proving = until(progressOf({ steps }), 'prove');
  expect(isUnproven(proving)).toBe(false);
  const position = positionOf(proving, 'prove');
  const left = advance(proving, { type: 'skipped', position, reason: 'nothing ran' });
  expect(left.ended).toEqual({ state: 'succeeded', reason: 'nothing ran', code: null });
  expect(isUnproven(left)).toBe(true);
  const proven = advance(proving, { type: 'succeeded', position });
  expect(proven.ended).toEqual({ state: 'succeeded', reason: null, code: null });
  expect(isUnproven(proven)).toBe(false);
});
