import type { Run, RunExit } from './run.ts';

/** What an instance should be. It works towards it by itself, whatever it finds. */
export interface Wanted {
  running: boolean;
  /** Number of the release; null while there is none. */
  release: number | null;
  /** A run of an older generation is replaced: that is how a restart is asked for. */
  generation: number;
  /** It is to run, and is not started yet: others come first. */
  held?: true;
}

/** Who looks after an instance that was ready once: who looks at listening sockets, and who asks for its health. */
export type Observer = 'sockets' | 'health';

/** Where an instance is. `launching` and `clearing` hold no run of their own yet; both are shown as `starting`. */
export type Phase =
  | { name: 'stopped' }
  | { name: 'launching' }
  /** `mayServe`: it came up before, and may have been ready all along. */
  | { name: 'starting'; run: Run; mayServe: boolean }
  | { name: 'ready'; run: Run }
  /** It was ready, lives, and does not answer now. Only who told it so can tell that it answers again. */
  | { name: 'unready'; run: Run; toldBy: Observer }
  /** `isScheduled`: it is restarted by its schedule, which is no restart that anybody forced. */
  | { name: 'stopping'; run: Run; crashed: boolean; isScheduled?: true }
  | { name: 'backoff' }
  | { name: 'failed' };

export interface InstanceState {
  wanted: Wanted;
  phase: Phase;
  /** Why it is so, for a person. */
  reason: string;
  /** When the phase began. */
  since: number;
  /** Unexpected exits in a row. */
  crashes: number;
  /** How often it ended unexpectedly or could not be started, in all. */
  failures: number;
  restarts: { crash: number; forced: number };
  lastExit: (RunExit & { reason: string; lastedMs: number }) | null;
}

interface InstanceEvents {
  wanted: { wanted: Wanted; reason: string; isScheduled?: true };
  /** An earlier agent started it, and may have begun to end it: `wanted` says whether it is to go on. */
  adopted: { run: Run; wanted: Wanted };
  launched: { run: Run };
  launch_failed: { reason: string };
  /** Its code was changed in place: the process is the same, with another release or as it was. It must show again that it is ready. */
  changed_in_place: { run: Run; reason: string };
  ready: unknown;
  /** `unanswered`: what it was asked last and what came of that, where it was asked. */
  ready_timeout: { afterMs: number; unanswered: string | null };
  /** Run `run` does not answer any more, or does again. Of a run that has ended meanwhile nothing follows. */
  ready_lost: { run: string; by: Observer; reason: string };
  ready_again: { run: string; by: Observer };
  /** It has not answered for so long that a new start is to mend it. */
  unhealthy: { run: string; reason: string };
  /** `lastedMs`: how long the run did, whatever became of the wall clock. */
  exited: { exit: RunExit; why: string; lastedMs: number };
  cleared: unknown;
  delay_over: unknown;
}

export type InstanceEvent<T extends keyof InstanceEvents = keyof InstanceEvents> = {
  [Each in T]: { type: Each } & InstanceEvents[Each];
}[T];

export type InstanceEffect =
  | { type: 'launch' }
  | { type: 'stop'; run: Run }
  | { type: 'probe'; run: Run }
  | { type: 'wait'; delayMs: number }
  | { type: 'cancel_timers' }
  /** Somebody should know: a run ended though nobody asked for it. */
  | { type: 'crashed'; run: Run; exit: RunExit; reason: string }
  | { type: 'ended'; run: Run; exit: RunExit; reason: string };

export interface Transition {
  state: InstanceState;
  effects: InstanceEffect[];
}
