import fs from 'node:fs';
import path from 'node:path';

/** The wall clock of one process, by libfaketime: the machine's own is let be. */
export class WallClock {
  /** What the process is started with. What it starts itself inherits it, unless it gets an environment of its own. */
  readonly env: Record<string, string>;
  private readonly file: string;
  private offsetSeconds = 0;

  constructor(folder: string) {
    this.file = path.join(folder, 'wall-clock');
    this.set(0);
    this.env = {
      LD_PRELOAD: libfaketime(),
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** Sets it forward, or back. */
  set(bySeconds: number): void {
    this.offsetSeconds += bySeconds;
    const text = `${this.offsetSeconds < 0 ? '' : '+'}${this.offsetSeconds}\n`;
    // Renamed, for the process may read it at any moment.
    fs.writeFileSync(`${this.file}.new`, text);
    fs.renameSync(`${this.file}.new`, this.file);
  }
}

function libfaketime(): string {
  const [library] = fs.globSync('/usr/lib/*/faketime/libfaketime.so.1');
  if (library === undefined) throw new Error('missing: libfaketime; script/bootstrap --tests installs it');
  return library;
}
