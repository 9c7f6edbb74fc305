/** A machine of its own, with a systemd, on which a test may do as it likes. */
export interface Machine {
  /** What a shell of root there prints; rejects where it fails. */
  run(command: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Path on this side by which a Unix socket of the machine is reached. */
  socket(file: string): string;
}
