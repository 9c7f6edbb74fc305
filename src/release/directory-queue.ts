const PENDING = 0;
const SIGNAL = 1;
const STOPPED = 2;
const FIRST_SLOT = 3;
const SLOTS = 64;

/**
 * Open directories that wait for a thread to walk them: few, because each holds a descriptor. Descriptors are the
 * process's own, so any of its threads can use and close them. Lies in memory that the threads share.
 */
export class DirectoryQueue {
  readonly memory: SharedArrayBuffer;
  private readonly cells: Int32Array;

  constructor(memory = new SharedArrayBuffer((FIRST_SLOT + SLOTS) * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.cells = new Int32Array(memory);
  }

  /** Leaves a directory to whichever thread is free; false where there is no room. */
  offer(fd: number): boolean {
    for (let slot = FIRST_SLOT; slot < this.cells.length; slot++) {
      if (Atomics.load(this.cells, slot) !== 0) continue;
      Atomics.add(this.cells, PENDING, 1);
      if (Atomics.compareExchange(this.cells, slot, 0, fd + 1) === 0) {
        this.signal(1);
        return true;
      }
      Atomics.sub(this.cells, PENDING, 1);
    }
    return false;
  }

  /** Waits for a directory; null when every one was walked, or after `stop`. `done` is due for each. */
  take(): number | null {
    while (!this.isStopped) {
      const signal = Atomics.load(this.cells, SIGNAL);
      const fd = this.remove();
      if (fd !== null) return fd;
      if (Atomics.load(this.cells, PENDING) === 0) return null;
      Atomics.wait(this.cells, SIGNAL, signal);
    }
    return null;
  }

  done(): void {
    if (Atomics.sub(this.cells, PENDING, 1) === 1) this.signal();
  }

  stop(): void {
    Atomics.store(this.cells, STOPPED, 1);
    this.signal();
  }

  get isStopped(): boolean {
    return Atomics.load(this.cells, STOPPED) === 1;
  }

  /** Takes one that is there; null where none is. */
  remove(): number | null {
    for (let slot = FIRST_SLOT; slot < this.cells.length; slot++) {
      const held = Atomics.load(this.cells, slot);
      if (held !== 0 && Atomics.compareExchange(this.cells, slot, held, 0) === held) return held - 1;
    }
    return null;
  }

  private signal(threads?: number): void {
    Atomics.add(this.cells, SIGNAL, 1);
    Atomics.notify(this.cells, SIGNAL, threads);
  }
}
