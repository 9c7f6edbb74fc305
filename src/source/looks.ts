/** One look at a time. Who asks during a look gets the one after it: the running one may have read before the question. */
export class Looks<Observation> {
  private readonly look: () => Promise<Observation>;
  private running: Promise<Observation> | null = null;
  private following: Promise<Observation> | null = null;

  constructor(look: () => Promise<Observation>) {
    this.look = look;
  }

  next(): Promise<Observation> {
    if (this.running) {
      this.following ??= this.running
        .catch(() => undefined)
        .then(() => {
          this.following = null;
          return this.next();
        });
      return this.following;
    }
    this.running = this.look().finally(() => {
      this.running = null;
    });
    return this.running;
  }
}
