import { SlipwayError } from '../../kernel/index.ts';

/**
 * What became of a hot upgrade that failed:
 *  - `not_begun`: what was brought was taken away again; the app runs as before;
 *  - `rebooted`: it failed half-way, and the VM reboots itself on the release before, in the same process;
 *  - `refused`: the VM would not install it, and had dropped configuration that was made when it was booted: start it anew;
 *  - `installed`: the new release runs, and the VM was not told to boot it: ask again;
 *  - `unknown`: the connection was lost, or nothing answered, while it was being installed: ask `hotState` on a new one.
 */
export type HotUpgradeOutcome = 'not_begun' | 'rebooted' | 'refused' | 'installed' | 'unknown';

const HINTS: Record<HotUpgradeOutcome, string> = {
  not_begun: 'the running app is as it was',
  rebooted: 'the VM reboots itself on the release before; the state of its processes is lost',
  refused: 'the release before runs on, and may have lost configuration: it is to be started anew',
  installed: 'the new release runs; the VM would boot the one before',
  unknown: 'which release runs is to be asked on a new connection',
};

export class HotUpgradeError extends SlipwayError {
  readonly outcome: HotUpgradeOutcome;

  constructor(outcome: HotUpgradeOutcome, { message, cause }: { message: string; cause?: unknown }) {
    super('upgrade_failed', { message, hint: HINTS[outcome], cause });
    this.name = 'HotUpgradeError';
    this.outcome = outcome;
  }
}
