import { type Atom, identity, type Pid, type Reference } from './term/index.ts';

/** What belongs to processes of ours, under a key of its own for each of them. Finding takes the same time however much there is. */
export class PerProcess<T> {
  private readonly groups = new Map<unknown, Map<unknown, T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(process: Pid | Atom, key: Pid | Reference): boolean {
    return this.groups.get(identity(process))?.has(identity(key)) ?? false;
  }

  set(process: Pid | Atom, key: Pid | Reference, value: T): void {
    if (!this.has(process, key)) this.count += 1;
    const group = this.groups.get(identity(process));
    if (group) group.set(identity(key), value);
    else this.groups.set(identity(process), new Map([[identity(key), value]]));
  }

  /** What was there is there no longer. */
  take(process: Pid | Atom, key: Pid | Reference): T | undefined {
    const group = this.groups.get(identity(process));
    const value = group?.get(identity(key));
    if (!group?.delete(identity(key))) return undefined;
    this.count -= 1;
    if (group.size === 0) this.groups.delete(identity(process));
    return value;
  }

  takeAllOf(process: Pid | Atom): T[] {
    const values = [...(this.groups.get(identity(process))?.values() ?? [])];
    this.groups.delete(identity(process));
    this.count -= values.length;
    return values;
  }

  takeAll(): T[] {
    const values = [...this.groups.values()].flatMap((group) => [...group.values()]);
    this.groups.clear();
    this.count = 0;
    return values;
  }
}
