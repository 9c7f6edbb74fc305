import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, next, type Progress, unsyncedAt } from '../../../src/deployment/state.ts';
import { planEnv, planSite, planSiteBack, planSiteRollback } from '../../../src/site/plan.ts';

const ALL = {
  from: 'commit',
  composer: true,
  artisan: true,
  assets: true,
  reload: true,
  health: { rollback: true },
} as const;

function progressOf(change: Partial<Progress> = {}, planned = planSite(ALL)): Progress {
  return {
    planBack: planSiteBack,
    steps: planned.map((each) => ({ ...each, state: 'pending' })),
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

const nameOf = ({ name, argument }: { name: string; argument: string | null }) =>
  name === 'hook' ? (argument ?? '') : name;

/** Runs a deployment in which the steps of those names fail; what was begun, in order, and how it ended. */
function run(failing: readonly string[], start = progressOf()) {
  const began: string[] = [];
  let progress = start;
  while (!progress.ended) {
    const [position = -1, ...others] = next(progress);
    expect(others).toEqual([]);
    const planned = progress.steps[position];
    if (!planned) throw new Error('it neither goes on nor ends');
    began.push(nameOf(planned));
    progress = advance(progress, { type: 'began', position });
    progress = advance(
      progress,
      failing.includes(nameOf(planned))
        ? { type: 'failed', position, reason: `${nameOf(planned)} failed`, code: 'failed' }
        : { type: 'succeeded', position },
    );
  }
  return { began, progress, ended: progress.ended };
}

const IN_ORDER =
  'check before.pull fetch unpack env links composer artisan after.pull before.deploy permissions assets sync switch workers reload after.deploy deploy.success health';

test('a deployment goes through its steps one after the other, in the order of the page', () => {
  const { began, ended } = run([]);
  expect(began).toEqual(IN_ORDER.split(' '));
  expect(ended).toEqual({ state: 'succeeded', reason: null, code: null });
});

test('an archive has its own hook', () => {
  const names = planSite({ ...ALL, from: 'archive', composer: false, artisan: false }).map(nameOf);
  expect(names).toContain('after.extract');
  expect(names).not.toContain('after.pull');
});

test.each(
  'check fetch unpack env links composer artisan after.pull before.deploy permissions sync'.split(' '),
)('where %s fails nothing is switched, and deploy.failure runs', (name) => {
  const { began, ended } = run([name]);
  expect(began.at(-1)).toBe('deploy.failure');
  expect(began.at(-2)).toBe(name);
  expect(began).not.toContain('switch');
  expect(ended).toEqual({ state: 'failed', reason: `${name} failed`, code: 'failed' });
});

test.each(['before.pull', 'assets', 'after.deploy', 'deploy.success', 'workers', 'reload'])(
  'where %s fails the deployment goes on, and succeeds',
  (name) => {
    const { began, ended } = run([name]);
    expect(began).toEqual(IN_ORDER.split(' '));
    expect(ended?.state).toBe('succeeded');
  },
);

test('a failed health check switches back to the proven release, and is told to the hook', () => {
  const { began, progress } = run(['health']);
  expect(began.slice(-5)).toEqual(['health', 'switch-back', 'workers', 'reload', 'deploy.failure']);
  expect(progress.ended).toEqual({ state: 'rolled_back', reason: 'health failed', code: 'rolled_back' });
  expect(progress.goingBack).toMatchObject({ isTouched: true, to: 1 });
});

test('a health check without roll-back leaves the new release live, the deployment failed', () => {
  const planned = planSite({ ...ALL, health: { rollback: false } });
  const { began, progress } = run(['health'], progressOf({}, planned));
  expect(began.slice(-2)).toEqual(['health', 'deploy.failure']);
  expect(progress.ended?.state).toBe('failed');
  expect(progress.goingBack).toMatchObject({ isTouched: false });
});

test('without a proven release a failed check leaves the new one live, the deployment failed', () => {
  const { began, progress } = run(['health'], progressOf({ backTo: null, liveBefore: null }));
  expect(began.at(-1)).toBe('deploy.failure');
  expect(began).not.toContain('switch-back');
  expect(progress.ended?.state).toBe('failed');
});

test('a hook of the failure that fails itself changes nothing', () => {
  expect(run(['after.pull', 'deploy.failure']).ended).toEqual({
    state: 'failed',
    reason: 'after.pull failed',
    code: 'failed',
  });
});

test('a way back that fails is told as that', () => {
  const { ended } = run(['health', 'switch-back']);
  expect(ended).toMatchObject({ state: 'failed', code: 'rollback_failed' });
  expect(ended?.reason).toContain('then the way back failed: switch-back failed');
});

test('cancelled before the switch it ends at once; after it, it goes back, without the hook', () => {
  const early = advance(progressOf(), { type: 'cancel', reason: 'by hand' });
  expect(early.ended?.state).toBe('cancelled');
  let late = progressOf({ liveBefore: 2 });
  while (!late.steps.some((each) => each.argument === 'after.deploy' && each.state === 'running')) {
    const [position = 0] = next(late);
    late = advance(late, { type: 'began', position });
    if (late.steps[position]?.argument !== 'after.deploy')
      late = advance(late, { type: 'succeeded', position });
  }
  late = advance(late, { type: 'cancel', reason: 'by hand' });
  expect(late.goingBack).toMatchObject({ isTouched: true, to: 2, ending: { state: 'cancelled' } });
  expect(run([], late).began).toEqual(['switch-back', 'workers', 'reload']);
});

test('a rollback whose first hook fails is aborted; the last one is ignored', () => {
  const planned = planSiteRollback({ assets: true, reload: true });
  expect(run([], progressOf({}, planned)).began).toEqual(
    'rollback/before env assets switch workers reload rollback/after'.split(' '),
  );
  const aborted = run(['rollback/before'], progressOf({}, planned));
  expect(aborted.began).toEqual(['rollback/before']);
  expect(aborted.ended?.state).toBe('failed');
  expect(run(['rollback/after'], progressOf({}, planned)).ended?.state).toBe('succeeded');
});

test('a changed .env whose first hook fails is not placed', () => {
  const planned = planEnv({ reload: false });
  expect(run([], progressOf({}, planned)).began).toEqual(
    'config/before-change env workers config/after-change'.split(' '),
  );
  expect(run(['config/before-change'], progressOf({}, planned)).began).toEqual(['config/before-change']);
});

test('whatever fails or is cancelled: it ends, and what was live is, unless it succeeded', () => {
  const plans = [planSite(ALL), planSiteRollback({ assets: true, reload: true }), planEnv({ reload: true })];
  const happenings = fc.array(fc.constantFrom('succeeded', 'failed', 'skipped', 'cancel', 'crash'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...plans),
      fc.constantFrom(null, 1),
      happenings,
      (planned, backTo, events) => {
        let progress = progressOf({ backTo, liveBefore: backTo }, planned);
        /** Where `current` points: null for what was live before. */
        let current: 'former' | 'new' = 'former';
        for (const event of [...events, ...Array(60).fill('succeeded')]) {
          if (progress.ended) break;
          if (event === 'cancel') progress = advance(progress, { type: 'cancel', reason: 'c' });
          const running = progress.steps.findIndex((each) => each.state === 'running');
          const position = running >= 0 ? running : next(progress)[0];
          if (position === undefined || event === 'cancel') continue;
          if (running < 0) progress = advance(progress, { type: 'began', position });
          const planned = progress.steps[position];
          // A crash leaves it running, and it is begun again.
          if (event === 'crash') continue;
          if (event === 'succeeded' && planned?.name === 'switch') current = 'new';
          if (event === 'succeeded' && planned?.name === 'switch-back') current = 'former';
          if (event === 'failed')
            progress = advance(progress, { type: 'failed', position, reason: 'f', code: 'failed' });
          if (event === 'succeeded') progress = advance(progress, { type: 'succeeded', position });
          if (event === 'skipped') progress = advance(progress, { type: 'skipped', position, reason: 's' });
        }
        expect(progress.ended).not.toBeNull();
        expect(progress.steps.every(({ state }) => state !== 'running' && state !== 'pending')).toBe(true);
        const { ended, goingBack } = progress;
        const isSwitching = planned.some(({ name }) => name === 'switch');
        if (ended?.state === 'rolled_back') expect(goingBack?.to).toBe(backTo);
        if (
          ended?.state === 'rolled_back' ||
          (ended?.state === 'failed' && !goingBack?.isTouched && backTo !== null)
        )
          expect(current).toBe('former');
        if (!isSwitching) expect(current).toBe('former');
      },
    ),
    { numRuns: 3000 },
  );
});

test('a changed .env can be cancelled until it is being placed, and not any more then', () => {
  const cancel = { type: 'cancel', reason: 'cancelled by Ada' } as const;
  const begin = progressOf({}, planEnv({ reload: true }));
  const before = advance(begin, { type: 'began', position: 0 });
  expect(advance(before, cancel).ended).toMatchObject({ state: 'cancelled' });
  const placing = advance(advance(before, { type: 'succeeded', position: 0 }), {
    type: 'began',
    position: 1,
  });
  const placed = advance(placing, { type: 'succeeded', position: 1 });
  for (const progress of [placing, placed]) expect(advance(progress, cancel)).toBe(progress);
  expect(run([], { ...placed }).ended.state).toBe('succeeded');
});

test('a release that is being made, and is not synced yet, is lost with the power', () => {
  let progress = progressOf();
  const lost: string[] = [];
  while (!progress.ended) {
    const [position = -1] = next(progress);
    progress = advance(progress, { type: 'began', position });
    const at = unsyncedAt(progress.steps);
    if (at !== null) lost.push(nameOf(progress.steps[at] as Progress['steps'][number]));
    progress = advance(progress, { type: 'succeeded', position });
  }
  expect(lost.join(' ')).toBe(
    'unpack env links composer artisan after.pull before.deploy permissions assets sync',
  );
  expect(unsyncedAt(progressOf({}, planEnv({ reload: true })).steps)).toBeNull();
  expect(unsyncedAt(progressOf({}, planSiteRollback({ assets: true, reload: true })).steps)).toBeNull();
});
