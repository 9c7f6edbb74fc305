// OTP Design Principles, chapter "Release Handling", section "Installing a Release".
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { formatDuration, messageOf, SlipwayError, sleep, systemClock } from '../../kernel/index.ts';
import { answered } from '../answer.ts';
import type { Call } from '../call.ts';
import { applyInstruction, evaluate } from '../evaluate.ts';
import { isAtom, tagged, words } from '../shape.ts';
import { atom, binary, charlist, type Term, tuple } from '../term/index.ts';
import { bootsFromCopy, sysConfig } from './boot-configuration.ts';
import { BEGIN, COMMIT, FORGET, INSTALLING, SWITCH } from './expressions.ts';
import { HotUpgradeError, type HotUpgradeOutcome } from './failure.ts';
import {
  checkInstall,
  type HotState,
  hotState,
  installRelease,
  isRebooting,
  makePermanent,
  makeRelup,
  setRemoved,
  setUnpacked,
} from './handler.ts';
import { restartsVm } from './instructions.ts';
import { bringRelease, type Owner, ownParts } from './place.ts';
import { prebuiltScript } from './prebuilt.ts';
import { prepareConfiguration } from './prepare.ts';
import { readRel } from './rel.ts';
import { findScript, relupText, type Script } from './relup.ts';

/** In this order; but `remove` comes first where an attempt before left something, and last where one is undone. */
export type HotStep =
  | 'remove'
  | 'copy'
  | 'set_unpacked'
  | 'relup'
  | 'configuration'
  | 'check_install'
  | 'install'
  | 'make_permanent'
  | 'forget';

/** `wait`: they are waited for; `soft`: nothing is begun where there are some; `brutal`: they are ended. */
export type Purge = 'wait' | 'soft' | 'brutal';

export interface HotUpgradeOptions {
  call: Call;
  /** The copy that the VM runs in, as it calls it (`code:root_dir/0`). It is changed: nothing may be booted from it afterwards. */
  root: string;
  /** The release that runs, as it was unpacked. */
  running: string;
  /** The release that is wanted, as it was unpacked. */
  pristine: string;
  from: string;
  to: string;
  /** Whose appups count: `up`, those of the wanted release; `down`, those of the running one (`compareReleases`). */
  direction: 'up' | 'down';
  /** Whom the copy belongs to; null: the agent's own user. */
  owner: Owner | null;
  /** A line for each step that was done, with its time. */
  say: (line: string) => void;
  /** Called before each step that changes something, and waited for. */
  beforeStep?: (step: HotStep) => void | Promise<void>;
  /** How long one process is waited for: until it is suspended, in its code_change, and until it is done with old code. */
  processTimeoutMs: number;
  /** What becomes of processes that still run code of the release before the running one, where that is loaded anew. */
  purge: Purge;
}

/** What tells one attempt from another in the VM. */
type Attempt = HotUpgradeOptions & { token: string };

/** The .rel files in the copy, each without its ending. */
interface Stems {
  running: string;
  wanted: string;
}

const EVALUATE_TIMEOUT_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/**
 * Changes a running release into another one without a restart. Asked again after having been cut short at any point, it
 * goes on or starts over; where the VM has the release for good already, it resolves at once.
 * @throws HotUpgradeError, whose `outcome` says what became of the app
 */
export async function hotUpgrade(options: HotUpgradeOptions): Promise<void> {
  const { call, to } = options;
  const steps = new Steps(options);
  const state = await hotState({ call }).catch((error: unknown) =>
    fail(isTimeout(error) ? 'unknown' : 'not_begun', error),
  );
  if (state.current === to && state.permanent === to) {
    if (!(await isLeftOver(options))) return;
  } else {
    if (state.current !== to) await bring(options, steps, state);
    try {
      await steps.take('make_permanent', () => makePermanent(call, to));
    } catch (error) {
      fail('installed', error);
    }
  }
  // It is a matter of memory alone: what was prepared is replaced the next time.
  await steps.take('forget', () => run(call, FORGET, {})).catch(() => {});
}

/**
 * Whether there is something to be forgotten in a VM that has the wanted release for good. Where it is the release before one
 * whose installation was begun, that was refused, or cut short as it began.
 */
async function isLeftOver({ call, to }: HotUpgradeOptions): Promise<boolean> {
  const installing = words(
    await run(call, INSTALLING, {}).catch((error: unknown) =>
      fail(isTimeout(error) ? 'unknown' : 'not_begun', error),
    ),
  );
  if (installing !== '' && installing !== to)
    fail(
      'refused',
      new SlipwayError('upgrade_failed', { message: `${installing} was to be installed over ${to}` }),
    );
  return installing !== '';
}

async function bring(options: HotUpgradeOptions, steps: Steps, state: HotState): Promise<void> {
  const { from } = options;
  if (state.current !== from)
    fail('not_begun', new SlipwayError('upgrade_failed', { message: `${state.current} runs, not ${from}` }));
  const attempt = { ...options, token: randomUUID() };
  await begin(attempt, steps, state);
  await steps.take('install', () => install(options, attempt.token));
}

/** All that leaves the running app as it is. */
async function begin(options: Attempt, steps: Steps, state: HotState): Promise<void> {
  const { call, root, pristine, from, to, owner, token } = options;
  let parts: string[] = [];
  try {
    const [running, wanted] = [readRel(options.running, from), readRel(pristine, to)];
    const stems = {
      running: path.join(root, path.relative(options.running, running.stem)),
      wanted: path.join(root, path.relative(pristine, wanted.stem)),
    };
    parts = ownParts(running, wanted);
    // A way that was cut short: what it installed is what runs, and what would be booted is what is to be removed.
    if (state.permanent !== from) await steps.take('make_permanent', () => makePermanent(call, from));
    await steps.take('remove', async () => {
      await remove(options, parts);
      await run(call, BEGIN, { Token: token });
    });
    await steps.take('copy', () => bringRelease({ root, pristine, owner }));
    await steps.take('set_unpacked', () => setUnpacked(call, `${stems.wanted}.rel`));
    await steps.take('relup', () => placeRelup(options, stems));
    await steps.take('configuration', () => prepareConfiguration(call, { root, to, token }));
    await steps.take('check_install', () => check(options));
  } catch (error) {
    await steps
      .take('remove', () => remove(options, parts))
      .catch((failed: unknown) => options.say(`what was brought is still there: ${messageOf(failed)}`));
    fail('not_begun', error);
  }
}

/** The VM deletes, with the rights that it has: whose the copy is may have put links into it. */
async function remove({ call, root, to }: HotUpgradeOptions, parts: readonly string[]): Promise<void> {
  await run(call, FORGET, {});
  await setRemoved(call, to);
  for (const part of parts) {
    const answer = await call('file', 'del_dir_r', [charlist(path.join(root, part))]);
    if (!isAtom(tagged(answer, 'error')?.[0], 'enoent')) answered(answer, 'ok', `deleting ${part}`);
  }
}

async function placeRelup(options: Attempt, stems: Stems): Promise<void> {
  const { call, root, running, pristine, from, to, token, purge } = options;
  const prebuilt = prebuiltScript({ running, wanted: pristine }, { from, to });
  const script = prebuilt?.script ?? (await makeScript(options, stems));
  if (restartsVm(script.instructions))
    throw new SlipwayError('upgrade_failed', { message: `the relup from ${from} to ${to} restarts the VM` });
  const switching = await applyInstruction(call, { source: SWITCH, bindings: { From: from, Token: token } });
  const last = await environmentOf(options);
  const brutal = purge === 'brutal';
  const text = relupText({ from, to, script, switching: [switching], last, brutal });
  const file = charlist(path.join(root, 'releases', to, 'relup'));
  answered(await call('file', 'write_file', [file, binary(text)]), 'ok', 'writing the relup');
}

/**
 * What the script that started the VM has set, and is another for the new release: programs read RELEASE_VSN to say which
 * version they are, and Elixir is configured by RELEASE_SYS_CONFIG when the VM reboots itself.
 */
async function environmentOf({ call, root, pristine, to }: HotUpgradeOptions): Promise<Term[]> {
  const variables = { RELEASE_VSN: to, RELEASE_SYS_CONFIG: sysConfig(root, to) };
  const instructions: Term[] = [];
  for (const [name, value] of Object.entries(variables)) {
    if (name === 'RELEASE_SYS_CONFIG' && bootsFromCopy(pristine, to)) continue;
    if (isAtom(await call('os', 'getenv', [charlist(name)]), 'false')) continue;
    const args = [charlist(name), charlist(value)];
    instructions.push(tuple(atom('apply'), tuple(atom('os'), atom('putenv'), args)));
  }
  return instructions;
}

async function makeScript(options: HotUpgradeOptions, { running, wanted }: Stems): Promise<Script> {
  const { call, root, from, to, direction, say } = options;
  const { relup, warnings } =
    direction === 'up'
      ? await makeRelup(call, { root, top: wanted, ups: [running], downs: [] })
      : await makeRelup(call, { root, top: running, ups: [], downs: [wanted] });
  for (const warning of warnings) say(`relup: ${warning}`);
  const script = findScript(relup, { from, to });
  if (script) return script;
  throw new SlipwayError('upgrade_failed', { message: `systools made no relup from ${from} to ${to}` });
}

async function check({ call, from, to, say, purge, processTimeoutMs }: HotUpgradeOptions): Promise<void> {
  const deadline = systemClock.monotonicMs() + processTimeoutMs;
  for (let saidOf = ''; ; await sleep(LOOK_AGAIN_MS)) {
    const checked = await checkInstall(call, to);
    if ('from' in checked) {
      if (checked.from === from) return;
      throw new SlipwayError('upgrade_failed', {
        message: `the relup is from ${checked.from}, not from ${from}`,
      });
    }
    const old = `processes that still run older code of ${checked.busy.replace(/^Elixir\./, '')}`;
    if (purge === 'soft') throw new SlipwayError('upgrade_failed', { message: `there are ${old}` });
    if (saidOf !== checked.busy) say(`check_install: waits for ${old}`);
    saidOf = checked.busy;
    if (systemClock.monotonicMs() > deadline)
      throw new SlipwayError('timeout', {
        message: `waited ${formatDuration(processTimeoutMs)} in vain for ${old}`,
      });
  }
}

async function install({ call, to, processTimeoutMs }: HotUpgradeOptions, token: string): Promise<void> {
  const isReady = await run(call, COMMIT, { To: to, Token: token }).catch((error: unknown) =>
    fail('not_begun', error),
  );
  if (!isAtom(isReady, 'true'))
    fail(
      'not_begun',
      new SlipwayError('upgrade_failed', { message: `another upgrade than this one to ${to} was begun` }),
    );
  try {
    await installRelease(call, { version: to, processTimeoutMs });
  } catch (error) {
    if (!(error instanceof SlipwayError && error.code === 'otp_call')) return fail('unknown', error);
    // A connection that ends now does so because of the reboot.
    return fail((await isRebooting(call).catch(() => true)) ? 'rebooted' : 'refused', error);
  }
}

function run(call: Call, source: string, bindings: Record<string, string>): Promise<Term> {
  return evaluate(call, { source, bindings, timeoutMs: EVALUATE_TIMEOUT_MS });
}

function isTimeout(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === 'otp_timeout';
}

function fail(outcome: HotUpgradeOutcome, cause: unknown): never {
  if (cause instanceof HotUpgradeError) throw cause;
  throw new HotUpgradeError(outcome, { message: messageOf(cause), cause });
}

class Steps {
  private readonly options: HotUpgradeOptions;

  constructor(options: HotUpgradeOptions) {
    this.options = options;
  }

  async take<T>(step: HotStep, work: () => Promise<T>): Promise<T> {
    await this.options.beforeStep?.(step);
    const start = systemClock.monotonicMs();
    try {
      const result = await work();
      this.options.say(`${step}: ${(systemClock.monotonicMs() - start).toFixed(1)} ms`);
      return result;
    } catch (error) {
      this.options.say(
        `${step}: failed after ${(systemClock.monotonicMs() - start).toFixed(1)} ms: ${messageOf(error)}`,
      );
      throw error;
    }
  }
}
