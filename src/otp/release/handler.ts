// SASL Reference Manual, release_handler(3).

import { SlipwayError } from '../../kernel/index.ts';
import { answered } from '../answer.ts';
import type { Call } from '../call.ts';
import { elementsOf, isAtom, itemsOf, tagged, words } from '../shape.ts';
import { atom, charlist, type Term, tuple } from '../term/index.ts';
import { describeCodeChange } from './code-change.ts';
import { LOADING_PLACE } from './expressions.ts';

const INSTALL_TIMEOUT_MS = 10 * 60_000;

export interface HotState {
  /** What runs. */
  current: string;
  /** What the VM would boot by itself. */
  permanent: string;
  /** Every version that the VM knows of, with its status (unpacked, current, permanent, old). */
  releases: readonly { name: string; version: string; status: string }[];
}

/** What the VM says of its releases: where it is in the middle of an installation, when that is done. */
export async function hotState({ call }: { call: Call }): Promise<HotState> {
  const releases = itemsOf(
    await call('release_handler', 'which_releases', [], { timeoutMs: INSTALL_TIMEOUT_MS }),
  ).map((release) => {
    const [name, version, , status] = elementsOf(release);
    return { name: words(name), version: words(version), status: words(status) };
  });
  const of = (status: string) => releases.find((release) => release.status === status)?.version;
  const permanent = of('permanent') ?? '';
  return { current: of('current') ?? permanent, permanent, releases };
}

/** Makes a release that lies in its place known. Directories of applications are those of the VM's root. */
export async function setUnpacked(call: Call, relFile: string): Promise<void> {
  const answer = await call('release_handler', 'set_unpacked', [charlist(relFile), []]);
  answered(answer, 'ok', 'release_handler:set_unpacked');
}

/** Has it forgotten where it is known, and leaves its files. Never `remove_release`: it deletes what other releases need. */
export async function setRemoved(call: Call, version: string): Promise<void> {
  const answer = await call('release_handler', 'set_removed', [charlist(version)]);
  if (tagged(tagged(answer, 'error')?.[0], 'no_such_release') === null)
    answered(answer, 'ok', 'release_handler:set_removed');
}

/**
 * The version that could be upgraded from, or the module whose code before last a process still runs: it could be loaded
 * once more only by ending that process.
 */
export async function checkInstall(
  call: Call,
  version: string,
): Promise<{ from: string } | { busy: string }> {
  const answer = await call('release_handler', 'check_install_release', [charlist(version)]);
  const [busy] = tagged(tagged(answer, 'error')?.[0], 'old_processes') ?? [];
  if (busy !== undefined) return { busy: words(busy) };
  return { from: words(answered(answer, 'ok', 'release_handler:check_install_release')[0]) };
}

/**
 * Rejects with `otp_call` where the VM refused, or failed half-way: then it reboots itself (see `isRebooting`).
 *
 * `processTimeoutMs`: how long a process that is busy when it is to be suspended is waited for (after that OTP changes it
 * without its code_change), and each code_change, which has five seconds by itself, whatever an appup says.
 */
export async function installRelease(
  call: Call,
  { version, processTimeoutMs }: { version: string; processTimeoutMs: number },
): Promise<void> {
  const options = [
    tuple(atom('update_paths'), atom('true')),
    tuple(atom('suspend_timeout'), processTimeoutMs),
    tuple(atom('code_change_timeout'), processTimeoutMs),
    tuple(atom('error_action'), atom('restart')),
  ];
  const timeoutMs = INSTALL_TIMEOUT_MS + 2 * processTimeoutMs;
  const answer = await call('release_handler', 'install_release', [charlist(version), options], {
    timeoutMs,
  });
  const told = describeCodeChange(tagged(answer, 'error')?.[0] ?? answer);
  if (told !== null) throw new SlipwayError('otp_call', { message: told, cause: answer });
  if (isLoadFailure(tagged(answer, 'error')?.[0]))
    throw new SlipwayError('otp_call', { message: await describeLoad(call), cause: answer });
  answered(answer, 'ok', 'release_handler:install_release');
}

/** `{'EXIT', {{badmatch, {error, on_load_failure}}, Stack}}`, which names no module: code_server logs the rest. */
function isLoadFailure(reason: Term | undefined): boolean {
  const [cause] = elementsOf(tagged(reason, 'EXIT')?.[0]);
  return isAtom(tagged(tagged(cause, 'badmatch')?.[0], 'error')?.[0], 'on_load_failure');
}

async function describeLoad(call: Call): Promise<string> {
  const module = await call('persistent_term', 'get', [atom(LOADING_PLACE), atom('unknown')]).catch(
    () => undefined,
  );
  const which = words(module).replace(/^Elixir\./, '') || 'a module';
  return `${which} could not be loaded: its on_load function failed (mostly a NIF whose library is missing, does not fit or cannot be upgraded); the log of the app says how`;
}

export async function makePermanent(call: Call, version: string): Promise<void> {
  const answer = await call('release_handler', 'make_permanent', [charlist(version)]);
  answered(answer, 'ok', 'release_handler:make_permanent');
}

/** After a failed installation release_handler tells init to reboot before it answers anything, or never does. */
export async function isRebooting(call: Call): Promise<boolean> {
  await call('release_handler', 'which_releases', []);
  const [internal] = elementsOf(await call('init', 'get_status', []));
  return isAtom(internal, 'stopping');
}

/**
 * The relup between two releases whose files both lie in the VM's root, made by systools there; with its warnings in words.
 * `top` is the one whose appups are used; stems are paths of .rel files without `.rel`.
 */
export async function makeRelup(
  call: Call,
  { root, top, ups, downs }: { root: string; top: string; ups: string[]; downs: string[] },
): Promise<{ relup: Term; warnings: string[] }> {
  const path = tuple(atom('path'), [charlist(`${root}/lib/*/ebin`)]);
  const options = [atom('silent'), atom('noexec'), path];
  const answer = await call('systools', 'make_relup', [
    charlist(top),
    ups.map(charlist),
    downs.map(charlist),
    options,
  ]);
  const [module, error] = tagged(answer, 'error') ?? [];
  if (module !== undefined && error !== undefined) {
    const text = await call('unicode', 'characters_to_binary', [
      await call(words(module), 'format_error', [error]),
    ]);
    answered(tuple(atom('error'), text), 'ok', 'systools:make_relup');
  }
  const [relup = [], , warnings] = answered(answer, 'ok', 'systools:make_relup');
  return { relup, warnings: await Promise.all(itemsOf(warnings).map((each) => describeWarning(call, each))) };
}

async function describeWarning(call: Call, warning: Term): Promise<string> {
  const text = await call('systools_relup', 'format_warning', [warning]);
  return words(await call('unicode', 'characters_to_binary', [text])).trim();
}
