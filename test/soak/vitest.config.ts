import path from 'node:path';
import { defineConfig } from 'vitest/config';

// What takes too long for `script/test`: `script/soak` alone runs it.
export default defineConfig({
  test: {
    root: path.join(import.meta.dirname, '../..'),
    include: ['test/soak/**/*.test.ts', 'test/integration/kill-points/**/*.test.ts'],
    env: { SLIPWAY_KILL_POINTS: 'every' },
    globalSetup: 'test/support/build.ts',
    testTimeout: 3_600_000,
    hookTimeout: 300_000,
    maxWorkers: 4,
  },
});
