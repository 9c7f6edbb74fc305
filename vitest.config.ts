import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes, then about one; the others take seconds. */
const LONG = [
  /\/(kill-points|documentation|install)\//,
  /\/(hot\/|service\/deployment|run\/log-rotation|cli\/shell|agent\/shell|otp\/ticks|otp\/release|site\/h)/,
];

/** The longest first: what is begun last is waited for alone. Vitest knows durations only of a run before. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((pattern) => pattern.test(moduleId));
      return index < 0 ? LONG.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

// Test files of one group run side by side. Integration and end-to-end tests mostly wait for processes, so there may be
// more of them than cores; deadlines end a broken test and say nothing about speed.
export default defineConfig({
  test: {
    restoreMocks: true,
    setupFiles: ['test/support/strip-types.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 600_000,
          hookTimeout: 300_000,
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 600_000,
          hookTimeout: 300_000,
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
