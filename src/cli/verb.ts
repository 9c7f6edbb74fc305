import type { Session } from './session.ts';

/** What a verb does with its arguments and, last, its options. Gives the exit status, if it is not 0. */
export type Verb = (session: Session, ...params: never[]) => Promise<number | undefined | void>;

/** Runs the agent until it is told to stop. Handed in from outside: the command line does not depend on the agent. */
export type RunAgent = (options: { configFile: string | null; stopApps: boolean }) => Promise<void>;
