import { beforeAll } from 'vitest';

/**
 * `beforeAll`, whose `setUp` says what is to be done after all, the last first: an `afterAll` that is called in it is not
 * run.
 */
export function setUpAll(
  setUp: (cleanUp: (fn: () => void | Promise<void>) => void) => void | Promise<void>,
): void {
  beforeAll(async () => {
    const cleanUps = new AsyncDisposableStack();
    try {
      await setUp((fn) => cleanUps.defer(fn));
    } catch (error) {
      await cleanUps.disposeAsync();
      throw error;
    }
    return () => cleanUps.disposeAsync();
  });
}
