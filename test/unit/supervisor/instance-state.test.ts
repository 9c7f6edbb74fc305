import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Run } from '../../../src/supervisor/index.ts';
import type { InstanceEvent, InstanceState, Wanted } from '../../../src/supervisor/instance-phase.ts';
import { advance, initialState, wantsRun } from '../../../src/supervisor/instance-state.ts';
import { whyEnded } from '../../../src/supervisor/unexpected-end.ts';
import { DAY_MS } from '../../support/clock.ts';

const policy = { delayMs: 0, maxDelayMs: 60_000, resetAfterMs: 60_000, maxRetries: 5 };

function runOf(release: number, generation: number, startedAt: number): Run {
  const id = `web.1.${release}.${generation}.${startedAt}`;
  return {
    id,
    app: 'web',
    unit: '1',
    release,
    kind: 'full',
    generation,
    pid: 100 + startedAt,
    startTicks: startedAt,
    startedAt,
  };
}

/** The world around the state: answers effects with events, in an order that the test chooses. */
class World {
  state: InstanceState = initialState(0);
  now = 0;
  living: Run | null = null;
  launching = false;
  stopping = false;
  waiting = false;
  probing = false;
  starts = 0;

  dispatch(event: InstanceEvent): void {
    const { state, effects } = advance(this.state, event, { now: this.now, policy });
    this.state = state;
    for (const effect of effects) {
      if (effect.type === 'launch') {
        // What matters most: never a second process beside a first.
        expect(this.living, 'a start while a process lives').toBeNull();
        expect(this.launching, 'a start within a start').toBe(false);
        this.launching = true;
      } else if (effect.type === 'stop') {
        expect(this.living?.id).toBe(effect.run.id);
        this.stopping = true;
      } else if (effect.type === 'wait') this.waiting = true;
      else if (effect.type === 'probe') this.probing = true;
      else if (effect.type === 'cancel_timers') this.waiting = this.probing = false;
    }
  }

  /** The process goes on, with another release. */
  changeInPlace(release: number): void {
    if (!this.living) return;
    this.living = { ...this.living, release, kind: 'hot' };
    this.dispatch({ type: 'changed_in_place', run: this.living, reason: 'upgraded' });
  }

  /** What may happen now, besides a new wish. */
  happenings(): (() => void)[] {
    const all: (() => void)[] = [];
    if (this.launching) {
      all.push(() => {
        this.launching = false;
        const { release, generation, running } = this.state.wanted;
        if (!running || release === null) return this.dispatch({ type: 'launch_failed', reason: 'stopped' });
        this.living = runOf(release, generation, ++this.starts);
        this.dispatch({ type: 'launched', run: this.living });
      });
      all.push(() => {
        this.launching = false;
        this.dispatch({ type: 'launch_failed', reason: 'port in use' });
      });
    }
    if (this.stopping)
      all.push(() => {
        this.stopping = false;
        this.living = null;
        this.dispatch({
          type: 'exited',
          exit: { status: 0, signal: null, at: this.now },
          why: 'asked to',
          lastedMs: 0,
        });
        this.dispatch({ type: 'cleared' });
      });
    if (this.living && !this.stopping && !this.launching)
      all.push(() => {
        this.living = null;
        this.dispatch({
          type: 'exited',
          exit: { status: 1, signal: null, at: this.now },
          why: 'crashed',
          lastedMs: 0,
        });
      });
    if (this.probing && this.living) {
      all.push(() => {
        this.probing = false;
        this.dispatch({ type: 'ready' });
      });
      all.push(() => {
        this.probing = false;
        this.dispatch({ type: 'ready_timeout', afterMs: 1000, unanswered: null });
      });
    }
    for (const by of ['sockets', 'health'] as const) {
      const run = this.living?.id ?? 'a run that has ended';
      all.push(() => this.dispatch({ type: 'ready_lost', run, by, reason: 'refused' }));
      all.push(() => this.dispatch({ type: 'ready_again', run, by }));
    }
    all.push(() =>
      this.dispatch({ type: 'unhealthy', run: this.living?.id ?? 'a run that has ended', reason: '503' }),
    );
    if (this.living) all.push(() => this.changeInPlace((this.living?.release ?? 0) + 1));
    if (this.waiting)
      all.push(() => {
        this.waiting = false;
        this.dispatch({ type: 'delay_over' });
      });
    return all;
  }
}

const wishes = fc.record({
  running: fc.boolean(),
  release: fc.option(fc.integer({ min: 1, max: 3 })),
  generation: fc.nat(3),
});
const scripts = fc.array(
  fc.oneof(fc.record({ wish: wishes }), fc.record({ happens: fc.nat(16), after: fc.nat(90_000) })),
  {
    maxLength: 60,
  },
);

function play(
  world: World,
  script: readonly ({ wish: Wanted } | { happens: number; after: number })[],
): void {
  for (const entry of script) {
    if ('wish' in entry) world.dispatch({ type: 'wanted', wanted: entry.wish, reason: 'a wish' });
    else {
      world.now += entry.after;
      const all = world.happenings();
      all[entry.happens % Math.max(1, all.length)]?.();
    }
  }
}

test('whatever happens in whatever order, there is never a second process beside a first', () => {
  fc.assert(
    fc.property(scripts, (script) => play(new World(), script)),
    { numRuns: 2000 },
  );
});

test('left alone with a wish that can be met, it comes to be what is wanted', () => {
  fc.assert(
    fc.property(scripts, wishes, (script, wish) => {
      const world = new World();
      play(world, script);
      // A wish that is new in any case: what was given up is tried again for it.
      const wanted = { ...wish, generation: 100 };
      world.dispatch({ type: 'wanted', wanted, reason: 'the last wish' });
      // From here on everything goes well: the first of each pair of outcomes.
      for (let turn = 0; turn < 20; turn++) {
        if (world.launching || world.stopping || world.waiting || world.probing)
          world.happenings()[world.stopping || world.launching ? 0 : world.living ? 1 : 0]?.();
      }
      if (wantsRun(wanted)) {
        expect(world.state.phase.name).toBe('ready');
        expect(world.living).toMatchObject({ release: wanted.release, generation: 100 });
      } else {
        expect(world.state.phase.name).toBe('stopped');
        expect(world.living).toBeNull();
      }
    }),
    { numRuns: 2000 },
  );
});

test('the same wish again does not cut a back-off short, another one does', () => {
  const world = new World();
  const wanted = { running: true, release: 1, generation: 0 };
  world.dispatch({ type: 'wanted', wanted, reason: 'start' });
  for (let crash = 0; crash < 2; crash++) {
    world.happenings()[0]?.();
    world.living = null;
    world.dispatch({ type: 'exited', exit: { status: 1, signal: null, at: 0 }, why: 'crashed', lastedMs: 0 });
  }
  expect(world.state.phase.name).toBe('backoff');
  world.dispatch({ type: 'wanted', wanted, reason: 'again' });
  expect(world.state.phase.name).toBe('backoff');
  world.dispatch({ type: 'wanted', wanted: { ...wanted, release: 2 }, reason: 'another release' });
  expect(world.state.phase.name).toBe('launching');
});

test.each([-DAY_MS, 0, DAY_MS])(
  'how long a run lasted counts the crashes, not a wall clock that is set by %i ms',
  (setByMs) => {
    const startedAt = 10 * DAY_MS;
    const crashed = (lastedMs: number) => {
      const world = new World();
      world.state = { ...initialState(0), crashes: 3, wanted: { running: true, release: 1, generation: 0 } };
      world.dispatch({ type: 'adopted', run: runOf(1, 0, startedAt), wanted: world.state.wanted });
      world.now = startedAt + lastedMs + setByMs;
      const exit = { status: 1, signal: null, at: world.now };
      world.dispatch({ type: 'exited', exit, why: 'crashed', lastedMs });
      return world.state;
    };
    expect(crashed(policy.resetAfterMs)).toMatchObject({ crashes: 1, phase: { name: 'launching' } });
    expect(crashed(policy.resetAfterMs - 1)).toMatchObject({ crashes: 4, phase: { name: 'backoff' } });
  },
);

test('so does it for a run that never was ready, and was ended for that', () => {
  const world = new World();
  world.state = { ...initialState(0), crashes: 3, wanted: { running: true, release: 1, generation: 0 } };
  world.living = runOf(1, 0, 1);
  world.dispatch({ type: 'adopted', run: world.living, wanted: world.state.wanted });
  world.dispatch({ type: 'ready_timeout', afterMs: 90_000, unanswered: null });
  world.living = null;
  const exit = { status: null, signal: 'SIGTERM', at: 0 } as const;
  world.dispatch({ type: 'exited', exit, why: 'SIGTERM', lastedMs: 90_000 });
  world.dispatch({ type: 'cleared' });
  expect(world.state).toMatchObject({ crashes: 1, phase: { name: 'launching' } });
});

test.each([
  ['stopped by a person', { running: false, release: 1, generation: 0 }],
  ['restarted', { running: true, release: 1, generation: 1 }],
  ['rolled out', { running: true, release: 2, generation: 0 }],
])('a run whose end an earlier agent had begun is no crash when it has ended: %s', (_, wanted) => {
  const world = new World();
  world.living = runOf(1, 0, 1);
  world.dispatch({ type: 'adopted', run: world.living, wanted });
  world.living = null;
  world.dispatch({ type: 'exited', exit: { status: 0, signal: null, at: 0 }, why: 'status 0', lastedMs: 1 });
  world.dispatch({ type: 'cleared' });
  expect(world.state).toMatchObject({ crashes: 0, failures: 0, restarts: { crash: 0 } });
  expect(world.state.phase.name).toBe(wanted.running ? 'launching' : 'stopped');
});

test.each([
  [
    [
      'node:events:497',
      "      throw er; // Unhandled 'error' event",
      'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000',
      '    at Server.setupListenHandle [as _listen2] (node:net:1817:16)',
      "Emitted 'error' event on Server instance at:",
      '    at emitErrorNT (node:net:1796:8) {',
      "  code: 'EADDRINUSE',",
      '}',
      'Node.js v24.1.0',
    ],
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000',
  ],
  [['Traceback (most recent call last):', 'KeyError: 3'], 'KeyError: 3'],
  [['x', '** (RuntimeError) no database', '    (web 1.0.0) lib/web.ex:3'], '** (RuntimeError) no database'],
  [['panic: no database', '', 'goroutine 1 [running]:', 'exit status 2'], 'panic: no database'],
  [['connecting', 'it failed'], 'it failed'],
])('of the last words of a run, the line that says why is told', (stderr, telling) => {
  expect(whyEnded({ status: 1, signal: null, at: 0 }, stderr)).toBe(`exit status 1; on stderr: ${telling}`);
});

test('a run that is upgraded in place is the same, and must show anew that it is ready', () => {
  const world = readyWorld();
  const before = world.living;
  world.changeInPlace(2);
  expect(world.state).toMatchObject({
    wanted: { release: 2 },
    phase: { name: 'starting', run: { id: before?.id, pid: before?.pid, release: 2, kind: 'hot' } },
    crashes: 0,
    restarts: { crash: 0, forced: 0 },
  });
  world.happenings()[1]?.();
  expect(world.state.phase.name).toBe('ready');
  // What is wanted by then is what it runs already.
  world.dispatch({
    type: 'wanted',
    wanted: { running: true, release: 2, generation: 0 },
    reason: 'the same',
  });
  expect(world.state.phase.name).toBe('ready');
});

test('an upgrade of a run that is being stopped, or of another, changes nothing wanted', () => {
  const world = readyWorld();
  const before = world.state;
  world.dispatch({ type: 'changed_in_place', run: runOf(2, 0, 99), reason: 'late' });
  expect(world.state).toBe(before);
  world.dispatch({ type: 'wanted', wanted: { running: true, release: 3, generation: 0 }, reason: 'another' });
  world.changeInPlace(2);
  expect(world.state).toMatchObject({
    wanted: { release: 3 },
    phase: { name: 'stopping', run: { release: 2 } },
  });
});

test('an instance that does not answer is unready until who told so sees it answer', () => {
  const world = readyWorld();
  const run = world.living?.id ?? '';
  const tell = (type: 'ready_lost' | 'ready_again', by: 'sockets' | 'health', of = run) =>
    world.dispatch(
      type === 'ready_lost' ? { type, run: of, by, reason: `${by}: refused` } : { type, run: of, by },
    );
  tell('ready_lost', 'sockets', 'an earlier run');
  expect(world.state.phase.name).toBe('ready');
  tell('ready_lost', 'sockets');
  expect(world.state).toMatchObject({
    phase: { name: 'unready', run: { id: run } },
    reason: 'sockets: refused',
  });
  tell('ready_again', 'health');
  tell('ready_again', 'sockets', 'an earlier run');
  expect(world.state.phase.name).toBe('unready');
  tell('ready_again', 'sockets');
  expect(world.state).toMatchObject({ phase: { name: 'ready', run: { id: run } }, reason: 'ready again' });
  // Of both, health has the last word.
  tell('ready_lost', 'sockets');
  tell('ready_lost', 'health');
  tell('ready_lost', 'sockets');
  tell('ready_again', 'sockets');
  expect(world.state).toMatchObject({ phase: { name: 'unready' }, reason: 'health: refused' });
  tell('ready_again', 'health');
  expect(world.state.phase.name).toBe('ready');
  expect(world.stopping).toBe(false);
});

test('an unready instance is what is wanted as a ready one is, and its end is as unexpected', () => {
  const world = readyWorld();
  const lose = () =>
    world.dispatch({ type: 'ready_lost', run: world.living?.id ?? '', by: 'sockets', reason: 'refused' });
  lose();
  world.dispatch({
    type: 'wanted',
    wanted: { running: true, release: 1, generation: 0 },
    reason: 'the same',
  });
  expect(world.state.phase.name).toBe('unready');
  world.living = null;
  world.dispatch({ type: 'exited', exit: { status: 1, signal: null, at: 0 }, why: 'crashed', lastedMs: 0 });
  expect(world.state).toMatchObject({ phase: { name: 'launching' }, restarts: { crash: 1 }, failures: 1 });
  world.happenings()[0]?.();
  world.happenings()[1]?.();
  lose();
  world.dispatch({ type: 'wanted', wanted: { running: false, release: 1, generation: 0 }, reason: 'stop' });
  expect(world.state.phase.name).toBe('stopping');
});

test('an unhealthy instance is stopped and started as one that crashed, with what was asked', () => {
  const world = readyWorld();
  const reason = 'GET /health on port 4001: 503, 3 times in a row';
  world.dispatch({ type: 'unhealthy', run: 'an earlier run', reason });
  expect(world.stopping).toBe(false);
  for (let times = 1; times <= policy.maxRetries + 1; times++) {
    world.dispatch({ type: 'unhealthy', run: world.living?.id ?? '', reason });
    expect(world.state).toMatchObject({ phase: { name: 'stopping' }, reason });
    expect(world.stopping).toBe(true);
    world.happenings()[0]?.();
    expect(world.state).toMatchObject({ restarts: { crash: times, forced: 0 }, failures: times });
    expect(world.state.lastExit?.reason).toBe(reason);
    if (world.waiting) world.happenings().at(-1)?.();
    if (!world.launching) break;
    world.happenings()[0]?.();
    world.happenings()[1]?.();
  }
  expect(world.state).toMatchObject({
    phase: { name: 'failed' },
    reason: `${reason}; given up after ${policy.maxRetries} restarts`,
  });
});

test('a start that is not ready in time is ended with what was asked last, and counted', () => {
  const world = new World();
  world.dispatch({ type: 'wanted', wanted: { running: true, release: 1, generation: 0 }, reason: 'start' });
  world.happenings()[0]?.();
  world.dispatch({ type: 'ready_timeout', afterMs: 2000, unanswered: 'GET / on port 4001: 503' });
  world.happenings()[0]?.();
  expect(world.state.lastExit?.reason).toBe('not ready within 2.0s; GET / on port 4001: 503');
  expect(world.state).toMatchObject({ restarts: { crash: 1 }, failures: 1, phase: { name: 'launching' } });
});

/** Runs release 1. */
function readyWorld(): World {
  const world = new World();
  world.dispatch({ type: 'wanted', wanted: { running: true, release: 1, generation: 0 }, reason: 'start' });
  world.happenings()[0]?.();
  world.happenings()[1]?.();
  expect(world.state.phase.name).toBe('ready');
  return world;
}

test.each([
  [false, 1],
  [true, 0],
])('a restart is counted as forced, one by its schedule (%s) is not', (isScheduled, forced) => {
  const world = readyWorld();
  const { release } = world.state.wanted;
  const wanted = { running: true, release, generation: 1 };
  world.dispatch({ type: 'wanted', wanted, reason: 'restarted', ...(isScheduled && { isScheduled }) });
  // What is said meanwhile makes it no other restart.
  world.dispatch({ type: 'wanted', wanted, reason: 'the configuration was applied' });
  world.living = null;
  world.dispatch({ type: 'cleared' });
  expect(world.state).toMatchObject({ phase: { name: 'launching' }, restarts: { crash: 0, forced } });
});

test('one that is held is not started, says for what it waits, and is started once it is let go', () => {
  const world = new World();
  const wanted: Wanted = { running: true, release: 1, generation: 0 };
  world.dispatch({ type: 'wanted', wanted: { ...wanted, held: true }, reason: 'waits for db (after)' });
  expect(world.state).toMatchObject({ phase: { name: 'stopped' }, reason: 'waits for db (after)' });
  expect(world.launching).toBe(false);
  world.dispatch({ type: 'wanted', wanted, reason: 'started after db' });
  expect(world.launching).toBe(true);
});
