/** Lets one go on in each turn of the event loop, so that whatever else happens is seen between two hundred of a kind. */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private isTaken = false;

  /** Resolves at once for whoever is alone. */
  next(): Promise<void> {
    if (this.isTaken) return new Promise((resolve) => this.waiting.push(resolve));
    this.take();
    return Promise.resolve();
  }

  private take(): void {
    this.isTaken = true;
    setImmediate(() => {
      this.isTaken = false;
      const next = this.waiting.shift();
      if (!next) return;
      this.take();
      next();
    });
  }
}
