import { resolve } from 'node:path';
import type { ViteUserConfig } from 'vitest/config';
import { mostMinutes } from './families.ts';

const checkout = resolve(import.meta.dirname, '../..');

/** The long tests, which no run of all tests has: `npm run soak`. */
const config: ViteUserConfig = {
  test: {
    root: checkout,
    name: 'soak',
    include: ['test/soak/*.test.ts'],
    reporters: ['default', './test/summary.ts'],
    globalSetup: ['test/support/package.ts'],
    setupFiles: ['test/support/note-processor.ts'],
    fileParallelism: false,
    // What a command said is the evidence of a failure.
    chaiConfig: { truncateThreshold: 4_000 },
    testTimeout: mostMinutes * 60_000,
    hookTimeout: mostMinutes * 60_000,
    // Figures are read while a family runs.
    disableConsoleIntercept: true,
  },
};

// biome-ignore lint/style/noDefaultExport: the runner loads its configuration by the default export
export default config;
