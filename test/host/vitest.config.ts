import path from 'node:path';
import { defineConfig } from 'vitest/config';

// What needs a machine of its own: `script/test-host` alone runs it.
export default defineConfig({
  test: {
    root: path.join(import.meta.dirname, '../..'),
    include: ['test/host/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    testTimeout: 600_000,
    hookTimeout: 900_000,
    fileParallelism: false,
  },
});
