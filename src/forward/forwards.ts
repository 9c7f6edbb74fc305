import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ForwardConfiguration } from '../config/index.ts';
import { type Clock, nextTick, unawaited } from '../kernel/index.ts';
import { type Account, type ContainedTools, logSpan } from '../supervisor/index.ts';
import { Forward } from './forward.ts';
import type { ForwardState } from './forward-state.ts';
import { Positions } from './positions.ts';
import { SentLog } from './sent-log.ts';
import { identityOf, targetOf } from './targets.ts';

/** One look for all logs of all apps: an event for each write would slow the writers down. */
const LOOK_MS = 1000;
/** What an app has written last is waited for so long when it is taken away. */
const FINISH_MS = 3000;

export interface ForwardedLog {
  unit: string;
  stream: 'stdout' | 'stderr';
  file: string;
}

/** An app whose log goes elsewhere, too. */
export interface Forwarded {
  /** What its lines are said to be of: the id of an app, `slipway`. */
  app: string;
  /** What it is remembered by, where that is something else. */
  id?: string;
  targets: readonly ForwardConfiguration[];
  logs: readonly ForwardedLog[];
  /** Whom its programs run as: another one ends those that run. */
  user: string | null;
  account: () => Promise<Account | null>;
  releaseOf: (unit: string) => string | null;
}

export interface ForwardsOptions {
  dataDirectory: string;
  clock: Clock;
  contain: (name: string) => ContainedTools;
  say: (app: string | null, message: string) => void;
}

/**
 * Sends lines of logs on, beside the files, which stay what is true: each target of each app for itself, so that none waits for another.
 * At least once: after a kill what was sent in the last seconds is sent again.
 */
export class Forwards {
  private readonly options: ForwardsOptions;
  private readonly positions: Positions;
  private readonly byKey = new Map<string, Forward>();
  /** As each was made. */
  private readonly madeOf = new WeakMap<Forward, { target: ForwardConfiguration; user: string | null }>();
  private cancelTimer: (() => void) | null = null;
  private lookedMs = 0;
  private isOver = false;

  constructor(options: ForwardsOptions) {
    this.options = options;
    this.positions = new Positions({
      file: path.join(options.dataDirectory, 'forward', 'positions.json'),
      clock: options.clock,
      onProblem: (problem) =>
        options.say(
          null,
          problem === null
            ? 'how far logs were forwarded is noted again'
            : `how far logs were forwarded cannot be noted: ${problem}; after a kill more is sent twice`,
        ),
    });
  }

  /**
   * An app, or what has changed of it. Of a log that a target has never had it gets what is written from now on. Where each begins is on the
   * disk when this returns.
   */
  set(app: Forwarded): void {
    const { id = app.app } = app;
    const wanted = new Map(app.targets.map((each) => [keyOf(id, each), each]));
    for (const [key, forward] of this.of(id)) {
      if (wanted.has(key)) continue;
      this.byKey.delete(key);
      const forget = () => this.positions.forget((each) => each === key);
      unawaited(forward.stop().then(forget), `the end of forwarding to ${forward.target.name}`);
    }
    let isNew = false;
    for (const [key, target] of wanted) {
      const former = this.byKey.get(key);
      const isSame = former && isDeepStrictEqual(this.madeOf.get(former), { target, user: app.user });
      // Another one goes on where it is; what is under way is sent by both.
      if (former && !isSame) unawaited(former.stop(), `the end of forwarding to ${former.target.name}`);
      const forward = isSame ? former : this.make(app, { key, target });
      this.byKey.set(key, forward);
      isNew = this.follow(forward, { key, logs: app.logs }) || isNew;
    }
    if (isNew) this.positions.note();
    if (this.byKey.size > 0 && this.cancelTimer === null) this.tick();
  }

  /** It is configured no longer, and has ended: what it wrote last is sent, where the targets take it. */
  async remove(app: string): Promise<void> {
    const forwards = [...this.of(app)];
    for (const [key] of forwards) this.byKey.delete(key);
    await Promise.all(
      forwards.map(async ([key, forward]) => {
        await forward.finish(FINISH_MS);
        await forward.stop();
        this.positions.forget((each) => each === key);
      }),
    );
  }

  states(): ForwardState[] {
    return [...this.byKey.values()].map((forward) => forward.state());
  }

  /** `finish`: the apps have ended, and what they wrote last is sent first. */
  async close({ finish }: { finish: boolean }): Promise<void> {
    this.isOver = true;
    this.cancelTimer?.();
    const all = [...this.byKey.values()];
    if (finish) await Promise.all(all.map((forward) => forward.finish(FINISH_MS)));
    await Promise.all(all.map((forward) => forward.stop()));
    if (all.length > 0) await this.positions.close();
  }

  private make(app: Forwarded, { key, target }: { key: string; target: ForwardConfiguration }): Forward {
    const { clock, contain, say } = this.options;
    const forward: Forward = new Forward({
      app: app.app,
      clock,
      releaseOf: app.releaseOf,
      target: targetOf(target, {
        app: app.app,
        host: os.hostname(),
        account: app.account,
        contain: () => contain(`forward-${hashOf(key)}`),
        onLost: (why) => forward.lost(why),
      }),
      reached: (log, position) => this.positions.set(key, log.name, position),
      say: (message) => say(app.app, message),
    });
    this.madeOf.set(forward, { target, user: app.user });
    return forward;
  }

  /** Whether there is one that was never sent. */
  private follow(forward: Forward, { key, logs }: { key: string; logs: readonly ForwardedLog[] }): boolean {
    let isNew = false;
    const { pieceBytes, settleMs } = forward.target;
    const followed = logs.map(({ unit, stream, file }) => {
      const known = forward.followed().find((each) => each.unit === unit && each.stream === stream);
      if (known) return known;
      const noted = this.positions.of(key, `${unit} ${stream}`);
      const { end } = logSpan(file);
      // What a power loss took from a log is missing at its end: that is no other log.
      const from = noted === null || (noted > end && !this.positions.isOfThisBoot) ? end : noted;
      isNew ||= noted === null;
      this.positions.set(key, `${unit} ${stream}`, from);
      return new SentLog({ unit, stream, file, from, pieceBytes, settleMs });
    });
    // Of fewer replicas those that end have something to say still.
    const ending = forward.followed().filter((each) => !followed.includes(each));
    forward.follow([...followed, ...ending]);
    return isNew;
  }

  private tick(): void {
    if (this.isOver) return;
    const now = this.options.clock.monotonicMs();
    const withinMs = now - this.lookedMs;
    this.lookedMs = now;
    for (const forward of this.byKey.values()) forward.look(withinMs);
    if (this.byKey.size === 0) {
      this.cancelTimer = null;
      return;
    }
    this.cancelTimer = this.options.clock.after(nextTick(now, LOOK_MS) - now, () => this.tick());
  }

  private *of(app: string): Generator<[string, Forward]> {
    for (const [key, forward] of this.byKey) if (key.startsWith(`${app} `)) yield [key, forward];
  }
}

function keyOf(app: string, target: ForwardConfiguration): string {
  return `${app} ${identityOf(target)}`;
}

/** A name for a control group. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
