/** One life of a process. The id is the name of its files in `<data>/run`. */
export interface Run {
  id: string;
  /** The app's id. */
  app: string;
  /** `1` for instance 1, `queue.1` for a worker; `pre-12-1`, `hook-12-1` of deployment 12; `cron-nightly`. */
  unit: string;
  /** It has the second of the two slots that an instance behind the proxy has, with a port and a node name of its own. */
  spare?: true;
  /** Number of the release that it runs. The id has the one that it was started with: an upgrade in place changes this one alone. */
  release: number;
  /** How it got its release: it was started with it, or upgraded in place. */
  kind: 'full' | 'hot';
  /** Counted up for every restart that a person or the configuration asked for. */
  generation: number;
  pid: number;
  startTicks: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

/** `startTicks` of a run of another boot, or of another pid namespace: no living process is taken for it. */
export const NOT_HERE = -1;

/** Whether it was started since the host was, so that whoever ended it was not the host. */
export function isOfThisBoot({ startTicks }: Run): boolean {
  return startTicks !== NOT_HERE;
}

export interface RunExit {
  /** Null where a signal ended it, or where nobody saw it end. */
  status: number | null;
  signal: NodeJS.Signals | null;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface RunName {
  app: string;
  unit: string;
  spare?: true;
  release: number;
  generation: number;
}

/** `1`; `1b` where the run has the spare slot of instance 1. */
export function slotOf({ unit, spare }: { unit: string; spare?: boolean }): string {
  return spare ? `${unit}b` : unit;
}

/** `<app>.<slot>.<release>.<generation>.<sequence>`: says all that a later agent needs, without the journal. */
export function formatRunId(name: RunName, sequence: string): string {
  return [name.app, slotOf(name), name.release, name.generation, sequence].join('.');
}

export function parseRunId(id: string): RunName | null {
  const match = /^([a-z][a-z0-9_@-]*)\.([a-z0-9_-]+(?:\.\d+)?)\.(\d+)\.(\d+)\.([a-z0-9]+)$/.exec(id);
  if (!match?.[1] || !match[2]) return null;
  const isSpare = /^\d+b$/.test(match[2]);
  const unit = isSpare ? match[2].slice(0, -1) : match[2];
  const name = { app: match[1], unit, release: Number(match[3]), generation: Number(match[4]) };
  return isSpare ? { ...name, spare: true } : name;
}

/** Whether a unit is that of an instance, which is kept running; else it runs once. */
export function isInstance(unit: string): boolean {
  return /^\d+$|\.\d+$/.test(unit);
}

/** `exit status 1`, `SIGKILL`, `unknown exit`. */
export function describeExit(exit: { status: number | null; signal: string | null }): string {
  if (exit.signal !== null) return exit.signal;
  return exit.status === null ? 'an exit that nobody saw' : `exit status ${exit.status}`;
}
