/** A tiny program to keep alive, in so many copies; each copy gets the same arguments. */
export interface Program {
  program: string;
  args: string[];
  copies: number;
}

export interface Supervisor {
  /** The pid of the process that watches. */
  pid: number;
  /** Files with the standard output of its programs, rotated ones too. */
  outputFiles: () => string[];
  stop(): Promise<void>;
}

export interface Contender {
  name: string;
  start: (folder: string, work: Program) => Promise<Supervisor>;
}
