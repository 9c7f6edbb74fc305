/** Processes of which one at a time works on something, and which the next one can end, whoever has started them. */
export interface Containment {
  /** The command line that runs a program as one of them. */
  enter(argv: readonly string[]): string[];
  /** Ends all of them; resolves when nothing is left. */
  end(): Promise<void>;
}
