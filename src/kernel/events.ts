import { messageOf } from './errors.ts';

/**
 * A typed event: listeners are called in order, synchronously; the result of `on` takes the listener away again. One that
 * throws keeps none of the others from being called; what it threw goes to the one who emits.
 */
export class Event<T> {
  private readonly listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(value: T): void {
    const errors: unknown[] = [];
    for (const listener of [...this.listeners])
      try {
        listener(value);
      } catch (error) {
        errors.push(error);
      }
    if (errors.length > 1) throw new AggregateError(errors, errors.map(messageOf).join('; '));
    if (errors.length === 1) throw errors[0];
  }
}
