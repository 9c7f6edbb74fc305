import { type ReadonlySignal, signal } from '@preact/signals';
import { asProblem, type Problem } from '../client/index.ts';

/** Something that a person asks for, once at a time. */
export interface Action<Input> {
  busy: ReadonlySignal<boolean>;
  problem: ReadonlySignal<Problem | null>;
  /** True when it was done. A refusal is kept in `problem`. */
  run(input: Input): Promise<boolean>;
  forget(): void;
}

export function createAction<Input>(perform: (input: Input) => Promise<void>): Action<Input> {
  const busy = signal(false);
  const problem = signal<Problem | null>(null);
  return {
    busy,
    problem,
    async run(input) {
      if (busy.value) return false;
      busy.value = true;
      problem.value = null;
      try {
        await perform(input);
        return true;
      } catch (error) {
        problem.value = asProblem(error);
        return false;
      } finally {
        busy.value = false;
      }
    },
    forget() {
      problem.value = null;
    },
  };
}
