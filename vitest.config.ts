import { totalmem } from 'node:os';
import type { ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const gibibyte = 2 ** 30;

/** Files with clusters side by side: they wait for pods half of the time. Each lab takes up to 4 GiB. */
const labsAtOnce = totalmem() >= 10 * gibibyte ? 2 : 1;

/** What a command said is the evidence of a failure: forty characters, as is usual, are none. */
const chaiConfig = { truncateThreshold: 4_000 };

/** Three kinds of test: `unit` needs nothing, `integration` a real API server, `e2e` whole clusters of the lab. */
const config: ViteUserConfig = {
  test: {
    reporters: ['default', './test/summary.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'ui/**/*.test.ts', 'lab/**/*.test.ts', 'bench/**/*.test.ts', 'test/*.test.ts'],
          // Generous, because properties are tried many times and a machine may be busy; no test measures time.
          testTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/package.ts'],
          setupFiles: ['test/support/note-processor.ts'],
          maxWorkers: labsAtOnce,
          // A browser on a busy machine; a second, which is the usual limit, measures the machine.
          expect: { poll: { timeout: 60_000 } },
          chaiConfig,
          // Upper bounds: what waits in a test gives up by itself when nothing goes forward.
          testTimeout: 900_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/package.ts'],
          setupFiles: ['test/support/note-processor.ts'],
          maxWorkers: labsAtOnce,
          chaiConfig,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
};

export default config;
