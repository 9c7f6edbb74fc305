/** One look at a time. Who asks during a look gets the one after it: the running one may have read before the question. */
export class Looks<Sight> {
  private readonly look: () => Promise<Sight>;
  private running: Promise<Sight> | null = null;
  private following: Promise<Sight> | null = null;

  constructor(look: () => Promise<Sight>) {
    this.look = look;
  }

  next(): Promise<Sight> {
    if (this.running) {
      this.following ??= this.running.then(() => {
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
