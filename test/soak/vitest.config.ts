import path from 'node:path';
import { defineConfig } from 'vitest/config';

// What takes too long for `script/test`: `script/soak` alone runs it.
export default defineConfig({
  test: {
    root: path.join(import.meta.dirname, '../..'),
    include: [
      'test/soak/**/*.test.ts',
      'test/integration/kill-points/**/*.test.ts',
      'test/integration/{release,site}/switch.test.ts',
    ],
    env: { SLIPWAY_SOAK: 'all' },
    globalSetup: 'test/support/build.ts',
    testTimeout: 3_600_000,
    hookTimeout: 300_000,
    maxWorkers: 4,
  },
});
